//! Where records begin, and why they cannot be had.

use aof_log::selection::Kept;
use aof_log::transcript::{Piece, TranscriptError, transcribe};
use aof_resp::{frame, next_candidate};
use aof_source::{Feed, ReadError};
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

/// What is kept of records that are not all strictly formed.
#[derive(Debug)]
pub(crate) enum Formed {
    /// From one byte to another as it stands.
    Verbatim(u64, u64),
    /// A record that begins at this byte, in the form that servers write.
    Anew(u64, Vec<u8>),
}

/// Brings what is kept into the form that servers write.
pub(crate) fn formed<F: Feed>(feed: &mut F, kept: &Kept) -> Result<Vec<Formed>, ReplayError> {
    let mut pieces = Vec::new();
    transcribe(feed, kept.start, kept.end, &|_| false, &mut |piece| {
        match piece {
            Piece::Verbatim { start, end } => pieces.push(Formed::Verbatim(start, end)),
            Piece::Formed { start, bytes, .. } => pieces.push(Formed::Anew(start, bytes.to_vec())),
            Piece::Refused { .. } => {}
        }
        Ok(())
    })?;
    Ok(pieces)
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
