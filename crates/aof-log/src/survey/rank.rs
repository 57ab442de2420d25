//! Which of the candidates is the best.
//!
//! The order is total and does not depend on the order in which they were found. First come those that lack
//! nothing between their beginning and their end, then those that hold data at all, then those whose base is not
//! an empty one that a server began anew beside older data, then the more plausible way to put a base and its
//! increments together, then those that hold the newest records of the folder; among equals what the manifest
//! names, then names, a single file, history, temporary files, snapshots; then the one with more commands and
//! keys, with more bytes, with the later moment; then by the names of the files.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::candidates::{Flaw, Row, chain};
use super::disk::Disk;
use super::moment::{self, SLACK};
use super::names::Kind;
use super::{Chain, Origin, Role};

/// As many chains are kept.
const MOST: usize = 16;

/// What decides, most important first.
type Order<'a> = (
    Flaw,
    bool,
    bool,
    usize,
    bool,
    Origin,
    Reverse<u64>,
    Reverse<u64>,
    Reverse<Option<u64>>,
    Vec<&'a [u8]>,
);

/// The chains of these rows without repetitions, the best first.
pub(super) fn best(disk: &Disk<'_>, rows: Vec<Row>) -> Vec<Chain> {
    let newest = newest(disk);
    let old = oldest_loss(disk, &rows);
    let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
    let mut ranked: Vec<(Order<'_>, Chain)> = Vec::new();
    for row in rows {
        let files: Vec<usize> = row.files.iter().map(|(file, _)| *file).collect();
        let Some(mut chain) = chain(disk, &row) else {
            continue;
        };
        if !seen.insert(files.clone()) {
            continue;
        }
        let has_newest = newest.is_some_and(|newest| files.contains(&newest));
        let is_anew = begins_anew(disk, &files, &old);
        chain.reasons.extend(has_newest.then(|| "it holds the newest records".to_owned()));
        chain.reasons.extend(
            is_anew
                .then(|| "its base is empty and younger than data that lie beside it".to_owned()),
        );
        let kept = chain.keeps.commands.saturating_add(chain.keeps.keys);
        let order = (
            row.flaw,
            kept == 0,
            is_anew,
            row.doubt,
            !has_newest,
            chain.origin,
            Reverse(kept),
            Reverse(chain.keeps.bytes),
            Reverse(chain.latest),
            names(disk, &files),
        );
        ranked.push((order, chain));
    }
    ranked.sort_by(|(one, _), (other, _)| one.cmp(other));
    ranked.truncate(MOST);
    ranked.into_iter().map(|(_, chain)| chain).collect()
}

fn names<'a>(disk: &Disk<'a>, files: &[usize]) -> Vec<&'a [u8]> {
    files.iter().filter_map(|file| Some(disk.file(*file)?.disk_name.as_slice())).collect()
}

/// The log that was written last. One in a single file must be later by more than clocks may differ.
fn newest(disk: &Disk<'_>) -> Option<usize> {
    let is_log = |index: &usize| disk.commands(*index) > 0;
    let all = disk.incrs().into_iter().map(|(_, index)| index);
    let all = all.chain(disk.bases().into_iter().map(|(_, index)| index));
    let set = all.chain(disk.of_kind(&Kind::TempIncr)).filter(is_log);
    let set = set.max_by_key(|index| (disk.ends(*index), seq(disk, *index), Reverse(*index)));
    let single = disk.of_kind(&Kind::Single).into_iter().find(is_log);
    match (set, single) {
        (Some(set), Some(single)) => {
            let is_later = disk.ends(single) > disk.ends(set).map(|end| end.saturating_add(SLACK));
            Some(if is_later { single } else { set })
        }
        (set, single) => set.or(single),
    }
}

fn seq(disk: &Disk<'_>, index: usize) -> i64 {
    match disk.kinds[index] {
        Kind::Incr(seq) => seq,
        _ => i64::MIN,
    }
}

/// The ends of rows that hold data by themselves, from an earlier time.
fn oldest_loss(disk: &Disk<'_>, rows: &[Row]) -> Vec<(BTreeSet<usize>, u64)> {
    let with_base = rows.iter().filter(|row| {
        let first = row.files.first();
        matches!(first, Some((_, Role::Base | Role::History))) && row.flaw == Flaw::None
    });
    let end = |row: &Row| {
        let files: BTreeSet<usize> = row.files.iter().map(|(file, _)| *file).collect();
        let has_data = files.iter().any(|file| disk.has_data(*file));
        let ends = files.iter().filter_map(|file| moment::latest(disk.file(*file)?)).max()?;
        has_data.then_some((files, ends))
    };
    with_base.filter_map(end).collect()
}

/// Whether a server began anew with an empty base while the data of another row were there already.
fn begins_anew(disk: &Disk<'_>, files: &[usize], rows: &[(BTreeSet<usize>, u64)]) -> bool {
    let Some(base) = files.first().copied().filter(|base| disk.is_known_empty(*base)) else {
        return false;
    };
    let created = disk.begins(base);
    let is_earlier = |(others, end): &(BTreeSet<usize>, u64)| {
        files.iter().all(|file| !others.contains(file)) && created.is_some_and(|at| *end <= at)
    };
    disk.content(base).is_some_and(|content| content.rdb.is_some()) && rows.iter().any(is_earlier)
}
