//! What a server holds, saves and logs is one and the same: told by `diff` and by `check --deep`.

use std::path::Path;
use std::process::{Command, Output};

use aof_testkit::client::Value as Reply;
use aof_testkit::server::{Server, ServerKind, skip_unless};
use serde_json::Value;

use crate::converted::{SETTINGS, populate};
use crate::healthy::seed;

fn program(args: &[&str], paths: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aof-doctor"));
    command.args(args).args(paths).output().unwrap()
}

fn document(args: &[&str], paths: &[&Path]) -> Value {
    serde_json::from_slice(&program(args, paths).stdout).unwrap()
}

/// The fields of a document that may not be what a server of this kind makes them.
fn expected_differences(kind: ServerKind) -> &'static [&'static str] {
    match kind {
        // It counts what groups read in another way (docs/oracle.md).
        ServerKind::Redis70 => &["entries_read"],
        // They save consumers who asked and got nothing, and do not log them.
        ServerKind::Redis82 | ServerKind::Valkey81 | ServerKind::Valkey91 => &["consumers"],
        ServerKind::Redis62 => &[],
    }
}

/// The dump against the log of the same server.
fn is_equal(kind: ServerKind, dump: &Path, log: &Path, what: &str) {
    // Redis 6.2 logs times a moment later than it keeps them.
    let found = document(&["diff", "--json", "--ttl-tolerance", "2s"], &[dump, log]);
    let totals = &found["totals"];
    assert!(totals["equal"].as_u64() > Some(20), "{what}: {found:#}");
    assert_eq!([&totals["only_in_a"], &totals["only_in_b"]], [0, 0], "{what}: {found:#}");
    let changes = found["differences"].as_array().unwrap().iter();
    for change in changes.flat_map(|it| it["changes"].as_array().unwrap()) {
        let name = change["what"].as_str().unwrap();
        assert!(expected_differences(kind).contains(&name), "{what}: {found:#}");
    }
}

/// What a deep check says of the log, and what the server says of its data.
fn is_told(kind: ServerKind, log: &Path, digest: &str, memory: u64, what: &str) {
    let found = document(&["check", "--deep", "--json"], &[log]);
    let ids: Vec<&str> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["id"].as_str().unwrap())
        .collect();
    assert!(!ids.contains(&"AOF-CMD-FAILS"), "{what}: {found:#}");
    let deep = &found["deep"];
    assert_eq!([&deep["without_effect"], &deep["failed"]], [0, 0], "{what}: {deep:#}");
    assert_eq!(deep["rise"], Value::Null, "{what}: {deep:#}");
    let family = match kind {
        ServerKind::Redis62 | ServerKind::Redis70 => "redis_7_0",
        ServerKind::Redis82 => "redis_7_2",
        ServerKind::Valkey81 | ServerKind::Valkey91 => "valkey",
    };
    assert_eq!(deep["digest"][family], digest, "{what}");
    if kind == ServerKind::Redis70 {
        let estimate = deep["outlook"]["memory_estimate"].as_u64().unwrap();
        assert!((memory / 2..memory * 2).contains(&estimate), "{what}: {estimate} for {memory}");
    }
}

/// Bytes that the server uses for its keys.
fn memory(server: &Server) -> u64 {
    let mut client = server.client().unwrap();
    let mut sum = 0;
    for db in 0..16 {
        client.command(&["SELECT", &db.to_string()]).unwrap();
        let keys = client.command(&["KEYS", "*"]).unwrap();
        for key in keys.list() {
            let Reply::Text(name) = key else { panic!("{key:?} is no name") };
            let args = [&b"MEMORY"[..], b"USAGE", name, b"SAMPLES", b"0"];
            sum += client.command(&args).unwrap().integer().unwrap_or_default();
        }
    }
    u64::try_from(sum).unwrap()
}

fn story(kind: ServerKind, settings: &[&str], seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let args = [&["--appendonly", "yes", "--appendfsync", "always"], settings].concat();
    let mut server = Server::start(kind, folder.path(), &args).unwrap();
    server.command(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]).unwrap();
    populate(&server, seed);
    let digest = server.command(&["DEBUG", "DIGEST"]).unwrap().text();
    assert!(!server.command(&["SAVE"]).unwrap().is_error());
    let memory = memory(&server);
    server.kill9().unwrap();
    let log = if kind.has_parts() { "appendonlydir" } else { "appendonly.aof" };
    let (dump, log) = (folder.path().join("dump.rdb"), folder.path().join(log));
    let what = format!("{kind}, seed {seed}, {settings:?}");
    is_equal(kind, &dump, &log, &what);
    is_told(kind, &log, &digest, memory, &what);
    let itself = program(&["diff"], &[&log, &log]);
    assert_eq!(itself.status.code(), Some(0), "{what}");
}

#[test]
fn what_a_server_saves_is_what_its_log_leads_to() {
    let rounds = if std::env::var_os("AOF_DOCTOR_ALL").is_some() { 8 } else { 1 };
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        for round in 0..rounds {
            story(kind, SETTINGS[round % SETTINGS.len()], seed() + 10 * round as u64);
        }
    }
}
