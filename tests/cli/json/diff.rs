//! The document of a comparison.

use aof_testkit::LogBuilder;
use serde_json::{Value, json};

use super::super::room::{Room, clean, torn};
use super::{documented, fits_schema};

const SCHEMA: &str = include_str!("../../../docs/schema/diff-1.json");

/// Runs `diff --json`, and returns the document, which must fit.
fn document(room: &Room, args: &[&str]) -> Value {
    let told = room.run(&[&["diff", "--json"], args].concat());
    assert_eq!(told.err, "", "{args:?}");
    let document: Value = serde_json::from_str(&told.out).unwrap();
    fits_schema(SCHEMA, &document, &args.join(" "));
    assert_eq!(document["exit_code"].as_i64(), told.code.map(i64::from), "{args:?}");
    document
}

fn log(value: &str) -> Vec<u8> {
    let mut log = LogBuilder::new();
    log.select(0).command(&["HSET", "user:1", "name", "Ann", "town", value]);
    log.command(&["SET", "total", "5"]);
    log.finish().bytes
}

#[test]
fn every_kind_of_document_fits_the_schema() {
    let room = Room::new();
    room.file("a.aof", &clean(3));
    room.file("b.aof", &clean(2));
    room.file("torn.aof", &torn(3));
    let equal = document(&room, &["a.aof", "a.aof"]);
    assert_eq!((&equal["verdict"], &equal["totals"]["equal"]), (&json!("equal"), &json!(3)));
    let different = document(&room, &["a.aof", "b.aof"]);
    assert_eq!((&different["verdict"], &different["exit_code"]), (&json!("different"), &json!(4)));
    let salvaged = document(&room, &["torn.aof", "b.aof", "--salvage"]);
    assert_eq!((&salvaged["a"]["damaged"], &salvaged["exit_code"]), (&json!(true), &json!(2)));
    for (path, code) in [("torn.aof", 4), ("missing.aof", 8)] {
        let failed = document(&room, &[path, "a.aof"]);
        assert_eq!(failed["exit_code"], code, "{path}");
        assert!(failed["error"].is_string() && failed["verdict"].is_null(), "{path}");
    }
}

#[test]
fn names_that_are_no_text_are_given_exactly() {
    let room = Room::new();
    let mut log = LogBuilder::new();
    log.select(0).command(&[&b"SET"[..], b"\xff", b"1"]);
    room.file("a.aof", &log.finish().bytes);
    room.file("b.aof", &clean(0));
    let found = document(&room, &["a.aof", "b.aof"]);
    assert_eq!(found["differences"][0]["hex"], "ff");
}

#[test]
fn the_documented_example_is_what_the_program_prints() {
    let room = Room::new();
    room.file("a.aof", &log("Ulm"));
    room.file("b.aof", &log("Bonn"));
    let mut found = document(&room, &["a.aof", "b.aof"]);
    assert!(found["took_ms"].is_u64());
    found["took_ms"] = json!(3);
    assert_eq!(documented("aof-doctor/diff/1"), [found]);
}
