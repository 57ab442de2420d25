//! Streams: entries in the order of their ids, and groups of consumers that read them.

mod entries;

use std::collections::BTreeMap;

use aof_rdb::{History, StreamId, StreamInfo};

pub use entries::{Entries, Fields};

use crate::space::Space;

/// Entries, what is remembered of those that are gone, and groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream<'i> {
    /// The entries.
    pub entries: Entries<'i>,
    /// The id that was given last.
    pub last: StreamId,
    /// The largest id that was deleted by name.
    pub max_deleted: StreamId,
    /// How many entries were ever added.
    pub added: u64,
    /// Groups by name.
    pub groups: BTreeMap<Vec<u8>, Group>,
}

/// A group of consumers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    /// The id that was delivered last.
    pub last: StreamId,
    /// How many entries it has read, if that is known.
    pub read: Option<u64>,
    /// Entries that were delivered and not acknowledged.
    pub pending: BTreeMap<StreamId, Pending>,
    /// Those who read, by name.
    pub consumers: BTreeMap<Vec<u8>, Consumer>,
}

/// An entry that was delivered and not acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    /// When it was delivered last, in milliseconds since the Unix epoch.
    pub delivered: i64,
    /// How often it was delivered.
    pub count: u64,
    /// Whose it is: one of the group's consumers.
    pub owner: Vec<u8>,
}

/// One who reads for a group. All are equal: a log does not tell when they asked, servers take the time of loading.
#[derive(Debug, Clone, Default)]
pub struct Consumer {
    /// When it asked last, in milliseconds since the Unix epoch; 0 if nobody knows.
    pub seen: i64,
    /// When it got something last, if it ever did.
    pub active: Option<i64>,
}

impl PartialEq for Consumer {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What becomes of the notes of groups on an entry that is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum References {
    /// They stay.
    #[default]
    Keep,
    /// They go as well.
    Drop,
    /// The entry stays unless every group got it and none waits for it.
    Acknowledged,
}

/// How much of a stream is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    /// So many entries at the end.
    Length(u64),
    /// Entries from this one on.
    From(StreamId),
}

/// The id behind `id`, if there is one.
pub(crate) fn next(id: StreamId) -> Option<StreamId> {
    match id.seq.checked_add(1) {
        Some(seq) => Some(StreamId { seq, ..id }),
        None => id.millis.checked_add(1).map(|millis| StreamId { millis, seq: 0 }),
    }
}

impl<'i> Stream<'i> {
    /// No entries; what will be in them may point into `space`.
    pub(crate) const fn new(space: Space<'i>) -> Self {
        let zero = StreamId { millis: 0, seq: 0 };
        let groups = BTreeMap::new();
        Self { entries: Entries::new(space), last: zero, max_deleted: zero, added: 0, groups }
    }

    /// The id of the first entry, 0-0 if there is none.
    #[must_use]
    pub fn first(&self) -> StreamId {
        self.entries.first().unwrap_or_default()
    }

    /// What an RDB file says of it behind its entries.
    #[must_use]
    pub fn info(&self) -> StreamInfo {
        let Self { last, max_deleted, added, .. } = *self;
        let history = History { first: self.first(), max_deleted, added };
        StreamInfo { length: self.entries.len() as u64, last, history: Some(history) }
    }

    /// Adds an entry, with fields and values by turns. `id` is larger than the last one.
    pub(crate) fn add(&mut self, id: StreamId, words: &[&[u8]]) {
        self.entries.insert(id, words.iter().copied());
        self.last = id;
        self.added = self.added.saturating_add(1);
    }

    /// Deletes an entry by name; whether it went.
    pub(crate) fn delete(&mut self, id: StreamId, references: References) -> bool {
        let is_gone = self.forget(id, references);
        if is_gone {
            self.max_deleted = self.max_deleted.max(id);
        }
        is_gone
    }

