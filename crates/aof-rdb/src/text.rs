//! The strings that values consist of.

/// No number of 64 bits has more.
const MOST_DIGITS: usize = 19;

/// A string of a value: its bytes, or an integer that it is the decimal digits of.
///
/// Servers write a string as an integer only where the digits give back every byte of it, so both say the
/// same. Two are equal only if they are also written the same way: compare what [`Str::text`] gives to compare
/// strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Str<'a> {
    /// The bytes as they are.
    Bytes(&'a [u8]),
    /// The number that the string is written as.
    Int(i64),
}

impl<'a> Str<'a> {
    /// The bytes of the string; those of a number are put into `digits`.
    #[inline]
    pub fn text<'b>(self, digits: &'b mut itoa::Buffer) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Int(value) => digits.format(value).as_bytes(),
        }
    }

    /// The number that is written as these bytes, digit by digit, as servers write it; there is none for `+1`, `01` and
    /// `-0`.
    ///
    /// ```
    /// use aof_rdb::Str;
    ///
    /// assert_eq!(Str::number(b"-120"), Some(-120));
    /// assert_eq!(Str::number(b"012"), None);
    /// ```
    #[must_use]
    pub fn number(bytes: &[u8]) -> Option<i64> {
        let (is_negative, digits) = match bytes {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        match digits {
            [b'0'] if !is_negative => return Some(0),
            [b'1'..=b'9', ..] if digits.len() <= MOST_DIGITS => {}
            _ => return None,
        }
        let number = digits.iter().try_fold(0_u64, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0'))
        })?;
        if is_negative { 0_i64.checked_sub_unsigned(number) } else { number.try_into().ok() }
    }

    /// How many bytes the string has.
    #[inline]
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Int(value) => {
                let digits = value.unsigned_abs().checked_ilog10().map_or(1, |power| power + 1);
                usize::from(value < 0) + digits as usize
            }
        }
    }

    /// Whether it has none. A number has at least one digit.
    #[inline]
    #[must_use]
    pub fn is_empty(self) -> bool {
        matches!(self, Self::Bytes([]))
    }

    /// The bytes of the string, for longer than what it was read from.
    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        self.text(&mut itoa::Buffer::new()).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_string_of_its_digits() {
        for value in [0, 1, 9, 10, 99, 100, -1, -9, -10, i64::MAX, i64::MIN, 999_999, 1_000_000] {
            let (digits, number) = (value.to_string(), Str::Int(value));
            assert_eq!(number.text(&mut itoa::Buffer::new()), digits.as_bytes());
            assert_eq!(
                (number.to_vec(), number.len()),
                (digits.clone().into_bytes(), digits.len())
            );
            assert!(!number.is_empty());
        }
    }

    #[test]
    fn only_digits_that_a_number_gives_back_are_a_number() {
        let limits = ["9223372036854775807", "-9223372036854775808", "0", "7", "-1", "1000"];
        for text in limits {
            assert_eq!(Str::number(text.as_bytes()), Some(text.parse().unwrap()));
        }
        let others = ["", "-", "-0", "00", "01", "+1", " 1", "1 ", "1x", "x1", "0x10", "--1", "1-"];
        let too_large = ["9223372036854775808", "-9223372036854775809", "10000000000000000000"];
        for text in others.into_iter().chain(too_large) {
            assert_eq!(Str::number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn bytes_are_themselves() {
        let bytes = Str::Bytes(b"\xffab");
        assert_eq!(bytes.text(&mut itoa::Buffer::new()), b"\xffab");
        assert_eq!((bytes.to_vec(), bytes.len()), (b"\xffab".to_vec(), 3));
        assert!(Str::Bytes(b"").is_empty() && !bytes.is_empty());
    }
}
