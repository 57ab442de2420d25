//! Windows of a feed, as records are read from them.

use aof_rdb::Source;
use aof_source::{Feed, ReadError};

/// A feed that is read forwards.
#[derive(Debug)]
pub(super) struct Windows<F> {
    feed: F,
    /// Whether what lies before a failure is shown as if the file ended there.
    tolerates: bool,
    fault: Option<ReadError>,
}

impl<F: Feed> Windows<F> {
    pub(super) fn new(feed: F, tolerates: bool) -> Self {
        Self { feed, tolerates, fault: None }
    }

    /// Why the file seemed to end, if it was no end.
    pub(super) fn fault(&self) -> Option<&ReadError> {
        self.fault.as_ref()
    }
}

impl<F: Feed> Source for Windows<F> {
    type Error = ReadError;

    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        self.feed.keep_from(at);
        let want = match self.reach(at, want)? {
            Some(0) => return Ok(&[]),
            Some(reach) => reach,
            None => want,
        };
        self.feed.window(at, want)
    }
}

impl<F: Feed> Windows<F> {
    /// How many bytes there are before a failure that is tolerated; `None` if nothing fails.
    fn reach(&mut self, at: u64, want: usize) -> Result<Option<usize>, ReadError> {
        let error = match self.feed.window(at, want) {
            Ok(_) => return Ok(None),
            Err(error) => error,
        };
        if !self.tolerates || error.offset() < at {
            return Err(error);
        }
        let reach = usize::try_from(error.offset() - at).unwrap_or(usize::MAX);
        self.fault = Some(error);
        Ok(Some(reach))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use aof_rdb::{DefectKind, read};
    use aof_source::StreamFeed;

    use super::*;

    /// Two whole records, and a storage that fails then.
    struct Failing(usize);

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            const BYTES: &[u8] = b"REDIS0011\0\x01a\x011\0\x01b\x012\0\x01c";
            let left = &BYTES[self.0..];
            if left.is_empty() {
                return Err(io::Error::other("gone"));
            }
            let count = left.len().min(buffer.len()).min(7);
            buffer[..count].copy_from_slice(&left[..count]);
            self.0 += count;
            Ok(count)
        }
    }

    #[test]
    fn what_lies_before_a_failure_is_shown_to_who_tolerates_it() {
        for (tolerates, keys) in [(true, 2), (false, 0)] {
            let mut windows = Windows::new(StreamFeed::new(Failing(0)), tolerates);
            let mut seen = 0;
            let found = read(&mut windows, 0, &mut |records| {
                seen += records.len();
                true
            });
            assert_eq!(seen, keys);
            match found {
                Ok(Err(bad)) => assert_eq!((bad.at, bad.kind), (19, DefectKind::Truncated)),
                other => assert!(!tolerates && other.is_err(), "{other:?}"),
            }
            assert_eq!(windows.fault().is_some(), tolerates);
        }
    }
}
