//! Values that servers keep packed in one string: what is in it, and whether it is as it must be.
//!
//! Each kind is an iterator over its strings that looks at everything on its way, so that one that comes to its
//! end without a fault is a blob that servers take when they check thoroughly. Fields and values, or members and
//! scores, come one after the other. Nothing follows a fault.
//!
//! Blobs that no server writes, but that servers take, are taken: what counts is what can be loaded.

mod intset;
mod listpack;
mod ziplist;
mod zipmap;

use std::fmt;

use crate::Str;

pub use intset::Intset;
pub use listpack::Listpack;
pub use ziplist::Ziplist;
pub use zipmap::Zipmap;

/// What is not as it must be in a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobFault {
    /// The byte that is wrong, or where an entry begins that is, counted from the beginning of the blob.
    pub at: usize,
    /// What is wrong.
    pub kind: BlobFaultKind,
}

/// Kinds of faults in blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlobFaultKind {
    /// There are fewer bytes than a blob without entries has.
    Short,
    /// It says that it has so many bytes, and has not.
    Size(u64),
    /// Its last byte does not mark its end.
    NoEnd,
    /// Its end is marked before its last byte.
    EarlyEnd,
    /// It has no entries, and servers do not keep such ones.
    Empty,
    /// It says that it has so many entries, and has not.
    Count(u32),
    /// No entry is written like this.
    Encoding(u8),
    /// An entry goes on where the blob ends.
    Overrun,
    /// What an entry says of the length of another, or again of its own, is not so.
    Length,
    /// The last entry does not begin where the blob says so.
    Tail(u32),
    /// Integers have two, four or eight bytes, and not so many.
    Width(u32),
    /// An integer is not larger than the one before.
    Order,
}

impl BlobFaultKind {
    fn at(self, at: usize) -> BlobFault {
        BlobFault { at, kind: self }
    }
}

impl fmt::Display for BlobFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.at)
    }
}

impl std::error::Error for BlobFault {}

impl fmt::Display for BlobFaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("too few bytes"),
            Self::Size(size) => write!(f, "a size of {size} that it does not have"),
            Self::NoEnd => f.write_str("no mark of the end"),
            Self::EarlyEnd => f.write_str("a mark of the end before the end"),
            Self::Empty => f.write_str("no entries"),
            Self::Count(count) => write!(f, "a count of {count} entries that are not there"),
            Self::Encoding(byte) => write!(f, "an unknown encoding {byte:#04x}"),
            Self::Overrun => f.write_str("an entry beyond the end"),
            Self::Length => f.write_str("a wrong length of an entry"),
            Self::Tail(tail) => write!(f, "a last entry said to begin at {tail}"),
            Self::Width(width) => write!(f, "a width of {width} bytes"),
            Self::Order => f.write_str("an integer out of order"),
        }
    }
}

/// Where an iterator stands that has nothing more to give.
const DONE: usize = usize::MAX;

/// The byte behind the last entry of what has a mark of its end, and the count of which stands in 16 bits.
const END: u8 = 0xFF;

/// The count that stands for any that does not fit into 16 bits.
const MANY: u16 = u16::MAX;

/// Everything before the mark of the end.
fn before_end(bytes: &[u8], least: usize) -> Result<&[u8], BlobFault> {
    match bytes.split_last() {
        Some((&last, rest)) if rest.len() >= least => {
            if last == END {
                Ok(rest)
            } else {
                Err(BlobFaultKind::NoEnd.at(rest.len()))
            }
        }
        _ => Err(BlobFaultKind::Short.at(bytes.len())),
    }
}

/// As [`before_end`], of what begins with its size.
fn sized(bytes: &[u8], least: usize) -> Result<&[u8], BlobFault> {
    let rest = before_end(bytes, least)?;
    let size = header_u32(bytes, 0);
    if size as usize != bytes.len() {
        return Err(BlobFaultKind::Size(size.into()).at(0));
    }
    Ok(rest)
}

/// The count of entries at `at` of a header; `None` if it says only that there are many.
fn count_at(bytes: &[u8], at: usize) -> Option<usize> {
    let count = header_u16(bytes, at);
    (count != MANY).then_some(count.into())
}

/// The number at `at` of a header that is known to be there.
fn header_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// As [`header_u32`], of two bytes.
fn header_u16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// The string of `len` bytes that `bytes` begin with, and how many bytes it has with the `head` before it; `None` if
/// not all are there.
#[inline]
fn string(bytes: &[u8], len: u32, head: usize) -> Option<(Str<'_>, usize)> {
    let text = bytes.get(..len as usize)?;
    Some((Str::Bytes(text), head + text.len()))
}

/// The signed number that is written with its lower bytes first; eight at most.
#[inline]
fn integer<const N: usize>(bytes: [u8; N]) -> i64 {
    let mut wide = [0; 8];
    wide[8 - N..].copy_from_slice(&bytes);
    i64::from_le_bytes(wide) >> (64 - 8 * N)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_width_have_a_sign() {
        assert_eq!(integer([0x80]), -128);
        assert_eq!(integer([0xFF, 0x7F]), 32767);
        assert_eq!(integer([0, 0, 0x80]), -(1 << 23));
        assert_eq!(integer([0xFE, 0xFF, 0xFF, 0xFF]), -2);
        assert_eq!(integer(i64::MIN.to_le_bytes()), i64::MIN);
    }

    #[test]
    fn a_fault_says_what_and_where() {
        assert_eq!(BlobFaultKind::Overrun.at(7).to_string(), "an entry beyond the end at byte 7");
        assert_eq!(
            BlobFaultKind::Encoding(0xF5).at(6).to_string(),
            "an unknown encoding 0xf5 at byte 6"
        );
    }
}
