//! Logs on their way into servers, and what becomes of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use aof_testkit::LogBuilder;
use aof_testkit::client::Value;
use aof_testkit::server::{Server, ServerKind, skip_unless};
use serde_json::json;

use super::json::fits_schema;
use super::room::{PROGRAM, Room, Told, torn};

mod secure;
mod verified;

const REPLAY: &str = include_str!("../../docs/schema/replay-1.json");
const VERIFY: &str = include_str!("../../docs/schema/verify-1.json");

/// A folder, and a server that is up.
struct Stage {
    room: Room,
    server: Server,
    _data: tempfile::TempDir,
}

impl Stage {
    /// Nothing, where there is no such server.
    fn set(options: &[&str]) -> Option<Self> {
        skip_unless(ServerKind::Redis70)?;
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(ServerKind::Redis70, data.path(), options).unwrap();
        Some(Self { room: Room::new(), server, _data: data })
    }

    fn socket(&self) -> String {
        self.server.socket().to_str().unwrap().to_owned()
    }

    /// Runs a verb against the server.
    fn run(&self, verb: &str, path: &str, options: &[&str]) -> Told {
        let socket = self.socket();
        self.room.run(&[&[verb, path, "-s", &socket], options].concat())
    }

    fn ask(&self, line: &str) -> Value {
        self.server.command(&line.split(' ').collect::<Vec<_>>()).unwrap()
    }

    fn document(&self, verb: &str, schema: &str, options: &[&str]) -> serde_json::Value {
        let told = self.run(verb, "log.aof", &[&["--json"], options].concat());
        assert_eq!(told.err, "", "{options:?}");
        let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        fits_schema(schema, &document, &options.join(" "));
        assert_eq!(document["exit_code"].as_i64(), told.code.map(i64::from), "{options:?}");
        document
    }
}

/// A log with all types, in two databases.
fn log() -> Vec<u8> {
    let mut log = LogBuilder::new();
    log.select(0).command(&["SET", "user:1", "Ann"]).command(&["SET", "user:2", "Ben"]);
    log.command(&["SET", "session", "open", "PXAT", "4102444800000"]);
    log.command(&["RPUSH", "queue", "a", "b"]).command(&["SADD", "tags", "x", "y"]);
    log.command(&["ZADD", "scores", "1.5", "Ann"]).command(&["HSET", "cart", "apples", "3"]);
    log.select(3).command(&["XADD", "events", "5-1", "kind", "login"]);
    log.command(&["XGROUP", "CREATE", "events", "readers", "0"]);
    log.finish().bytes
}

#[test]
fn a_log_gets_into_an_empty_server_and_nothing_else_stays_there() {
    let Some(stage) = Stage::set(&[]) else { return };
    stage.room.file("log.aof", &log());
    for mode in ["auto", "state", "history"] {
        let told = stage.run("replay", "log.aof", &["--mode", mode, "--verify"]);
        assert_eq!((told.code, &told.err[..]), (Some(0), ""), "{mode}: {}", told.out);
        assert!(
            told.out.starts_with("replayed: ") && told.out.contains("8 keys, equal"),
            "{}",
            told.out
        );
        assert_eq!(stage.ask("DBSIZE").integer(), Some(7), "{mode}");
        assert_eq!(stage.ask("PEXPIRETIME session").integer(), Some(4_102_444_800_000), "{mode}");
        assert_eq!(stage.ask("KEYS aof-doctor*").list().len(), 0, "{mode}");
        assert_eq!(stage.run("verify", "log.aof", &[]).code, Some(0));
        stage.ask("FLUSHALL");
    }
}

