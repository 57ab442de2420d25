//! Where records begin, and why they cannot be had.

use aof_log::transcript::TranscriptError;
use aof_resp::{frame, next_candidate};
use aof_source::ReadError;
use thiserror::Error;

/// Why a replay cannot go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The part cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A record that is not strictly formed cannot be brought into form.
    #[error(transparent)]
    Form(#[from] TranscriptError),
    /// No record begins where there was one when the part was scanned.
    #[error("no record begins at byte {0}, where one began before: the file was changed")]
    Changed(u64),
    /// Whoever watches wants it to end.
    #[error("it was cancelled")]
    Cancelled,
}

/// Where a record seems to begin, from one byte on and before another: whoever asks must find out whether it is true.
pub(crate) fn guess(bytes: &[u8], from: usize, until: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at = next_candidate(bytes, at).filter(|at| *at < until)?;
        if is_likely(&bytes[at..]) {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether two records follow.
fn is_likely(bytes: &[u8]) -> bool {
    let Ok((rest, _)) = frame(bytes) else { return false };
    rest.is_empty() || rest.starts_with(b"#") || frame(rest).is_ok()
}
