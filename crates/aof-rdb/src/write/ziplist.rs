//! Ziplists, as servers before RDB 10 write them. `blob/ziplist.rs` tells their form.

use crate::text::Str;

/// Size, place of the last entry, count.
const HEADER: usize = 10;

/// An entry behind one of so many bytes says so in five bytes.
const LONG: usize = 254;

/// A count that is not told.
const MANY: usize = 0xFFFF;

/// Servers take no larger one (source: `SIZE_SAFETY_LIMIT` of Redis 6.2).
const MOST: usize = 1 << 30;

/// A ziplist that grows.
#[derive(Debug)]
pub(crate) struct Ziplist {
    bytes: Vec<u8>,
    /// Where the last entry begins.
    last: usize,
    count: usize,
}

impl Default for Ziplist {
    fn default() -> Self {
        Self { bytes: vec![0; HEADER], last: HEADER, count: 0 }
    }
}

impl Ziplist {
    /// Begins anew in the same memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.truncate(HEADER);
        (self.last, self.count) = (HEADER, 0);
    }

    /// Appends an entry.
    pub(crate) fn push(&mut self, text: Str<'_>) {
        let before = self.bytes.len() - self.last;
        self.last = self.bytes.len();
        self.count += 1;
        match before {
            0..LONG => self.bytes.push(before as u8),
            _ => {
                self.bytes.push(LONG as u8);
                self.bytes.extend_from_slice(&(before as u32).to_le_bytes());
            }
        }
        match text {
            Str::Int(number) => self.number(number),
            Str::Bytes(bytes) => match Str::number(bytes) {
                Some(number) => self.number(number),
                None => self.string(bytes),
            },
        }
    }

    fn number(&mut self, number: i64) {
        let bytes = number.to_le_bytes();
        let (lead, width) = match number {
            0..=12 => (0xF1 + number as u8, 0),
            -0x80..0x80 => (0xFE, 1),
            -0x8000..0x8000 => (0xC0, 2),
            -0x80_0000..0x80_0000 => (0xF0, 3),
            -0x8000_0000..0x8000_0000 => (0xD0, 4),
            _ => (0xE0, 8),
        };
        self.bytes.push(lead);
        self.bytes.extend_from_slice(&bytes[..width]);
    }

    fn string(&mut self, bytes: &[u8]) {
        match bytes.len() {
            len @ 0..0x40 => self.bytes.push(len as u8),
            len @ 0x40..0x4000 => {
                self.bytes.extend_from_slice(&(0x4000 | len as u16).to_be_bytes());
            }
            len => {
                self.bytes.push(0x80);
                self.bytes.extend_from_slice(&(len as u32).to_be_bytes());
            }
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// All of it, with its end; `None` if it is larger than servers take.
    pub(crate) fn finish(&mut self) -> Option<&[u8]> {
        self.bytes.push(0xFF);
        let size = u32::try_from(self.bytes.len()).ok().filter(|_| self.bytes.len() <= MOST)?;
        self.bytes[..4].copy_from_slice(&size.to_le_bytes());
        self.bytes[4..8].copy_from_slice(&(self.last as u32).to_le_bytes());
        self.bytes[8..10].copy_from_slice(&(self.count.min(MANY) as u16).to_le_bytes());
        Some(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use aof_testkit::Rng;

    use super::*;
    use crate::tests::pack;

    #[test]
    fn it_is_what_servers_write() {
        let mut rng = Rng::new(6);
        let mut ziplist = Ziplist::default();
        for _ in 0..300 {
            let strings = pack::strings(&mut rng, 80);
            ziplist.clear();
            strings.iter().for_each(|string| ziplist.push(Str::Bytes(string)));
            assert_eq!(ziplist.finish(), Some(&pack::ziplist(&strings, None)[..]));
        }
    }

    #[test]
    fn a_number_is_written_as_its_digits_are() {
        let (mut numbers, mut digits) = (Ziplist::default(), Ziplist::default());
        for number in [0, 12, 13, -1, -128, 128, 32768, 1 << 23, 1 << 31, i64::MIN, i64::MAX] {
            numbers.push(Str::Int(number));
            digits.push(Str::Bytes(number.to_string().as_bytes()));
        }
        assert_eq!(numbers.finish(), digits.finish());
    }
}
