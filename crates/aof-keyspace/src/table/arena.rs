//! Small pieces of bytes, one behind the other.

/// Bits of an address that tell where in its chunk a piece begins.
const CHUNK_BITS: u32 = 20;

/// So many bytes are a chunk, unless one piece is larger.
const CHUNK: usize = 1 << CHUNK_BITS;

/// So much garbage is not worth anything.
const LITTLE: usize = 4096;

/// Bits of an address.
pub(crate) const ADDRESS_BITS: u32 = 37;

/// Pieces with their lengths before them. What is replaced stays as garbage until all is copied to another arena.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arena {
    chunks: Vec<Vec<u8>>,
    used: usize,
    garbage: usize,
}

impl Arena {
    /// Adds a piece, and returns its address.
    pub(crate) fn add(&mut self, head: &[u8], bytes: &[u8]) -> u64 {
        let mut length = [0; 10];
        let length = varint(head.len() + bytes.len(), &mut length);
        let size = length.len() + head.len() + bytes.len();
        let has_room = self.chunks.last().is_some_and(|chunk| chunk.len() + size <= CHUNK);
        if !has_room {
            self.chunks.push(Vec::new());
        }
        self.used += size;
        let index = self.chunks.len() as u64 - 1;
        debug_assert!(index < 1 << (ADDRESS_BITS - CHUNK_BITS), "an arena ends at 128 GiB");
        let chunk = &mut self.chunks[index as usize];
        let at = chunk.len() as u64;
        chunk.extend_from_slice(length);
        chunk.extend_from_slice(head);
        chunk.extend_from_slice(bytes);
        index << CHUNK_BITS | at
    }

    /// The piece at an address that [`Arena::add`] returned.
    #[inline]
    pub(crate) fn get(&self, address: u64) -> &[u8] {
        let (chunk, at) = split(address);
        let rest = &self.chunks[chunk][at..];
        let (length, width) = length(rest);
        &rest[width..width + length]
    }

    /// The byte that a piece begins with.
    #[inline]
    pub(crate) fn byte(&self, address: u64) -> u8 {
        let (chunk, at) = split(address);
        self.chunks[chunk][at]
    }

    /// Where in memory a piece begins.
    #[inline]
    pub(crate) fn place(&self, address: u64) -> *const u8 {
        let (chunk, at) = split(address);
        self.chunks[chunk].as_ptr().wrapping_add(at)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, address: u64) -> &mut [u8] {
        let (chunk, at) = split(address);
        let rest = &mut self.chunks[chunk][at..];
        let (length, width) = length(rest);
        &mut rest[width..width + length]
    }

    /// Puts another piece in the place of one that is as long, or longer if both lengths take one byte; whether it did.
    pub(crate) fn replace(&mut self, address: u64, bytes: &[u8]) -> bool {
        let (chunk, at) = split(address);
        let rest = &mut self.chunks[chunk][at..];
        let (old, width) = length(rest);
        if bytes.len() != old && (bytes.len() > old || width > 1) {
            return false;
        }
        if width == 1 {
            rest[0] = bytes.len() as u8;
        }
        rest[width..width + bytes.len()].copy_from_slice(bytes);
        self.garbage += old - bytes.len();
        true
    }

    /// The piece at this address is not needed any more.
    pub(crate) fn discard(&mut self, address: u64) {
        self.garbage += self.get(address).len() + 1;
    }

    /// Bytes of the pieces that are needed.
    pub(crate) const fn used(&self) -> usize {
        self.used.saturating_sub(self.garbage)
    }

    /// Whether copying to another arena would save much.
    #[inline]
    pub(crate) const fn is_wasteful(&self) -> bool {
        self.garbage > LITTLE && self.garbage > self.used / 2
    }
}

const fn split(address: u64) -> (usize, usize) {
    ((address >> CHUNK_BITS) as usize, (address & (CHUNK as u64 - 1)) as usize)
}

/// Seven bits a byte, the lowest first; the highest bit says that there is more.
fn varint(mut number: usize, bytes: &mut [u8; 10]) -> &[u8] {
    let mut width = 0;
    loop {
        let more = if number > 0x7f { 0x80 } else { 0 };
        bytes[width] = number as u8 & 0x7f | more;
        (number, width) = (number >> 7, width + 1);
        if more == 0 {
            return &bytes[..width];
        }
    }
}

/// A length and how many bytes it takes.
#[inline]
fn length(bytes: &[u8]) -> (usize, usize) {
    if bytes[0] < 0x80 {
        return (usize::from(bytes[0]), 1);
    }
    long_length(bytes)
}

fn long_length(bytes: &[u8]) -> (usize, usize) {
    let (mut length, mut width) = (0, 0);
    loop {
        let byte = bytes[width];
        length |= usize::from(byte & 0x7f) << (7 * width);
        width += 1;
        if byte < 0x80 {
            return (length, width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_replaced_by_one_that_is_not_longer_and_what_is_left_is_garbage() {
        let mut arena = Arena::default();
        let long = vec![b'l'; 200];
        let [one, two] = [&b"twelve bytes"[..], &long].map(|bytes| arena.add(&[], bytes));
        let used = arena.used();
        assert!(!arena.replace(one, b"thirteen bytes") && !arena.replace(two, &long[1..]));
        assert!(arena.replace(one, b"seven b") && arena.replace(two, &[b'x'; 200]));
        assert_eq!((arena.get(one), arena.get(two)), (&b"seven b"[..], &[b'x'; 200][..]));
        assert_eq!(arena.used(), used - 5);
        assert!(arena.replace(one, b"") && arena.get(one).is_empty());
    }

    #[test]
    fn pieces_of_every_length_come_back() {
        let mut arena = Arena::default();
        let bytes: Vec<u8> = (0..=255).cycle().take(3 * CHUNK).collect();
        let lengths = [0, 1, 126, 127, 128, 20_000, CHUNK - 3, CHUNK, 5, 3 * CHUNK, 7];
        let added: Vec<u64> = lengths.iter().map(|it| arena.add(b"ab", &bytes[..*it])).collect();
        for (address, length) in added.into_iter().zip(lengths) {
            let piece = arena.get(address);
            assert_eq!((&piece[..2], &piece[2..]), (&b"ab"[..], &bytes[..length]));
        }
    }
}
