//! Repairs of RDB files: by themselves, in a data folder, and as the base of a set.

use std::fs;

use serde_json::Value;

use super::rdb::{file, fixture};
use super::repair::{apply, read, repair};
use super::room::{Room, Told};

const DUMP: &str = "dump.rdb";
const ALLOWED: [&str; 3] = ["--salvage", "--max-loss", "10cmds"];

fn json(told: &Told) -> Value {
    serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}"))
}

/// Repairs a file, holds its check to be clean and undo to bring it back, and returns what it became.
fn cured(damaged: &[u8], options: &[&str]) -> (Vec<u8>, Value) {
    let room = Room::new();
    room.file(DUMP, damaged);
    let plan = repair(&room, DUMP, &[options, &["--json"]].concat());
    assert_eq!(read(&room, DUMP), damaged, "a plan changed the file");
    let told = apply(&room, DUMP, options);
    assert_eq!(told.code, Some(1), "{told:?}\n{}", plan.out);
    let repaired = read(&room, DUMP);
    let check = room.run(&["check", DUMP]);
    assert_eq!(check.code, Some(0), "{check:?}");
    let undone = room.run(&["undo", "--yes", DUMP]);
    assert_eq!((undone.code, read(&room, DUMP)), (Some(0), damaged.to_vec()), "{undone:?}");

    let copied = repair(&room, DUMP, &[&["-o", "copy"], options].concat());
    assert_eq!(copied.code, Some(1), "{copied:?}");
    assert_eq!(read(&room, "copy/dump.rdb"), repaired);
    (repaired, json(&plan))
}

/// The keys of a file.
fn keys(bytes: &[u8]) -> Vec<String> {
    let mut keys = Vec::new();
    let checksum = aof_rdb::read(&mut &bytes[..], 0, &mut |records| {
        keys.extend(records.iter().filter_map(|record| match &record.kind {
            aof_rdb::RecordKind::Key(key) => {
                Some(format!("{}:{}", key.db, String::from_utf8_lossy(&key.name)))
            }
            _ => None,
        }));
        true
    });
    assert_eq!(checksum, Ok(Ok(aof_rdb::Checksum::Valid)));
    keys
}

#[test]
fn a_broken_value_is_left_out_and_its_neighbours_stay() {
    let (repaired, document) = cured(&fixture("rdb-value-bad", "damaged"), &ALLOWED);
    let whole = keys(&fixture("rdb-value-bad", "near-miss"));
    assert_eq!(keys(&repaired), [&whole[..1], &whole[2..]].concat());
    let plan = &document["plan"];
    assert_eq!(
        (&plan["kept_keys"], &plan["left_out"][0]["key_sample"][0]),
        (&2.into(), &"greeting".into())
    );

    let (repaired, document) = cured(&file(true), &ALLOWED);
    assert_eq!(keys(&repaired), ["0:a", "0:b"]);
    assert_eq!(document["plan"]["loss"]["max_commands"], 1);
    assert_eq!(document["plan"]["loss"]["is_doubtful"], false);
}

#[test]
fn keys_on_both_sides_of_damage_are_a_choice_that_is_shown_with_its_costs() {
    let room = Room::new();
    let damaged = fixture("rdb-value-bad", "damaged");
    room.file(DUMP, &damaged);
    for options in [&[][..], &["--apply", "--yes"]] {
        let told = repair(&room, DUMP, options);
        assert_eq!(told.code, Some(4), "{told:?}");
        assert!(told.out.starts_with("CHOOSE"), "{}", told.out);
        assert!(told.out.contains("keeps 2 keys; loses 1 key in 23 bytes"), "{}", told.out);
        assert!(told.out.contains("keeps 1 key; loses 2 to 3 keys in 53 bytes"), "{}", told.out);
    }
    assert_eq!(read(&room, DUMP), damaged);
    let (repaired, _) = cured(&damaged, &["--cut", "--max-loss", "10cmds"]);
    assert_eq!(keys(&repaired), keys(&fixture("rdb-value-bad", "near-miss"))[..1]);
}

