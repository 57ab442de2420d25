//! DUMP payloads: one value with its version and checksum, as DUMP gives it and RESTORE takes it.
//!
//! The type and the value, the version in two bytes and the checksum in eight, the lower ones first (source:
//! `createDumpPayload` of Redis 7.0). There is no magic: which dialect it is, the version tells.

use std::fmt;

use crate::crc::crc64;
use crate::payload::Payload;
use crate::summary::{Checksum, Dialect, Header};

/// Bytes behind the value: version and checksum.
const FOOTER: usize = 10;

/// From this version on it is one of Valkey.
const FIRST_OF_VALKEY: u16 = 80;

/// A value outside of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dump<'a> {
    /// The value.
    pub value: Payload<'a>,
    /// What the checksum says. Servers refuse a wrong one.
    pub checksum: Checksum,
}

/// There are fewer bytes than a type, a version and a checksum have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoDump;

impl fmt::Display for NoDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too short for a DUMP payload")
    }
}

impl std::error::Error for NoDump {}

impl<'a> Dump<'a> {
    /// Takes all of `bytes` as a DUMP payload. Its value is not looked into.
    ///
    /// ```
    /// use aof_rdb::{Checksum, Dump};
    ///
    /// let bytes = b"\x00\xc0\x01\x0b\x00\x36\x66\xd4\x15\xdc\xa1\x59\xe4";
    /// let dump = Dump::new(bytes)?;
    /// assert_eq!((dump.value.code, dump.value.header.version), (0, 11));
    /// assert!(matches!(dump.checksum, Checksum::Wrong { .. }));
    /// # Ok::<(), aof_rdb::NoDump>(())
    /// ```
    ///
    /// # Errors
    /// It is too short to be one.
    pub fn new(bytes: &'a [u8]) -> Result<Self, NoDump> {
        let (value, footer) = bytes.split_last_chunk::<FOOTER>().ok_or(NoDump)?;
        let (&code, value) = value.split_first().ok_or(NoDump)?;
        let [low, high, stored @ ..] = *footer;
        let version = u16::from_le_bytes([low, high]);
        let is_valkey = version >= FIRST_OF_VALKEY;
        let dialect = if is_valkey { Dialect::Valkey } else { Dialect::Redis };
        let computed = crc64(&bytes[..bytes.len() - stored.len()]);
        let checksum = Checksum::of(u64::from_le_bytes(stored), computed);
        let header = Header { dialect, version };
        Ok(Self { value: Payload { header, code, bytes: value }, checksum })
    }
}

impl Payload<'_> {
    /// The value as a DUMP payload of the version that it is of.
    #[must_use]
    pub fn to_dump(&self) -> Vec<u8> {
        let mut dump = [&[self.code], self.bytes].concat();
        dump.extend(self.header.version.to_le_bytes());
        dump.extend(crc64(&dump).to_le_bytes());
        dump
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dumped_is_read_again() {
        for (dialect, version) in [(Dialect::Redis, 9), (Dialect::Redis, 12), (Dialect::Valkey, 80)]
        {
            let header = Header { dialect, version };
            let value = Payload { header, code: 0, bytes: b"\x05value" };
            let dump = value.to_dump();
            assert_eq!(Dump::new(&dump), Ok(Dump { value, checksum: Checksum::Valid }));
        }
    }

    #[test]
    fn too_few_bytes_are_none() {
        assert_eq!(Dump::new(&[0; 10]), Err(NoDump));
        assert!(Dump::new(&[0; 11]).is_ok_and(|dump| dump.checksum == Checksum::Disabled));
    }
}
