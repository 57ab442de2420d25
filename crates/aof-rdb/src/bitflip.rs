//! Finds the one bit that changed, from what the stored and the computed checksum differ by.
//!
//! A checksum of this kind is linear: it changes by the same amount whatever else the bytes say, namely by x^k modulo
//! the polynomial, where k counts the bits from the changed one to the end, plus 64. The polynomial is primitive, so no
//! two places below 2^64 bits give the same amount, and the discrete logarithm of the difference is the place.

use crate::crc::{self, Crc};
use crate::payload::Room;
use crate::reader::read;
use crate::record::{Record, RecordKind};
use crate::summary::Source;

/// So many bytes are asked for at once.
const WANT: usize = 1 << 20;

/// The checksum at the end.
const CHECKSUM: u64 = 8;

/// So many baby steps are kept at most: 8 MiB with their index.
const MOST_BABY_STEPS: u64 = 1 << 19;

/// One bit of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flip {
    /// The byte, counted from the first one that the checksum is of. From the number of covered bytes on it is one of
    /// the eight bytes of the checksum itself.
    pub at: u64,
    /// The bit, from 0 for the lowest.
    pub bit: u8,
}

/// The bit that changed, if one bit of `covered` bytes and of the checksum behind them did; `syndrome` is what the
/// stored and the computed checksum differ by, `stored ^ computed`.
///
/// `None` says that it was more than one bit. The converse does not hold: a difference that much damage made is that of
/// one bit by chance, in one of 2^64 / (8 × `covered`) cases. Takes a time that grows with the square root of
/// `covered`, tens of milliseconds for 100 GiB, and at most 8 MiB.
///
/// ```
/// use aof_rdb::{Flip, crc64, flipped_bit};
///
/// let syndrome = crc64(b"123456789") ^ crc64(b"123556789");
/// assert_eq!(flipped_bit(syndrome, 9), Some(Flip { at: 3, bit: 0 }));
/// ```
#[must_use]
pub fn flipped_bit(syndrome: u64, covered: u64) -> Option<Flip> {
    if syndrome.is_power_of_two() {
        let bit = syndrome.trailing_zeros();
        return Some(Flip { at: covered + u64::from(bit / 8), bit: (bit % 8) as u8 });
    }
    let from_end = bits_from_end(syndrome, covered.checked_mul(8)?)?;
    Some(Flip { at: covered - 1 - from_end / 8, bit: 7 - (from_end % 8) as u8 })
}

/// The number below `bits` for which x^(64 + number) is `syndrome`, by baby steps and giant steps.
fn bits_from_end(syndrome: u64, bits: u64) -> Option<u64> {
    if syndrome == 0 || bits == 0 {
        return None;
    }
    let steps = (bits.isqrt() + 1).next_power_of_two().min(MOST_BABY_STEPS);
    let baby = BabySteps::new(syndrome, steps);
    let stride = Multiplier::new(crc::power_of_x(steps));
    let mut giant = crc::power_of_x(64);
    // syndrome · x^step = x^(64 + reached), so the logarithm of the syndrome is 64 + reached - step.
    for number in 0..=bits.div_ceil(steps) {
        let found = baby.step(giant).and_then(|step| (number * steps).checked_sub(step));
        if let Some(place) = found.filter(|&place| place < bits) {
            return Some(place);
        }
        giant = stride.times(giant);
    }
    None
}

/// The first multiples of a value by x, and an index by value: a table with linear probing, half full at most.
struct BabySteps {
    values: Vec<u64>,
    /// Steps, counted from 1; 0 where there is none.
    index: Vec<u32>,
}

impl BabySteps {
    /// `steps` is a power of two.
    fn new(first: u64, steps: u64) -> Self {
        let steps = steps as usize;
        let values: Vec<u64> =
            std::iter::successors(Some(first), |&value| Some(crc::times_x(value)))
                .take(steps)
                .collect();
        let mut baby = Self { values, index: vec![0; 2 * steps] };
        for step in 0..steps {
            let slot = baby.slot(baby.values[step]);
            baby.index[slot] = step as u32 + 1;
        }
        baby
    }

