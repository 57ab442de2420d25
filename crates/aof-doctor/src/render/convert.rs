//! A conversion for people: what was written first, the next command to type last.

use aof_rdb::Checksum;

use super::wrap::labelled;
use crate::command::convert::Outcome;
use crate::convert::{Expired, Form, Tally};
use crate::ui::{BAD, DOUBTFUL, GOOD};
use crate::{escape, figures, shell};

/// Lost keys that are named; all are counted.
const NAMED: usize = 10;

/// What was written, and what was not.
pub(crate) fn outcome(outcome: &Outcome, width: usize) -> String {
    let mut text = head(outcome);
    text.push('\n');
    let mut say = |label: &str, sentence: &str| text.push_str(&labelled(label, sentence, width));
    say("Written", &written(outcome));
    for sentence in left_out(&outcome.converted.tally) {
        say("Left out", &sentence);
    }
    for sentence in lost(outcome) {
        say("Lost", &sentence);
    }
    for sentence in notes(outcome) {
        say("Note", &sentence);
    }
    text.push_str(&next(outcome));
    text
}

/// `CONVERTED  dump.rdb  (12 keys in 3 ms)`
fn head(outcome: &Outcome) -> String {
    let (style, word) = match (outcome.has_lost(), outcome.is_doubtful()) {
        (true, _) => (BAD, "SALVAGED"),
        (_, true) => (DOUBTFUL, "CONVERTED, IN DOUBT"),
        _ => (GOOD, "CONVERTED"),
    };
    let keys = figures::of(outcome.converted.tally.keys, "key");
    let took = figures::took(outcome.took);
    format!("{style}{word}{style:#}  {}  ({keys} in {took})\n", escape::path(&outcome.input))
}

fn written(outcome: &Outcome) -> String {
    let tally = &outcome.converted.tally;
    let form = match outcome.form {
        Form::Resp => "commands",
        Form::Jsonl => "lines of JSON",
    };
    let to = match outcome.output.as_os_str() == "-" {
        true => "standard output".to_owned(),
        false => escape::path(&outcome.output),
    };
    let mut held = vec![figures::of(tally.keys, "key")];
    if tally.functions > 0 {
        held.push(libraries(tally.functions));
    }
    let dbs = figures::of(tally.dbs.len() as u64, "database");
    format!("{to}, as {form}: {} of {dbs}, {}", held.join(" and "), figures::bytes(outcome.bytes))
}

fn libraries(number: u64) -> String {
    match number {
        1 => "1 library of functions".to_owned(),
        _ => format!("{} libraries of functions", figures::count(number)),
    }
}

/// A sentence for each reason.
fn left_out(tally: &Tally) -> Vec<String> {
    let left_out = tally.left_out;
    let keys = |number| figures::of(number, "key");
    [
        (left_out.filtered, format!("{} that the filter does not take", keys(left_out.filtered))),
        (
            left_out.functions,
            format!("{}, because there is a filter", libraries(left_out.functions)),
        ),
        (left_out.expired, format!("{} that expired", keys(left_out.expired))),
        (
            left_out.expired_fields,
            format!("{} of hashes that expired", figures::of(left_out.expired_fields, "field")),
        ),
        (left_out.empty, format!("{} with nothing in it, as servers do", keys(left_out.empty))),
        (
            left_out.module_data,
            format!("{} of modules beside their keys", figures::of(left_out.module_data, "record")),
        ),
    ]
    .into_iter()
    .filter_map(|(number, sentence)| (number > 0).then_some(sentence))
    .collect()
}

/// What could not be read.
fn lost(outcome: &Outcome) -> Vec<String> {
    let (converted, tally) = (&outcome.converted, &outcome.converted.tally);
    let mut sentences: Vec<String> = tally
        .lost
        .iter()
        .take(NAMED)
        .map(|key| {
            let (name, why) = (escape::name(&key.name), escape::sentence(&key.why));
            format!("key {name} (db {}) at byte {}: {why}", key.db, figures::offset(key.at))
        })
        .collect();
    let rest = tally.total_lost.saturating_sub(NAMED as u64);
    if rest > 0 {
        sentences.push(format!("and {} more", figures::of(rest, "such key")));
    }
    if let Some(unread) = &converted.unread {
        let bytes = match unread.bytes {
            Some(bytes) => format!("the {} from byte", figures::of(bytes, "byte")),
            None => "everything from byte".to_owned(),
        };
        let (at, why) = (figures::offset(unread.at), escape::sentence(&unread.why));
        sentences.push(format!("{bytes} {at} on: {why}"));
    }
    sentences
}

