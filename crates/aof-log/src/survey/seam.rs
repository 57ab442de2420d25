//! Parts of different moments: clocks and times that go back from one part to the next.

use super::Placed;
use super::disk::Disk;
use super::moment::{self, SLACK};
use super::words::{counted, list};
use crate::finding::{Confidence, Finding, FindingId as Id};

/// Findings about parts in the order of loading.
pub(super) fn findings(disk: &Disk<'_>, order: &[usize]) -> Vec<Placed> {
    let base = order.first().and_then(|base| superseded(disk, *base, &order[1..]));
    base.into_iter().chain(backwards(disk, order)).collect()
}

/// Clocks that go back from one part to the next that has one.
fn backwards(disk: &Disk<'_>, order: &[usize]) -> Vec<Placed> {
    let clock = |index: usize| disk.content(index)?.log.as_ref()?.clock;
    let clocks = order.iter().filter_map(|index| Some((*index, clock(*index)?)));
    let clocks: Vec<(usize, (u64, u64))> = clocks.collect();
    let mut placed = Vec::new();
    for pair in clocks.windows(2) {
        let ((before, (_, from)), (after, (to, _))) = (pair[0], pair[1]);
        if to < from {
            let message = format!(
                "the clock goes back from {from} at the end of {} to {to} at the beginning of {}: a \
                 point in time may stand for two places",
                disk.shown(before),
                disk.shown(after)
            );
            let finding = Finding::new(Id::AofTsBackwards, 0, 0, message)
                .cause("the clock of the machine was set back, or parts were joined out of order");
            placed.push(Placed { file: Some(after), finding });
        }
    }
    placed
}

/// An increment all of whose records are older than the base that they are replayed on.
fn superseded(disk: &Disk<'_>, base: usize, incrs: &[usize]) -> Option<Placed> {
    let created = disk.content(base)?.rdb.as_ref()?.aux.created?;
    let trust_times = disk.file(base).is_some_and(moment::is_plausible);
    let is_older = |index: &usize| {
        let has_clock = disk.content(*index).and_then(moment::clock).is_some();
        let end = disk.ends(*index).filter(|_| has_clock || trust_times);
        disk.commands(*index) > 0 && end.is_some_and(|end| end.saturating_add(SLACK) < created)
    };
    let first = incrs.iter().copied().find(is_older)?;
    let end = disk.ends(first)?;
    let message = format!(
        "{} was last written {} before {} was begun, and is replayed on top of it: {} would take \
         effect twice",
        disk.shown(first),
        counted(created - end, "second"),
        disk.shown(base),
        counted(disk.commands(first), "record"),
    );
    let has_clock = disk.content(first).and_then(moment::clock).is_some();
    let finding = Finding::new(Id::SnapshotInconsistent, 0, disk.bytes(first), message)
        .confidence(if has_clock { Confidence::Likely } else { Confidence::Guess })
        .cause("the files were copied while a rewrite ran, or come from several backups");
    Some(Placed { file: Some(first), finding })
}

/// Parts that are named and not there, beside parts that are there and not named.
pub(super) fn torn_copy(disk: &Disk<'_>, unnamed: &[usize]) -> Option<Placed> {
    let missing = disk.listed().iter().filter(|part| part.file.is_none());
    let missing: Vec<String> =
        missing.map(|part| part.entry.file.escape_ascii().to_string()).collect();
    let there = unnamed.iter().copied().filter(|index| disk.has_data(*index));
    let there: Vec<String> = there.map(|index| disk.shown(index)).collect();
    if missing.is_empty() || there.is_empty() {
        return None;
    }
    let message = format!(
        "the manifest names {}, which {} not there, and does not name {}, which {}: the files \
         are of different moments",
        list(&missing),
        if missing.len() == 1 { "is" } else { "are" },
        list(&there),
        if there.len() == 1 { "is" } else { "are" },
    );
    let finding = Finding::new(Id::SnapshotInconsistent, 0, 0, message)
        .cause("the files were copied while a rewrite ran");
    Some(Placed { file: None, finding })
}
