//! What two keyspaces do not have in common, key by key. What has no order on a server has none here.
//!
//! ```
//! use aof_keyspace::diff::{Comparison, What};
//! use aof_keyspace::{Keyspace, Session};
//!
//! let (mut first, mut second) = (Keyspace::default(), Keyspace::default());
//! first.apply(&mut Session::default(), &[b"HSET", b"user:1", b"name", b"Ann", b"town", b"Ulm"])?;
//! second.apply(&mut Session::default(), &[b"HSET", b"user:1", b"town", b"Bonn", b"name", b"Ann"])?;
//! let mut found = Vec::new();
//! let equal = Comparison::default().keys(&first, &second, &|_| true, &mut |it| found.push(it));
//! assert_eq!((equal, found.len(), found[0].name), (0, 1, &b"user:1"[..]));
//! assert_eq!((found[0].changes[0].what, found[0].changes[0].differ), (What::Fields, 1));
//! # Ok::<(), aof_keyspace::Fail>(())
//! ```

mod join;
mod value;

use aof_rdb::StreamId;

use crate::held::Held;
use crate::keyspace::Keyspace;

/// How two keyspaces are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// Times that are no more than so many milliseconds apart are equal: those at which keys and fields expire, and
    /// those at which entries of streams were delivered.
    pub tolerance: u64,
    /// Whether what streams remember of entries that they no longer have counts: how many were added, the largest
    /// that was deleted, and how many of them groups have read. Servers before Redis 7.0 do not save it.
    pub has_history: bool,
}

impl Default for Comparison {
    /// To the millisecond, with all there is.
    fn default() -> Self {
        Self { tolerance: 0, has_history: true }
    }
}

/// A key, or a library of functions, that is not the same on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference<'k> {
    /// The database; `None` for a library.
    pub db: Option<u64>,
    /// The name.
    pub name: &'k [u8],
    /// The type on the first side, `None` if it is not there; of a library `library`.
    pub first: Option<&'static str>,
    /// The same on the second side.
    pub second: Option<&'static str>,
    /// What differs in it, if it is there on both sides.
    pub changes: Vec<Change>,
    /// How many bytes differ, roughly: of what is on one side only, or not the same on both.
    pub bytes: u64,
}

/// What two values of a key do not have in common, in one respect.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// In which respect.
    pub what: What,
    /// The group of the stream that it is about, if it is about one.
    pub group: Option<Vec<u8>>,
    /// How many there are only on the first side.
    pub only_first: u64,
    /// How many there are only on the second side.
    pub only_second: u64,
    /// How many there are on both sides that are not the same.
    pub differ: u64,
    /// How many bytes that are.
    pub bytes: u64,
    /// The first of them: one that differs, if there is such.
    pub example: Option<Example>,
}

/// In which respect values differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// The type of the key; then nothing else is compared.
    Type,
    /// When the key expires.
    Expiry,
    /// A string; the source of a library.
    Text,
    /// Elements of a list, by their places between what is the same at its head and its tail.
    Elements,
    /// Members of a set.
    Members,
    /// Members of a sorted set, and their scores.
    Scores,
    /// Fields of a hash, and their values.
    Fields,
    /// When fields of a hash expire.
    FieldExpiries,
    /// Entries of a stream.
    Entries,
    /// The id that a stream gave last.
    LastId,
    /// The largest id that was deleted.
    MaxDeleted,
    /// How many entries were added.
    Added,
    /// Groups of a stream.
    Groups,
    /// The id that a group got last.
    Delivered,
    /// How many entries a group has read.
    Read,
    /// Entries that a group did not acknowledge.
    Pending,
    /// Consumers of a group.
    Consumers,
}

/// One of the things that differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Which it is.
    pub place: Place,
    /// What it is on the first side, if it is there and more than its name.
    pub first: Option<Datum>,
    /// The same on the second side.
    pub second: Option<Datum>,
}

/// Where something stands in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is one of a kind.
    Whole,
    /// At this byte of a string.
    Offset(u64),
    /// At this place of a list, counted from 0.
    Index(u64),
    /// Under this name.
    Name(Vec<u8>),
    /// Under this id.
    Id(StreamId),
}

