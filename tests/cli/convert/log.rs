//! Logs and sets, executed before they are converted: what cannot be executed, and what that leaves in doubt.

use std::fs;

use aof_testkit::{LogBuilder, RdbBuilder};
use serde_json::{Value, json};

use super::super::input::{gzip, zstd};
use super::super::room::{Room, clean};
use super::super::set::{MANIFEST, base, incr, set};
use super::{dump, keys};

/// A log of these commands, whose words are separated by one blank.
fn log(lines: &[&str]) -> Vec<u8> {
    let mut log = LogBuilder::new();
    for line in lines {
        log.command(&line.split(' ').collect::<Vec<_>>());
    }
    log.finish().bytes
}

/// The object about the log in the document of a conversion, and the exit code.
fn told_of(room: &Room, path: &str, options: &[&str]) -> (Value, i64) {
    let args = [&["convert", "--json", path, "-o", "out.jsonl", "--force"], options].concat();
    let told = room.run(&args);
    let document: Value = serde_json::from_str(&told.out).unwrap();
    (document["inputs"][0]["log"].clone(), document["exit_code"].as_i64().unwrap())
}

/// Names of keys in doubt, with their databases and reasons.
fn doubts(log: &Value) -> Vec<(Option<u64>, &str, &str)> {
    let keys = log["uncertain"]["keys"].as_array().unwrap();
    let doubt = |key| -> (Option<u64>, &str, &str) {
        let key: &Value = key;
        (key["db"].as_u64(), key["text"].as_str().unwrap(), key["message"].as_str().unwrap())
    };
    keys.iter().map(doubt).collect()
}

