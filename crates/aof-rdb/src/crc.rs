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

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit, as the polynomial says.
    fn naive(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0, |crc, &byte| {
            (0..8).fold(crc ^ u64::from(byte), |crc, _| {
                (crc >> 1) ^ if crc & 1 == 1 { 0x95AC_9329_AC4B_C9B5 } else { 0 }
            })
        })
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
