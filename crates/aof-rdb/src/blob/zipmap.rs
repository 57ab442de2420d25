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
        (count != MANY).then_some(2 * usize::from(count))
    }

    /// What is wrong behind the last value.
    fn end(&self) -> Option<BlobFault> {
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
        let is_field = self.seen.is_multiple_of(2);
        let text = match self.bytes.get(self.at..)? {
            [] if is_field => {
                let fault = self.end();
                self.at = DONE;
                return fault.map(Err);
            }
            [END, ..] if is_field => Err(BlobFaultKind::EarlyEnd.at(self.at)),
            _ if is_field => self.field(),
            _ => self.value(),
        };
        match text {
            Ok(_) => self.seen += 1,
            Err(_) => self.at = DONE,
        }
        Some(text)
    }
}

impl std::iter::FusedIterator for Zipmap<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Vec<u8>>, BlobFault> {
        Zipmap::new(bytes)?.map(|text| text.map(Str::to_vec)).collect()
    }

    #[test]
    fn fields_and_values_come_in_turn() {
        let small = b"\x02\x02f1\x02\x00v1\x02f2\x01\x03v...\xff";
        assert_eq!(read(small), Ok(["f1", "v1", "f2", "v"].map(Into::into).to_vec()));
        let long = [b"\xfe\x01f\xfe\x2c\x01\0\0\0", &[b'x'; 300][..], b"\xff"].concat();
        assert_eq!(read(&long).unwrap()[1].len(), 300);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let kind = |bytes: &[u8]| read(bytes).unwrap_err().kind;
        assert_eq!(kind(b"\x02\x01f\x01\x00v\xff"), BlobFaultKind::Count(2));
        assert_eq!(kind(b"\x00\xff"), BlobFaultKind::Empty);
        assert_eq!(kind(b"\x01\x01f\xff"), BlobFaultKind::Overrun);
        assert_eq!(kind(b"\x01\x01f\x01\x09v\xff"), BlobFaultKind::Overrun);
        assert_eq!(kind(b"\x01\xff\x01f\x01\x00v\xff"), BlobFaultKind::EarlyEnd);
        assert_eq!(kind(b"\x01"), BlobFaultKind::Short);
    }

    #[test]
    fn no_cut_is_taken_for_whole() {
        let whole = b"\x01\x01f\x03\x01abc.\xff";
        for cut in 0..whole.len() - 1 {
            assert!(read(&whole[..cut]).is_err(), "cut at {cut}");
            assert!(read(&[&whole[..cut], b"\xff"].concat()).is_err(), "closed at {cut}");
        }
    }
}
