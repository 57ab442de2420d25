//! Reading one record through windows, however long it is.
//!
//! Payloads are skipped by arithmetic: of a value that is larger than the window only the two bytes behind
//! it are read.

use aof_resp::{Fault, FaultKind, Head, argc, bulk_length, frame_with};
use aof_source::{Feed, ReadError};
use nom::{Err, IResult};

/// Bytes asked for at once: enough for nearly every record, little enough to find in a window.
const USUAL: usize = 16 << 10;

/// Bytes of the longest header line that is not refused: `$`, fifteen digits, CRLF.
const LONGEST_HEADER: usize = 24;

/// Bytes kept of each of the first two arguments; longer than any command's name.
const KEPT: usize = 64;

/// Arguments of which the beginning is kept.
const KEPT_ARGS: u32 = 8;

/// Payloads shorter than this cannot hide a record behind one changed digit.
pub(crate) const SHORTEST_SUSPECT: usize = 20;

/// The beginnings of the first arguments of a record, kept while the window moves on.
#[derive(Debug, Default, Clone)]
pub(crate) struct HeadBuffer {
    argc: u32,
    /// The arguments one behind the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl HeadBuffer {
    pub(crate) fn head(&self) -> Head<'_> {
        let mut args = self.args();
        let (name, second) = (args.next().unwrap_or_default(), args.next().unwrap_or_default());
        Head { argc: self.argc, name, second }
    }

    /// The first eight arguments, each cut after 64 bytes.
    pub(crate) fn args(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }

    /// Replaces what is kept by a head that was read elsewhere.
    pub(crate) fn set(&mut self, head: &Head<'_>) {
        self.clear(head.argc);
        for (index, arg) in (0..head.argc.min(2)).zip([head.name, head.second]) {
            self.keep(index, arg);
        }
    }

    fn clear(&mut self, argc: u32) {
        self.argc = argc;
        self.bytes.clear();
        self.ends.clear();
    }

    fn keep(&mut self, index: u32, argument: &[u8]) {
        if index < KEPT_ARGS {
            self.bytes.extend_from_slice(&argument[..argument.len().min(KEPT)]);
            self.ends.push(self.bytes.len());
        }
    }
}

/// How large a record may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The most arguments.
    pub(crate) args: u32,
    /// The longest payload, in bytes.
    pub(crate) payload: u64,
}

impl Bounds {
    pub(crate) const NONE: Self = Self { args: u32::MAX, payload: u64::MAX };
}

/// What stands at an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    /// A strictly formed record that ends before `end`.
    Frame { end: u64 },
    /// Something else.
    Fault(Broken),
    /// A record that the part's end cuts off, after `args` whole arguments.
    Cut { args: u32, payload: Option<Payload> },
}

/// How a record fails: what was expected at `at`, after `args` whole arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) at: u64,
    pub(crate) kind: FaultKind,
    pub(crate) args: u32,
    pub(crate) payload: Option<Payload>,
}

/// The argument at which a record broke: where its payload begins, and how long it claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) start: u64,
    pub(crate) length: u64,
}

/// Reads the record at `at`; one that goes beyond the bounds counts as a fault.
pub(crate) fn walk<F: Feed>(
    feed: &mut F,
    at: u64,
    bounds: Bounds,
    head: &mut HeadBuffer,
) -> Result<Walk, ReadError> {
    let window = feed.window(at, USUAL)?;
    head.clear(0);
    if !argc(window).is_ok_and(|(_, argc)| argc > bounds.args)
        && let Ok((rest, argc)) = frame_with(window, |index, payload| head.keep(index, payload))
    {
        head.argc = argc;
        return Ok(Walk::Frame { end: at + (window.len() - rest.len()) as u64 });
    }
    Walker::new(feed, at).record(bounds, head, |_, _, _| Ok(()))
}

/// Reads the record at `at` and shows every payload of 20 bytes and more to `inspect`, with the number of its
/// argument.
pub(crate) fn walk_inspecting<F: Feed>(
    feed: &mut F,
    at: u64,
    inspect: impl FnMut(&mut F, u32, Payload) -> Result<(), ReadError>,
) -> Result<Walk, ReadError> {
    Walker::new(feed, at).record(Bounds::NONE, &mut HeadBuffer::default(), inspect)
}

