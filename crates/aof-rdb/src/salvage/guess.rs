//! The header of a file that has lost it.

use std::ops::Range;

use super::Salvaged;
use super::survey::{Survey, Windows};
use crate::header::{self, Start};
use crate::summary::{Dialect, Header, Source};

/// So many bytes are read on trial.
const TRIAL: usize = 256 << 10;

/// Headers that differ in what types and opcodes mean, the more likely ones first.
const TRIED: [Header; 3] = [
    Header { dialect: Dialect::Redis, version: 12 },
    Header { dialect: Dialect::Redis, version: 13 },
    Header { dialect: Dialect::Valkey, version: 80 },
];

/// What servers of each version write, from this one on: major and minor version, and that of the format.
const VERSIONS: [(u16, u16, u16); 7] =
    [(8, 6, 13), (7, 4, 12), (7, 2, 11), (7, 0, 10), (5, 0, 9), (4, 0, 8), (3, 2, 7)];

/// The header, where records begin, and whether the header is a guess.
pub(super) fn header<S: Source>(
    source: &mut S,
    extent: &Range<u64>,
    windows: Windows,
) -> Result<(Header, u64, bool), S::Error> {
    let left = usize::try_from(extent.end - extent.start).unwrap_or(usize::MAX);
    let bytes = source.window(extent.start, TRIAL.min(left))?;
    let bytes = &bytes[..bytes.len().min(TRIAL).min(left)];
    if let Start::Header(header, true) = header::read(bytes) {
        return Ok((header, extent.start + header::LEN as u64, false));
    }
    let header = said(bytes).unwrap_or_else(|| tried(bytes, windows));
    Ok((header, extent.start, true))
}

/// What a file says of who wrote it.
fn said(bytes: &[u8]) -> Option<Header> {
    let behind = |name: &[u8]| {
        let at = bytes.windows(name.len()).position(|part| part == name)? + name.len();
        let len = usize::from(*bytes.get(at)?);
        let text = std::str::from_utf8(bytes.get(at + 1..at + 1 + len)?).ok()?;
        let mut numbers = text.split('.').map_while(|number| number.parse::<u16>().ok());
        Some((numbers.next()?, numbers.next()?))
    };
    let of_redis = |version: (u16, u16)| {
        let found = VERSIONS.iter().find(|(major, minor, _)| version >= (*major, *minor));
        found.map(|&(_, _, version)| Header { dialect: Dialect::Redis, version })
    };
    match behind(b"\xfa\x0avalkey-ver") {
        Some((9.., _)) => Some(Header { dialect: Dialect::Valkey, version: 80 }),
        Some(_) => Some(Header { dialect: Dialect::Redis, version: 11 }),
        None => of_redis(behind(b"\xfa\x09redis-ver")?),
    }
}

/// The header with which most can be read.
fn tried(bytes: &[u8], windows: Windows) -> Header {
    let kept = |header: &Header| {
        let mut survey = Survey::new(*header, 0, 0..bytes.len() as u64, windows);
        let Ok(()) = survey.run(&mut &*bytes);
        bytes_kept(&survey.finish())
    };
    TRIED.into_iter().rev().max_by_key(kept).unwrap_or(TRIED[0])
}

fn bytes_kept(found: &Salvaged) -> u64 {
    found.kept.iter().map(|kept| kept.end - kept.start).sum()
}