    /// Removes an entry without remembering it; whether it went.
    fn forget(&mut self, id: StreamId, references: References) -> bool {
        match references {
            References::Acknowledged if self.is_awaited(id) => return false,
            References::Drop => self.release(id),
            _ => {}
        }
        self.entries.remove(id)
    }

    /// Removes the notes of all groups on an entry.
    fn release(&mut self, id: StreamId) {
        for group in self.groups.values_mut() {
            group.pending.remove(&id);
        }
    }

    /// Whether a group did not get the entry yet, or waits until it is acknowledged.
    fn is_awaited(&self, id: StreamId) -> bool {
        self.groups.values().any(|group| group.last < id || group.pending.contains_key(&id))
    }

    /// Removes entries from the front; whether one went.
    ///
    /// What is trimmed roughly (`~`) loses whole nodes only, whose borders depend on how the stream came to be. The
    /// stream counts as one node, as a short one is: it loses everything or nothing. Servers write the exact bound to
    /// their logs.
    pub(crate) fn trim(&mut self, bound: Bound, is_rough: bool, references: References) -> bool {
        if is_rough && !self.is_beyond(bound) {
            return false;
        }
        let (length, mut first) = (self.entries.len(), self.entries.first());
        while let Some(id) = first {
            let is_enough = match bound {
                Bound::Length(most) => self.entries.len() as u64 <= most,
                Bound::From(first) => id >= first,
            };
            if is_enough {
                break;
            }
            self.forget(id, references);
            first = next(id).and_then(|id| self.entries.ids_from(id).next());
        }
        self.entries.len() < length
    }

    /// Whether no entry is kept.
    fn is_beyond(&self, bound: Bound) -> bool {
        match bound {
            Bound::Length(most) => most == 0,
            Bound::From(first) => self.entries.last().is_none_or(|last| last < first),
        }
    }

    /// Whether an entry behind `id` may have been deleted by name.
    pub(crate) fn has_gap_behind(&self, id: StreamId) -> bool {
        let deleted = self.max_deleted;
        !self.entries.is_empty() && deleted != StreamId::default() && id <= deleted
    }

    /// How many entries were added up to this id, where that can be told.
    pub(crate) fn count_up_to(&self, id: StreamId) -> Option<u64> {
        let (zero, length) = (StreamId::default(), self.entries.len() as u64);
        if self.added == 0 {
            return Some(0);
        }
        if length == 0 && id <= self.last || id == self.last {
            return Some(self.added);
        }
        let has_gap = self.max_deleted != zero && self.max_deleted >= self.first();
        if id > self.last || has_gap || id != zero && id < self.max_deleted {
            return None;
        }
        let before = self.added.saturating_sub(length);
        match id.cmp(&self.first()) {
            std::cmp::Ordering::Less => Some(before),
            std::cmp::Ordering::Equal => Some(before + 1),
            std::cmp::Ordering::Greater => None,
        }
    }
}

impl Group {
    /// A consumer, who is there from now on.
    pub(crate) fn consumer(&mut self, name: &[u8]) -> &mut Consumer {
        self.consumers.entry(name.to_vec()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_rdb_file_says_of_a_stream_is_there() {
        let mut stream = Stream::new(Space::default());
        let ids = (1..=4).map(|millis| StreamId { millis, seq: 0 });
        ids.clone().for_each(|id| stream.add(id, &[]));
        let ids: Vec<StreamId> = ids.collect();
        assert!(stream.delete(ids[2], References::Keep));
        assert!(stream.trim(Bound::From(ids[1]), false, References::Keep));
        let history = History { first: ids[1], max_deleted: ids[2], added: 4 };
        let info = StreamInfo { length: 2, last: ids[3], history: Some(history) };
        assert_eq!(stream.info(), info);
    }

    #[test]
    fn nothing_is_behind_the_largest_id() {
        let largest = StreamId { millis: u64::MAX, seq: u64::MAX };
        assert_eq!(next(largest), None);
        let carried = StreamId { millis: 6, seq: 0 };
        assert_eq!(next(StreamId { millis: 5, seq: u64::MAX }), Some(carried));
    }
}
