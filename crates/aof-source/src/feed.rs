//! The face every reader of bytes shows: windows at an offset, from one that can look back.

use crate::ReadError;

/// Bytes of one part, handed out as windows.
///
/// A `Feed` belongs to one thread. Offsets are of *decoded* bytes and begin at 0. Windows may be asked
/// for in any order, but going forward is what a feed is good at: a stream keeps only what
/// [`keep_from`](Feed::keep_from) told it to keep.
///
/// After an error the same call may be repeated; what it returned before stays true. An error names the
/// first byte it could not get: a call whose `want` ends before that byte succeeds, so that what can be
/// read is read.
pub trait Feed {
    /// Returns the bytes from `at` on: at least `want` of them, fewer only where the part ends before.
    ///
    /// A feed usually returns more than was wanted, whatever it holds already. The answer is empty if
    /// and only if `at` is at or behind the end.
    ///
    /// # Errors
    /// [`ReadError::Io`] where the storage fails, [`ReadError::Changed`] where the part is shorter than it
    /// was when it was opened, [`ReadError::Passed`] where `at` lies before [`earliest`](Feed::earliest),
    /// [`ReadError::Decode`] where a compressed stream is damaged.
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError>;

    /// Says that nothing before `at` will be asked for again. A later call may only raise the bound; one
    /// that would lower it changes nothing.
    ///
    /// A feed over a file ignores this. A stream may drop what lies before, and drops more when its
    /// look-back is full: [`earliest`](Feed::earliest) tells.
    fn keep_from(&mut self, at: u64);

    /// The lowest offset that can still be read.
    fn earliest(&self) -> u64 {
        0
    }

    /// How many bytes behind the furthest that was read can be read again at little cost.
    fn look_back(&self) -> u64 {
        u64::MAX
    }
}

/// A part with random access that several threads read at the same time, each through a feed of its own.
pub trait Part: Sync {
    /// The reader that one thread works with.
    type Feed<'a>: Feed + Send
    where
        Self: 'a;

    /// A new reader.
    fn feed(&self) -> Self::Feed<'_>;

    /// The length in bytes, fixed when the part was opened.
    fn len(&self) -> u64;

    /// Whether there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<F: Feed + ?Sized> Feed for &mut F {
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        (**self).window(at, want)
    }

    fn keep_from(&mut self, at: u64) {
        (**self).keep_from(at);
    }

    fn earliest(&self) -> u64 {
        (**self).earliest()
    }

    fn look_back(&self) -> u64 {
        (**self).look_back()
    }
}

impl Feed for &[u8] {
    fn window(&mut self, at: u64, _want: usize) -> Result<&[u8], ReadError> {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        Ok(self.get(at..).unwrap_or_default())
    }

    fn keep_from(&mut self, _at: u64) {}
}

impl Part for [u8] {
    type Feed<'a> = &'a [u8];

    fn feed(&self) -> &[u8] {
        self
    }

    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }
}
