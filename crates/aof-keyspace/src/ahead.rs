//! What memory will be read, so that it can be brought into the cache by then. The processor waits for many places
//! together: each step is taken for all keys before the next, which reads what the one before has shown.

use crate::db::Db;
use crate::held::Held;
use crate::keyspace::Worker;
use crate::table::{Kind, Slot};

/// How far what is read of a key is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The name that is there, and the value.
    Name,
    /// What the value leads to.
    Value,
    /// The beginning of what is in that.
    Content,
}

impl Worker<'_, '_> {
    /// Shows `show` what memory commands on keys will read, which are told by their databases and hashes.
    #[inline]
    pub fn ahead(
        &self,
        keys: impl Iterator<Item = (u64, u64)>,
        show: &mut impl FnMut(*const u8, usize),
    ) {
        let (mut homes, mut last) = (Vec::with_capacity(keys.size_hint().0), None);
        for (number, hash) in keys {
            // Neighbours are mostly of one database.
            if last.is_none_or(|(other, _)| other != number) {
                last = self.lane.dbs.get(&number).map(|db| (number, db));
            }
            if let Some((_, db)) = last {
                db.table.show_home(hash, show);
                homes.push((db, hash));
            }
        }
        let mut found = Vec::with_capacity(homes.len());
        for (db, hash) in homes {
            let Some(slot) = db.table.likely(hash) else { continue };
            db.ahead_of(slot, Step::Name, show);
            // Commands put another string in the place of one that stands in an input, and seldom read it.
            if matches!(slot.kind(), Kind::Near | Kind::Value) {
                found.push((db, slot));
            }
        }
        lead_to(found.iter().copied(), show);
    }
}

/// Shows `show` what memory will be read to write keys.
#[inline]
pub fn ahead(keys: &[Held<'_, '_>], show: &mut impl FnMut(*const u8, usize)) {
    let keys = keys.iter().map(|held| (held.home, held.slot));
    keys.clone().for_each(|(db, slot)| db.ahead_of(slot, Step::Name, show));
    lead_to(keys, show);
}

fn lead_to<'k, 'i: 'k>(
    keys: impl Iterator<Item = (&'k Db<'i>, Slot)> + Clone,
    show: &mut impl FnMut(*const u8, usize),
) {
    keys.clone().for_each(|(db, slot)| db.ahead_of(slot, Step::Value, show));
    let values = keys.filter(|(_, slot)| slot.kind() == Kind::Value);
    values.for_each(|(db, slot)| db.ahead_of(slot, Step::Content, show));
}
