//! The checksum of RDB files and DUMP payloads: CRC-64 of Jones, reflected, from 0, stored little-endian.

use crc_fast::{CrcAlgorithm, Digest};

/// A checksum that grows with the bytes.
#[derive(Debug, Clone, Copy)]
pub struct Crc(Digest);

impl Crc {
    /// Of no bytes.
    #[must_use]
    pub fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc64Redis))
    }

    /// Takes the next bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all bytes so far.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.finalize()
    }
}

impl Default for Crc {
    fn default() -> Self {
        Self::new()
    }
}

/// The checksum of `bytes`.
#[must_use]
pub fn crc64(bytes: &[u8]) -> u64 {
    crc_fast::checksum(CrcAlgorithm::Crc64Redis, bytes)
}

/// The polynomial without x^64. Here and in checksums the highest bit stands for x^0, and the lowest for x^63.
const POLYNOMIAL: u64 = 0x95AC_9329_AC4B_C9B5;

/// x^0.
const ONE: u64 = 1 << 63;

/// The product with x, modulo the polynomial: what one more bit does to a checksum.
#[inline]
pub(crate) fn times_x(value: u64) -> u64 {
    (value >> 1) ^ (POLYNOMIAL & (value & 1).wrapping_neg())
}

/// The product modulo the polynomial.
pub(crate) fn product(a: u64, b: u64) -> u64 {
    (0..64).fold(0, |sum, bit| times_x(sum) ^ (a & (b >> bit & 1).wrapping_neg()))
}

/// x^`exponent` modulo the polynomial.
pub(crate) fn power_of_x(exponent: u64) -> u64 {
    (0..64).rev().fold(ONE, |power, bit| {
        let square = product(power, power);
        if exponent >> bit & 1 == 1 { times_x(square) } else { square }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit, as the polynomial says.
    fn naive(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0, |crc, &byte| (0..8).fold(crc ^ u64::from(byte), |crc, _| times_x(crc)))
    }

    #[test]
    fn powers_are_repeated_products() {
        let mut power = ONE;
        for exponent in 0..500 {
            assert_eq!(power_of_x(exponent), power, "x^{exponent}");
            assert_eq!(product(power, ONE), power);
            power = times_x(power);
        }
    }

    #[test]
    fn the_polynomial_is_primitive_so_that_no_two_bits_change_a_checksum_alike() {
        assert_eq!(power_of_x(u64::MAX), ONE);
        // All prime factors of 2^64 - 1.
        for factor in [3, 5, 17, 257, 641, 65537, 6_700_417] {
            assert_eq!(u64::MAX % factor, 0);
            assert_ne!(power_of_x(u64::MAX / factor), ONE, "{factor}");
        }
    }

    #[test]
    fn the_check_value_is_the_one_that_servers_test_themselves_with() {
        assert_eq!(crc64(b"123456789"), 0xE9C6_D914_C4B8_D9CA);
        assert_eq!((crc64(b""), Crc::new().value()), (0, 0));
    }

    #[test]
    fn it_is_the_polynomial_of_jones_at_every_length_and_in_any_pieces() {
        let bytes: Vec<u8> = (0..1500_u32).map(|n| ((n * n) >> 3) as u8).collect();
        for len in (0..300).chain([511, 512, 513, 1023, 1024, 1025, 1500]) {
            let part = &bytes[..len];
            assert_eq!(crc64(part), naive(part), "{len} bytes");
            let mut crc = Crc::new();
            for piece in part.chunks(1 + len % 37) {
                crc.update(piece);
            }
            assert_eq!(crc.value(), naive(part), "{len} bytes in pieces");
        }
    }
}
