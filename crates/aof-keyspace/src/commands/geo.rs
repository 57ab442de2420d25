//! Places on the earth, which are scores of sorted sets.
//!
//! Distances come from the sine, cosine and arc sine of the C library, as on servers. With another library the last bit
//! may differ, and with it which places are inside.

mod cells;
mod earth;
mod options;
mod search;

use super::Family;
use super::zsets::{When, add};
use crate::arguments::is;
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::floats::float;

use earth::Place;

pub(super) const COMMANDS: Family = &[
    ("GEOADD", geo_add),
    ("GEORADIUS", search::radius),
    ("GEORADIUSBYMEMBER", search::radius_by_member),
    ("GEOSEARCHSTORE", search::search_store),
];

fn geo_add(call: &mut Call<'_, '_>) -> Outcome {
    let (mut when, mut rest) = (When::default(), &call.args[2..]);
    while let [word, behind @ ..] = rest {
        match () {
            () if is(word, "NX") => when.nx = true,
            () if is(word, "XX") => when.xx = true,
            () if is(word, "CH") => {}
            () => break,
        }
        rest = behind;
    }
    let (places, odd) = rest.as_chunks::<3>();
    if !odd.is_empty() || places.is_empty() {
        return Err(Fail::Syntax);
    }
    let mut scores = Vec::with_capacity(places.len());
    for [longitude, latitude, member] in places {
        scores.push((cells::score(place(longitude, latitude)?), *member));
    }
    add(call, when, &scores)
}

fn place(longitude: &[u8], latitude: &[u8]) -> Result<Place, Fail> {
    let place = Place { longitude: float(longitude)?, latitude: float(latitude)? };
    if place.is_on_the_map() { Ok(place) } else { Err(Fail::OutOfRange) }
}
