//! What differs, in words.

use aof_keyspace::diff::{Change, Datum, Example, Place, What};
use jiff::Timestamp;

use super::Sides;
use crate::{escape, figures};

/// So many fields of an entry are shown.
const FIELDS: usize = 3;

/// The word that scripts rely on.
pub(crate) const fn aspect(what: What) -> &'static str {
    match what {
        What::Type => "type",
        What::Expiry => "expiry",
        What::Text => "value",
        What::Elements => "elements",
        What::Members => "members",
        What::Scores => "scores",
        What::Fields => "fields",
        What::FieldExpiries => "field_expiries",
        What::Entries => "entries",
        What::LastId => "last_id",
        What::MaxDeleted => "max_deleted_id",
        What::Added => "entries_added",
        What::Groups => "groups",
        What::Delivered => "last_delivered_id",
        What::Read => "entries_read",
        What::Pending => "pending",
        What::Consumers => "consumers",
        _ => "other",
    }
}

/// What there is one of is called, and one and several of what there may be more of.
fn nouns(what: What) -> (&'static str, &'static str) {
    match what {
        What::Elements => ("element", "elements"),
        What::Members | What::Scores => ("member", "members"),
        What::Fields => ("field", "fields"),
        What::FieldExpiries => ("expiry of a field", "expiries of fields"),
        What::Entries => ("entry", "entries"),
        What::Groups => ("group", "groups"),
        What::Pending => ("pending entry", "pending entries"),
        What::Consumers => ("consumer", "consumers"),
        What::LastId => ("last id", ""),
        What::MaxDeleted => ("largest deleted id", ""),
        What::Added => ("entries added", ""),
        What::Delivered => ("id delivered last", ""),
        What::Read => ("entries read", ""),
        What::Expiry => ("expires", ""),
        _ => ("value", ""),
    }
}

/// `2 fields only in A, 1 field differs: "f1" "a" → "b"`
pub(super) fn change(change: &Change, sides: Sides) -> String {
    let group = change.group.as_ref();
    let group = group.map_or(String::new(), |name| format!("group {}: ", escape::name(name)));
    let (one, many) = nouns(change.what);
    let Some(example) = &change.example else { return format!("{group}{one}") };
    match change.what {
        What::Type => format!("{group}{}", pair(example)),
        What::Text => format!("{group}from {} on: {}", place(&example.place), pair(example)),
        _ if example.place == Place::Whole => format!("{group}{one} {}", pair(example)),
        _ => format!("{group}{}: {}", counts(change, sides, one, many), shown(example)),
    }
}

fn counts(change: &Change, sides: Sides, one: &str, many: &str) -> String {
    let counted = |count: u64| {
        let noun = if count == 1 { one } else { many };
        format!("{} {noun}", figures::count(count))
    };
    let verb = if change.differ == 1 { "differs" } else { "differ" };
    let (first, second) = match sides {
        Sides::Files => ("only in A", "only in B"),
        Sides::LogAndServer => ("only in the log", "only in the server"),
    };
    let parts = [(change.only_first, first), (change.only_second, second), (change.differ, verb)];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    parts.map(|(count, what)| format!("{} {what}", counted(*count))).collect::<Vec<_>>().join(", ")
}

/// The place of the first that differs, and what it is on both sides.
fn shown(example: &Example) -> String {
    let place = place(&example.place);
    match (&example.first, &example.second) {
        (None, None) => place,
        (Some(one), None) | (None, Some(one)) => format!("{place} {}", datum(one)),
        _ => format!("{place} {}", pair(example)),
    }
}

fn pair(example: &Example) -> String {
    let of = |side: &Option<Datum>| side.as_ref().map_or_else(|| "nothing".to_owned(), datum);
    format!("{} → {}", of(&example.first), of(&example.second))
}

