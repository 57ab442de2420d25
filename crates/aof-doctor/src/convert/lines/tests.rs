//! One line of each type, as the page shows it, and as the schema allows it.

use std::borrow::Cow;

use aof_rdb::{Dialect, Header, Payload, RecordKind};
use serde_json::Value;

use super::*;

const PAGE: &str = include_str!("../../../../../docs/jsonl.md");
const SCHEMA: &str = include_str!("../../../../../docs/schema/jsonl-1.json");

/// A key whose value stands in a file of Redis like this.
fn key<'a>(name: &'a [u8], code: u8, bytes: &'a [u8]) -> Key<'a> {
    let header = Header { dialect: Dialect::Redis, version: 13 };
    let value = Payload { header, code, bytes };
    Key {
        db: 0,
        name: Cow::Borrowed(name),
        expiry: None,
        idle: None,
        frequency: None,
        has_metadata: false,
        value,
    }
}

fn written(lines: &mut Lines, record: &RecordKind<'_>) -> String {
    let mut out = Vec::new();
    match record {
        RecordKind::Key(key) => lines.key(key, &mut out).unwrap(),
        RecordKind::Function(source) => lines.function(source, &mut out),
        other => panic!("{other:?} has no line"),
    }
    String::from_utf8(out).unwrap()
}

/// The line of the record, which must fit the schema.
fn line(record: &RecordKind<'_>) -> String {
    let line = written(&mut Lines::default(), record);
    let line = line.strip_suffix('\n').unwrap();
    fits(line);
    line.to_owned()
}

fn fits(line: &str) {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let value: Value = serde_json::from_str(line).unwrap();
    let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{line}: {errors:?}");
}

/// A listpack of short strings and small numbers.
fn listpack(items: &[&str]) -> Vec<u8> {
    let mut entries = Vec::new();
    for item in items {
        match item.parse::<u8>() {
            Ok(number) => entries.extend([number, 1]),
            Err(_) => {
                entries.push(0x80 | item.len() as u8);
                entries.extend(item.as_bytes());
                entries.push(1 + item.len() as u8);
            }
        }
    }
    let total = (6 + entries.len() + 1) as u32;
    let count = items.len() as u16;
    [&total.to_le_bytes()[..], &count.to_le_bytes(), &entries, &[0xff]].concat()
}

fn text(bytes: &[u8]) -> Vec<u8> {
    [&[bytes.len() as u8][..], bytes].concat()
}

fn raw_id(millis: u64, seq: u64) -> Vec<u8> {
    [millis.to_be_bytes(), seq.to_be_bytes()].concat()
}

/// Two entries of which the first was deleted, a group, a consumer, and an entry that is pending.
fn stream(with_producers: bool) -> Vec<u8> {
    let node = ["1", "1", "1", "field", "0", "3", "0", "0", "old", "4", "2", "1", "0", "7", "4"];
    let time = 1_700_000_000_000_i64.to_le_bytes();
    let mut bytes = [
        &[1][..],
        &text(&raw_id(1, 1)),
        &text(&listpack(&node)),
        &[1, 2, 1, 2, 1, 1, 1, 2],
        &[1],
        &text(b"readers"),
        &[2, 1, 2, 1],
        &raw_id(2, 1),
        &time,
        &[3, 1],
        &text(b"alice"),
        &time,
        &time,
        &[1],
        &raw_id(2, 1),
    ]
    .concat();
    if with_producers {
        bytes.extend([60, 0x40, 100, 1]);
        bytes.extend(text(b"sensor"));
        bytes.extend([1]);
        bytes.extend(text(b"m-1"));
        bytes.extend([2, 1, 1, 0]);
    }
    bytes
}

