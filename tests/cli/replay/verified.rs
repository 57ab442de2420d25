//! What servers hold, compared with what logs say.

use aof_testkit::LogBuilder;
use serde_json::json;

use super::{Stage, VERIFY, log};

#[test]
fn what_the_server_holds_otherwise_is_told_key_by_key() {
    let Some(stage) = Stage::set(&[]) else { return };
    stage.room.file("log.aof", &log());
    assert_eq!(stage.run("replay", "log.aof", &[]).code, Some(0));
    for line in [
        "SET user:1 Bob",
        "DEL user:2",
        "SET extra 1",
        "PERSIST session",
        "HSET cart pears 2",
        "LPOP queue",
    ] {
        assert!(!stage.ask(line).is_error(), "{line}");
    }
    let told = stage.run("verify", "log.aof", &[]);
    assert_eq!((told.code, &told.err[..]), (Some(4), ""));
    assert!(
        told.out.starts_with("different: 1 missing, 4 differ, 1 only in the server"),
        "{}",
        told.out
    );
    for part in ["\"user:2\"", "\"Ann\"", "only in the server", "\"extra\" (db 0)", "expires"] {
        assert!(told.out.contains(part), "{part}: {}", told.out);
    }
    let document = stage.document("verify", VERIFY, &[]);
    assert_eq!(
        document["totals"],
        json!({
            "compared": 8, "equal": 3, "missing": 1, "differ": 4, "expired": 0, "only_in_server": 1, "unread": 0
        })
    );
    assert_eq!(stage.run("verify", "log.aof", &["--key", "tags", "--key", "scores"]).code, Some(0));
    let sampled = stage.document("verify", VERIFY, &["--sample", "50%"]);
    assert_eq!(sampled["sampled_one_of"], 2);
    stage.ask("FLUSHALL");
    assert_eq!(stage.document("verify", VERIFY, &["--subset"])["totals"]["missing"], 8);
}

#[test]
fn libraries_of_functions_are_compared_by_their_sources() {
    let Some(stage) = Stage::set(&[]) else { return };
    let library = |name: &str, result: u8| {
        let body = format!("redis.register_function('{name}', function() return {result} end)");
        format!("#!lua name={name}\n{body}")
    };
    let mut log = LogBuilder::new();
    for name in ["here", "other"] {
        log.command(&["FUNCTION", "LOAD", &library(name, 1)]);
    }
    stage.room.file("log.aof", &log.finish().bytes);
    for mode in ["state", "history"] {
        let told = stage.run("replay", "log.aof", &["--mode", mode, "--verify"]);
        assert_eq!((told.code, &told.err[..]), (Some(0), ""), "{mode}: {}", told.out);
        stage.ask("FUNCTION FLUSH");
    }
    for (name, result) in [("other", 2), ("extra", 1)] {
        let loaded = stage.server.command(&["FUNCTION", "LOAD", &library(name, result)]).unwrap();
        assert!(!loaded.is_error(), "{loaded:?}");
    }
    let told = stage.run("verify", "log.aof", &[]);
    assert_eq!(told.code, Some(4), "{}", told.out);
    for part in [
        "different: 1 missing, 1 differ, 1 only in the server",
        "\"here\" (functions)",
        "\"other\" (functions)",
        "\"extra\" (functions)",
    ] {
        assert!(told.out.contains(part), "{part}: {}", told.out);
    }
    let document = stage.document("verify", VERIFY, &["--subset"]);
    assert_eq!(document["totals"]["missing"], 1);
    assert_eq!(document["totals"]["only_in_server"], json!(null));
    assert_eq!(stage.run("verify", "log.aof", &["--key", "*"]).code, Some(0));
}

#[test]
fn a_server_that_gives_no_digests_is_read() {
    let Some(stage) = Stage::set(&["--enable-debug-command", "no"]) else { return };
    stage.room.file("log.aof", &log());
    assert_eq!(stage.run("replay", "log.aof", &["--verify"]).code, Some(0));
    stage.ask("SET user:1 Bob");
    assert_eq!(stage.run("verify", "log.aof", &[]).code, Some(4));
}

#[test]
fn keys_that_have_expired_by_now_need_not_be_there() {
    let Some(stage) = Stage::set(&[]) else { return };
    let mut over = LogBuilder::new();
    over.select(0).command(&["SET", "gone", "1", "PXAT", "1000"]).command(&["SET", "stays", "1"]);
    over.command(&["APPEND", "gone", "2"]);
    stage.room.file("log.aof", &over.finish().bytes);
    for mode in ["state", "history"] {
        let told = stage.run("replay", "log.aof", &["--mode", mode, "--verify"]);
        assert_eq!(told.code, Some(0), "{mode}: {}{}", told.out, told.err);
        assert_eq!(stage.ask("KEYS *").list().len(), 1, "{mode}");
        stage.ask("FLUSHALL");
    }
}
