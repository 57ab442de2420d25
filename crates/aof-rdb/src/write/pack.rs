//! Compresses strings with LZF, in the form that `lzf.rs` reads.

use std::ops::Range;

/// How many beginnings are remembered, as a power of two.
const BITS: u32 = 13;

/// The farthest that an instruction can refer back.
const FARTHEST: usize = 1 << 13;

/// The most bytes that one instruction copies.
const MOST_COPIED: usize = 264;

/// The most literals that one instruction announces.
const MOST_LITERALS: usize = 32;

/// Servers compress only where that saves so many bytes at least.
const LEAST_SAVED: usize = 4;

/// So many bytes are compared at once.
const WORD: usize = size_of::<u64>();

/// Compresses one string after the other.
#[derive(Debug)]
pub(crate) struct Packer {
    /// Where three bytes with this hash stood last, counted over all strings.
    seen: Vec<u32>,
    /// Where the string begins, counted so: what was seen before it is of another one.
    begin: u32,
    /// What the string became so far, and room for the rest of it.
    out: Vec<u8>,
    /// So much of that is used.
    len: usize,
}

impl Default for Packer {
    fn default() -> Self {
        Self { seen: vec![0; 1 << BITS], begin: 1, out: Vec::new(), len: 0 }
    }
}

impl Packer {
    /// The bytes compressed, if that saves enough.
    pub(crate) fn pack(&mut self, bytes: &[u8]) -> Option<&[u8]> {
        let most = bytes.len().checked_sub(LEAST_SAVED)?;
        self.begin(bytes)?;
        let (mut at, mut literals) = (0, 0);
        while at + 2 < bytes.len() && self.len <= most {
            let Some((back, len)) = self.same_before(bytes, at) else {
                at += 1;
                continue;
            };
            self.put_literals(bytes, literals..at);
            self.put_copy(back, len);
            at += len;
            literals = at;
        }
        self.put_literals(bytes, literals..bytes.len());
        self.begin += bytes.len() as u32;
        (self.len <= most).then_some(&self.out[..self.len])
    }

    /// Makes room for a string, unless it is so long that its places cannot be kept in four bytes.
    fn begin(&mut self, bytes: &[u8]) -> Option<()> {
        let length = u32::try_from(bytes.len()).ok()?;
        if self.begin.checked_add(length).is_none() {
            self.seen.fill(0);
            self.begin = 1;
            self.begin.checked_add(length)?;
        }
        // Nothing is found to copy at worst. Literals are written some more at a time than there are.
        let room = bytes.len() + bytes.len().div_ceil(MOST_LITERALS) + 1 + MOST_LITERALS;
        if self.out.len() < room {
            self.out.resize(room, 0);
        }
        self.len = 0;
        Some(())
    }

    /// How far back and how long the bytes at `at` stand before, and notes that they stand here.
    #[inline]
    fn same_before(&mut self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let three = three(bytes, at);
        let slot = &mut self.seen[(three.wrapping_mul(0x9E37_79B1) >> (u32::BITS - BITS)) as usize];
        let here = self.begin + at as u32;
        let back = here - std::mem::replace(slot, here);
        let place = at.checked_sub(back as usize).filter(|_| back as usize <= FARTHEST)?;
        if self::three(bytes, place) != three {
            return None;
        }
        Some((back as usize - 1, same(bytes, place, at)))
    }

    #[inline]
    fn put_literals(&mut self, bytes: &[u8], Range { mut start, end }: Range<usize>) {
        while start < end {
            let count = (end - start).min(MOST_LITERALS);
            self.out[self.len] = count as u8 - 1;
            let room = &mut self.out[self.len + 1..][..MOST_LITERALS];
            match bytes[start..].first_chunk::<MOST_LITERALS>() {
                // To copy all there may be is faster than to copy what there is.
                Some(literals) => room.copy_from_slice(literals),
                None => room[..count].copy_from_slice(&bytes[start..start + count]),
            }
            self.len += 1 + count;
            start += count;
        }
    }

    #[inline]
    fn put_copy(&mut self, back: usize, len: usize) {
        let less = len - 2;
        let more = less.saturating_sub(7) as u8;
        let (first, low) = ((less.min(7) << 5 | back >> 8) as u8, back as u8);
        if less >= 7 {
            self.out[self.len..self.len + 3].copy_from_slice(&[first, more, low]);
            self.len += 3;
        } else {
            self.out[self.len..self.len + 2].copy_from_slice(&[first, low]);
            self.len += 2;
        }
    }
}

/// The three bytes at `at`.
#[inline]
fn three(bytes: &[u8], at: usize) -> u32 {
    match bytes[at..].first_chunk() {
        Some(four) => u32::from_le_bytes(*four) & 0xFF_FFFF,
        None => u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], 0]),
    }
}

/// How many bytes at `place` and at `at` behind it are the same, as far as one instruction copies.
#[inline]
fn same(bytes: &[u8], place: usize, at: usize) -> usize {
    let most = (bytes.len() - at).min(MOST_COPIED);
    let word = |at: usize| bytes[at..].first_chunk::<WORD>().map(|word| u64::from_le_bytes(*word));
    let mut len = 0;
    while let (Some(before), Some(here)) = (word(place + len), word(at + len)) {
        let differ = before ^ here;
        if differ != 0 || len >= most {
            return most.min(len + differ.trailing_zeros() as usize / 8);
        }
        len += WORD;
    }
    let pairs = bytes[place + len..].iter().zip(&bytes[at + len..]);
    most.min(len + pairs.take_while(|(before, here)| before == here).count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lzf::decompress;

    fn come_back(packer: &mut Packer, bytes: &[u8]) {
        let Some(packed) = packer.pack(bytes) else { return };
        assert!(packed.len() + LEAST_SAVED <= bytes.len());
        let mut out = Vec::new();
        assert_eq!(decompress(packed, bytes.len(), &mut out), Ok(()));
        assert_eq!(out, bytes);
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(strings in prop::collection::vec(prop::collection::vec(0..4_u8, 0..600), 1..4)) {
            let mut packer = Packer::default();
            strings.iter().for_each(|bytes| come_back(&mut packer, bytes));
        }
    }

    #[test]
    fn runs_and_far_repetitions_come_back() {
        let mut packer = Packer::default();
        let noise: Vec<u8> = (0..9000_u32).map(|n| (n.wrapping_mul(n) >> 5) as u8).collect();
        for bytes in [vec![b'x'; 100_000], [&noise[..], &noise].concat(), noise[..8195].repeat(2)] {
            come_back(&mut packer, &bytes);
        }
        assert!(packer.pack(&vec![b'x'; 100_000]).is_some_and(|packed| packed.len() < 2000));
    }

    #[test]
    fn what_does_not_become_smaller_stays() {
        let mut packer = Packer::default();
        for bytes in [&b""[..], b"ab", b"abcdefghijklmnopqrstuvwxyz"] {
            assert_eq!(packer.pack(bytes), None);
        }
    }

    #[test]
    fn nothing_is_remembered_from_string_to_string() {
        let mut packer = Packer { begin: u32::MAX - 100, ..Packer::default() };
        for _ in 0..4 {
            come_back(&mut packer, &b"abcabcabcabcabcabcabcabc".repeat(3));
        }
    }
}
