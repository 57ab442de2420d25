//! Logs that are executed: what only that finds, and what it says of the data.

use aof_testkit::{Ledger, LogBuilder};
use serde_json::Value;

use super::room::{Room, clean, torn};
use super::set::{document, ids, set};

fn fixture(name: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/aof/aof-cmd-fails");
    std::fs::read(format!("{root}/{name}")).unwrap()
}

fn deep(room: &Room, name: &str) -> Value {
    document(room, &["check", "--deep", "--json", name])
}

#[test]
fn records_that_a_server_refuses_are_found_by_a_deep_check_only() {
    let room = Room::new();
    room.file("a.aof", &fixture("damaged.aof"));
    room.file("near.aof", &fixture("near-miss.aof"));
    let case: Value = serde_json::from_slice(&fixture("case.json")).unwrap();
    assert_eq!(room.run(&["check", "a.aof"]).code, Some(0));
    let found = deep(&room, "a.aof");
    assert_eq!((ids(&found), &found["exit_code"]), (vec!["AOF-CMD-FAILS"], &2.into()));
    let finding = &found["findings"][0];
    assert_eq!((&finding["offset"], &finding["length"]), (&case["offset"], &case["length"]));
    assert_eq!(
        finding["message"],
        "2 commands fail when the log is executed, the first of them INCRBY: not an integer, or out of range"
    );
    let near = deep(&room, "near.aof");
    assert_eq!((ids(&near), &near["exit_code"]), (vec![], &0.into()));
}

/// Jobs that are queued, and taken out of the queue a thousand jobs later, in a hash for each hundred.
fn jobs(count: usize) -> Ledger {
    let mut log = LogBuilder::new();
    log.select(0);
    for job in 0..count {
        log.command(&["SADD", "queue", &format!("job:{job}")]);
        log.command(&["HSET", &format!("jobs:{}", job / 100), &format!("job:{job}"), "waits"]);
        if let Some(done) = job.checked_sub(1000) {
            log.command(&["SREM", "queue", &format!("job:{done}")]);
            log.command(&["HDEL", &format!("jobs:{}", done / 100), &format!("job:{done}")]);
        }
    }
    log.finish()
}

#[test]
fn a_range_of_records_that_was_cut_out_cleanly_shows_in_commands_without_effect() {
    let room = Room::new();
    let log = jobs(6000);
    let bounds = [9_000, 10_200].map(|frame: usize| log.frames[frame].offset);
    let [from, to] = bounds;
    let cut = [&log.bytes[..from], &log.bytes[to..]].concat();
    room.file("whole.aof", &log.bytes);
    room.file("cut.aof", &cut);
    let whole = deep(&room, "whole.aof")["deep"].clone();
    assert_eq!((&whole["without_effect"], &whole["rise"]), (&0.into(), &Value::Null));
    let found = deep(&room, "cut.aof");
    assert_eq!(found["exit_code"], 0, "it is no proof");
    let rise = &found["deep"]["rise"];
    assert_eq!((&rise["before"]["without_effect"], &rise["file"]), (&0.into(), &"cut.aof".into()));
    assert!(rise["within"]["without_effect"].as_u64() > Some(300), "{rise:#}");
    let at = usize::try_from(rise["offset"].as_u64().unwrap()).unwrap();
    assert!(at >= from, "behind the gap");
    let told = room.run(&["check", "--deep", "cut.aof"]);
    let out = told.out.replace("\n          ", " ");
    assert!(out.contains("have no effect") && out.contains("records may be missing"), "{out}");
    assert!(!room.run(&["check", "--deep", "whole.aof"]).out.contains("may be missing"));
}

#[test]
fn a_deep_check_of_a_log_tells_the_digest_and_what_a_server_needs() {
    let room = Room::new();
    room.file("a.aof", &clean(200));
    let told = room.run(&["check", "--deep", "a.aof"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let out = told.out.replace("\n          ", " ");
    for words in [
        "Executed  200 commands: 200 changed the data",
        "  Digest  ",
        "in every server",
        "Forecast  200 keys (string 200); about ",
        "in a Redis 7.0",
        "Loading ",
        "as one RDB file, not compressed, in ",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(!room.run(&["check", "a.aof"]).out.contains("Digest"));
    let deep = deep(&room, "a.aof")["deep"].clone();
    assert_eq!((&deep["commands"], &deep["changed"]), (&200.into(), &200.into()));
    assert_eq!(deep["digest"]["redis_7_0"], deep["digest"]["valkey"]);
    let outlook = &deep["outlook"];
    assert_eq!((&outlook["keys"], &outlook["types"]["string"]), (&200.into(), &200.into()));
    assert!(outlook["after"]["bytes"].as_u64() < outlook["before"]["bytes"].as_u64());
}

#[test]
fn fractional_scores_give_a_digest_for_each_way_of_printing_them() {
    let room = Room::new();
    let mut log = LogBuilder::new();
    log.select(0).command(&["ZADD", "z", "0.1", "m"]);
    room.file("a.aof", &log.finish().bytes);
    let digest = deep(&room, "a.aof")["deep"]["digest"].clone();
    assert_eq!(digest["redis_7_2"], digest["valkey"]);
    assert_ne!(digest["redis_7_0"], digest["redis_7_2"]);
    let told = room.run(&["check", "--deep", "a.aof"]);
    assert!(told.out.contains("in Redis up to 7.0"), "{}", told.out);
    assert!(told.out.contains("in later ones and Valkey"), "{}", told.out);
}

#[test]
fn sets_are_executed_with_their_base_and_damaged_logs_as_far_as_they_are_kept() {
    let room = Room::new();
    set(&room, "data/appendonlydir");
    let found = deep(&room, "data")["deep"].clone();
    assert_eq!((&found["loaded_keys"], &found["outlook"]["keys"]), (&2.into(), &5.into()));
    room.file("torn.aof", &torn(20));
    let found = deep(&room, "torn.aof");
    assert_eq!((&found["exit_code"], &found["deep"]["changed"]), (&4.into(), &19.into()));
}

#[test]
fn what_is_no_log_is_looked_into_as_deeply_as_before() {
    let room = Room::new();
    room.file("dump.rdb", &super::set::base());
    let found = deep(&room, "dump.rdb");
    assert_eq!((&found["exit_code"], &found["deep"]), (&0.into(), &Value::Null));
    assert_eq!(found["parts"][0]["rdb"]["compared_one_of"], 1);
}

#[test]
fn what_only_a_server_can_execute_is_said_and_is_no_finding() {
    let room = Room::new();
    let mut log = LogBuilder::new();
    log.select(0).command(&["EVAL", "return redis.call('set', 'x', 1)", "0"]);
    log.command(&["SET", "a", "1"]);
    room.file("a.aof", &log.finish().bytes);
    let found = deep(&room, "a.aof");
    assert_eq!(found["deep"]["not_executable"], 1);
    assert!(!ids(&found).contains(&"AOF-CMD-FAILS"), "{found:#}");
}
