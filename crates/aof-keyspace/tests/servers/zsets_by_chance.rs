//! Sorted sets by random commands.

use aof_testkit::Rng;
use aof_testkit::server::{ServerKind, skip_unless};

use crate::beside::hold_on;

const KEYS: [&str; 6] = ["a", "b", "c", "d", "set", "text"];
const MEMBERS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "1", "22", "-3", "x y"];
const SCORES: [&str; 14] =
    ["0", "1", "2", "3", "-1", "0.1", "0.7", "1e17", "-2.5e-7", "inf", "-inf", "1e308", "3.3", "x"];
const ENDS: [&str; 10] = ["-inf", "+inf", "0", "(1", "1", "(0.5", "3", "(3.3", "1e17", "(inf"];
const RANKS: [&str; 8] = ["0", "1", "2", "-1", "-2", "-3", "5", "-9"];
const LEX: [&str; 9] = ["-", "+", "[a", "(a", "[c", "(e", "[g", "(22", "[x y"];

fn some<'w>(rng: &mut Rng, from: &[&'w str], most: usize) -> Vec<&'w str> {
    (0..rng.between(1, most)).map(|_| *rng.pick(from)).collect()
}

fn limited(rng: &mut Rng, words: &mut Vec<&str>) {
    if rng.chance(40) {
        let counts = ["0", "1", "2", "-1", "5"];
        words.extend(["LIMIT", *rng.pick(&counts), *rng.pick(&counts)]);
    }
}

fn adding(rng: &mut Rng) -> Vec<&'static str> {
    let mut words = vec!["ZADD", *rng.pick(&KEYS)];
    if rng.chance(40) {
        words.extend(some(rng, &["NX", "XX", "GT", "LT", "CH", "INCR"], 2));
    }
    for _ in 0..rng.between(1, 4) {
        words.extend([*rng.pick(&SCORES), *rng.pick(&MEMBERS)]);
    }
    words
}

/// Of Redis 6.2 only those that do not give zero a sign.
fn weight(rng: &mut Rng, kind: ServerKind) -> &'static str {
    let is_signless =
        |weight: &&str| kind != ServerKind::Redis62 || !weight.starts_with(['-', '0']);
    Some(*rng.pick(&SCORES)).filter(is_signless).unwrap_or("1")
}

fn combining(rng: &mut Rng, kind: ServerKind) -> Vec<&'static str> {
    let name = *rng.pick(&["ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"]);
    let keys = some(rng, &KEYS, 4);
    let number = ["1", "2", "3", "4"][keys.len() - 1];
    let mut words = vec![name, *rng.pick(&KEYS), number];
    words.extend(&keys);
    if rng.chance(40) {
        words.push("WEIGHTS");
        words.extend(keys.iter().map(|_| weight(rng, kind)));
    }
    if rng.chance(40) {
        words.extend(["AGGREGATE", *rng.pick(&["SUM", "MIN", "MAX"])]);
    }
    words
}

fn storing(rng: &mut Rng) -> Vec<&'static str> {
    let (ends, by): (&[&str], &[&str]) =
        *rng.pick(&[(&RANKS[..], &[][..]), (&ENDS, &["BYSCORE"]), (&LEX, &["BYLEX"])]);
    let mut words = vec!["ZRANGESTORE", *rng.pick(&KEYS), *rng.pick(&KEYS)];
    words.extend([*rng.pick(ends), *rng.pick(ends)]);
    words.extend(by);
    if rng.chance(40) {
        words.push("REV");
    }
    limited(rng, &mut words);
    words
}

fn any_command(rng: &mut Rng, kind: ServerKind) -> Vec<&'static str> {
    let key = *rng.pick(&KEYS);
    match rng.below(16) {
        0..5 => adding(rng),
        5..8 => combining(rng, kind),
        8..11 => storing(rng),
        11 => vec!["ZINCRBY", key, *rng.pick(&SCORES), *rng.pick(&MEMBERS)],
        12 => [vec!["ZREM", key], some(rng, &MEMBERS, 3)].concat(),
        13 => match rng.below(3) {
            0 => vec!["ZREMRANGEBYRANK", key, *rng.pick(&RANKS), *rng.pick(&RANKS)],
            1 => vec!["ZREMRANGEBYSCORE", key, *rng.pick(&ENDS), *rng.pick(&ENDS)],
            _ => vec!["ZREMRANGEBYLEX", key, *rng.pick(&LEX), *rng.pick(&LEX)],
        },
        14 => match rng.below(3) {
            0 => vec!["ZPOPMIN", key],
            1 => vec!["ZPOPMAX", key, "2"],
            _ => vec!["ZMPOP", "2", key, *rng.pick(&KEYS), "MIN", "COUNT", "2"],
        },
        _ => match rng.below(3) {
            0 => vec!["DEL", "set", "text"],
            1 => [vec!["SADD", "set"], some(rng, &MEMBERS, 4)].concat(),
            _ => vec!["SET", "text", "1"],
        },
    }
}

#[test]
fn random_commands_are_as_on_servers() {
    let kinds = ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some());
    for (seed, kind) in (0x25_e75..).zip(kinds) {
        let mut rng = Rng::new(seed);
        let commands: Vec<Vec<Vec<u8>>> = (0..600)
            .map(|_| {
                any_command(&mut rng, kind).iter().map(|word| word.as_bytes().to_vec()).collect()
            })
            .collect();
        hold_on(kind, &commands);
    }
}
