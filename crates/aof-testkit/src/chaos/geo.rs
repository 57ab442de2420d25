//! Places.

use super::draw::Draw;
use super::recipe::{Recipe, plain};
use crate::argv::{Argv, argv};

pub(super) const RECIPES: &[Recipe] = &[
    plain("GEOADD", 14, |d| {
        let options = d.option(20, &["NX", "XX", "CH", "XX CH", "NX XX"]);
        let places = d.repeat((1, 4), |d| [d.place(), argv![d.element()]].concat());
        [argv![d.key('g')], options, places].concat()
    }),
    plain("GEORADIUS", 6, |d| {
        let (key, place, radius) = (d.key('g'), d.place(), d.radius());
        [argv![key], place, radius, count(d), store(d)].concat()
    }),
    plain("GEORADIUSBYMEMBER", 6, |d| {
        let (key, member, radius) = (d.key('g'), d.element(), d.radius());
        [argv![key, member], radius, count(d), store(d)].concat()
    }),
    plain("GEOSEARCHSTORE", 10, |d| {
        let center = match d.rng.chance(60) {
            true => [argv!["FROMLONLAT"], d.place()].concat(),
            false => argv!["FROMMEMBER", d.element()],
        };
        let area = match d.rng.chance(60) {
            true => [argv!["BYRADIUS"], d.radius()].concat(),
            false => [argv!["BYBOX", d.rng.below(9000).to_string()], d.radius()].concat(),
        };
        let (to, from) = (d.key('z'), d.key('g'));
        [argv![to, from], center, area, count(d), d.option(25, &["STOREDIST"])].concat()
    }),
];

impl Draw {
    fn place(&mut self) -> Argv {
        let (longitude, latitude) = (self.rng.below(370_000), self.rng.below(172_000));
        let degrees = |thousandths: i64| format!("{:.3}", thousandths as f64 / 1000.0);
        argv![degrees(longitude as i64 - 185_000), degrees(latitude as i64 - 86_000)]
    }

    fn radius(&mut self) -> Argv {
        let length = self.rng.below(20_000).to_string();
        argv![length, self.word(&["km", "km", "mi", "m", "ft", "ly"])]
    }
}

fn count(d: &mut Draw) -> Argv {
    let order = d.option(30, &["ASC", "DESC"]);
    match d.rng.chance(30) {
        true => [argv!["COUNT", d.count()], order].concat(),
        false => order,
    }
}

fn store(d: &mut Draw) -> Argv {
    argv![d.word(&["STORE", "STORE", "STOREDIST", "KEEP"]), d.key('z')]
}