    /// Which step has this value.
    fn step(&self, value: u64) -> Option<u64> {
        u64::from(self.index[self.slot(value)]).checked_sub(1)
    }

    /// Where the value is in the index, or belongs.
    fn slot(&self, value: u64) -> usize {
        let mask = self.index.len() - 1;
        // The first values are hardly more than one bit each.
        let mixed = value.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let mut slot = mixed as usize & mask;
        while self.index[slot] != 0 && self.values[self.index[slot] as usize - 1] != value {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

/// Multiplies by one value, byte by byte.
struct Multiplier([[u64; 256]; 8]);

impl Multiplier {
    fn new(by: u64) -> Self {
        let mut products = [[0; 256]; 8];
        let mut product = by;
        for bit in (0..64).rev() {
            products[bit / 8][1 << (bit % 8)] = product;
            product = crc::times_x(product);
        }
        for products in &mut products {
            for byte in 1..256_usize {
                let lowest = byte & byte.wrapping_neg();
                products[byte] = products[byte ^ lowest] ^ products[lowest];
            }
        }
        Self(products)
    }

    fn times(&self, value: u64) -> u64 {
        let bytes = value.to_le_bytes();
        bytes
            .iter()
            .zip(&self.0)
            .fold(0, |sum, (&byte, products)| sum ^ products[usize::from(byte)])
    }
}

/// Finds the one bit of an RDB file that changed, and makes sure of it: with that bit changed back the checksum is
/// right, all records can be read up to the end, and so can all that is in their values.
///
/// The file begins at `start` and has `len` bytes, the last eight of which are the checksum: where the framing still
/// holds, up to [`crate::Summary::end`]; where the bit broke it, up to the end of what there is. `open` gives the bytes
/// from their beginning; it is asked twice. Memory grows with the largest record, as in [`read`].
///
/// `None` says that more than one bit is wrong, or none, or that the file was written without a checksum. Whether one bit
/// of eight NUL bytes changed that stand for no checksum cannot be told.
///
/// # Errors
/// A source failed.
pub fn find_flip<S: Source>(
    open: &mut dyn FnMut() -> Result<S, S::Error>,
    start: u64,
    len: u64,
) -> Result<Option<Flip>, S::Error> {
    let Some(covered) = len.checked_sub(CHECKSUM) else { return Ok(None) };
    let Some(syndrome) = syndrome(&mut open()?, start, covered)? else { return Ok(None) };
    let Some(flip) = flipped_bit(syndrome, covered) else { return Ok(None) };
    let mut corrected = Corrected::new(open()?, start, flip);
    Ok(is_sound(&mut corrected, start, len)?.then_some(flip))
}

/// What the checksum behind `covered` bytes and theirs differ by; `None` where the file ends before.
fn syndrome<S: Source>(source: &mut S, start: u64, covered: u64) -> Result<Option<u64>, S::Error> {
    let (mut crc, mut at, end) = (Crc::new(), start, start + covered);
    while at < end {
        let bytes = source.window(at, WANT)?;
        let left = usize::try_from(end - at).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(left)];
        if bytes.is_empty() {
            return Ok(None);
        }
        crc.update(bytes);
        at += bytes.len() as u64;
    }
    let stored = source.window(end, CHECKSUM as usize)?.first_chunk().copied();
    // Eight NUL bytes are no checksum that could be wrong.
    Ok(stored.map(u64::from_le_bytes).filter(|&stored| stored != 0).map(|it| it ^ crc.value()))
}

/// Whether all records can be read, all their values too, and the end is where it should be.
fn is_sound<S: Source>(source: &mut S, start: u64, len: u64) -> Result<bool, S::Error> {
    let (mut room, mut is_good, mut end) = (Room::default(), true, None);
    let checksum = read(source, start, &mut |records| {
        is_good = records.iter().all(|record| match &record.kind {
            RecordKind::Key(key) => key.value.verify(&mut room).is_ok(),
            _ => true,
        });
        if let Some(Record { kind: RecordKind::End(Some(_)), end: behind, .. }) = records.last() {
            end = Some(*behind);
        }
        is_good
    })?;
    Ok(is_good && checksum.is_ok() && end == Some(start + len))
}

/// A source with one bit turned back.
#[derive(Debug)]
pub struct Corrected<S> {
    source: S,
    at: u64,
    mask: u8,
    /// The window that has the byte in it.
    copy: Vec<u8>,
}

impl<S> Corrected<S> {
    /// The file that begins at `start` with this bit changed.
    pub fn new(source: S, start: u64, flip: Flip) -> Self {
        Self { source, at: start + flip.at, mask: 1 << flip.bit, copy: Vec::new() }
    }
}

impl<S: Source> Source for Corrected<S> {
    type Error = S::Error;

    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], S::Error> {
        let bytes = self.source.window(at, want)?;
        let Some(place) = self.at.checked_sub(at) else { return Ok(bytes) };
        let bytes = &bytes[..bytes.len().min(want)];
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if place >= bytes.len() {
            return Ok(bytes);
        }
        self.copy.clear();
        self.copy.extend_from_slice(bytes);
        self.copy[place] ^= self.mask;
        Ok(&self.copy)
    }
}

#[cfg(test)]
mod tests {
    use aof_testkit::Rng;

