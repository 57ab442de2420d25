//! Listpacks: size in four bytes, count in two, entries, a mark of the end.
//!
//! An entry says first what it is: `0xxxxxxx` a number of seven bits, `10xxxxxx` a string of so many bytes,
//! `110xxxxx` a signed number of 13 bits, `1110xxxx` a string with a length of 12 bits, 0xF0 one with a length of
//! 32 bits, 0xF1 to 0xF4 a signed number of two, three, four or eight bytes. Behind it stands how long all
//! that is, to be read from behind: seven bits in each byte, and the upper bit set where more belong to it.
//! Lengths of 12 and 13 bits are big-endian, all else is little-endian (source: `lpValidateIntegrity` of Redis 7.4).

use super::{BlobFault, BlobFaultKind, DONE, END, count_at, integer, sized, string};
use crate::Str;

/// What stands before the entries.
const HEADER: usize = 6;

/// Where the count stands.
const COUNT: usize = 4;

/// A listpack, which gives its entries.
#[derive(Debug, Clone)]
pub struct Listpack<'a> {
    /// All but the mark of the end.
    bytes: &'a [u8],
    at: usize,
    seen: usize,
}

impl<'a> Listpack<'a> {
    /// Takes all of `bytes` as a listpack.
    ///
    /// # Errors
    ///
    /// If it says that it has another size, or has no end.
    pub fn new(bytes: &'a [u8]) -> Result<Self, BlobFault> {
        let entries = sized(bytes, HEADER)?;
        Ok(Self { bytes: entries, at: HEADER, seen: 0 })
    }

    /// How many entries there are, as the listpack says, which is checked at its end only; `None` if it does
    /// not say.
    #[must_use]
    pub fn announced(&self) -> Option<usize> {
        count_at(self.bytes, COUNT)
    }

