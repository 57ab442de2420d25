//! Ziplists: size and place of the last entry in four bytes each, count in two, entries, a mark of the end.
//!
//! An entry says first how long the one before is: in one byte below 254, or 254 and four bytes. Then what it
//! is: `00xxxxxx` a string of so many bytes, `01xxxxxx` one with a length of 14 bits, `10______` one with a
//! length in the next four bytes, 0xC0, 0xD0, 0xE0, 0xF0 and 0xFE a signed number of two, four, eight, three and one
//! bytes, 0xF1 to 0xFD the numbers 0 to 12. The two lengths are big-endian, all else is little-endian
//! (source: `ziplistValidateIntegrity` of Redis 7.4).

use super::{BlobFault, BlobFaultKind, DONE, END, count_at, header_u32, integer, sized, string};
use crate::Str;

/// What stands before the entries.
const HEADER: usize = 10;

/// Where the place of the last entry stands.
const TAIL: usize = 4;

/// Where the count stands.
const COUNT: usize = 8;

/// The byte behind which the length of the entry before has four bytes. Servers let it stand where the entry
/// became shorter.
const LONG: u8 = 254;

/// A ziplist, which gives its entries.
#[derive(Debug, Clone)]
pub struct Ziplist<'a> {
    /// All but the mark of the end.
    bytes: &'a [u8],
    at: usize,
    /// How long the entry before is.
    before: usize,
    seen: usize,
}

impl<'a> Ziplist<'a> {
    /// Takes all of `bytes` as a ziplist.
    ///
    /// # Errors
    ///
    /// If it says that it has another size, or that an entry begins behind it, or has no end.
    pub fn new(bytes: &'a [u8]) -> Result<Self, BlobFault> {
        let entries = sized(bytes, HEADER)?;
        let tail = header_u32(bytes, TAIL);
        if tail as usize > entries.len() {
            return Err(BlobFaultKind::Tail(tail).at(TAIL));
        }
        Ok(Self { bytes: entries, at: HEADER, before: 0, seen: 0 })
    }

    /// How many entries there are, as the ziplist says, which is checked at its end only; `None` if it does
    /// not say.
    #[must_use]
    pub fn announced(&self) -> Option<usize> {
        count_at(self.bytes, COUNT)
    }

    /// Counts an entry of `size` bytes in, and goes on behind it.
    #[inline]
    fn pass(&mut self, text: Str<'a>, size: usize) -> Str<'a> {
        self.at += size;
        self.before = size;
        self.seen += 1;
        text
    }

    /// An entry behind a long one, or what is wrong: nothing, if this is the end.
    fn other(&mut self) -> Option<Result<Str<'a>, BlobFault>> {
        let entry = match self.bytes.get(self.at) {
            None => self.end().map(Err),
            Some(_) => Some(self.entry()),
        };
        if !matches!(entry, Some(Ok(_))) {
            self.at = DONE;
        }
        entry
    }

    fn end(&self) -> Option<BlobFault> {
        let last = self.at - self.before;
        let tail = header_u32(self.bytes, TAIL);
        if self.seen > 0 && tail as usize != last {
            return Some(BlobFaultKind::Tail(tail).at(TAIL));
        }
        let count = self.announced()?;
        (count != self.seen).then(|| BlobFaultKind::Count(count as u32).at(COUNT))
    }

    fn entry(&mut self) -> Result<Str<'a>, BlobFault> {
        let (at, bytes) = (self.at, &self.bytes[self.at..]);
        let (before, rest) = before(bytes).ok_or(BlobFaultKind::Overrun.at(at))?;
        if bytes[0] == END {
            return Err(BlobFaultKind::EarlyEnd.at(at));
        }
        if before != self.before {
            return Err(BlobFaultKind::Length.at(at));
        }
        let head = bytes.len() - rest.len();
        match (content(rest), rest) {
            (Some((text, size)), _) => Ok(self.pass(text, head + size)),
            (None, &[lead, ..]) if !is_encoding(lead) => {
                Err(BlobFaultKind::Encoding(lead).at(at + head))
            }
            (None, _) => Err(BlobFaultKind::Overrun.at(at)),
        }
    }
}

impl<'a> Iterator for Ziplist<'a> {
    type Item = Result<Str<'a>, BlobFault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match *self.bytes.get(self.at..)? {
            [before @ 0..LONG, ref rest @ ..] if usize::from(before) == self.before => {
                let Some((text, size)) = content(rest) else { return self.other() };
                Some(Ok(self.pass(text, size + 1)))
            }
            _ => self.other(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // No entry has fewer than two bytes, and a fault may come last.
        (0, Some(self.bytes.len().checked_sub(self.at).map_or(0, |left| left / 2 + 1)))
    }
}

impl std::iter::FusedIterator for Ziplist<'_> {}

/// How long the entry before is, and the bytes behind that; `None` if not all are there.
fn before(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes {
        [LONG, a, b, c, d, ref rest @ ..] => {
            Some((u32::from_le_bytes([a, b, c, d]) as usize, rest))
        }
        [LONG, ..] => None,
        [short, ref rest @ ..] => Some((short.into(), rest)),
        [] => None,
    }
}

