//! How much of one file can be used in a chain.

use super::disk::Disk;
use super::words::counted;
use crate::content::{Content, Format};

/// What can be used of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Usable {
    /// The byte up to which it can be used.
    pub(super) to: u64,
    pub(super) commands: u64,
    pub(super) keys: u64,
    /// What of it is left out, in a clause.
    pub(super) left_out: Option<String>,
}

/// What can be used of a file that was read.
pub(super) fn of(disk: &Disk<'_>, index: usize) -> Option<Usable> {
    let content = disk.content(index)?;
    let to = end(content).min(content.bytes);
    let rest = content.bytes - to;
    let damaged = content.log.as_ref().is_some_and(|log| log.checkpoint < log.end_checkpoint);
    let name = disk.shown(index);
    let left_out = match (rest, damaged) {
        (0, false) => None,
        (0, true) => Some(format!("{name} is damaged inside")),
        (rest, _) => Some(format!("the last {} of {name} are left out", counted(rest, "byte"))),
    };
    let keys = content.rdb.as_ref().map_or(0, |rdb| rdb.keys);
    Some(Usable { to, commands: disk.commands(index), keys, left_out })
}

fn end(content: &Content) -> u64 {
    let log = content.log.as_ref().map(|log| log.end_checkpoint);
    match (content.format, &content.rdb) {
        (Format::Empty, _) => 0,
        (Format::Rdb | Format::RdbResp, Some(rdb)) if rdb.defect.is_some() => rdb.sound,
        (Format::Rdb, Some(rdb)) => rdb.end,
        (Format::RdbResp, Some(rdb)) => log.unwrap_or(0).max(rdb.end),
        _ => log.unwrap_or(0),
    }
}

/// Whether all of it can be used.
pub(super) fn is_whole(disk: &Disk<'_>, index: usize) -> bool {
    of(disk, index).is_some_and(|usable| usable.left_out.is_none())
}
