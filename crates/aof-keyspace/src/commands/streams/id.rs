//! Ids of entries in arguments.

use aof_rdb::StreamId;

use crate::arguments::Words;
use crate::fail::Fail;

/// The longest text of an id that servers look at.
const LONGEST: usize = 127;

const NO_ID: Fail = Fail::Invalid("not the id of an entry");

/// The id that an entry is to get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewId {
    /// This one.
    Given(StreamId),
    /// The next one in this millisecond.
    In(u64),
    /// The next one of all.
    Now,
}

/// An id of an entry that is to be added.
pub(super) fn new_id(text: &[u8]) -> Result<NewId, Fail> {
    if text == b"*" {
        return Ok(NewId::Now);
    }
    let parsed = match c_text(text)?.strip_suffix(b"-*") {
        Some(millis) => NewId::In(unsigned(millis).ok_or(NO_ID)?),
        None => NewId::Given(id(text)?),
    };
    if parsed == NewId::Given(StreamId::default()) { Err(NO_ID) } else { Ok(parsed) }
}

/// An id: `ms-seq` or `ms`.
pub(super) fn id(text: &[u8]) -> Result<StreamId, Fail> {
    let text = c_text(text)?;
    let dash = text.iter().position(|byte| *byte == b'-');
    let (millis, seq) = match dash {
        Some(dash) => (&text[..dash], unsigned(&text[dash + 1..])),
        None => (text, Some(0)),
    };
    let (millis, seq) = unsigned(millis).zip(seq).ok_or(NO_ID)?;
    Ok(StreamId { millis, seq })
}

/// An id, or `-` and `+` for the smallest and the largest.
pub(super) fn id_or_end(text: &[u8]) -> Result<StreamId, Fail> {
    match text {
        b"-" => Ok(StreamId::default()),
        b"+" => Ok(StreamId { millis: u64::MAX, seq: u64::MAX }),
        _ => id(text),
    }
}

/// Ids, one an argument.
pub(super) fn ids(words: Words<'_>) -> Result<Vec<StreamId>, Fail> {
    words.iter().map(|word| id(word)).collect()
}

/// What C makes of a text: it ends at a zero byte.
fn c_text(text: &[u8]) -> Result<&[u8], Fail> {
    if text.len() > LONGEST {
        return Err(NO_ID);
    }
    Ok(text.split(|byte| *byte == 0).next().unwrap_or_default())
}

/// A number as servers read it here: what is no canonical integer goes to `strtoull`, which takes blanks and zeros in
/// front, a plus, and a minus that wraps.
fn unsigned(text: &[u8]) -> Option<u64> {
    if let Ok(number) = crate::arguments::integer(text) {
        return u64::try_from(number).ok();
    }
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | 9..=13)).count();
    let (is_negative, digits) = match &text[blanks..] {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(if is_negative { number.wrapping_neg() } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_strtoull_reads_numbers() {
        let read = |text: &[u8]| id(text).ok().map(|id| (id.millis, id.seq));
        assert_eq!(read(b"5"), Some((5, 0)));
        assert_eq!(read(b"01-+2"), Some((1, 2)));
        assert_eq!(read(b"2--01"), Some((2, u64::MAX)));
        assert_eq!(read(b" 7-\t8\0junk"), Some((7, 8)));
        let max = b"18446744073709551615-18446744073709551615";
        assert_eq!(read(max), Some((u64::MAX, u64::MAX)));
        let wrong: [&[u8]; 9] =
            [b"", b"-", b"+", b"1-", b"1--1", b"1-2-3", b"1-*", b"18446744073709551616", b"++1"];
        assert!(wrong.iter().all(|text| read(text).is_none()));
        assert_eq!(read(&[b'0'; 128]), None);
    }
}