/// Something that is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// A type.
    Type(&'static str),
    /// Bytes; of a long text those from the first that differs on.
    Bytes(Vec<u8>),
    /// A score.
    Score(f64),
    /// A time in milliseconds since the Unix epoch; `None` for never.
    Time(Option<i64>),
    /// A number; `None` if nobody knows it.
    Number(Option<u64>),
    /// An id.
    Id(StreamId),
    /// Fields and values of an entry.
    Fields(Vec<(Vec<u8>, Vec<u8>)>),
    /// Whose an entry is, when it was delivered last, and how often.
    Pending(Vec<u8>, i64, u64),
}

impl Comparison {
    /// Compares the keys that `takes` on one of the sides, shows those that are not the same, and returns how many are.
    pub fn keys<'k, 'i>(
        &self,
        first: &'k Keyspace<'i>,
        second: &'k Keyspace<'i>,
        takes: &dyn Fn(&Held<'_, 'i>) -> bool,
        see: &mut dyn FnMut(Difference<'k>),
    ) -> u64 {
        let mut equal = 0;
        for held in first.iter() {
            let other = second.get(held.db, held.name());
            let is_asked = takes(&held) || other.is_some_and(|it| takes(&it));
            match other.filter(|_| is_asked) {
                _ if !is_asked => {}
                None => see(alone(&held, true)),
                Some(other) => match self.pair(&held, &other) {
                    Some(difference) => see(difference),
                    None => equal += 1,
                },
            }
        }
        for held in second.iter() {
            if first.get(held.db, held.name()).is_none() && takes(&held) {
                see(alone(&held, false));
            }
        }
        equal
    }

    /// Compares two keys, whatever their names: what the second has otherwise, if something.
    #[must_use]
    pub fn pair<'k, 'i>(
        &self,
        first: &Held<'k, 'i>,
        second: &Held<'_, 'i>,
    ) -> Option<Difference<'k>> {
        let (db, name) = (first.db, first.name());
        let changes = value::changes(first, second, self);
        let bytes = changes.iter().map(|change| change.bytes).sum();
        let (first, second) = (first.value().kind().name(), second.value().kind().name());
        let (first, second) = (Some(first), Some(second));
        let db = Some(db);
        (!changes.is_empty()).then_some(Difference { db, name, first, second, changes, bytes })
    }

    /// The same for libraries of functions.
    pub fn functions<'k>(
        &self,
        first: &'k Keyspace<'_>,
        second: &'k Keyspace<'_>,
        see: &mut dyn FnMut(Difference<'k>),
    ) -> u64 {
        let source = |side: &'k Keyspace<'_>, name: &[u8]| {
            side.functions().find_map(|(it, source)| (it == name).then_some(source))
        };
        let mut equal = 0;
        let mut one = |name, here: Option<&[u8]>, there: Option<&[u8]>| {
            let changes = here.zip(there).map(|(here, there)| value::text(here, there));
            if matches!(changes, Some(None)) {
                equal += 1;
                return;
            }
            let changes: Vec<Change> = changes.flatten().into_iter().collect();
            let whole = here.xor(there).map_or(0, |source| source.len() as u64);
            let bytes = whole + changes.iter().map(|change| change.bytes).sum::<u64>();
            let [first, second] = [here, there].map(|it| it.map(|_| "library"));
            see(Difference { db: None, name, first, second, changes, bytes });
        };
        for (name, text) in first.functions() {
            one(name, Some(text), source(second, name));
        }
        for (name, text) in second.functions().filter(|(name, _)| source(first, name).is_none()) {
            one(name, None, Some(text));
        }
        equal
    }

    /// Whether two times count as equal.
    #[must_use]
    pub const fn is_near(&self, first: i64, second: i64) -> bool {
        first.abs_diff(second) <= self.tolerance
    }
}

/// A key that is on the first side only.
#[must_use]
pub fn missing<'k>(held: &Held<'k, '_>) -> Difference<'k> {
    alone(held, true)
}

/// A key that is on one side only.
fn alone<'k>(held: &Held<'k, '_>, is_first: bool) -> Difference<'k> {
    let mut value = Vec::new();
    held.encode(&mut value);
    let bytes = (held.name().len() + value.len()) as u64;
    let kind = held.value().kind().name();
    let (first, second) = if is_first { (Some(kind), None) } else { (None, Some(kind)) };
    let (db, name) = (Some(held.db), held.name());
    Difference { db, name, first, second, changes: Vec::new(), bytes }
}

#[cfg(test)]
mod tests;
