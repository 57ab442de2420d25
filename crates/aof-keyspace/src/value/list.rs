//! Lists.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::show_all;
use crate::shelf::{Shelf, Shelved};
use crate::space::{FAR, Space};

/// Elements, from the head.
#[derive(Debug, Clone)]
pub struct List<'i> {
    places: VecDeque<Shelved>,
    shelf: Shelf<'i>,
}

impl PartialEq for List<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'i> List<'i> {
    /// No elements; those that come may point into `space`.
    pub(crate) const fn new(space: Space<'i>) -> Self {
        Self { places: VecDeque::new(), shelf: Shelf::new(space) }
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The elements, from the head.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.places.iter().map(|place| self.shelf.get(*place))
    }

    /// See [`super::Value::weight`].
    pub(super) fn weight(&self) -> usize {
        self.places.len() * FAR + self.shelf.weight()
    }

    /// See [`super::Value::ahead`].
    pub(super) fn ahead(&self, show: &mut impl FnMut(*const u8, usize)) {
        for place in [self.places.front(), self.places.back()].into_iter().flatten() {
            show_all(place, show);
        }
        self.shelf.ahead(show);
    }

    pub(crate) fn push_front(&mut self, element: &[u8]) {
        let place = self.shelf.put(element);
        self.places.push_front(place);
    }

    pub(crate) fn push_back(&mut self, element: &[u8]) {
        let place = self.shelf.put(element);
        self.places.push_back(place);
    }

    /// Puts an element before the one of this number.
    pub(crate) fn insert(&mut self, at: usize, element: &[u8]) {
        let place = self.shelf.put(element);
        self.places.insert(at, place);
    }

    /// Puts an element in the place of another one; whether that was there.
    pub(crate) fn set(&mut self, at: usize, element: &[u8]) -> bool {
        let Some(place) = self.places.get_mut(at) else { return false };
        self.shelf.discard(*place);
        *place = self.shelf.put(element);
        self.tidy();
        true
    }

    pub(crate) fn pop_front(&mut self) -> Option<Cow<'i, [u8]>> {
        let element = self.places.front().map(|place| self.shelf.taken(*place));
        self.drop_front(1);
        element
    }

    pub(crate) fn pop_back(&mut self) -> Option<Cow<'i, [u8]>> {
        let element = self.places.back().map(|place| self.shelf.taken(*place));
        self.truncate(self.len().saturating_sub(1));
        element
    }

    /// Takes so many elements off the head, or all.
    pub(crate) fn drop_front(&mut self, number: usize) {
        let gone = self.places.drain(..number.min(self.places.len()));
        gone.for_each(|place| self.shelf.discard(place));
        self.tidy();
    }

    /// Leaves so many elements, counted from the head.
    pub(crate) fn truncate(&mut self, number: usize) {
        let gone = self.places.drain(number.min(self.places.len())..);
        gone.for_each(|place| self.shelf.discard(place));
        self.tidy();
    }

    /// Leaves those elements that `keeps` returns true for, which is asked from the head on.
    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&[u8]) -> bool) {
        let Self { places, shelf } = self;
        places.retain(|place| {
            let is_kept = keeps(shelf.get(*place));
            if !is_kept {
                shelf.discard(*place);
            }
            is_kept
        });
        self.tidy();
    }

    fn tidy(&mut self) {
        if self.shelf.is_wasteful() {
            self.shelf.compact(self.places.iter_mut());
        }
    }
}
