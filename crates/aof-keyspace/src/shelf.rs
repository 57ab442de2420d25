//! Bytes that are kept in the order in which they came, and found by their place.

use std::borrow::Cow;

use crate::item;
use crate::space::{Far, Space};
use crate::value::show_end;

/// So much garbage is not worth anything.
const LITTLE: usize = 256;

/// The bit that tells places on a shelf from those in an input.
const HERE: u64 = 1 << 63;

/// Items one behind the other; those that are not needed any more stay until the others are copied.
#[derive(Debug, Clone)]
pub(crate) struct Shelf<'i> {
    space: Space<'i>,
    bytes: Vec<u8>,
    garbage: usize,
}

/// The place of an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shelved(u64);

impl<'i> Shelf<'i> {
    pub(crate) const fn new(space: Space<'i>) -> Self {
        Self { space, bytes: Vec::new(), garbage: 0 }
    }

    pub(crate) const fn space(&self) -> Space<'i> {
        self.space
    }

    /// See [`crate::value::Value::ahead`].
    pub(crate) fn ahead(&self, show: &mut impl FnMut(*const u8, usize)) {
        show_end(&self.bytes, show);
    }

    /// Bytes of what is kept here.
    pub(crate) const fn weight(&self) -> usize {
        self.bytes.len().saturating_sub(self.garbage)
    }

    /// Keeps these bytes: large ones where they stand in an input.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Shelved {
        if let Some(Far(place)) = self.space.place(bytes) {
            return Shelved(place);
        }
        let at = self.bytes.len() as u64;
        item::push(&mut self.bytes, bytes, Space::default());
        Shelved(at | HERE)
    }

    pub(crate) fn get(&self, Shelved(place): Shelved) -> &[u8] {
        if place & HERE == 0 {
            return self.space.bytes(Far(place));
        }
        let packed = &self.bytes[(place & !HERE) as usize..];
        item::next(packed, Space::default()).map_or(&[], |(bytes, _)| bytes)
    }

    /// The same, also when nothing is kept here any more.
    pub(crate) fn taken(&self, place: Shelved) -> Cow<'i, [u8]> {
        match place.0 & HERE {
            0 => Cow::Borrowed(self.space.bytes(Far(place.0))),
            _ => Cow::Owned(self.get(place).to_vec()),
        }
    }

    /// What is there is not needed any more.
    pub(crate) fn discard(&mut self, place: Shelved) {
        if place.0 & HERE != 0 {
            self.garbage += 1 + self.get(place).len();
        }
    }

    /// Whether copying what is left would save much.
    pub(crate) const fn is_wasteful(&self) -> bool {
        self.garbage > LITTLE && self.garbage > self.bytes.len() / 2
    }

    /// Copies what stands at these places, all that are in use, and says where it stands then.
    pub(crate) fn compact<'p>(&mut self, places: impl Iterator<Item = &'p mut Shelved>) {
        let mut bytes = Vec::with_capacity(self.bytes.len().saturating_sub(self.garbage));
        for place in places.filter(|place| place.0 & HERE != 0) {
            let at = bytes.len() as u64;
            item::push(&mut bytes, self.get(*place), Space::default());
            *place = Shelved(at | HERE);
        }
        (self.bytes, self.garbage) = (bytes, 0);
    }
}
