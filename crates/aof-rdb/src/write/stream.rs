//! Streams for servers that do not know all that newer ones say of them.

use super::put;
use crate::layout::{Atom, Layout};
use crate::length::{Fault, length};
use crate::skip;
use crate::stream::{WITH_ACTIVITY, WITH_HISTORY, WITH_NAMES};

/// What each node is: its first id, and a listpack.
const NODES: Layout = &[Atom::Many(&[Atom::Text, Atom::Text])];
/// Entries that were delivered and not acknowledged.
const PENDING: Layout = &[Atom::Many(&[Atom::Raw(24), Atom::Len])];
/// Those of a consumer.
const OWNED: Layout = &[Atom::Many(&[Atom::Raw(16)])];
const PRODUCERS: Layout =
    &[Atom::Many(&[Atom::Text, Atom::Many(&[Atom::Text, Atom::Len, Atom::Len])])];

/// What was left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unsaid {
    /// Names of messages, or how they are to be kept.
    pub(crate) names: bool,
    /// What is no longer in the stream, how far groups have read, and when consumers were active.
    pub(crate) history: bool,
}

/// Appends a stream of type `from` as one of type `to`, which says less.
pub(crate) fn write(from: u8, to: u8, bytes: &[u8], out: &mut Vec<u8>) -> Result<Unsaid, Fault> {
    let mut copy = Copy { bytes, at: 0, out, history: false };
    let has = |code| (from >= code, to >= code);
    copy.all(NODES)?;
    copy.all(&[Atom::Len; 3])?;
    copy.if_kept(has(WITH_HISTORY), &[Atom::Len; 5])?;
    for _ in 0..copy.count()? {
        copy.all(&[Atom::Text, Atom::Len, Atom::Len])?;
        copy.if_kept(has(WITH_HISTORY), &[Atom::Len])?;
        copy.all(PENDING)?;
        for _ in 0..copy.count()? {
            copy.all(&[Atom::Text, Atom::Raw(8)])?;
            copy.if_kept(has(WITH_ACTIVITY), &[Atom::Raw(8)])?;
            copy.all(OWNED)?;
        }
    }
    let names = from >= WITH_NAMES && copy.has_names()?;
    Ok(Unsaid { names, history: copy.history })
}

/// A place in a stream, and what is written of it.
struct Copy<'a> {
    bytes: &'a [u8],
    at: usize,
    out: &'a mut Vec<u8>,
    /// Whether something was left out.
    history: bool,
}

impl Copy<'_> {
    fn all(&mut self, layout: Layout) -> Result<(), Fault> {
        let behind = skip::skip(layout, self.bytes, self.at)?;
        self.out.extend_from_slice(&self.bytes[self.at..behind]);
        self.at = behind;
        Ok(())
    }

    /// What only newer streams have: passes it if it is here, and copies it if the other one has it too.
    fn if_kept(&mut self, (is_here, is_there): (bool, bool), layout: Layout) -> Result<(), Fault> {
        match (is_here, is_there) {
            (true, true) => self.all(layout),
            (true, false) => {
                self.at = skip::skip(layout, self.bytes, self.at)?;
                self.history = true;
                Ok(())
            }
            (false, _) => Ok(()),
        }
    }

    fn count(&mut self) -> Result<u64, Fault> {
        let (count, behind) = length(self.bytes, self.at)?;
        put::length(count, self.out);
        self.at = behind;
        Ok(count)
    }

    /// Whether producers have named messages.
    fn has_names(&self) -> Result<bool, Fault> {
        let producers = skip::skip(&[Atom::Len; 2], self.bytes, self.at)?;
        let (count, _) = length(self.bytes, producers)?;
        let behind = skip::skip(PRODUCERS, self.bytes, producers)?;
        let (added, _) = length(self.bytes, behind)?;
        Ok(count > 0 || added > 0)
    }
}
