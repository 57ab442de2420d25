//! Strings that were compressed with LZF.
//!
//! A control byte below 32 announces so many literals and one more. Any other holds a length less 2 in its
//! upper three bits, where 7 means that a byte follows to be added, and in its lower five bits and the next
//! byte how far behind, less 1, those bytes are found. What is copied may be what was copied a moment ago
//! (source: `lzf_d.c` of Redis 7.0).

use std::cmp::Ordering;
use std::fmt;

/// Three packed bytes give 264 at most, and none of the other instructions gives more for a byte.
const MOST_PER_BYTE: usize = 88;

/// The most literals that one instruction announces.
const MOST_LITERALS: usize = 32;

/// So many bytes are copied at once.
const CHUNK: usize = 16;

/// So many bytes may be written behind the last one: literals, or a chunk.
const BEYOND: usize = 32;

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
    unpack(packed, len, out)?;
    if out.len() == len { Ok(()) } else { Err(LzfFault::Shorter) }
}

/// Whether [`decompress`] would take these bytes, found out without memory for what they give.
///
/// # Errors
///
/// As [`decompress`], but for a lack of memory.
pub(crate) fn measure(packed: &[u8], len: usize) -> Result<(), LzfFault> {
    let (mut at, mut given) = (0, 0_usize);
    while let Some(&control) = packed.get(at) {
        if control < 32 {
            let literals = usize::from(control) + 1;
            at += 1 + literals;
            given += literals;
            continue;
        }
        let is_long = control >> 5 == 7;
        let operands = packed.get(at + 1..at + 2 + usize::from(is_long)).ok_or(LzfFault::Torn)?;
        let (more, low) = if is_long { (operands[0], operands[1]) } else { (0, operands[0]) };
        if usize::from(control & 31) << 8 | usize::from(low) >= given {
            return Err(LzfFault::Before);
        }
        at += 1 + operands.len();
        given += usize::from(control >> 5) + 2 + usize::from(more);
    }
    match given.cmp(&len) {
        _ if at > packed.len() => Err(LzfFault::Torn),
        Ordering::Less => Err(LzfFault::Shorter),
        Ordering::Greater => Err(LzfFault::Longer),
        Ordering::Equal => Ok(()),
    }
}

/// As much as can be told from the beginning of packed bytes, at most `most` bytes.
pub(crate) fn beginning(packed: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    // However it ends: where the bytes do, where they make no sense, or where there is no more room.
    let _ = unpack(packed, most, &mut out);
    out
}

/// Puts into `out` what `packed` gives, up to what is wrong, and at most `most` bytes.
fn unpack(packed: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), LzfFault> {
    let size = most.saturating_add(BEYOND);
    out.try_reserve(size.saturating_sub(out.len())).map_err(|_| LzfFault::Memory)?;
    // What `out` held before is overwritten, which is cheaper than to clear it first.
    out.resize(size, 0);
    let mut unpacking = Unpacking { packed, out, len: 0, most };
    let unpacked = unpacking.run();
    let len = unpacking.len;
    out.truncate(len);
    unpacked
}

/// Instructions that are not yet followed, and what the ones before them gave.
struct Unpacking<'a> {
    packed: &'a [u8],
    /// It is [`BEYOND`] bytes longer than `most`.
    out: &'a mut [u8],
    /// So much of `out` is filled.
    len: usize,
    /// So much of it may be filled.
    most: usize,
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

    #[inline]
    fn literals(&mut self, len: usize) -> Result<(), LzfFault> {
        let there = len.min(self.packed.len());
        let room = &mut self.out[self.len..];
        if let Some(literals) = self.packed.first_chunk::<MOST_LITERALS>() {
            // To copy all there may be is faster than to copy what there is.
            room[..MOST_LITERALS].copy_from_slice(literals);
        } else {
            room[..there].copy_from_slice(&self.packed[..there]);
        }
        self.packed = &self.packed[there..];
        self.fill(there)?;
        if there < len { Err(LzfFault::Torn) } else { Ok(()) }
    }

    #[inline]
    fn copy(&mut self, control: u8) -> Result<(), LzfFault> {
        let mut len = usize::from(control >> 5) + 2;
        if len == 9 {
            len += usize::from(self.byte()?);
        }
        let back = (usize::from(control & 31) << 8 | usize::from(self.byte()?)) + 1;
        let from = self.len.checked_sub(back).ok_or(LzfFault::Before)?;
        let window = &mut self.out[from..self.len + len.min(self.most - self.len) + CHUNK];
        if back < CHUNK {
            repeat(window, back);
        } else {
            copy_far(window, back);
        }
        self.fill(len)
    }

    /// Counts `len` bytes in that were put behind the others, as far as there is room.
    #[inline]
    fn fill(&mut self, len: usize) -> Result<(), LzfFault> {
        self.len += len;
        if self.len <= self.most {
            return Ok(());
        }
        self.len = self.most;
        Err(LzfFault::Longer)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, LzfFault> {
        let (&byte, rest) = self.packed.split_first().ok_or(LzfFault::Torn)?;
        self.packed = rest;
        Ok(byte)
    }
}

/// Copies from the beginning of `window` to its byte `back` and on, up to a chunk before its end or some bytes more.
///
/// No chunk meets what it is copied from.
#[inline]
fn copy_far(window: &mut [u8], back: usize) {
    let mut at = 0;
    while back + at + CHUNK < window.len() {
        let (from, to) = window.split_at_mut(back + at);
        to[..CHUNK].copy_from_slice(&from[at..at + CHUNK]);
        at += CHUNK;
    }
}

/// As [`copy_far`], where fewer bytes than a chunk has are repeated.
#[inline]
fn repeat(window: &mut [u8], back: usize) {
    let mut once = [0; CHUNK];
    once.copy_from_slice(&window[..CHUNK]);
    let Repeat { mask, factor, step } = REPEATS[back];
    let chunk = ((u128::from_le_bytes(once) & mask).wrapping_mul(factor)).to_le_bytes();
    let mut at = back;
    while at + CHUNK < window.len() {
        window[at..at + CHUNK].copy_from_slice(&chunk);
        at += usize::from(step);
    }
}

/// How the first bytes of a chunk are repeated in all of it.
#[derive(Clone, Copy)]
struct Repeat {
    /// The bytes that are repeated.
    mask: u128,
    /// A bit where each of their repetitions begins.
    factor: u128,
    /// As many bytes of a chunk as hold them a whole number of times.
    step: u8,
}

/// By the number of bytes that are repeated.
const REPEATS: [Repeat; CHUNK] = {
    let mut repeats = [Repeat { mask: 0, factor: 0, step: 0 }; CHUNK];
    let mut bytes = 1;
    while bytes < CHUNK {
        repeats[bytes].mask = (1 << (8 * bytes)) - 1;
        repeats[bytes].step = (CHUNK - CHUNK % bytes) as u8;
        let mut at = 0;
        while at < CHUNK {
            repeats[bytes].factor |= 1 << (8 * at);
            at += bytes;
        }
        bytes += 1;
    }
    repeats
};

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
    fn what_is_packed_as_densely_as_can_be_is_believed() {
        let packed = [&[0, b'a'][..], &[0xE0, 255, 0].repeat(1000)].concat();
        assert_eq!(unpacked(&packed, 264_001).map(|out| out.len()), Ok(264_001));
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
