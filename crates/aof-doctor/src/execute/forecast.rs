//! How much memory data will need, told from a share of the keys before all of them are executed.

use std::ops::Range;

use aof_keyspace::{LANES, Links};

use super::parts::Parts;
use super::watch::{Guard, cancelled, too_much};
use crate::failure::Failure;
use crate::figures;
use crate::memory::MemoryLimit;
use crate::signal;

/// The lanes that are tried: not the lowest, where keys come together that commands connect.
const TRIED: Range<usize> = LANES - 2..LANES;

/// Data that need more than so many times the bytes of their log are rare enough to be found out when it happens.
const MOST_OF_A_BYTE: u64 = 4;

/// Refuses data that will need more memory than they may, as far as that can be told from two lanes of sixteen. It errs
/// towards less: where these had more of the work than others, all have no more than that work tells.
///
/// # Errors
/// They will need more, or a signal came.
pub(super) fn within(limit: MemoryLimit, parts: &Parts<'_>, links: &Links) -> Result<(), Failure> {
    if links.lanes() < LANES || parts.total.saturating_mul(MOST_OF_A_BYTE) <= limit.0 {
        return Ok(());
    }
    let (progress, guard) = (parts.progress("forecasting"), Guard::new(Some(limit)));
    let mut replay = parts.replay(links.clone()).trying(TRIED);
    // What is wrong with the files is said when they are executed.
    let tried = parts
        .each(&progress, &guard)
        .try_for_each(|part| part.execute_mapped(&mut replay).map(drop));
    progress.done();
    if signal::is_cancelled() {
        return Err(cancelled());
    }
    let even = TRIED.len() as f64 / LANES as f64;
    let needed = guard.of_all(replay.share().map_or(even, |share| share.max(even)));
    if needed <= limit.0 {
        return Ok(());
    }
    Err(too_much(format!(
        "the data need {} {} of memory, and --memory-limit allows {}",
        if tried.is_ok() { "about" } else { "more than" },
        figures::rough(needed),
        figures::rough(limit.0)
    )))
}
