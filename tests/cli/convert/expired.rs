//! Keys and fields whose time has come.

use super::*;

const HOUR: i64 = 3_600_000;

/// A file that was written a day ago, with a key that expired since, one that has not, and one that never does; and a
/// hash with one field of each kind.
fn dump() -> (Vec<u8>, i64) {
    let created = now() / 1000 - 86_400;
    let at = |hours: i64| (created * 1000 + hours * HOUR).to_le_bytes();
    let expiring = |hours| [&b"\xfc"[..], &at(hours)].concat();
    let length = |millis: u64| [&b"\x81"[..], &millis.to_be_bytes()].concat();
    let hash = [
        &b"\x18\x01h"[..],
        &at(1),
        b"\x03",
        &length(1),
        b"\x01a\x011",
        &length(48 * HOUR as u64 + 1),
        b"\x01b\x012",
        b"\0\x01c\x013",
    ]
    .concat();
    let gone = [&b"\x18\x04gone"[..], &at(1), b"\x01\x01\x01a\x011"].concat();
    let file = RdbBuilder::new(12)
        .aux("ctime", &created.to_string())
        .raw(&expiring(1))
        .string("over", "1")
        .raw(&expiring(48))
        .string("later", "2")
        .string("never", "3")
        .raw(&hash)
        .raw(&gone)
        .finish();
    (file, created * 1000)
}

fn values(lines: &[u8]) -> Vec<serde_json::Value> {
    let lines = std::str::from_utf8(lines).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn by_default_all_are_kept_and_those_that_will_vanish_are_counted() {
    let room = Room::new();
    room.file("dump.rdb", &dump().0);
    assert_eq!(keys(&lines(&room, &[])), ["over", "later", "never", "h", "gone"]);
    let told = room.run(&["convert", "dump.rdb", "-o", "out.resp"]);
    assert!(told.out.contains("1 key of those written expired before now"), "{}", told.out);
}

#[test]
fn keys_and_fields_that_have_expired_are_dropped_when_asked_to() {
    let room = Room::new();
    room.file("dump.rdb", &dump().0);
    let found = lines(&room, &["--expired", "drop"]);
    assert_eq!(keys(&found), ["later", "never", "h"]);
    let hash = &values(&found)[2]["value"];
    assert_eq!(
        (&hash[0][0], &hash[1][0], hash.as_array().unwrap().len()),
        (&"b".into(), &"c".into(), 2)
    );
    let told = room.run(&["convert", "dump.rdb", "-o", "out.resp", "--expired", "drop"]);
    assert!(told.out.contains("2 keys that expired"), "{}", told.out);
    assert!(told.out.contains("1 field of hashes that expired"), "{}", told.out);
}

#[test]
fn times_are_moved_so_that_as_much_is_left_as_when_the_file_was_written() {
    let room = Room::new();
    let (file, created) = dump();
    room.file("dump.rdb", &file);
    let before = now();
    let found = values(&lines(&room, &["--expired", "shift"]));
    let left = |value: &serde_json::Value, at: i64| value.as_i64().unwrap() - at;
    for (value, hours) in [
        (&found[0]["expires"], 1),
        (&found[1]["expires"], 48),
        (&found[3]["value"][0][2], 1),
        (&found[3]["value"][1][2], 49),
    ] {
        let left = left(value, before);
        assert!((hours * HOUR..hours * HOUR + 60_000).contains(&left), "{left} of {hours} h");
    }
    assert!(found[2].get("expires").is_none());
    let by_two_hours = values(&lines(&room, &["--expired", "shift=2h"]));
    assert_eq!(left(&by_two_hours[0]["expires"], created), 3 * HOUR);
    let told = room.run(&["convert", "dump.rdb", "-o", "out.resp", "--expired", "shift"]);
    assert!(told.out.contains("all expiries were moved on by 14"), "{}", told.out);
    assert!(!told.out.contains("expired before now"), "{}", told.out);
}

#[test]
fn a_file_that_does_not_say_when_it_was_written_needs_a_duration() {
    let room = Room::new();
    room.file("dump.rdb", &RdbBuilder::new(11).string("k", "v").finish());
    let told = room.run(&["convert", "dump.rdb", "-o", "out.resp", "--expired", "shift"]);
    assert_eq!(told.code, Some(8), "{}", told.err);
    assert!(told.err.contains("--expired shift=2h"), "{}", told.err);
    let told = room.run(&["convert", "dump.rdb", "-o", "out.resp", "--expired", "shift=2"]);
    assert_eq!(told.code, Some(16), "{}", told.err);
}
