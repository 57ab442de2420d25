//! RDB files: what they hold, and the one bit that can be turned back.

use std::fs;
use std::path::{Path, PathBuf};

use aof_rdb::crc64;
use serde_json::{Value, json};

use super::room::{Room, Told};

/// The file of a fixture.
pub(super) fn fixture(id: &str, which: &str) -> Vec<u8> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/rdb");
    let path: PathBuf = testdata.join(id).join(which).join("dump.rdb");
    fs::read(path).unwrap()
}

/// A file with two databases: strings, one of which expires in the year 2100, a set, and a value that is broken.
pub(super) fn file(is_broken: bool) -> Vec<u8> {
    let mut bytes = b"REDIS0011\xfa\x09redis-ver\x057.2.4\xfe\x00\xfb\x02\x01".to_vec();
    bytes.push(252);
    bytes.extend(4_102_444_800_000_u64.to_le_bytes());
    bytes.extend(b"\x00\x01a\x03one");
    bytes.extend(b"\x00\x01b\x03two\xfe\x03\xfb\x01\x00\x02\x04tags\x03\x03red\x05green");
    bytes.extend(if is_broken { &b"\x03red"[..] } else { b"\x04blue" });
    bytes.push(255);
    let crc = crc64(&bytes).to_le_bytes();
    bytes.extend(crc);
    bytes
}

fn rdb(document: &Value) -> &Value {
    &document["parts"][0]["rdb"]
}

#[test]
fn a_check_tells_what_the_file_holds() {
    let room = Room::new();
    let told = room.check("dump.rdb", &file(false));
    assert_eq!(told.code, Some(0), "{told:?}");
    for words in [
        "3 keys in 2 databases (0: 2, 3: 1); 1 with an expiry, at 2100-01-01T00:00:00Z",
        "string 2, set 1",
        "\"tags\" in database 3 (set, 3 items",
        "by a server of version 7.2.4",
        "in redis:8.2, valkey:8.1, valkey:9.1",
        "every value is sound",
    ] {
        let out = told.out.replace("\n          ", " ");
        assert!(out.contains(words), "{words}: {out}");
    }
    let document = room.json("dump.rdb", &file(false));
    let rdb = rdb(&document);
    assert_eq!(rdb["types"], json!({ "string": 2, "set": 1 }));
    assert_eq!(rdb["databases"][1], json!({ "db": 3, "keys": 1, "expiring": 0, "announced": 1 }));
    assert_eq!((&rdb["expired"], &rdb["first_expiry"]), (&json!(0), &json!(4_102_444_800_000_u64)));
    assert_eq!(rdb["largest"][0]["key"], "tags");
    assert_eq!(rdb["largest"][0]["items"], 3);
    assert_eq!((&rdb["bad_values"], &rdb["duplicate_keys"]), (&json!(0), &json!(0)));
}

#[test]
fn a_broken_value_is_named_by_its_key_though_the_checksum_is_right() {
    let room = Room::new();
    let document = room.json("dump.rdb", &file(true));
    assert_eq!(document["exit_code"], 4);
    let found = &document["findings"][0];
    assert_eq!(found["id"], "RDB-VALUE-BAD");
    assert_eq!(found["loss"]["keys"]["sample"], json!([{ "db": 3, "text": "tags" }]));
    assert!(found["message"].as_str().unwrap().contains("occurs twice"), "{found}");
    assert_eq!(
        (&rdb(&document)["checksum"], &rdb(&document)["bad_values"]),
        (&json!("valid"), &json!(1))
    );
}

#[test]
fn a_key_that_occurs_twice_is_found_with_and_without_deep() {
    let room = Room::new();
    room.file("dump.rdb", &fixture("rdb-duplicate-key", "damaged"));
    for option in [&["--deep"][..], &[]] {
        let args = [&["check", "--json", "dump.rdb"], option].concat();
        let told = room.run(&args);
        let document: Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(document["findings"][0]["id"], "RDB-DUPLICATE-KEY");
        let starts = document["startup"].as_array().unwrap();
        assert!(starts.iter().all(|server| server["starts"][0]["outcome"] == "crashes"));
    }
}

#[test]
fn an_empty_dump_is_replaced_by_the_temporary_file_that_the_save_left() {
    let room = Room::new();
    room.file("dump.rdb", b"");
    room.file("temp-417.rdb", &file(false));
    let of_file = room.run(&["check", "dump.rdb"]);
    assert_eq!(of_file.code, Some(4), "{of_file:?}");
    assert!(of_file.out.trim_end().ends_with("aof-doctor repair '.'"), "{}", of_file.out);
    let of_folder = room.run(&["check", "."]);
    assert!(of_folder.out.contains("it is whole (3 keys)"), "{}", of_folder.out);
    assert!(of_folder.out.trim_end().ends_with("aof-doctor repair '.'"), "{}", of_folder.out);
}

#[test]
fn of_a_temporary_file_that_is_cut_short_the_keys_are_offered_for_an_empty_dump() {
    let room = Room::new();
    room.file("dump.rdb", b"");
    room.file("temp-417.rdb", &file(false)[..60]);
    let told = room.run(&["check", "."]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.out.contains("(2 keys that can be read)"), "{}", told.out);
    assert!(told.out.trim_end().ends_with("aof-doctor repair '.'"), "{}", told.out);
}

fn repair(room: &Room, more: &[&str]) -> Told {
    room.run(&[&["repair", "dump.rdb"], more].concat())
}

#[test]
fn a_flipped_bit_is_turned_back_and_a_repair_is_taken_back() {
    let (damaged, whole) =
        (fixture("rdb-crc-bitflip", "damaged"), fixture("rdb-crc-bitflip", "near-miss"));
    let room = Room::new();
    let path = room.file("dump.rdb", &damaged);
    let told = room.run(&["check", "dump.rdb"]);
    assert_eq!(
        (told.code, told.last_line()),
        (Some(4), "aof-doctor repair 'dump.rdb'"),
        "{told:?}"
    );

    assert_eq!(repair(&room, &["-o", "copy"]).code, Some(1));
    assert_eq!(fs::read(room.path().join("copy/dump.rdb")).unwrap(), whole);
    assert_eq!(fs::read(&path).unwrap(), damaged);

    assert_eq!(repair(&room, &["--apply", "--yes"]).code, Some(1));
    assert_eq!(fs::read(&path).unwrap(), whole);
    assert_eq!(room.run(&["undo", "--yes", "dump.rdb"]).code, Some(0));
    assert_eq!(fs::read(&path).unwrap(), damaged);
}

#[test]
fn a_bit_in_a_length_breaks_the_framing_and_is_found_all_the_same() {
    let whole = fixture("rdb-crc-bitflip", "near-miss");
    let room = Room::new();
    let key = whole.windows(9).position(|window| window == b"\x08greeting").unwrap();
    for bit in 0..8 {
        let mut damaged = whole.clone();
        damaged[key] ^= 1 << bit;
        let document = room.json("dump.rdb", &damaged);
        let found = &document["findings"][0];
        assert_eq!((&found["id"], &found["offset"]), (&json!("RDB-CRC-BITFLIP"), &json!(key)));
    }
}
