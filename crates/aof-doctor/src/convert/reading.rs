//! All records of one input, in order.

use aof_rdb::{BadRecord, Checksum, Header, Lost, Record, Source as _, read, salvage};
use aof_source::{Access, Feed, Input, Part, ReadError};

use super::source::Windows;

/// How the reading of an input ended.
#[derive(Debug, Default)]
pub(super) struct End {
    pub(super) checksum: Checksum,
    /// Of a file that was salvaged.
    pub(super) header: Option<Header>,
    /// What nothing could be read of, behind which nothing was looked for.
    pub(super) broken: Option<Broken>,
    /// What nothing could be read of, with records on both sides.
    pub(super) losses: Vec<Lost>,
    /// The byte behind the last record.
    pub(super) end: u64,
    /// What stands there: a byte of it, if there is any.
    pub(super) next: Option<u8>,
}

/// Where reading had to end.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) at: u64,
    /// How many bytes there are from there on, where that is known.
    pub(super) bytes: Option<u64>,
    pub(super) why: String,
}

/// Shows batches of records as long as `see` returns true; `None` if it ended it.
pub(super) fn each(
    input: &mut Input,
    salvages: bool,
    see: &mut dyn FnMut(&[Record<'_>]) -> bool,
) -> Result<Option<End>, ReadError> {
    match input.access()? {
        Access::Random(part) if salvages => salvaged(part, see),
        Access::Random(part) => in_order(part.feed(), Some(part.len()), salvages, see),
        // What comes in order can be read up to the first damage only.
        Access::Stream(feed) => in_order(feed, None, salvages, see),
    }
}

/// Whatever can be read, on both sides of damage.
fn salvaged(
    part: &impl Part,
    see: &mut dyn FnMut(&[Record<'_>]) -> bool,
) -> Result<Option<End>, ReadError> {
    let found = salvage(&mut Windows::new(part.feed(), true), 0..part.len())?;
    let (mut is_ended, mut end) = (false, 0);
    found.read(&mut Windows::new(part.feed(), true), &mut |records| {
        end = records.last().map_or(end, |last| last.end);
        is_ended = !see(records);
        !is_ended
    })?;
    Ok((!is_ended).then(|| End {
        checksum: found.checksum,
        header: Some(found.header),
        broken: None,
        end,
        next: found.next.map(|_| 0),
        losses: found.losses.list,
    }))
}

fn in_order(
    feed: impl Feed,
    length: Option<u64>,
    tolerates: bool,
    see: &mut dyn FnMut(&[Record<'_>]) -> bool,
) -> Result<Option<End>, ReadError> {
    let mut windows = Windows::new(feed, tolerates);
    let (mut is_ended, mut end) = (false, 0);
    let read = read(&mut windows, 0, &mut |records| {
        end = records.last().map_or(end, |last| last.end);
        is_ended = !see(records);
        !is_ended
    })?;
    if is_ended {
        return Ok(None);
    }
    Ok(Some(match read {
        Ok(checksum) => {
            let next = windows.window(end, 1)?.first().copied();
            End { checksum, end, next, ..End::default() }
        }
        Err(bad) => {
            let broken = Some(broken(&bad, windows.fault(), length));
            End { checksum: Checksum::Unread, broken, end, ..End::default() }
        }
    }))
}

fn broken(bad: &BadRecord, fault: Option<&ReadError>, length: Option<u64>) -> Broken {
    let why = fault.map_or_else(|| bad.to_string(), ToString::to_string);
    Broken { at: bad.at, bytes: length.map(|length| length.saturating_sub(bad.at)), why }
}
