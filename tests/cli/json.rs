//! The document that programs read.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::room::{Room, clean, holed, log, torn};

mod convert;
mod diff;
mod repair;

const SCHEMA: &str = include_str!("../../docs/schema/check-1.json");

/// The schema as published, and one that allows no field it does not describe.
fn schemas(schema: &str) -> [jsonschema::Validator; 2] {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let mut closed = schema.clone();
    close(&mut closed);
    [schema, closed].map(|schema| jsonschema::draft202012::new(&schema).unwrap())
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("properties").is_some_and(Value::is_object) && fields.contains_key("type")
            {
                fields.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn fits(document: &Value, what: &str) {
    fits_schema(SCHEMA, document, what);
}

pub(super) fn fits_schema(schema: &str, document: &Value, what: &str) {
    for schema in schemas(schema) {
        let errors: Vec<String> = schema
            .iter_errors(document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{what}: {errors:?}\n{document:#}");
    }
}

#[test]
fn every_document_fits_the_schema() {
    let room = Room::new();
    let mut many = log(3);
    many.multi().command(&["SELECT", "99"]).exec().exec();
    let inputs: [(&str, Vec<u8>); 11] = [
        ("clean.aof", clean(20)),
        ("empty.aof", Vec::new()),
        ("torn.aof", torn(20)),
        ("holed.aof", holed()),
        ("many.aof", many.finish().bytes),
        ("nul.aof", vec![0; 600]),
        ("junk.aof", (0..=255).collect()),
        ("rdb.aof", b"REDIS0011\xfa\x09redis-ver".to_vec()),
        ("age.aof", b"age-encryption.org/v1\n".to_vec()),
        ("torn.aof.gz", super::input::gzip(&torn(20))),
        ("short.aof.zst", super::input::zstd(&clean(9000))[..900].to_vec()),
    ];
    let mut verdicts = BTreeSet::new();
    for (name, bytes) in inputs {
        let document = room.json(name, &bytes);
        fits(&document, name);
        let code = room.run(&["check", name]).code;
        assert_eq!(document["exit_code"].as_i64(), code.map(i64::from), "{name}");
        verdicts.insert(document["verdict"].as_str().unwrap().to_owned());
    }
    assert_eq!(verdicts.len(), 5, "every verdict occurs: {verdicts:?}");
}

#[test]
fn a_check_that_cannot_begin_still_gives_a_document() {
    let room = Room::new();
    for path in ["no.aof", "/dev/null"] {
        let told = room.run(&["check", "--json", path]);
        assert_eq!(told.code, Some(8));
        assert_eq!(told.err, "");
        let document: Value = serde_json::from_str(&told.out).unwrap();
        fits(&document, path);
        assert_eq!(document["verdict"], "unreadable");
        assert!(document["error"].as_str().is_some_and(|error| !error.is_empty()));
    }
}

#[test]
fn the_document_of_a_torn_log_holds_what_scripts_rely_on() {
    let document = Room::new().json("a.aof", &torn(3));
    let expected = json!({
        "schema": "aof-doctor/check/1",
        "tool_version": env!("CARGO_PKG_VERSION"),
        "verdict": "damaged",
        "exit_code": 4,
        "error": null,
        "input": { "path": "a.aof", "kind": "resp", "container": "plain" },
        "live": document["live"],
        "assumptions": ["the server has 16 databases"],
        "parts": [{
            "file": "a.aof", "type": "single", "seq": null, "format": "resp",
            "bytes": 152, "commands": 3, "checkpoint": 117, "end_checkpoint": 117, "rdb": null,
        }],
        "findings": [{
            "id": "AOF-TAIL-TORN", "severity": "damage", "confidence": "certain",
            "file": "a.aof", "offset": 117, "length": 35,
            "message": "the log ends inside a record: argument 3 needs 5 bytes",
            "loss": {
                "bytes": 35,
                "commands": { "min": 1, "max": 1 },
                "keys": { "count": 1, "sample": [{ "db": 0, "text": "session:2" }] },
                "seconds": null,
            },
            "remedy": {
                "argv": ["aof-doctor", "repair", "a.aof"],
                "text": "plan to cut at byte 117: that keeps every whole record before it and drops the 35 bytes \
                         behind it (1 command); nothing is changed without --apply, and aof-doctor undo takes it \
                         back",
            },
        }],
        "total_findings": 1,
        "totals": { "bytes": 152, "commands": 3, "keys_in_base": null },
        "do_not_start": null,
        "total_chains": 1,
        "deep": null,
    });
    let mut document = document;
    let startup = document.as_object_mut().unwrap().remove("startup").unwrap();
    let chains = document.as_object_mut().unwrap().remove("chains").unwrap();
    assert_eq!(document, expected);
    assert_eq!(chains[0]["parts"], json!([{ "file": "a.aof", "type": "single", "to": 117 }]));
    let redis_7 = &startup[1]["starts"][0];
    assert_eq!(startup[1]["server"], "redis:7.0");
    assert_eq!(
        (&redis_7["outcome"], &redis_7["writes_to_disk"]),
        (&json!("truncates"), &json!(true))
    );
    assert_eq!(redis_7["loads"], json!([{ "file": "a.aof", "to": 117 }]));
    assert_ne!(document["live"], "yes");
}

#[test]
fn a_key_that_is_no_plain_text_comes_with_its_exact_bytes() {
    let mut bytes = log(3);
    bytes.command(&[b"SET".as_slice(), b"\xff\x1b[2J\\", b"a value that is cut"]);
    let mut bytes = bytes.finish().bytes;
    bytes.truncate(bytes.len() - 9);
    let document = Room::new().json("a.aof", &bytes);
    fits(&document, "key");
    let key = &document["findings"][0]["loss"]["keys"]["sample"][0];
    assert_eq!(*key, json!({ "db": 0, "text": "\\xff\\x1b[2J\\\\", "hex": "ff1b5b324a5c" }));
}

#[test]
fn lists_are_cut_at_a_hundred_and_the_gravest_are_kept() {
    let mut bytes = log(3);
    for _ in 0..150 {
        bytes.exec();
    }
    bytes.command(&["SET", "last", "value"]);
    let mut bytes = bytes.finish().bytes;
    bytes.truncate(bytes.len() - 3);
    let room = Room::new();
    let document = room.json("a.aof", &bytes);
    fits(&document, "long");
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 100);
    assert_eq!(findings[99]["id"], "AOF-TAIL-TORN");
    assert_eq!(document["total_findings"], 151);
    let told = room.run(&["check", "a.aof"]);
    assert!(told.out.contains("100 of 151 findings are shown, the gravest."), "{}", told.out);
}

#[test]
fn the_documented_examples_are_what_the_program_prints() {
    let blocks = documented("aof-doctor/check/1");
    let room = Room::new();
    let mut torn = room.json("appendonly.aof", &torn(3));
    torn["live"] = blocks[0]["live"].clone();
    // The page shows the first of the five servers and of the moments.
    torn["startup"] = json!([torn["startup"][1]]);
    let missing = room.run(&["check", "--json", "missing.aof"]).out;
    assert_eq!(blocks, [torn, serde_json::from_str(&missing).unwrap()]);
}

/// The examples of the page that have this schema.
fn documented(schema: &str) -> Vec<Value> {
    let blocks = include_str!("../../docs/json-output.md").split("```json\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    let documents = blocks.filter_map(|block| serde_json::from_str::<Value>(block).ok());
    documents.filter(|document| document["schema"] == schema).collect()
}
