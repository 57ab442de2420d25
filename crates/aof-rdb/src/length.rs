//! Lengths, and what stands before the bytes of a string.
//!
//! The two upper bits of the first byte say how a length is written. 00: six bits in this byte. 01: fourteen
//! bits, the upper ones first. 0x80 and 0x81: four or eight bytes follow, the upper ones first; no other byte
//! with the bits 10 exists. 11: no length at all but an encoding, which only strings may have: an integer of
//! one, two or four bytes, or bytes compressed with LZF (source: `rdbLoadLenByRef` of Redis 7.0).

/// The most bytes that stand before the bytes of a string: an encoding and two lengths.
#[cfg(test)]
const LONGEST: usize = 1 + 9 + 9;

/// Why there is nothing to read at a place. Places count from the start of the slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The slice ends too early.
    Short,
    /// No length or encoding begins with the byte that stands there.
    Bad(usize),
}

/// How a string is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    #[default]
    Plain,
    /// As a number, of which it is the decimal digits.
    Integer(i32),
    /// Compressed.
    Lzf,
}

/// A string, as far as it can be told without looking at its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text {
    /// How it is written.
    pub(crate) form: Form,
    /// Where its bytes begin.
    pub(crate) body: usize,
    /// How many bytes there are.
    pub(crate) len: u64,
    /// How many bytes they come to, if they are compressed.
    pub(crate) unpacked: u64,
}

/// The length that stands at `at`, and the place behind it.
#[inline]
pub(crate) fn length(bytes: &[u8], at: usize) -> Result<(u64, usize), Fault> {
    let first = byte(bytes, at)?;
    match first >> 6 {
        0 => Ok((first.into(), at + 1)),
        1 => Ok((u64::from(first & 0x3f) << 8 | u64::from(byte(bytes, at + 1)?), at + 2)),
        _ => wide(bytes, at),
    }
}

#[cold]
fn wide(bytes: &[u8], at: usize) -> Result<(u64, usize), Fault> {
    match bytes[at] {
        0x80 => Ok((u32::from_be_bytes(array(bytes, at + 1)?).into(), at + 5)),
        0x81 => Ok((u64::from_be_bytes(array(bytes, at + 1)?), at + 9)),
        _ => Err(Fault::Bad(at)),
    }
}

/// The string that begins at `at`. Its bytes need not be in the slice.
#[inline]
pub(crate) fn text(bytes: &[u8], at: usize) -> Result<Text, Fault> {
    if byte(bytes, at)? >= 0xC0 {
        return encoded(bytes, at);
    }
    let (len, body) = length(bytes, at)?;
    Ok(Text { form: Form::Plain, body, len, unpacked: 0 })
}

fn encoded(bytes: &[u8], at: usize) -> Result<Text, Fault> {
    let integer = |value, body| Ok(Text { form: Form::Integer(value), body, len: 0, unpacked: 0 });
    match bytes[at] & 0x3f {
        0 => integer(i8::from_le_bytes(array(bytes, at + 1)?).into(), at + 2),
        1 => integer(i16::from_le_bytes(array(bytes, at + 1)?).into(), at + 3),
        2 => integer(i32::from_le_bytes(array(bytes, at + 1)?), at + 5),
        3 => {
            let (len, behind) = length(bytes, at + 1)?;
            let (unpacked, body) = length(bytes, behind)?;
            Ok(Text { form: Form::Lzf, body, len, unpacked })
        }
        _ => Err(Fault::Bad(at)),
    }
}

/// The place behind the string at `at`, if all of it is in the slice.
#[inline]
pub(crate) fn whole_text(bytes: &[u8], at: usize) -> Option<usize> {
    let first = *bytes.get(at)?;
    if first < 0x40 {
        // Most strings are short, and most of the time goes here.
        let behind = at + 1 + usize::from(first);
        return (behind <= bytes.len()).then_some(behind);
    }
    whole_long_text(bytes, at)
}

fn whole_long_text(bytes: &[u8], at: usize) -> Option<usize> {
    let Text { body, len, .. } = text(bytes, at).ok()?;
    let left = (bytes.len() - body) as u64;
    (len <= left).then(|| body + len as usize)
}

/// The byte at `at`.
#[inline]
pub(crate) fn byte(bytes: &[u8], at: usize) -> Result<u8, Fault> {
    bytes.get(at).copied().ok_or(Fault::Short)
}

/// The bytes from `at` on.
#[inline]
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Fault> {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().ok_or(Fault::Short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(u64, usize), Fault> {
        length(bytes, 0)
    }

    #[test]
    fn lengths_are_read_in_all_four_forms() {
        assert_eq!(read(&[0x3f]), Ok((63, 1)));
        assert_eq!(read(&[0x41, 0x02]), Ok((0x102, 2)));
        assert_eq!(read(&[0x80, 1, 2, 3, 4]), Ok((0x0102_0304, 5)));
        assert_eq!(read(&[0x81, 255, 255, 255, 255, 255, 255, 255, 255]), Ok((u64::MAX, 9)));
    }

    #[test]
    fn a_length_that_is_cut_anywhere_is_short() {
        for whole in [&[0x00_u8][..], &[0x40, 1], &[0x80, 0, 0, 0, 1], &[0x81; 9]] {
            for cut in 0..whole.len() {
                assert_eq!(read(&whole[..cut]), Err(Fault::Short), "{cut} of {whole:x?}");
            }
        }
    }

    #[test]
    fn no_other_first_byte_is_a_length() {
        for first in 0x82..=0xff {
            assert_eq!(length(&[0, first, 0, 0, 0, 0, 0, 0, 0, 0], 1), Err(Fault::Bad(1)));
        }
    }

    #[test]
    fn strings_are_plain_or_numbers_or_compressed() {
        let plain = Text { form: Form::Plain, body: 1, len: 2, unpacked: 0 };
        assert_eq!(text(b"\x02ab", 0), Ok(plain));
        let integer =
            |value, body| Ok(Text { form: Form::Integer(value), body, len: 0, unpacked: 0 });
        assert_eq!(text(&[0xC0, 0x85], 0), integer(-123, 2));
        assert_eq!(text(&[0xC1, 0x39, 0x30], 0), integer(12345, 3));
        assert_eq!(text(&[0xC2, 0, 0, 0, 0x80], 0), integer(i32::MIN, 5));
        let lzf = Text { form: Form::Lzf, body: 4, len: 9, unpacked: 0x100 };
        assert_eq!(text(&[0xC3, 9, 0x41, 0], 0), Ok(lzf));
        let mut longest = vec![0x81; LONGEST];
        longest[0] = 0xC3;
        assert!(matches!(text(&longest, 0), Ok(Text { body: LONGEST, .. })));
        longest.pop();
        assert_eq!(text(&longest, 0), Err(Fault::Short));
    }

    #[test]
    fn encodings_that_do_not_exist_are_bad_where_they_stand() {
        for first in 0xC4..=0xff {
            assert_eq!(text(&[first; 20], 0), Err(Fault::Bad(0)));
        }
        assert_eq!(text(&[0xC3, 0xC0, 1, 1], 0), Err(Fault::Bad(1)), "a length within");
    }

    #[test]
    fn a_string_is_whole_only_if_all_its_bytes_are_there() {
        assert_eq!(whole_text(b"\x02ab", 0), Some(3));
        assert_eq!(whole_text(b"\x02a", 0), None);
        assert_eq!(whole_text(&[0xC0, 1], 0), Some(2));
        assert_eq!(whole_text(&[0x81, 255, 255, 255, 255, 255, 255, 255, 255, 0], 0), None);
    }
}
