//! The first reading of an input: its container, its first bytes, and where to look for records.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Container, FIRST, Settled, Source};
use crate::decode::decoded;
use crate::sniff::{self, Kind};
use crate::{Feed, FilePart, Part, ReadError, StreamFeed};

/// How many bytes of a stream are read to tell its container.
const HEAD: usize = 512;

pub(super) fn settle(source: &mut Source) -> Result<Settled, ReadError> {
    let failed = |source| ReadError::from_stream(source, 0);
    if let Source::Fifo(path) = source {
        *source = Source::Pipe(File::open(path).map_err(failed)?);
    }
    match source {
        Source::File(part) => settle_file(part),
        Source::Pipe(file) => {
            let mut file = file.try_clone().map_err(failed)?;
            let mut head = Vec::new();
            (&mut file).take(HEAD as u64).read_to_end(&mut head).map_err(failed)?;
            let container = container_of(&head);
            let whole = io::Cursor::new(head).chain(file);
            let stream = StreamFeed::new(decoded(container, whole).map_err(failed)?);
            settle_stream(container, stream)
        }
        Source::Fifo(_) => unreachable!("opened a few lines above"),
    }
}

fn settle_file(part: &FilePart) -> Result<Settled, ReadError> {
    let first = readable(&mut part.feed())?;
    let container = container_of(&first);
    if container == Container::Plain {
        return Ok(Settled { container, first, stream: None });
    }
    let part = part.clone();
    let stream = StreamFeed::reopenable(move || decoded(container, part.reader()))
        .map_err(|source| ReadError::from_stream(source, 0))?;
    settle_stream(container, stream)
}

fn settle_stream(container: Container, mut stream: StreamFeed) -> Result<Settled, ReadError> {
    let first = match readable(&mut stream) {
        // Data that cannot be decoded from its first byte on is still an input, and what is wrong with it
        // is said to whoever reads it.
        Err(ReadError::Decode { .. }) => Vec::new(),
        first => first?,
    };
    Ok(Settled { container, first, stream: Some(stream) })
}

/// The first bytes, as many as can be read.
fn readable(feed: &mut impl Feed) -> Result<Vec<u8>, ReadError> {
    let mut want = FIRST;
    loop {
        match feed.window(0, want) {
            Ok(bytes) => return Ok(bytes[..bytes.len().min(FIRST)].to_vec()),
            // What lies before the byte that could not be read can be.
            Err(error) if (1..want as u64).contains(&error.offset()) => {
                want = error.offset() as usize;
            }
            Err(error) => return Err(error),
        }
    }
}

/// What is inside `x.aof.gz` is called `x.aof`.
pub(super) fn content_name(path: &Path) -> PathBuf {
    const PACKED: [&str; 4] = ["gz", "gzip", "zst", "zstd"];
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending {
        Some(ending) if PACKED.iter().any(|packed| ending.eq_ignore_ascii_case(packed)) => {
            path.with_extension("")
        }
        _ => path.to_path_buf(),
    }
}

fn container_of(head: &[u8]) -> Container {
    match sniff::magic(head) {
        Some(Kind::Gzip) => Container::Gzip,
        Some(Kind::Zstd) => Container::Zstd,
        _ => Container::Plain,
    }
}

/// Where to look for records in a part of this length: evenly, and at the end.
pub(super) fn samples(len: u64) -> impl Iterator<Item = u64> {
    let first = FIRST as u64;
    let last = len.saturating_sub(first);
    (1..=32).map(move |i| last / 32 * i).chain([last])
}

/// The first of these places behind which records stand.
pub(super) fn records_in(feed: &mut impl Feed, places: impl Iterator<Item = u64>) -> Option<u64> {
    for at in places {
        // What cannot be read here is reported by the check, with its offset.
        let bytes = feed.window(at, FIRST).ok()?;
        let bytes = &bytes[..bytes.len().min(FIRST)];
        if bytes.is_empty() {
            return None;
        }
        if sniff::shows_records(bytes) {
            return Some(at);
        }
    }
    None
}