#[test]
fn logs_and_sets_of_them_are_executed_before_they_are_converted() {
    let room = Room::new();
    set(&room, "data/appendonlydir");
    room.file("log.aof", &clean(20));
    room.file("log.aof.gz", &gzip(&clean(20)));
    room.file("preamble.aof", &[dump(), clean(20)].concat());
    let manifest = "data/appendonlydir/appendonly.aof.manifest";
    for path in ["log.aof", "log.aof.gz", "preamble.aof", "data", "data/appendonlydir", manifest] {
        let told = room.run(&["convert", path, "-o", "out.jsonl", "--force"]);
        assert_eq!(told.code, Some(0), "{path}: {told:?}");
        assert!(told.out.contains("changed the data"), "{path}: {}", told.out);
        assert!(!keys(&fs::read(room.path().join("out.jsonl")).unwrap()).is_empty(), "{path}");
    }
    let told = room.run(&["convert", "data", "-o", "out.jsonl", "--force"]);
    assert!(told.out.contains("7 records executed on 2 keys"), "{}", told.out);
    let torn = clean(20);
    room.file("torn.aof", &torn[..torn.len() - 3]);
    let told = room.run(&["convert", "torn.aof", "-o", "out.rdb", "--target", "redis:7.0"]);
    assert_eq!(told.code, Some(4), "{told:?}");
    let told =
        room.run(&["convert", "torn.aof", "-o", "out.rdb", "--target", "redis:7.0", "--salvage"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert_eq!(room.run(&["check", "--deep", "out.rdb"]).code, Some(0));
}

#[test]
fn commands_that_only_a_server_can_execute_are_named_and_leave_doubt() {
    let room = Room::new();
    let mut log = aof_testkit::LogBuilder::new();
    log.select(0);
    log.command(&["SET", "a", "1"]);
    log.command(&["EVAL", "return redis.call('set', 'x', 1)", "0"]);
    log.command(&["LPUSH", "a", "1"]);
    room.file("log.aof", &log.finish().bytes);
    let told = room.run(&["convert", "log.aof", "-o", "out.rdb", "--target", "redis:7.0"]);
    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.out.starts_with("CONVERTED, IN DOUBT"), "{}", told.out);
    let out = told.out.replace("\n          ", " ");
    assert!(out.contains("did nothing: only a server can execute it"), "{out}");
    assert!(out.contains("did nothing: the key holds another type"), "{out}");
}

#[test]
fn keys_that_a_command_names_which_is_not_executed_are_in_doubt() {
    let room = Room::new();
    let lines = [
        "SELECT 0",
        "SET a 1",
        "SET b 1",
        "EVAL script 2 a c",
        "EVAL script 0",
        "LPUSH b 1",
        "SET c 1",
        "RENAME a d",
        "COPY d e",
        "MULTI",
        "APPEND f 1",
        "HINCRBY f x 1",
        "EXEC",
    ];
    room.file("log.aof", &log(&lines));
    let (log, code) = told_of(&room, "log.aof", &[]);
    assert_eq!(code, 2, "{log}");
    let names: Vec<&str> = doubts(&log).iter().map(|(_, name, _)| *name).collect();
    assert_eq!(names, ["b", "d", "e", "f"], "c was written since, a is another key now");
    assert_eq!(log["uncertain"]["unnamed_commands"], 1);
    let failed = &log["failed"];
    assert_eq!((&failed["total"], &failed["opaque"]), (&json!(4), &json!(2)));
    let reasons = json!([
        { "message": "only a server can execute it", "count": 2 },
        { "message": "the key holds another type", "count": 2 }
    ]);
    assert_eq!(failed["reasons"], reasons);
    let last = &failed["commands"][3];
    assert_eq!((&last["file"], &last["command"]), (&json!("log.aof"), &json!("HINCRBY")));
    let text = room.run(&["convert", "log.aof", "-o", "out.jsonl", "--force"]).out;
    let text = text.replace("\n          ", " ");
    assert!(
        text.contains("key \"d\" (db 0): a command was not executed: only a server can"),
        "{text}"
    );
    assert!(text.contains("any key: what 1 command would have changed is not known"), "{text}");
}

#[test]
fn strict_refuses_a_log_with_commands_that_cannot_be_executed() {
    let room = Room::new();
    room.file("log.aof", &log(&["SET a 1", "LPUSH a 1", "EVAL script 1 a"]));
    let told = room.run(&["convert", "log.aof", "-o", "out.jsonl", "--strict"]);
    assert_eq!((told.code, told.out.as_str()), (Some(8), ""));
    assert!(told.err.contains("2 commands of log.aof cannot be executed"), "{}", told.err);
    assert!(told.err.contains("\"EVAL\" at byte"), "{}", told.err);
    assert!(!room.path().join("out.jsonl").exists());
    room.file("sound.aof", &clean(20));
    let told = room.run(&["convert", "sound.aof", "-o", "out.jsonl", "--strict"]);
    assert_eq!(told.code, Some(0), "{told:?}");
}

#[test]
fn behind_a_gap_whatever_builds_on_what_was_there_is_in_doubt() {
    let room = Room::new();
    let before = log(&["SELECT 0", "SET a 1", "SET b 1", "SET gone 1", "RPUSH l x"]);
    let behind = log(&[
        "INCR a",
        "SET b 2",
        "APPEND b 3",
        "DEL gone",
        "INCR gone",
        "RPUSH new x",
        "SUNIONSTORE s none",
        "INCR a",
        "SET t 1",
    ]);
    room.file("log.aof", &[before, vec![0; 600], behind].concat());
    let (log, code) = told_of(&room, "log.aof", &["--salvage"]);
    assert_eq!(code, 3, "{log}");
    let why = "it was changed behind a gap, in which other changes of it may be missing";
    let expected = [(Some(0), "a", why), (Some(0), "new", why), (Some(0), "s", why)];
    assert_eq!(doubts(&log), expected);
    let left_out = &log["left_out"];
    assert_eq!((&left_out["bytes"], &left_out["total_ranges"]), (&json!(600), &json!(1)));
    assert_eq!(left_out["ranges"][0]["finding"], "AOF-GAP");
    assert_eq!(told_of(&room, "log.aof", &[]).1, 4);
}

#[test]
fn records_behind_a_gap_go_to_a_database_as_a_repair_would_have_it() {
    let room = Room::new();
    let before = log(&["SELECT 0", "SET a 1", "SELECT 3", "SET c 1"]);
    let behind = log(&["INCR a", "INCR c", "INCR new"]);
    room.file("log.aof", &[before, vec![0; 600], behind].concat());
    let (log, code) = told_of(&room, "log.aof", &["--salvage"]);
    assert_eq!(code, 3, "{log}");
    let found = doubts(&log);
    let why = "the database of a command is assumed";
    assert_eq!(found[0], (None, "new", "a command is left out: AOF-DB-ASSUMED"));
    assert_eq!(found[1..], [(Some(0), "a", why), (Some(3), "c", why)]);
    let lines = fs::read_to_string(room.path().join("out.jsonl")).unwrap();
    assert_eq!(keys(lines.as_bytes()), ["a", "c"]);
    assert_eq!(lines.matches("\"value\":\"2\"").count(), 2, "{lines}");
}

#[test]
fn what_an_open_transaction_would_have_changed_is_named() {
    let room = Room::new();
    let lines = ["SELECT 0", "SET a 1", "MULTI", "SET a 2", "SELECT 3", "SET c 1"];
    room.file("log.aof", &log(&lines));
    let (log, code) = told_of(&room, "log.aof", &["--salvage"]);
    assert_eq!(code, 1, "{log}");
    let why = "a command is left out: AOF-MULTI-OPEN";
    assert_eq!(doubts(&log), [(Some(0), "a", why), (Some(3), "c", why)]);
}

#[test]
fn a_lifetime_that_counts_from_a_moment_the_log_does_not_tell_leaves_its_key_in_doubt() {
    let room = Room::new();
    let mut told = LogBuilder::new();
    told.select(0).timestamp(1_700_000_000).command(&["SET", "dated", "1", "EX", "10"]);
    room.file("dated.aof", &told.finish().bytes);
    room.file("log.aof", &log(&["SELECT 0", "SET a 1 EX 10"]));
    let (dated, code) = told_of(&room, "dated.aof", &[]);
    assert_eq!((code, doubts(&dated)), (0, vec![]));
    let lines = fs::read_to_string(room.path().join("out.jsonl")).unwrap();
    assert!(lines.contains("1700000010000"), "{lines}");
    let (log, code) = told_of(&room, "log.aof", &[]);
    assert_eq!(code, 2);
    assert_eq!(doubts(&log)[0].1, "a");
}

#[test]
fn a_damaged_base_is_read_on_both_sides_of_the_damage() {
    let room = Room::new();
    let bad = b"\x0b\x05tasks\x03xyz";
    let file = RdbBuilder::base().db(0).string("a", "1").raw(bad).string("b", "2").finish();
    set(&room, "set");
    room.file("set/appendonly.aof.1.base.rdb", &file);
    let (log, code) = told_of(&room, "set", &["--salvage"]);
    assert_eq!((code, &log["loaded"]), (3, &json!(2)), "{log}");
    assert_eq!(doubts(&log)[0], (Some(0), "tasks", "its value in the base cannot be read"));
    let found = keys(&fs::read(room.path().join("out.jsonl")).unwrap());
    assert!(found.contains(&"a".to_owned()) && found.contains(&"b".to_owned()), "{found:?}");
}

#[test]
fn sets_are_converted_however_they_are_packed() {
    let room = Room::new();
    set(&room, "plain");
    for (folder, ending, pack) in
        [("gz", "gz", gzip as fn(&[u8]) -> Vec<u8>), ("zst", "zst", zstd as fn(&[u8]) -> Vec<u8>)]
    {
        fs::create_dir(room.path().join(folder)).unwrap();
        let file = |name: &str, bytes: &[u8]| {
            room.file(&format!("{folder}/appendonly.aof.{name}.{ending}"), &pack(bytes));
        };
        file("1.base.rdb", &base());
        file("1.incr.aof", &incr(3));
        file("2.incr.aof", &incr(4));
        room.file(&format!("{folder}/appendonly.aof.manifest"), MANIFEST.as_bytes());
        room.file(&format!("log.aof.{ending}"), &pack(&clean(20)));
    }
    room.file("log.aof", &clean(20));
    for (plain, packed) in
        [("plain", "gz"), ("plain", "zst"), ("log.aof", "log.aof.gz"), ("log.aof", "log.aof.zst")]
    {
        for (form, target) in [("rdb", "redis:7.0"), ("rdb", "valkey:9.1"), ("rdb", "redis:6.2")] {
            let convert = |path: &str, output: &str| {
                let args = ["convert", path, "--to", form, "--target", target, "--force", "-o"];
                let told = room.run(&[&args[..], &[output]].concat());
                assert_eq!(told.code, Some(0), "{path}: {told:?}");
                fs::read(room.path().join(output)).unwrap()
            };
            assert!(convert(plain, "a.rdb") == convert(packed, "b.rdb"), "{packed}, {target}");
        }
    }
}

#[test]
fn a_log_becomes_any_form_for_any_server() {
    let room = Room::new();
    fs::create_dir(room.path().join("data")).unwrap();
    set(&room, "data/appendonlydir");
    room.file("data/dump.rdb", &dump());
    for target in ["redis:6.2", "redis:7.0", "redis:8.2", "valkey:8.1", "valkey:9.1"] {
        for form in ["rdb", "aof"] {
            let output = format!("{form}-{}", target.replace(':', "-"));
            let args = ["convert", "data", "--to", form, "--target", target, "-o", &output];
            let told = room.run(&args);
            assert_eq!(told.code, Some(0), "{target}: {told:?}");
            assert!(told.out.contains("7 records executed on 2 keys"), "{}", told.out);
            assert_eq!(room.run(&["check", "--deep", &output]).code, Some(0), "{output}");
        }
    }
    let lines = |path: &str, to: &str| {
        let output = room.command(&["convert", path, "--to", to, "-o", "-"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{path}");
        output.stdout
    };
    for to in ["resp", "jsonl"] {
        assert!(lines("data", to) == lines("aof-redis-7.0", to), "{to}");
        assert!(lines("data", to) == lines("rdb-valkey-9.1", to), "{to}");
    }
}

#[test]
fn values_of_modules_go_along_as_they_are_and_can_be_renamed_and_removed() {
    let room = Room::new();
    // A value of a module that was called mod0 and says nothing but 7.
    let module = |name: &str| {
        let id = b"\x81\x99\xd7\x40\x00\x00\x00\x00\x01".to_vec();
        [&[7, name.len() as u8][..], name.as_bytes(), &id, b"\x02\x07\x00"].concat()
    };
    let base = RdbBuilder::base()
        .db(0)
        .raw(&module("m1"))
        .raw(&module("m2"))
        .raw(&module("m3"))
        .string("a", "1")
        .finish();
    let behind =
        log(&["SELECT 0", "RENAME m1 moved", "DEL m2", "PEXPIREAT m3 4102444800000", "GET.X m3"]);
    room.file("log.aof", &[base, behind].concat());
    let (log, code) = told_of(&room, "log.aof", &[]);
    assert_eq!((code, &log["loaded"]), (2, &json!(4)), "{log}");
    let mut written = keys(&fs::read(room.path().join("out.jsonl")).unwrap());
    written.sort_unstable();
    assert_eq!(written, ["a", "m3", "moved"]);
    let args = ["convert", "log.aof", "-o", "out.rdb", "--target", "redis:7.0"];
    assert_eq!(room.run(&args).code, Some(2));
    let written = fs::read(room.path().join("out.rdb")).unwrap();
    let moved = module("moved");
    assert!(written.windows(moved.len()).any(|window| window == moved));
}
