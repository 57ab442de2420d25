//! What stands before a key and says something of it.

use crate::length::{Fault, array, byte, length};

/// Something that is said of the next key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    /// For how many seconds nobody asked for it.
    Idle(u64),
    /// How often it is asked for.
    Frequency(u8),
    /// When it expires, in milliseconds since the Unix epoch.
    Expiry(Option<i64>),
}

/// Whether an attribute stands behind this opcode that servers themselves write; modules have another.
#[inline]
pub(crate) fn is_one(code: u8) -> bool {
    matches!(code, 248 | 249 | 252 | 253)
}

/// The attribute behind opcode `code`, and the place behind it.
#[inline]
pub(crate) fn attribute(code: u8, bytes: &[u8], at: usize) -> Result<(Attribute, usize), Fault> {
    match code {
        248 => length(bytes, at).map(|(idle, behind)| (Attribute::Idle(idle), behind)),
        249 => Ok((Attribute::Frequency(byte(bytes, at)?), at + 1)),
        252 => {
            let millis = i64::from_le_bytes(array(bytes, at)?);
            // Servers take it for no expiry.
            Ok((Attribute::Expiry((millis != -1).then_some(millis)), at + 8))
        }
        _ => {
            let seconds = i32::from_le_bytes(array(bytes, at)?);
            Ok((Attribute::Expiry(Some(i64::from(seconds) * 1000)), at + 4))
        }
    }
}
