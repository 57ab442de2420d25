//! Bits of strings.

use aof_testkit::Rng;
use aof_testkit::server::ServerKind;

use crate::beside::{hold, hold_among};
use crate::chance::{hold_random, words};

#[test]
fn bits_are_set_as_on_servers() {
    hold(&[
        "SETBIT a 7 1",
        "SETBIT a 7 1",
        "SETBIT a 0 0",
        "SETBIT a 30 0",
        "SETBIT a 30 2",
        "SETBIT a 30 x",
        "SETBIT a -1 1",
        "SETBIT a x 1",
        "SETBIT a 4294967296 1",
        "SETBIT a 9223372036854775807 1",
        "SETBIT none 0 0",
        "SET n 12",
        "SETBIT n 3 0",
        "RPUSH l 1",
        "SETBIT l 0 1",
    ]);
}

#[test]
fn numbers_in_strings_are_written_as_on_servers() {
    hold(&[
        "BITFIELD a SET u8 0 255 GET u8 0",
        "BITFIELD a INCRBY u8 0 1",
        "BITFIELD a SET i5 3 -3 INCRBY i5 3 -20",
        "BITFIELD a OVERFLOW SAT INCRBY i5 3 -100 INCRBY u4 #3 100",
        "BITFIELD a OVERFLOW FAIL INCRBY i5 3 -100 SET u4 1 16 SET u4 1 7",
        "BITFIELD a OVERFLOW sat INCRBY u8 0 300 OVERFLOW wrap INCRBY u8 0 300",
        "BITFIELD a SET i64 #1 -9223372036854775808 INCRBY i64 #1 -1",
        "BITFIELD a OVERFLOW SAT INCRBY i64 #1 1 INCRBY i64 #1 -9223372036854775808",
        "BITFIELD a SET u63 1 9223372036854775807 INCRBY u63 1 9223372036854775807",
        "BITFIELD a OVERFLOW SAT SET u8 0 -1 SET u63 5 -1 SET i8 9 -1000 SET i8 20 1000",
        "BITFIELD a OVERFLOW WRAP SET u8 0 -1 SET u63 5 -1 SET i8 9 -1000 SET i8 20 1000",
        "BITFIELD a OVERFLOW FAIL SET u8 0 -2 SET u63 5 -2 SET i8 9 -1000 SET i8 20 1000",
        "BITFIELD a SET u1 100 1 SET i1 101 1 INCRBY i1 101 -5 INCRBY u1 100 7",
        "BITFIELD a OVERFLOW SAT SET i8 0 -9223372036854775808 SET i63 8 -4611686018427387905",
        "BITFIELD a OVERFLOW SAT SET i8 0 -9223372036854775681 SET i63 8 -4611686018427387904",
        "BITFIELD a OVERFLOW SAT SET i8 0 -9223372036854775680 SET i64 8 -9223372036854775808",
        "BITFIELD a OVERFLOW FAIL SET i8 0 -9223372036854775808",
        "BITFIELD a GET u8 1000",
        "BITFIELD none GET u8 0",
        "BITFIELD none",
        "BITFIELD grown OVERFLOW FAIL SET u8 100 999",
        "BITFIELD grown SET u8 0 0",
        "RPUSH l 1",
        "BITFIELD l GET u8 0",
        "BITFIELD l SET u8 0 1",
        "BITFIELD l",
        "SET n 12345",
        "BITFIELD n INCRBY u8 #2 1",
    ]);
}

#[test]
fn what_is_no_field_is_refused_as_on_servers() {
    hold(&[
        "BITFIELD a SET u64 0 1",
        "BITFIELD a SET i65 0 1",
        "BITFIELD a SET u0 0 1",
        "BITFIELD a SET i-1 0 1",
        "BITFIELD a SET x8 0 1",
        "BITFIELD a SET u 0 1",
        "BITFIELD a SET  0 1",
        "BITFIELD a SET u08 0 1",
        "BITFIELD a SET u8 -1 1",
        "BITFIELD a SET u8 #-1 1",
        "BITFIELD a SET u8 # 1",
        "BITFIELD a SET u8  1",
        "BITFIELD a SET u8 x 1",
        "BITFIELD a SET u8 0 x",
        "BITFIELD a SET u8 0",
        "BITFIELD a SET u8 4294967296 1",
        "BITFIELD a SET u8 #536870912 1",
        "BITFIELD a GET u8 4294967296",
        "BITFIELD a SET u8 9223372036854775807 1",
        "BITFIELD a OVERFLOW",
        "BITFIELD a OVERFLOW UP SET u8 0 1",
        "BITFIELD a SET u8 0 1 ADD u8 0 1",
        "BITFIELD a SET u8 0 1 GET u8",
    ]);
}

