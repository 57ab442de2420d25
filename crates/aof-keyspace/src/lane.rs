//! Lanes: shares of the keys that nothing connects, so that each can be worked on alone.

use std::collections::BTreeMap;

use crate::db::Db;
use crate::space::Space;

/// A share of the keys of all databases.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lane<'i> {
    space: Space<'i>,
    pub(crate) dbs: BTreeMap<u64, Db<'i>>,
    /// Sources of libraries by their names. They are in the first lane.
    pub(crate) functions: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl<'i> Lane<'i> {
    pub(crate) fn new(space: Space<'i>) -> Self {
        Self { space, ..Self::default() }
    }

    pub(crate) fn db(&mut self, number: u64) -> &mut Db<'i> {
        self.dbs.entry(number).or_insert_with(|| Db::new(self.space))
    }

    /// Exchanges what two databases hold.
    pub(crate) fn swap(&mut self, one: u64, other: u64) {
        let [first, second] = [one, other].map(|number| self.dbs.remove(&number));
        self.dbs.extend(second.map(|db| (one, db)));
        self.dbs.extend(first.map(|db| (other, db)));
    }

    pub(crate) fn len(&self) -> usize {
        self.dbs.values().map(Db::len).sum()
    }
}