    /// Counts an entry in, and goes on behind it.
    #[inline]
    fn pass(&mut self, text: Str<'a>, size: usize) -> Str<'a> {
        self.at += size;
        self.seen += 1;
        text
    }

    /// An entry that is long, or of which the length is written as no server does.
    fn long(&mut self, text: Str<'a>, size: usize) -> Result<Str<'a>, BlobFault> {
        match width_behind(self.bytes, self.at, size) {
            Ok(width) => Ok(self.pass(text, size + width)),
            Err(fault) => {
                self.at = DONE;
                Err(fault)
            }
        }
    }

    /// What is wrong where no entry is: nothing, if all of them were there.
    #[cold]
    fn end(&mut self) -> Option<BlobFault> {
        let at = std::mem::replace(&mut self.at, DONE);
        let kind = match self.bytes.get(at) {
            Some(&END) => BlobFaultKind::EarlyEnd,
            Some(&lead @ 0xF5..) => BlobFaultKind::Encoding(lead),
            Some(_) => BlobFaultKind::Overrun,
            None => {
                let count = self.announced()?;
                return (count != self.seen).then(|| BlobFaultKind::Count(count as u32).at(COUNT));
            }
        };
        Some(kind.at(at))
    }
}

impl<'a> Iterator for Listpack<'a> {
    type Item = Result<Str<'a>, BlobFault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..)?;
        let Some((text, size)) = content(rest) else { return self.end().map(Err) };
        match rest.get(size) {
            Some(&said) if size <= 127 && usize::from(said) == size => {
                Some(Ok(self.pass(text, size + 1)))
            }
            _ => Some(self.long(text, size)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // No entry has fewer than two bytes, and a fault may come last.
        (0, Some(self.bytes.len().checked_sub(self.at).map_or(0, |left| left / 2 + 1)))
    }
}

impl std::iter::FusedIterator for Listpack<'_> {}

/// What an entry is and how many bytes say so, without those behind it; `None` if not all are there, or none is.
#[inline]
fn content(bytes: &[u8]) -> Option<(Str<'_>, usize)> {
    match *bytes {
        [value @ 0..=0x7F, ..] => Some((Str::Int(value.into()), 1)),
        [lead @ 0x80..=0xBF, ref rest @ ..] => string(rest, (lead & 0x3F).into(), 1),
        [upper @ 0xC0..=0xDF, lower, ..] => {
            Some((Str::Int(integer([lower << 3, upper << 3 | lower >> 5]) >> 3), 2))
        }
        [upper @ 0xE0..=0xEF, lower, ref rest @ ..] => {
            string(rest, u32::from(upper & 0x0F) << 8 | u32::from(lower), 2)
        }
        [0xF0, a, b, c, d, ref rest @ ..] => string(rest, u32::from_le_bytes([a, b, c, d]), 5),
        [0xF1, a, b, ..] => Some((Str::Int(integer([a, b])), 3)),
        [0xF2, a, b, c, ..] => Some((Str::Int(integer([a, b, c])), 4)),
        [0xF3, a, b, c, d, ..] => Some((Str::Int(integer([a, b, c, d])), 5)),
        [0xF4, a, b, c, d, e, f, g, h, ..] => {
            Some((Str::Int(integer([a, b, c, d, e, f, g, h])), 9))
        }
        _ => None,
    }
}

/// How many bytes say again how long the entry at `at` is, namely `size` bytes.
///
/// Servers compare only the number that they read, and find out from `size` how many bytes it has. So a byte of it
/// may be anything if the number ends before, and it may begin within the entry.
fn width_behind(bytes: &[u8], at: usize, size: usize) -> Result<usize, BlobFault> {
    let width = match size {
        0..=127 => 1,
        128..16_383 => 2,
        16_383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        _ => 5,
    };
    let before = bytes.get(..at + size + width).ok_or(BlobFaultKind::Overrun.at(at))?;
    match length_before(before) {
        Some(said) if said == size as u64 => Ok(width),
        _ => Err(BlobFaultKind::Length.at(at + size)),
    }
}

/// The number that ends where `bytes` do; `None` if it has more than five bytes.
fn length_before(bytes: &[u8]) -> Option<u64> {
    let mut said = 0;
    for (group, byte) in bytes.iter().rev().take(5).enumerate() {
        said |= u64::from(byte & 0x7F) << (7 * group);
        if byte & 0x80 == 0 {
            return Some(said);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::MANY;

    /// A listpack of entries that are given with their lengths behind them.
    fn listpack(count: u16, entries: &[&[u8]]) -> Vec<u8> {
        let entries = entries.concat();
        let size = entries.len() as u32 + 7;
        [&size.to_le_bytes()[..], &count.to_le_bytes(), &entries, &[END]].concat()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Str<'_>>, BlobFault> {
        Listpack::new(bytes)?.collect()
    }

    fn one(entry: &[u8]) -> Result<Str<'_>, BlobFaultKind> {
        let bytes = listpack(1, &[entry]).leak();
        read(bytes).map(|all| all[0]).map_err(|fault| fault.kind)
    }

    #[test]
    fn every_encoding_is_read() {
        assert_eq!(one(&[127, 1]), Ok(Str::Int(127)));
        assert_eq!(one(&[0x80, 1]), Ok(Str::Bytes(b"")));
        assert_eq!(one(&[0x82, b'a', b'b', 3]), Ok(Str::Bytes(b"ab")));
        assert_eq!(one(&[0xC4, 0x00, 2]), Ok(Str::Int(1024)));
        assert_eq!(one(&[0xDF, 0xFF, 2]), Ok(Str::Int(-1)));
        assert_eq!(one(&[0xD0, 0x00, 2]), Ok(Str::Int(-4096)));
        assert_eq!(one(&[0xE0, 1, b'x', 3]), Ok(Str::Bytes(b"x")));
        assert_eq!(one(&[0xF0, 1, 0, 0, 0, b'x', 6]), Ok(Str::Bytes(b"x")));
        assert_eq!(one(&[0xF1, 0, 0x80, 3]), Ok(Str::Int(-32768)));
        assert_eq!(one(&[0xF2, 0, 0, 1, 4]), Ok(Str::Int(65536)));
        assert_eq!(one(&[0xF3, 255, 255, 255, 255, 5]), Ok(Str::Int(-1)));
        assert_eq!(one(&[0xF4, 1, 0, 0, 0, 0, 0, 0, 0, 9]), Ok(Str::Int(1)));
    }

    #[test]
    fn lengths_behind_entries_have_as_many_bytes_as_servers_give_them() {
        let string = |len: usize, behind: &[u8]| {
            let head = match len {
                0..4096 => vec![0xE0 | (len >> 8) as u8, len as u8],
                _ => [&[0xF0][..], &(len as u32).to_le_bytes()].concat(),
            };
            one(&[&head[..], &vec![b'x'; len], behind].concat()).map(Str::len)
        };
        assert_eq!(string(125, &[127]), Ok(125));
        assert_eq!(string(126, &[1, 0x80]), Ok(126));
        assert_eq!(string(126, &[0x80]), Err(BlobFaultKind::Overrun));
        assert_eq!(string(16_377, &[127, 0xFE]), Ok(16_377));
        assert_eq!(string(16_378, &[0, 0xFF, 0xFF]), Ok(16_378));
        assert_eq!(string(16_378, &[9, 127, 0xFF]), Ok(16_378), "the number ends before");
        assert_eq!(string(16_378, &[0, 126, 0xFF]), Err(BlobFaultKind::Length));
        assert_eq!(string(16_378, &[127, 0xFF]), Err(BlobFaultKind::Overrun));
    }

    #[test]
    fn a_length_behind_an_entry_may_begin_within_it() {
        assert_eq!(one(&[0xF1, 0, 0, 0x83]), Ok(Str::Int(0)));
        assert_eq!(one(&[0xF1, 0, 1, 0x83]), Err(BlobFaultKind::Length));
        assert_eq!(one(&[0xF3, 255, 255, 255, 255, 0x85]), Err(BlobFaultKind::Length));
        let wide = |data: u64| one(&[&[0xF4][..], &data.to_be_bytes(), &[0x89]].concat()).is_ok();
        assert!(wide(0x0000_0000_0080_8080), "five bytes");
        assert!(!wide(0x0000_0000_8080_8080), "six bytes");
    }

    #[test]
    fn what_is_wrong_is_told_where_it_stands_and_nothing_follows() {
        let fault = |bytes: &[u8]| {
            let mut all = Listpack::new(bytes).unwrap();
            let fault = all.find_map(Result::err).unwrap();
            assert_eq!(all.next(), None);
            fault
        };
        let good: &[u8] = &[5, 1];
        assert_eq!(fault(&listpack(2, &[good, &[6, 2]])), BlobFaultKind::Length.at(9));
        assert_eq!(fault(&listpack(2, &[good, &[0xF5, 1]])), BlobFaultKind::Encoding(0xF5).at(8));
        assert_eq!(fault(&listpack(2, &[good, &[0xFF], good])), BlobFaultKind::EarlyEnd.at(8));
        assert_eq!(fault(&listpack(2, &[good, &[0x85, 1]])), BlobFaultKind::Overrun.at(8));
        assert_eq!(fault(&listpack(2, &[good, &[5]])), BlobFaultKind::Overrun.at(8));
        assert_eq!(fault(&listpack(3, &[good, good])), BlobFaultKind::Count(3).at(4));
        let huge = [0xF0, 255, 255, 255, 255, 1];
        assert_eq!(fault(&listpack(1, &[&huge])), BlobFaultKind::Overrun.at(6));
    }

    #[test]
    fn a_header_that_is_none_is_told() {
        assert_eq!(read(&[7, 0, 0, 0, 0, 0]), Err(BlobFaultKind::Short.at(6)));
        assert_eq!(read(&[8, 0, 0, 0, 0, 0, 255]), Err(BlobFaultKind::Size(8).at(0)));
        assert_eq!(read(&[7, 0, 0, 0, 0, 0, 0]), Err(BlobFaultKind::NoEnd.at(6)));
        assert_eq!(read(&[7, 0, 0, 0, 0, 0, 255]), Ok(vec![]));
    }

    #[test]
    fn more_entries_than_a_header_can_say_are_not_counted() {
        let entries = vec![&[1, 1][..]; 70_000];
        let bytes = listpack(MANY, &entries);
        assert_eq!(Listpack::new(&bytes).unwrap().announced(), None);
        assert_eq!(read(&bytes).map(|all| all.len()), Ok(70_000));
    }
}
