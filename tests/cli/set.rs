//! Folders as servers leave them.

use std::fs::{self, OpenOptions};
use std::path::Path;

use aof_testkit::{LogBuilder, RdbBuilder};
use serde_json::Value;

use super::room::{Room, age};

/// A base with two keys.
pub(super) fn base() -> Vec<u8> {
    RdbBuilder::base().db(0).string("a", "1").string("b", "2").finish()
}

/// An increment with so many records, `SELECT` included.
pub(super) fn incr(records: usize) -> Vec<u8> {
    let mut log = LogBuilder::new();
    log.select(0);
    for n in 1..records {
        log.command(&["SET", &format!("key:{n}"), "value"]);
    }
    log.finish().bytes
}

pub(super) const MANIFEST: &str = "file appendonly.aof.1.base.rdb seq 1 type b\n\
    file appendonly.aof.1.incr.aof seq 1 type i\n\
    file appendonly.aof.2.incr.aof seq 2 type i\n";

/// A set with a base and two increments of 3 and 4 records in `folder` of the room, an hour old.
pub(super) fn set(room: &Room, folder: &str) {
    fs::create_dir_all(room.path().join(folder)).unwrap();
    let file = |name: &str, bytes: &[u8]| room.file(&format!("{folder}/{name}"), bytes);
    file("appendonly.aof.1.base.rdb", &base());
    file("appendonly.aof.1.incr.aof", &incr(3));
    file("appendonly.aof.2.incr.aof", &incr(4));
    file("appendonly.aof.manifest", MANIFEST.as_bytes());
}

/// The ids of a document, in order.
pub(super) fn ids(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|found| found["id"].as_str().unwrap()).collect()
}

pub(super) fn document(room: &Room, args: &[&str]) -> Value {
    let told = room.run(args);
    serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}"))
}

#[test]
fn a_healthy_set_is_clean_by_folder_by_manifest_and_by_data_folder() {
    let room = Room::new();
    set(&room, "appendonlydir");
    for path in ["appendonlydir", "appendonlydir/appendonly.aof.manifest", "."] {
        let told = room.run(&["check", path]);
        assert_eq!(told.code, Some(0), "{path}: {}{}", told.out, told.err);
        assert!(told.out.starts_with(&format!("CLEAN  {path}  (")), "{}", told.out);
        assert!(told.out.contains("1 base, 2 increments"), "{}", told.out);
        assert!(told.out.contains("2 keys, 7 commands"), "{}", told.out);
    }
}

#[test]
fn the_parts_of_a_set_stand_in_the_document_in_the_order_of_loading() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let document = document(&room, &["check", "--json", "."]);
    let parts = document["parts"].as_array().unwrap();
    let told: Vec<(&str, &str, u64)> = parts
        .iter()
        .map(|part| {
            let text = |field: &str| part[field].as_str().unwrap();
            (text("file"), text("type"), part["commands"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("appendonlydir/appendonly.aof.1.base.rdb", "base", 0),
            ("appendonlydir/appendonly.aof.1.incr.aof", "incr", 3),
            ("appendonlydir/appendonly.aof.2.incr.aof", "incr", 4),
        ]
    );
    assert_eq!(document["totals"]["keys_in_base"], 2);
    assert_eq!(document["totals"]["commands"], 7);
    assert_eq!(parts[0]["rdb"]["checksum"], "valid");
    assert_eq!(parts[0]["rdb"]["written_by"], "7.2.4");
}

#[test]
fn a_set_without_its_manifest_begins_with_do_not_start() {
    let room = Room::new();
    set(&room, "appendonlydir");
    fs::remove_file(room.path().join("appendonlydir/appendonly.aof.manifest")).unwrap();
    let told = room.run(&["check", "."]);
    assert_eq!(told.code, Some(4), "{}", told.out);
    assert!(told.out.starts_with("DO NOT START a server here: "), "{}", told.out);
    assert!(told.out.contains("\nDAMAGED  .  ("), "{}", told.out);
    assert!(told.out.contains("MANIFEST-MISSING"), "{}", told.out);
    let document = document(&room, &["check", "--json", "."]);
    let why = document["do_not_start"].as_str().unwrap();
    assert!(why.contains("appendonly.aof.1.base.rdb is replaced by a base"), "{why}");
    let changes = &document["startup"][1]["starts"][0]["changes"];
    assert!(changes.to_string().contains("replaced"), "{changes}");
    let chain = &document["chains"][0];
    assert_eq!(chain["parts"].as_array().map(Vec::len), Some(3), "{document:#}");
    assert_eq!((&chain["keys"], &chain["commands"]), (&2.into(), &7.into()));
}

#[test]
fn a_torn_part_that_is_not_the_last_is_named_with_its_place() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let bytes = incr(3);
    room.file("appendonlydir/appendonly.aof.1.incr.aof", &bytes[..bytes.len() - 3]);
    let document = document(&room, &["check", "--json", "appendonlydir"]);
    assert_eq!(document["exit_code"], 4);
    assert!(ids(&document).contains(&"PART-NOT-LAST-TORN"), "{document:#}");
    let findings = document["findings"].as_array().unwrap();
    let torn = findings.iter().find(|found| found["id"] == "AOF-TAIL-TORN").unwrap();
    assert_eq!(torn["file"], "appendonly.aof.1.incr.aof");
    let first = &document["startup"][2]["starts"];
    assert_eq!(first[0]["outcome"], "refuses", "{document:#}");
    assert_eq!(first[0]["writes_to_disk"], true, "it cuts the part before it ends: {first:#}");
}

