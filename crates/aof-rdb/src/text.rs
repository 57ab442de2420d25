//! The strings that values consist of.

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
    fn bytes_are_themselves() {
        let bytes = Str::Bytes(b"\xffab");
        assert_eq!(bytes.text(&mut itoa::Buffer::new()), b"\xffab");
        assert_eq!((bytes.to_vec(), bytes.len()), (b"\xffab".to_vec(), 3));
        assert!(Str::Bytes(b"").is_empty() && !bytes.is_empty());
    }
}
