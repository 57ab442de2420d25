//! What a disk, a copy or a bit flip does to a log: random damages that describe themselves.

use std::fmt;

use crate::ledger::Ledger;
use crate::rng::Rng;

/// The longest block that a random damage covers, in bytes.
pub const MAX_BLOCK: usize = 4096;

/// One damage to a log. Offsets and lengths are in bytes of the log before the damage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// One byte has another value.
    Flip {
        /// Where.
        at: usize,
        /// The new value.
        value: u8,
    },
    /// A block holds NUL bytes.
    ZeroBlock {
        /// Where it begins.
        at: usize,
        /// Its length.
        len: usize,
    },
    /// A block is missing.
    Delete {
        /// Where it begins.
        at: usize,
        /// Its length.
        len: usize,
    },
    /// A block stands twice, the copy right behind it.
    Duplicate {
        /// Where it begins.
        at: usize,
        /// Its length.
        len: usize,
    },
    /// Foreign bytes stand between.
    Insert {
        /// Before which byte.
        at: usize,
        /// The foreign bytes.
        bytes: Vec<u8>,
    },
    /// Two blocks of one length that do not overlap changed places.
    Swap {
        /// Where the first one begins.
        first: usize,
        /// Where the second one begins.
        second: usize,
        /// The length of each.
        len: usize,
    },
}

impl Damage {
    /// A damage of any kind, anywhere in the log, 1 to [`MAX_BLOCK`] bytes long.
    ///
    /// # Panics
    /// If the log has fewer than two bytes.
    #[must_use]
    pub fn random(rng: &mut Rng, ledger: &Ledger) -> Self {
        Self::of_kind(rng.between(0, 5), rng, &ledger.bytes)
    }

    fn of_kind(kind: usize, rng: &mut Rng, bytes: &[u8]) -> Self {
        let size = bytes.len();
        assert!(size >= 2, "a log of {size} bytes is too small to be damaged in every way");
        let at = rng.between(0, size - 1);
        let len = block(rng, size - at);
        match kind {
            0 => Self::Flip { at, value: bytes[at] ^ rng.between(1, 255) as u8 },
            1 => Self::ZeroBlock { at, len },
            2 => Self::Delete { at, len },
            3 => Self::Duplicate { at, len },
            4 => {
                let mut foreign = Vec::new();
                let len = block(rng, MAX_BLOCK);
                rng.binary(&mut foreign, len);
                Self::Insert { at: rng.between(0, size), bytes: foreign }
            }
            _ => {
                let len = block(rng, size / 2);
                let first = rng.between(0, size - 2 * len);
                Self::Swap { first, second: rng.between(first + len, size - len), len }
            }
        }
    }

    /// The log after the damage.
    ///
    /// # Panics
    /// If the damage does not lie inside the log.
    #[must_use]
    pub fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        match self {
            Self::Flip { at, value } => out[*at] = *value,
            Self::ZeroBlock { at, len } => out[*at..at + len].fill(0),
            Self::Delete { at, len } => drop(out.drain(*at..at + len)),
            Self::Duplicate { at, len } => {
                out.splice(at + len..at + len, bytes[*at..at + len].iter().copied());
            }
            Self::Insert { at, bytes } => drop(out.splice(at..at, bytes.iter().copied())),
            Self::Swap { first, second, len } => {
                let (head, tail) = out.split_at_mut(*second);
                head[*first..first + len].swap_with_slice(&mut tail[..*len]);
            }
        }
        out
    }

    /// The blocks (offset, length) that it overwrites or takes away, in order; none for what only adds.
    pub(crate) fn covers(&self) -> Vec<(usize, usize)> {
        match *self {
            Self::Flip { at, .. } => vec![(at, 1)],
            Self::ZeroBlock { at, len } | Self::Delete { at, len } => vec![(at, len)],
            Self::Duplicate { .. } | Self::Insert { .. } => Vec::new(),
            Self::Swap { first, second, len } => vec![(first, len), (second, len)],
        }
    }
}

/// A length from 1 to the bound; short ones come as often as long ones.
fn block(rng: &mut Rng, bound: usize) -> usize {
    let bound = bound.min(MAX_BLOCK);
    let cap = rng.between(0, bound.ilog2() as usize);
    rng.between(1, bound.min(2 << cap))
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flip { at, value } => write!(f, "byte {at} becomes {value:#04x}"),
            Self::ZeroBlock { at, len } => write!(f, "{len} bytes at {at} become NUL"),
            Self::Delete { at, len } => write!(f, "{len} bytes at {at} are missing"),
            Self::Duplicate { at, len } => write!(f, "{len} bytes at {at} stand twice"),
            Self::Insert { at, bytes } => {
                write!(f, "{} foreign bytes stand before byte {at}", bytes.len())
            }
            Self::Swap { first, second, len } => {
                write!(f, "{len} bytes at {first} and at {second} changed places")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_damage_does_what_it_says() {
        let cases = [
            (Damage::Flip { at: 2, value: b'X' }, "abXdefgh", "byte 2 becomes 0x58"),
            (Damage::ZeroBlock { at: 6, len: 2 }, "abcdef\0\0", "2 bytes at 6 become NUL"),
            (Damage::Delete { at: 0, len: 3 }, "defgh", "3 bytes at 0 are missing"),
            (Damage::Duplicate { at: 1, len: 2 }, "abcbcdefgh", "2 bytes at 1 stand twice"),
            (
                Damage::Insert { at: 8, bytes: b"!?".to_vec() },
                "abcdefgh!?",
                "2 foreign bytes stand before byte 8",
            ),
            (
                Damage::Swap { first: 0, second: 5, len: 3 },
                "fghdeabc",
                "3 bytes at 0 and at 5 changed places",
            ),
        ];
        for (damage, expected, text) in cases {
            assert_eq!(damage.apply(b"abcdefgh"), expected.as_bytes());
            assert_eq!(damage.to_string(), text);
        }
    }

    #[test]
    fn every_random_damage_fits_even_the_smallest_log() {
        let mut rng = Rng::new(11);
        for size in (2..40).chain([4096, 20_000]) {
            let ledger = Ledger { bytes: vec![b'x'; size], ..Ledger::default() };
            for _ in 0..200 {
                let damage = Damage::random(&mut rng, &ledger);
                let out = damage.apply(&ledger.bytes);
                assert!(out.len().abs_diff(size) <= MAX_BLOCK, "{damage}");
            }
        }
    }
}
