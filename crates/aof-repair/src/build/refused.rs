//! Records that a named server refuses.

use std::cell::Cell;

use aof_log::forecast::Conf;
use aof_log::loader;
use aof_log::selection::{Kept, LeftOut, Selected, Selection};
use aof_log::server::Server;
use aof_log::transcript::{Piece, transcribe};
use aof_log::{CommandRange, FindingId, Head, Keys};

use super::{Chosen, View};
use crate::error::RepairError;
use crate::seen::path_of;

/// A record, and why it is refused.
struct Refused {
    start: u64,
    end: u64,
    finding: FindingId,
}

/// Leaves out the records that this server's loader refuses.
pub(super) fn leave_out(
    view: &View<'_>,
    chosen: &Chosen,
    selection: &mut Selection,
    server: Server,
) -> Result<(), RepairError> {
    let conf = Conf::default();
    let refuses = |head: &Head<'_>| loader::refuses(server, &conf, head);
    for (file, selected) in chosen.files.iter().zip(&mut selection.parts) {
        let records_from = view.content(*file).map_or(0, aof_log::Content::records_from);
        let rows = std::mem::take(&mut selected.kept);
        for kept in rows {
            if kept.end <= records_from {
                selected.kept.push(kept);
                continue;
            }
            let refused = refused_in(view, *file, &kept, &refuses)?;
            split(selected, kept, &refused);
        }
        selected.left_out.sort_by_key(|out| out.start);
    }
    Ok(())
}

fn refused_in(
    view: &View<'_>,
    file: usize,
    kept: &Kept,
    refuses: &dyn Fn(&Head<'_>) -> Option<FindingId>,
) -> Result<Vec<Refused>, RepairError> {
    let mut refused = Vec::new();
    let why = Cell::new(FindingId::AofCmdUnknown);
    let refuses = |head: &Head<'_>| match refuses(head) {
        Some(finding) => {
            why.set(finding);
            true
        }
        None => false,
    };
    let mut note = |piece: Piece<'_>| {
        if let Piece::Refused { start, end } = piece {
            refused.push(Refused { start, end, finding: why.get() });
        }
        Ok(())
    };
    let (start, end) = (kept.start, kept.end);
    let mut result = Ok(());
    view.with_feed(file, |mut feed| {
        result = transcribe(&mut feed, start, end, &refuses, &mut note).map(|_| ());
        Ok(())
    })?;
    let path = path_of(view.root, &view.name(file))?;
    result.map_err(|error| RepairError::io("read", &path)(std::io::Error::other(error)))?;
    Ok(refused)
}

/// Takes records out of what is kept.
fn split(selected: &mut Selected, kept: Kept, refused: &[Refused]) {
    let (mut at, mut first) = (kept.start, true);
    let mut piece = |selected: &mut Selected, start: u64, end: u64, is_last: bool| {
        if start < end {
            let select = kept.select.filter(|_| first);
            let (is_reopened, is_left_open) =
                (kept.is_reopened && first, kept.is_left_open && is_last);
            let piece = Kept { start, end, select, is_reopened, is_left_open, records: 0, ..kept };
            selected.kept.push(piece);
            first = false;
        }
    };
    for Refused { start, end, finding } in refused {
        piece(selected, at, *start, false);
        selected.left_out.push(LeftOut {
            start: *start,
            end: *end,
            finding: *finding,
            commands: CommandRange::exactly(1),
            keys: Keys::default(),
            seconds: None,
            is_readable: false,
        });
        at = *end;
    }
    piece(selected, at, kept.end, true);
    if let Some(last) = selected.kept.last_mut() {
        last.records += kept.records.saturating_sub(refused.len() as u64);
    }
}
