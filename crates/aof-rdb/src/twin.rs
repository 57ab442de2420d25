//! Keys that occur twice: hashes of all keys, or of as many as there is room for.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use crate::attribute::{self, attribute};
use crate::cursor::Cursor;
use crate::layout;
use crate::length::byte;
use crate::skip::skip;
use crate::summary::{Header, Source, Twin};

/// A thread keeps at most so many hashes.
const MOST: usize = 1 << 18;

/// So many are compared at most; a thread's are enough for that, however the keys fall to the threads.
const COMPARED: u64 = 1 << 17;

/// So many pairs are named.
const MOST_NAMED: usize = 100;

/// The head of a record is looked at so far when a pair is compared.
const HEAD: usize = 4 << 10;

/// Hashes of keys, and where their records begin: of those keys whose hashes have `level` upper bits of 0.
#[derive(Debug)]
pub(crate) struct Sample {
    level: u32,
    most: usize,
    keys: u64,
    hashes: Vec<(u64, u64)>,
}

impl Sample {
    /// Of all keys, or of so many that memory stays bounded.
    pub(crate) fn new(of_all: bool) -> Self {
        let most = if of_all { usize::MAX } else { MOST };
        Self { level: 0, most, keys: 0, hashes: Vec::new() }
    }

    /// Counts a key in whose record begins at `at`.
    #[inline]
    pub(crate) fn add(&mut self, db: u64, name: &[u8], at: u64) {
        self.keys += 1;
        let hash = FixedState::with_seed(db).hash_one(name);
        if hash.leading_zeros() < self.level {
            return;
        }
        self.hashes.push((hash, at));
        if self.hashes.len() >= self.most {
            self.thin_out(self.level + 1);
        }
    }

    /// Adds what another thread saw.
    pub(crate) fn merge(&mut self, other: Self) {
        self.keys += other.keys;
        self.hashes.extend(other.hashes);
        self.thin_out(self.level.max(other.level));
    }

    fn thin_out(&mut self, level: u32) {
        self.level = level;
        self.hashes.retain(|(hash, _)| hash.leading_zeros() >= level);
    }

    /// Pairs of keys that are probably the same, in the order of the later ones, how many there are, and how many
    /// upper bits of 0 the hashes have that were compared.
    pub(crate) fn twins(mut self) -> (Vec<Twin>, u64, u32) {
        if self.most < usize::MAX {
            // Which thread saw how many keys must not matter.
            let level = (self.keys / COMPARED).checked_ilog2().map_or(0, |level| level + 1);
            self.thin_out(self.level.max(level));
        }
        self.hashes.sort_unstable();
        let pairs = self.hashes.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        let mut twins: Vec<Twin> =
            pairs.map(|pair| Twin { first: pair[0].1, second: pair[1].1, key: None }).collect();
        twins.sort_unstable_by_key(|twin| twin.second);
        let total = twins.len() as u64;
        twins.truncate(MOST_NAMED);
        (twins, total, self.level)
    }
}

/// Compares the keys of pairs whose hashes are equal; those that cannot be read again stay without a name.
pub(crate) fn compare<S: Source>(source: &mut S, header: Header, twins: &mut Vec<Twin>) {
    twins.retain_mut(|twin| {
        let first = name_at(source, header, twin.first);
        match (first, name_at(source, header, twin.second)) {
            (Some(first), Some(second)) => {
                let are_same = first == second;
                twin.key = Some(second);
                are_same
            }
            _ => true,
        }
    });
}

/// The name of the key whose record begins at `at`.
fn name_at<S: Source>(source: &mut S, header: Header, at: u64) -> Option<Vec<u8>> {
    let bytes = source.window(at, HEAD).ok()?;
    let mut place = 0;
    loop {
        let code = byte(bytes, place).ok()?;
        place = match code {
            _ if attribute::is_one(code) => attribute(code, bytes, place + 1).ok()?.1,
            243 => skip(layout::opcode_243(header)?.0, bytes, place + 1).ok()?,
            _ => break,
        };
    }
    let name = Cursor::new(&bytes[place + 1..]).text().ok()?;
    name.kept().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(keys: impl Iterator<Item = u64>, of_all: bool) -> Sample {
        let mut sample = Sample::new(of_all);
        keys.enumerate().for_each(|(at, key)| sample.add(0, &key.to_le_bytes(), at as u64));
        sample
    }

    #[test]
    fn a_key_that_occurs_twice_is_a_pair_and_one_in_another_database_is_not() {
        let mut keys = sample([1, 2, 3, 2].into_iter(), false);
        keys.add(1, &3_u64.to_le_bytes(), 4);
        let (twins, total, level) = keys.twins();
        assert_eq!((total, level), (1, 0));
        assert_eq!((twins[0].first, twins[0].second), (1, 3));
    }

    #[test]
    fn of_very_many_keys_as_many_are_compared_as_there_is_room_for() {
        let keys = 3_000_000;
        let sampled = sample((0..keys).chain(0..keys), false);
        assert!(sampled.hashes.len() <= MOST);
        let (twins, total, level) = sampled.twins();
        assert_eq!((twins.len(), level), (MOST_NAMED, 6));
        let expected = keys >> level;
        assert!(total.abs_diff(expected) < expected / 20, "{total} of about {expected}");
        assert_eq!(sample((0..keys).chain([17]), true).twins().1, 1);
    }

    #[test]
    fn which_thread_sees_a_key_does_not_matter() {
        let keys = || (0..1_000_000_u64).map(|key| key % 900_000);
        let whole = sample(keys(), false).twins();
        let mut split = sample(keys().filter(|key| key % 7 > 0), false);
        split.merge(sample(keys().filter(|key| key % 7 == 0), false));
        let split = split.twins();
        assert_eq!((whole.1, whole.2), (split.1, split.2));
    }
}
