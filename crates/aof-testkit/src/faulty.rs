//! Storage that fails: a bad sector, a file that shrinks, a disk that dies after a while.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use aof_source::{Feed, Part, ReadError};

/// `EIO`, what a kernel says when the disk does not answer.
const EIO: i32 = 5;

/// A part that fails where and when it was told to; before, it is a faultless part with whole windows.
#[derive(Debug)]
pub struct FaultyPart<'a> {
    bytes: &'a [u8],
    fault: Fault,
    grace: u64,
    calls: AtomicU64,
}

#[derive(Clone, Debug)]
enum Fault {
    Unreadable(Range<u64>),
    Shrunk(u64),
}

impl<'a> FaultyPart<'a> {
    /// Every byte from `offset` on is unreadable: [`ReadError::Io`] with `EIO`.
    #[must_use]
    pub fn fails_at(bytes: &'a [u8], offset: u64) -> Self {
        Self::fails_between(bytes, offset..u64::MAX)
    }

    /// These bytes are unreadable, those before and behind are not.
    #[must_use]
    pub fn fails_between(bytes: &'a [u8], offsets: Range<u64>) -> Self {
        Self::with(bytes, Fault::Unreadable(offsets))
    }

    /// The file ends at `offset` now, before its end when it was opened: [`ReadError::Changed`].
    #[must_use]
    pub fn shrinks_to(bytes: &'a [u8], offset: u64) -> Self {
        Self::with(bytes, Fault::Shrunk(offset))
    }

    /// The fault begins behind `calls` windows, counted over all feeds. Default: 0.
    #[must_use]
    pub fn after_calls(mut self, calls: u64) -> Self {
        self.grace = calls;
        self
    }

    fn with(bytes: &'a [u8], fault: Fault) -> Self {
        Self { bytes, fault, grace: 0, calls: AtomicU64::new(0) }
    }

    /// The bytes from `at` on that can still be read, and the error that waits behind them.
    fn readable(&self, at: u64) -> (u64, Option<ReadError>) {
        let end = self.len();
        if self.calls.fetch_add(1, Ordering::Relaxed) < self.grace {
            return (end, None);
        }
        match &self.fault {
            Fault::Unreadable(bad) if at < bad.end && bad.start < end && !bad.is_empty() => {
                let source = io::Error::from_raw_os_error(EIO);
                (bad.start, Some(ReadError::Io { offset: at.max(bad.start), source }))
            }
            Fault::Shrunk(now) if *now < end => {
                (*now, Some(ReadError::Changed { offset: *now, expected: end }))
            }
            _ => (end, None),
        }
    }
}

/// The reader of a [`FaultyPart`].
#[derive(Clone, Copy, Debug)]
pub struct FaultyFeed<'a>(&'a FaultyPart<'a>);

impl Feed for FaultyFeed<'_> {
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        let len = self.0.len();
        if at >= len {
            return Ok(&[]);
        }
        let (end, error) = self.0.readable(at);
        let needed = at.saturating_add(want.max(1) as u64).min(len);
        match error {
            Some(error) if needed > end => Err(error),
            _ => Ok(&self.0.bytes[at as usize..end as usize]),
        }
    }

    fn keep_from(&mut self, _at: u64) {}
}

impl Part for FaultyPart<'_> {
    type Feed<'a>
        = FaultyFeed<'a>
    where
        Self: 'a;

    fn feed(&self) -> FaultyFeed<'_> {
        FaultyFeed(self)
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_sector_fails_what_needs_it_and_nothing_else() {
        let bytes = [1; 100];
        let part = FaultyPart::fails_between(&bytes, 40..50);
        let mut feed = part.feed();
        assert_eq!(feed.window(0, 40).expect("before").len(), 40);
        assert!(matches!(feed.window(0, 41), Err(ReadError::Io { offset: 40, .. })));
        assert!(matches!(feed.window(45, 0), Err(ReadError::Io { offset: 45, .. })));
        assert_eq!(feed.window(50, 1).expect("behind").len(), 50);
        assert!(feed.window(100, 1).expect("the end is known").is_empty());
        match feed.window(0, 100) {
            Err(ReadError::Io { source, .. }) => assert_eq!(source.raw_os_error(), Some(EIO)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_that_shrank_keeps_its_length_and_tells_where_it_ends() {
        let bytes = [1; 100];
        let part = FaultyPart::shrinks_to(&bytes, 30);
        assert_eq!(part.len(), 100);
        assert_eq!(part.feed().window(10, 20).expect("still there").len(), 20);
        let changed = part.feed();
        let mut changed = changed;
        for at in [10, 30, 90] {
            let error = changed.window(at, 21).expect_err("shrunk");
            assert!(matches!(error, ReadError::Changed { offset: 30, expected: 100 }));
        }
    }

    #[test]
    fn the_fault_waits_for_its_call() {
        let bytes = [1; 100];
        let part = FaultyPart::fails_at(&bytes, 0).after_calls(2);
        let (mut one, mut two) = (part.feed(), part.feed());
        assert_eq!(one.window(0, 1).expect("first call").len(), 100);
        assert_eq!(two.window(0, 1).expect("second call").len(), 100);
        assert!(one.window(0, 1).is_err());
        assert!(one.window(0, 1).is_err(), "the same call again, the same error");
    }
}
