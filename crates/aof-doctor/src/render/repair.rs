//! A repair for people: the verdict first, the next command to type last.

use std::path::PathBuf;

use aof_repair::{Action, Lost, Out, Piece, Plan, Planned};

use super::startup;
use super::wrap::{labelled, lines_of};
use crate::command::repair::{Done, Outcome};
use crate::report::Report;
use crate::ui::{BAD, DOUBTFUL, GOOD};
use crate::verdict::Verdict;
use crate::{escape, figures, shell};

/// What is shown of a long list.
const SHOWN: usize = 12;

/// How the command is typed again.
#[derive(Debug)]
pub(crate) struct Again {
    /// The words before the path.
    pub(crate) words: Vec<String>,
    pub(crate) path: PathBuf,
    /// Whether what is cut is kept.
    pub(crate) is_undoable: bool,
}

impl Again {
    fn with(&self, more: &str) -> String {
        format!("{} {} {more}", self.words.join(" "), shell::quoted(&self.path))
    }
}

/// What came of a repair.
pub(crate) fn outcome(outcome: &Outcome, again: &Again, width: usize) -> String {
    let mut text = head(outcome);
    match (&outcome.planned, &outcome.done) {
        (Planned::Choice { salvage, cut }, _) => {
            text.push_str(&choice(salvage, cut, width));
        }
        (Planned::Plan(plan), done) => {
            text.push_str(&plan_text(plan, width));
            if let Some(done) = done {
                text.push_str(&done_text(done, width));
            } else if !plan.is_empty() {
                text.push_str(&startup::after(&outcome.startup, width));
            }
        }
    }
    if let Some(why) = &outcome.refused {
        text.push_str(&format!("\n{BAD}Not applied:{BAD:#} "));
        text.push_str(&lines_of(&escape::sentence(why), width.saturating_sub(13)).join("\n"));
        text.push('\n');
    }
    if let Some(next) = next(outcome, again) {
        text.push('\n');
        text.push_str(&next);
    }
    text
}

/// `PLAN  data  (damaged; nothing was changed)`
fn head(outcome: &Outcome) -> String {
    let path = outcome.before.shown_path();
    let found = outcome.before.verdict.as_str();
    let (style, word, facts) = match (&outcome.planned, &outcome.done) {
        (_, Some(done)) => {
            let took = figures::took(outcome.before.took);
            let verdict = done.after.verdict;
            let style = if verdict == Verdict::Damaged { BAD } else { GOOD };
            let word = if done.copy.is_some() { "COPIED" } else { "REPAIRED" };
            (style, word, format!("was {found}, now {}; checked in {took}", verdict.as_str()))
        }
        (Planned::Choice { .. }, _) => (BAD, "CHOOSE", format!("{found}; nothing was changed")),
        (Planned::Plan(plan), None) if plan.is_empty() => {
            (DOUBTFUL, "NOTHING TO DO", format!("{found}; nothing was changed"))
        }
        (Planned::Plan(_), None) => (DOUBTFUL, "PLAN", format!("{found}; nothing was changed")),
    };
    format!("{style}{word}{style:#}  {path}  ({facts})\n")
}

/// What a plan does and costs.
pub(crate) fn plan_text(plan: &Plan, width: usize) -> String {
    let mut text = String::new();
    let mut say = |label: &str, sentence: &str| {
        text.push_str(&labelled(label, &escape::sentence(sentence), width));
    };
    if !plan.is_empty() {
        text_actions(plan, &mut say);
        if plan.kept_commands > 0 || plan.kept_keys > 0 || !plan.left_out.is_empty() {
            say("Keeps", &held(plan.kept_keys, plan.kept_commands));
        }
        say("Loses", &loss(&plan.loss, &plan.left_out));
    }
    for note in &plan.notes {
        say("Note", note);
    }
    for unresolved in &plan.unresolved {
        say("Left", &format!("{}: {}", unresolved.finding, unresolved.why));
    }
    if plan.is_empty() && plan.unresolved.is_empty() && plan.notes.is_empty() {
        say("Found", "nothing that a repair could make better");
    }
    if text.is_empty() { text } else { format!("\n{text}{}", table(&plan.left_out)) }
}

