//! Places.

use aof_testkit::Rng;
use aof_testkit::server::{ServerKind, skip_unless};

use crate::beside::{hold, hold_on};

const SICILY: &str = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";

#[test]
fn places_are_added_as_on_servers() {
    hold(&[
        SICILY,
        "GEOADD g NX 1 1 Palermo 2 2 new",
        "GEOADD g XX CH 1 1 Palermo 2 2 newer",
        "GEOADD g NX XX 1 1 a",
        "GEOADD g GT 1 1 a",
        "GEOADD g INCR 1 1 a",
        "GEOADD g 1 1",
        "GEOADD g 1 1 a 2 2",
        "GEOADD g NX CH CH",
        "GEOADD g 180 85.05112878 a",
        "GEOADD g -180 -85.05112878 b",
        "GEOADD g 180.0000001 0 c",
        "GEOADD g 0 85.0511288 c",
        "GEOADD g 0 -86 c",
        "GEOADD g x 0 c",
        "GEOADD g 0 nan c",
        "GEOADD g inf 0 c",
        "GEOADD g 0 0 c 1 x d",
        "GEOADD g -0 -0 c",
        "GEOADD none XX 0 0 c",
        "SET s 1",
        "GEOADD s 0 0 c",
    ]);
}

#[test]
fn what_is_found_is_stored_as_on_servers() {
    hold(&[
        SICILY,
        "GEOADD g 12.758489 38.788135 edge1 17.241510 38.788135 edge2",
        "GEOADD g 0 0 zero 180 0 east -180 0 west 0 85 north 179 -85 south",
        "SET s 1",
        "ZADD plain 5 a -5 b 1e30 c inf d -inf e",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS 200 km",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYBOX 400 400 km ASC",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYBOX 400 400 km DESC COUNT 2 STOREDIST",
        "GEOSEARCHSTORE r g FROMMEMBER Palermo BYRADIUS 120 mi COUNT 1",
        "GEOSEARCHSTORE r g FROMMEMBER Palermo BYRADIUS 1 m",
        "GEOSEARCHSTORE r g FROMMEMBER Palermo BYRADIUS 0 ft",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1 ANY",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS 200 km ANY",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 0",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS 200 km COUNT",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS -1 km",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS x km",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS 1 lightyears",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYBOX 1 -1 km",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYBOX 1 km km",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYBOX 1 1 km BYRADIUS 1 km",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 FROMMEMBER Palermo BYRADIUS 1 km",
        "GEOSEARCHSTORE r g FROMLONLAT 181 37 BYRADIUS 1 km STOREDIST",
        "GEOSEARCHSTORE r g FROMMEMBER none BYRADIUS 1 km",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 ASC DESC ASC",
        "GEOSEARCHSTORE r g BYRADIUS 1 km ASC DESC ASC",
        "GEOSEARCHSTORE r g FROMLONLAT 15 37 BYRADIUS 200 km STORE x",
        "GEOSEARCHSTORE r g FROMLONLAT 0 0 BYRADIUS 30000 km STOREDIST",
        "GEOSEARCHSTORE r g FROMLONLAT 0 0 BYRADIUS inf km STOREDIST",
        "GEOSEARCHSTORE r g FROMLONLAT 179 0 BYRADIUS 300 km STOREDIST",
        "GEOSEARCHSTORE r g FROMLONLAT 0 84 BYRADIUS 3000 km STOREDIST",
        "GEOSEARCHSTORE r g FROMLONLAT 0 0 BYBOX 50000 50000 km STOREDIST",
        "GEOSEARCHSTORE r g FROMLONLAT 0 0 BYBOX 1e300 1e300 km STOREDIST",
        "GEOSEARCHSTORE r plain FROMMEMBER a BYRADIUS 10000 km",
        "GEOSEARCHSTORE r plain FROMMEMBER b BYRADIUS 10000 km",
        "GEOSEARCHSTORE r plain FROMMEMBER c BYRADIUS 10000 km",
        "GEOSEARCHSTORE r plain FROMMEMBER d BYRADIUS 10000 km",
        "GEOSEARCHSTORE r plain FROMMEMBER e BYRADIUS 10000 km",
        "GEOSEARCHSTORE r s FROMLONLAT 0 0 BYRADIUS 10 km",
        "GEOSEARCHSTORE s g FROMLONLAT 0 0 BYRADIUS 10 km",
        "GEOSEARCHSTORE s none FROMLONLAT 0 0 BYRADIUS 10 km",
        "GEOSEARCHSTORE s none FROMMEMBER x BYRADIUS 10 km",
        "GEOSEARCHSTORE g g FROMLONLAT 0 0 BYRADIUS 10 km",
    ]);
}

#[test]
fn a_few_places_that_are_equally_far_away_keep_their_order() {
    hold(&[
        "GEOADD g 1 1 a 1 1 b -1 -1 c 1 -1 d -1 1 e",
        "GEOSEARCHSTORE r g FROMLONLAT 0 0 BYRADIUS 500 km COUNT 1",
        "GEOSEARCHSTORE r g FROMLONLAT 0 0 BYRADIUS 500 km COUNT 2 DESC",
        "GEOSEARCHSTORE r g FROMLONLAT 1 1 BYRADIUS 500 km COUNT 1",
        "GEOSEARCHSTORE r g FROMLONLAT 1 1 BYRADIUS 500 km COUNT 3",
        "GEOADD g 2 2 f 2 2 g 2 2 h",
        "GEOSEARCHSTORE r g FROMLONLAT 0 0 BYRADIUS 500 km COUNT 3 ANY",
        "GEOSEARCHSTORE r g FROMLONLAT 0 0 BYRADIUS 500 km COUNT 8",
        "GEOSEARCHSTORE r g FROMLONLAT 2 2 BYRADIUS 500 km COUNT 3",
    ]);
}

