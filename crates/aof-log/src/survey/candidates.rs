//! Sets that could be made of the files.

use super::disk::Disk;
use super::moment;
use super::names::Kind;
use super::pairing::{Start, starts};
use super::rank;
use super::usable::{self, Usable};
use super::{Chain, Kept, Link, Origin, Role};
use crate::manifest::EntryRole;

/// As many bases are tried, the newest first.
const MOST_BASES: usize = 8;

/// A row of files before it is weighed.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) origin: Origin,
    pub(super) files: Vec<(usize, Role)>,
    pub(super) reasons: Vec<String>,
    pub(super) flaw: Flaw,
    /// How many other ways to put it together are more plausible.
    pub(super) doubt: usize,
}

/// What a row lacks as a whole; the less the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flaw {
    /// It has what it begins with, and all between that and its end.
    None,
    /// A part between two others is missing.
    Gap,
    /// What it begins with is missing.
    NoBase,
}

/// All candidates, the best first.
pub(super) fn chains(disk: &Disk<'_>) -> Vec<Chain> {
    let mut rows: Vec<Row> = by_manifest(disk).into_iter().collect();
    rows.extend(by_name(disk));
    rows.extend(without_base(disk));
    rows.extend(temporary(disk));
    rows.extend(alone(disk, &Kind::Single, Origin::Single, Role::Single));
    rows.extend(alone(disk, &Kind::OtherLog, Origin::Single, Role::Single));
    rows.extend(alone(disk, &Kind::Rdb, Origin::Snapshot, Role::Rdb));
    rank::best(disk, rows)
}

/// What a row comes to; `None` if one of its files was not read.
pub(super) fn chain(disk: &Disk<'_>, row: &Row) -> Option<Chain> {
    let mut chain = Chain {
        origin: row.origin,
        links: Vec::new(),
        keeps: Kept::default(),
        latest: None,
        reasons: row.reasons.clone(),
    };
    for (file, role) in &row.files {
        let Usable { to, commands, keys, left_out } = usable::of(disk, *file)?;
        chain.links.push(Link { file: *file, role: *role, to });
        chain.keeps.bytes = chain.keeps.bytes.saturating_add(to);
        chain.keeps.commands = chain.keeps.commands.saturating_add(commands);
        chain.keeps.keys = chain.keeps.keys.saturating_add(keys);
        chain.reasons.extend(left_out);
    }
    chain.latest = row.files.iter().rev().find_map(|(file, _)| moment::latest(disk.file(*file)?));
    Some(chain)
}

/// What the manifest names, if all of it is there.
fn by_manifest(disk: &Disk<'_>) -> Option<Row> {
    let listed = disk.listed();
    let with_role = |part: &super::disk::Listed<'_>| {
        let is_base = part.entry.role == EntryRole::Base;
        Some((part.file?, if is_base { Role::Base } else { Role::Incr }))
    };
    let files: Vec<(usize, Role)> = listed.iter().map(with_role).collect::<Option<_>>()?;
    let (_, first) = files.first()?;
    let flaw = if *first == Role::Base { Flaw::None } else { Flaw::NoBase };
    let reasons = vec!["the manifest names these files".to_owned()];
    let mut named: Vec<usize> = files.iter().map(|(file, _)| *file).collect();
    named.sort_unstable();
    let is_twice = named.windows(2).any(|pair| pair[0] == pair[1]);
    (!is_twice).then_some(Row { origin: Origin::Manifest, files, reasons, flaw, doubt: 0 })
}

/// Each base with the increments that seem to follow it.
fn by_name(disk: &Disk<'_>) -> Vec<Row> {
    let incrs = distinct(disk);
    let bases: Vec<(i64, usize)> =
        disk.bases().into_iter().filter(|(_, base)| disk.content(*base).is_some()).collect();
    let newest = bases.iter().map(|(seq, _)| *seq).max();
    let mut rows = Vec::new();
    for (seq, base) in bases.iter().rev().take(MOST_BASES) {
        let is_old = newest.is_some_and(|newest| *seq < newest)
            || disk.history().iter().any(|(old, _)| old == base);
        let (origin, role) = match is_old {
            true => (Origin::History, Role::History),
            false => (Origin::Names, Role::Base),
        };
        for (doubt, start) in starts(disk, *seq, *base, &incrs).iter().enumerate() {
            rows.extend(followed(disk, origin, (*base, role), &incrs, start, doubt));
        }
    }
    rows
}

/// The increments of the set, one of each number.
pub(super) fn distinct(disk: &Disk<'_>) -> Vec<(i64, usize)> {
    let mut incrs = disk.incrs();
    incrs.sort_by_key(|(seq, index)| (*seq, disk.is_packed(*index), *index));
    incrs.dedup_by_key(|(seq, _)| *seq);
    incrs
}

