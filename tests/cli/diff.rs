//! Two inputs side by side: what they do not have in common.

use aof_testkit::{LogBuilder, RdbBuilder};
use serde_json::{Value, json};

use super::room::{Room, clean, log, torn};
use super::set::{document, set};

/// A log of these commands, whose words are separated by one blank.
fn of(commands: &[&str]) -> Vec<u8> {
    let mut log = LogBuilder::new();
    log.select(0);
    for command in commands {
        log.command(&command.split(' ').collect::<Vec<_>>());
    }
    log.finish().bytes
}

fn plain(out: &str) -> String {
    out.replace("\n          ", " ")
}

#[test]
fn what_means_the_same_is_equal_whatever_form_it_has() {
    let room = Room::new();
    set(&room, "data/appendonlydir");
    room.file("log.aof", &clean(20));
    room.file("log.aof.gz", &super::input::gzip(&clean(20)));
    let told = room.run(&["convert", "log.aof", "-o", "log.rdb", "--target", "redis:7.0"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    std::fs::write(
        room.path().join("log.rdb.zst"),
        super::input::zstd(&std::fs::read(room.path().join("log.rdb")).unwrap()),
    )
    .unwrap();
    for (first, second) in [
        ("log.aof", "log.aof.gz"),
        ("log.aof", "log.rdb"),
        ("log.rdb.zst", "log.aof"),
        ("data", "data/appendonlydir"),
        ("data/appendonlydir/appendonly.aof.manifest", "data"),
    ] {
        let told = room.run(&["diff", first, second]);
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{first} {second}: {}", told.out);
        assert!(told.out.starts_with("equal: "), "{}", told.out);
    }
    let told = room.run(&["diff", "log.aof", "log.rdb"]);
    assert!(told.out.starts_with("equal: 20 keys  (compared in "), "{}", told.out);
    assert!(told.out.contains("A       log.aof, a log, executed: 20 keys"), "{}", told.out);
    assert!(told.out.contains("B       log.rdb, an RDB file: 20 keys"), "{}", told.out);
}

#[test]
fn what_differs_is_counted_and_described_the_largest_first() {
    let room = Room::new();
    let long = format!("SET long {}", "x".repeat(3000));
    let both = ["SET same 1", "HSET h f1 a f2 b gone 1", "RPUSH l a b c", "SET t 1"];
    room.file("a.aof", &of(&[&both[..], &[&long, "PEXPIREAT t 1900000000000"]].concat()));
    room.file(
        "b.aof",
        &of(&["SET same 1", "HSET h f1 z f2 b", "RPUSH l a x b c", "SET t 1", "SADD new m"]),
    );
    let told = room.run(&["diff", "a.aof", "b.aof"]);
    assert_eq!((told.code, told.err.as_str()), (Some(4), ""), "{}", told.out);
    let (head, rest) = told.out.split_once('\n').unwrap();
    assert!(
        head.starts_with("different: 1 only in A, 1 only in B, 3 differ  (1 equal, compared in "),
        "{head}"
    );
    let rest = plain(rest);
    let differences: Vec<&str> = rest.lines().skip(4).map(str::trim).collect();
    let expected = [
        "Only A  \"long\" (db 0): string of 2.9 KiB",
        "Differs \"h\" (db 0): hash: 1 field only in A, 1 field differs: \"f1\" \"a\" → \"z\"",
        "Differs \"t\" (db 0): string: expires 2030-03-17T17:46:40Z → never",
        "Only B  \"new\" (db 0): set of 6 bytes",
        "Differs \"l\" (db 0): list: 1 element only in B: index 1 \"x\"",
    ];
    assert_eq!(differences, expected, "{rest}");
}

#[test]
fn times_are_compared_with_tolerance() {
    let room = Room::new();
    room.file("a.aof", &of(&["SET t 1 PXAT 1900000000000"]));
    room.file("b.aof", &of(&["SET t 1 PXAT 1900000000700"]));
    assert_eq!(room.run(&["diff", "a.aof", "b.aof"]).code, Some(4));
    let told = room.run(&["diff", "a.aof", "b.aof", "--ttl-tolerance", "1s"]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert!(told.out.contains("no more than 1,000 ms apart"), "{}", told.out);
    assert_eq!(room.run(&["diff", "a.aof", "b.aof", "--ttl-tolerance", "soon"]).code, Some(16));
}

#[test]
fn only_the_keys_that_were_asked_for_are_compared() {
    let room = Room::new();
    room.file("a.aof", &of(&["SET user:1 a", "SET order:1 a", "SELECT 3", "HSET user:1 f v"]));
    room.file("b.aof", &of(&["SET user:1 a", "SET order:1 b", "SELECT 3", "HSET user:1 f w"]));
    let code = |options: &[&str]| room.run(&[&["diff", "a.aof", "b.aof"], options].concat()).code;
    assert_eq!(code(&[]), Some(4));
    assert_eq!(code(&["--key", "user:*", "--db", "0"]), Some(0));
    assert_eq!(code(&["--key-regex", "^order"]), Some(4));
    assert_eq!(code(&["--db", "3"]), Some(4));
    assert_eq!(code(&["--type", "string", "--key", "user:*"]), Some(0));
}

#[test]
fn damaged_inputs_are_refused_and_with_salvage_what_can_be_read_is_compared() {
    let room = Room::new();
    room.file("torn.aof", &torn(20));
    room.file("whole.aof", &log(19).finish().bytes);
    let told = room.run(&["diff", "torn.aof", "whole.aof"]);
    assert_eq!((told.code, told.out.as_str()), (Some(4), ""));
    assert!(told.err.contains("torn.aof is damaged: the log ends inside a record"), "{}", told.err);
    assert!(told.err.contains("nothing was compared"), "{}", told.err);
    let next = told.err.lines().last().unwrap().trim();
    assert_eq!(next, "aof-doctor diff --salvage 'torn.aof' 'whole.aof'");
    let told = room.run(&["diff", "--salvage", "torn.aof", "whole.aof"]);
    assert_eq!(told.code, Some(2), "equal as far as that can be told: {}", told.out);
    assert!(told.out.starts_with("equal: 19 keys"), "{}", told.out);
    assert!(told.out.contains("A is damaged"), "{}", told.out);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let room = Room::new();
    room.file("a.aof", &clean(3));
    std::fs::create_dir(room.path().join("empty")).unwrap();
    for (path, words) in [
        ("missing.aof", "does not exist"),
        ("empty", "there is no log and no RDB file in empty"),
        ("-", "which standard input cannot be"),
    ] {
        let told = room.run(&["diff", "a.aof", path]);
        assert_eq!((told.code, told.out.as_str()), (Some(8), ""), "{path}: {}", told.err);
        assert!(told.err.contains(words), "{path}: {}", told.err);
    }
    assert_eq!(room.run(&["diff", "a.aof"]).code, Some(16));
    let told = room.run(&["diff", "--help"]);
    assert!(told.out.contains("EXIT STATUS") && told.out.contains("--ttl-tolerance"));
}

#[test]
fn of_many_differences_the_first_are_shown_and_the_next_command_lists_more() {
    let room = Room::new();
    room.file("a.aof", &clean(150));
    room.file("b.aof", &clean(0));
    let told = room.run(&["diff", "a.aof", "b.aof"]);
    assert_eq!(told.out.matches("Only A").count(), 20, "{}", told.out);
    assert!(told.out.contains("and 130 more"), "{}", told.out);
    assert_eq!(told.last_line(), "aof-doctor diff --json 'a.aof' 'b.aof'");
    let found = document(&room, &["diff", "--json", "a.aof", "b.aof"]);
    assert_eq!(found["differences"].as_array().unwrap().len(), 100);
    assert_eq!(found["total_differences"], 150);
}

#[test]
fn what_an_old_file_does_not_say_of_streams_is_not_compared() {
    let room = Room::new();
    let entries = ["XADD s 1-0 f v", "XADD s 2-0 f v", "XDEL s 2-0"];
    room.file("a.aof", &of(&entries));
    let told = room.run(&["convert", "a.aof", "-o", "old.rdb", "--target", "redis:6.2"]);
    assert!(told.code.is_some_and(|code| code & 12 == 0), "{}", told.err);
    let told = room.run(&["diff", "a.aof", "old.rdb"]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert!(plain(&told.out).contains("RDB files before Redis 7.0 do not have it"), "{}", told.out);
}

#[test]
fn libraries_of_functions_are_compared_where_all_keys_are() {
    let room = Room::new();
    let library = |body: &str| {
        let mut log = LogBuilder::new();
        log.select(0);
        log.command(&["FUNCTION", "LOAD", &format!("#!lua name=lib\n{body}")]);
        log.finish().bytes
    };
    room.file("a.aof", &library("redis.register_function('f', function() return 1 end)"));
    room.file("b.aof", &library("redis.register_function('f', function() return 2 end)"));
    let told = room.run(&["diff", "a.aof", "b.aof"]);
    assert_eq!(told.code, Some(4), "{}", told.out);
    assert!(told.out.contains("\"lib\" (functions): library: from byte "), "{}", told.out);
    assert_eq!(room.run(&["diff", "a.aof", "b.aof", "--db", "0"]).code, Some(0));
}

#[test]
fn values_of_modules_are_compared_as_they_stand_in_the_files() {
    let room = Room::new();
    // A value of a module in its second form: its id, and the end.
    let module =
        RdbBuilder::new(11).db(0).raw(b"\x07\x01m\x81\x00\x00\x00\x00\x00\x00\x04\x00\x00");
    room.file("a.rdb", &module.string("k", "v").finish());
    room.file("b.rdb", &RdbBuilder::new(11).db(0).string("k", "v").finish());
    let found = document(&room, &["diff", "--json", "a.rdb", "b.rdb"]);
    let seen = [&found["verdict"], &found["exit_code"], &found["a"]["not_loaded"]];
    assert_eq!(seen, [&json!("different"), &json!(4), &json!(0)], "{found:#}");
    assert_eq!(found["error"], Value::Null);
}
