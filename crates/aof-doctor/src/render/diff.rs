//! A comparison for people: the verdict first, then the largest differences.

use aof_keyspace::diff::Difference;

use super::wrap::labelled;
use crate::command::diff::{Found, Outcome, Side};
use crate::ui::{BAD, DOUBTFUL, GOOD};
use crate::{escape, figures};

mod words;

pub(crate) use words::{aspect, datum, place};

/// So many differences are shown.
const SHOWN: usize = 20;

/// So many respects in which one key differs are shown.
const CHANGES: usize = 4;

/// What differs, and between what.
pub(crate) fn outcome(outcome: &Outcome<'_>, width: usize) -> String {
    let mut text = head(outcome);
    text.push('\n');
    let mut say = |label: &str, sentence: &str| text.push_str(&labelled(label, sentence, width));
    for (name, side) in [("A", outcome.first), ("B", outcome.second)] {
        say(name, &held(side));
    }
    for note in notes(outcome) {
        say("Note", &note);
    }
    let shown = outcome.found.largest.iter().take(SHOWN);
    if outcome.found.total() > 0 {
        text.push('\n');
    }
    for it in shown {
        let (label, sentence) = difference(it, Sides::Files);
        text.push_str(&labelled(label, &sentence, width));
    }
    text.push_str(&more(outcome));
    text
}

/// `different: 3 only in A, 2 only in B, 5 differ  (1,234 equal, compared in 3 ms)`
fn head(outcome: &Outcome<'_>) -> String {
    let took = figures::took(outcome.took);
    let Found { equal, only_first, only_second, differ, .. } = &outcome.found;
    if outcome.is_equal() {
        let style = if outcome.is_uncertain() { DOUBTFUL } else { GOOD };
        let keys = figures::of(*equal, "key");
        return format!("{style}equal:{style:#} {keys}  (compared in {took})\n");
    }
    let counts = [(*only_first, "only in A"), (*only_second, "only in B"), (*differ, "differ")];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> =
        counts.map(|(count, what)| format!("{} {what}", figures::count(*count))).collect();
    let equal = figures::count(*equal);
    let counts = counts.join(", ");
    format!("{BAD}different:{BAD:#} {counts}  ({equal} equal, compared in {took})\n")
}

/// `appendonlydir, executed: 1,232 keys`
fn held(side: &Side) -> String {
    let kind = if side.is_rdb { "an RDB file" } else { "a log, executed" };
    let keys = figures::of(side.keyspace.len() as u64, "key");
    format!("{}, {kind}: {keys}", escape::path(&side.path))
}

/// What the result rests on.
fn notes(outcome: &Outcome<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    for (name, side) in [("A", outcome.first), ("B", outcome.second)] {
        let replayed = &side.log.replayed;
        if side.log.is_damaged {
            notes.push(format!("{name} is damaged: what could be read of it was compared"));
        }
        if replayed.failed > 0 {
            let commands = figures::of(replayed.failed, "command");
            notes.push(format!(
                "{commands} of {name} could not be executed; aof-doctor check --deep tells which"
            ));
        }
        if replayed.not_loaded > 0 {
            let keys = figures::of(replayed.not_loaded, "key");
            notes.push(format!("{keys} of {name} cannot be held here: values of modules"));
        }
    }
    if outcome.is_filtered {
        notes.push("only the keys that were asked for were compared, and no functions".to_owned());
    }
    if outcome.how.tolerance > 0 {
        let most = outcome.how.tolerance;
        notes.push(format!("times no more than {} ms apart count as equal", figures::count(most)));
    }
    if !outcome.how.has_history {
        notes.push(
            "what streams remember of entries that are gone was not compared: RDB files before Redis 7.0 do not have \
             it"
            .to_owned(),
        );
    }
    notes
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    /// Two paths, A and B.
    Files,
    /// A log, and a server.
    #[cfg_attr(not(feature = "live"), expect(dead_code, reason = "no server is compared"))]
    LogAndServer,
}

/// The label, and what it says.
pub(super) fn difference(it: &Difference<'_>, sides: Sides) -> (&'static str, String) {
    let name = escape::name(it.name);
    let place = home(it.db);
    let whole = |kind: &str| format!("{name} ({place}): {kind} of {}", figures::rough(it.bytes));
    match (it.first, it.second, sides) {
        (Some(kind), None, Sides::Files) => ("Only A", whole(kind)),
        (Some(kind), None, Sides::LogAndServer) => ("Missing", whole(kind)),
        (None, Some(kind), _) => ("Only B", whole(kind)),
        (kind, ..) => {
            let shown = it.changes.iter().take(CHANGES).map(|change| words::change(change, sides));
            let mut changes: Vec<String> = shown.collect();
            if it.changes.len() > CHANGES {
                changes.push(format!("and {} more", it.changes.len() - CHANGES));
            }
            let kind = kind.unwrap_or_default();
            ("Differs", format!("{name} ({place}): {kind}: {}", changes.join("; ")))
        }
    }
}

/// Where a key is, or a library of functions.
pub(super) fn home(db: Option<u64>) -> String {
    db.map_or_else(|| "functions".to_owned(), |db| format!("db {db}"))
}

/// How many are not shown, and how to see them.
fn more(outcome: &Outcome<'_>) -> String {
    let hidden = outcome.found.total().saturating_sub(SHOWN as u64);
    if hidden == 0 {
        return String::new();
    }
    let most = Found::MOST;
    format!(
        "\n  and {} more; up to {most} are listed by:\n\n  {}\n",
        figures::count(hidden),
        outcome.as_json
    )
}
