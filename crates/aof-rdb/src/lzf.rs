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

/// So many bytes may be written behind the last one: literals, and a chunk.
const BEYOND: usize = MOST_LITERALS + CHUNK;

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
    compare(out.len(), len)
}

/// Whether [`decompress`] would take these bytes, found out without memory for what they give.
///
/// # Errors
///
/// As [`decompress`], but for a lack of memory.
pub(crate) fn measure(packed: &[u8], len: usize) -> Result<(), LzfFault> {
    let (mut at, mut given) = (0, 0_usize);
    loop {
        while let Some(Pair { literals, copy, behind }) = Pair::read(packed, at) {
            if copy.back > given + literals {
                return Err(LzfFault::Before);
            }
            at = behind;
            given += literals + copy.len;
        }
        let Some(&control) = packed.get(at) else { break };
        if control < 32 {
            let literals = usize::from(control) + 1;
            at += 1 + literals;
            given += literals;
            continue;
        }
        let copy = Copy::read(&packed[at..]).ok_or(LzfFault::Torn)?;
        if copy.back > given {
            return Err(LzfFault::Before);
        }
        at += copy.size;
        given += copy.len;
    }
    if at > packed.len() { Err(LzfFault::Torn) } else { compare(given, len) }
}

/// Whether as much was given as was announced.
fn compare(given: usize, len: usize) -> Result<(), LzfFault> {
    match given.cmp(&len) {
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

/// An instruction to copy.
struct Copy {
    len: usize,
    /// How far behind those bytes are found.
    back: usize,
    /// So many packed bytes say so.
    size: usize,
}

impl Copy {
    /// The one that `packed` begins with; `None` if it begins with another instruction, or not all is there.
    #[inline(always)]
    fn read(packed: &[u8]) -> Option<Self> {
        let (control, more, low, size) = match *packed {
            [control @ 0xE0..=0xFF, more, low, ..] => (control, more, low, 3),
            [control @ 0x20..0xE0, low, ..] => (control, 0, low, 2),
            _ => return None,
        };
        let len = usize::from(control >> 5) + 2 + usize::from(more);
        let back = (usize::from(control & 31) << 8 | usize::from(low)) + 1;
        Some(Self { len, back, size })
    }
}

/// Literals, or none, and a copy behind them. Nobody can guess whether there are literals, so it is found out without
/// a branch.
struct Pair {
    literals: usize,
    copy: Copy,
    /// Where the next instruction stands.
    behind: usize,
}

impl Pair {
    /// The longest there is.
    const SIZE: usize = 1 + MOST_LITERALS + 3;

    /// The one at `at`; `None` if other instructions stand there, or fewer bytes than it may have.
    #[inline(always)]
    fn read(packed: &[u8], at: usize) -> Option<Self> {
        if at + Self::SIZE > packed.len() {
            return None;
        }
        let control = usize::from(packed[at]);
        let literals = if control < 32 { control + 1 } else { 0 };
        // Not put down to `literals`, for which the next pair would have to wait.
        let copy_at = if control < 32 { at + control + 2 } else { at };
        let copy = Copy::read(&packed[copy_at..])?;
        let behind = copy_at + copy.size;
        Some(Self { literals, copy, behind })
    }
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
        loop {
            self.pairs();
            let Some((&control, rest)) = self.packed.split_first() else { return Ok(()) };
            if control < 32 {
                self.packed = rest;
                self.literals(usize::from(control) + 1)?;
            } else {
                let copy = Copy::read(self.packed).ok_or(LzfFault::Torn)?;
                self.packed = &self.packed[copy.size..];
                self.copy(&copy)?;
            }
        }
    }

    /// Follows pairs of instructions, as long as all is well.
    #[inline]
    fn pairs(&mut self) {
        let (packed, mut at) = (self.packed, 0);
        while let Some(Pair { literals, copy, behind }) = Pair::read(packed, at) {
            let to = self.len + literals;
            if copy.back > to || to + copy.len > self.most {
                break;
            }
            let room = &mut self.out[self.len..self.len + MOST_LITERALS];
            room.copy_from_slice(&packed[at + 1..=at + MOST_LITERALS]);
            self.repeat(to, &copy);
            self.len = to + copy.len;
            at = behind;
        }
        self.packed = &packed[at..];
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
    fn copy(&mut self, copy: &Copy) -> Result<(), LzfFault> {
        if copy.back > self.len {
            return Err(LzfFault::Before);
        }
        let len = copy.len.min(self.most - self.len);
        self.repeat(self.len, &Copy { len, ..*copy });
        self.fill(copy.len)
    }

    /// Puts at `to` and behind it what is found there, for which there is room. Nothing is counted in.
    #[inline(always)]
    fn repeat(&mut self, to: usize, &Copy { len, back, .. }: &Copy) {
        let (from, end) = (to - back, to + len + CHUNK);
        if back < CHUNK {
            return repeat(&mut self.out[from..end], back);
        }
        // Few copies are longer.
        self.out.copy_within(from..from + CHUNK, to);
        if len > CHUNK {
            copy_far(&mut self.out[from..end], back);
        }
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
}

/// Copies from the beginning of `window` to its byte `back` and on, up to a chunk before its end or some bytes more.
///
/// No chunk meets what it is copied from.
#[inline]
fn copy_far(window: &mut [u8], back: usize) {
    let mut at = 0;
    while back + at + CHUNK < window.len() {
        window.copy_within(at..at + CHUNK, back + at);
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
