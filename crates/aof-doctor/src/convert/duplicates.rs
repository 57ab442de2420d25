//! Keys and libraries of functions that occur more than once: servers refuse a file that has such.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use aof_rdb::{Record, RecordKind};
use rayon::prelude::*;

use super::chunk::Rules;
use super::held::Run;

/// Which of several is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// The one that comes first.
    First,
    /// The one that comes last.
    Last,
    /// None: there must not be any.
    Refuse,
}

/// Where a record stands: in which input, and at which byte.
type Spot = (usize, u64);

/// Records that are not written, in order.
#[derive(Debug)]
pub(super) struct Skips(Vec<Spot>);

impl Skips {
    /// Of what nobody compared.
    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether the record is left to another one of that name.
    pub(super) fn has(&self, spot: Spot) -> bool {
        !self.0.is_empty() && self.0.binary_search(&spot).is_ok()
    }
}

/// Hashes of a name, and where it stands.
type Seen = ([u64; 2], Spot);

/// Hashes of all names, each with where it stands. Two hashes of 64 bits with keys that nobody knows: that two names
/// have both in common does not happen.
#[derive(Default)]
pub(super) struct Names {
    states: [RandomState; 2],
    seen: Vec<Seen>,
}

impl Names {
    /// Takes in what is to be written of these records.
    pub(super) fn add(&mut self, rules: &Rules<'_>, records: &[Record<'_>]) {
        let states = &self.states;
        self.seen.par_extend(records.par_iter().filter_map(|record| hashed(states, rules, record)));
    }

    /// Takes in what is to be written of these keys in memory.
    pub(super) fn add_runs(&mut self, rules: &Rules<'_>, runs: &[Run<'_, '_>]) {
        let states = &self.states;
        self.seen.par_extend(runs.par_iter().flat_map_iter(|run| {
            let mut seen = Vec::new();
            run.each(|record| seen.extend(hashed(states, rules, record)));
            seen
        }));
    }

    /// All but one of each name.
    pub(super) fn skips(mut self, which: Duplicates) -> Skips {
        self.seen.par_sort_unstable();
        let same = self.seen.chunk_by(|(one, _), (other, _)| one == other);
        let others = same.filter(|same| same.len() > 1).flat_map(|same| match which {
            Duplicates::Last => &same[..same.len() - 1],
            Duplicates::First | Duplicates::Refuse => &same[1..],
        });
        let mut skips: Vec<Spot> = others.map(|(_, spot)| *spot).collect();
        skips.sort_unstable();
        Skips(skips)
    }
}

/// The hashes of the name of a record that is to be written, and where that stands.
fn hashed(states: &[RandomState; 2], rules: &Rules<'_>, record: &Record<'_>) -> Option<Seen> {
    let name = match &record.kind {
        RecordKind::Key(key) if rules.takes(key).is_ok() => {
            let key = rules.route.apply(key);
            rules.route.place(&key)?;
            (Some(key.db), key.name.to_vec())
        }
        RecordKind::Function(source) if rules.filter.takes_all() => {
            (None, library(source).to_vec())
        }
        _ => return None,
    };
    Some((states.each_ref().map(|state| state.hash_one(&name)), (rules.input, record.at)))
}

/// The name of a library, which stands in the first line of its source; all of the source if it says none.
pub(super) fn library(source: &[u8]) -> &[u8] {
    let line = source.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let mut words = line.split(u8::is_ascii_whitespace);
    words.find_map(|word| word.strip_prefix(b"name=")).unwrap_or(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skips(names: &[&str], which: Duplicates) -> Vec<Spot> {
        let mut all = Names::default();
        for (at, name) in names.iter().enumerate() {
            let hashes = [all.states[0].hash_one(name), all.states[1].hash_one(name)];
            all.seen.push((hashes, (at / 3, at as u64)));
        }
        all.skips(which).0
    }

    #[test]
    fn one_of_each_name_is_written() {
        let names = ["a", "b", "a", "c", "a", "b"];
        assert_eq!(skips(&names, Duplicates::First), [(0, 2), (1, 4), (1, 5)]);
        assert_eq!(skips(&names, Duplicates::Last), [(0, 0), (0, 1), (0, 2)]);
        assert_eq!(skips(&names[..2], Duplicates::Refuse), []);
    }

    #[test]
    fn a_library_is_called_as_its_first_line_says() {
        assert_eq!(library(b"#!lua name=mylib\nredis.register_function('name=x')"), b"mylib");
        assert_eq!(library(b"no first line"), b"no first line");
    }
}