/// `2 keys and 14 commands`
fn held(keys: u64, commands: u64) -> String {
    let of_log = figures::of(commands, "command");
    match (keys, commands) {
        (0, _) => of_log,
        (keys, 0) => figures::of(keys, "key"),
        (keys, _) => format!("{} and {of_log}", figures::of(keys, "key")),
    }
}

/// What is counted of what is left out: of an RDB file, keys.
pub(crate) fn unit<'o>(left_out: impl IntoIterator<Item = &'o Out>) -> &'static str {
    let is_of_rdb = |out: &Out| out.finding.starts_with("RDB-");
    if left_out.into_iter().all(is_of_rdb) { "key" } else { "command" }
}

fn text_actions(plan: &Plan, say: &mut dyn FnMut(&str, &str)) {
    for action in plan.actions.iter().take(SHOWN) {
        match action {
            Action::Folder { folder } => say("Make", &format!("the folder {folder}")),
            Action::Cut { file, from, to } => say(
                "Cut",
                &format!(
                    "{file} at byte {}: its last {} go",
                    figures::count(*to),
                    figures::bytes(from - to)
                ),
            ),
            Action::Replace { file, recipe } => {
                say("Write", &format!("{file} anew, {}", of_recipe(recipe)));
            }
            Action::Write { file, recipe, replaces, .. } => {
                let place = match replaces {
                    Some(original) => format!(" in the place of {original}"),
                    None => String::new(),
                };
                say("Write", &format!("{file}{place}, {}", of_recipe(recipe)));
            }
            Action::Retire { file } => say("Move", &format!("{file} away: nothing of it is kept")),
            Action::Manifest { file, text, .. } => {
                let lines = text.0.split_inclusive(|byte| *byte == b'\n').count() as u64;
                say("Write", &format!("the manifest {file} with {}", figures::of(lines, "line")));
            }
        }
    }
    let more = plan.actions.len().saturating_sub(SHOWN) as u64;
    if more > 0 {
        say("And", &figures::of(more, "further change"));
    }
}

fn of_recipe(recipe: &[Piece]) -> String {
    let (mut copied, mut formed, mut put, mut changed) = (0, 0, 0, 0);
    for piece in recipe {
        match piece {
            Piece::Copy { start, end, .. } => copied += end - start,
            Piece::Form { start, end, .. } => formed += end - start,
            Piece::Put { bytes } if bytes.0.starts_with(b"*") => put += 1,
            Piece::Put { bytes } => changed += bytes.0.len() as u64,
        }
    }
    let mut facts = Vec::new();
    if copied > 0 || recipe.is_empty() {
        facts.push(format!("{} as they stand", figures::of(copied, "byte")));
    }
    if formed > 0 {
        facts.push(format!("{} formed anew", figures::of(formed, "byte")));
    }
    if put > 0 {
        facts.push(format!("{} put in between", figures::of(put, "record")));
    }
    if changed > 0 {
        facts.push(format!("{} changed", figures::of(changed, "byte")));
    }
    facts.join(", ")
}

/// What is lost, in words.
fn loss(lost: &Lost, left_out: &[Out]) -> String {
    if lost.max_commands == 0 && lost.bytes == 0 && !lost.is_unbounded {
        let doubt = if lost.is_doubtful { " that the file can tell" } else { "" };
        return format!("nothing{doubt}");
    }
    let commands = figures::range(lost.min_commands, lost.max_commands, unit(left_out));
    let mut facts = vec![format!("{commands} in {}", figures::bytes(lost.bytes))];
    if lost.keys > 0 {
        let sample = left_out.iter().flat_map(|out| &out.key_sample);
        let mut names: Vec<String> = sample.take(3).map(|key| escape::name(&key.0)).collect();
        let more = lost.keys.saturating_sub(names.len() as u64);
        if more > 0 {
            names.push(format!("{} more", figures::count(more)));
        }
        facts.push(format!("keys {}", names.join(", ")));
    }
    if let Some(seconds) = lost.seconds.filter(|seconds| *seconds > 0) {
        facts.push(format!("at most {} of writes", figures::of(seconds, "second")));
    }
    if lost.torn_commands > 0 && lost.is_torn_end_only() {
        facts.push("the torn end, which every server drops".to_owned());
    }
    if lost.is_unbounded {
        facts.push("and what is missing, of which nothing tells how much it is".to_owned());
    }
    facts.join("; ")
}

