//! The keys of a keyspace, in an order that depends on their names alone, or in that in which they are written best.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aof_rdb::Payload;

use crate::db::Db;
use crate::keyspace::Keyspace;
use crate::table::{Kind, PIECES, Slot};
use crate::value::Value;

/// A key.
#[derive(Debug, Clone, Copy)]
pub struct Held<'k, 'i> {
    /// The number of its database.
    pub db: u64,
    pub(crate) slot: Slot,
    pub(crate) home: &'k Db<'i>,
}

/// Keys of a database whose hashes have some bits in common: they stand together in the order of all keys.
#[derive(Debug)]
struct Section<'k, 'i> {
    db: u64,
    piece: usize,
    homes: Vec<&'k Db<'i>>,
}

/// Keys of a database that are written together.
#[derive(Debug)]
pub struct Share<'k, 'i>(Sort<'k, 'i>);

#[derive(Debug)]
enum Sort<'k, 'i> {
    /// Those in a lane whose strings stand in an input.
    Far(u64, &'k Db<'i>),
    /// All others of a section.
    Near(Section<'k, 'i>),
}

impl<'i> Keyspace<'i> {
    /// All keys. The order depends on databases and names alone, not on what was done or how keys are distributed to
    /// lanes.
    pub fn iter(&self) -> impl Iterator<Item = Held<'_, 'i>> {
        let sections = self.dbs().into_iter().flat_map(|db| self.sections(db));
        sections.flat_map(|section| section.keys(|_| true))
    }

    /// A key, if it is there.
    #[must_use]
    pub fn get(&self, db: u64, name: &[u8]) -> Option<Held<'_, 'i>> {
        let home = self.lanes[self.ground.links.lane(name)].dbs.get(&db)?;
        home.slot(name).map(|slot| Held { db, slot, home })
    }

    fn dbs(&self) -> BTreeSet<u64> {
        self.lanes.iter().flat_map(|lane| lane.dbs.keys().copied()).collect()
    }

    /// The databases that keys are in.
    #[must_use]
    pub fn filled(&self) -> BTreeSet<u64> {
        self.dbs().into_iter().filter(|db| !self.homes(*db).is_empty()).collect()
    }

    fn sections(&self, db: u64) -> impl Iterator<Item = Section<'_, 'i>> {
        let homes = self.homes(db);
        (0..PIECES).map(move |piece| Section { db, piece, homes: homes.clone() })
    }

    /// All keys as they are written: of each database first the strings that stand in an input, so that it is read from
    /// front to back, lane by lane; then all others in the order of [`Keyspace::iter`].
    #[must_use]
    pub fn shares(&self) -> Vec<Share<'_, 'i>> {
        let of = |db| {
            let far = self.homes(db).into_iter().map(move |home| Sort::Far(db, home));
            far.chain(self.sections(db).map(Sort::Near)).map(Share)
        };
        self.dbs().into_iter().flat_map(of).collect()
    }

    /// The shares of a database.
    pub(crate) fn homes(&self, db: u64) -> Vec<&Db<'i>> {
        let homes = self.lanes.iter().filter_map(|lane| lane.dbs.get(&db));
        homes.filter(|home| home.len() > 0).collect()
    }
}

impl<'k, 'i> Section<'k, 'i> {
    /// The keys, in order: by a part of the hashes of their names, then by these.
    fn keys(&self, takes: fn(Kind) -> bool) -> Vec<Held<'k, 'i>> {
        let Self { db, piece, ref homes } = *self;
        let slots = homes.iter().flat_map(|home| {
            let slots = home.table.hashed(piece).filter(|(_, slot)| takes(slot.kind()));
            slots.map(move |(hash, slot)| (hash, Held { db, slot, home }))
        });
        let mut keys: Vec<(u32, Held<'k, 'i>)> = slots.collect();
        keys.sort_unstable_by(|(one, first), (other, second)| {
            one.cmp(other).then_with(|| first.name().cmp(second.name()))
        });
        keys.into_iter().map(|(_, held)| held).collect()
    }
}

impl<'k, 'i> Share<'k, 'i> {
    /// The keys, in the order in which they are written.
    #[must_use]
    pub fn keys(&self) -> Vec<Held<'k, 'i>> {
        match &self.0 {
            Sort::Far(db, home) => {
                let slots = (0..PIECES).flat_map(|piece| home.table.slots(piece));
                let mut slots: Vec<Slot> = slots.filter(|slot| is_far(slot.kind())).collect();
                slots.sort_unstable_by_key(|slot| slot.value);
                slots.into_iter().map(|slot| Held { db: *db, slot, home }).collect()
            }
            Sort::Near(section) => section.keys(|kind| !is_far(kind)),
        }
    }
}

fn is_far(kind: Kind) -> bool {
    kind == Kind::Far
}

impl<'k, 'i> Held<'k, 'i> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'k [u8] {
        self.home.table.name(self.slot)
    }

    /// When it expires, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn expiry(&self) -> Option<i64> {
        self.home.table.expiry(self.slot)
    }

    /// What it holds.
    #[must_use]
    pub fn value(&self) -> Cow<'k, Value<'i>> {
        // A slot that is in use holds something.
        self.home.peek(self.slot).unwrap_or_else(|| Cow::Owned(Value::Grown(Vec::new())))
    }

    /// Whether it holds a string.
    #[must_use]
    pub fn is_string(&self) -> bool {
        self.slot.kind() != Kind::Value || self.string().is_some()
    }

    /// The bytes that it was read from, if it is of a base and nothing was done with it.
    pub(crate) fn payload(&self) -> Option<Payload<'i>> {
        self.home.payload(self.slot)
    }

    /// The string that it holds, if it is one.
    pub(crate) fn string(&self) -> Option<Cow<'k, [u8]>> {
        self.home.string_of(self.slot)
    }

    /// How many bytes it will take in a file, roughly: what is in its value is not looked at for that.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.home.weight(self.slot)
    }
}

impl PartialEq for Held<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        (self.db, self.name(), self.expiry()) == (other.db, other.name(), other.expiry())
            && self.value() == other.value()
    }
}
