//! The document of a repair.

use serde_json::{Value, json};

use super::super::room::{Room, Told, clean, holed, torn};
use super::super::set::set;
use super::{documented, fits_schema};

const SCHEMA: &str = include_str!("../../../docs/schema/repair-1.json");

fn document(told: &Told, what: &str) -> Value {
    let document: Value = serde_json::from_str(&told.out).unwrap();
    fits_schema(SCHEMA, &document, what);
    assert_eq!(document["exit_code"].as_i64(), told.code.map(i64::from), "{what}");
    document
}

#[test]
fn every_kind_of_document_fits_the_schema() {
    let room = Room::new();
    set(&room, "data/appendonlydir");
    let incr = "data/appendonlydir/appendonly.aof.1.incr.aof";
    let whole = std::fs::read(room.path().join(incr)).unwrap();
    room.file(incr, &[&whole[..], &torn(3)].concat());
    room.file("torn.aof", &torn(20));
    room.file("holed.aof", &holed());
    room.file("clean.aof", &clean(3));
    room.file("bom.aof", &[b"\xef\xbb\xbf", &clean(3)[..]].concat());
    let apply = ["--apply", "-y", "--i-stopped-the-server"];
    let asked: [(&str, &[&str]); 12] = [
        ("torn.aof", &[]),
        ("holed.aof", &[]),
        ("holed.aof", &["--salvage"]),
        ("holed.aof", &["--cut"]),
        ("clean.aof", &[]),
        ("bom.aof", &[]),
        ("data", &["--salvage"]),
        ("data", &["--salvage", "-o", "copy"]),
        ("holed.aof", &["--salvage", apply[0], apply[1], apply[2]]),
        ("torn.aof", &apply),
        ("bom.aof", &apply),
        ("data", &["--cut", apply[0], apply[1], apply[2], "--max-loss", "99cmds"]),
    ];
    for (path, options) in asked {
        let told = room.run(&[&["repair", "--json", path], options].concat());
        let document = document(&told, path);
        let is_choice = path == "holed.aof" && options.is_empty();
        assert_eq!(document["choice"].is_object(), is_choice, "{path} {options:?}");
        assert_eq!(document["plan"].is_object(), !is_choice, "{path} {options:?}");
        let is_refused = path == "holed.aof" && options.contains(&"--apply");
        assert_eq!(document["refused"].is_string(), is_refused, "{path} {options:?}");
        let is_done = (options.contains(&"--apply") || options.contains(&"-o")) && !is_refused;
        assert_eq!(document["applied"].is_object(), is_done, "{path} {options:?}");
    }
}

#[test]
fn a_document_is_a_plan_that_can_be_applied_unless_the_log_has_changed() {
    let room = Room::new();
    room.file("a.aof", &torn(20));
    let saved = room.run(&["repair", "--json", "a.aof"]);
    room.file("plan.json", saved.out.as_bytes());
    let apply =
        ["repair", "a.aof", "--plan", "plan.json", "--apply", "-y", "--i-stopped-the-server"];
    room.file("a.aof", &torn(21));
    let told = room.run(&apply);
    assert_eq!(told.code, Some(8));
    assert!(told.err.contains("a.aof is not what it was when the plan was made"), "{}", told.err);
    let saved = room.run(&["repair", "--json", "a.aof"]);
    room.file("plan.json", saved.out.as_bytes());
    assert_eq!(room.run(&apply).code, Some(1));
    assert_eq!(room.run(&["check", "a.aof"]).code, Some(0));
    assert_eq!(room.run(&["undo", "a.aof", "-y"]).code, Some(0));
    assert_eq!(std::fs::read(room.path().join("a.aof")).unwrap(), torn(21));
}

#[test]
fn the_documented_example_is_what_the_program_prints() {
    let room = Room::new();
    room.file("appendonly.aof", &torn(3));
    let told = room.run(&["repair", "--json", "appendonly.aof"]);
    let mut printed = document(&told, "example");
    let [example] = &documented("aof-doctor/repair/1")[..] else { panic!("there is one example") };
    // The page shows one of the five servers, and another folder.
    printed["startup"] = json!([printed["startup"][1]]);
    printed["path"] = example["path"].clone();
    printed["plan"]["root"] = example["plan"]["root"].clone();
    for own in ["device", "inode", "modified_ns"] {
        printed["plan"]["inputs"][0][own] = example["plan"]["inputs"][0][own].clone();
    }
    assert_eq!(printed, *example);
}
