//! What was being read when a walk stops, for those who speak as the servers' own checkers do.

use crate::length::length;
use crate::summary::Step;

/// The place where a walk stops, as one who reads piece by piece sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopped {
    pub(crate) step: Step,
    /// The type of the key that is being read.
    pub(crate) code: Option<u8>,
    /// The byte behind the last piece that was there as a whole.
    pub(crate) read_to: u64,
}

impl Stopped {
    /// Before the first record.
    pub(crate) fn in_header(read_to: u64) -> Self {
        Self { step: Step::Header, code: None, read_to }
    }
}

/// What is read behind this opcode, or instead of it if it is none.
pub(crate) fn step_behind(code: u8) -> Step {
    match code {
        252 | 253 => Step::Expiry,
        244 | 251 | 254 => Step::Number,
        _ => Step::Type,
    }
}

/// Bytes that are read of the head of a string or of a number, of which the end is missing. The first byte comes
/// alone, and tells how many are read next.
pub(crate) fn read_of_head(rest: &[u8]) -> usize {
    match rest {
        [0xC3, lengths @ ..] => 1 + read_of_numbers(lengths),
        _ => rest.len().min(1),
    }
}

/// The same for several numbers in a row.
pub(crate) fn read_of_numbers(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Ok((_, behind)) = length(rest, at) {
        at = behind;
    }
    at + rest.len().saturating_sub(at).min(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_at_once_counts_only_as_a_whole() {
        assert_eq!(read_of_head(b""), 0);
        assert_eq!(read_of_head(b"\x80\0\0"), 1);
        assert_eq!(read_of_head(b"\xc2\x01"), 1);
        assert_eq!(read_of_head(b"\xc3"), 1);
        assert_eq!(read_of_head(b"\xc3\x04\x80\0"), 3);
        assert_eq!(read_of_numbers(b"\x05\x41"), 2);
        assert_eq!(read_of_numbers(b"\x81"), 1);
    }
}