/// Where something stands.
pub(crate) fn place(place: &Place) -> String {
    match place {
        Place::Whole => String::new(),
        Place::Offset(at) => format!("byte {}", figures::count(*at)),
        Place::Index(at) => format!("index {}", figures::count(*at)),
        Place::Name(name) => escape::name(name),
        Place::Id(id) => format!("{}-{}", id.millis, id.seq),
    }
}

/// What something is, safe to print.
pub(crate) fn datum(datum: &Datum) -> String {
    match datum {
        Datum::Type(kind) => (*kind).to_owned(),
        Datum::Bytes(bytes) => escape::name(bytes),
        Datum::Score(score) => score.to_string(),
        Datum::Time(None) => "never".to_owned(),
        Datum::Time(Some(millis)) => time(*millis),
        Datum::Number(None) => "unknown".to_owned(),
        Datum::Number(Some(number)) => figures::count(*number),
        Datum::Id(id) => format!("{}-{}", id.millis, id.seq),
        Datum::Fields(fields) => {
            let pairs = fields.iter().take(FIELDS);
            let pairs: Vec<String> = pairs
                .map(|(field, value)| format!("{}: {}", escape::name(field), escape::name(value)))
                .collect();
            let more = if fields.len() > FIELDS { ", ..." } else { "" };
            format!("{{{}{more}}}", pairs.join(", "))
        }
        Datum::Pending(owner, delivered, count) => {
            let times = figures::of(*count, "time");
            format!("{}, delivered {times}, last {}", escape::name(owner), time(*delivered))
        }
    }
}

fn time(millis: i64) -> String {
    let time = Timestamp::from_millisecond(millis);
    time.map_or_else(|_| format!("{millis} ms"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use aof_keyspace::diff::Comparison;
    use aof_keyspace::{Keyspace, Session};

    use super::*;

    fn told(first: &[&str], second: &[&str]) -> Vec<String> {
        let [first, second] = [first, second].map(|commands| {
            let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
            for command in commands {
                let args: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
                keyspace.apply(&mut session, &args).expect("the command is right");
            }
            keyspace
        });
        let mut told = Vec::new();
        Comparison::default().keys(&first, &second, &|_| true, &mut |it| {
            told.extend(it.changes.iter().map(|it| change(it, Sides::Files)));
        });
        told
    }

    #[test]
    fn every_difference_is_told_in_a_few_words() {
        let of = |first: &str, second: &str| told(&[first], &[second]).join("; ");
        assert_eq!(of("SET k hello", "SET k help"), "from byte 3 on: \"lo\" → \"p\"");
        assert_eq!(of("SET k v", "RPUSH k v"), "string → list");
        assert_eq!(
            of("SET k v PXAT 1900000000000", "SET k v"),
            "expires 2030-03-17T17:46:40Z → never"
        );
        assert_eq!(of("RPUSH l a b", "RPUSH l a c"), "1 element differs: index 1 \"b\" → \"c\"");
        assert_eq!(
            of("SADD s a b c", "SADD s c d"),
            "2 members only in A, 1 member only in B: \"a\""
        );
        assert_eq!(of("ZADD z 1 a", "ZADD z 1.5 a"), "1 member differs: \"a\" 1 → 1.5");
        assert_eq!(
            of("HSET h a 1 f x g x", "HSET h f x g y"),
            "1 field only in A, 1 field differs: \"g\" \"x\" → \"y\""
        );
        assert_eq!(
            of("XADD x 1-0 f v", "XADD x 1-0 f w"),
            "1 entry differs: 1-0 {\"f\": \"v\"} → {\"f\": \"w\"}"
        );
    }

    #[test]
    fn what_comes_out_of_a_file_is_escaped() {
        let told = told(&["HSET h \x1b[2J 1"], &["HSET h \x1b[2J \u{202e}"]);
        assert_eq!(told, ["1 field differs: \"\\x1b[2J\" \"1\" → \"\\u{202e}\""]);
    }
}
