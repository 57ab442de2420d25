//! Keys that somebody wants to look into.

use super::{Kind, Pause, Records};
use crate::layout::{self, Atom, Layout};
use crate::length::{Fault, length};
use crate::skip::skip;
use crate::tally;

/// A key that a slice holds as a whole. Places count from the start of the slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole {
    /// Where its record begins in the file, with its attributes.
    pub(crate) record: u64,
    /// Where its type stands in the file.
    pub(crate) offset: u64,
    pub(crate) db: u64,
    pub(crate) expiry: Option<i64>,
    pub(crate) code: u8,
    /// Where its type stands; its name is behind it.
    pub(crate) at: u32,
    pub(crate) value: u32,
    pub(crate) end: u32,
}

impl Whole {
    /// The same without its value.
    pub(crate) fn in_pieces(&self, name: &[u8]) -> InPieces {
        let Self { record, offset, db, expiry, code, at, end, .. } = *self;
        let bytes = offset + u64::from(end - at) - record;
        InPieces { record, bytes, db, expiry, code, name: name.to_vec() }
    }
}

/// A key that was taken in pieces.
#[derive(Debug)]
pub(crate) struct InPieces {
    pub(crate) record: u64,
    pub(crate) bytes: u64,
    pub(crate) db: u64,
    pub(crate) expiry: Option<i64>,
    pub(crate) code: u8,
    /// The beginning of the name.
    pub(crate) name: Vec<u8>,
}

/// Keys that somebody wants to look into.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(crate) whole: Vec<Whole>,
    pub(crate) in_pieces: Vec<InPieces>,
}

/// What becomes of keys, beside being counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// They are passed over, in pieces if need be.
    Passed,
    /// They are noted, and wanted as a whole.
    Noted,
    /// They are noted, but the next one is taken in pieces.
    NextInPieces,
}

impl Records {
    /// The same, and keys are noted.
    pub(crate) fn noting(self) -> Self {
        Self { keys: Keys::Noted, ..self }
    }

    /// Takes the next key in pieces: there is no more of it, or it is too large.
    pub(crate) fn take_in_pieces(&mut self) {
        self.keys = Keys::NextInPieces;
    }

    /// The keys that were noted since this was emptied.
    pub(crate) fn noted(&mut self) -> &mut Noted {
        &mut self.noted
    }

    /// Passes over a key that lies in the slice as a whole.
    fn pass_whole(
        &mut self,
        layout: Layout,
        code: u8,
        bytes: &[u8],
        base: u64,
        at: usize,
    ) -> Result<usize, Fault> {
        let value = skip(layout::KEY, bytes, at + 1)?;
        let behind = skip(layout, bytes, value)?;
        if let [Atom::ModuleId, ..] = layout {
            tally::add_module(&mut self.modules, length(bytes, value)?.0);
        }
        self.finish_whole(code, base, [at, value, behind]);
        Ok(behind)
    }

    /// A key ends whose type, value and end stand at these places of the slice.
    #[inline]
    pub(super) fn finish_whole(&mut self, code: u8, base: u64, [at, value, end]: [usize; 3]) {
        if self.keys != Keys::Passed {
            let (record, db, expiry) = (self.record, self.dbs.number(), self.expiry);
            let offset = base + at as u64;
            let (at, value, end) = (at as u32, value as u32, end as u32);
            self.noted.whole.push(Whole { record, offset, db, expiry, code, at, value, end });
        }
        self.finish_key(code, base + end as u64);
    }

    /// A key ends at `behind` that was taken in pieces.
    pub(super) fn finish_in_pieces(&mut self, code: u8, behind: u64) {
        if self.keys == Keys::NextInPieces {
            self.keys = Keys::Noted;
            let (record, db, expiry) = (self.record, self.dbs.number(), self.expiry);
            let name = self.program.name().unwrap_or_default();
            let bytes = behind - record;
            self.noted.in_pieces.push(InPieces { record, bytes, db, expiry, code, name });
        }
        self.finish_key(code, behind);
    }

    /// Sets out along a key, or passes over it as a whole if keys are wanted so.
    pub(super) fn begin_key(
        &mut self,
        layout: Layout,
        code: u8,
        bytes: &[u8],
        base: u64,
        at: usize,
    ) -> Result<usize, Pause> {
        if self.keys == Keys::Noted {
            match self.pass_whole(layout, code, bytes, base, at) {
                Ok(behind) => return Ok(behind),
                Err(Fault::Short) => return Err(Pause::Partial(at)),
                // Who takes it in pieces is told what was read before.
                Err(Fault::Bad(_)) => {}
            }
        }
        self.within = Some(Kind::Key(code));
        self.program.begin_key(layout);
        Ok(at + 1)
    }
}
