//! A replay for people: the verdict first, then what was sent and what came of it, the next command last.

use super::executed;
use super::verify;
use super::wrap::labelled;
use crate::command::replay::Outcome;
use crate::live::{Mode, rejection};
use crate::ui::{BAD, DOUBTFUL, GOOD};
use crate::{escape, figures};

/// So many commands are named that the server did not execute.
const NAMED: usize = 10;

/// What was sent, and what came of it.
pub(crate) fn outcome(outcome: &Outcome, width: usize) -> String {
    let mut text = head(outcome);
    text.push('\n');
    let mut say = |label: &str, sentence: &str| text.push_str(&labelled(label, sentence, width));
    say("Log", &escape::path(&outcome.path));
    say("Server", &outcome.target);
    say("Mode", &mode(outcome));
    if let Some(sentence) = memory(outcome) {
        say("Memory", &sentence);
    }
    if !outcome.is_dry {
        say("Sent", &sent(outcome));
    }
    for (label, sentence) in results(outcome) {
        say(label, &sentence);
    }
    if let Some(log) = outcome.log.as_ref().filter(|_| outcome.mode == Mode::State) {
        for (label, sentence) in executed::sentences(log) {
            say(label, &sentence);
        }
    }
    if let Some(checked) = &outcome.checked {
        say("Verified", &verify::verdict(checked));
        for (label, sentence) in verify::sentences(checked) {
            say(label, &sentence);
        }
    }
    text
}

fn head(outcome: &Outcome) -> String {
    let took = figures::took(outcome.took);
    let keys = outcome.tally.as_ref().map(|tally| figures::of(tally.keys, "key"));
    let commands = figures::of(outcome.sums.acknowledged + outcome.sums.skipped, "command");
    let what = keys.unwrap_or(commands);
    let is_different = outcome.checked.as_ref().is_some_and(|checked| checked.found.is_different());
    match () {
        () if outcome.is_dry => {
            format!("{GOOD}nothing sent:{GOOD:#} this is what would be done  ({took})\n")
        }
        () if outcome.failure.is_some() => format!("{BAD}interrupted{BAD:#}  (after {took})\n"),
        () if is_different => format!(
            "{BAD}different:{BAD:#} {what} replayed, and the server holds something else  ({took})\n"
        ),
        () if outcome.refused() > 0 => {
            let refused = figures::of(outcome.refused(), "command");
            format!(
                "{DOUBTFUL}replayed:{DOUBTFUL:#} {what}, {refused} not executed by the server  ({took})\n"
            )
        }
        () => format!("{GOOD}replayed:{GOOD:#} {what}  ({took})\n"),
    }
}

fn mode(outcome: &Outcome) -> String {
    let what = match outcome.mode {
        Mode::State => "state, the data that the log comes to",
        Mode::History => "history, the records of the log",
    };
    let reason = outcome.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    let connections = figures::of(outcome.connections as u64, "connection");
    format!("{what}{reason}; {connections}")
}

fn memory(outcome: &Outcome) -> Option<String> {
    let (needed, free) = outcome.memory?;
    let free = free.map_or("it has no limit".to_owned(), |free| {
        format!("it has {} left", figures::rough(free))
    });
    Some(format!("the data need about {} in the server; {free}", figures::rough(needed)))
}

fn sent(outcome: &Outcome) -> String {
    let sums = &outcome.sums;
    let mut parts =
        vec![format!("{}, {}", figures::of(sums.sent, "command"), figures::rough(sums.bytes))];
    parts.push(format!("{} acknowledged", figures::count(sums.acknowledged)));
    parts.push(format!("{} failed", figures::count(outcome.refused())));
    if outcome.is_resumed || sums.skipped > 0 {
        parts.push(format!("{} had been done before", figures::count(sums.skipped)));
    }
    if outcome.breaks > 0 {
        let breaks = figures::of(outcome.breaks as u64, "time");
        parts.push(format!("connections broke and were made anew {breaks}"));
    }
    parts.join("; ")
}

/// What was not executed, or is otherwise than it was.
fn results(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let file = |number: usize| outcome.files.get(number).cloned().unwrap_or_default();
    let mut all = Vec::new();
    let failed = outcome.rejected().map(|rejected| rejection(rejected, &file));
    let unknown = outcome.told.iter().flat_map(|told| &told.unknown_list).map(|unknown| {
        let at = figures::offset(unknown.offset);
        format!("the server does not have the command at byte {at} of {}", file(unknown.part))
    });
    all.extend(failed.chain(unknown).take(NAMED).map(|sentence| ("Failed", sentence)));
    let rest = outcome.refused().saturating_sub(NAMED as u64);
    if rest > 0 {
        all.push(("Failed", format!("and {} more", figures::count(rest))));
    }
    if let Some(timed) = &outcome.timed {
        let (keys, fields) = (figures::of(timed.keys, "key"), figures::of(timed.fields, "field"));
        all.push(("Expiry", format!("{keys} and {fields} of hashes were told when they expire")));
    }
    if let Some(told) = outcome.told.as_ref().filter(|told| told.reduced > 0) {
        let keys = figures::of(told.reduced, "key");
        all.push((
            "Left out",
            format!("of {keys} of bases the server cannot hold everything, or they cannot be read"),
        ));
    }
    for unheld in outcome.tally.iter().flat_map(|tally| &tally.unheld.first).take(NAMED) {
        let why = &unheld.why;
        all.push(("Left out", format!("{} (db {}): {why}", escape::name(&unheld.name), unheld.db)));
    }
    all
}