/// One row for each stretch that is left out.
fn table(left_out: &[Out]) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n  Left out\n");
    for out in left_out.iter().take(SHOWN) {
        text.push_str(&format!(
            "    {:<18} {} at byte {}, {}: {}\n",
            out.finding,
            out.file,
            figures::count(out.offset),
            figures::bytes(out.length),
            figures::range(out.min_commands, out.max_commands, unit([out])),
        ));
    }
    let more = left_out.len().saturating_sub(SHOWN) as u64;
    if more > 0 {
        text.push_str(&format!("    and {}; --json lists all\n", figures::of(more, "more place")));
    }
    text
}

fn choice(salvage: &Plan, cut: &Plan, width: usize) -> String {
    let mut text = String::from("\n");
    let why = "whole records stand behind the damage, so there are two ways, and you must choose";
    text.push_str(&labelled("Why", why, width));
    for (word, plan) in [("--salvage", salvage), ("--cut", cut)] {
        let sentence = format!(
            "keeps {}; loses {}",
            held(plan.kept_keys, plan.kept_commands),
            loss(&plan.loss, &plan.left_out)
        );
        text.push_str(&labelled(word, &format!("  {sentence}"), width));
    }
    for unresolved in &salvage.unresolved {
        let sentence = format!("{}: {}", unresolved.finding, unresolved.why);
        text.push_str(&labelled("Left", &escape::sentence(&sentence), width));
    }
    text
}

fn done_text(done: &Done, width: usize) -> String {
    let mut text = String::new();
    let mut say = |label: &str, sentence: &str| {
        text.push_str(&labelled(label, &escape::sentence(sentence), width));
    };
    if let Some(quarantine) = &done.quarantine {
        let place = escape::path(quarantine);
        say("Kept", &format!("what is left out is in {place}"));
    }
    say("Now", &now(&done.after));
    match &done.verified {
        Some(Ok(said)) => say("Verified", said),
        Some(Err(why)) => say("Failed", why),
        None => {}
    }
    format!("\n{text}")
}

/// The second verdict.
fn now(report: &Report) -> String {
    let worst = report.worst().map(|placed| {
        format!("{} at {}: {}", placed.finding.id, report.place(placed), placed.finding.message)
    });
    let sum = |count: fn(&aof_log::Content) -> u64| report.loaded().map(count).sum::<u64>();
    let held = held(sum(aof_log::Content::keys), sum(aof_log::Content::commands));
    let found = worst.map_or_else(String::new, |worst| format!("; {worst}"));
    format!("checked again: {}, {held}{found}", report.verdict.as_str(),)
}

/// The next command to type.
fn next(outcome: &Outcome, again: &Again) -> Option<String> {
    let line = |words: &str| format!("  Next    {words}\n");
    match (&outcome.planned, &outcome.done) {
        (_, Some(done)) if done.copy.is_some() => {
            let copy = done.copy.as_ref().map(|copy| shell::quoted(copy)).unwrap_or_default();
            Some(line(&format!("aof-doctor check {copy}")))
        }
        (_, Some(_)) if !again.is_undoable => Some(line("start the server")),
        (_, Some(_)) => Some(line(&format!(
            "start the server; to take this back: aof-doctor undo {}",
            shell::quoted(&again.path)
        ))),
        (Planned::Choice { .. }, None) => Some(format!(
            "{}{}",
            line(&again.with("--salvage")),
            format_args!("  or      {}\n", again.with("--cut"))
        )),
        (Planned::Plan(plan), None) if !plan.is_empty() => {
            Some(line(&format!("stop the server, then: {}", again.with("--apply"))))
        }
        (Planned::Plan(_), None) => None,
    }
}
