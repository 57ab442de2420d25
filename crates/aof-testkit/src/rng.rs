//! The one source of chance of the tests: xoshiro256++, seeded through splitmix64.

use std::fmt;

/// Random numbers that are the same for the same seed, on every machine and in every version.
///
/// Printed (`{}` or `{:?}`), it names the seed that makes it again.
#[derive(Clone)]
pub struct Rng {
    seed: u64,
    state: [u64; 4],
}

/// Scrambles a number; different numbers stay different.
#[must_use]
pub fn splitmix(n: u64) -> u64 {
    let z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rng {
    /// Begins the sequence of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut state = [0; 4];
        let mut at = seed;
        for word in &mut state {
            *word = splitmix(at);
            at = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
        }
        Self { seed, state }
    }

    /// The seed it was made with.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The next 64 random bits.
    #[inline]
    pub fn word(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let answer = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        answer
    }

    /// A number from 0 to `n` − 1, or 0 if `n` is 0.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(n)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below((high - low) as u64 + 1) as usize
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// Appends `n` bytes of any value.
    pub fn binary(&mut self, to: &mut Vec<u8>, n: usize) {
        self.extend(to, n, |word| word);
    }

    /// Appends `n` letters from `a` to `p`.
    #[inline]
    pub fn text(&mut self, to: &mut Vec<u8>, n: usize) {
        let letters = |word: u64| (word & 0x0f0f_0f0f_0f0f_0f0f) + 0x6161_6161_6161_6161;
        self.extend(to, n, letters);
    }

    #[inline]
    fn extend(&mut self, to: &mut Vec<u8>, n: usize, shape: impl Fn(u64) -> u64) {
        to.reserve(n);
        for _ in 0..n / 8 {
            to.extend_from_slice(&shape(self.word()).to_le_bytes());
        }
        if !n.is_multiple_of(8) {
            to.extend_from_slice(&shape(self.word()).to_le_bytes()[..n % 8]);
        }
    }
}

impl fmt::Display for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {:#018x}", self.seed)
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_prints_itself() {
        let (mut a, mut b) = (Rng::new(7), Rng::new(7));
        assert!((0..100).all(|_| a.word() == b.word()));
        assert_ne!(Rng::new(8).word(), Rng::new(7).word());
        assert_eq!(a.to_string(), "seed 0x0000000000000007");
    }

    #[test]
    fn every_number_of_a_range_comes_up_and_none_outside() {
        let mut rng = Rng::new(1);
        let mut seen = [false; 7];
        for _ in 0..1000 {
            seen[rng.between(3, 9) - 3] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(rng.below(0), 0);
    }

    #[test]
    fn text_has_the_length_that_was_asked_for_and_only_letters() {
        for n in [0, 1, 7, 8, 9, 100] {
            let mut text = Vec::new();
            Rng::new(n as u64).text(&mut text, n);
            assert_eq!(text.len(), n);
            assert!(text.iter().all(u8::is_ascii_lowercase));
        }
    }
}