#[test]
fn a_torn_file_keeps_all_whole_keys_and_gets_an_end() {
    let whole = fixture("rdb-crc", "near-miss");
    let all = keys(&whole);
    let torn = &whole[..whole.len() - 14];
    let (repaired, document) = cured(torn, &["--max-loss", "1cmds"]);
    assert_eq!(keys(&repaired), all[..2]);
    let notes = document["plan"]["notes"].to_string();
    assert!(notes.contains("ends before its end"), "{notes}");
    let room = Room::new();
    room.file(DUMP, torn);
    let told = apply(&room, DUMP, &[]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.out.contains("--max-loss 1cmds"), "{}", told.out);
}

#[test]
fn a_file_without_its_end_or_with_more_behind_it_becomes_what_it_was() {
    let whole = fixture("rdb-crc", "near-miss");
    for missing in [1, 8, 9] {
        assert_eq!(cured(&whole[..whole.len() - missing], &[]).0, whole, "{missing}");
    }
    let two = [&whole[..], &file(false)].concat();
    let (repaired, document) = cured(&two, &["--max-loss", "3cmds"]);
    assert_eq!(repaired, whole);
    assert_eq!(document["plan"]["left_out"][0]["finding"], "RDB-CONCATENATED");
    assert_eq!(document["plan"]["loss"]["max_commands"], 3);
}

