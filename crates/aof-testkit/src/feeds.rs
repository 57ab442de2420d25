//! Every legal way of handing out the bytes of a part, from the meanest to the most whimsical.

use aof_source::{Feed, Part, ReadError};

use crate::rng::splitmix;

/// Returns exactly what is wanted and never more: the smallest windows that are legal.
#[derive(Clone, Copy, Debug)]
pub struct Drip<'a>(pub &'a [u8]);

/// Returns windows that end at multiples of a size, unless more is wanted.
#[derive(Clone, Copy, Debug)]
pub struct ChunkedFeed<'a> {
    /// The bytes of the part.
    pub bytes: &'a [u8],
    /// The size, in bytes; 0 counts as 1.
    pub size: usize,
}

/// Returns windows of any legal length. The length depends on the seed and on what is asked, on nothing
/// else, so that a failure happens again.
#[derive(Clone, Copy, Debug)]
pub struct RandomFeed<'a> {
    /// The bytes of the part.
    pub bytes: &'a [u8],
    /// What makes the lengths.
    pub seed: u64,
}

/// A stream: what lies before [`keep_from`](Feed::keep_from) is gone.
#[derive(Clone, Copy, Debug)]
pub struct Forgetful<'a> {
    bytes: &'a [u8],
    earliest: u64,
}

impl<'a> Forgetful<'a> {
    /// A stream of these bytes, at its beginning.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, earliest: 0 }
    }
}

/// The window of `len` bytes from `at` on: what the part has of it, and one byte at least if it has any.
fn window(bytes: &[u8], at: u64, len: usize) -> &[u8] {
    let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
    &rest[..len.max(1).min(rest.len())]
}

impl Feed for Drip<'_> {
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        Ok(window(self.0, at, want))
    }

    fn keep_from(&mut self, _at: u64) {}
}

impl Feed for ChunkedFeed<'_> {
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        let size = self.size.max(1) as u64;
        let to_multiple = usize::try_from(size - at % size).unwrap_or(usize::MAX);
        Ok(window(self.bytes, at, want.max(to_multiple)))
    }

    fn keep_from(&mut self, _at: u64) {}
}

impl Feed for RandomFeed<'_> {
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        let dice = splitmix(self.seed ^ splitmix(at) ^ (want as u64).rotate_left(32));
        // Small surpluses are the ones that end inside a token.
        let surplus = match dice & 3 {
            0 => 0,
            1 => (dice >> 8) % 4,
            2 => (dice >> 8) % 64,
            _ => (dice >> 8) % 8192,
        };
        Ok(window(self.bytes, at, want.saturating_add(surplus as usize)))
    }

    fn keep_from(&mut self, _at: u64) {}
}

impl Feed for Forgetful<'_> {
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        if at < self.earliest {
            return Err(ReadError::Passed { offset: at });
        }
        Ok(window(self.bytes, at, want))
    }

    fn keep_from(&mut self, at: u64) {
        self.earliest = self.earliest.max(at);
    }

    fn earliest(&self) -> u64 {
        self.earliest
    }
}

/// A part that hands out [`Drip`]s.
#[derive(Clone, Copy, Debug)]
pub struct DripPart<'a>(pub &'a [u8]);

/// A part that hands out [`ChunkedFeed`]s.
#[derive(Clone, Copy, Debug)]
pub struct ChunkedPart<'a> {
    /// The bytes of the part.
    pub bytes: &'a [u8],
    /// The size, in bytes; 0 counts as 1.
    pub size: usize,
}

/// A part that hands out [`RandomFeed`]s, all of one seed.
#[derive(Clone, Copy, Debug)]
pub struct RandomPart<'a> {
    /// The bytes of the part.
    pub bytes: &'a [u8],
    /// What makes the lengths.
    pub seed: u64,
}

impl Part for DripPart<'_> {
    type Feed<'a>
        = Drip<'a>
    where
        Self: 'a;

    fn feed(&self) -> Drip<'_> {
        Drip(self.0)
    }

    fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl Part for ChunkedPart<'_> {
    type Feed<'a>
        = ChunkedFeed<'a>
    where
        Self: 'a;

    fn feed(&self) -> ChunkedFeed<'_> {
        ChunkedFeed { bytes: self.bytes, size: self.size }
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl Part for RandomPart<'_> {
    type Feed<'a>
        = RandomFeed<'a>
    where
        Self: 'a;

    fn feed(&self) -> RandomFeed<'_> {
        RandomFeed { bytes: self.bytes, seed: self.seed }
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every feed owes its reader, for all offsets and several wants.
    fn keeps_the_contract(mut feed: impl Feed, bytes: &[u8]) {
        for at in 0..bytes.len() + 3 {
            for want in [0, 1, 2, 5, 100, usize::MAX] {
                let rest = bytes.get(at..).unwrap_or_default();
                let window = feed.window(at as u64, want).expect("no storage, no failure");
                assert!(rest.starts_with(window));
                assert!(window.len() >= want.min(rest.len()));
                assert_eq!(window.is_empty(), rest.is_empty());
            }
        }
    }

    #[test]
    fn every_feed_keeps_the_contract() {
        let bytes: Vec<u8> = (0..200).collect();
        keeps_the_contract(DripPart(&bytes).feed(), &bytes);
        keeps_the_contract(Forgetful::new(&bytes), &bytes);
        for n in [0, 1, 2, 7, 64, 1000] {
            keeps_the_contract(ChunkedPart { bytes: &bytes, size: n }.feed(), &bytes);
            keeps_the_contract(RandomPart { bytes: &bytes, seed: n as u64 }.feed(), &bytes);
        }
    }

    #[test]
    fn a_drip_gives_no_byte_more_and_a_chunk_ends_at_a_multiple() {
        let bytes = [7; 100];
        assert_eq!(Drip(&bytes).window(10, 3).expect("bytes").len(), 3);
        let mut chunked = ChunkedFeed { bytes: &bytes, size: 16 };
        assert_eq!(chunked.window(10, 3).expect("bytes").len(), 6);
        assert_eq!(chunked.window(10, 30).expect("bytes").len(), 30);
        assert_eq!(chunked.window(96, 1).expect("bytes").len(), 4);
    }

    #[test]
    fn a_stream_does_not_go_back() {
        let mut feed = Forgetful::new(b"0123456789");
        feed.keep_from(5);
        feed.keep_from(3);
        assert_eq!(feed.earliest(), 5);
        assert!(matches!(feed.window(4, 1), Err(ReadError::Passed { offset: 4 })));
        assert_eq!(feed.window(5, 2).expect("kept"), b"56");
    }
}