#[test]
fn strings_are_combined_bit_by_bit_as_on_servers() {
    hold(&[
        "SET a abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "SET b ABCDEFGHIJKLMNOPQRSTUVWXYZ9876543210xyz",
        "SET c ~",
        "SET e ",
        "BITOP AND d a b",
        "BITOP or d a b c",
        "BITOP XOR d a b c a",
        "BITOP NOT d a",
        "BITOP NOT d d",
        "BITOP NOT d a b",
        "BITOP NAND d a b",
        "BITOP AND d a none",
        "BITOP AND d none a",
        "BITOP OR d none a",
        "BITOP AND d none e",
        "BITOP AND d e",
        "SET n 17",
        "BITOP XOR d n a",
        "RPUSH l 1",
        "BITOP XOR d l a",
        "BITOP XOR d a l",
        "PEXPIREAT a 4102444800000",
        "BITOP OR a a c",
        "BITOP OR l a c",
        "BITOP OR l none",
    ]);
}

#[test]
fn the_operations_of_redis_8_2_are_as_there() {
    let commands = [
        "SET a abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGabcdefghijklmnopqrstuvwxyz",
        "SET b ABCDEFGHIJKLMNOPQRSTUVWXYZ9876543210xyz",
        "SET c ~/-",
        "BITOP DIFF d a b",
        "BITOP DIFF d b a c",
        "BITOP diff d c a",
        "BITOP DIFF d c none",
        "BITOP DIFF d none c",
        "BITOP DIFF d c",
        "BITOP DIFF1 d a b",
        "BITOP DIFF1 d c a b",
        "BITOP DIFF1 d c",
        "BITOP ANDOR d a b",
        "BITOP ANDOR d a c b",
        "BITOP ANDOR d c",
        "BITOP ONE d a",
        "BITOP ONE d a b",
        "BITOP ONE d a b c",
        "BITOP ONE d a a b c none",
        "BITOP ONE d a a a b",
        "BITOP ONE d none",
    ];
    hold_among(&[ServerKind::Redis82], &commands);
}

#[test]
fn random_commands_on_bits_are_as_on_servers() {
    const KEYS: [&str; 5] = ["a", "b", "c", "string", "list"];
    const KINDS: [&str; 8] = ["u1", "u8", "i8", "u13", "i33", "i64", "u63", "u64"];
    const PLACES: [&str; 8] = ["0", "1", "7", "#1", "#3", "50", "100", "-1"];
    const NUMBERS: [&str; 8] =
        ["0", "1", "-1", "100", "-300", "9223372036854775807", "-9223372036854775808", "77777"];
    hold_random(3, 500, |rng: &mut Rng| {
        let key = *rng.pick(&KEYS);
        let many = rng.between(1, 3);
        match rng.below(4) {
            0 => format!("SETBIT {key} {} {}", rng.below(200), rng.below(2)),
            1 => {
                let operation = *rng.pick(&["AND", "OR", "XOR", "NOT"]);
                format!("BITOP {operation} {key}{}", words(rng, &KEYS, many))
            }
            _ => {
                let mut line = format!("BITFIELD {key}");
                for _ in 0..many {
                    let how = *rng.pick(&["WRAP", "SAT", "FAIL"]);
                    let what = *rng.pick(&["SET", "INCRBY"]);
                    line += &format!(" OVERFLOW {how} {what}");
                    line += &words(rng, &KINDS, 1);
                    line += &words(rng, &PLACES, 1);
                    line += &words(rng, &NUMBERS, 1);
                }
                line
            }
        }
    });
}
