//! Hashes.

use aof_keyspace::{Keyspace, Value};
use aof_testkit::Rng;
use aof_testkit::server::{Server, ServerKind, skip_unless};

use crate::beside::{compare_digests, held, hold, loads, words};

/// Those that know fields that expire.
const EXPIRING: [ServerKind; 2] = [ServerKind::Redis82, ServerKind::Valkey91];

/// So far clocks of a server and of a test may be apart, in milliseconds.
const SLACK: u64 = 60_000;

/// Holds the commands on servers that know fields that expire, and compares when they do: the digest of Redis tells only
/// whether they do, that of Valkey nothing.
fn hold_times(commands: &[&str]) {
    for kind in EXPIRING.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        held(kind, &words(commands), compare_times);
    }
}

fn compare_times(server: &Server, keyspace: &Keyspace<'_>) {
    for held in keyspace.iter() {
        let value = held.value();
        let Value::Hash(hash) = &*value else { continue };
        for field in hash.iter() {
            let command: [&[u8]; 5] = [b"HPEXPIRETIME", held.name(), b"FIELDS", b"1", field.name];
            let said = server.command(&command).unwrap();
            let theirs = said.list()[0].integer().unwrap();
            let ours = field.expiry.unwrap_or(-1);
            assert!(theirs.abs_diff(ours) < SLACK, "{}: {said:?}, {ours}", server.kind());
            assert_eq!(theirs == -1, ours == -1, "{}", server.kind());
        }
    }
}

#[test]
fn fields_come_and_go_as_on_servers() {
    hold(&[
        "HSET h a 1 b 2",
        "HSET h a 3 a 4",
        "HSET h a",
        "HSET h a 1 b",
        "HMSET h c 5 d ",
        "HMSET h c",
        "HSETNX h a 9",
        "HSETNX h e 9",
        "HSETNX new  x",
        "HDEL h a a none",
        "HDEL h none",
        "HDEL none a",
        "HDEL new ",
        "HSETNX new f 1",
        "PEXPIREAT h 4102444800000",
        "HSET h z 1",
        "HDEL h b c d e z",
        "HSET h a 1",
        "SET s 1",
        "HSET s a 1",
        "HSETNX s a 1",
        "HDEL s a",
        "HINCRBY s a 1",
        "HINCRBYFLOAT s a 1",
    ]);
}

#[test]
fn numbers_in_fields_are_as_on_servers() {
    hold(&[
        "HINCRBY h n 5",
        "HINCRBY h n -7",
        "HINCRBY h n x",
        "HINCRBY h n 1.5",
        "HINCRBY h n 9223372036854775807",
        "HINCRBY h n 3",
        "HINCRBY h n 9223372036854775807",
        "HINCRBY h m -9223372036854775808",
        "HINCRBY h m -1",
        "HSET h t 01 u x v 1.5",
        "HINCRBY h t 1",
        "HINCRBY h u 1",
        "HINCRBY h v 1",
        "HINCRBY none n x",
        "HINCRBYFLOAT h v 0.25",
        "HINCRBYFLOAT h w -3",
        "HINCRBYFLOAT h w 3",
        "HINCRBYFLOAT h u 1",
        "HINCRBYFLOAT h w inf",
        "HINCRBYFLOAT h w nan",
        "HINCRBYFLOAT none w x",
    ]);
}

#[test]
fn fields_expire_as_on_servers() {
    hold_times(&[
        "HSET h a 1 b 2 c 3",
        "HPEXPIREAT h 4102444800000 FIELDS 2 a none",
        "HPEXPIREAT h 4102444800000 NX FIELDS 1 a",
        "HPEXPIREAT h 4102444800001 GT FIELDS 2 a b",
        "HPEXPIREAT h 4102444800001 GT FIELDS 1 a",
        "HPEXPIREAT h 4102444800000 LT FIELDS 2 a b",
        "HPEXPIREAT h 4102444800000 XX FIELDS 1 c",
        "HEXPIREAT h 4102444800 FIELDS 2 c c",
        "HEXPIRE h 100000 FIELDS 1 b",
        "HPEXPIRE h 100000000 FIELDS 1 b",
        "HSET h a 5",
        "HINCRBY h b 1",
        "HPERSIST h FIELDS 3 a b none",
        "HPERSIST h FIELDS 1 b",
        "HPERSIST none FIELDS 1 b",
        "HPEXPIREAT none 4102444800000 FIELDS 1 a",
        "HDEL h b c",
        "SET s 1",
        "HPEXPIREAT s 4102444800000 FIELDS 1 a",
        "HPERSIST s FIELDS 1 a",
    ]);
}