#[test]
fn an_empty_folder_is_empty_and_damage_only_where_data_are_expected() {
    let room = Room::new();
    let told = room.run(&["check", "."]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.starts_with("EMPTY  .  (data folder"), "{}", told.out);
    assert!(told.out.contains("DATA-DIR-EMPTY"), "{}", told.out);
    assert_eq!(room.run(&["check", "--expect-data", "."]).code, Some(4));
}

#[test]
fn parts_in_archives_are_checked_as_what_is_in_them() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let folder = room.path().join("appendonlydir");
    fs::remove_file(folder.join("appendonly.aof.1.incr.aof")).unwrap();
    fs::remove_file(folder.join("appendonly.aof.1.base.rdb")).unwrap();
    room.file("appendonlydir/appendonly.aof.1.incr.aof.gz", &super::input::gzip(&incr(3)));
    room.file("appendonlydir/appendonly.aof.1.base.rdb.zst", &super::input::zstd(&base()));
    let document = document(&room, &["check", "--json", "."]);
    assert_eq!(document["exit_code"], 0, "{document:#}");
    assert_eq!(ids(&document), ["INPUT-COMPRESSED", "INPUT-COMPRESSED"]);
    assert_eq!(document["totals"]["commands"], 7);
    assert_eq!(document["totals"]["keys_in_base"], 2);
}

#[test]
fn names_that_try_to_leave_the_folder_are_never_followed() {
    let room = Room::new();
    set(&room, "appendonlydir");
    room.file("secret.aof", &incr(30));
    let manifest = "file ../secret.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
    room.file("appendonlydir/appendonly.aof.manifest", manifest.as_bytes());
    let link = room.path().join("appendonlydir/appendonly.aof.9.incr.aof");
    std::os::unix::fs::symlink("../secret.aof", link).unwrap();
    let document = document(&room, &["check", "--json", "appendonlydir"]);
    assert_eq!(document["exit_code"], 8, "what a link hides is not judged: {document:#}");
    assert!(ids(&document).contains(&"MANIFEST-SYNTAX"), "{document:#}");
    let of_link = |part: &&Value| part["file"] == "appendonly.aof.9.incr.aof";
    let parts = document["parts"].as_array().unwrap();
    let linked = parts.iter().find(of_link).expect("the link is told");
    assert_eq!(linked["commands"], Value::Null, "and not followed: {linked:#}");
}

#[test]
fn a_check_leaves_every_file_as_it_is_also_where_nothing_can_be_written() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let folder = room.path().join("appendonlydir");
    let look = |folder: &Path| -> Vec<(String, Vec<u8>, std::time::SystemTime)> {
        let mut all: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap())
            })
            .collect();
        all.sort();
        all
    };
    let before = look(&folder);
    let writable = fs::metadata(&folder).unwrap().permissions();
    let mut read_only = writable.clone();
    read_only.set_readonly(true);
    fs::set_permissions(&folder, read_only).unwrap();
    let told = room.run(&["check", "appendonlydir"]);
    fs::set_permissions(&folder, writable).unwrap();
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(look(&folder), before);
}

