//! A feed over anything that can only be read forwards: a pipe, or the content of a compressed file.

use std::io::{self, Read};

use crate::{Feed, ReadError, WINDOW};

/// How far a stream can look back: 32 MiB. A wrong length in a record can swallow this much before it
/// is noticed, and the scan can still return to where that record began.
pub const LOOK_BACK: usize = 32 << 20;

/// How many bytes one read asks for.
const STEP: usize = 256 << 10;

type Reader = Box<dyn Read + Send>;

/// A feed over a reader, with a buffer that slides along.
///
/// It keeps what [`keep_from`](Feed::keep_from) says, up to its look-back ([`LOOK_BACK`] unless told
/// otherwise). A *reopenable* stream begins again at the first byte when asked for what it dropped; any
/// other one returns [`ReadError::Passed`].
///
/// ```
/// use aof_source::{Feed, StreamFeed};
///
/// let mut feed = StreamFeed::new(&b"*1\r\n$4\r\nPING\r\n"[..]);
/// assert_eq!(feed.window(4, 4)?, b"$4\r\nPING\r\n");
/// assert_eq!(feed.window(14, 1)?, b"");
/// assert_eq!(feed.end(), Some(14));
/// # Ok::<(), aof_source::ReadError>(())
/// ```
pub struct StreamFeed {
    reader: Reader,
    reopen: Option<Box<dyn Fn() -> io::Result<Reader> + Send>>,
    /// `start..filled` holds the stream's bytes from `base` on; the rest is room.
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
    base: u64,
    keep: u64,
    look_back: usize,
    end: Option<u64>,
    /// A reader that failed is not asked again: decoders promise nothing then.
    fault: Option<ReadError>,
}

impl StreamFeed {
    /// A stream that can be read once.
    pub fn new(reader: impl Read + Send + 'static) -> Self {
        Self {
            reader: Box::new(reader),
            reopen: None,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
            base: 0,
            keep: 0,
            look_back: LOOK_BACK,
            end: None,
            fault: None,
        }
    }

    /// A stream that can be read again from its first byte: each call of `open` must give a reader of the
    /// same bytes.
    ///
    /// # Errors
    /// Those of the first call of `open`.
    pub fn reopenable(
        open: impl Fn() -> io::Result<Box<dyn Read + Send>> + Send + 'static,
    ) -> io::Result<Self> {
        let mut feed = Self::new(io::empty());
        feed.reader = open()?;
        feed.reopen = Some(Box::new(open));
        Ok(feed)
    }

    /// The same stream with a look-back of this many bytes.
    #[must_use]
    pub fn with_look_back(mut self, bytes: usize) -> Self {
        self.look_back = bytes;
        self
    }

    /// The length in bytes, once the end has been met.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        self.end
    }

    /// How many bytes have been read so far, which is where the next one read will stand.
    #[must_use]
    pub fn read_so_far(&self) -> u64 {
        self.base + (self.filled - self.start) as u64
    }

    /// Begins again at the first byte, if that is possible.
    #[cold]
    fn restart(&mut self, at: u64) -> Result<(), ReadError> {
        let reopen = self.reopen.as_ref();
        let reopen = reopen.ok_or(ReadError::Passed { offset: at })?;
        self.reader = reopen().map_err(|source| ReadError::from_stream(source, 0))?;
        (self.start, self.filled, self.base) = (0, 0, 0);
        (self.end, self.fault) = (None, None);
        Ok(())
    }

    /// Reads once, after dropping what neither `at` nor the look-back nor the caller's bound needs.
    fn fill(&mut self, at: u64) {
        let read = self.read_so_far();
        let reach = read.saturating_sub(self.look_back as u64);
        let lowest = self.keep.max(reach).min(at).min(read);
        if lowest > self.base {
            self.start += (lowest - self.base) as usize;
            self.base = lowest;
        }
        self.make_room();
        let room = self.filled..self.filled + STEP;
        match self.reader.read(&mut self.buffer[room]) {
            Ok(0) => self.end = Some(read),
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.fault = Some(ReadError::from_stream(error, read)),
        }
    }

    /// Makes room for one read. Bytes move only when at least a quarter as many were dropped, so that
    /// moving costs a bounded share of reading, and memory stays near what is kept.
    fn make_room(&mut self) {
        if self.buffer.len() - self.filled >= STEP {
            return;
        }
        let live = self.filled - self.start;
        if self.start > live / 4 {
            self.buffer.copy_within(self.start..self.filled, 0);
            (self.start, self.filled) = (0, live);
        }
        let needed = (self.filled + STEP + live / 4).max(WINDOW);
        if self.filled + STEP > self.buffer.len() {
            self.buffer.reserve_exact(needed - self.buffer.len());
            self.buffer.resize(needed, 0);
        } else if self.buffer.len() / 4 > needed {
            self.buffer.truncate(needed);
            self.buffer.shrink_to_fit();
        }
    }
}

impl Feed for StreamFeed {
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        if at < self.base {
            self.restart(at)?;
        }
        let until = at.saturating_add(want.max(1) as u64);
        while self.read_so_far() < until && self.end.is_none() && self.fault.is_none() {
            self.fill(at);
        }
        match &self.fault {
            Some(fault) if self.read_so_far() < until => Err(fault.repeated()),
            _ => {
                let skip = usize::try_from(at - self.base).unwrap_or(usize::MAX);
                let from = self.start.saturating_add(skip).min(self.filled);
                Ok(&self.buffer[from..self.filled])
            }
        }
    }

    fn keep_from(&mut self, at: u64) {
        self.keep = self.keep.max(at);
    }

    fn earliest(&self) -> u64 {
        if self.reopen.is_some() { 0 } else { self.base }
    }

    fn look_back(&self) -> u64 {
        self.look_back as u64
    }
}

impl std::fmt::Debug for StreamFeed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("StreamFeed")
            .field("base", &self.base)
            .field("read_so_far", &self.read_so_far())
            .field("reopenable", &self.reopen.is_some())
            .field("end", &self.end)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
