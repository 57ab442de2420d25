//! Zipmaps, which servers before 2.6 kept small hashes in: count in one byte, entries, a mark of the end.
//!
//! An entry is a field and a value: the length of the field, the field, the length of the value, how many bytes
//! behind the value are free, the value, the free bytes. A length is one byte below 254, or 254 and four bytes,
//! the lower ones first. A count of 254 says nothing. One of 255 said nothing either (source: `zipmapLen` of Redis
//! 3.0), but servers from 6.2 on refuse a file where it is not the number of entries, and no server wrote it.
//!
//! `zipmapValidateIntegrity` of Redis 7.4 overlooks two things that are faults here. Bytes behind the mark of the end
//! are not read. A length that has five bytes and needs one is, but as one that has one. No server wrote any of this.

use super::{BlobFault, BlobFaultKind, DONE, END, before_end, string};
use crate::Str;

/// From this byte on a length stands in the next four.
const LONG: u8 = 254;

/// The count that stands for any number.
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

    /// What is wrong where nothing is read: nothing, if this is the end.
    fn end(&self) -> Option<BlobFault> {
        let is_field = self.seen.is_multiple_of(2);
        match self.bytes.get(self.at) {
            Some(&END) if is_field => Some(BlobFaultKind::EarlyEnd.at(self.at)),
            None if is_field && self.seen == 0 => Some(BlobFaultKind::Empty.at(0)),
            None if is_field => {
                let count = self.announced()?;
                (count != self.seen).then(|| BlobFaultKind::Count(count as u32 / 2).at(0))
            }
            _ => Some(self.fault_of_string().at(self.at)),
        }
    }

    /// Why no field or value can be read.
    fn fault_of_string(&self) -> BlobFaultKind {
        let rest = &self.bytes[self.at..];
        match *rest {
            [lead @ LONG..=u8::MAX, _, _, _, _, ..] if length(rest).is_none() => {
                BlobFaultKind::Encoding(lead)
            }
            _ => BlobFaultKind::Overrun,
        }
    }
}

impl<'a> Iterator for Zipmap<'a> {
    type Item = Result<Str<'a>, BlobFault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..)?;
        let found = if self.seen.is_multiple_of(2) { field(rest) } else { value(rest) };
        if let Some((text, size)) = found {
            self.at += size;
            self.seen += 1;
            return Some(Ok(text));
        }
        let fault = self.end();
        self.at = DONE;
        fault.map(Err)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // No string has fewer than one byte with its length, and a fault may come last.
        (0, Some(self.bytes.len().checked_sub(self.at).map_or(0, |left| left + 1)))
    }
}

impl std::iter::FusedIterator for Zipmap<'_> {}

/// The field that `bytes` begin with, and its size; `None` if there is none, or not all of it.
#[inline]
fn field(bytes: &[u8]) -> Option<(Str<'_>, usize)> {
    if bytes.first() == Some(&END) {
        return None;
    }
    let (len, head) = length(bytes)?;
    string(&bytes[head..], len, head)
}

/// As [`field`], of a value with what is free behind it. The mark of the end is none here, as for servers.
#[inline]
fn value(bytes: &[u8]) -> Option<(Str<'_>, usize)> {
    let (len, head) = length(bytes)?;
    let (&free, rest) = bytes[head..].split_first()?;
    let (text, size) = string(rest, len, head + 1)?;
    let size = size + usize::from(free);
    (size <= bytes.len()).then_some((text, size))
}

/// The length that `bytes` begin with, and how many bytes it has; `None` if there are fewer, or it needs fewer.
#[inline]
fn length(bytes: &[u8]) -> Option<(u32, usize)> {
    match *bytes {
        [short @ 0..LONG, ..] => Some((short.into(), 1)),
        [_, a, b, c, d, ..] => {
            let len = u32::from_le_bytes([a, b, c, d]);
            (len >= LONG.into()).then_some((len, 5))
        }
        _ => None,
    }
}

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
        let long = [
            &b"\x01\xfe\xfe\0\0\0"[..],
            &[b'k'; 254],
            b"\xff\xff\0\0\0\x00",
            &[b'v'; 255],
            b"\xff",
        ];
        assert_eq!(read(&long.concat()).map(|all| all.len()), Ok(2), "lengths in the long form");
    }

    #[test]
    fn many_entries_are_not_counted() {
        let bytes = [&[MANY][..], &b"\x01k\x01\x00v".repeat(300), &[END]].concat();
        assert_eq!(Zipmap::new(&bytes).unwrap().announced(), None);
        assert_eq!(read(&bytes).map(|all| all.len()), Ok(600));
    }

    #[test]
    fn a_count_of_255_is_one_as_for_servers_that_load_a_file() {
        let bytes = |count| [&[255][..], &b"\x01k\x01\x00v".repeat(count), &[END]].concat();
        assert_eq!(read(&bytes(2)), Err(BlobFaultKind::Count(255).at(0)));
        assert_eq!(read(&bytes(255)).map(|all| all.len()), Ok(510));
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
        let short_in_long_form = b"\x01\x01k\xfe\x01\0\0\0\x00v\xff";
        assert_eq!(fault(short_in_long_form), BlobFaultKind::Encoding(254).at(3));
        assert_eq!(fault(b"\x01\xfe\xff\xff\xff\xff\xff"), BlobFaultKind::Overrun.at(1));
    }

    #[test]
    fn what_has_no_end_is_told() {
        assert_eq!(read(b"\xff"), Err(BlobFaultKind::Short.at(1)));
        assert_eq!(read(b"\x01\x01k"), Err(BlobFaultKind::NoEnd.at(2)));
    }
}