#[test]
fn a_set_whose_last_increment_is_being_written_is_live_and_no_damage() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let bytes = incr(4);
    let last = room.file("appendonlydir/appendonly.aof.2.incr.aof", &bytes[..bytes.len() - 2]);
    let writer = OpenOptions::new().append(true).open(last).unwrap();
    let document = document(&room, &["check", "--json", "."]);
    drop(writer);
    assert_eq!(document["exit_code"], 0, "{document:#}");
    assert_eq!(document["live"], "yes");
    let message = document["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains(&format!("(pid {})", std::process::id())), "{message}");
}

#[test]
fn a_manifest_that_changes_all_the_time_is_called_a_moving_target() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let manifest = room.path().join("appendonlydir/appendonly.aof.manifest");
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let document = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0_u64;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                turn += 1;
                let next = room.path().join("next");
                fs::write(&next, format!("# {turn}\n{MANIFEST}")).unwrap();
                fs::rename(&next, &manifest).unwrap();
            }
        });
        // Where others need the cores, a whole scan may fall between two changes, and rightly says nothing of them.
        let mut documents = (0..20).map(|_| document(&room, &["check", "--json", "appendonlydir"]));
        let document = documents.find(|document| document["live"] == "yes");
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        document.expect("one of the checks sees changes all the time")
    });
    assert_eq!(document["live"], "yes", "{document:#}");
    let first = document["findings"][0]["message"].as_str().unwrap();
    assert!(first.starts_with("moving target: "), "{first}");
    assert_eq!(document["exit_code"], 0);
}

#[test]
fn an_old_log_beside_a_set_and_an_rdb_file_are_told() {
    let room = Room::new();
    set(&room, "appendonlydir");
    room.file("appendonly.aof", &incr(20));
    room.file("dump.rdb", &base());
    age(&room.path().join("dump.rdb"));
    let document = document(&room, &["check", "--json", "."]);
    let types: Vec<&str> =
        document["parts"].as_array().unwrap().iter().map(|p| p["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["base", "incr", "incr", "single", "rdb"]);
    assert!(ids(&document).contains(&"SET-AMBIGUOUS"), "{document:#}");
}

#[test]
fn an_rdb_file_is_checked_by_itself() {
    let room = Room::new();
    let told = room.check("dump.rdb", &base());
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("2 keys"), "{}", told.out);
    let mut flipped = base();
    let at = flipped.len() - 12;
    flipped[at] ^= 1;
    let document = room.json("flipped.rdb", &flipped);
    assert_eq!(document["exit_code"], 4);
    assert_eq!(ids(&document), ["RDB-CRC-BITFLIP"]);
    flipped[at] ^= 4;
    assert_eq!(ids(&room.json("flipped.rdb", &flipped)), ["RDB-CRC"]);
    let torn = room.json("torn.rdb", &base()[..base().len() - 15]);
    assert_eq!(ids(&torn), ["RDB-TRUNCATED"]);
    let padded = room.json("padded.rdb", &[base(), vec![0; 300]].concat());
    assert_eq!((ids(&padded), &padded["exit_code"]), (vec!["AOF-TAIL-NUL"], &4.into()));
    let plain = RdbBuilder::new(11).db(0).string("a", "1").finish();
    let padded = room.json("padded.rdb", &[plain, vec![0; 300]].concat());
    assert_eq!((ids(&padded), &padded["exit_code"]), (vec!["RDB-TRAILING-NUL"], &0.into()));
}

#[test]
fn a_torn_first_record_behind_a_preamble_is_told_as_the_danger_that_it_is() {
    let room = Room::new();
    let bytes = [base(), b"*2\r\n$6\r\nSELECT\r\n$1\r\n".to_vec()].concat();
    let document = room.json("appendonly.aof", &bytes);
    assert_eq!(ids(&document), ["AOF-PREAMBLE-TAIL", "AOF-TAIL-TORN"]);
    assert!(document["do_not_start"].is_string(), "{document:#}");
    assert_eq!(document["parts"][0]["checkpoint"], base().len());
}
