//! Listpacks, as servers from RDB 10 on write them. `blob/listpack.rs` tells their form.

use crate::text::Str;

/// Size and count.
const HEADER: usize = 6;

/// No more bytes than this have most of them.
const MOST_OF_THEM: usize = 512;

/// A count that is not told.
const MANY: usize = 0xFFFF;

/// A listpack that grows.
#[derive(Debug)]
pub(crate) struct Listpack {
    bytes: Vec<u8>,
    count: usize,
}

impl Default for Listpack {
    fn default() -> Self {
        let mut bytes = Vec::with_capacity(MOST_OF_THEM);
        bytes.resize(HEADER, 0);
        Self { bytes, count: 0 }
    }
}

impl Listpack {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends an entry.
    pub(crate) fn push(&mut self, text: Str<'_>) {
        let start = self.bytes.len();
        match text {
            Str::Int(number) => self.number(number),
            Str::Bytes(bytes) => match Str::number(bytes) {
                Some(number) => self.number(number),
                None => self.string(bytes),
            },
        }
        self.length_behind(self.bytes.len() - start);
        self.count += 1;
    }

    fn number(&mut self, number: i64) {
        let bytes = number.to_le_bytes();
        let (lead, width) = match number {
            0..0x80 => (number as u8, 0),
            -0x1000..0x1000 => {
                let thirteen = number as u16 & 0x1FFF;
                self.bytes.extend_from_slice(&(0xC000 | thirteen).to_be_bytes());
                return;
            }
            -0x8000..0x8000 => (0xF1, 2),
            -0x80_0000..0x80_0000 => (0xF2, 3),
            -0x8000_0000..0x8000_0000 => (0xF3, 4),
            _ => (0xF4, 8),
        };
        self.bytes.push(lead);
        self.bytes.extend_from_slice(&bytes[..width]);
    }

    fn string(&mut self, bytes: &[u8]) {
        match bytes.len() {
            len @ 0..0x40 => self.bytes.push(0x80 | len as u8),
            len @ 0x40..0x1000 => {
                self.bytes.extend_from_slice(&(0xE000 | len as u16).to_be_bytes());
            }
            len => {
                self.bytes.push(0xF0);
                self.bytes.extend_from_slice(&(len as u32).to_le_bytes());
            }
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// How long the entry is, so that a listpack can be read backwards: groups of seven bits, the upper ones first, all
    /// but the first marked.
    fn length_behind(&mut self, len: usize) {
        let groups = match len {
            0..0x80 => 1,
            0x80..0x3FFF => 2,
            0x3FFF..0x1F_FFFF => 3,
            0x1F_FFFF..0xFFF_FFFF => 4,
            _ => 5,
        };
        for group in (0..groups).rev() {
            let mark = if group + 1 == groups { 0 } else { 0x80 };
            self.bytes.push((len >> (7 * group)) as u8 & 0x7F | mark);
        }
    }

    /// All of it, with its end.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0xFF);
        let (size, count) = (self.bytes.len() as u32, self.count.min(MANY) as u16);
        self.bytes[..4].copy_from_slice(&size.to_le_bytes());
        self.bytes[4..6].copy_from_slice(&count.to_le_bytes());
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use aof_testkit::Rng;

    use super::*;
    use crate::tests::pack;

    #[test]
    fn it_is_what_servers_write() {
        let mut rng = Rng::new(8);
        for _ in 0..300 {
            let strings = pack::strings(&mut rng, 80);
            let mut listpack = Listpack::default();
            strings.iter().for_each(|string| listpack.push(Str::Bytes(string)));
            assert_eq!(listpack.finish(), pack::listpack(&strings, None));
        }
    }
}