#[test]
fn the_older_commands_store_as_on_servers() {
    hold(&[
        SICILY,
        "GEORADIUS g 15 37 200 km STORE r",
        "GEORADIUS g 15 37 200 km STOREDIST r",
        "GEORADIUS g 15 37 200 mi COUNT 1 DESC STORE r",
        "GEORADIUS g 15 37 200 km STORE x STOREDIST y",
        "GEORADIUS g 15 37 200 km WITHCOORD STORE r",
        "GEORADIUS g 15 37 200 km WITHCOORD",
        "GEORADIUS g 15 37 200 km",
        "GEORADIUS g 15 37 200 km STORE",
        "GEORADIUS g 15 37 200 km ANY STORE r",
        "GEORADIUS g 15 x 200 km STORE r",
        "GEORADIUS g 15 37 x km STORE r",
        "GEORADIUS g 15 37 1 m STORE r",
        "GEORADIUS none 15 37 1 m STORE x",
        "GEORADIUSBYMEMBER g Palermo 200 km STORE r",
        "GEORADIUSBYMEMBER g Palermo 200 km STOREDIST r ASC COUNT 1",
        "GEORADIUSBYMEMBER g none 200 km STORE r",
        "GEORADIUSBYMEMBER g Palermo 200 furlongs STORE r",
        "GEORADIUSBYMEMBER none Palermo 200 km STORE y",
        "SET s 1",
        "GEORADIUSBYMEMBER s Palermo 200 km STORE r",
        "GEORADIUS s 0 0 200 km STORE r",
        "GEORADIUS g 15 37 200 km STORE s",
    ]);
}

/// Seldom twice the same: among places that are equally far away servers choose by their way of sorting.
fn coordinate(rng: &mut Rng, end: f64) -> String {
    match rng.below(8) {
        0 => format!("{}", rng.below(20_000) as f64 / 1e4 - 1.0),
        1 => format!("{}", end - rng.below(10_000) as f64 / 1e3),
        2 => format!("{}", rng.below(10_000) as f64 / 1e3 - end),
        _ => format!("{}", (rng.below(2_000_001) as f64 / 1e6 - 1.0) * end),
    }
}

fn place(rng: &mut Rng) -> [String; 2] {
    [coordinate(rng, 180.0), coordinate(rng, 85.051_128)]
}

fn adding(rng: &mut Rng) -> Vec<String> {
    let mut words = vec!["GEOADD".to_owned(), (*rng.pick(&["a", "b"])).to_owned()];
    for _ in 0..rng.between(1, 8) {
        words.extend(place(rng));
        words.push(format!("m{}", rng.below(40)));
    }
    words
}

/// A length with its unit.
fn length(rng: &mut Rng) -> String {
    format!("{}", rng.below(10_000) as f64 / 10f64.powi(rng.below(4) as i32 - 1))
}

fn options(rng: &mut Rng, kind: ServerKind, words: &mut Vec<String>) {
    // Redis 6.2 computes distances along a meridian in another way, which gives another last bit.
    let distances = if kind == ServerKind::Redis62 { 0 } else { 40 };
    for (option, percent) in [("ASC", 30), ("DESC", 30), ("STOREDIST", distances)] {
        if rng.chance(percent) {
            words.push(option.to_owned());
        }
    }
    if rng.chance(40) {
        words.extend(["COUNT".to_owned(), rng.between(1, 6).to_string()]);
        if rng.chance(50) {
            words.push("ANY".to_owned());
        }
    }
}

fn searching(rng: &mut Rng, kind: ServerKind) -> Vec<String> {
    let from = *rng.pick(&["a", "b", "text"]);
    let mut words: Vec<String> = vec!["GEOSEARCHSTORE".into(), "r".into(), from.into()];
    if rng.chance(50) {
        words.push("FROMLONLAT".into());
        words.extend(place(rng));
    } else {
        words.extend(["FROMMEMBER".into(), format!("m{}", rng.below(40))]);
    }
    let unit = (*rng.pick(&["m", "km", "mi", "ft", "km", "km"])).to_owned();
    if rng.chance(50) {
        words.extend(["BYRADIUS".into(), length(rng), unit]);
    } else {
        words.extend(["BYBOX".into(), length(rng), length(rng), unit]);
    }
    options(rng, kind, &mut words);
    words
}

#[test]
fn random_places_are_found_and_stored_as_on_servers() {
    let kinds = ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some());
    for (seed, kind) in (0x6e0..).zip(kinds) {
        let mut rng = Rng::new(seed);
        let commands: Vec<Vec<Vec<u8>>> = (0..500)
            .map(|turn| match turn % 10 {
                0..3 => adding(&mut rng),
                9 if rng.chance(20) => vec!["DEL".into(), "a".into()],
                9 => vec!["SET".into(), "text".into(), "1".into()],
                _ => searching(&mut rng, kind),
            })
            .map(|words| words.into_iter().map(String::into_bytes).collect())
            .collect();
        hold_on(kind, &commands);
    }
}
