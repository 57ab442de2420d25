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
    /// Of the keys written that come of logs: bytes of memory that a server will need for them, an estimate.
    pub(crate) memory: u64,
    /// Likewise the nanoseconds in which it will load them.
    pub(crate) loading: u64,
    /// What was left out, and why.
    pub(crate) left_out: LeftOut,
    /// Streams that were written without what they remember of entries that they no longer have.
    pub(crate) stream_history: u64,
    /// Libraries that the target cannot hold.
    pub(crate) unheld_functions: u64,
    /// Keys that could not be read.
    pub(crate) lost: NamedKeys,
    /// Keys that the target cannot hold all of.
    pub(crate) unheld: NamedKeys,
    /// Keys and libraries of which another one of that name was written.
    pub(crate) duplicates: NamedKeys,
}

/// The first of some keys, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct NamedKeys {
    pub(crate) first: Vec<Named>,
    pub(crate) total: u64,
}

impl NamedKeys {
    /// Notes one more.
    fn note(&mut self, key: Named) {
        self.total += 1;
        if self.first.len() < NAMED {
            self.first.push(key);
        }
    }

    fn add(&mut self, next: Self) {
        let room = NAMED - self.first.len();
        self.first.extend(next.first.into_iter().take(room));
        self.total += next.total;
    }
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

/// A key that something is to be said of.
#[derive(Debug)]
pub(crate) struct Named {
    /// Which of the inputs it stands in.
    pub(crate) input: usize,
    pub(crate) db: u64,
    /// Its name, or the beginning of it.
    pub(crate) name: Vec<u8>,
    /// Where its record begins.
    pub(crate) at: u64,
    /// What is wrong, or left out.
    pub(crate) why: String,
}

impl Named {
    pub(super) fn new(input: usize, db: u64, name: &[u8], at: u64) -> Self {
        let name = name[..name.len().min(NAME)].to_vec();
        Self { input, db, name, at, why: String::new() }
    }

    /// The same, and why it is named.
    pub(super) fn because(self, why: String) -> Self {
        Self { why, ..self }
    }
}

impl Tally {
    /// Notes a key that cannot be read.
    pub(super) fn lose(&mut self, key: Named) {
        self.lost.note(key);
    }

    /// Notes a key that the target cannot hold all of.
    pub(super) fn not_hold(&mut self, key: Named) {
        self.unheld.note(key);
    }

    /// Notes a key that is left to another one of its name.
    pub(super) fn duplicate(&mut self, key: Named) {
        self.duplicates.note(key);
    }

    /// Keys that were read, whatever became of them. A library that was left to another one counts as one.
    pub(crate) fn keys_in(&self) -> u64 {
        let LeftOut { filtered, expired, empty, .. } = self.left_out;
        self.keys + filtered + expired + empty + self.lost.total + self.duplicates.total
    }

    /// Adds what follows.
    pub(super) fn add(&mut self, next: Self) {
        self.keys += next.keys;
        self.functions += next.functions;
        self.dbs.extend(next.dbs);
        self.expired += next.expired;
        self.memory += next.memory;
        self.loading += next.loading;
        self.left_out.add(&next.left_out);
        self.stream_history += next.stream_history;
        self.unheld_functions += next.unheld_functions;
        self.lost.add(next.lost);
        self.unheld.add(next.unheld);
        self.duplicates.add(next.duplicates);
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
                tally.lose(Named::new(0, chunk, &[b'x'; 2000], at).because("why".to_owned()));
            }
            all.add(tally);
        }
        assert_eq!((all.keys, all.dbs.len(), all.lost.total), (6, 3, 180));
        assert_eq!(all.lost.first.len(), NAMED);
        assert_eq!(all.lost.first[60].db, 1, "in the order of the file");
        assert_eq!(all.lost.first[0].name.len(), NAME);
    }
}
