//! The document of a conversion.

use aof_testkit::RdbBuilder;
use serde_json::{Value, json};

use super::super::room::Room;
use super::{documented, fits_schema};

const SCHEMA: &str = include_str!("../../../docs/schema/convert-1.json");

/// Runs `convert --json`, and returns the document, which must fit.
fn document(room: &Room, path: &str, options: &[&str]) -> Value {
    let told =
        room.run(&[&["convert", "--json", path, "-o", "out.resp", "--force"], options].concat());
    assert_eq!(told.err, "", "{path}");
    let document: Value = serde_json::from_str(&told.out).unwrap();
    fits_schema(SCHEMA, &document, path);
    assert_eq!(document["exit_code"].as_i64(), told.code.map(i64::from), "{path}");
    document
}

fn small() -> RdbBuilder {
    RdbBuilder::new(11)
        .aux("redis-ver", "7.2.4")
        .aux("ctime", "1700000000")
        .db(0)
        .string("user:1", "Ann")
}

#[test]
fn every_kind_of_document_fits_the_schema() {
    let room = Room::new();
    room.file("whole.rdb", &small().raw(b"\xfc\x01\0\0\0\0\0\0\0").string("over", "1").finish());
    room.file("lost.rdb", &small().raw(b"\x0b\x02\xffi\x03xyz").finish());
    let torn = small().string("torn", "value").finish();
    room.file("torn.rdb", &torn[..torn.len() - 12]);
    let whole = document(&room, "whole.rdb", &["--expired", "drop", "--key", "[uo]*"]);
    assert_eq!((&whole["keys"], &whole["left_out"]["expired"]), (&json!(1), &json!(1)));
    assert_eq!(whole["inputs"][0]["checksum"], "valid");
    let lost = document(&room, "lost.rdb", &["--salvage"]);
    assert_eq!((&lost["exit_code"], &lost["lost"]["keys"][0]["hex"]), (&json!(1), &json!("ff69")));
    let torn = document(&room, "torn.rdb", &["--salvage"]);
    assert_eq!(
        (&torn["inputs"][0]["checksum"], &torn["inputs"][0]["unread"]["offset"]),
        (&json!("unread"), &json!(58))
    );
    for (path, code) in [("lost.rdb", 4), ("torn.rdb", 4), ("no.rdb", 8)] {
        let failed = document(&room, path, &[]);
        assert_eq!(failed["exit_code"], code, "{path}");
        assert!(failed["error"].is_string() && failed["keys"].is_null(), "{path}");
    }
}

#[test]
fn the_documented_example_is_what_the_program_prints() {
    let room = Room::new();
    room.file("dump.rdb", &small().raw(b"\x0b\x05tasks\x03xyz").finish());
    let mut found = document(&room, "dump.rdb", &["--salvage"]);
    assert!(found["took_ms"].is_u64());
    found["took_ms"] = json!(3);
    assert_eq!(documented("aof-doctor/convert/1"), [found]);
}

#[test]
fn what_came_of_the_records_of_a_log_fits_the_schema() {
    let room = Room::new();
    let mut log = aof_testkit::LogBuilder::new();
    log.select(0).command(&["SET", "a", "1"]).command(&["EVAL", "script", "1", "\u{1b}[2J"]);
    log.command(&["SET", "b", "1"]).command(&["DEL", "none"]);
    let log = log.finish().bytes;
    room.file("log.aof", &log);
    room.file("holed.aof", &[&log[..], &[0; 512], &log, b"*3\r\n$3\r\nSET\r\n$1\r\nt"].concat());
    let whole = document(&room, "log.aof", &[]);
    let told = &whole["inputs"][0]["log"];
    assert_eq!(
        (&told["commands"], &told["changed"], &told["no_ops"]),
        (&json!(5), &json!(2), &json!(1))
    );
    assert_eq!(told["failed"]["commands"][0]["command"], "EVAL");
    assert_eq!(told["uncertain"]["keys"][0]["hex"], "1b5b324a");
    let lanes = told["lanes"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap());
    assert_eq!(lanes.sum::<u64>(), 4, "all but SELECT: {told}");
    let phases = told["phases_ms"].as_object().unwrap();
    assert!(phases.values().all(|millis| millis.as_f64() < Some(10_000.0)), "{told}");
    let forecast = &whole["forecast"];
    assert_eq!(forecast["keys"], 2);
    assert_eq!(forecast["log_bytes"], json!(log.len()));
    assert!(forecast["memory_estimate"].as_u64().unwrap() > 100, "{forecast}");
    let holed = document(&room, "holed.aof", &["--salvage"]);
    let left_out = &holed["inputs"][0]["log"]["left_out"];
    assert_eq!(left_out["total_ranges"], 2);
    assert_eq!(left_out["ranges"][1]["finding"], "AOF-TAIL-TORN");
    let refused = document(&room, "log.aof", &["--strict"]);
    assert_eq!(refused["exit_code"], 8);
}
