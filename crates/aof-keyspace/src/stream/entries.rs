//! The entries of a stream.

use std::collections::BTreeMap;

use aof_rdb::StreamId;

use crate::text::Text;

/// Entries in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entries<'i> {
    all: BTreeMap<StreamId, Fields<'i>>,
}

/// Fields and values of an entry, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields<'i>(Box<[Text<'i>]>);

impl<'i> Fields<'i> {
    /// Fields and values by turns, beginning with a field.
    #[must_use]
    pub fn new(words: Vec<Text<'i>>) -> Self {
        Self(words.into())
    }

    /// Pairs of a field and its value.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + Clone {
        let (pairs, _) = self.0.as_chunks::<2>();
        pairs.iter().map(|[field, value]| (field.bytes(), value.bytes()))
    }
}

impl<'i> Entries<'i> {
    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The entries, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (StreamId, &Fields<'i>)> {
        self.all.iter().map(|(id, fields)| (*id, fields))
    }

    /// The id of the first entry.
    #[must_use]
    pub fn first(&self) -> Option<StreamId> {
        self.all.keys().next().copied()
    }

    /// The id of the last entry.
    #[must_use]
    pub fn last(&self) -> Option<StreamId> {
        self.all.keys().next_back().copied()
    }

    /// Whether there is an entry of this id.
    #[must_use]
    pub fn contains(&self, id: StreamId) -> bool {
        self.all.contains_key(&id)
    }

    /// The ids from this one on.
    pub(crate) fn ids_from(&self, id: StreamId) -> impl Iterator<Item = StreamId> {
        self.all.range(id..).map(|(id, _)| *id)
    }

    pub(crate) fn insert(&mut self, id: StreamId, fields: Fields<'i>) {
        self.all.insert(id, fields);
    }

    /// Removes an entry; whether it was there.
    pub(crate) fn remove(&mut self, id: StreamId) -> bool {
        self.all.remove(&id).is_some()
    }
}
