//! Sets.

use aof_testkit::Rng;

use crate::beside::hold;
use crate::chance::{hold_random, words};

#[test]
fn members_come_go_and_move_as_on_servers() {
    hold(&[
        "SADD a 1 2 3 2 01",
        "SADD a 1",
        "SADD a x y",
        "SREM a 1 none",
        "SREM a none",
        "SREM none 1",
        "SMOVE a b 2",
        "SMOVE a b 2",
        "SMOVE a a 3",
        "SMOVE a a none",
        "SMOVE none b 1",
        "SET s 1",
        "SMOVE none s 1",
        "SMOVE a s none",
        "SMOVE s a 1",
        "SADD s 1",
        "SREM s 1",
        "PEXPIREAT a 4102444800000",
        "SADD a 5",
        "SREM a 01 x y 3 5",
        "SMOVE b c 2",
    ]);
}

#[test]
fn what_chance_cannot_decide_is_popped_as_on_servers() {
    hold(&[
        "SADD a 1",
        "SPOP a",
        "SPOP a",
        "SPOP none 5",
        "SADD a 1 2 3",
        "SPOP a 0",
        "SPOP a -1",
        "SPOP a x",
        "SPOP none -1",
        "SPOP a 1 2",
        "SPOP a 3",
        "SADD a 1 2 3",
        "SPOP a 9223372036854775807",
        "SET s 1",
        "SPOP s",
        "SPOP s 0",
    ]);
}

#[test]
fn sets_are_combined_as_on_servers() {
    hold(&[
        "SADD a 1 2 3 x",
        "SADD b 2 3 4",
        "SADD c 3",
        "SET s 1",
        "SINTERSTORE i a b",
        "SINTERSTORE i a b c a",
        "SINTERSTORE i a none",
        "SINTERSTORE i none",
        "SUNIONSTORE u a b none",
        "SUNIONSTORE u u",
        "SUNIONSTORE u none",
        "SDIFFSTORE d a b",
        "SDIFFSTORE d a b none c",
        "SDIFFSTORE d none a",
        "SDIFFSTORE d a a",
        "SINTERSTORE i a s",
        "SINTERSTORE i s none",
        "SINTERSTORE i none s",
        "SUNIONSTORE i a s",
        "SUNIONSTORE i none s",
        "SDIFFSTORE i none s",
        "SDIFFSTORE i a s",
        "PEXPIREAT a 4102444800000",
        "SUNIONSTORE a a b",
        "SUNIONSTORE s a",
        "SINTERSTORE s c none",
    ]);
}

#[test]
fn random_commands_on_sets_are_as_on_servers() {
    const KEYS: [&str; 5] = ["a", "b", "c", "set", "list"];
    const SETS: [&str; 5] = ["a", "b", "c", "set", "none"];
    const MEMBERS: [&str; 7] = ["1", "2", "3", "x", "y", "", "-0"];
    hold_random(2, 400, |rng: &mut Rng| {
        let key = *rng.pick(&KEYS);
        let many = rng.between(1, 4);
        match rng.below(9) {
            0..=2 => format!("SADD {key}{}", words(rng, &MEMBERS, many)),
            3 => format!("SREM {key}{}", words(rng, &MEMBERS, many)),
            4 => format!("SMOVE {key} {} {}", rng.pick(&KEYS), rng.pick(&MEMBERS)),
            5 => format!("SINTERSTORE {key}{}", words(rng, &SETS, many)),
            6 => format!("SDIFFSTORE {key}{}", words(rng, &KEYS, many)),
            7 => format!("SUNIONSTORE {key}{}", words(rng, &KEYS, many)),
            _ => format!("SPOP {key} {}", rng.pick(&["0", "99"])),
        }
    });
}
