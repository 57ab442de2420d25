//! Sets of integers: how many bytes each has, how many there are, and the integers in their order.
//!
//! All numbers are little-endian, the two of the header with 32 bits (source: `intsetValidateIntegrity` of
//! Redis 7.4).

use super::{BlobFault, BlobFaultKind, DONE, header_u32, integer};
use crate::Str;

/// What stands before the integers.
const HEADER: usize = 8;

/// An intset, which gives its integers.
#[derive(Debug, Clone)]
pub struct Intset<'a> {
    bytes: &'a [u8],
    at: usize,
    width: u8,
    last: i64,
}

impl<'a> Intset<'a> {
    /// Takes all of `bytes` as an intset.
    ///
    /// # Errors
    ///
    /// If the width is none, or the size is not the one of so many integers, or there are none.
    pub fn new(bytes: &'a [u8]) -> Result<Self, BlobFault> {
        if bytes.len() < HEADER {
            return Err(BlobFaultKind::Short.at(bytes.len()));
        }
        let width = match header_u32(bytes, 0) {
            width @ (2 | 4 | 8) => width as u8,
            other => return Err(BlobFaultKind::Width(other).at(0)),
        };
        let count = header_u32(bytes, 4);
        let size = HEADER as u64 + u64::from(count) * u64::from(width);
        if size != bytes.len() as u64 {
            return Err(BlobFaultKind::Size(size).at(4));
        }
        if count == 0 {
            return Err(BlobFaultKind::Empty.at(4));
        }
        Ok(Self { bytes, at: HEADER, width, last: i64::MIN })
    }

    /// How many integers there are.
    #[must_use]
    pub fn announced(&self) -> Option<usize> {
        Some((self.bytes.len() - HEADER) / usize::from(self.width))
    }
}

impl<'a> Iterator for Intset<'a> {
    type Item = Result<Str<'a>, BlobFault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..)?;
        let value = match self.width {
            2 => integer(*rest.first_chunk::<2>()?),
            4 => integer(*rest.first_chunk::<4>()?),
            _ => integer(*rest.first_chunk::<8>()?),
        };
        let at = self.at;
        if value <= self.last && at != HEADER {
            self.at = DONE;
            return Some(Err(BlobFaultKind::Order.at(at)));
        }
        self.at += usize::from(self.width);
        self.last = value;
        Some(Ok(Str::Int(value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.bytes.len().saturating_sub(self.at) / usize::from(self.width)))
    }
}

impl std::iter::FusedIterator for Intset<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<i64>, BlobFault> {
        let number = |number| match number {
            Ok(Str::Int(value)) => Ok(value),
            Ok(other) => panic!("{other:?}"),
            Err(fault) => Err(fault),
        };
        Intset::new(bytes)?.map(number).collect()
    }

    #[test]
    fn integers_of_each_width_are_read() {
        assert_eq!(read(&[2, 0, 0, 0, 2, 0, 0, 0, 0, 0x80, 7, 0]), Ok(vec![-32768, 7]));
        assert_eq!(read(&[4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0]), Ok(vec![65536]));
        let wide = [&[8, 0, 0, 0, 1, 0, 0, 0][..], &i64::MIN.to_le_bytes()].concat();
        assert_eq!(read(&wide), Ok(vec![i64::MIN]));
    }

    #[test]
    fn what_is_not_ascending_is_told_where_it_stands_and_nothing_follows() {
        let bytes = [2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 1, 0, 2, 0];
        assert_eq!(read(&bytes), Err(BlobFaultKind::Order.at(10)));
        let mut intset = Intset::new(&bytes).unwrap();
        assert_eq!(intset.announced(), Some(3));
        assert_eq!(intset.by_ref().count(), 2);
        assert_eq!(intset.next(), None);
    }

    #[test]
    fn a_header_that_is_none_is_told() {
        assert_eq!(read(&[2, 0, 0]), Err(BlobFaultKind::Short.at(3)));
        assert_eq!(read(&[3, 0, 0, 0, 0, 0, 0, 0]), Err(BlobFaultKind::Width(3).at(0)));
        assert_eq!(read(&[2, 0, 0, 0, 1, 0, 0, 0]), Err(BlobFaultKind::Size(10).at(4)));
        assert_eq!(read(&[2, 0, 0, 0, 0, 0, 0, 0]), Err(BlobFaultKind::Empty.at(4)));
        let huge = [8, 0, 0, 0, 255, 255, 255, 255];
        assert_eq!(read(&huge), Err(BlobFaultKind::Size(8 + 8 * u64::from(u32::MAX)).at(4)));
    }
}
