//! What works on keys of any type, on databases, and on all data.

use super::draw::Draw;
use super::recipe::{Recipe, plain, rigid};
use super::times::Told;
use crate::argv::{Argv, argv};

/// Conditions of expiries; some do not go together.
const WHEN: [&str; 6] = ["NX", "XX", "GT", "LT", "XX GT", "NX LT"];

pub(super) const RECIPES: &[Recipe] = &[
    plain("COPY", 14, |d| {
        let to_db = if d.rng.chance(30) { argv!["DB", d.db()] } else { argv![] };
        let (from, to) = d.two_keys();
        [argv![from, to], to_db, d.option(50, &["REPLACE"])].concat()
    }),
    plain("DEL", 16, |d| d.repeat((1, 2), |d| argv![d.any_key()])),
    // Nothing is written: the reply is what RESTORE is given.
    plain("DUMP", 20, |d| argv![d.any_key()]),
    rigid("EXPIRE", 8, |d| expires(d, Told::Seconds)),
    rigid("EXPIREAT", 8, |d| expires(d, Told::SecondsAt)),
    rigid("FLUSHALL", 1, |d| d.option(70, &["SYNC", "ASYNC", "NOW", "NOW", "NOW"])),
    rigid("FLUSHDB", 1, |d| d.option(70, &["SYNC", "ASYNC", "NOW", "NOW", "NOW"])),
    plain("MOVE", 10, |d| argv![d.any_key(), d.db()]),
    plain("PERSIST", 8, |d| argv![d.any_key()]),
    rigid("PEXPIRE", 8, |d| expires(d, Told::Millis)),
    rigid("PEXPIREAT", 10, |d| expires(d, Told::MillisAt)),
    plain("RENAME", 8, |d| {
        let (from, to) = d.two_keys();
        argv![from, to]
    }),
    plain("RENAMENX", 8, |d| {
        let (from, to) = d.two_keys();
        argv![from, to]
    }),
    rigid("RESTORE", 16, restore),
    rigid("RESTORE-ASKING", 3, restore),
    plain("SORT", 16, sort),
    plain("SWAPDB", 2, |d| argv![d.db(), d.db()]),
    plain("UNLINK", 8, |d| d.repeat((1, 2), |d| argv![d.any_key()])),
];

impl Draw {
    /// Two keys that prefer the same type.
    fn two_keys(&mut self) -> (Vec<u8>, Vec<u8>) {
        let of = *self.rng.pick(&['s', 'n', 'p', 'l', 'q', 'e', 'z', 'h', 'x', 'g']);
        (self.key(of), self.key(of))
    }
}

fn expires(d: &mut Draw, told: Told) -> Argv {
    [argv![d.any_key(), d.time(told)], d.option(25, &WHEN)].concat()
}

/// Redis 6.2 logs times from now as they are, so none is sent.
fn restore(d: &mut Draw) -> Argv {
    let (key, payload) = (d.any_key(), d.payloads.any(&mut d.rng));
    let (time, is_absolute) = match d.rng.below(3) {
        0 => (d.time(Told::MillisAt), d.option(100, &["ABSTTL"])),
        _ => ("0".to_owned(), d.option(20, &["ABSTTL"])),
    };
    let asked = d.option(10, &["IDLETIME 100", "FREQ 7", "FREQ 256", "IDLETIME -1"]);
    [argv![key, time, payload], d.option(60, &["REPLACE"]), is_absolute, asked].concat()
}

/// Where the order of what weighs the same would be left to chance, nothing is sorted by patterns as text.
fn sort(d: &mut Draw) -> Argv {
    let of = *d.rng.pick(&['q', 'q', 'q', 'e', 'z', 'l']);
    let key = d.key(of);
    let by = match d.rng.below(6) {
        0 => argv!["BY", d.word(&["w_*", "h*->f", "w_*->f"])],
        1 => argv!["BY", "nosort"],
        2 => argv!["ALPHA"],
        _ => argv![],
    };
    let limit = if d.rng.chance(30) { argv!["LIMIT", d.count(), d.count()] } else { argv![] };
    let get = d.option(20, &["GET #", "GET w_* GET #", "GET h*->a GET #", "GET none"]);
    let to = if d.rng.chance(60) { 'q' } else { 'l' };
    let store = if d.rng.chance(92) { argv!["STORE", d.key(to)] } else { argv![] };
    [argv![key], by, limit, get, d.option(40, &["DESC", "ASC"]), store].concat()
}
