//! Whose start is foretold, and the form for start scripts.

use std::fs;

use super::room::{Room, Told, clean, holed, torn};
use super::set::{document, ids, set};

#[test]
fn a_gate_opens_for_what_the_server_loads_and_for_nothing_else() {
    let room = Room::new();
    room.file("clean.aof", &clean(20));
    room.file("torn.aof", &torn(20));
    room.file("holed.aof", &holed());
    let gate = |args: &[&str]| room.run(&[&["check", "--gate", "redis:7.0"], args].concat()).code;
    assert_eq!(gate(&["clean.aof"]), Some(0));
    assert_eq!(gate(&["torn.aof"]), Some(0), "the torn last record may be lost");
    assert_eq!(gate(&["holed.aof"]), Some(1), "the server refuses");
    assert_eq!(gate(&["missing.aof"]), Some(1));
    assert_eq!(gate(&["--max-loss", "0cmds", "torn.aof"]), Some(1));
    assert_eq!(gate(&["--max-loss", "1cmds,1kb", "torn.aof"]), Some(0));
    assert_eq!(gate(&["--max-loss", "1cmds,10b", "torn.aof"]), Some(1), "both must hold");
    assert_eq!(gate(&["--max-loss", "much", "torn.aof"]), Some(16));
}

#[test]
fn a_gate_stays_shut_where_a_start_would_leave_data_behind() {
    let room = Room::new();
    set(&room, "data/appendonlydir");
    let gate = |server: &str| room.run(&["check", "-q", "--gate", server, "data"]);
    assert_eq!(gate("redis:7.2").code, Some(0));
    assert_eq!(gate("valkey:9.1").code, Some(0));
    assert_eq!(gate("redis:6.2").code, Some(1), "it knows no folder of parts");
    fs::remove_file(room.path().join("data/appendonlydir/appendonly.aof.manifest")).unwrap();
    let told = gate("redis:7.0");
    assert_eq!(told.code, Some(1));
    assert_eq!(told.out, "");
    assert!(told.err.contains("starts empty"), "{}", told.err);
}

#[test]
fn a_gate_lets_an_empty_folder_pass_unless_data_are_expected() {
    let room = Room::new();
    assert_eq!(room.run(&["check", "--gate", "redis:7.0", "."]).code, Some(0));
    assert_eq!(room.run(&["check", "--gate", "redis:7.0", "--expect-data", "."]).code, Some(1));
}

#[test]
fn the_forecast_is_narrowed_to_the_servers_that_are_named() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let all = document(&room, &["check", "--json", "."]);
    assert_eq!(all["startup"].as_array().map(Vec::len), Some(5));
    let document =
        document(&room, &["check", "--json", "--for", "redis:7.2", "--for", "valkey:42", "."]);
    let startup = document["startup"].as_array().unwrap();
    let told: Vec<(&str, &str)> = startup
        .iter()
        .map(|one| (one["server"].as_str().unwrap(), one["basis"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("redis:7.2", "derived"), ("valkey:42.0", "unknown")]);
}

#[test]
fn a_server_that_nobody_makes_is_a_usage_error() {
    let told = Room::new().run(&["check", "--for", "memcached:1", "."]);
    assert_eq!(told.code, Some(16));
    assert!(told.err.contains("redis:7.2"), "{}", told.err);
}

#[test]
fn a_configuration_changes_what_is_foretold() {
    let room = Room::new();
    room.file("dump.rdb", &super::set::base());
    let plain = document(&room, &["check", "--json", "."]);
    assert_eq!((ids(&plain), &plain["exit_code"]), (vec![], &0.into()));
    room.file("redis.conf", b"appendonly yes\n");
    let document = document(&room, &["check", "--json", "--conf", "redis.conf", "."]);
    assert_eq!(document["exit_code"], 4, "{document:#}");
    assert!(ids(&document).contains(&"SERVER-STARTS-EMPTY"), "{document:#}");
    assert!(document["do_not_start"].is_string());
}

#[test]
fn a_restricted_default_user_drops_transactions_and_is_told() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let mut log = aof_testkit::LogBuilder::new();
    log.select(0).multi().command(&["SET", "k", "v"]).exec();
    room.file("appendonlydir/appendonly.aof.2.incr.aof", &log.finish().bytes);
    room.file("redis.conf", b"appendonly yes\nuser default on >sesame ~* -@all +get\n");
    let told = room.run(&["check", "--json", "--conf", "redis.conf", "."]);
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert!(ids(&document).contains(&"CONF-ACL-DROPS-EXEC"), "{document:#}");
    assert!(!told.out.contains("sesame") && !told.err.contains("sesame"), "no secret is printed");
}

#[test]
fn where_data_are_lost_the_next_step_is_to_look_for_later_data_elsewhere() {
    let room = Room::new();
    let next = |told: &Told| {
        let (_, next) = told.out.split_once("\n  Next    ").expect("something is to be done");
        next.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let told = room.check("a.aof", &torn(3));
    let elsewhere = "before anything is cut, look for a replica that is still up or a backup with later data: \
                     either beats this file.";
    assert!(next(&told).starts_with(elsewhere), "{}", told.out);
    set(&room, "appendonlydir");
    fs::remove_file(room.path().join("appendonlydir/appendonly.aof.manifest")).unwrap();
    let told = room.run(&["check", "appendonlydir"]);
    assert!(next(&told).contains("either beats these files"), "{}", told.out);
    room.file("redis.conf", b"appendonly yes\nreplicaof 192.0.2.1 6379\n");
    let told = room.run(&["check", "--conf", "redis.conf", "a.aof"]);
    let primary = "this server is a replica of 192.0.2.1:6379 (redis.conf, line 2): its primary, if it is up, \
                   holds later data and beats this file; look there before anything is cut.";
    assert!(next(&told).starts_with(primary), "{}", told.out);
}

#[test]
fn where_nothing_is_lost_nobody_is_sent_elsewhere() {
    let room = Room::new();
    let bytes = [&b"\xef\xbb\xbf"[..], &clean(3)].concat();
    for (name, bytes) in [("clean.aof", clean(3)), ("bom.aof", bytes)] {
        let told = room.check(name, &bytes);
        assert!(!told.out.contains("with later data"), "{}", told.out);
    }
}
