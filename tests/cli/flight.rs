//! Logs that somebody is writing to.

use std::fs::OpenOptions;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use super::room::{Room, clean, log, torn};

#[test]
fn a_record_that_is_still_being_written_is_no_damage() {
    let room = Room::new();
    let path = room.file("a.aof", &torn(20));
    let writer = OpenOptions::new().append(true).open(&path).unwrap();
    let told = room.run(&["check", "a.aof", "--json"]);
    drop(writer);
    assert_eq!(told.code, Some(0), "{}", told.out);
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(document["verdict"], "clean");
    assert_eq!(document["live"], "yes");
    let findings = document["findings"].as_array().unwrap();
    let ids: Vec<&str> = findings.iter().map(|found| found["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["INPUT-IN-USE", "AOF-TAIL-TORN"]);
    assert!(findings.iter().all(|found| found["severity"] == "note"));
    let pid = format!("(pid {})", std::process::id());
    assert!(findings[0]["message"].as_str().unwrap().contains(&pid), "{findings:?}");
    assert_eq!(findings[1]["loss"]["bytes"], 0, "nothing is lost that is still to come");
    assert_eq!(findings[1]["remedy"], serde_json::Value::Null);
}

#[test]
fn a_transaction_that_is_still_being_written_is_no_damage() {
    let room = Room::new();
    let mut bytes = log(20);
    bytes.multi().command(&["INCR", "a"]);
    let path = room.file("a.aof", &bytes.finish().bytes);
    let writer = OpenOptions::new().append(true).open(&path).unwrap();
    let told = room.run(&["check", "a.aof"]);
    drop(writer);
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert!(told.out.contains("the last transaction is in flight"), "{}", told.out);
}

#[test]
fn damage_before_the_end_stays_damage_whoever_writes_there() {
    let room = Room::new();
    let path = room.file("a.aof", &super::room::holed());
    let writer = OpenOptions::new().append(true).open(&path).unwrap();
    let told = room.run(&["check", "a.aof"]);
    drop(writer);
    assert_eq!(told.code, Some(4), "{}", told.out);
    assert!(told.out.contains("INPUT-IN-USE"), "{}", told.out);
}

#[test]
fn a_log_that_grows_while_it_is_checked_is_live_although_nobody_holds_it() {
    let room = Room::new();
    let bytes = torn(20);
    let path = room.fresh("a.aof", &bytes);
    let rest = clean(20)[bytes.len()..].to_vec();
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(700));
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(&rest).unwrap();
    });
    let told = room.run(&["check", "a.aof", "--json"]);
    writer.join().unwrap();
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert!(told.out.contains("the file changed while it was checked"), "{}", told.out);
    assert!(told.out.contains("\"live\": \"yes\""), "{}", told.out);
}

#[test]
fn a_log_torn_just_now_that_nobody_goes_on_writing_is_torn_for_good() {
    let room = Room::new();
    room.fresh("a.aof", &torn(20));
    let begun = Instant::now();
    let told = room.run(&["check", "a.aof"]);
    assert_eq!(told.code, Some(4), "{}", told.out);
    assert!(begun.elapsed() > Duration::from_millis(1500), "it must wait before it says so");
}

#[test]
fn a_clean_log_is_judged_at_once_however_fresh_it_is() {
    let room = Room::new();
    room.fresh("a.aof", &clean(20));
    let begun = Instant::now();
    assert_eq!(room.run(&["check", "a.aof"]).code, Some(0));
    assert!(begun.elapsed() < Duration::from_millis(1500));
}