/// Where the record at `at` would end if its argument `index` had `length` bytes.
pub(crate) fn walk_corrected<F: Feed>(
    feed: &mut F,
    at: u64,
    index: u32,
    length: u64,
) -> Result<Walk, ReadError> {
    let mut walker = Walker::new(feed, at);
    walker.corrected = Some((index, length));
    walker.record(Bounds::NONE, &mut HeadBuffer::default(), |_, _, _| Ok(()))
}

struct Walker<'f, F> {
    feed: &'f mut F,
    at: u64,
    args: u32,
    payload: Option<Payload>,
    corrected: Option<(u32, u64)>,
}

/// Why a walker stopped before the end of the record.
enum Stop {
    Fault(u64, FaultKind),
    Cut,
    Unreadable(ReadError),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Unreadable(error)
    }
}

impl<'f, F: Feed> Walker<'f, F> {
    fn new(feed: &'f mut F, at: u64) -> Self {
        Self { feed, at, args: 0, payload: None, corrected: None }
    }

    fn record(
        mut self,
        bounds: Bounds,
        head: &mut HeadBuffer,
        inspect: impl FnMut(&mut F, u32, Payload) -> Result<(), ReadError>,
    ) -> Result<Walk, ReadError> {
        match self.arguments(bounds, head, inspect) {
            Ok(()) => Ok(Walk::Frame { end: self.at }),
            Err(Stop::Fault(at, kind)) => {
                Ok(Walk::Fault(Broken { at, kind, args: self.args, payload: self.payload }))
            }
            Err(Stop::Cut) => Ok(Walk::Cut { args: self.args, payload: self.payload }),
            Err(Stop::Unreadable(error)) => Err(error),
        }
    }

    fn arguments(
        &mut self,
        bounds: Bounds,
        head: &mut HeadBuffer,
        mut inspect: impl FnMut(&mut F, u32, Payload) -> Result<(), ReadError>,
    ) -> Result<(), Stop> {
        let argc = self.header(argc)?;
        head.clear(argc);
        if argc > bounds.args {
            return Err(Stop::Fault(self.at, FaultKind::TooLarge));
        }
        for index in 0..argc {
            let payload = self.argument(index, bounds, head)?;
            self.args = index + 1;
            if payload.length >= SHORTEST_SUSPECT as u64 {
                inspect(self.feed, index, payload)?;
            }
            self.payload = None;
        }
        Ok(())
    }

    fn argument(
        &mut self,
        index: u32,
        bounds: Bounds,
        head: &mut HeadBuffer,
    ) -> Result<Payload, Stop> {
        let mut length = self.header(bulk_length)?;
        if let Some((_, corrected)) = self.corrected.filter(|(wrong, _)| *wrong == index) {
            length = corrected;
        }
        let payload = Payload { start: self.at, length };
        self.payload = Some(payload);
        if length > bounds.payload {
            return Err(Stop::Fault(self.at, FaultKind::TooLarge));
        }
        if index < KEPT_ARGS {
            let shown = usize::try_from(length).unwrap_or(KEPT).min(KEPT);
            let window = self.feed.window(payload.start, shown)?;
            head.keep(index, &window[..window.len().min(shown)]);
        }
        let end = payload.start + length;
        match self.feed.window(end, 2)? {
            [b'\r', b'\n', ..] => self.at = end + 2,
            [] | [b'\r'] => return Err(Stop::Cut),
            _ => return Err(Stop::Fault(end, FaultKind::PayloadEnd)),
        }
        Ok(payload)
    }

    fn header<T>(&mut self, parse: impl Fn(&[u8]) -> IResult<&[u8], T, Fault>) -> Result<T, Stop> {
        let window = self.feed.window(self.at, LONGEST_HEADER)?;
        match parse(window) {
            Ok((rest, value)) => {
                self.at += (window.len() - rest.len()) as u64;
                Ok(value)
            }
            Err(Err::Incomplete(_)) => Err(Stop::Cut),
            Err(Err::Error(fault) | Err::Failure(fault)) => {
                Err(Stop::Fault(self.at + fault.offset_in(window) as u64, fault.kind()))
            }
        }
    }
}
