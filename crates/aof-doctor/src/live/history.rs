//! The parts of a log as they are sent.

use aof_log::selection::Kept;
use aof_replay::live::history::Part;

use crate::execute::{Opened, base_of, records_of};
use crate::failure::Failure;

/// The parts, if all of them can be mapped.
pub(crate) fn parts(opened: &Opened<'_>) -> Result<Vec<Part<'static>>, Failure> {
    let rows = opened.rows.iter().zip(&opened.selection.parts).enumerate();
    rows.map(|(place, ((number, content), selected))| {
        // What is empty cannot be mapped, and need not be.
        let empty = (content.bytes == 0).then_some(&[][..]);
        let bytes = opened.maps.bytes(place).or(empty).ok_or_else(|| {
            Failure::operational("a log is sent from files that can be mapped")
                .hint("--spool-dir names a folder that a compressed one can be decoded to; --mode state does without")
        })?;
        let kept: Vec<Kept> = records_of(content, selected).collect();
        Ok(Part { number: *number, bytes, base: base_of(content, true), kept })
    })
    .collect()
}
