//! Which increments follow a base: nothing on the disk says so but the manifest.
//!
//! Bases and increments are counted by themselves. A rewrite begins a new increment and then the new base, so the
//! increments that follow a base are those that were written after it was begun.

use super::disk::{Disk, State};
use super::moment;

/// The first of the increments that follow a base, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    /// Its place in the row of increments; their number if none follows.
    pub(super) at: usize,
    /// Why, in a clause.
    pub(super) reason: String,
}

/// As many answers are given.
const MOST: usize = 3;

/// The plausible answers for a base of this number, the most plausible first.
pub(super) fn starts(disk: &Disk<'_>, seq: i64, base: usize, incrs: &[(i64, usize)]) -> Vec<Start> {
    let by_time = by_time(disk, base, incrs);
    let (strong, weak): (Vec<Start>, Vec<Start>) = match by_time {
        Some((starts, true)) => (starts, Vec::new()),
        Some((starts, false)) => (Vec::new(), starts),
        None => (Vec::new(), Vec::new()),
    };
    let by_manifest = by_manifest(disk, seq, base, incrs);
    let by_number = by_number(seq, incrs);
    let all = by_manifest.into_iter().chain(strong).chain(by_number).chain(weak);
    let mut found: Vec<Start> = Vec::new();
    for start in all {
        if !found.iter().any(|other| other.at == start.at) {
            found.push(start);
        }
    }
    found.truncate(MOST);
    found
}

/// The manifest names the base, or is one rewrite behind it: then the last increment was begun with the base.
fn by_manifest(disk: &Disk<'_>, seq: i64, base: usize, incrs: &[(i64, usize)]) -> Option<Start> {
    let State::Good(_, manifest) = disk.state else {
        return None;
    };
    let named = manifest.base()?;
    let is_it = disk.listed().iter().any(|part| part.entry == named && part.file == Some(base));
    let is_next = named.seq.checked_add(1) == Some(seq);
    let (entry, reason) = match (is_it, is_next) {
        (true, _) => (manifest.incrs().next()?, "the manifest pairs them"),
        (_, true) => {
            (manifest.incrs().last()?, "the last increment of the manifest was begun with the base")
        }
        _ => return None,
    };
    let at = incrs.iter().position(|(number, _)| *number == entry.seq)?;
    Some(Start { at, reason: reason.to_owned() })
}

/// By the moment at which the base was begun. Sure where clocks tell, or where something was last written before.
fn by_time(disk: &Disk<'_>, base: usize, incrs: &[(i64, usize)]) -> Option<(Vec<Start>, bool)> {
    let created = disk.begins(base)?;
    let trusts_times = disk.file(base).is_some_and(moment::is_plausible);
    let behind = |is_before: &dyn Fn(u64) -> bool| {
        let precedes = |index: usize| {
            let has_clock = disk.content(index).and_then(moment::clock).is_some();
            let end = disk.ends(index).filter(|_| has_clock || trusts_times);
            disk.has_data(index) && end.is_some_and(is_before)
        };
        incrs.iter().rposition(|(_, index)| precedes(*index)).map_or(0, |at| at + 1)
    };
    let (first, second) = (behind(&|end| end < created), behind(&|end| end <= created));
    let start = |at: usize| Start { at, reason: reason(disk, base, incrs, at) };
    let has_clocks =
        incrs.iter().any(|(_, it)| disk.content(*it).and_then(moment::clock).is_some());
    let mut starts = vec![start(second)];
    if first != second {
        starts.push(start(first));
    }
    Some((starts, has_clocks || first > 0))
}

fn reason(disk: &Disk<'_>, base: usize, incrs: &[(i64, usize)], at: usize) -> String {
    let base = disk.shown(base);
    match incrs.get(at) {
        Some((_, incr)) => format!("{} was written after {base} was begun", disk.shown(*incr)),
        None => format!("no increment was written after {base} was begun"),
    }
}

/// Where no rewrite ever failed, a base and its first increment have the same number.
fn by_number(seq: i64, incrs: &[(i64, usize)]) -> Option<Start> {
    let at = incrs.iter().position(|(number, _)| *number >= seq).unwrap_or(incrs.len());
    let reason = match incrs.get(at) {
        Some((number, _)) if *number == seq => {
            format!("base and increment {seq} have the same number")
        }
        Some((number, _)) => {
            format!("increment {number} is the first with a number not below the base's")
        }
        None => "every increment has a number below the base's".to_owned(),
    };
    Some(Start { at, reason })
}