#[test]
fn padding_behind_the_end_is_cut_although_servers_take_it_and_by_preen_too() {
    for option in ["--salvage", "--preen"] {
        let room = Room::new();
        let padded = fixture("rdb-trailing-nul", "damaged");
        room.file(DUMP, &padded);
        let told = apply(&room, DUMP, &[option]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert_eq!(read(&room, DUMP), fixture("rdb-trailing-nul", "near-miss"));
        assert_eq!(room.run(&["undo", "--yes", DUMP]).code, Some(0));
        assert_eq!(read(&room, DUMP), padded);
    }
}

#[test]
fn a_new_checksum_is_a_guess_that_somebody_must_want() {
    let damaged = fixture("rdb-crc", "damaged");
    let room = Room::new();
    room.file(DUMP, &damaged);
    let told = apply(&room, DUMP, &["--max-loss", "100cmds"]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.out.replace("\n ", "").contains("say --salvage"), "{}", told.out);
    assert!(told.out.contains("(guess)"), "{}", told.out);
    assert_eq!(read(&room, DUMP), damaged);
    let (repaired, document) = cured(&damaged, &["--salvage"]);
    let end = damaged.len() - 8;
    assert_eq!(repaired[..end], damaged[..end]);
    assert_eq!(document["plan"]["loss"]["is_doubtful"], true);
}

#[test]
fn of_a_key_that_comes_twice_one_stays_and_the_plan_says_which() {
    let (repaired, document) =
        cured(&fixture("rdb-duplicate-key", "damaged"), &["--max-loss", "1cmds"]);
    assert_eq!(keys(&repaired), ["0:order:1"]);
    assert!(document["plan"]["notes"][0].as_str().unwrap().contains("the last one is kept"));
}

#[test]
fn what_no_key_can_be_read_of_is_left_alone() {
    let unknown_version = [b"REDIS0099", &file(false)[9..]].concat();
    for damaged in [&file(false)[..30], &unknown_version, b""] {
        let room = Room::new();
        room.file(DUMP, damaged);
        let told = apply(&room, DUMP, &ALLOWED);
        assert_eq!(told.code, Some(4), "{told:?}");
        assert!(told.out.contains("Left "), "{}", told.out);
        assert_eq!(read(&room, DUMP), damaged);
        assert!(!room.path().join(".aof-doctor").exists());
    }
}

#[test]
fn a_temporary_file_takes_the_place_of_an_empty_dump_and_goes_again() {
    for (temporary, options, expected) in [
        (&file(false)[..], &[][..], &["0:a", "0:b", "3:tags"][..]),
        (&file(false)[..60], &["--max-loss", "1cmds"], &["0:a", "0:b"]),
    ] {
        let room = Room::new();
        room.file(DUMP, b"");
        room.file("temp-417.rdb", temporary);
        let told = apply(&room, ".", options);
        assert_eq!(told.code, Some(1), "{told:?}");
        assert_eq!(keys(&read(&room, DUMP)), expected);
        assert_eq!(read(&room, "temp-417.rdb"), temporary);
        assert_eq!(room.run(&["undo", "--yes", "."]).code, Some(0));
        assert_eq!(read(&room, DUMP), b"");
    }
}

#[test]
fn a_dump_of_a_data_folder_is_repaired_where_no_set_is_damaged() {
    let room = Room::new();
    room.file(DUMP, &fixture("rdb-value-bad", "damaged"));
    let check = room.run(&["check", "."]);
    assert_eq!(check.last_line(), "aof-doctor repair '.'", "{check:?}");
    let told = apply(&room, ".", &ALLOWED);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(keys(&read(&room, DUMP)).len(), 2);
}

/// A set whose base is this file.
fn set(room: &Room, base: &[u8]) {
    let names = [
        "file appendonly.aof.1.base.rdb seq 1 type b\n",
        "file appendonly.aof.1.incr.aof seq 1 type i\n",
    ];
    fs::create_dir(room.path().join("appendonlydir")).unwrap();
    room.file("appendonlydir/appendonly.aof.manifest", names.concat().as_bytes());
    room.file("appendonlydir/appendonly.aof.1.base.rdb", base);
    // Without a clock, which would tell that it is older than the base.
    let mut log = aof_testkit::LogBuilder::new();
    log.select(0).command(&["SET", "later", "1"]);
    room.file("appendonlydir/appendonly.aof.1.incr.aof", &log.finish().bytes);
}

#[test]
fn the_base_of_a_set_is_made_anew_and_the_manifest_names_it() {
    for (id, left) in [("rdb-value-bad", 2), ("rdb-crc", 3), ("rdb-duplicate-key", 1)] {
        let room = Room::new();
        set(&room, &fixture(id, "damaged"));
        let told = apply(&room, ".", &ALLOWED);
        assert_eq!(told.code, Some(1), "{told:?}");
        let base = read(&room, "appendonlydir/appendonly.aof.1r1.base.rdb");
        assert_eq!(keys(&base).len(), left, "{id}");
        let manifest = read(&room, "appendonlydir/appendonly.aof.manifest");
        assert!(manifest.starts_with(b"file appendonly.aof.1r1.base.rdb seq 1 type b\n"));
        assert_eq!(room.run(&["undo", "--yes", "."]).code, Some(0));
        assert_eq!(read(&room, "appendonlydir/appendonly.aof.1.base.rdb"), fixture(id, "damaged"));
    }
}

#[test]
fn a_cut_in_a_base_leaves_out_the_increments_too() {
    let room = Room::new();
    set(&room, &fixture("rdb-value-bad", "damaged"));
    let told = apply(&room, ".", &["--cut", "--max-loss", "100cmds", "--json"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let plan = &json(&told)["plan"];
    assert_eq!((&plan["kept_keys"], &plan["kept_commands"]), (&1.into(), &0.into()));
}

#[test]
fn an_rdb_preamble_is_made_anew_and_the_records_behind_it_stay() {
    let room = Room::new();
    let records = super::room::clean(3);
    room.file("appendonly.aof", &[file(true), records.clone()].concat());
    let told = apply(&room, "appendonly.aof", &ALLOWED);
    assert_eq!(told.code, Some(1), "{told:?}");
    let repaired = read(&room, "appendonly.aof");
    assert!(repaired.ends_with(&records));
    assert_eq!(keys(&repaired), ["0:a", "0:b"]);
}
