//! Counts while a walk is under way.

use std::collections::BTreeMap;

use crate::summary::{Aux, Census, Db};

/// So many databases are listed at most; the keys of further ones are counted all the same.
const MOST_DBS: usize = 1 << 16;

/// So many modules are named at most.
const MOST_MODULES: usize = 256;

/// The databases, and the one that keys belong to at the moment.
#[derive(Debug, Default)]
pub(crate) struct Dbs {
    list: Vec<Db>,
    /// Where a number stands in the list.
    places: BTreeMap<u64, usize>,
    current: Db,
    keys: u64,
    expiring: u64,
}

impl Dbs {
    /// The number of the one at the moment.
    pub(crate) fn number(&self) -> u64 {
        self.current.number
    }

    #[inline]
    pub(crate) fn add_key(&mut self, is_expiring: bool) {
        self.current.keys += 1;
        self.current.expiring += u64::from(is_expiring);
    }

    pub(crate) fn announce(&mut self, keys: u64) {
        self.current.announced = Some(keys);
    }

    /// Further keys belong to this one, which is listed even if none follow.
    pub(crate) fn select(&mut self, number: u64) {
        self.settle();
        self.current = Db { number, ..Db::default() };
        self.place();
    }

    /// All of them, and how many keys there are and how many of these expire.
    pub(crate) fn finish(mut self) -> (Vec<Db>, u64, u64) {
        self.settle();
        (self.list, self.keys, self.expiring)
    }

    /// Puts what was counted since the last selection where it belongs.
    fn settle(&mut self) {
        let Db { keys, expiring, announced, .. } = self.current;
        self.keys += keys;
        self.expiring += expiring;
        if keys == 0 && announced.is_none() {
            return;
        }
        if let Some(place) = self.place() {
            let db = &mut self.list[place];
            (db.keys, db.expiring) = (db.keys + keys, db.expiring + expiring);
            db.announced = announced.or(db.announced);
        }
    }

    /// Where the one at the moment stands in the list.
    fn place(&mut self) -> Option<usize> {
        let number = self.current.number;
        if let Some(&place) = self.places.get(&number) {
            return Some(place);
        }
        let place = self.list.len();
        if place == MOST_DBS {
            return None;
        }
        self.list.push(Db { number, ..Db::default() });
        self.places.insert(number, place);
        Some(place)
    }
}

/// What else is counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    types: [u64; 32],
    earliest: Option<i64>,
    latest: Option<i64>,
    largest: Option<(u64, u64)>,
}

impl Counts {
    /// A key of type `code`, whose record begins at `at`.
    #[inline]
    pub(crate) fn add(&mut self, code: u8, expiry: Option<i64>, at: u64, bytes: u64) {
        if let Some(count) = self.types.get_mut(usize::from(code)) {
            *count += 1;
        }
        if let Some(expiry) = expiry {
            self.earliest = Some(self.earliest.map_or(expiry, |earliest| earliest.min(expiry)));
            self.latest = self.latest.max(Some(expiry));
        }
        if self.largest.is_none_or(|(_, most)| bytes > most) {
            self.largest = Some((at, bytes));
        }
    }

    pub(crate) fn finish(self) -> Census {
        Census {
            types: (0..).zip(self.types).filter(|&(_, count)| count > 0).collect(),
            earliest_expiry: self.earliest,
            latest_expiry: self.latest,
            largest: self.largest,
        }
    }
}

/// Names the module whose type has this id, unless that was done before.
pub(crate) fn add_module(modules: &mut Vec<String>, id: u64) {
    let name = module_name(id);
    if modules.len() < MOST_MODULES && !modules.contains(&name) {
        modules.push(name);
    }
}

/// Nine letters of six bits, the first in the upper ones; the version of the encoding stands below.
pub(crate) fn module_name(id: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |place: u32| char::from(LETTERS[(id >> (10 + 6 * place) & 63) as usize]);
    (0..9).rev().map(letter).collect()
}

/// Notes a field that says something about the file.
pub(crate) fn note(aux: &mut Aux, name: &[u8], value: &[u8]) {
    let text = || String::from_utf8_lossy(value).into_owned();
    let number = || std::str::from_utf8(value).ok()?.parse().ok();
    match name {
        b"redis-ver" | b"valkey-ver" => aux.server = Some(text()),
        b"ctime" => aux.created = number(),
        b"used-mem" => aux.used_memory = number(),
        b"aof-base" | b"aof-preamble" => aux.is_base = number().map(|flag| flag != 0),
        b"repl-id" => aux.replication_id = Some(text()),
        b"repl-offset" => aux.replication_offset = number(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_count_for_the_database_that_was_selected_last() {
        let mut dbs = Dbs::default();
        dbs.add_key(true);
        dbs.select(3);
        dbs.announce(9);
        dbs.add_key(false);
        dbs.select(0);
        dbs.add_key(false);
        dbs.select(7);
        let (list, keys, expiring) = dbs.finish();
        let db = |number, keys, expiring, announced| Db { number, keys, expiring, announced };
        assert_eq!(list, [db(0, 2, 1, None), db(3, 1, 0, Some(9)), db(7, 0, 0, None)]);
        assert_eq!((keys, expiring), (3, 1));
    }

    #[test]
    fn the_list_of_databases_is_bounded_and_the_count_of_keys_is_not() {
        let mut dbs = Dbs::default();
        for number in 0..MOST_DBS as u64 + 10 {
            dbs.select(number);
            dbs.add_key(false);
        }
        let (list, keys, _) = dbs.finish();
        assert_eq!((list.len(), keys), (MOST_DBS, MOST_DBS as u64 + 10));
    }

    #[test]
    fn modules_are_named_once_and_not_without_end() {
        // RedisGraph's data type, with version 9 of its encoding.
        let graphdata =
            b"graphdata".iter().fold(0, |id, letter| id << 6 | u64::from(letter - b'a' + 26));
        let mut modules = Vec::new();
        add_module(&mut modules, graphdata << 10 | 9);
        add_module(&mut modules, graphdata << 10 | 8);
        assert_eq!(modules, ["graphdata"]);
        (0..2000).for_each(|id| add_module(&mut modules, id << 10));
        assert_eq!(modules.len(), MOST_MODULES);
    }

    #[test]
    fn fields_are_noted_and_nonsense_in_them_is_not() {
        let mut aux = Aux::default();
        for (name, value) in [
            (&b"valkey-ver"[..], &b"9.1.2"[..]),
            (b"ctime", b"1700000000"),
            (b"used-mem", b"much"),
            (b"aof-base", b"1"),
            (b"something", b"else"),
        ] {
            note(&mut aux, name, value);
        }
        assert_eq!(aux.server.as_deref(), Some("9.1.2"));
        assert_eq!((aux.created, aux.used_memory), (Some(1_700_000_000), None));
        assert_eq!(aux.is_base, Some(true));
    }
}
