//! Sorted sets.

use super::draw::Draw;
use super::recipe::{Recipe, plain, rigid};
use crate::argv::{Argv, argv};

pub(super) const RECIPES: &[Recipe] = &[
    rigid("BZMPOP", 5, |d| [argv![d.timeout()], multi_pop(d)].concat()),
    rigid("BZPOPMAX", 4, |d| [d.keys('z'), argv![d.timeout()]].concat()),
    rigid("BZPOPMIN", 4, |d| [d.keys('z'), argv![d.timeout()]].concat()),
    plain("ZADD", 28, |d| {
        let options = d.option(30, &["NX", "XX", "GT", "LT", "CH", "XX CH", "INCR", "NX GT"]);
        let longest = if d.rng.chance(10) { 20 } else { 3 };
        let members = d.repeat((1, longest), |d| argv![d.float(), d.element()]);
        [argv![d.key('z')], options, members].concat()
    }),
    rigid("ZADD", 8, |d| {
        let members = d.repeat((1, 4), |d| argv!["5", d.element()]);
        [argv![d.level_key()], members].concat()
    }),
    plain("ZDIFFSTORE", 5, |d| {
        let keys = d.keys('z');
        [argv![d.key('z')], d.counted(keys)].concat()
    }),
    plain("ZINCRBY", 10, |d| argv![d.key('z'), d.float(), d.element()]),
    plain("ZINTERSTORE", 6, combine),
    plain("ZMPOP", 5, multi_pop),
    plain("ZPOPMAX", 5, pop),
    plain("ZPOPMIN", 5, pop),
    plain("ZRANGESTORE", 8, range_store),
    rigid("ZRANGESTORE", 4, |d| {
        let (to, from, low, high) = (d.key('z'), d.level_key(), d.lex_end(), d.lex_end());
        [argv![to, from, low, high, "BYLEX"], d.option(30, &["REV"]), limit(d)].concat()
    }),
    plain("ZREM", 8, |d| [argv![d.key('z')], d.elements()].concat()),
    rigid("ZREMRANGEBYLEX", 4, |d| argv![d.level_key(), d.lex_end(), d.lex_end()]),
    plain("ZREMRANGEBYRANK", 4, |d| argv![d.key('z'), d.count(), d.count()]),
    plain("ZREMRANGEBYSCORE", 4, |d| argv![d.key('z'), d.score_end(), d.score_end()]),
    plain("ZUNIONSTORE", 8, combine),
];

impl Draw {
    /// A sorted set that nothing else changes: all members have the same score. In others chance decides what is between
    /// two members (`docs/oracle.md`).
    fn level_key(&mut self) -> String {
        format!("level{}", self.rng.below(2))
    }

    fn score_end(&mut self) -> String {
        let number = self.float();
        if self.rng.chance(30) { format!("({number}") } else { number }
    }

    fn lex_end(&mut self) -> Vec<u8> {
        match self.rng.below(8) {
            0 => "-".into(),
            1 => "+".into(),
            2 => self.element(),
            3 => [b"(", &self.element()[..]].concat(),
            _ => [b"[", &self.element()[..]].concat(),
        }
    }
}

fn pop(d: &mut Draw) -> Argv {
    let count = if d.rng.chance(40) { argv![(1 + d.rng.below(4)).to_string()] } else { argv![] };
    [argv![d.key('z')], count].concat()
}

fn multi_pop(d: &mut Draw) -> Argv {
    let keys = d.keys('z');
    let count = if d.rng.chance(50) { argv!["COUNT", d.count()] } else { argv![] };
    [d.counted(keys), argv![d.word(&["MIN", "MAX", "min", "MID"])], count].concat()
}

/// Weights are above 0: others make −0 of 0 (see [`Draw::float`]).
fn combine(d: &mut Draw) -> Argv {
    let keys: Argv = (0..d.rng.between(1, 3))
        .map(|_| {
            let of = if d.rng.chance(20) { 'e' } else { 'z' };
            d.key(of)
        })
        .collect();
    let number = keys.len();
    let weights = match d.rng.chance(40) {
        true => [
            argv!["WEIGHTS"],
            d.repeat((number, number), |d| argv![d.word(&["1", "2", "0.5", "3.25", "inf", "x"])]),
        ]
        .concat(),
        false => argv![],
    };
    let how = d.option(40, &["AGGREGATE SUM", "AGGREGATE MIN", "AGGREGATE MAX", "AGGREGATE X"]);
    [argv![d.key('z')], d.counted(keys), weights, how].concat()
}

fn range_store(d: &mut Draw) -> Argv {
    let (to, from) = (d.key('z'), d.key('z'));
    let (ends, by) = match d.rng.below(2) {
        0 => (argv![d.count(), d.count()], argv![]),
        _ => (argv![d.score_end(), d.score_end()], [argv!["BYSCORE"], limit(d)].concat()),
    };
    [argv![to, from], ends, by, d.option(30, &["REV"])].concat()
}

/// No offset is negative: servers differ there (`docs/oracle.md`).
fn limit(d: &mut Draw) -> Argv {
    match d.rng.chance(40) {
        true => argv!["LIMIT", d.rng.below(4).to_string(), d.count()],
        false => argv![],
    }
}
