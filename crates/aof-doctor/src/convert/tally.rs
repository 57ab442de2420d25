//! What was carried over, and what was not.

use std::collections::BTreeSet;

/// So many lost keys are named at most.
const NAMED: usize = 100;

/// So many bytes of a name are kept.
const NAME: usize = 1024;

/// Counts of one chunk, or of all.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Keys that were written.
    pub(crate) keys: u64,
    /// Libraries of functions that were written.
    pub(crate) functions: u64,
    /// Databases that keys were written of.
    pub(crate) dbs: BTreeSet<u64>,
    /// Of the keys written, those that have expired already.
    pub(crate) expired: u64,
    /// What was left out, and why.
    pub(crate) left_out: LeftOut,
    /// Keys that could not be read: the first of them.
    pub(crate) lost: Vec<LostKey>,
    /// How many there are.
    pub(crate) total_lost: u64,
}

/// What was left out although it can be read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Keys that the filter does not take.
    pub(crate) filtered: u64,
    /// Keys that have expired.
    pub(crate) expired: u64,
    /// Fields that have expired, of hashes that were written.
    pub(crate) expired_fields: u64,
    /// Keys that nothing is in, which servers leave out too.
    pub(crate) empty: u64,
    /// Libraries of functions, because there is a filter.
    pub(crate) functions: u64,
    /// What modules say beside their keys, which neither form can say.
    pub(crate) module_data: u64,
}

/// A key whose value cannot be read.
#[derive(Debug)]
pub(crate) struct LostKey {
    pub(crate) db: u64,
    /// Its name, or the beginning of it.
    pub(crate) name: Vec<u8>,
    /// Where its record begins.
    pub(crate) at: u64,
    /// What is wrong.
    pub(crate) why: String,
}

impl Tally {
    /// Notes a key that cannot be read.
    pub(super) fn lose(&mut self, db: u64, name: &[u8], at: u64, why: String) {
        self.total_lost += 1;
        if self.lost.len() < NAMED {
            self.lost.push(LostKey { db, name: name[..name.len().min(NAME)].to_vec(), at, why });
        }
    }

    /// Adds what follows.
    pub(super) fn add(&mut self, next: Self) {
        self.keys += next.keys;
        self.functions += next.functions;
        self.dbs.extend(next.dbs);
        self.expired += next.expired;
        self.left_out.add(&next.left_out);
        let room = NAMED - self.lost.len();
        self.lost.extend(next.lost.into_iter().take(room));
        self.total_lost += next.total_lost;
    }
}

impl LeftOut {
    fn add(&mut self, next: &Self) {
        self.filtered += next.filtered;
        self.expired += next.expired;
        self.expired_fields += next.expired_fields;
        self.empty += next.empty;
        self.functions += next.functions;
        self.module_data += next.module_data;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_lost_is_counted_and_the_first_of_it_named() {
        let mut all = Tally::default();
        for chunk in 0..3 {
            let mut tally = Tally { keys: 2, dbs: BTreeSet::from([chunk]), ..Tally::default() };
            for at in 0..60 {
                tally.lose(chunk, &[b'x'; 2000], at, "why".to_owned());
            }
            all.add(tally);
        }
        assert_eq!((all.keys, all.dbs.len(), all.total_lost), (6, 3, 180));
        assert_eq!(all.lost.len(), NAMED);
        assert_eq!(all.lost[60].db, 1, "in the order of the file");
        assert_eq!(all.lost[0].name.len(), NAME);
    }
}
