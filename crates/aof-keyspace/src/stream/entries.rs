//! The entries of a stream.

use std::collections::VecDeque;

use aof_rdb::StreamId;

use crate::item::{self, Items};
use crate::shelf::{Shelf, Shelved};
use crate::space::Space;
use crate::value::show_all;

/// Room for no fewer entries is asked for.
const FEW: usize = 4;

/// Entries in the order of their ids.
#[derive(Debug, Clone)]
pub struct Entries<'i> {
    /// The first and the last one are there.
    all: VecDeque<Entry>,
    /// How many of them are deleted.
    deleted: usize,
    shelf: Shelf<'i>,
    /// Where fields are packed before they are put on the shelf.
    packed: Vec<u8>,
}

#[derive(Debug, Clone)]
struct Entry {
    id: StreamId,
    /// Its fields; nothing if it is deleted.
    place: Option<Shelved>,
}

/// Fields and values of an entry, in the order in which they were given.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'e>(Items<'e>);

impl PartialEq for Fields<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'e> Fields<'e> {
    /// Pairs of a field and its value.
    #[must_use]
    pub fn iter(self) -> impl ExactSizeIterator<Item = (&'e [u8], &'e [u8])> + Clone + use<'e> {
        self.0.pairs(self.0.count() / 2)
    }
}

impl PartialEq for Entries<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'i> Entries<'i> {
    /// No entries; what will be in them may point into `space`.
    pub(crate) const fn new(space: Space<'i>) -> Self {
        Self { all: VecDeque::new(), deleted: 0, shelf: Shelf::new(space), packed: Vec::new() }
    }

    /// See [`crate::value::Value::weight`].
    pub(crate) fn weight(&self) -> usize {
        self.len() * size_of::<Entry>() + self.shelf.weight()
    }

    /// See [`crate::value::Value::ahead`].
    pub(crate) fn ahead(&self, show: &mut impl FnMut(*const u8, usize)) {
        self.all.back().into_iter().for_each(|last| show_all(last, show));
        self.shelf.ahead(show);
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len() - self.deleted
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The entries, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (StreamId, Fields<'_>)> {
        let held = self.all.iter().filter_map(|entry| Some((entry.id, entry.place?)));
        held.map(|(id, place)| {
            let (packed, space) = (self.shelf.get(place), self.shelf.space());
            (id, Fields(Items { packed, space }))
        })
    }

    /// The id of the first entry.
    #[must_use]
    pub fn first(&self) -> Option<StreamId> {
        Some(self.all.front()?.id)
    }

    /// The id of the last entry.
    #[must_use]
    pub fn last(&self) -> Option<StreamId> {
        Some(self.all.back()?.id)
    }

    /// Where an entry of this id is, or would be.
    fn place(&self, id: StreamId) -> usize {
        self.all.partition_point(|entry| entry.id < id)
    }

    /// Whether there is an entry of this id.
    #[must_use]
    pub fn contains(&self, id: StreamId) -> bool {
        let found = self.all.get(self.place(id));
        found.is_some_and(|entry| entry.id == id && entry.place.is_some())
    }

    /// The ids from this one on.
    pub(crate) fn ids_from(&self, id: StreamId) -> impl Iterator<Item = StreamId> {
        let entries = self.all.range(self.place(id)..);
        entries.filter(|entry| entry.place.is_some()).map(|entry| entry.id)
    }

    /// Adds an entry, with fields and values by turns, in the place of the one that has its id.
    pub(crate) fn insert<'w>(&mut self, id: StreamId, words: impl Iterator<Item = &'w [u8]>) {
        let is_last = self.last().is_none_or(|last| last < id);
        if !is_last {
            self.remove(id);
        }
        self.packed.clear();
        words.for_each(|word| item::push(&mut self.packed, word, self.shelf.space()));
        let place = Some(self.shelf.put(&self.packed));
        let at = if is_last { self.all.len() } else { self.place(id) };
        match self.all.get_mut(at).filter(|entry| entry.id == id) {
            Some(deleted) => {
                deleted.place = place;
                self.deleted -= 1;
            }
            None => {
                if self.all.len() == self.all.capacity() {
                    self.all.reserve_exact((self.all.len() / 4).max(FEW));
                }
                self.all.insert(at, Entry { id, place });
            }
        }
    }

    /// Removes an entry; whether it was there.
    pub(crate) fn remove(&mut self, id: StreamId) -> bool {
        let at = self.place(id);
        let entry = self.all.get_mut(at).filter(|entry| entry.id == id);
        let Some(place) = entry.and_then(|entry| entry.place.take()) else { return false };
        self.shelf.discard(place);
        self.deleted += 1;
        self.tidy();
        true
    }

    /// Takes deleted entries off both ends; all of them when they are many.
    fn tidy(&mut self) {
        let is_gone = |entry: Option<&Entry>| entry.is_some_and(|entry| entry.place.is_none());
        while is_gone(self.all.front()) {
            self.all.pop_front();
            self.deleted -= 1;
        }
        while is_gone(self.all.back()) {
            self.all.pop_back();
            self.deleted -= 1;
        }
        if self.deleted > self.all.len() / 2 {
            self.all.retain(|entry| entry.place.is_some());
            self.deleted = 0;
        }
        if self.shelf.is_wasteful() {
            self.shelf.compact(self.all.iter_mut().filter_map(|entry| entry.place.as_mut()));
        }
    }
}