#[test]
fn every_type_has_its_line_on_the_page() {
    let infinite = f64::INFINITY.to_le_bytes();
    let scores =
        [&b"\x03\x01a\0\0\0\0\0\0\xf0?"[..], b"\x01b\0\0\0\0\0\0\x04@\x01c", &infinite].concat();
    let fields = b"\x02\x01\x05token\x03abc\0\x04name\x03Ann";
    let hash = [&3_913_056_000_000_i64.to_le_bytes()[..], fields].concat();
    let (plain, named) = (stream(false), stream(true));
    let greeting = Key {
        db: 3,
        expiry: Some(4_102_444_800_000),
        idle: Some(5),
        frequency: Some(200),
        has_metadata: false,
        ..key("gr\u{fc}\u{df}e".as_bytes(), 0, b"\x0fline 1\nline \"2\"")
    };
    let mut seen = Vec::new();
    for key in [
        key(b"greeting", 0, b"\x05hello"),
        key(b"number", 0, b"\xc0\x0c"),
        greeting,
        key(b"\xff\0", 0, b"\x02\xfe\xff"),
        key(b"tasks", 1, b"\x03\x03one\xc0\x02\x01\xff"),
        key(b"tags", 2, b"\x02\x01a\x01b"),
        key(b"ranks", 5, &scores),
        key(b"user", 4, b"\x02\x04name\x03Ann\x04city\x04Bern"),
        key(b"session", 24, &hash),
        key(b"events", 21, &plain),
        key(b"sensors", 26, &named),
        // The id of `mymodule1`, version 3.
        key(b"m", 7, &[&b"\x81"[..], &module_id().to_be_bytes(), b"\x02\x2a\x00"].concat()),
    ] {
        key.value.verify(&mut Room::default()).unwrap();
        seen.push(line(&RecordKind::Key(key)));
    }
    let source = Cow::Borrowed(&b"#!lua name=lib\nredis.register_function('f', print)"[..]);
    seen.push(line(&RecordKind::Function(source)));
    let shown: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("{\"")).collect();
    assert_eq!(shown, seen, "{}", seen.join("\n"));
}

fn module_id() -> u64 {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = |letter: &u8| LETTERS.iter().position(|it| it == letter).unwrap() as u64;
    b"mymodule1".iter().fold(0, |id, letter| id << 6 | place(letter)) << 10 | 3
}

#[test]
fn a_value_that_cannot_be_read_leaves_no_beginning_of_a_line() {
    let (mut lines, mut out) = (Lines::default(), b"before".to_vec());
    for (code, bytes, kind) in [
        (1, &b"\x02\x01a"[..], ValueFaultKind::Short),
        (1, b"\0", ValueFaultKind::Empty),
        (15, b"\x01\x01x", ValueFaultKind::BadStreamNode),
        (0, b"\x01ab", ValueFaultKind::Trailing),
    ] {
        let written = lines.key(&key(b"k", code, bytes), &mut out);
        assert!(written.is_err_and(|fault| fault.kind == kind || code == 15), "{code}");
        assert_eq!(out, b"before");
    }
}

#[test]
fn times_are_moved_and_fields_that_are_over_are_left_out() {
    let hash = b"\xe8\x03\0\0\0\0\0\0\x02\x01\x01a\x011\x43\xe9\x01b\x012";
    let record = RecordKind::Key(Key { expiry: Some(5000), ..key(b"h", 24, hash) });
    let mut lines = Lines::with_expiries(Expiries { shift: 500, over: Some(1500) });
    let line = written(&mut lines, &record);
    let expected = r#"{"db":0,"key":"h","type":"hash","expires":5500,"value":[["b","2",2500]]}"#;
    assert_eq!(line, format!("{expected}\n"));
    fits(&line);
}

#[test]
fn the_schema_refuses_what_is_no_line() {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for wrong in [
        r#"{"db":0,"key":"k","type":"string"}"#,
        r#"{"db":0,"key":"k","type":"list","value":"v"}"#,
        r#"{"db":0,"key":"k","type":"zset","value":[["a","1"]]}"#,
        r#"{"db":0,"key":"k","type":"hash","value":[["a"]]}"#,
        r#"{"db":-1,"key":"k","type":"string","value":"v"}"#,
        r#"{"db":0,"key":{"base64":"?"},"type":"string","value":"v"}"#,
        r#"{"db":0,"key":"k","type":"stream","value":{"entries":[]}}"#,
        "[]",
    ] {
        let value: Value = serde_json::from_str(wrong).unwrap();
        assert!(!validator.is_valid(&value), "{wrong}");
    }
}
