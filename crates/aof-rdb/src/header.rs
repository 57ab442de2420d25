//! The first nine bytes.

use crate::summary::{DefectKind, Dialect, Header};

/// How many bytes a header has.
pub(crate) const LEN: usize = 9;

/// From this version on a checksum stands behind the end.
const FIRST_WITH_CHECKSUM: u16 = 5;

/// What the first bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// A header, and whether the walk may go on.
    Header(Header, bool),
    /// The beginning of one.
    Short,
    /// Something else, from this byte on.
    Bad(usize),
}

/// Reads the header that `bytes` begin with.
pub(crate) fn read(bytes: &[u8]) -> Start {
    let bytes = &bytes[..LEN.min(bytes.len())];
    let matching = |magic: &[u8]| bytes.iter().zip(magic).take_while(|(a, b)| a == b).count();
    let (redis, valkey) = (matching(b"REDIS"), matching(b"VALKEY"));
    let (magic, digits) = if valkey > 0 { (valkey, 6) } else { (redis, 5) };
    if magic < digits.min(bytes.len()) {
        return Start::Bad(magic);
    }
    let text = bytes.get(digits..).unwrap_or_default();
    if let Some(wrong) = text.iter().position(|byte| !byte.is_ascii_digit()) {
        return Start::Bad(digits + wrong);
    }
    if bytes.len() < LEN {
        return Start::Short;
    }
    let version = text.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
    let is_valkey = digits == 6 || matches!(version, 80 | 81);
    let dialect = if is_valkey { Dialect::Valkey } else { Dialect::Redis };
    let may_go_on = match dialect {
        // The next ones may well consist of types that are known.
        Dialect::Redis => matches!(version, 1..=16),
        Dialect::Valkey => matches!(version, 80 | 81),
    };
    Start::Header(Header { dialect, version }, may_go_on)
}

impl Header {
    /// Whether a checksum stands behind the end.
    pub(crate) fn has_checksum(self) -> bool {
        self.version >= FIRST_WITH_CHECKSUM
    }
}

impl Start {
    /// What is wrong, and with which byte.
    pub(crate) fn fault(self) -> Option<(usize, DefectKind)> {
        match self {
            Self::Bad(at) => Some((at, DefectKind::BadHeader)),
            Self::Header(header, false) => {
                let digits = if header.dialect == Dialect::Valkey { 6 } else { 5 };
                Some((digits, DefectKind::UnknownVersion))
            }
            Self::Header(_, true) | Self::Short => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8]) -> Option<(Dialect, u16, bool)> {
        match read(bytes) {
            Start::Header(header, may_go_on) => Some((header.dialect, header.version, may_go_on)),
            _ => None,
        }
    }

    #[test]
    fn magic_and_version_tell_the_dialect() {
        assert_eq!(header(b"REDIS0001"), Some((Dialect::Redis, 1, true)));
        assert_eq!(header(b"REDIS0016..."), Some((Dialect::Redis, 16, true)));
        assert_eq!(header(b"VALKEY080"), Some((Dialect::Valkey, 80, true)));
        assert_eq!(header(b"REDIS0080"), Some((Dialect::Valkey, 80, true)));
    }

    #[test]
    fn absurd_versions_are_versions_all_the_same() {
        for absurd in [b"REDIS0000", b"REDIS0017", b"REDIS9999", b"VALKEY011", b"VALKEY987"] {
            assert!(matches!(header(absurd), Some((_, _, false))), "{absurd:?}");
        }
    }

    #[test]
    fn what_is_no_header_is_bad_at_its_first_wrong_byte() {
        for (bytes, at) in [
            (&b"\0"[..], 0),
            (b"REDIX0011", 4),
            (b"VALUE", 3),
            (b"REDIS00x1", 7),
            (b"VALKEY 80", 6),
            (b"NEXCACHE0", 0),
            (b"*3\r\n$3\r\nSET", 0),
        ] {
            assert_eq!(read(bytes), Start::Bad(at), "{bytes:?}");
        }
    }

    #[test]
    fn the_beginning_of_a_header_is_short() {
        for whole in [b"REDIS0011", b"VALKEY080"] {
            for cut in 0..LEN {
                assert_eq!(read(&whole[..cut]), Start::Short);
            }
        }
    }
}