/// What somebody should know.
fn notes(outcome: &Outcome) -> Vec<String> {
    let converted = &outcome.converted;
    let mut notes = Vec::new();
    match converted.checksum {
        Checksum::Wrong { stored, computed } => notes.push(format!(
            "the checksum is wrong ({stored:016x} stands in the file, its bytes have {computed:016x}): values may be \
             altered"
        )),
        Checksum::Disabled => notes.push(
            "the file was saved without a checksum: a flip inside a value cannot be excluded".to_owned(),
        ),
        _ => {}
    }
    if converted.tally.expired > 0 {
        let keys = figures::of(converted.tally.expired, "key");
        notes.push(format!(
            "{keys} of those written expired before now, and will vanish when loaded; --expired shift gives back the \
             time that was left when the file was written"
        ));
    }
    if let Expired::Shift(_) = outcome.expired {
        let moved = std::time::Duration::from_millis(converted.shift.unsigned_abs());
        let way = if converted.shift < 0 { "back" } else { "on" };
        notes.push(format!("all expiries were moved {way} by {}", figures::took(moved)));
    }
    if converted.has_more {
        let end = figures::offset(converted.end);
        notes.push(format!("the file goes on behind its end at byte {end}; servers do not read that, and it was left out"));
    }
    notes
}

/// What is typed next, on a line of its own.
fn next(outcome: &Outcome) -> String {
    if outcome.output.as_os_str() == "-" {
        return String::new();
    }
    let output = shell::quoted(&outcome.output);
    match outcome.form {
        Form::Resp => format!(
            "\n  Next    send it to a server without these keys:\n\n          redis-cli --pipe < {output}\n"
        ),
        Form::Jsonl => format!("\n  Next    look at it:\n\n          head -n 3 {output}\n"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::convert::{Converted, LostKey, Unread};

    fn outcome_of(converted: Converted) -> Outcome {
        Outcome {
            input: "dump.rdb".into(),
            output: "out.resp".into(),
            form: Form::Resp,
            expired: Expired::Keep,
            converted,
            bytes: 1234,
            took: Duration::from_millis(3),
        }
    }

    fn plain(of: &Outcome) -> String {
        anstream::adapter::strip_str(&outcome(of, 100)).to_string()
    }

    #[test]
    fn what_was_written_comes_first_and_the_next_command_last() {
        let mut converted = Converted::default();
        converted.tally.keys = 2;
        converted.tally.functions = 1;
        converted.tally.dbs.insert(0);
        let text = plain(&outcome_of(converted));
        let expected = "CONVERTED  dump.rdb  (2 keys in 3 ms)

  Written out.resp, as commands: 2 keys and 1 library of functions of 1 database, 1,234 bytes (1.2
          KiB)

  Next    send it to a server without these keys:

          redis-cli --pipe < 'out.resp'
";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_lost_is_named_up_to_ten_keys_and_escaped() {
        let mut converted = Converted::default();
        converted.tally.total_lost = 12;
        converted.tally.lost = (0..12)
            .map(|at| LostKey { db: 0, name: b"\x1b[2J".to_vec(), at, why: "why".to_owned() })
            .collect();
        converted.unread = Some(Unread { at: 99, bytes: Some(5), why: "torn".to_owned() });
        converted.checksum = Checksum::Wrong { stored: 1, computed: 2 };
        let text = plain(&outcome_of(converted));
        assert!(text.starts_with("SALVAGED  dump.rdb"), "{text}");
        assert_eq!(text.matches("key \"\\x1b[2J\" (db 0) at byte").count(), NAMED, "{text}");
        assert!(text.contains("and 2 such keys more"), "{text}");
        assert!(text.contains("the 5 bytes from byte 99 (0x63) on: torn"), "{text}");
        assert!(text.contains("values may be"), "{text}");
    }
}
