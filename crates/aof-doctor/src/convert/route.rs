//! Under which name, in which database and in which output a key is written.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use aof_rdb::Key;

use super::slot::slot;

/// Which of the outputs.
pub(crate) type Place = u64;

/// Where keys go.
#[derive(Debug, Default)]
pub(crate) struct Route {
    /// Beginnings of names, and what stands there instead; the first that fits counts.
    pub(crate) renames: Vec<(Vec<u8>, Vec<u8>)>,
    /// Databases, and which they become.
    pub(crate) dbs: Vec<(u64, u64)>,
    pub(crate) split: Split,
}

/// How keys are divided among outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Split {
    /// There is one.
    #[default]
    None,
    /// One for each database.
    Dbs,
    /// One for each range of slots.
    Slots(Vec<RangeInclusive<u16>>),
}

impl Route {
    /// The database that keys of this one go to.
    pub(crate) fn db(&self, db: u64) -> u64 {
        self.dbs.iter().find(|(from, _)| *from == db).map_or(db, |(_, to)| *to)
    }

    /// The key as it is written.
    pub(super) fn apply<'k>(&self, key: &'k Key<'_>) -> Cow<'k, Key<'k>> {
        let rename = self.renames.iter().find(|(from, _)| key.name.starts_with(from));
        let db = self.db(key.db);
        if rename.is_none() && db == key.db {
            return Cow::Borrowed(key);
        }
        let name = match rename {
            Some((from, to)) => Cow::Owned([to, &key.name[from.len()..]].concat()),
            None => Cow::Borrowed(&*key.name),
        };
        Cow::Owned(Key { name, db, ..key.clone() })
    }

    /// The output of a key as it is written; `None` if there is none for it.
    pub(super) fn place(&self, key: &Key<'_>) -> Option<Place> {
        match &self.split {
            Split::None => Some(0),
            Split::Dbs => Some(key.db),
            Split::Slots(ranges) => {
                let slot = slot(&key.name);
                ranges.iter().position(|range| range.contains(&slot)).map(|place| place as Place)
            }
        }
    }

    /// The outputs that there are even if nothing goes there.
    pub(super) fn places(&self) -> std::ops::Range<Place> {
        match &self.split {
            Split::None => 0..1,
            Split::Dbs => 0..0,
            Split::Slots(ranges) => 0..ranges.len() as Place,
        }
    }

    /// The only output, if there is one only.
    pub(super) fn only(&self) -> Option<Place> {
        (self.split == Split::None).then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use aof_rdb::{Dialect, Header, Payload};

    use super::*;

    fn key(name: &'static [u8], db: u64) -> Key<'static> {
        let header = Header { dialect: Dialect::Redis, version: 11 };
        Key {
            db,
            name: name.into(),
            expiry: None,
            idle: None,
            frequency: None,
            has_metadata: false,
            value: Payload { header, code: 0, bytes: b"\x01v" },
        }
    }

    #[test]
    fn names_and_databases_are_changed_where_that_was_asked_for() {
        let route = Route {
            renames: vec![(b"a:".into(), b"b:".into()), (b"a".into(), b"".into())],
            dbs: vec![(3, 0)],
            split: Split::None,
        };
        let names = |name, db| {
            let key = key(name, db);
            let key = route.apply(&key);
            (key.name.to_vec(), key.db)
        };
        assert_eq!(names(b"a:1", 3), (b"b:1".to_vec(), 0));
        assert_eq!(names(b"abc", 1), (b"bc".to_vec(), 1));
        assert_eq!(names(b"b:1", 0), (b"b:1".to_vec(), 0));
    }

    #[test]
    fn keys_are_divided_by_database_or_slot() {
        let place = |split, name, db| Route { split, ..Route::default() }.place(&key(name, db));
        assert_eq!(place(Split::Dbs, b"k", 7), Some(7));
        let halves = Split::Slots(vec![0..=8191, 8192..=16_000]);
        assert_eq!(place(halves.clone(), b"foo", 0), Some(1));
        assert_eq!(place(halves.clone(), b"", 0), Some(0));
        let free = (0..u32::MAX).map(|n| n.to_string()).find(|name| slot(name.as_bytes()) > 16_000);
        let free: &'static str = free.unwrap().leak();
        assert_eq!(place(halves, free.as_bytes(), 0), None);
    }
}