#[test]
fn a_server_that_holds_something_is_left_alone_unless_that_was_thought_of() {
    let Some(stage) = Stage::set(&[]) else { return };
    stage.room.file("log.aof", &log());
    stage.ask("SET own 1");
    stage.ask("SET user:1 other");
    let told = stage.run("replay", "log.aof", &[]);
    assert_eq!(told.code, Some(8));
    assert!(told.err.contains("holds 2 keys") && told.err.contains("--merge"), "{}", told.err);
    assert_eq!(stage.ask("DBSIZE").integer(), Some(2));
    for mode in ["state", "history"] {
        let told = stage.run("replay", "log.aof", &["--merge", "--mode", mode, "--verify"]);
        assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
        assert_eq!(stage.ask("GET own").text(), "1");
        assert_eq!(stage.ask("GET user:1").text(), "Ann");
        stage.ask("FLUSHALL");
        stage.ask("SET own 1");
    }
    let told = stage.run("replay", "log.aof", &["--flush-target"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(stage.ask("EXISTS own").integer(), Some(0));
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let Some(stage) = Stage::set(&["--maxmemory", "100mb"]) else { return };
    stage.room.file("log.aof", &log());
    let told = stage.run("replay", "log.aof", &["--dry-run"]);
    assert_eq!((told.code, &told.err[..]), (Some(0), ""));
    assert!(told.out.starts_with("nothing sent:") && told.out.contains("it has "), "{}", told.out);
    assert_eq!(stage.ask("DBSIZE").integer(), Some(0));
}

#[test]
fn only_what_was_asked_for_gets_there_under_the_names_that_were_asked_for() {
    let Some(stage) = Stage::set(&[]) else { return };
    stage.room.file("log.aof", &log());
    let told = stage.run(
        "replay",
        "log.aof",
        &["--key", "user:*", "--rename-prefix", "user:=u:", "--map-db", "0=2"],
    );
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(
        stage.ask("INFO keyspace").text().trim_end(),
        "# Keyspace\r\ndb2:keys=2,expires=0,avg_ttl=0"
    );
    let told = stage.run(
        "replay",
        "log.aof",
        &["--merge", "--map-db", "3=0", "--rename-prefix", "events=queue"],
    );
    assert_eq!(told.code, Some(8));
    assert!(told.err.contains("would meet under one name"), "{}", told.err);
}

#[test]
fn keys_as_commands_are_the_same_keys() {
    let Some(stage) = Stage::set(&["--rename-command", "RESTORE", "\"\""]) else { return };
    stage.room.file("log.aof", &log());
    let told = stage.run("replay", "log.aof", &["--commands", "--verify"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
}

#[test]
fn what_only_a_server_can_execute_is_sent_as_it_is() {
    let Some(stage) = Stage::set(&[]) else { return };
    let mut script = LogBuilder::new();
    script.select(0).command(&["SET", "n", "5"]);
    script.command(&["EVAL", "return redis.call('INCRBY', KEYS[1], ARGV[1])", "1", "n", "7"]);
    stage.room.file("log.aof", &script.finish().bytes);
    let told = stage.run("replay", "log.aof", &[]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    assert!(told.out.contains("only a server can execute"), "{}", told.out);
    assert_eq!(stage.ask("GET n").text(), "12");
}

#[test]
fn a_server_without_room_gets_nothing_and_one_that_fills_up_can_be_gone_on_with() {
    let Some(stage) = Stage::set(&["--maxmemory", "3mb"]) else { return };
    let mut large = LogBuilder::new();
    large.select(0);
    for number in 0..4000 {
        large.command(&["APPEND", &format!("k{number}"), &"x".repeat(1000)]);
    }
    stage.room.file("log.aof", &large.finish().bytes);
    let told = stage.run("replay", "log.aof", &[]);
    assert_eq!(told.code, Some(8));
    assert!(told.err.contains("the data need about"), "{}", told.err);
    assert_eq!(stage.ask("DBSIZE").integer(), Some(0));
    for mode in ["state", "history"] {
        let told = stage.run("replay", "log.aof", &["--ignore-memory", "--mode", mode, "-j", "1"]);
        assert_eq!(told.code, Some(32), "{mode}: {}{}", told.out, told.err);
        assert!(told.err.contains("OOM") && told.err.contains("--resume"), "{}", told.err);
        stage.ask("CONFIG SET maxmemory 100mb");
        let told = stage.run("replay", "log.aof", &["--resume", "--verify"]);
        assert_eq!(told.code, Some(0), "{mode}: {}{}", told.out, told.err);
        stage.ask("FLUSHALL");
        stage.ask("CONFIG SET maxmemory 3mb");
    }
}

#[test]
fn a_signal_ends_it_and_the_command_that_is_told_goes_on() {
    let Some(stage) = Stage::set(&[]) else { return };
    let mut long = LogBuilder::new();
    long.select(0);
    for number in 0..20_000 {
        long.command(&["RPUSH", &format!("list:{}", number % 2000), &number.to_string()]);
    }
    stage.room.file("log.aof", &long.finish().bytes);
    for (mode, rate) in [("history", "5k/s"), ("state", "1k/s")] {
        let mut command = Command::new("env");
        command.args([
            "--default-signal=INT,TERM,HUP",
            PROGRAM,
            "replay",
            "log.aof",
            "--mode",
            mode,
        ]);
        command.args(["--rate", rate, "-s", &stage.socket()]).current_dir(stage.room.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let sending = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(700));
        let killed = Command::new("kill").args(["-INT", &sending.id().to_string()]).status();
        assert!(killed.unwrap().success());
        let told = Told::from(sending.wait_with_output().unwrap());
        assert_eq!(told.code, Some(32), "{mode}: {}{}", told.out, told.err);
        assert!(
            told.err.contains("error: cancelled") && told.err.contains("--resume"),
            "{}",
            told.err
        );
        let told = stage.run("replay", "log.aof", &["--resume", "--verify"]);
        assert_eq!(told.code, Some(0), "{mode}: {}{}", told.out, told.err);
        stage.ask("FLUSHALL");
    }
}

#[test]
fn a_replay_is_gone_on_with_by_the_same_log_alone() {
    let Some(stage) = Stage::set(&[]) else { return };
    stage.room.file("log.aof", &log());
    stage.ask("SET aof-doctor:replay:0 h0123456789abcdef:1:5");
    stage.ask("SET aof-doctor:replay:0 other");
    let told = stage.run("replay", "log.aof", &["--resume"]);
    assert_eq!(told.code, Some(8), "what is there is no marker: {}", told.err);
    let marker = ["SET", "aof-doctor:replay:0", "h0123456789abcdef 1 5"];
    stage.server.command(&marker).unwrap();
    let told = stage.run("replay", "log.aof", &["--resume"]);
    assert_eq!(told.code, Some(8));
    assert!(told.err.contains("another replay"), "{}", told.err);
    let told = stage.run("replay", "log.aof", &["--merge"]);
    assert!(told.err.contains("was interrupted"), "{}", told.err);
}

#[test]
fn servers_that_cannot_take_it_are_left_alone() {
    let Some(stage) = Stage::set(&["--databases", "2"]) else { return };
    stage.room.file("log.aof", &log());
    for mode in ["state", "history"] {
        let told = stage.run("replay", "log.aof", &["--mode", mode, "--flush-target"]);
        assert_eq!(told.code, Some(8), "{mode}: {}{}", told.out, told.err);
        assert!(told.err.contains("database 3"), "{}", told.err);
    }
    let Some(replica) = Stage::set(&["--replicaof", "127.0.0.1", "1"]) else { return };
    replica.room.file("log.aof", &log());
    let told = replica.run("replay", "log.aof", &[]);
    assert_eq!(told.code, Some(8));
    assert!(told.err.contains("copies another server"), "{}", told.err);
}

#[test]
fn every_document_fits_its_schema() {
    let Some(stage) = Stage::set(&[]) else { return };
    let mut log = LogBuilder::new();
    log.select(0).command(&["SET", "a", "x"]).command(&["LPUSH", "a", "1"]);
    stage.room.file("log.aof", &log.finish().bytes);
    let dry = stage.document("replay", REPLAY, &["--dry-run"]);
    assert_eq!((&dry["dry_run"], &dry["exit_code"]), (&json!(true), &json!(2)));
    let sent = stage.document("replay", REPLAY, &["--mode", "history", "--verify"]);
    assert_eq!((&sent["commands"]["failed"], &sent["exit_code"]), (&json!(1), &json!(2)));
    assert!(sent["failures"][0]["reason"].as_str().is_some_and(|it| it.starts_with("WRONGTYPE")));
    let refused = stage.document("replay", REPLAY, &[]);
    assert_eq!((&refused["exit_code"], &refused["mode"]), (&json!(8), &json!(null)));
    stage.document("verify", VERIFY, &[]);
}

#[test]
fn what_does_not_go_together_is_refused_before_anybody_is_asked() {
    let room = Room::new();
    room.file("log.aof", &log());
    for options in [
        &["replay", "-", "-p", "1"][..],
        &["replay", "log.aof", "--mode", "history", "--key", "a"],
        &["replay", "log.aof", "--mode", "state", "--ttl", "live"],
        &["replay", "log.aof", "--merge", "--flush-target"],
        &["replay", "log.aof", "--resume", "--flush-target"],
        &["replay", "log.aof", "--rate", "fast"],
        &["replay", "log.aof", "--sample", "1%"],
        &["replay", "log.aof", "--expired", "shift"],
        &["replay", "log.aof", "-u", "redis://:s3cret@h/3"],
        &["replay", "log.aof", "-u", "http://h"],
        &["replay", "log.aof", "-s", "/none", "--tls"],
        &["replay", "log.aof", "--askpass"],
        &["replay", "log.aof", "--user", "ann"],
        &["verify", "-"],
        &["verify", "log.aof", "--sample", "200%"],
        &["replay"],
    ] {
        let told = room.run(options);
        assert_eq!((told.code, &told.out[..]), (Some(16), ""), "{options:?}: {}", told.err);
        assert!(!told.err.contains("s3cret"), "{}", told.err);
    }
}

#[test]
fn nobody_there_nothing_there_and_nothing_sound_there_are_told_apart() {
    let Some(stage) = Stage::set(&[]) else { return };
    stage.room.file("torn.aof", &torn(3));
    stage.room.file("log.aof", &log());
    let nobody = stage.room.run(&["replay", "log.aof", "-p", "1"]);
    assert_eq!(nobody.code, Some(8));
    assert!(nobody.err.contains("cannot connect to 127.0.0.1:1"), "{}", nobody.err);
    assert_eq!(stage.run("replay", "missing.aof", &[]).code, Some(8));
    let damaged = stage.run("replay", "torn.aof", &[]);
    assert_eq!(damaged.code, Some(4));
    assert!(damaged.err.contains("--salvage"), "{}", damaged.err);
    assert_eq!(stage.run("replay", "torn.aof", &["--salvage"]).code, Some(1));
    assert!(Path::new(&stage.socket()).exists());
}
