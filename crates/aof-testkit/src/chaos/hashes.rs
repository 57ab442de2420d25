//! Hashes, and fields that expire.

use super::draw::Draw;
use super::recipe::{Recipe, plain, rigid};
use super::times::Told;
use crate::argv::{Argv, argv};

const WHEN: [&str; 5] = ["NX", "XX", "GT", "LT", "xx"];

pub(super) const RECIPES: &[Recipe] = &[
    plain("HDEL", 8, |d| [argv![d.key('h')], d.repeat((1, 3), |d| argv![d.field()])].concat()),
    rigid("HEXPIRE", 8, |d| expires(d, Told::Seconds)),
    rigid("HEXPIREAT", 8, |d| expires(d, Told::SecondsAt)),
    rigid("HGETDEL", 6, |d| [argv![d.key('h'), "FIELDS"], d.fields()].concat()),
    rigid("HGETEX", 8, |d| {
        let lifetime = if d.rng.chance(80) { d.lifetime() } else { d.option(80, &["PERSIST"]) };
        [argv![d.key('h')], lifetime, argv!["FIELDS"], d.fields()].concat()
    }),
    plain("HINCRBY", 10, |d| argv![d.key('h'), d.field(), d.int()]),
    plain("HINCRBYFLOAT", 10, |d| argv![d.key('h'), d.field(), d.float()]),
    plain("HMSET", 8, set),
    plain("HPERSIST", 6, |d| [argv![d.key('h'), "FIELDS"], d.fields()].concat()),
    rigid("HPEXPIRE", 8, |d| expires(d, Told::Millis)),
    rigid("HPEXPIREAT", 10, |d| expires(d, Told::MillisAt)),
    plain("HSET", 24, set),
    rigid("HSETEX", 10, |d| {
        let pairs: Vec<Argv> =
            (0..d.rng.between(1, 3)).map(|_| argv![d.field(), d.value()]).collect();
        let number = argv![pairs.len().to_string()];
        let lifetime = if d.rng.chance(60) { d.lifetime() } else { d.option(40, &["KEEPTTL"]) };
        let when = d.option(25, &["FNX", "FXX", "NX", "XX"]);
        [argv![d.key('h')], when, lifetime, argv!["FIELDS"], number, pairs.concat()].concat()
    }),
    plain("HSETNX", 6, |d| argv![d.key('h'), d.field(), d.value()]),
];

impl Draw {
    fn field(&mut self) -> Vec<u8> {
        match self.rng.below(3) {
            0 => "f".into(),
            _ => self.element(),
        }
    }

    fn fields(&mut self) -> Argv {
        let fields = (0..self.rng.between(1, 3)).map(|_| self.field()).collect();
        self.counted(fields)
    }
}

fn set(d: &mut Draw) -> Argv {
    let pairs = d.repeat((1, 4), |d| {
        let value = if d.rng.chance(50) { d.int().into_bytes() } else { d.value() };
        argv![d.field(), value]
    });
    [argv![d.key('h')], pairs].concat()
}

fn expires(d: &mut Draw, told: Told) -> Argv {
    [argv![d.key('h'), d.time(told)], d.option(25, &WHEN), argv!["FIELDS"], d.fields()].concat()
}
