//! Reading what is left of broken records: which commands they were, which keys they name.

use aof_resp::{SHORTEST_FRAME, Table, argc, bulk_length, next_candidate};
use aof_source::{Feed, ReadError};

use crate::mark::Remains;

/// Bytes of a span that are looked at for names.
const LOOKED_AT: usize = 256 << 10;

/// Runs of NUL bytes shorter than this are no hole.
pub(crate) const SHORTEST_HOLE: u64 = 16;

/// Arguments of a broken record that are looked at.
const ARGUMENTS: usize = 256;

/// What can be told about the bytes from `start` to `end`, which yield no command: how many commands have
/// bytes there, by the headers that can be made out and by the holes that may have swallowed some; which
/// keys; and the longest hole.
pub(crate) fn examine<F: Feed>(
    feed: &mut F,
    start: u64,
    end: u64,
) -> Result<(Remains, Option<(u64, u64)>), ReadError> {
    let start = start.max(feed.earliest());
    let holes = holes(feed, start, end)?;
    let window = feed.window(start, LOOKED_AT)?;
    let span = usize::try_from(end - start).unwrap_or(usize::MAX);
    let bytes = &window[..window.len().min(span).min(LOOKED_AT)];
    let mut remains = Remains::default();
    let mut at = 0;
    while let Some(found) = next_candidate(bytes, at) {
        remains.max += u64::from(found > 0);
        read_keys(&bytes[found..], &mut remains);
        at = found + 1;
    }
    let unseen = (span - bytes.len()) as u64 / SHORTEST_FRAME;
    remains.min = u64::from(!is_nul(bytes));
    remains.max += 2 * remains.min + holes.total / SHORTEST_FRAME + unseen;
    Ok((remains, holes.longest))
}

struct Holes {
    /// NUL bytes in holes.
    total: u64,
    longest: Option<(u64, u64)>,
}

/// Finds the holes between two offsets.
fn holes<F: Feed>(feed: &mut F, start: u64, end: u64) -> Result<Holes, ReadError> {
    let mut holes = Holes { total: 0, longest: None };
    let (mut at, mut run) = (start, 0);
    while at < end {
        let window = feed.window(at, 64 << 10)?;
        let shown = usize::try_from(end - at).unwrap_or(usize::MAX).min(window.len());
        if shown == 0 {
            break;
        }
        let mut bytes = &window[..shown];
        while let Some(first) = bytes.first() {
            let same = if *first == 0 { leading_nuls(bytes) } else { before_nul(bytes) };
            if *first == 0 {
                run += same as u64;
            } else {
                holes.close(at, std::mem::take(&mut run));
            }
            at += same as u64;
            bytes = &bytes[same..];
        }
    }
    holes.close(at, run);
    Ok(holes)
}

/// Whether all bytes are NUL; shaped so that the compiler looks at many at once.
pub(crate) fn is_nul(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |all, byte| all | byte) == 0
}

fn leading_nuls(bytes: &[u8]) -> usize {
    let blocks = bytes.chunks(256).take_while(|block| is_nul(block)).map(<[u8]>::len).sum();
    blocks + bytes[blocks..].iter().take_while(|byte| **byte == 0).count()
}

fn before_nul(bytes: &[u8]) -> usize {
    memchr::memchr(0, bytes).unwrap_or(bytes.len())
}

impl Holes {
    /// Counts a run of NUL bytes that ends before `end`.
    fn close(&mut self, end: u64, run: u64) {
        if run < SHORTEST_HOLE {
            return;
        }
        self.total += run;
        if self.longest.is_none_or(|(_, length)| length < run) {
            self.longest = Some((end - run, run));
        }
    }
}

/// Adds the keys of a broken record, as far as its arguments are whole.
fn read_keys(bytes: &[u8], remains: &mut Remains) {
    let args = whole_arguments(bytes);
    let Some(command) = Table::get().resolve_args(&args) else {
        return;
    };
    let first = remains.keys.count == 0;
    for position in command.key_positions(&args) {
        remains.keys.add(None, args[position]);
    }
    remains.expires |= first && command.name() == "PEXPIREAT";
}

/// The arguments of the record at the start of `bytes` that are all there.
pub(crate) fn whole_arguments(bytes: &[u8]) -> Vec<&[u8]> {
    let mut args = Vec::new();
    let Ok((mut rest, argc)) = argc(bytes) else {
        return args;
    };
    while args.len() < ARGUMENTS.min(argc as usize) {
        let Ok((payload, length)) = bulk_length(rest) else {
            break;
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some((argument, [b'\r', b'\n', next @ ..])) = payload.split_at_checked(length) else {
            break;
        };
        args.push(argument);
        rest = next;
    }
    args
}
