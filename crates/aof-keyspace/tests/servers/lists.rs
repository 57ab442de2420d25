//! Lists.

use aof_testkit::Rng;
use aof_testkit::server::ServerKind;

use crate::beside::{hold, hold_among};
use crate::chance::{hold_random, words};

#[test]
fn elements_are_pushed_set_and_removed_as_on_servers() {
    hold(&[
        "RPUSH a 1 2 3 2 1 2",
        "LPUSH a x y",
        "LPUSHX a z",
        "RPUSHX none z",
        "LPUSHX none z",
        "LSET a 0 new",
        "LSET a -1 last",
        "LSET a -9 first",
        "LSET a -10 x",
        "LSET a 99 x",
        "LSET a x x",
        "LSET none 0 x",
        "LREM a 1 2",
        "LREM a -1 1",
        "LREM a 0 none",
        "LREM a x none",
        "LREM none x 1",
        "LREM none 0 1",
        "LREM a 9223372036854775807 1",
        "LREM a -9223372036854775807 2",
        "LINSERT a BEFORE new 0",
        "LINSERT a after last 0",
        "LINSERT a after none 0",
        "LINSERT none before x y",
        "LINSERT none amid x y",
        "LREM a 0 0",
        "SET s 1",
        "LPUSH s 1",
        "RPUSHX s 1",
        "LSET s 0 1",
        "LREM s 0 1",
        "LINSERT s before 1 2",
        "RPUSH e 1 1",
        "PEXPIREAT e 4102444800000",
        "LREM e 0 1",
        "RPUSH e 1",
    ]);
}

#[test]
fn indexes_are_cut_to_32_bits_as_on_servers_from_7_2_on() {
    let kinds = [ServerKind::Redis82, ServerKind::Valkey81, ServerKind::Valkey91];
    hold_among(
        &kinds,
        &[
            "RPUSH a 1 2 3",
            "LSET a -9223372036854775808 first",
            "LSET a 4294967297 second",
            "LSET a 8589934591 last",
            "LSET a 2147483648 x",
        ],
    );
}

#[test]
fn the_lowest_count_removes_all_as_on_servers_that_take_it() {
    let commands = ["RPUSH a 1 2 1", "LREM a -9223372036854775808 1"];
    hold_among(&[ServerKind::Redis62, ServerKind::Redis70], &commands);
}

#[test]
fn lists_are_trimmed_as_on_servers_whatever_the_bounds() {
    for bounds in [
        "0 -1",
        "1 2",
        "-2 -1",
        "2 1",
        "5 9",
        "0 99",
        "-99 0",
        "-99 -98",
        "9223372036854775807 9223372036854775807",
        "-9223372036854775808 9223372036854775807",
        "-9223372036854775808 -9223372036854775808",
        "x 1",
        "0 x",
    ] {
        let trim = format!("LTRIM a {bounds}");
        hold(&["RPUSH a 1 2 3 4 5", &trim, "SET s 1", "LTRIM s 0 1", "LTRIM none 0 x"]);
    }
}

#[test]
fn elements_are_taken_off_as_on_servers() {
    hold(&[
        "RPUSH a 1 2 3 4 5 6 7 8",
        "LPOP a",
        "RPOP a 2",
        "LPOP a 0",
        "LPOP a -1",
        "RPOP a x",
        "LPOP none",
        "LPOP none 3",
        "LPOP none -1",
        "LPOP a 1 2",
        "LPOP a 9223372036854775807",
        "RPUSH a 1 2 3",
        "RPOP a 3",
        "SET s 1",
        "LPOP s",
        "RPOP s 0",
        "RPUSH a 1 2 3 4 5 6 7 8",
        "BLPOP none a 0",
        "BRPOP a s 0.5",
        "BRPOP s a 0.5",
        "BLPOP a -1",
        "BLPOP a x",
        "BLPOP a 1e300",
        "LMPOP 2 none a LEFT",
        "LMPOP 2 none a right COUNT 2",
        "LMPOP 2 s a LEFT",
        "LMPOP 2 a s LEFT COUNT 1",
        "LMPOP 0 a LEFT",
        "LMPOP -1 a LEFT",
        "LMPOP 9223372036854775807 a LEFT",
        "LMPOP 1 a UP",
        "LMPOP 1 a LEFT COUNT 0",
        "LMPOP 1 a LEFT COUNT 1 COUNT 1",
        "LMPOP 1 a LEFT COUNT",
        "LMPOP 2 none nothing LEFT",
        "BLMPOP 0 2 none a LEFT COUNT 1",
        "BLMPOP x 2 none a LEFT COUNT 1",
        "BLMPOP 0 1 a RIGHT COUNT 9",
    ]);
}

