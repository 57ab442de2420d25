//! HyperLogLogs, byte by byte.

use aof_testkit::Rng;
use aof_testkit::server::{ServerKind, skip_unless};

use crate::beside::{hold, hold_on};
use crate::chance::hold_random;

fn numbers(range: std::ops::Range<u32>) -> String {
    range.map(|number| format!(" {number}")).collect()
}

#[test]
fn elements_are_added_counted_and_merged_as_on_servers() {
    hold(&[
        "PFADD a",
        "PFADD a",
        "PFADD a x y z",
        "PFADD a x",
        "PFADD a ",
        "PFADD b 12345678 1234567 123456789 abcdefghijklmnopqrstuvwxyz",
        "PFCOUNT a",
        "PFCOUNT a",
        "PFCOUNT a b none",
        "PFCOUNT none",
        "PFADD a new",
        "PFCOUNT a",
        "PFMERGE c a b none",
        "PFCOUNT c",
        "PFMERGE c",
        "PFMERGE d",
        "PFMERGE d none",
        "PFCOUNT d",
        "PFDEBUG ENCODING d",
        "PFDEBUG DECODE d",
        "PFDEBUG TODENSE d",
        "PFDEBUG TODENSE d",
        "PFDEBUG DECODE d",
        "PFDEBUG GETREG c",
        "PFDEBUG GETREG none",
        "PFDEBUG NOTHING c",
        "PFDEBUG TODENSE c x",
        "PFADD d x y",
        "PFMERGE a d",
        "PFMERGE none d",
        "PEXPIREAT a 4102444800000",
        "PFADD a 1",
        "PFMERGE a b",
        "SET s 1",
        "SET t HYLLHYLLHYLLHYLL",
        "SET u long_enough_but_nothing_like_it",
        "PFADD s 1",
        "PFADD t 1",
        "PFADD u 1",
        "PFCOUNT s",
        "PFCOUNT a t",
        "PFMERGE a t",
        "PFMERGE new s",
        "RPUSH l 1",
        "PFADD l 1",
        "PFCOUNT l",
        "PFMERGE l a",
        "PFMERGE new l",
        "PFDEBUG TODENSE l",
    ]);
}

#[test]
fn many_elements_make_a_string_dense_as_on_servers() {
    let mut commands = Vec::new();
    for hundred in 0..30 {
        commands.push(format!("PFADD a{}", numbers(hundred * 100..(hundred + 1) * 100)));
        commands.push("PFCOUNT a".to_owned());
    }
    commands.push(format!("PFADD b{}", numbers(5000..6200)));
    commands.push("PFMERGE c b".to_owned());
    commands.push(format!("PFADD d{}", numbers(7000..8200)));
    commands.push("PFMERGE d c".to_owned());
    commands.push("PFMERGE b a".to_owned());
    commands.extend((0..20).map(|n| format!("PFADD a{}", numbers(n * 10_000..(n + 1) * 10_000))));
    commands.push("PFCOUNT a".to_owned());
    hold(&commands.iter().map(String::as_str).collect::<Vec<_>>());
}

/// A string that begins as one of registers does.
fn sketch(encoding: u8, rest: &[u8]) -> Vec<u8> {
    let mut text = b"HYLL".to_vec();
    text.extend([encoding, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]);
    text.extend_from_slice(rest);
    text
}

#[test]
fn registers_that_are_wrong_or_that_no_element_sets_are_as_on_servers() {
    let strings = [
        sketch(0, &[0xff; 12288]),
        sketch(0, &[0x55; 12288]),
        sketch(0, &[0; 12287]),
        sketch(0, &[0; 12289]),
        sketch(1, &[]),
        sketch(1, &[0x7f, 0xfe]),
        sketch(1, &[0x00, 0x7f, 0xfe]),
        sketch(1, &[0x80, 0x80, 0x80, 0x80, 0x7f, 0xfb]),
        sketch(1, &[0xff, 0x7f, 0xfb]),
        sketch(1, &[0x83, 0x83, 0x80, 0x40, 0x00, 0x7f, 0xf4, 0x00]),
        sketch(2, &[0x7f, 0xff]),
    ];
    let word = |text: &str| text.as_bytes().to_vec();
    let mut commands = Vec::new();
    for text in strings {
        for command in ["PFCOUNT a", "PFADD a x", "PFADD a 1", "PFMERGE b a", "PFDEBUG TODENSE a"] {
            commands.push(vec![word("SET"), word("a"), text.clone()]);
            commands.push(command.split(' ').map(word).collect());
            commands.push(vec![word("PFCOUNT"), word("b")]);
            commands.push(vec![word("DEL"), word("b")]);
        }
    }
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        hold_on(kind, &commands);
    }
}

#[test]
fn random_commands_on_registers_are_as_on_servers() {
    const KEYS: [&str; 5] = ["a", "b", "c", "d", "string"];
    hold_random(4, 400, |rng: &mut Rng| {
        let key = *rng.pick(&KEYS);
        match rng.below(12) {
            0..=5 => {
                let (first, number) = (rng.below(20_000) as u32, rng.below(200) as u32);
                format!("PFADD {key}{}", numbers(first..first + number))
            }
            6 | 7 => format!("PFCOUNT {key}"),
            8 => format!("PFMERGE {key} {}", rng.pick(&KEYS)),
            9 => format!("PFMERGE {key} {} {}", rng.pick(&KEYS), rng.pick(&KEYS)),
            10 if rng.chance(20) => format!("PFDEBUG TODENSE {key}"),
            _ => format!("DEL {}", rng.pick(&KEYS[..4])),
        }
    });
}
