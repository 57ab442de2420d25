//! Zipmaps, which servers before 2.6 kept small hashes in: count in one byte, entries, a mark of the end.
//!
//! An entry is a field and a value: the length of the field, the field, the length of the value, how many bytes
//! behind the value are free, the value, the free bytes. A length is one byte below 254, or 254 and four bytes,
//! the lower ones first. A count of 254 says that there are at least so many (source: `zipmapValidateIntegrity` of
//! Redis 7.4).

use super::{BlobFault, BlobFaultKind, DONE, END, array, before_end, slice};
use crate::Str;

/// From this byte on a length stands in the next four.
const LONG: u8 = 254;

/// The count that stands for any that is not smaller.
const MANY: u8 = 254;

/// A zipmap, which gives each field and then its value.
#[derive(Debug, Clone)]
pub struct Zipmap<'a> {
    /// All but the mark of the end.
    bytes: &'a [u8],
    at: usize,
    /// Fields and values.
    seen: usize,
}

impl<'a> Zipmap<'a> {
    /// Takes all of `bytes` as a zipmap.
    ///
    /// # Errors
    ///
    /// If it has no end.
    pub fn new(bytes: &'a [u8]) -> Result<Self, BlobFault> {
        Ok(Self { bytes: before_end(bytes, 1)?, at: 1, seen: 0 })
    }

    /// How many fields and values there are, as the zipmap says, which is checked at its end only; `None` if it
    /// does not say.
    #[must_use]
    pub fn announced(&self) -> Option<usize> {
        let count = self.bytes[0];
        (count < MANY).then_some(2 * usize::from(count))
    }

    /// What comes where a field may begin.
    fn field_or_end(&mut self) -> Option<Result<Str<'a>, BlobFault>> {
        match self.bytes.get(self.at) {
            None => self.end().map(Err),
            Some(&END) => Some(Err(BlobFaultKind::EarlyEnd.at(self.at))),
            Some(_) => Some(self.field()),
        }
    }

    fn end(&mut self) -> Option<BlobFault> {
        self.at = DONE;
        if self.seen == 0 {
            return Some(BlobFaultKind::Empty.at(0));
        }
        let count = self.announced()?;
        (count != self.seen).then(|| BlobFaultKind::Count(count as u32 / 2).at(0))
    }

    fn field(&mut self) -> Result<Str<'a>, BlobFault> {
        let (len, head) = self.length()?;
        let field = slice(self.bytes, head, len, self.at)?;
        self.at = head + len;
        Ok(Str::Bytes(field))
    }

    fn value(&mut self) -> Result<Str<'a>, BlobFault> {
        let (len, head) = self.length()?;
        let [free] = array(self.bytes, head, self.at)?;
        let value = slice(self.bytes, head + 1, len, self.at)?;
        slice(self.bytes, head + 1 + len, free.into(), self.at)?;
        self.at = head + 1 + len + usize::from(free);
        Ok(Str::Bytes(value))
    }

    /// The length at the place, and the place behind it.
    fn length(&self) -> Result<(usize, usize), BlobFault> {
        let at = self.at;
        match array(self.bytes, at, at)? {
            [short @ 0..LONG] => Ok((short.into(), at + 1)),
            _ => Ok((u32::from_le_bytes(array(self.bytes, at + 1, at)?) as usize, at + 5)),
        }
    }
}

impl<'a> Iterator for Zipmap<'a> {
    type Item = Result<Str<'a>, BlobFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at == DONE {
            return None;
        }
        let text = match self.seen % 2 {
            0 => self.field_or_end()?,
            _ => self.value(),
        };
        match text {
            Ok(_) => self.seen += 1,
            Err(_) => self.at = DONE,
        }
        Some(text)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // No string has fewer than one byte with its length, and a fault may come last.
        (0, Some(self.bytes.len().checked_sub(self.at).map_or(0, |left| left + 1)))
    }
}

impl std::iter::FusedIterator for Zipmap<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<&[u8]>, BlobFault> {
        let text = |text| match text {
            Ok(Str::Bytes(bytes)) => Ok(bytes),
            Ok(other) => panic!("{other:?}"),
            Err(fault) => Err(fault),
        };
        Zipmap::new(bytes)?.map(text).collect()
    }

    #[test]
    fn fields_and_values_are_read_and_what_is_free_is_not() {
        let bytes = b"\x02\x03foo\x03\x00bar\x05hello\x05\x02world??\xff";
        assert_eq!(read(bytes), Ok(vec![&b"foo"[..], b"bar", b"hello", b"world"]));
        assert_eq!(Zipmap::new(bytes).unwrap().announced(), Some(4));
        let long = b"\x01\xfe\x01\0\0\0k\xff\x02\0\0\0\x00vv\xff";
        assert_eq!(read(long), Ok(vec![&b"k"[..], b"vv"]), "lengths in the long form");
    }

    #[test]
    fn many_entries_are_not_counted() {
        let bytes = [&[MANY][..], &b"\x01k\x01\x00v".repeat(300), &[END]].concat();
        assert_eq!(Zipmap::new(&bytes).unwrap().announced(), None);
        assert_eq!(read(&bytes).map(|all| all.len()), Ok(600));
    }

    #[test]
    fn what_is_wrong_is_told_where_it_stands_and_nothing_follows() {
        let fault = |bytes: &[u8]| {
            let mut all = Zipmap::new(bytes).unwrap();
            let fault = all.find_map(Result::err).unwrap();
            assert_eq!(all.next(), None);
            fault
        };
        assert_eq!(fault(b"\x02\x01k\x01\x00v\xff"), BlobFaultKind::Count(2).at(0));
        assert_eq!(fault(b"\x00\xff"), BlobFaultKind::Empty.at(0));
        assert_eq!(fault(b"\x01\x01k\x01\x00v\xff\xff"), BlobFaultKind::EarlyEnd.at(6));
        assert_eq!(fault(b"\x01\x01k\xff"), BlobFaultKind::Overrun.at(3), "no value");
        assert_eq!(fault(b"\x01\x02k\xff"), BlobFaultKind::Overrun.at(1));
        assert_eq!(fault(b"\x01\x01k\x01\xff"), BlobFaultKind::Overrun.at(3));
        assert_eq!(fault(b"\x01\x01k\x01\x01v\xff"), BlobFaultKind::Overrun.at(3), "no free byte");
        assert_eq!(fault(b"\x01\xfe\xff\xff\xff\xff\xff"), BlobFaultKind::Overrun.at(1));
    }

    #[test]
    fn what_has_no_end_is_told() {
        assert_eq!(read(b"\xff"), Err(BlobFaultKind::Short.at(1)));
        assert_eq!(read(b"\x01\x01k"), Err(BlobFaultKind::NoEnd.at(2)));
    }
}
