//! What came of files that were executed, in sentences.

use aof_log::selection::LeftOut;
use aof_replay::Doubtful;

use crate::execute::Log;
use crate::{escape, figures};

/// Of everything so many are named; all are counted.
const NAMED: usize = 10;

/// Logs of fewer records are executed in no time.
const WORTH_TELLING: u64 = 1_000_000;

/// Sentences, and what stands before each.
pub(crate) fn sentences(log: &Log) -> Vec<(&'static str, String)> {
    let label = |label| move |sentence| (label, sentence);
    let all = [counts(log)].into_iter().chain(crowded(log)).chain(failures(log)).map(label("Log"));
    let all = all.chain(left_out(log).into_iter().map(label("Left out")));
    let all = all.chain(uncertain(log).into_iter().map(label("Doubtful")));
    all.chain(log.assumptions.iter().cloned().map(label("Assumed"))).collect()
}

fn counts(log: &Log) -> String {
    let replayed = &log.replayed;
    let (records, keys) =
        (figures::of(replayed.commands, "record"), figures::of(replayed.loaded, "key"));
    let mut text = format!(
        "{records} executed on {keys}; {} changed the data",
        figures::count(replayed.changed)
    );
    if replayed.no_ops > 0 {
        text.push_str(&format!(", {} had no effect", figures::count(replayed.no_ops)));
    }
    text
}

/// Why more cores would not have helped.
fn crowded(log: &Log) -> Option<String> {
    let is_long = log.replayed.commands >= WORTH_TELLING;
    let share = log.replayed.crowded().filter(|_| is_long)?;
    Some(format!(
        "{:.0} % of them were one core's work: they are of keys that commands connect, or of few keys",
        share * 100.0
    ))
}

/// The first commands that were not executed, a sentence each, and one for the rest.
pub(crate) fn failures(log: &Log) -> Vec<String> {
    let replayed = &log.replayed;
    let failure = |failure: &aof_replay::Failure| {
        let (name, at) = (escape::name(&failure.name), figures::offset(failure.offset));
        format!("{name} at byte {at} of {} did nothing: {}", log.file(failure.part), failure.why)
    };
    let named = replayed.failures.iter().take(NAMED).map(failure);
    named.chain(more(replayed.failed, "such record")).collect()
}

fn left_out(log: &Log) -> Vec<String> {
    let range = |(file, out): &(usize, LeftOut)| {
        let (at, bytes) = (figures::offset(out.start), figures::of(out.len(), "byte"));
        let commands = match out.commands.max {
            0 => String::new(),
            max => format!(", {}", figures::range(out.commands.min, max, "command")),
        };
        format!("{bytes} from byte {at} of {} on{commands}: {}", log.file(*file), out.finding)
    };
    let named = log.left_out.iter().take(NAMED).map(range);
    named.chain(more(log.left_out.len() as u64, "such range")).collect()
}

/// Keys that may not be as they were.
fn uncertain(log: &Log) -> Vec<String> {
    let doubts = &log.replayed.doubts;
    let key = |key: &Doubtful| {
        let db = key.db.map_or("db unknown".to_owned(), |db| format!("db {db}"));
        format!("key {} ({db}): {}", escape::name(&key.name), key.why)
    };
    let named = doubts.keys.iter().take(NAMED).map(key).chain(more(doubts.total, "such key"));
    let unnamed = (doubts.unnamed > 0).then(|| {
        let commands = figures::of(doubts.unnamed, "command");
        format!("any key: what {commands} would have changed is not known")
    });
    named.chain(unnamed).collect()
}

fn more(total: u64, thing: &str) -> Option<String> {
    let rest = total.saturating_sub(NAMED as u64);
    (rest > 0).then(|| format!("and {} more", figures::of(rest, thing)))
}
