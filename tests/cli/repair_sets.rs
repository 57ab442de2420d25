//! Repairs of sets: no part is replaced, and the manifest's new text is what makes them take effect.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::repair::{apply, read, repair};
use super::room::{Room, age};
use super::set::{MANIFEST, incr, set};

const DIR: &str = "appendonlydir";

fn in_set(name: &str) -> String {
    format!("{DIR}/appendonly.aof.{name}")
}

/// An increment whose last record is cut off.
fn torn(records: usize) -> Vec<u8> {
    let mut bytes = incr(records);
    bytes.truncate(bytes.len() - 5);
    bytes
}

fn manifest(room: &Room) -> String {
    String::from_utf8(read(room, &in_set("manifest"))).unwrap()
}

fn verdict(room: &Room) -> String {
    let told = room.run(&["check", "--json", "."]);
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    document["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn a_manifest_that_is_gone_is_written_anew() {
    let room = Room::new();
    set(&room, DIR);
    fs::remove_file(room.path().join(in_set("manifest"))).unwrap();
    let told = apply(&room, ".", &[]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(manifest(&room), MANIFEST);
    assert_eq!(verdict(&room), "clean");
    room.run(&["undo", "--yes", "."]);
    assert!(!room.path().join(in_set("manifest")).exists());
}

#[test]
fn a_manifest_without_a_byte_is_replaced_and_comes_back() {
    let room = Room::new();
    set(&room, DIR);
    room.file(&in_set("manifest"), b"");
    assert_eq!(apply(&room, DIR, &[]).code, Some(1));
    assert_eq!(manifest(&room), MANIFEST);
    assert_eq!(room.run(&["undo", "--yes", DIR]).code, Some(0));
    assert_eq!(manifest(&room), "");
}

#[test]
fn a_torn_part_that_is_not_the_last_is_written_anew_under_another_name() {
    let room = Room::new();
    set(&room, DIR);
    let (first, torn) = (in_set("1.incr.aof"), torn(3));
    let path = room.file(&first, &torn);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let told = repair(&room, ".", &[]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.out.starts_with("CHOOSE"), "{}", told.out);
    let told = apply(&room, ".", &["--salvage", "--max-loss", "1cmds"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let name = in_set("1r1.incr.aof");
    assert_eq!(read(&room, &name), incr(2));
    let mode = fs::metadata(room.path().join(&name)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640, "it has the permissions of what it replaces");
    assert!(manifest(&room).contains("file appendonly.aof.1r1.incr.aof seq 1 type i"));
    assert!(!manifest(&room).contains("type h"), "servers delete what is history");
    assert!(!room.path().join(&first).exists(), "the original was moved away");
    assert_eq!(verdict(&room), "clean");
    assert_eq!(room.run(&["undo", "--yes", "."]).code, Some(0));
    assert_eq!(read(&room, &first), torn);
    assert_eq!(manifest(&room), MANIFEST);
    assert!(!room.path().join(&name).exists());
}

#[test]
fn a_cut_leaves_out_the_parts_behind_the_damage() {
    let room = Room::new();
    set(&room, DIR);
    room.file(&in_set("1.incr.aof"), &torn(3));
    let told = apply(&room, ".", &["--cut", "--max-loss", "10cmds"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let manifest = manifest(&room);
    assert!(manifest.contains("1r1.incr.aof"), "{manifest}");
    assert!(!manifest.contains("2.incr.aof"), "{manifest}");
    assert_eq!(room.run(&["undo", "--yes", "."]).code, Some(0));
    assert_eq!(read(&room, &in_set("2.incr.aof")), incr(4));
}

#[test]
fn the_torn_end_of_the_last_part_is_cut_in_place_and_its_offset_goes() {
    let room = Room::new();
    set(&room, DIR);
    room.file(&in_set("2.incr.aof"), &torn(4));
    let offsets = MANIFEST.trim_end().to_owned() + " startoffset 90 endoffset 200\n";
    room.file(&in_set("manifest"), offsets.as_bytes());
    let told = apply(&room, ".", &[]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(read(&room, &in_set("2.incr.aof")), incr(3));
    assert!(manifest(&room).ends_with("seq 2 type i startoffset 90\n"), "{}", manifest(&room));
    assert_eq!(room.run(&["undo", "--yes", "."]).code, Some(0));
    assert_eq!(manifest(&room), offsets);
    assert_eq!(read(&room, &in_set("2.incr.aof")), torn(4));
}

#[test]
fn a_dump_that_a_start_would_ignore_becomes_the_base_of_a_set() {
    let room = Room::new();
    room.file("dump.rdb", &super::set::base());
    room.file("redis.conf", b"appendonly yes\n");
    let told = apply(&room, ".", &["--conf", "redis.conf"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(read(&room, &in_set("1.base.rdb")), super::set::base());
    let gate = room.run(&["check", "--gate", "valkey:8.1", "--conf", "redis.conf", "."]);
    assert_eq!(gate.code, Some(0), "{gate:?}");
    assert_eq!(room.run(&["undo", "--yes", "."]).code, Some(0));
    assert!(!room.path().join(DIR).exists());
}

#[test]
fn a_broken_base_is_replaced_by_the_one_before_it() {
    let room = Room::new();
    set(&room, DIR);
    let base = super::set::base();
    room.file(&in_set("2.base.rdb"), &base[..base.len() - 12]);
    let stale = "file appendonly.aof.2.base.rdb seq 2 type b\n\
        file appendonly.aof.1.base.rdb seq 1 type h\n\
        file appendonly.aof.1.incr.aof seq 1 type h\n\
        file appendonly.aof.2.incr.aof seq 2 type i\n";
    room.file(&in_set("manifest"), stale.as_bytes());
    let told = apply(&room, ".", &[]);
    assert!(told.code.is_some_and(|code| code & 1 == 1 && code & 12 == 0), "{told:?}");
    assert_eq!(manifest(&room), MANIFEST);
}

#[test]
fn a_set_is_copied_with_its_manifest() {
    let room = Room::new();
    set(&room, DIR);
    room.file(&in_set("2.incr.aof"), &torn(4));
    let told = repair(&room, ".", &["-o", "../copy-of-it"]);
    let copy = room.path().parent().unwrap().join("copy-of-it");
    let check = room.run(&["check", "--quiet", copy.to_str().unwrap()]);
    fs::remove_dir_all(copy).unwrap();
    assert_eq!((told.code, check.code), (Some(1), Some(0)), "{told:?}");
}

#[test]
fn a_part_is_repaired_with_its_set() {
    let room = Room::new();
    set(&room, DIR);
    let told = apply(&room, &in_set("2.incr.aof"), &[]);
    assert_eq!(told.code, Some(8), "{told:?}");
    assert!(told.err.contains("name the folder"), "{}", told.err);
}

#[test]
fn orphans_of_no_consequence_stay_where_they_are() {
    let room = Room::new();
    set(&room, DIR);
    let begun = room.file(&in_set("3.incr.aof"), b"");
    age(&begun);
    room.file(&in_set("2.incr.aof"), &torn(4));
    assert_eq!(apply(&room, ".", &[]).code, Some(1));
    assert!(begun.exists());
    assert_eq!(manifest(&room), MANIFEST);
}

#[test]
fn what_is_missing_has_no_bound_and_is_not_passed_over() {
    let room = Room::new();
    set(&room, DIR);
    fs::remove_file(room.path().join(in_set("1.incr.aof"))).unwrap();
    for options in [&[][..], &["--max-loss", "1000cmds"]] {
        let told = apply(&room, ".", options);
        assert_eq!(told.code, Some(4), "{told:?}");
        assert!(told.out.contains("how much is lost cannot be told"), "{}", told.out);
        assert_eq!(manifest(&room), MANIFEST);
    }
    let told = repair(&room, ".", &["-o", "copy"]);
    assert!(told.out.contains("of which nothing tells how much it is"), "{}", told.out);
}

#[test]
fn an_older_base_without_the_increments_behind_it_is_incomplete() {
    let room = Room::new();
    set(&room, DIR);
    let base = super::set::base();
    room.file(&in_set("2.base.rdb"), &base[..base.len() - 12]);
    room.file(&in_set("3.incr.aof"), &incr(5));
    fs::remove_file(room.path().join(in_set("1.incr.aof"))).unwrap();
    fs::remove_file(room.path().join(in_set("2.incr.aof"))).unwrap();
    let text = "file appendonly.aof.2.base.rdb seq 2 type b\n\
        file appendonly.aof.3.incr.aof seq 3 type i\n";
    room.file(&in_set("manifest"), text.as_bytes());
    let told = apply(&room, ".", &["--max-loss", "1000cmds"]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert_eq!(manifest(&room), text);
}

#[test]
fn a_torn_part_that_is_not_the_last_is_no_torn_end() {
    let room = Room::new();
    set(&room, DIR);
    room.file(&in_set("1.incr.aof"), &torn(3));
    let told = apply(&room, ".", &["--salvage"]);
    assert_eq!(told.code, Some(4), "servers refuse such a set: {told:?}");
    assert_eq!(manifest(&room), MANIFEST);
}

#[test]
fn a_part_that_the_manifest_forgot_is_named_again() {
    let room = Room::new();
    set(&room, DIR);
    let forgetful: Vec<&str> = MANIFEST.split_inclusive('\n').take(2).collect();
    room.file(&in_set("manifest"), forgetful.concat().as_bytes());
    let told = apply(&room, ".", &[]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(manifest(&room), MANIFEST);
}