#[test]
fn elements_move_between_lists_as_on_servers() {
    hold(&[
        "RPUSH a 1 2 3",
        "LMOVE a a LEFT RIGHT",
        "LMOVE a a left left",
        "LMOVE a b RIGHT LEFT",
        "LMOVE a b UP LEFT",
        "LMOVE none b LEFT LEFT",
        "SET s 1",
        "LMOVE none s LEFT LEFT",
        "LMOVE a s LEFT LEFT",
        "LMOVE s a LEFT LEFT",
        "RPOPLPUSH a b",
        "RPOPLPUSH b b",
        "RPOPLPUSH a s",
        "BLMOVE a b LEFT RIGHT 0",
        "BLMOVE b a LEFT RIGHT -1",
        "BLMOVE b a LEFT RIGHT 0.1",
        "BRPOPLPUSH b a 0",
        "BRPOPLPUSH b a x",
        "BRPOPLPUSH b b 0",
        "RPOPLPUSH single single",
        "RPUSH single 1",
        "PEXPIREAT single 4102444800000",
        "RPOPLPUSH single single",
    ]);
}

#[test]
fn what_would_wait_for_an_element_does_nothing_in_a_transaction() {
    hold(&[
        "SET s 1",
        "RPUSH a 1 2 3",
        "MULTI",
        "BLPOP none nothing 0",
        "BLMOVE none a LEFT LEFT 0",
        "BLMOVE none s LEFT LEFT 0",
        "BRPOPLPUSH a b 0",
        "BRPOPLPUSH none b 0",
        "BLPOP none a 0",
        "EXEC",
    ]);
}

#[test]
fn random_commands_on_lists_are_as_on_servers() {
    const KEYS: [&str; 6] = ["a", "b", "c", "list", "string", "set"];
    const ELEMENTS: [&str; 5] = ["1", "2", "x", "y", ""];
    const NUMBERS: [&str; 9] = ["0", "1", "2", "-1", "-2", "3", "-4", "99", "x"];
    const ENDS: [&str; 2] = ["LEFT", "RIGHT"];
    hold_random(1, 500, |rng: &mut Rng| {
        let key = *rng.pick(&KEYS);
        let (element, number) = (*rng.pick(&ELEMENTS), *rng.pick(&NUMBERS));
        let many = rng.between(1, 4);
        match rng.below(14) {
            0 | 1 => format!("LPUSH {key}{}", words(rng, &ELEMENTS, many)),
            2 | 3 => format!("RPUSH {key}{}", words(rng, &ELEMENTS, many)),
            4 => format!("RPUSHX {key} {element}"),
            5 => format!("LPOP {key} {number}"),
            6 => format!("RPOP {key}"),
            7 => format!("LREM {key} {number} {element}"),
            8 => format!("LTRIM {key} {} {number}", rng.pick(&NUMBERS)),
            9 => format!("LINSERT {key} {} {element} new", rng.pick(&["BEFORE", "AFTER"])),
            10 => format!("LSET {key} {number} {element}"),
            11 => format!("LMOVE {key} {}{}", rng.pick(&KEYS), words(rng, &ENDS, 2)),
            12 => format!("RPOPLPUSH {key} {}", rng.pick(&KEYS)),
            _ => format!("LMPOP 2 {key} {} {} COUNT {number}", rng.pick(&KEYS), rng.pick(&ENDS)),
        }
    });
}
