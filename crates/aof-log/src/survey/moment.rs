//! When something was written, by the clocks in the files and the times of the files.
//!
//! A clock in a file is evidence wherever the file is copied. The time of a file is that of its last write or of a
//! copy: it can be later than the truth, never earlier, unless somebody set it.

use crate::content::Content;
use crate::inventory::File;

/// Seconds that two clocks may be apart and still tell the same moment: a rewrite that waits for its turn begins its
/// file later than the increment that follows it.
pub(super) const SLACK: u64 = 60;

/// When the RDB file was begun, or the first clock line was written.
pub(super) fn begins(content: &Content) -> Option<u64> {
    let created = content.rdb.as_ref().and_then(|rdb| rdb.aux.created);
    created.or_else(|| content.log.as_ref()?.clock.map(|(first, _)| first))
}

/// The last clock line.
pub(super) fn clock(content: &Content) -> Option<u64> {
    content.log.as_ref()?.clock.map(|(_, last)| last)
}

/// When the file was last written.
pub(super) fn written(file: &File) -> Option<u64> {
    file.modified.map(|milliseconds| milliseconds / 1000)
}

/// The latest moment that the data of the file are known to be of.
pub(super) fn latest(file: &File) -> Option<u64> {
    let content = file.content.as_ref()?;
    let has_records = content.log.as_ref().is_some_and(|log| log.commands > 0);
    if has_records {
        return clock(content).or_else(|| written(file));
    }
    let created = content.rdb.as_ref().map(|rdb| rdb.aux.created.or_else(|| written(file)));
    created.flatten()
}

/// Whether the times of this file can be those of its writing: an RDB file is not finished before it is begun.
pub(super) fn is_plausible(base: &File) -> bool {
    let created = base.content.as_ref().and_then(begins);
    match (created, written(base)) {
        (Some(created), Some(written)) => written + SLACK >= created,
        _ => true,
    }
}
