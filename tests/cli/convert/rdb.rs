//! RDB files written for a server: merged, renamed, split, and as a set that it starts from.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use aof_testkit::RdbBuilder;
use serde_json::{Value, json};

use super::super::room::{PROGRAM, Room};
use super::{Told, dump, keys, large, lines, names};

/// A hash of Redis 7.4 with a field that expires in the year 2100, and a string.
fn expiring() -> Vec<u8> {
    let mut hash = b"\x18\x01h".to_vec();
    hash.extend(4_102_444_800_000_i64.to_le_bytes());
    hash.extend(b"\x02\x01\x01f\x011\x00\x01g\x012");
    RdbBuilder::new(12)
        .raw(b"\xf5\x10#!lua name=lib\n\n")
        .db(0)
        .raw(&hash)
        .string("s", "1")
        .finish()
}

fn convert(room: &Room, args: &[&str]) -> Told {
    room.run(&[&["convert"], args].concat())
}

fn document(told: &Told) -> Value {
    serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}"))
}

/// The names in a file, in order.
fn names_in(room: &Room, file: &str) -> Vec<String> {
    let output = room.command(&["convert", file, "-o", "-", "--to", "jsonl"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    keys(&output.stdout)
}

fn is_clean(room: &Room, path: &str) {
    let told = room.run(&["check", "--deep", path]);
    assert_eq!(told.code, Some(0), "{path}: {told:?}");
}

#[test]
fn a_file_is_written_for_a_server_and_means_the_same() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    for target in ["redis:7.0", "redis:8.2", "valkey:8.1", "valkey:9.1"] {
        let told = convert(&room, &["dump.rdb", "-o", "new.rdb", "--target", target, "--force"]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let words = format!("new.rdb, as an RDB file for {target}: 5 keys and 1 library");
        assert!(told.out.replace("\n          ", " ").contains(&words), "{}", told.out);
        assert!(told.out.trim_end().ends_with("aof-doctor check --deep 'new.rdb'"), "{}", told.out);
        is_clean(&room, "new.rdb");
        let new =
            room.command(&["convert", "new.rdb", "-o", "-", "--to", "jsonl"]).output().unwrap();
        assert!(new.stdout == lines(&room, &[]), "{target}");
    }
    // What the file says of its writer stays.
    let told = room.run(&["check", "new.rdb"]);
    assert!(told.out.contains("by a server of version 7.2.4"), "{}", told.out);
}

#[test]
fn the_server_is_the_oldest_that_reads_the_file_unless_it_is_named() {
    let room = Room::new();
    for (version, target) in
        [(3, "redis:6.2"), (10, "redis:7.0"), (11, "redis:7.2"), (12, "redis:7.4")]
    {
        room.file("old.rdb", &RdbBuilder::new(version).db(0).string("a", "1").finish());
        let told = convert(&room, &["old.rdb", "-o", "new.rdb", "--json", "--force"]);
        assert_eq!(document(&told)["target"], target);
    }
    room.file("next.rdb", &RdbBuilder::new(13).db(0).string("a", "1").finish());
    let told = convert(&room, &["next.rdb", "-o", "new.rdb", "--force"]);
    assert_eq!(told.code, Some(16), "{told:?}");
    assert!(told.err.contains("--target") && told.err.contains("valkey:9.1"), "{}", told.err);
    let told = convert(&room, &["next.rdb", "-o", "new.rdb", "--target", "redis:9"]);
    assert_eq!(told.code, Some(16), "{told:?}");
    assert!(told.err.contains("redis:6.2, redis:7.0"), "{}", told.err);
}

#[test]
fn a_set_has_a_base_an_empty_increment_and_a_manifest() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    for (base, file) in
        [("rdb", "appendonly.aof.1.base.rdb"), ("resp", "appendonly.aof.1.base.aof")]
    {
        let told = convert(&room, &["dump.rdb", "-o", "appendonlydir", "--base", base]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let read = |name: &str| fs::read(room.path().join("appendonlydir").join(name)).unwrap();
        let manifest =
            format!("file {file} seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n");
        assert_eq!(read("appendonly.aof.manifest"), manifest.as_bytes());
        assert_eq!(read("appendonly.aof.1.incr.aof"), b"");
        is_clean(&room, "appendonlydir");
        fs::remove_dir_all(room.path().join("appendonlydir")).unwrap();
    }
    let told = convert(
        &room,
        &[
            "dump.rdb",
            "-o",
            "appendonly.aof",
            "--to",
            "aof",
            "--target",
            "redis:6.2",
            "--allow-loss",
        ],
    );
    assert_eq!(told.code, Some(2), "no functions there: {told:?}");
    assert!(fs::read(room.path().join("appendonly.aof")).unwrap().starts_with(b"REDIS0009"));
    is_clean(&room, "appendonly.aof");
}

#[test]
fn what_the_target_cannot_hold_is_refused_with_a_list_or_left_out_with_one() {
    let room = Room::new();
    room.file("dump.rdb", &expiring());
    let args = ["dump.rdb", "-o", "new.rdb", "--target", "redis:6.2"];
    let told = convert(&room, &args);
    assert_eq!((told.code, told.out.as_str()), (Some(8), ""), "{told:?}");
    for words in [
        "the target cannot hold 1 library of functions and all of 1 key",
        "\"h\" (db 0): the expiry of 1 field",
        "aof-doctor convert --target redis:6.2 --allow-loss 'dump.rdb' -o 'new.rdb'",
    ] {
        assert!(told.err.contains(words), "{words}: {}", told.err);
    }
    assert_eq!(names(&room), ["dump.rdb"]);
    let told = convert(&room, &[&args[..], &["--allow-loss"]].concat());
    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.out.starts_with("CONVERTED, NOT ALL  dump.rdb"), "{}", told.out);
    assert!(told.out.contains("of key \"h\" (db 0): the expiry of 1 field"), "{}", told.out);
    assert_eq!(names_in(&room, "new.rdb"), ["h", "s"]);
    let told = convert(&room, &[&args[..], &["--allow-loss", "--json", "--force"]].concat());
    let unheld = &document(&told)["unheld"];
    assert_eq!((&unheld["functions"], &unheld["total_keys"]), (&json!(1), &json!(1)));
    assert_eq!(unheld["keys"][0]["message"], "the expiry of 1 field");
}

#[test]
fn files_are_merged_and_of_keys_of_one_name_one_is_written() {
    let room = Room::new();
    let file = |pairs: &[(&str, &str)]| {
        let all = RdbBuilder::new(11).raw(b"\xf5\x10#!lua name=lib\n\n").db(0);
        pairs.iter().fold(all, |all, (key, value)| all.string(key, value)).finish()
    };
    room.file("a.rdb", &file(&[("x", "a"), ("both", "a")]));
    room.file("b.rdb", &file(&[("both", "b"), ("y", "b")]));
    let told = convert(&room, &["a.rdb", "b.rdb", "-o", "new.rdb"]);
    assert_eq!((told.code, told.out.as_str()), (Some(8), ""), "{told:?}");
    for words in ["2 names would occur more than once", "b.rdb: \"both\" (db 0)", "b.rdb: \"lib\""]
    {
        assert!(told.err.contains(words), "{words}: {}", told.err);
    }
    let next = "aof-doctor convert --duplicates last 'a.rdb' 'b.rdb' -o 'new.rdb'";
    assert!(told.err.trim_end().ends_with(next), "{}", told.err);
    assert_eq!(names(&room), ["a.rdb", "b.rdb"]);
    for (which, order, value) in
        [("last", ["x", "both", "y"], "b"), ("first", ["x", "both", "y"], "a")]
    {
        let told =
            convert(&room, &["a.rdb", "b.rdb", "-o", "new.rdb", "--duplicates", which, "--force"]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert!(told.out.contains("1 library of functions"), "{}", told.out);
        assert_eq!(names_in(&room, "new.rdb"), order);
        let found = room.run(&["convert", "new.rdb", "-o", "-", "--to", "jsonl", "--key", "both"]);
        assert!(found.out.contains(&format!("\"value\":\"{value}\"")), "{which}: {}", found.out);
        is_clean(&room, "new.rdb");
    }
}

#[test]
fn names_and_databases_change_and_keys_that_meet_by_that_are_found() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    let args =
        ["dump.rdb", "-o", "new.rdb", "--rename-prefix", "user:=u:", "--map-db", "3=0", "--force"];
    assert_eq!(convert(&room, &args).code, Some(0));
    let found = names_in(&room, "new.rdb");
    assert_eq!(found, ["u:1", "u:2", "tasks", "tags", "order:7"]);
    let told = room.run(&["check", "new.rdb"]);
    assert!(told.out.contains("5 keys in database 0"), "{}", told.out);
    let told = convert(
        &room,
        &["dump.rdb", "-o", "new.rdb", "--rename-prefix", "user:1=user:2", "--force"],
    );
    assert_eq!(told.code, Some(8), "{told:?}");
    assert!(told.err.contains("\"user:2\" (db 0)"), "{}", told.err);
}

#[test]
fn what_was_split_is_the_whole_again_when_it_is_merged() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    for (split, files) in [
        ("db", vec!["db0.rdb", "db3.rdb"]),
        ("slots:3", vec!["slots-0-5460.rdb", "slots-5461-10922.rdb", "slots-10923-16383.rdb"]),
    ] {
        let told = convert(&room, &["dump.rdb", "-o", "parts", "--to", "rdb", "--split", split]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let files: Vec<String> = files.iter().map(|file| format!("parts/{file}")).collect();
        files.iter().for_each(|file| is_clean(&room, file));
        let there = fs::read_dir(room.path().join("parts")).unwrap().count();
        assert_eq!(there, files.len());
        let mut args: Vec<&str> = files.iter().map(String::as_str).collect();
        args.extend(["-o", "whole.rdb", "--duplicates", "last", "--force"]);
        let told = convert(&room, &args);
        assert_eq!(told.code, Some(0), "{told:?}");
        let (mut merged, mut whole) = (names_in(&room, "whole.rdb"), names_in(&room, "dump.rdb"));
        merged.sort();
        whole.sort();
        assert_eq!(merged, whole, "{split}");
        fs::remove_dir_all(room.path().join("parts")).unwrap();
    }
    let half = ["dump.rdb", "-o", "parts", "--to", "resp", "--split", "slots:0-8191"];
    let told = convert(&room, &half);
    assert!(told.out.contains("that the filter does not take"), "{}", told.out);
}

#[test]
fn the_bytes_do_not_depend_on_threads_nor_on_how_the_file_comes_in() {
    let room = Room::new();
    let file = large();
    room.file("dump.rdb", &file);
    room.file("dump.rdb.gz", &super::super::input::gzip(&file));
    let mut all = Vec::new();
    for (input, jobs) in
        [("dump.rdb", "1"), ("dump.rdb", "2"), ("dump.rdb", "7"), ("dump.rdb.gz", "2")]
    {
        let args =
            [input, "-o", "new.rdb", "--target", "redis:6.2", "--compress", "-j", jobs, "--force"];
        assert_eq!(convert(&room, &args).code, Some(0));
        all.push(fs::read(room.path().join("new.rdb")).unwrap());
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(all[0].len() * 5 < file.len(), "{} of {}", all[0].len(), file.len());
    is_clean(&room, "new.rdb");
    // A pipe cannot be gone back in: the counts of the databases are left out, which servers do without.
    let piped = room.command(&["convert", "dump.rdb", "-o", "-", "--to", "rdb"]).output().unwrap();
    room.file("piped.rdb", &piped.stdout);
    is_clean(&room, "piped.rdb");
}

#[test]
fn one_flipped_bit_is_turned_back_by_a_salvage() {
    let room = Room::new();
    let mut file = dump();
    let at = file.windows(3).position(|three| three == b"Bob").unwrap();
    file[at] ^= 4;
    room.file("dump.rdb", &file);
    assert_eq!(convert(&room, &["dump.rdb", "-o", "new.rdb"]).code, Some(4));
    let told = convert(&room, &["dump.rdb", "-o", "new.rdb", "--salvage"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.out.starts_with("CORRECTED  dump.rdb"), "{}", told.out);
    assert!(told.out.contains(&format!("bit 2 of byte {at}")), "{}", told.out);
    assert_eq!(fs::read(room.path().join("dump.rdb")).unwrap(), file);
    let found = room.run(&["convert", "new.rdb", "-o", "-", "--to", "jsonl", "--key", "user:2"]);
    assert!(found.out.contains("\"Bob\""), "{}", found.out);
    let told = convert(&room, &["dump.rdb", "-o", "new.rdb", "--salvage", "--json", "--force"]);
    assert_eq!(document(&told)["inputs"][0]["corrected"], json!({ "offset": at, "bit": 2 }));
}

#[test]
fn what_is_salvaged_is_a_clean_file() {
    let room = Room::new();
    let mut file = large();
    file[1_000_000..1_003_000].fill(0);
    room.file("dump.rdb", &file);
    let told = convert(&room, &["dump.rdb", "-o", "new.rdb", "--salvage"]);
    assert!(told.code.is_some_and(|code| code & 1 == 1), "{told:?}");
    is_clean(&room, "new.rdb");
    let found = names_in(&room, "new.rdb");
    assert!(found.len() > 19_980 && found.last().is_some_and(|last| last == "key:19999"));
}

#[test]
fn what_does_not_go_together_is_said_before_anything_is_done() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    fs::create_dir(room.path().join("there")).unwrap();
    for (args, code, words) in [
        (&["-o", "x.resp", "--compress"][..], 16, "--compress is for RDB files"),
        (&["-o", "x.jsonl", "--target", "redis:7.0"], 16, "--target is for rdb and aof"),
        (&["-o", "x.jsonl", "--allow-loss"], 16, "--allow-loss is for RDB files"),
        (&["-o", "x.rdb", "--base", "resp"], 16, "--base is for aof"),
        (&["-o", "x", "--to", "aof", "--split", "db"], 16, "a set cannot be split"),
        (&["-o", "-", "--to", "aof"], 16, "a set is a folder"),
        (&["-o", "-", "--to", "rdb", "--split", "db"], 16, "needs a folder"),
        (&["-o", "x", "--to", "rdb", "--split", "slots:0"], 0, ""),
        (&["-o", "x", "--to", "rdb", "--split", "five"], 16, "slots:3"),
        (&["-o", "x.rdb", "--map-db", "3"], 16, "3=0"),
        (&["-o", "x.rdb", "--rename-prefix", "a"], 16, "old:=new:"),
        (&["-o", "there", "--to", "aof", "--force"], 8, "a folder that is there is never replaced"),
        (&["-o", "there", "--to", "rdb"], 8, "exists already"),
    ] {
        let told = convert(&room, &[&["dump.rdb"], args].concat());
        assert_eq!(told.code, Some(code), "{args:?}: {told:?}");
        assert!(told.err.contains(words), "{args:?}: {}", told.err);
    }
}

#[test]
fn a_full_disk_leaves_neither_a_file_nor_a_folder() {
    let room = Room::new();
    room.file("dump.rdb", &large());
    for output in ["new.rdb", "appendonlydir", "parts --to rdb --split slots:2"] {
        // A limit on the size of files stands for a disk.
        let line =
            format!("trap '' XFSZ; ulimit -f 64; exec {PROGRAM} convert dump.rdb -o {output}");
        let told =
            Command::new("sh").args(["-c", &line]).current_dir(room.path()).output().unwrap();
        let told = Told::from(told);
        assert_eq!((told.code, told.out.as_str()), (Some(8), ""), "{output}");
        assert!(told.err.contains("not touched"), "{}", told.err);
        assert_eq!(names(&room), ["dump.rdb"], "{output}");
    }
}

#[test]
fn a_kill_at_any_moment_leaves_no_output_that_looks_finished() {
    let room = Room::new();
    room.file("dump.rdb", &large());
    let mut finished = 0;
    for moment in 0..50 {
        let output = if moment % 2 == 0 { "new.rdb" } else { "appendonlydir" };
        let mut command = room.command(&["convert", "dump.rdb", "-o", output, "--compress"]);
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(moment));
        let _ = running.kill();
        running.wait().unwrap();
        let path = room.path().join(output);
        if path.exists() {
            is_clean(&room, output);
            finished += 1;
        }
        for name in names(&room).iter().filter(|name| *name != "dump.rdb") {
            let path = room.path().join(name);
            assert!(name == output || name.starts_with(".aof-doctor-"), "{name}");
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        }
    }
    assert!(finished < 50, "all of them were faster than the kill");
}
