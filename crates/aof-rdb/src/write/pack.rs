//! Compresses strings with LZF, in the form that `lzf.rs` reads.

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

/// Compresses one string after the other.
#[derive(Debug)]
pub(crate) struct Packer {
    /// Where three bytes with this hash stood last, and a mark of the string that they stood in.
    seen: Vec<(u32, u32)>,
    string: u32,
    out: Vec<u8>,
}

impl Default for Packer {
    fn default() -> Self {
        Self { seen: vec![(0, 0); 1 << BITS], string: 0, out: Vec::new() }
    }
}

impl Packer {
    /// The bytes compressed, if that saves enough.
    pub(crate) fn pack(&mut self, bytes: &[u8]) -> Option<&[u8]> {
        let most = bytes.len().checked_sub(LEAST_SAVED)?;
        // Places are kept in four bytes.
        u32::try_from(bytes.len()).ok()?;
        self.begin();
        let (mut at, mut literals) = (0, 0);
        while at + 2 < bytes.len() {
            let same = self.same_before(bytes, at);
            let Some((back, len)) = same else {
                at += 1;
                continue;
            };
            self.put_literals(&bytes[literals..at]);
            self.put_copy(back, len);
            at += len;
            literals = at;
            if self.out.len() > most {
                return None;
            }
        }
        self.put_literals(&bytes[literals..]);
        (self.out.len() <= most).then_some(&self.out)
    }

    fn begin(&mut self) {
        self.out.clear();
        self.string = self.string.wrapping_add(1);
        if self.string == 0 {
            self.seen.fill((0, 0));
            self.string = 1;
        }
    }

    /// How far back and how long the bytes at `at` stand before, and notes that they stand here.
    fn same_before(&mut self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let three = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], 0]);
        let slot = &mut self.seen[(three.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize];
        let (string, place) = std::mem::replace(slot, (self.string, at as u32));
        let place = place as usize;
        if string != self.string || at - place > FARTHEST {
            return None;
        }
        let most = (bytes.len() - at).min(MOST_COPIED);
        let pairs = bytes[place..].iter().zip(&bytes[at..at + most]);
        let len = pairs.take_while(|(before, here)| before == here).count();
        (len >= 3).then_some((at - place - 1, len))
    }

    fn put_literals(&mut self, bytes: &[u8]) {
        for run in bytes.chunks(MOST_LITERALS) {
            self.out.push(run.len() as u8 - 1);
            self.out.extend_from_slice(run);
        }
    }

    fn put_copy(&mut self, back: usize, len: usize) {
        let less = len - 2;
        self.out.push((less.min(7) << 5 | back >> 8) as u8);
        if less >= 7 {
            self.out.push((less - 7) as u8);
        }
        self.out.push(back as u8);
    }
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
        let mut packer = Packer { string: u32::MAX - 1, ..Packer::default() };
        for _ in 0..4 {
            come_back(&mut packer, &b"abcabcabcabcabcabcabcabc".repeat(3));
        }
    }
}