/// What an entry is and how many bytes say so, without those before it; `None` if not all are there, or none is.
#[inline]
fn content(bytes: &[u8]) -> Option<(Str<'_>, usize)> {
    match *bytes {
        [len @ 0..=0x3F, ref rest @ ..] => string(rest, len.into(), 1),
        [upper @ 0x40..=0x7F, lower, ref rest @ ..] => {
            string(rest, u32::from(upper & 0x3F) << 8 | u32::from(lower), 2)
        }
        [0x80..=0xBF, a, b, c, d, ref rest @ ..] => {
            string(rest, u32::from_be_bytes([a, b, c, d]), 5)
        }
        [lead @ 0xF1..=0xFD, ..] => Some((Str::Int((lead - 0xF1).into()), 1)),
        [0xFE, a, ..] => Some((Str::Int(integer([a])), 2)),
        [0xC0, a, b, ..] => Some((Str::Int(integer([a, b])), 3)),
        [0xF0, a, b, c, ..] => Some((Str::Int(integer([a, b, c])), 4)),
        [0xD0, a, b, c, d, ..] => Some((Str::Int(integer([a, b, c, d])), 5)),
        [0xE0, a, b, c, d, e, f, g, h, ..] => {
            Some((Str::Int(integer([a, b, c, d, e, f, g, h])), 9))
        }
        _ => None,
    }
}

/// Whether entries of some kind begin with `lead`.
fn is_encoding(lead: u8) -> bool {
    matches!(lead, 0..=0xC0 | 0xD0 | 0xE0 | 0xF0..=0xFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ziplist of entries that are given with the lengths before them.
    fn ziplist(count: u16, entries: &[&[u8]]) -> Vec<u8> {
        let last = entries.last().map_or(0, |last| last.len());
        let entries = entries.concat();
        let (size, tail) = (entries.len() as u32 + 11, (entries.len() - last) as u32 + 10);
        [&size.to_le_bytes()[..], &tail.to_le_bytes(), &count.to_le_bytes(), &entries, &[END]]
            .concat()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Str<'_>>, BlobFault> {
        Ziplist::new(bytes)?.collect()
    }

    #[test]
    fn every_encoding_is_read() {
        let entries: [&[u8]; 11] = [
            &[0, 0x02, b'a', b'b'],
            &[4, 0x40, 1, b'x'],
            &[4, 0x80, 0, 0, 0, 1, b'y'],
            &[7, 0xBF, 0, 0, 0, 0],
            &[6, 0xC0, 0, 0x80],
            &[4, 0xD0, 255, 255, 255, 255],
            &[6, 0xE0, 0, 0, 0, 0, 0, 0, 0, 0x80],
            &[10, 0xF0, 0, 0, 1],
            &[5, 0xFE, 0x80],
            &[3, 0xF1],
            &[2, 0xFD],
        ];
        let bytes = ziplist(11, &entries);
        let strings = [&b"ab"[..], b"x", b"y", b""].map(Str::Bytes);
        let numbers = [-32768, -1, i64::MIN, 65536, -128, 0, 12].map(Str::Int);
        assert_eq!(read(&bytes), Ok([&strings[..], &numbers].concat()));
    }

    #[test]
    fn a_short_entry_may_be_told_in_the_long_form() {
        let bytes = ziplist(2, &[&[254, 0, 0, 0, 0, 0xF2], &[254, 6, 0, 0, 0, 0xF3]]);
        assert_eq!(read(&bytes), Ok(vec![Str::Int(1), Str::Int(2)]));
        let long = [&[0, 0x41, 0][..], &[b'x'; 256]].concat();
        let bytes = ziplist(2, &[&long, &[254, 3, 1, 0, 0, 0xF3]]);
        assert_eq!(read(&bytes).map(|all| all.len()), Ok(2));
    }

    #[test]
    fn what_is_wrong_is_told_where_it_stands_and_nothing_follows() {
        let fault = |bytes: &[u8]| {
            let mut all = Ziplist::new(bytes).unwrap();
            let fault = all.find_map(Result::err).unwrap();
            assert_eq!(all.next(), None);
            fault
        };
        let good: &[u8] = &[0, 0xF1];
        assert_eq!(fault(&ziplist(2, &[good, &[3, 0xF1]])), BlobFaultKind::Length.at(12));
        assert_eq!(fault(&ziplist(1, &[&[1, 0xF1]])), BlobFaultKind::Length.at(10));
        assert_eq!(fault(&ziplist(2, &[good, &[2, 0xC1]])), BlobFaultKind::Encoding(0xC1).at(13));
        assert_eq!(fault(&ziplist(2, &[good, &[2]])), BlobFaultKind::Overrun.at(12));
        assert_eq!(fault(&ziplist(2, &[good, &[2, 5, 1]])), BlobFaultKind::Overrun.at(12));
        assert_eq!(fault(&ziplist(2, &[good, &[255], good])), BlobFaultKind::EarlyEnd.at(12));
        assert_eq!(fault(&ziplist(3, &[good, &[2, 0xF1]])), BlobFaultKind::Count(3).at(8));
        let mut tail = ziplist(2, &[good, &[2, 0xF1]]);
        tail[4] = 10;
        assert_eq!(fault(&tail), BlobFaultKind::Tail(10).at(4));
    }

    #[test]
    fn a_header_that_is_none_is_told() {
        let empty = ziplist(0, &[]);
        assert_eq!(read(&empty), Ok(vec![]));
        assert_eq!(read(&empty[..10]), Err(BlobFaultKind::Short.at(10)));
        let changed = |at: usize, byte| {
            let mut bytes = empty.clone();
            bytes[at] = byte;
            read(&bytes).unwrap_err()
        };
        assert_eq!(changed(0, 12), BlobFaultKind::Size(12).at(0));
        assert_eq!(changed(4, 11), BlobFaultKind::Tail(11).at(4));
        assert_eq!(changed(10, 0), BlobFaultKind::NoEnd.at(10));
    }
}
