//! Lists, and waiting for them.

use super::draw::Draw;
use super::recipe::{Recipe, plain, rigid};
use crate::argv::{Argv, argv};

pub(super) const RECIPES: &[Recipe] = &[
    rigid("BLMOVE", 5, |d| argv![d.key('l'), d.key('l'), d.side(), d.side(), d.timeout()]),
    rigid("BLMPOP", 5, |d| [argv![d.timeout()], multi_pop(d)].concat()),
    rigid("BLPOP", 5, |d| [d.keys('l'), argv![d.timeout()]].concat()),
    rigid("BRPOP", 5, |d| [d.keys('l'), argv![d.timeout()]].concat()),
    rigid("BRPOPLPUSH", 5, |d| argv![d.key('l'), d.key('l'), d.timeout()]),
    plain("LINSERT", 8, |d| {
        argv![d.key('l'), d.word(&["BEFORE", "AFTER", "before", "IN"]), d.element(), d.element()]
    }),
    plain("LMOVE", 8, |d| argv![d.key('l'), d.key('l'), d.side(), d.side()]),
    plain("LMPOP", 6, multi_pop),
    plain("LPOP", 8, pop),
    plain("LPUSH", 14, push),
    plain("LPUSHX", 6, push),
    plain("LREM", 8, |d| argv![d.key('l'), d.count(), d.element()]),
    plain("LSET", 8, |d| argv![d.key('l'), d.count(), d.value()]),
    plain("LTRIM", 4, |d| argv![d.key('l'), d.count(), d.word(&["-1", "20", "5", "-2", "0"])]),
    plain("RPOP", 8, pop),
    plain("RPOPLPUSH", 6, |d| argv![d.key('l'), d.key('l')]),
    plain("RPUSH", 20, push),
    plain("RPUSHX", 6, push),
];

impl Draw {
    pub(super) fn side(&mut self) -> String {
        self.word(&["LEFT", "RIGHT", "LEFT", "right", "UP"])
    }

    /// Hardly any time: nobody else writes what would be waited for. In a transaction nobody waits.
    pub(super) fn timeout(&mut self) -> String {
        match self.may_wait {
            true => self.word(&["0", "1", "0.5", "-1", "x"]),
            false => self.word(&["0.01", "0.01", "0.01", "-1", "x"]),
        }
    }
}

/// Lists of numbers get numbers, most of the time.
fn push(d: &mut Draw) -> Argv {
    match d.rng.chance(35) {
        true => [argv![d.key('q')], d.repeat((1, 5), |d| argv![d.int()])].concat(),
        false => [argv![d.key('l')], d.repeat((1, 5), |d| argv![d.value()])].concat(),
    }
}

fn pop(d: &mut Draw) -> Argv {
    let of = if d.rng.chance(20) { 'q' } else { 'l' };
    let count = if d.rng.chance(40) { argv![d.count()] } else { argv![] };
    [argv![d.key(of)], count].concat()
}

fn multi_pop(d: &mut Draw) -> Argv {
    let keys = d.keys('l');
    let count = if d.rng.chance(50) { argv!["COUNT", d.count()] } else { argv![] };
    [d.counted(keys), argv![d.side()], count].concat()
}
