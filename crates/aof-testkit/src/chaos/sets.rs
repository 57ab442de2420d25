//! Sets.

use super::draw::Draw;
use super::recipe::{Recipe, plain, rigid};
use crate::argv::{Argv, argv};

pub(super) const RECIPES: &[Recipe] = &[
    plain("SADD", 24, |d| match d.rng.chance(30) {
        true => [argv![d.key('e')], d.repeat((1, 5), |d| argv![d.int()])].concat(),
        false => [argv![d.key('e')], d.elements()].concat(),
    }),
    plain("SDIFFSTORE", 6, |d| [argv![d.key('e')], d.keys('e')].concat()),
    plain("SINTERSTORE", 6, |d| [argv![d.key('e')], d.keys('e')].concat()),
    plain("SMOVE", 8, |d| argv![d.key('e'), d.key('e'), d.element()]),
    rigid("SPOP", 6, pop),
    plain("SREM", 10, |d| [argv![d.key('e')], d.elements()].concat()),
    plain("SUNIONSTORE", 6, |d| [argv![d.key('e')], d.keys('e')].concat()),
];

/// Where chance may not decide, all members are taken.
fn pop(d: &mut Draw) -> Argv {
    match d.rng.below(3) {
        _ if d.is_exact => argv![d.key('e'), "1000000"],
        0 => argv![d.key('e')],
        _ => argv![d.key('e'), d.count()],
    }
}
