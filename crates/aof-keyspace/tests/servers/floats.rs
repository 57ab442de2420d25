//! Numbers with a point: how they are read, added and printed.

use aof_testkit::Rng;
use aof_testkit::server::{ServerKind, skip_unless};

use crate::beside::{hold, hold_on};

fn command(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// A number of any magnitude, and of any kind of digits.
fn any_number(rng: &mut Rng) -> f64 {
    let number = match rng.below(5) {
        0 => f64::from_bits(rng.word()),
        1 => rng.word().cast_signed() as f64 / 10f64.powi(rng.below(40) as i32),
        2 => rng.below(1000) as f64 * 10f64.powi(rng.below(40) as i32 - 20),
        3 => f64::from_bits(rng.word() >> rng.below(64)),
        _ => 2f64.powi(rng.below(2100) as i32 - 1070),
    };
    if number.is_finite() { number } else { 1.0 }
}

#[test]
fn scores_of_any_magnitude_are_printed_as_servers_print_them() {
    let mut rng = Rng::new(0x5c0_4e5);
    let numbers: Vec<String> = (0..1500).map(|_| format!("{:e}", any_number(&mut rng))).collect();
    let commands: Vec<_> =
        numbers.iter().map(|number| command(&["ZADD", "scores", number, "one"])).collect();
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        hold_on(kind, &commands);
    }
}

#[test]
fn numbers_are_taken_and_refused_as_on_servers() {
    let numbers = [
        "1e400",
        "-1e400",
        "1e-400",
        "1e-320",
        "0e-500",
        "+5",
        "+inf",
        "-inf",
        "INF",
        "Infinity",
        "infin",
        "nan",
        "-nan",
        "nan(1)",
        "",
        "5.",
        ".5",
        ".",
        "1e",
        "1e+",
        "1e+5",
        "1E5",
        "1_0",
        "--5",
        "+-5",
        "1e99999999999999999999",
        "-",
        "+",
        "1.7976931348623159e308",
        "5\t",
        "\t5",
        "5\0",
        "５",
    ];
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let each = numbers.iter().flat_map(|number| {
            [
                command(&["ZADD", "scores", number, number]),
                command(&["ZINCRBY", "scores", number, "sum"]),
                command(&["INCRBYFLOAT", number, number]),
                command(&["INCRBYFLOAT", "sum", number]),
            ]
        });
        hold_on(kind, &each.collect::<Vec<_>>());
    }
}

#[test]
fn hexadecimal_numbers_are_taken_where_servers_take_them() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let numbers = ["0x10", "-0X1.8p3", "0x.8", "0x", "0x1p", "0x1p-1074", "0x1p1024", "0xg"];
        let sums = numbers.iter().map(|number| command(&["INCRBYFLOAT", number, number]));
        let scores = numbers.iter().map(|number| command(&["ZADD", "scores", number, number]));
        hold_on(kind, &sums.collect::<Vec<_>>());
        if kind != ServerKind::Valkey91 {
            hold_on(kind, &scores.collect::<Vec<_>>());
        }
    }
}

#[test]
fn long_doubles_are_added_and_printed_as_on_servers() {
    hold(&[
        "INCRBYFLOAT a 10.50",
        "INCRBYFLOAT a 0.1",
        "INCRBYFLOAT a -5",
        "SET a 5.0e3",
        "INCRBYFLOAT a 2.0e2",
        "INCRBYFLOAT a 1e18",
        "INCRBYFLOAT a 0.3",
        "INCRBYFLOAT a -1e18",
        "INCRBYFLOAT a 1e4931",
        "INCRBYFLOAT a 1e4932",
        "INCRBYFLOAT a -1e4932",
        "SET a x",
        "INCRBYFLOAT a 1",
        "SET a inf",
        "INCRBYFLOAT a 1",
        "SET a 1",
        "INCRBYFLOAT a x",
        "INCRBYFLOAT a 1e-4951",
        "INCRBYFLOAT a 1e-4950",
        "INCRBYFLOAT a -1.0000000000000000000001",
        "INCRBYFLOAT a -0.00000000000000001",
        "SADD set 1",
        "INCRBYFLOAT set 1",
    ]);
}

#[test]
fn random_long_doubles_are_added_and_printed_as_on_servers() {
    let mut rng = Rng::new(0x80_b17);
    let mut commands = Vec::new();
    for _ in 0..400 {
        let number = match rng.below(4) {
            0 => format!("{:e}", any_number(&mut rng)),
            1 => format!("{}", rng.word().cast_signed() as f64 / 1e6),
            2 => format!("{}.{}e{}", rng.word(), rng.word(), rng.below(120) as i64 - 60),
            _ => format!("0.{:020}", rng.word()),
        };
        let number = if rng.chance(50) { number } else { format!("-{number}").replace("--", "") };
        let name = ["INCRBYFLOAT", "SET"][usize::from(rng.chance(20))];
        commands.push(command(&[name, *rng.pick(&["a", "b"]), &number]));
    }
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        hold_on(kind, &commands);
    }
}
