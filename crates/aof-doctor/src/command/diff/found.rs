//! What differs: all of it counted, the largest kept.

use std::cmp::Reverse;

use aof_keyspace::diff::{Comparison, Difference};
use aof_keyspace::{Held, Keyspace};

use crate::convert::Filter;

/// Counts, and the differences with the most bytes.
#[derive(Debug, Default)]
pub(crate) struct Found<'k> {
    /// Keys and libraries that are the same.
    pub(crate) equal: u64,
    /// Only on the first side.
    pub(crate) only_first: u64,
    /// Only on the second side.
    pub(crate) only_second: u64,
    /// On both sides, but not the same.
    pub(crate) differ: u64,
    /// The largest first.
    pub(crate) largest: Vec<Difference<'k>>,
}

impl<'k> Found<'k> {
    /// How many differences are kept.
    pub(crate) const MOST: usize = 100;

    /// Compares all that the filter takes. Libraries of functions are no keys: they count where all keys do.
    pub(super) fn new(
        first: &'k Keyspace<'static>,
        second: &'k Keyspace<'static>,
        how: Comparison,
        filter: &Filter,
    ) -> Self {
        let mut found = Self::default();
        let takes =
            |held: &Held<'_, '_>| filter.takes_key(held.db, held.name(), Some(held.value().kind()));
        let equal = how.keys(first, second, &takes, &mut |it| found.add(it));
        let libraries = match filter.takes_all() {
            true => how.functions(first, second, &mut |it| found.add(it)),
            false => 0,
        };
        found.equal = equal + libraries;
        found.rank();
        found
    }

    /// How many differences there are.
    pub(crate) fn total(&self) -> u64 {
        self.only_first + self.only_second + self.differ
    }

    fn add(&mut self, difference: Difference<'k>) {
        let count = match (difference.first, difference.second) {
            (Some(_), Some(_)) => &mut self.differ,
            (Some(_), None) => &mut self.only_first,
            (None, _) => &mut self.only_second,
        };
        *count += 1;
        self.largest.push(difference);
        if self.largest.len() > 4 * Self::MOST {
            self.rank();
        }
    }

    fn rank(&mut self) {
        self.largest.sort_by_key(|it| (Reverse(it.bytes), it.db, it.name));
        self.largest.truncate(Self::MOST);
    }
}

#[cfg(test)]
mod tests {
    use aof_keyspace::Session;

    use super::*;

    #[test]
    fn the_largest_are_kept_and_all_are_counted() {
        let mut keyspace = Keyspace::default();
        for number in 0..1000_usize {
            let (name, value) = (format!("k{number}"), vec![b'x'; number]);
            let args: [&[u8]; 3] = [b"SET", name.as_bytes(), &value];
            keyspace.apply(&mut Session::default(), &args).expect("the command is right");
        }
        let (nothing, how) = (Keyspace::default(), Comparison::default());
        let found = Found::new(&keyspace, &nothing, how, &Filter::default());
        assert_eq!((found.only_first, found.total(), found.equal), (1000, 1000, 0));
        let names: Vec<&[u8]> = found.largest.iter().map(|it| it.name).collect();
        assert_eq!((names.len(), names[0], names[99]), (100, &b"k999"[..], &b"k900"[..]));
        let filter = Filter { dbs: vec![1], ..Filter::default() };
        assert_eq!(Found::new(&keyspace, &nothing, how, &filter).total(), 0);
    }
}
