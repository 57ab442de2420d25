//! The hash of names. It is the same everywhere and always, since it decides in which order keys are written.

const FACTORS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93];

/// The hash that lanes and tables go by.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    seeded(bytes, 0)
}

/// Another one for each seed.
#[inline]
pub(super) fn seeded(bytes: &[u8], seed: u64) -> u64 {
    let mut state = fold(seed ^ FACTORS[1], bytes.len() as u64 ^ FACTORS[0]);
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), FACTORS[0]);
    }
    state = fold(state ^ word(bytes, tail), FACTORS[1]);
    state ^ state >> 32
}

/// The up to seven bytes that all others are followed by, as one number.
#[inline]
fn word(bytes: &[u8], tail: &[u8]) -> u64 {
    match bytes.last_chunk::<8>() {
        Some(_) if tail.is_empty() => 0,
        Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * tail.len()),
        None => tail.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// The halves of a product, which depends on all bits of both.
#[inline]
const fn fold(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_that_are_alike_have_hashes_that_are_not() {
        let names = (0..20_000).map(|n| format!("user:{n:08}:name").into_bytes());
        let hashes: Vec<u64> = names.map(|name| hash(&name)).collect();
        for shift in [0, 20, 42] {
            let parts: BTreeSet<u64> = hashes.iter().map(|it| it >> shift & 0x3f_ffff).collect();
            assert!(parts.len() > 19_900, "{shift}: {}", parts.len());
        }
        assert_ne!(hash(b""), hash(b"\0"));
        assert_ne!(seeded(b"a", 0), seeded(b"a", 1));
    }
}
