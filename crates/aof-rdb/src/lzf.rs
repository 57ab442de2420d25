//! Strings that were compressed with LZF.
//!
//! A control byte below 32 announces so many literals and one more. Any other holds a length less 2 in its
//! upper three bits, where 7 means that a byte follows to be added, and in its lower five bits and the next
//! byte how far behind, less 1, those bytes are found. What is copied may be what was copied a moment ago
//! (source: `lzf_d.c` of Redis 7.0).

use std::fmt;

/// Three packed bytes give 264 at most, and none of the other instructions gives more for a byte.
const MOST_PER_BYTE: usize = 88;

/// Why packed bytes do not give what they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LzfFault {
    /// They end within an instruction.
    Torn,
    /// An instruction refers to what is before the beginning.
    Before,
    /// They give more bytes than were announced.
    Longer,
    /// They give fewer bytes than were announced, or never could give so many.
    Shorter,
    /// There is no memory for as many bytes as were announced.
    Memory,
}

impl fmt::Display for LzfFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Torn => "compressed bytes end within an instruction",
            Self::Before => "compressed bytes refer to what is before their beginning",
            Self::Longer => "compressed bytes are longer than announced",
            Self::Shorter => "compressed bytes are shorter than announced",
            Self::Memory => "no memory for compressed bytes",
        })
    }
}

impl std::error::Error for LzfFault {}

/// Puts into `out` what `packed` gives, and nothing else; `len` bytes were announced.
///
/// The announcement is believed only as far as so many packed bytes can give so much, which is checked before
/// memory is set aside.
///
/// # Errors
///
/// If the bytes are not LZF, or give another number of bytes. `out` is empty then.
pub fn decompress(packed: &[u8], len: usize, out: &mut Vec<u8>) -> Result<(), LzfFault> {
    let unpacked = fill(packed, len, out);
    if unpacked.is_err() {
        out.clear();
    }
    unpacked
}

fn fill(packed: &[u8], len: usize, out: &mut Vec<u8>) -> Result<(), LzfFault> {
    if len > packed.len().saturating_mul(MOST_PER_BYTE) {
        return Err(LzfFault::Shorter);
    }
    // What `out` held before is overwritten, which is cheaper than to clear it first.
    out.try_reserve(len.saturating_sub(out.len())).map_err(|_| LzfFault::Memory)?;
    out.resize(len, 0);
    let mut unpacking = Unpacking { packed, out, len: 0 };
    unpacking.run()?;
    if unpacking.len == len { Ok(()) } else { Err(LzfFault::Shorter) }
}

/// As much as can be told from the beginning of packed bytes, at most `most` bytes.
pub(crate) fn beginning(packed: &[u8], most: usize) -> Vec<u8> {
    let mut out = vec![0; most];
    let mut unpacking = Unpacking { packed, out: &mut out, len: 0 };
    // However it ends: it ends where the bytes do, where they make no sense, or where there is no more room.
    let _ = unpacking.run();
    let len = unpacking.len;
    out.truncate(len);
    out
}

/// Instructions that are not yet followed, and what the ones before them gave.
struct Unpacking<'a> {
    packed: &'a [u8],
    out: &'a mut [u8],
    /// So much of `out` is filled.
    len: usize,
}

impl Unpacking<'_> {
    /// Follows all instructions. Where one gives more than there is room for, the room is filled first.
    fn run(&mut self) -> Result<(), LzfFault> {
        while let Some((&control, rest)) = self.packed.split_first() {
            self.packed = rest;
            if control < 32 {
                self.literals(usize::from(control) + 1)?;
            } else {
                self.copy(control)?;
            }
        }
        Ok(())
    }

    fn literals(&mut self, len: usize) -> Result<(), LzfFault> {
        let there = len.min(self.packed.len());
        let (literals, rest) = self.packed.split_at(there);
        let room = self.room(there);
        let fits = room.len();
        room.copy_from_slice(&literals[..fits]);
        self.packed = rest;
        self.len += fits;
        if fits < there {
            return Err(LzfFault::Longer);
        }
        if there < len { Err(LzfFault::Torn) } else { Ok(()) }
    }

    fn copy(&mut self, control: u8) -> Result<(), LzfFault> {
        let mut len = usize::from(control >> 5) + 2;
        if len == 9 {
            len += usize::from(self.byte()?);
        }
        let back = (usize::from(control & 31) << 8 | usize::from(self.byte()?)) + 1;
        let from = self.len.checked_sub(back).ok_or(LzfFault::Before)?;
        let fits = self.room(len).len();
        for at in 0..fits {
            self.out[self.len + at] = self.out[from + at];
        }
        self.len += fits;
        if fits < len { Err(LzfFault::Longer) } else { Ok(()) }
    }

    fn byte(&mut self) -> Result<u8, LzfFault> {
        let (&byte, rest) = self.packed.split_first().ok_or(LzfFault::Torn)?;
        self.packed = rest;
        Ok(byte)
    }

    /// Where the next `len` bytes go, as far as there is room.
    fn room(&mut self, len: usize) -> &mut [u8] {
        let room = &mut self.out[self.len..];
        let fits = len.min(room.len());
        &mut room[..fits]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(packed: &[u8], len: usize) -> Result<Vec<u8>, LzfFault> {
        let mut out = b"what was there before".to_vec();
        let result = decompress(packed, len, &mut out);
        assert!(result.is_ok() || out.is_empty());
        result.map(|()| out)
    }

    #[test]
    fn literals_and_copies_give_what_was_packed() {
        assert_eq!(unpacked(&[], 0), Ok(vec![]));
        assert_eq!(unpacked(&[2, b'a', b'b', b'c', 0x20, 2], 6), Ok(b"abcabc".to_vec()));
        assert_eq!(unpacked(&[0, b'a', 0xE0, 255, 0], 265), Ok(vec![b'a'; 265]));
        assert_eq!(unpacked(&[1, b'a', b'b', 0xC0, 1], 10), Ok(b"ababababab".to_vec()));
    }

    #[test]
    fn the_length_must_be_the_one_that_was_announced() {
        assert_eq!(unpacked(&[0, b'a'], 2), Err(LzfFault::Shorter));
        assert_eq!(unpacked(&[1, b'a', b'b'], 1), Err(LzfFault::Longer));
        assert_eq!(unpacked(&[0, b'a', 0x20, 0], 3), Err(LzfFault::Longer));
        assert_eq!(unpacked(&[0, b'a'], usize::MAX), Err(LzfFault::Shorter));
    }

    #[test]
    fn what_ends_within_an_instruction_or_refers_to_nothing_is_told() {
        for torn in [&[0][..], &[3, b'a'], &[0, b'a', 0x20], &[0, b'a', 0xE0], &[0, b'a', 0xE0, 1]]
        {
            assert_eq!(unpacked(torn, 4), Err(LzfFault::Torn), "{torn:?}");
        }
        assert_eq!(unpacked(&[0x20, 0], 3), Err(LzfFault::Before));
        assert_eq!(unpacked(&[0, b'a', 0x20, 1], 4), Err(LzfFault::Before));
    }

    #[test]
    fn a_beginning_is_told_as_far_as_it_goes() {
        assert_eq!(beginning(&[5, b'a', b'b'], 9), b"ab");
        assert_eq!(beginning(&[0, b'a', 0xE0, 255, 0], 9), [b'a'; 9]);
        assert_eq!(beginning(&[0, b'a', 0x20, 1], 9), b"a");
    }
}
