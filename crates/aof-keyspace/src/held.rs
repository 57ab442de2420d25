//! The keys of a keyspace, in an order that depends on their names alone.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::db::Db;
use crate::keyspace::Keyspace;
use crate::table::{PIECES, Slot, hash};
use crate::value::Value;

/// A key.
#[derive(Debug, Clone, Copy)]
pub struct Held<'k, 'i> {
    /// The number of its database.
    pub db: u64,
    /// Its name.
    pub name: &'k [u8],
    /// When it expires, in milliseconds since the Unix epoch.
    pub expiry: Option<i64>,
    slot: Slot,
    home: &'k Db<'i>,
}

/// Keys of a database whose hashes have some bits in common: they stand together in the order of all keys.
#[derive(Debug)]
pub struct Section<'k, 'i> {
    db: u64,
    piece: usize,
    homes: Vec<&'k Db<'i>>,
}

impl<'i> Keyspace<'i> {
    /// All keys. The order depends on databases and names alone, not on what was done or how keys are distributed to
    /// lanes.
    pub fn iter(&self) -> impl Iterator<Item = Held<'_, 'i>> {
        self.sections().into_iter().flat_map(|section| section.keys())
    }

    /// A key, if it is there.
    #[must_use]
    pub fn get(&self, db: u64, name: &[u8]) -> Option<Held<'_, 'i>> {
        let home = self.lanes[self.ground.links.lane(name)].dbs.get(&db)?;
        home.slot(name).map(|slot| Held::new(db, home, slot))
    }

    /// All keys in sections, in order.
    #[must_use]
    pub fn sections(&self) -> Vec<Section<'_, 'i>> {
        let numbers = self.lanes.iter().flat_map(|lane| lane.dbs.keys().copied());
        let numbers: BTreeSet<u64> = numbers.collect();
        let section = |db, piece| Section { db, piece, homes: self.homes(db) };
        let sections =
            numbers.into_iter().flat_map(|db| (0..PIECES).map(move |piece| section(db, piece)));
        sections.collect()
    }

    /// The shares of a database.
    pub(crate) fn homes(&self, db: u64) -> Vec<&Db<'i>> {
        let homes = self.lanes.iter().filter_map(|lane| lane.dbs.get(&db));
        homes.filter(|home| home.len() > 0).collect()
    }
}

impl<'k, 'i> Section<'k, 'i> {
    /// The keys, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<Held<'k, 'i>> {
        let Self { db, piece, ref homes } = *self;
        let slots =
            homes.iter().flat_map(|home| home.table.slots(piece).map(move |slot| (*home, slot)));
        let held = slots.map(|(home, slot)| {
            let held = Held::new(db, home, slot);
            (hash(held.name), held)
        });
        let mut held: Vec<(u64, Held<'k, 'i>)> = held.collect();
        held.sort_unstable_by(|one, other| (one.0, one.1.name).cmp(&(other.0, other.1.name)));
        held.into_iter().map(|(_, held)| held).collect()
    }
}

impl<'k, 'i> Held<'k, 'i> {
    fn new(db: u64, home: &'k Db<'i>, slot: Slot) -> Self {
        let (name, expiry) = (home.table.name(slot), home.table.expiry(slot));
        Self { db, name, expiry, slot, home }
    }

    /// What it holds.
    #[must_use]
    pub fn value(&self) -> Cow<'k, Value<'i>> {
        // A slot that is in use holds something.
        self.home.held(self.slot).unwrap_or_else(|| Cow::Owned(Value::Grown(Vec::new())))
    }

    /// The string that it holds, if it is one.
    pub(crate) fn string(&self) -> Option<Cow<'k, [u8]>> {
        self.home.string_of(self.slot)
    }
}

impl PartialEq for Held<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        (self.db, self.name, self.expiry) == (other.db, other.name, other.expiry)
            && self.value() == other.value()
    }
}