#[test]
fn hostile_expiries_are_refused_as_on_servers() {
    hold(&[
        "HSET h a 1 b 2",
        "HPEXPIREAT h x FIELDS 1 a",
        "HPEXPIREAT h -1 FIELDS 1 a",
        "HEXPIREAT h 9223372036854775807 FIELDS 1 a",
        "HPEXPIRE h 9223372036854775807 FIELDS 1 a",
        "HPEXPIREAT h 4102444800000 FIELDS 0 a",
        "HPEXPIREAT h 4102444800000 FIELDS -1 a",
        "HPEXPIREAT h 4102444800000 FIELDS 9223372036854775807 a",
        "HPEXPIREAT h 4102444800000 FIELDS 2 a",
        "HPEXPIREAT h 4102444800000 FIELDS 1 a b",
        "HPEXPIREAT h 4102444800000 FIELDS x a",
        "HPEXPIREAT h 4102444800000 NX XX FIELDS 1 a",
        "HPEXPIREAT h 4102444800000 NY FIELDS 1 a",
        "HPEXPIREAT h 4102444800000 WORDS 1 a",
        "HPEXPIREAT none 4102444800000 FIELDS 1 a b",
        "HPERSIST h FIELDS 2 a",
        "HPERSIST h WORDS 1 a",
        "HPERSIST none FIELDS 0 a",
    ]);
}

#[test]
fn fields_are_written_and_read_with_expiries_as_on_servers() {
    hold_times(&[
        "HSETEX h FIELDS 2 a 1 b 2",
        "HSETEX h PXAT 4102444800000 FIELDS 2 a 2 c 3",
        "HSETEX h KEEPTTL FIELDS 2 a 3 b 3",
        "HSETEX h FIELDS 1 a 4",
        "HSETEX h FNX PXAT 4102444800000 FIELDS 2 a 1 new 2",
        "HSETEX h FNX FIELDS 1 new 2",
        "HSETEX h FXX EXAT 4102444800 FIELDS 2 a 1 no 2",
        "HSETEX h EXAT 4102444800 FXX FIELDS 2 a 1 new 3",
        "HSETEX none FXX FIELDS 1 a 1",
        "HSETEX born FNX EX 10000 FIELDS 1 a 1",
        "HSETEX h FNX FXX FIELDS 1 a 1",
        "HSETEX h EX 10 KEEPTTL FIELDS 1 a 1",
        "HSETEX h PXAT -1 FIELDS 1 a 1",
        "HSETEX h PXAT x FIELDS 1 a 1",
        "HSETEX h EX 9223372036854775807 FIELDS 1 a 1",
        "HSETEX h FIELDS 2 a 1",
        "HSETEX h FIELDS 1 a 1 b",
        "HSETEX h FIELDS 0 a 1",
        "HSETEX h FIELDS 9223372036854775807 a 1",
        "HSETEX h WORDS FIELDS 1 a 1",
        "HGETEX h FIELDS 1 a",
        "HGETEX h PERSIST FIELDS 2 a none",
        "HGETEX h EXAT 4102444800 FIELDS 2 a a",
        "HGETEX h PX 100000000 FIELDS 1 b",
        "HGETEX h EX -1 FIELDS 1 b",
        "HGETEX h EX FIELDS 1 b",
        "HGETEX h FIELDS 2 b",
        "HGETEX none PERSIST FIELDS 1 b",
        "HGETDEL h FIELDS 2 a none",
        "HGETDEL h FIELDS 2 b",
        "HGETDEL none FIELDS 1 b",
        "HGETDEL born FIELDS 2 a a",
        "SET s 1",
        "HSETEX s FIELDS 1 a 1",
        "HGETEX s FIELDS 1 a",
        "HGETDEL s FIELDS 1 a",
    ]);
}