/// A base with all increments from a start on, and the same up to the first one that is missing.
fn followed(
    disk: &Disk<'_>,
    origin: Origin,
    base: (usize, Role),
    incrs: &[(i64, usize)],
    start: &Start,
    doubt: usize,
) -> Vec<Row> {
    let follow = incrs.get(start.at..).unwrap_or_default();
    let follow = follow.iter().filter(|(_, incr)| *incr != base.0);
    let readable: Vec<(i64, usize)> =
        follow.copied().filter(|(_, incr)| disk.content(*incr).is_some()).collect();
    let seams = readable.iter().zip(readable.iter().skip(1));
    let is_gap = |((before, _), (after, _)): (&(i64, usize), &(i64, usize))| {
        before.checked_add(1) != Some(*after)
    };
    let gap = seams.clone().position(is_gap).map(|at| at + 1);
    let row = |count: usize, flaw: Flaw, reason: Option<String>| {
        let links = readable[..count].iter().map(|(_, incr)| (*incr, Role::Incr));
        let files: Vec<(usize, Role)> = [base].into_iter().chain(links).collect();
        let reasons = [start.reason.clone()].into_iter().chain(reason).collect();
        Row { origin, files, reasons, flaw, doubt }
    };
    let Some(gap) = gap else {
        return vec![row(readable.len(), Flaw::None, None)];
    };
    let (before, after) = (readable[gap - 1].0, readable[gap].0);
    let missing = format!("nothing is there of what stood between increments {before} and {after}");
    let stops = format!("it stops before the gap behind increment {before}");
    vec![row(gap, Flaw::None, Some(stops)), row(readable.len(), Flaw::Gap, Some(missing))]
}

/// The increments alone, where no base can be read.
fn without_base(disk: &Disk<'_>) -> Option<Row> {
    let has_base = disk.bases().iter().any(|(_, base)| disk.content(*base).is_some());
    let incrs = distinct(disk);
    let readable = incrs.iter().filter(|(_, incr)| disk.content(*incr).is_some());
    let files: Vec<(usize, Role)> = readable.map(|(_, incr)| (*incr, Role::Incr)).collect();
    let has_data = files.iter().any(|(file, _)| disk.has_data(*file));
    let first = disk.listed().first();
    let first_is_base =
        first.is_some_and(|part| part.entry.role == EntryRole::Base && part.file.is_some());
    if has_base || first_is_base || !has_data {
        return None;
    }
    let reasons = vec!["the base is missing: only what was written since is there".to_owned()];
    Some(Row { origin: Origin::Names, files, reasons, flaw: Flaw::NoBase, doubt: 0 })
}

/// Whole files of unfinished rewrites in the place of a base, and what was logged beside them.
fn temporary(disk: &Disk<'_>) -> Vec<Row> {
    let incrs = distinct(disk);
    let beside: Vec<usize> = disk
        .of_kind(&Kind::TempIncr)
        .into_iter()
        .filter(|it| disk.content(*it).is_some())
        .collect();
    let whole = |file: &usize| disk.has_data(*file) && usable::is_whole(disk, *file);
    let bases: Vec<usize> =
        disk.of_kind(&Kind::TempFile).into_iter().filter(whole).take(MOST_BASES).collect();
    let mut rows = Vec::new();
    for base in &bases {
        let first = (*base, Role::Temp);
        let reason = format!("{} is a rewrite that is whole", disk.shown(*base));
        let row = |files: Vec<(usize, Role)>, reason: String| Row {
            origin: Origin::Temp,
            files,
            reasons: vec![reason],
            flaw: Flaw::None,
            doubt: 0,
        };
        rows.extend(
            beside.iter().map(|incr| row(vec![first, (*incr, Role::Temp)], reason.clone())),
        );
        for (doubt, start) in starts(disk, i64::MAX, *base, &incrs).iter().enumerate() {
            rows.extend(followed(disk, Origin::Temp, first, &incrs, start, doubt));
        }
        rows.push(row(vec![first], reason));
    }
    rows
}

/// Each file of a kind by itself.
fn alone(disk: &Disk<'_>, kind: &Kind, origin: Origin, role: Role) -> Vec<Row> {
    let reason = match origin {
        Origin::Snapshot => "an RDB file holds the data of one moment",
        _ => "a log in one file",
    };
    let files = disk.of_kind(kind).into_iter().filter(|file| disk.content(*file).is_some());
    let row = |file: usize| Row {
        origin,
        files: vec![(file, role)],
        reasons: vec![reason.to_owned()],
        flaw: Flaw::None,
        doubt: 0,
    };
    files.take(MOST_BASES).map(row).collect()
}
