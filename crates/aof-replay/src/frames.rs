//! Records one after the other, out of windows.

use std::ops::Range;

use aof_log::transcript::TranscriptError;
use aof_resp::{Annotation, annotation, frame};
use aof_source::{Feed, ReadError};
use thiserror::Error;

/// So many bytes are asked for at first; more where a record needs them.
const WANT: usize = 1 << 20;

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
}

/// What stands in a log.
pub(crate) enum Line<'a> {
    /// A record, and where it stands.
    Record(Range<u64>, Vec<&'a [u8]>),
    /// The log says that it is so many seconds after the Unix epoch.
    Clock(u64),
}

/// Shows what stands between `start` and `end`, where nothing but records and annotations must stand.
pub(crate) fn each<F: Feed + ?Sized>(
    feed: &mut F,
    start: u64,
    end: u64,
    see: &mut dyn FnMut(Line<'_>),
) -> Result<(), ReplayError> {
    let (mut at, mut want) = (start, WANT);
    while at < end {
        feed.keep_from(at);
        let left = usize::try_from(end - at).unwrap_or(usize::MAX);
        let window = feed.window(at, want.min(left))?;
        let window = &window[..window.len().min(left)];
        let read = all(window, at, see)?;
        if read == 0 && window.len() < want {
            return Err(ReplayError::Changed(at));
        }
        want = if read == 0 { want.saturating_mul(2) } else { WANT };
        at += read as u64;
    }
    Ok(())
}

/// Shows all that is whole in these bytes, and returns how many bytes that is.
fn all(bytes: &[u8], at: u64, see: &mut dyn FnMut(Line<'_>)) -> Result<usize, ReplayError> {
    let mut rest = bytes;
    loop {
        let done = bytes.len() - rest.len();
        let behind = if rest.first() == Some(&b'#') {
            annotation(rest).map(|(behind, found)| {
                if let Annotation::Time(seconds) = found {
                    see(Line::Clock(seconds));
                }
                behind
            })
        } else {
            frame(rest).map(|(behind, found)| {
                let end = at + (bytes.len() - behind.len()) as u64;
                see(Line::Record(at + done as u64..end, found.args().collect()));
                behind
            })
        };
        match behind {
            Ok(behind) => rest = behind,
            Err(nom::Err::Incomplete(_)) => return Ok(done),
            Err(_) => return Err(ReplayError::Changed(at + done as u64)),
        }
    }
}
