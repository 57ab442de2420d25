//! All records of one input, in order.

use aof_rdb::{
    BadRecord, Checksum, Corrected, Flip, Header, Lost, Record, Salvaged, Source as _, find_flip,
    read, salvage,
};
use aof_source::{Access, Feed, Input, Part, ReadError};

use super::source::Windows;

/// Is shown batches of records, and returns whether it wants more.
pub(super) type See<'a> = dyn FnMut(&[Record<'_>]) -> bool + 'a;

/// How the reading of an input ended.
#[derive(Debug, Default)]
pub(super) struct End {
    pub(super) checksum: Checksum,
    /// Of a file that was salvaged.
    pub(super) header: Option<Header>,
    /// The bit that was turned back.
    pub(super) corrected: Option<Flip>,
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
    see: &mut See<'_>,
) -> Result<Option<End>, ReadError> {
    match input.access()? {
        Access::Random(part) if salvages => salvaged(part, see),
        Access::Random(part) => in_order(part.feed(), Some(part.len()), salvages, see),
        // What comes in order can be read up to the first damage only.
        Access::Stream(feed) => in_order(feed, None, salvages, see),
    }
}

/// Whatever can be read, on both sides of damage; everything, if that is one bit.
fn salvaged(part: &impl Part, see: &mut See<'_>) -> Result<Option<End>, ReadError> {
    let windows = || Windows::new(part.feed(), true);
    let found = salvage(&mut windows(), 0..part.len())?;
    if let Some((flip, end)) = flipped(&found, part)? {
        let mut corrected = Corrected::new(windows(), 0, flip);
        let (read, is_ended) = watched(see, &mut |see| read(&mut corrected, 0, see))?;
        let checksum = read.unwrap_or(Checksum::Unread);
        let end = End { checksum, corrected: Some(flip), end, ..End::default() };
        return Ok((!is_ended).then_some(end));
    }
    let ((), is_ended) = watched(see, &mut |see| found.read(&mut windows(), see))?;
    Ok((!is_ended).then(|| End {
        checksum: found.checksum,
        header: Some(found.header),
        end: found.end,
        next: found.next.map(|_| 0),
        losses: found.losses.list,
        ..End::default()
    }))
}

/// The one bit that is all that is wrong, and where the file ends.
fn flipped(found: &Salvaged, part: &impl Part) -> Result<Option<(Flip, u64)>, ReadError> {
    let end = match (found.has_end && found.losses.total == 0, found.checksum) {
        (true, Checksum::Wrong { .. }) => found.end,
        (true, _) => return Ok(None),
        (false, _) => part.len(),
    };
    let mut open = || Ok(Windows::new(part.feed(), true));
    Ok(find_flip(&mut open, 0, end)?.map(|flip| (flip, end)))
}

/// Has records shown, and tells whether whoever sees them ended it.
fn watched<T>(
    see: &mut See<'_>,
    show: &mut dyn FnMut(&mut See<'_>) -> Result<T, ReadError>,
) -> Result<(T, bool), ReadError> {
    let mut is_ended = false;
    let shown = show(&mut |records| {
        is_ended = !see(records);
        !is_ended
    })?;
    Ok((shown, is_ended))
}

fn in_order(
    feed: impl Feed,
    length: Option<u64>,
    tolerates: bool,
    see: &mut See<'_>,
) -> Result<Option<End>, ReadError> {
    let mut windows = Windows::new(feed, tolerates);
    let mut end = 0;
    let mut see = |records: &[Record<'_>]| {
        end = records.last().map_or(end, |last| last.end);
        see(records)
    };
    let (read, is_ended) = watched(&mut see, &mut |see| read(&mut windows, 0, see))?;
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
