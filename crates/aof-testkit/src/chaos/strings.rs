//! Strings, bits, numbers and estimates.

use super::draw::Draw;
use super::recipe::{Recipe, plain, rigid};
use super::times::Told;
use crate::argv::{Argv, argv};

pub(super) const RECIPES: &[Recipe] = &[
    plain("APPEND", 8, |d| argv![d.key('s'), d.value()]),
    plain("BITFIELD", 10, bitfield),
    plain("BITOP", 10, bitop),
    plain("DECR", 5, |d| argv![d.key('n')]),
    plain("DECRBY", 5, |d| argv![d.key('n'), d.int()]),
    plain("DELIFEQ", 4, |d| argv![d.key('s'), d.element()]),
    rigid("GETEX", 8, |d| {
        let lifetime = if d.rng.chance(80) { d.lifetime() } else { d.option(80, &["PERSIST"]) };
        [argv![d.key('s')], lifetime].concat()
    }),
    plain("GETDEL", 3, |d| argv![d.key('s')]),
    plain("GETSET", 6, |d| argv![d.key('s'), d.value()]),
    plain("INCR", 8, |d| argv![d.key('n')]),
    plain("INCRBY", 8, |d| argv![d.key('n'), d.int()]),
    plain("INCRBYFLOAT", 10, |d| argv![d.key('n'), d.float()]),
    plain("MSET", 6, |d| d.repeat((1, 4), |d| argv![d.key('s'), d.value()])),
    rigid("MSETEX", 8, |d| {
        let pairs: Vec<Argv> =
            (0..d.rng.between(1, 3)).map(|_| argv![d.key('s'), d.value()]).collect();
        let number = argv![pairs.len().to_string()];
        let lifetime = if d.rng.chance(60) { d.lifetime() } else { d.option(30, &["KEEPTTL"]) };
        [number, pairs.concat(), d.option(30, &["NX", "XX"]), lifetime].concat()
    }),
    plain("MSETNX", 4, |d| d.repeat((1, 3), |d| argv![d.key('s'), d.value()])),
    plain("PFADD", 12, |d| [argv![d.key('p')], d.elements()].concat()),
    plain("PFCOUNT", 6, |d| d.keys('p')),
    plain("PFDEBUG", 6, |d| argv!["TODENSE", d.key('p')]),
    plain("PFMERGE", 6, |d| d.keys('p')),
    rigid("PSETEX", 6, |d| argv![d.key('s'), d.time(Told::Millis), d.value()]),
    rigid("SET", 24, set),
    plain("SETBIT", 10, |d| argv![d.key('b'), d.rng.below(3000).to_string(), d.bit()]),
    rigid("SETEX", 6, |d| argv![d.key('s'), d.time(Told::Seconds), d.value()]),
    plain("SETNX", 6, |d| argv![d.key('s'), d.value()]),
    plain("SETRANGE", 8, |d| argv![d.key('s'), d.rng.below(300).to_string(), d.value()]),
];

fn set(d: &mut Draw) -> Argv {
    let (key, value) = match d.rng.below(4) {
        0 => (d.key('n'), d.int().into_bytes()),
        1 => (format!("w_{}", d.rng.below(12)).into_bytes(), d.int().into_bytes()),
        _ => (d.key('s'), d.value()),
    };
    let mut command = argv![key, value];
    command.extend(d.option(20, &["NX", "XX", "IFEQ a", "IFEQ 1"]));
    if d.rng.chance(25) {
        command.extend(d.lifetime());
    }
    command.extend(d.option(10, &["KEEPTTL"]));
    command.extend(d.option(15, &["GET", "NX", "FOO"]));
    command
}

impl Draw {
    fn bit(&mut self) -> String {
        self.word(&["0", "1", "1", "2"])
    }

    fn bits(&mut self) -> Argv {
        let kind = self.word(&["u8", "i8", "u1", "i64", "u63", "i5", "u16", "u64", "i0", "x8"]);
        let at = match self.rng.below(2) {
            0 => self.rng.below(600).to_string(),
            _ => format!("#{}", self.rng.below(20)),
        };
        argv![kind, at]
    }
}

fn bitfield(d: &mut Draw) -> Argv {
    let steps = d.repeat((0, 4), |d| match d.rng.below(6) {
        0 => argv!["OVERFLOW", d.word(&["WRAP", "SAT", "FAIL", "sat", "NONE"])],
        1 => [argv!["GET"], d.bits()].concat(),
        2 | 3 => [argv!["SET"], d.bits(), argv![d.int()]].concat(),
        _ => [argv!["INCRBY"], d.bits(), argv![d.int()]].concat(),
    });
    [argv![d.key('b')], steps].concat()
}

fn bitop(d: &mut Draw) -> Argv {
    let how = ["AND", "OR", "XOR", "NOT", "NOT", "DIFF", "DIFF1", "ANDOR", "ONE", "nor"];
    let (how, to) = (d.word(&how), d.key('b'));
    let from = match how == "NOT" {
        true => argv![d.key('b')],
        false => [argv![d.key('s')], d.keys('b')].concat(),
    };
    [argv![how, to], from].concat()
}