#[test]
fn a_hash_of_valkey_is_written_if_it_is_there_or_is_not() {
    let commands = [
        "HSETEX h XX FIELDS 1 a 1",
        "HSETEX h NX FIELDS 1 a 2",
        "HSETEX h NX FIELDS 1 a 3",
        "HSETEX h XX FXX PXAT 4102444800000 FIELDS 1 a 4",
        "HSETEX h NX XX FIELDS 1 a 5",
        "HSETEX absent XX PXAT x FIELDS 1 a 1",
        "HSETEX h NX PXAT x FIELDS 1 a 1",
        "HSETEX h XX PXAT x FIELDS 1 a 1",
        "HPEXPIREAT h 4102444800001 XX GT FIELDS 1 a",
    ];
    if skip_unless(ServerKind::Valkey91).is_some() {
        held(ServerKind::Valkey91, &words(&commands), compare_times);
    }
}

#[test]
fn a_log_keeps_fields_whose_time_has_passed() {
    loads(
        &EXPIRING,
        &[
            "HSET h a 1 b 2 c 3",
            "HPEXPIREAT h 1000 FIELDS 2 a b",
            "HSET h a 5",
            "HDEL h c",
            "HSET g a 1",
            "HPEXPIREAT g 1 FIELDS 1 a",
            "HSETEX g PXAT 1 FIELDS 1 b 1",
            "HSETEX new PXAT 1 FIELDS 1 b 1",
            "HSET i a 1 b 1",
            "HPEXPIREAT i 1 FIELDS 1 a",
            "HPEXPIREAT i 4102444800000 FIELDS 1 a",
            "HDEL i b",
        ],
        compare_lengths,
    );
}

/// The digest of Valkey passes over fields whose time has passed; how many there are tells that they are kept.
fn compare_lengths(server: &Server, keyspace: &Keyspace<'_>) {
    if server.kind() == ServerKind::Redis82 {
        compare_digests(server, keyspace);
    }
    for held in keyspace.iter() {
        let value = held.value();
        let Value::Hash(hash) = &*value else { continue };
        let theirs = server.command(&[b"HLEN", held.name()]).unwrap().integer().unwrap();
        assert_eq!(theirs, hash.len() as i64, "{}", server.kind());
    }
}

/// A command that is mostly sound.
fn random(rng: &mut Rng) -> String {
    let key = *rng.pick(&["a", "b", "c", "s"]);
    let field = *rng.pick(&["f", "g", "h", "i"]);
    let other = *rng.pick(&["f", "g", "h"]);
    let number = *rng.pick(&["1", "-3", "07", "x", "9223372036854775807", ""]);
    let condition = *rng.pick(&["", "NX ", "XX ", "GT ", "LT "]);
    let time = 4_102_444_800_000 + rng.below(5);
    match rng.below(14) {
        0 => format!("HSET {key} {field} {number} {other} 5"),
        1 => format!("HMSET {key} {field} {number}"),
        2 => format!("HSETNX {key} {field} {number}"),
        3 | 4 => format!("HDEL {key} {field} {other}"),
        5 => format!("HINCRBY {key} {field} {number}"),
        6..=8 => format!("HPEXPIREAT {key} {time} {condition}FIELDS 2 {field} {other}"),
        9 => format!("HPERSIST {key} FIELDS 1 {field}"),
        10 => format!("HSETEX {key} FXX PXAT {time} FIELDS 1 {field} {number}"),
        11 => format!("HSETEX {key} FNX KEEPTTL FIELDS 1 {field} {number}"),
        12 => format!("HGETEX {key} PXAT {time} FIELDS 2 {field} {other}"),
        _ => format!("HGETDEL {key} FIELDS 1 {field}"),
    }
}

#[test]
fn random_commands_make_the_same_hashes() {
    let mut rng = Rng::new(0x6861_7368);
    let mut lines = vec!["SET s 1".to_owned()];
    lines.extend((0..300).map(|_| random(&mut rng)));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    hold(&lines);
    hold_times(&lines);
}
