//! Bytes that are kept in the order in which they came, and found by their place.

use std::borrow::Cow;
use std::num::NonZero;

use crate::item;
use crate::space::{Far, Space};
use crate::value::show_end;

/// So much garbage is not worth anything.
const LITTLE: usize = 256;

/// The bit that tells places on a shelf from those in an input.
const HERE: NonZero<u64> = NonZero::new(1 << 63).expect("it is one bit");

/// Items one behind the other; those that are not needed any more stay until the others are copied.
#[derive(Debug, Clone)]
pub(crate) struct Shelf<'i> {
    space: Space<'i>,
    bytes: Vec<u8>,
    garbage: usize,
}

/// The place of an item. None is 0: [`HERE`], or the length of what is pointed to, is in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shelved(NonZero<u64>);

impl Shelved {
    fn here(at: usize) -> Self {
        Self(HERE | at as u64)
    }

    /// Where it is on the shelf, if it is there.
    fn at(self) -> Option<usize> {
        let place = self.0.get();
        (place & HERE.get() != 0).then_some((place & !HERE.get()) as usize)
    }
}

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
        if let Some(place) = self.space.place(bytes).and_then(|Far(place)| NonZero::new(place)) {
            return Shelved(place);
        }
        let at = self.bytes.len();
        item::push(&mut self.bytes, bytes, Space::default());
        Shelved::here(at)
    }

    pub(crate) fn get(&self, place: Shelved) -> &[u8] {
        match place.at() {
            None => self.space.bytes(Far(place.0.get())),
            Some(at) => {
                let item = item::next(&self.bytes[at..], Space::default());
                item.map_or(&[], |(bytes, _)| bytes)
            }
        }
    }

    /// The same, also when nothing is kept here any more.
    pub(crate) fn taken(&self, place: Shelved) -> Cow<'i, [u8]> {
        match place.at() {
            None => Cow::Borrowed(self.space.bytes(Far(place.0.get()))),
            Some(_) => Cow::Owned(self.get(place).to_vec()),
        }
    }

    /// What is there is not needed any more.
    pub(crate) fn discard(&mut self, place: Shelved) {
        if place.at().is_some() {
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
        for place in places.filter(|place| place.at().is_some()) {
            let at = bytes.len();
            item::push(&mut bytes, self.get(*place), Space::default());
            *place = Shelved::here(at);
        }
        (self.bytes, self.garbage) = (bytes, 0);
    }
}