    use super::*;
    use crate::crc64;

    #[test]
    fn every_bit_of_small_inputs_and_of_their_checksum_is_found() {
        let mut rng = Rng::new(7);
        for len in (0..70).chain([255, 256, 257, 1000]) {
            let bytes: Vec<u8> = (0..len).map(|_| rng.word() as u8).collect();
            let right = crc64(&bytes);
            for bit in 0..8 * (len + 8) {
                let flip = Flip { at: bit / 8, bit: (bit % 8) as u8 };
                let syndrome = match bytes.get(flip.at as usize) {
                    Some(_) => {
                        let mut bytes = bytes.clone();
                        bytes[flip.at as usize] ^= 1 << flip.bit;
                        right ^ crc64(&bytes)
                    }
                    None => 1 << (bit - 8 * len),
                };
                assert_eq!(flipped_bit(syndrome, len), Some(flip), "{len} bytes");
            }
        }
    }

    #[test]
    fn bits_far_from_the_end_are_found_without_the_bytes_between() {
        let mut rng = Rng::new(8);
        for covered in [1 << 20, 123_456_789, 1 << 32, 100 << 30, 1 << 40] {
            for place in
                [0, 8 * covered - 1].into_iter().chain((0..6).map(|_| rng.below(8 * covered)))
            {
                let syndrome = crc::power_of_x(64 + place);
                let found = flipped_bit(syndrome, covered);
                let expected = Flip { at: covered - 1 - place / 8, bit: 7 - (place % 8) as u8 };
                assert_eq!(found, Some(expected), "bit {place} from the end of {covered} bytes");
            }
        }
    }

    #[test]
    fn what_no_single_bit_can_do_is_not_put_down_to_one() {
        let mut rng = Rng::new(9);
        assert_eq!(flipped_bit(0, 1 << 30), None);
        assert_eq!(
            flipped_bit(crc::power_of_x(64 + 800), 100),
            None,
            "one bit before the first byte"
        );
        for _ in 0..20 {
            let two =
                crc::power_of_x(64 + rng.below(1 << 33)) ^ crc::power_of_x(64 + rng.below(1 << 33));
            assert_eq!(flipped_bit(two, 1 << 30), None);
        }
        assert_eq!(flipped_bit(3, 0), None);
        assert_eq!(flipped_bit(3, u64::MAX), None, "more bits than can be counted");
    }
}
