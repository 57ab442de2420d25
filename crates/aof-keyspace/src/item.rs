//! Items of bytes, packed one behind the other. Large ones that stand in an input are pointed to.

use std::ops::Range;

use crate::space::{Far, Space};

/// The first byte of an item is its length, or one of these: eight bytes of length follow, and then the item; or eight
/// bytes that say where it stands.
const LONG: u8 = 0xFE;
const AWAY: u8 = 0xFF;

/// Room for no fewer bytes is asked for.
const LEAST: usize = 24;

/// Of so many bytes a quarter is asked for at once, and of fewer, which there are more of, an eighth.
const SMALL: usize = 4096;

/// Allocators mostly give so many bytes or a multiple of it, in which they keep so many before a piece: what would be left
/// over is asked for.
const UNIT: usize = 16;
const BEFORE: usize = 8;

/// Bytes of a number behind the first byte.
const NUMBER: usize = 8;

/// An item that is about to be packed: what it begins with, and what follows.
struct Item<'b> {
    head: [u8; 1 + NUMBER],
    width: usize,
    tail: &'b [u8],
}

impl<'b> Item<'b> {
    fn new(bytes: &'b [u8], space: Space<'_>) -> Self {
        if let Some(Far(place)) = space.place(bytes) {
            return Self::numbered(AWAY, place, &[]);
        }
        match u8::try_from(bytes.len()) {
            Ok(length) if length < LONG => {
                let mut head = [0; 1 + NUMBER];
                head[0] = length;
                Self { head, width: 1, tail: bytes }
            }
            _ => Self::numbered(LONG, bytes.len() as u64, bytes),
        }
    }

    fn numbered(first: u8, number: u64, tail: &'b [u8]) -> Self {
        let mut head = [first; 1 + NUMBER];
        head[1..].copy_from_slice(&number.to_le_bytes());
        Self { head, width: head.len(), tail }
    }

    fn head(&self) -> &[u8] {
        &self.head[..self.width]
    }

    const fn size(&self) -> usize {
        self.width + self.tail.len()
    }

    fn append(&self, packed: &mut Vec<u8>) {
        packed.extend_from_slice(self.head());
        packed.extend_from_slice(self.tail);
    }
}

/// Appends an item.
pub(crate) fn push(packed: &mut Vec<u8>, bytes: &[u8], space: Space<'_>) {
    let item = Item::new(bytes, space);
    reserve(packed, item.size());
    item.append(packed);
}

/// Appends a name, which is looked up and kept where it is, and what is beside it.
pub(crate) fn push_pair(packed: &mut Vec<u8>, name: &[u8], beside: &[u8], space: Space<'_>) {
    let pair = [Item::new(name, Space::default()), Item::new(beside, space)];
    reserve(packed, pair.iter().map(Item::size).sum());
    pair.iter().for_each(|item| item.append(packed));
}

/// Room for so many bytes more, and not for twice as many as there are.
fn reserve(packed: &mut Vec<u8>, more: usize) {
    if packed.capacity() - packed.len() < more {
        let share = if packed.len() < SMALL { 8 } else { 4 };
        let room = packed.len() + more.max(packed.len() / share).max(LEAST);
        packed.reserve_exact((room + BEFORE).next_multiple_of(UNIT) - BEFORE - packed.len());
    }
}

/// Puts an item in the place of what stands there.
pub(crate) fn replace(packed: &mut Vec<u8>, at: Range<usize>, bytes: &[u8], space: Space<'_>) {
    let item = Item::new(bytes, space);
    let (length, size) = (packed.len(), item.size());
    if size > at.len() {
        reserve(packed, size - at.len());
        packed.resize(length + size - at.len(), 0);
    }
    packed.copy_within(at.end..length, at.start + size);
    packed.truncate(length - at.len() + size);
    let (head, tail) = packed[at.start..at.start + size].split_at_mut(item.width);
    head.copy_from_slice(item.head());
    tail.copy_from_slice(item.tail);
}

/// Takes a stretch out.
pub(crate) fn remove(packed: &mut Vec<u8>, at: Range<usize>) {
    packed.copy_within(at.end.., at.start);
    packed.truncate(packed.len() - at.len());
}

/// The item that packed bytes begin with, and what follows; nothing at their end.
#[inline]
pub(crate) fn next<'p>(packed: &'p [u8], space: Space<'p>) -> Option<(&'p [u8], &'p [u8])> {
    let (first, rest) = packed.split_first()?;
    if *first < LONG {
        return rest.split_at_checked(usize::from(*first));
    }
    let (number, rest) = rest.split_first_chunk::<NUMBER>()?;
    let number = u64::from_le_bytes(*number);
    match *first {
        LONG => rest.split_at_checked(number as usize),
        _ => Some((space.bytes(Far(number)), rest)),
    }
}

/// Packed items in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Items<'p> {
    pub(crate) packed: &'p [u8],
    pub(crate) space: Space<'p>,
}

impl<'p> Iterator for Items<'p> {
    type Item = &'p [u8];

    #[inline]
    fn next(&mut self) -> Option<&'p [u8]> {
        let (item, rest) = next(self.packed, self.space)?;
        self.packed = rest;
        Some(item)
    }
}

impl<'p> Items<'p> {
    /// Two at a time, so many times.
    pub(crate) fn pairs(
        mut self,
        left: usize,
    ) -> impl ExactSizeIterator<Item = (&'p [u8], &'p [u8])> + Clone {
        let pairs = std::iter::from_fn(move || Some((self.next()?, self.next()?)));
        Exact { all: pairs, left }
    }
}

/// An iterator that knows how much is left.
#[derive(Clone)]
pub(crate) struct Exact<I> {
    pub(crate) all: I,
    pub(crate) left: usize,
}

impl<I: Iterator> Iterator for Exact<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.saturating_sub(1);
        self.all.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Exact<I> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Inputs;

    fn items<'p>(packed: &'p [u8], space: Space<'p>) -> Vec<&'p [u8]> {
        Items { packed, space }.collect()
    }

    #[test]
    fn items_of_every_length_come_back_and_large_ones_of_an_input_are_not_copied() {
        let input: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let (inputs, copy) = (Inputs::new(vec![&input[..]]), input.clone());
        let space = Space::new(&inputs);
        let mut packed = Vec::new();
        let all = [&input[..0], &input[..63], &input[5..400], &copy[..253], &copy[..254], &copy];
        all.iter().for_each(|bytes| push(&mut packed, bytes, space));
        assert_eq!(items(&packed, space), all);
        assert_eq!(packed.len(), 1 + 64 + 9 + 254 + (9 + 254) + (9 + 1000));
    }

    #[test]
    fn items_are_replaced_by_shorter_and_longer_ones_and_taken_out() {
        let (mut packed, space) = (Vec::new(), Space::default());
        ["one", "two", "three"].iter().for_each(|it| push(&mut packed, it.as_bytes(), space));
        let long = vec![b'x'; 300];
        for (text, size) in [(&b"2"[..], 2), (&long, 309), (b"two", 4)] {
            let end = 4 + packed.len() - 4 - 6;
            replace(&mut packed, 4..end, text, space);
            assert_eq!(items(&packed, space), [b"one", text, b"three"]);
            assert_eq!(packed.len(), 4 + size + 6);
        }
        remove(&mut packed, 0..4);
        assert_eq!(items(&packed, space), [&b"two"[..], b"three"]);
    }
}
