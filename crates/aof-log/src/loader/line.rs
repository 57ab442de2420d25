//! Header lines as C's library reads them: `fgets`, then `atoi` or `strtol`.

/// A header line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Its first byte.
    pub(super) marker: u8,
    /// Whether nothing stands behind the marker, or a NUL byte, which ends a text in C.
    pub(super) is_bare: bool,
    /// What `strtol` makes of the text behind the marker.
    pub(super) number: i64,
    /// Its bytes, line end included.
    pub(super) length: usize,
    /// Whether it is the end of the file that ended it: then C knows that the file has ended.
    pub(super) meets_end: bool,
}

impl Line {
    /// Reads what `fgets` with a buffer of `limit` + 1 bytes takes from the beginning of `bytes`; nothing at the
    /// end of the file. Fewer than `limit` bytes are all that is left of it.
    pub(super) fn read(bytes: &[u8], limit: usize) -> Option<Self> {
        let bytes = &bytes[..bytes.len().min(limit)];
        let end = memchr::memchr(b'\n', bytes);
        let length = end.map_or(bytes.len(), |end| end + 1);
        let meets_end = end.is_none() && length < limit;
        let (marker, text) = bytes[..length].split_first()?;
        let is_bare = text.first().is_none_or(|byte| *byte == 0);
        Some(Self { marker: *marker, is_bare, number: strtol(text), length, meets_end })
    }

    /// What `atoi` makes of the text: the number cut down to 32 bits.
    pub(super) const fn argc(self) -> i32 {
        self.number as i32
    }
}

/// C's `strtol` with base 10: blanks, a sign, digits; what follows is passed over, too large is the largest.
fn strtol(text: &[u8]) -> i64 {
    let is_blank = |byte: &&u8| matches!(**byte, b' ' | b'\t'..=b'\r');
    let text = &text[text.iter().take_while(is_blank).count()..];
    let (is_negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0i64, |number, digit| {
        let digit = i64::from(digit - b'0');
        let signed = if is_negative { -digit } else { digit };
        number.saturating_mul(10).saturating_add(signed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (text, number) in [
            (&b"12\r\n"[..], 12),
            (b"\x0b +03abc", 3),
            (b"-7\n", -7),
            (b"", 0),
            (b"- 7", 0),
            (b"x", 0),
            (b"99999999999999999999999", i64::MAX),
            (b"-99999999999999999999999", i64::MIN),
        ] {
            assert_eq!(strtol(text), number, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_count_of_arguments_loses_its_upper_half() {
        let argc = |line: &[u8]| Line::read(line, 1023).map(Line::argc);
        assert_eq!(argc(b"*4294967298\r\n"), Some(2));
        assert_eq!(argc(b"*99999999999999999999999\r\n"), Some(-1));
    }

    #[test]
    fn a_line_ends_with_its_line_feed_the_file_or_the_buffer() {
        let length = |bytes: &[u8], limit| Line::read(bytes, limit).map(|line| line.length);
        assert_eq!(length(b"*1\r\n$1\r\n", 1023), Some(4));
        assert_eq!(length(b"*1", 1023), Some(2));
        assert_eq!(length(b"*1              \n", 5), Some(5));
        assert_eq!(length(b"", 5), None);
    }

    #[test]
    fn the_end_of_the_file_is_seen_by_who_reads_beyond_it() {
        let meets_end =
            |bytes: &[u8], limit| Line::read(bytes, limit).is_some_and(|line| line.meets_end);
        assert!(meets_end(b"*", 5) && meets_end(b"*123", 5));
        assert!(!meets_end(b"*1234", 5) && !meets_end(b"*12\n", 5));
    }

    #[test]
    fn a_nul_byte_ends_the_text() {
        let bare = |bytes: &[u8]| Line::read(bytes, 1023).is_some_and(|line| line.is_bare);
        assert!(bare(b"*") && bare(b"*\0\0\n") && !bare(b"*\n") && !bare(b"*1"));
    }
}
