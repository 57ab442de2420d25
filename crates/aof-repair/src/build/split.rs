//! Two logs that were joined into one file: which of them counts, only somebody who knows where they come from can say.
//! In a copy each becomes a file of its own.

use aof_log::FindingId;
use aof_log::selection::{Kept, LeftOut, Selected, Selection};

use super::{Chosen, View};

/// Splits a log in one file where another one begins; the file is then chosen once for each piece.
pub(super) fn joined(view: &View<'_>, chosen: &mut Chosen, selection: &mut Selection) {
    let [file] = chosen.files[..] else { return };
    let begins = |id: FindingId| id == FindingId::AofConcatenated;
    let placed = view.damage().filter(|placed| placed.file == Some(file));
    let mut offsets: Vec<u64> = placed
        .filter(|placed| begins(placed.finding.id))
        .map(|placed| placed.finding.offset)
        .filter(|offset| *offset > 0)
        .collect();
    offsets.sort_unstable();
    offsets.dedup();
    // The records behind an RDB file belong to it, even if their clock is behind that of what stands before it.
    let outs = selection.parts.iter().flat_map(|part| &part.left_out);
    let snapshots = outs.filter(|out| offsets.contains(&out.start)).map(|out| out.end);
    let snapshots: Vec<u64> = snapshots.collect();
    offsets.retain(|offset| !snapshots.contains(offset));
    for offset in offsets {
        let Some(last) = selection.parts.pop() else { return };
        let (before, behind) = at(last, offset);
        selection.parts.extend([before, behind]);
        chosen.files.push(file);
        chosen.roles.push(chosen.roles[0]);
    }
}

/// What was selected before an offset, and from there on. What begins with an RDB file is a log with its preamble, of
/// which nothing needs to be left out.
fn at(selected: Selected, offset: u64) -> (Selected, Selected) {
    let (mut before, mut behind) = (Selected::default(), Selected::default());
    for kept in selected.kept {
        match () {
            () if kept.end <= offset => before.kept.push(kept),
            () if kept.start >= offset => behind.kept.push(kept),
            () => {
                before.kept.push(Kept { end: offset, is_left_open: false, ..kept });
                behind.kept.push(Kept {
                    start: offset,
                    records: 0,
                    select: None,
                    is_reopened: false,
                    ..kept
                });
            }
        }
    }
    let (first, second): (Vec<LeftOut>, Vec<LeftOut>) =
        selected.left_out.into_iter().partition(|out| out.start < offset);
    (before.left_out, behind.left_out) = (first, second);
    if behind.left_out.first().is_some_and(|out| out.start == offset) {
        whole(&mut behind, offset);
    }
    (before, behind)
}

/// Everything from an offset on, as it stands.
fn whole(selected: &mut Selected, offset: u64) {
    let ends = selected.kept.iter().map(|kept| kept.end);
    let end = ends.chain(selected.left_out.iter().map(|out| out.end)).max().unwrap_or(offset);
    let records = selected.records();
    *selected =
        Selected { kept: vec![Kept { records, ..Kept::whole(offset, end) }], left_out: Vec::new() };
}
