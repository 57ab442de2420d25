//! A comparison with a server for people: the verdict first, then what differs.

use aof_replay::live::verify::Found;

use super::diff::{Sides, difference, home};
use super::wrap::labelled;
use crate::command::verify::{Checked, Outcome};
use crate::ui::{BAD, DOUBTFUL, GOOD};
use crate::{escape, figures};

/// So many differences are shown, and so many names.
const SHOWN: usize = 20;

/// What differs, and between what.
pub(crate) fn outcome(outcome: &Outcome, width: usize) -> String {
    let mut text = head(&outcome.checked);
    text.push('\n');
    let mut say = |label: &str, sentence: &str| text.push_str(&labelled(label, sentence, width));
    let keys = figures::of(outcome.keys, "key");
    say("Log", &format!("{}, executed: {keys}", escape::path(&outcome.path)));
    say("Server", &outcome.target);
    if outcome.log.is_damaged {
        say("Note", "the log is damaged: what could be read of it was compared");
    }
    if outcome.log.replayed.failed > 0 {
        let commands = figures::of(outcome.log.replayed.failed, "command");
        say(
            "Note",
            &format!(
                "{commands} of the log could not be executed here; aof-doctor check --deep tells which"
            ),
        );
    }
    if outcome.is_filtered {
        say("Note", "only the keys that were asked for were compared");
    }
    for (label, sentence) in sentences(&outcome.checked) {
        say(label, &sentence);
    }
    text
}

/// `equal: 1,234 keys  (compared in 3 ms)`
fn head(checked: &Checked) -> String {
    let (found, took) = (&checked.found, figures::took(checked.took));
    if !found.is_different() {
        let style = if found.unread > 0 { DOUBTFUL } else { GOOD };
        return format!("{style}equal:{style:#} {}  (compared in {took})\n", equal(checked));
    }
    let equal = figures::count(found.equal);
    format!("{BAD}different:{BAD:#} {}  ({equal} equal, compared in {took})\n", counts(found))
}

/// How many keys are equal, and of how many.
fn equal(checked: &Checked) -> String {
    let keys = figures::of(checked.found.equal, "key");
    match checked.how.every {
        1 => keys,
        every => format!("{keys}, one of {}", figures::count(every)),
    }
}

/// `3 missing, 5 differ, 2 only in the server`
fn counts(found: &Found<'_>) -> String {
    let counts =
        [(found.missing, "missing"), (found.differ, "differ"), (found.extra, "only in the server")];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> =
        counts.map(|(count, what)| format!("{} {what}", figures::count(*count))).collect();
    counts.join(", ")
}

/// The verdict in one sentence.
pub(super) fn verdict(checked: &Checked) -> String {
    match checked.found.is_different() {
        true => {
            format!("{}; {} equal", counts(&checked.found), figures::count(checked.found.equal))
        }
        false => format!("{}, equal", equal(checked)),
    }
}

/// What differs, and what could not be compared.
pub(super) fn sentences(checked: &Checked) -> Vec<(&'static str, String)> {
    let found = &checked.found;
    let mut all = Vec::new();
    if found.expired > 0 {
        all.push((
            "Expired",
            format!(
                "{}: their time has come, and the server does not have them",
                figures::of(found.expired, "key")
            ),
        ));
    }
    if found.unread > 0 {
        let keys = figures::of(found.unread, "key");
        let reason = escape::sentence(found.reason.as_deref().unwrap_or_default());
        all.push(("Unread", format!("{keys} could not be compared: {reason}")));
    }
    all.extend(found.differences.iter().take(SHOWN).map(|it| difference(it, Sides::LogAndServer)));
    let room = SHOWN.saturating_sub(found.differences.len());
    all.extend(
        found
            .extras
            .iter()
            .take(room)
            .map(|(db, name)| ("Only server", format!("{} ({})", escape::name(name), home(*db)))),
    );
    let total = found.missing + found.differ + found.extra;
    let hidden = total.saturating_sub(SHOWN as u64);
    if hidden > 0 {
        all.push((
            "More",
            format!("{} more; up to 100 are listed with --json", figures::count(hidden)),
        ));
    }
    all
}
