//! Logs executed without a server: what is written for them a server loads, and holds what it held before.

use std::process::Command;

use aof_testkit::client::Value;
use aof_testkit::server::{Server, ServerKind, skip_unless};

use crate::converted::{Meaning, SETTINGS, populate, state};
use crate::healthy::seed;

/// Clients write, and the server is killed. It loads its log; the log is converted, and a server starts on what came of
/// it.
fn comes_back(kind: ServerKind, settings: &[&str], seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let args = [&["--appendonly", "yes", "--appendfsync", "always"], settings].concat();
    let mut server = Server::start(kind, folder.path(), &args).unwrap();
    populate(&server, seed);
    server.kill9().unwrap();
    drop(server);
    // What counts is what the server makes of its log: Redis 6.2 logs times a moment later than it keeps them.
    let mut server = Server::start(kind, folder.path(), &args).unwrap();
    let (digest, mut expected) = state(&server);
    server.kill9().unwrap();
    drop(server);
    let log = if kind.has_parts() { "appendonlydir" } else { "appendonly.aof" };
    for (form, file) in [("rdb", "dump.rdb"), ("aof", log)] {
        let fresh = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_aof-doctor"));
        command.args(["convert", "--to", form, "--target", &kind.name().replace('-', ":")]);
        let told = command
            .arg(folder.path().join(log))
            .arg("-o")
            .arg(fresh.path().join(file))
            .output()
            .unwrap();
        let what = format!("{kind}, seed {seed}, {settings:?}, {form}");
        assert!(told.status.success(), "{what}: {}", String::from_utf8_lossy(&told.stdout));
        let args: &[&str] = if form == "aof" { &["--appendonly", "yes"] } else { &[] };
        let second = Server::start(kind, fresh.path(), args).unwrap();
        let (found_digest, mut found) = state(&second);
        if kind == ServerKind::Redis70 {
            // It counts what groups read in another way (docs/oracle.md).
            [&mut found, &mut expected].into_iter().for_each(forget_reading);
        }
        for (key, value) in &expected {
            assert_eq!(found.get(key), Some(value), "{what}: {key:?}");
        }
        assert_eq!(found.len(), expected.len(), "{what}");
        assert_eq!(found_digest, digest, "{what}");
    }
}

/// Fields whose time passed long ago, and what commands make of them that ask whether they are there.
const PASSED: [&str; 11] = [
    "SELECT 0",
    "HSET h counted 10 set 10 persisted 10 renewed 10 absent 10 present 10 over 10",
    "HPEXPIREAT h 1000 FIELDS 7 counted set persisted renewed absent present over",
    "HINCRBY h counted 5",
    "HINCRBY h counted 7",
    "HSETNX h set 20",
    "HPERSIST h FIELDS 1 persisted",
    "HPEXPIREAT h 4102444800000 FIELDS 2 renewed counted",
    "HSETEX h FNX FIELDS 1 absent 30",
    "HSETEX h FXX FIELDS 1 present 30",
    "SET done 1",
];

/// What clients see of the hash, in the order of its fields.
fn seen(server: &Server) -> Vec<String> {
    let reply = server.command(&["HGETALL", "h"]).unwrap();
    let texts: Vec<String> = reply.list().iter().map(Value::text).collect();
    let mut pairs: Vec<String> = texts.chunks(2).map(|pair| pair.join("=")).collect();
    pairs.sort();
    assert_eq!(server.command(&["GET", "done"]).unwrap().text(), "1");
    pairs
}

#[test]
fn fields_whose_time_has_passed_are_hidden_as_redis_hides_them_while_it_loads() {
    let kind = ServerKind::Redis82;
    if skip_unless(kind).is_none() {
        return;
    }
    let mut log = aof_testkit::LogBuilder::new();
    for line in PASSED {
        log.command(&line.split(' ').collect::<Vec<_>>());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("appendonly.aof");
    std::fs::write(&path, log.finish().bytes).unwrap();
    let convert = |options: &[&str]| {
        let fresh = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_aof-doctor"));
        command.args(["convert", "--to", "rdb", "--target", "redis:8.2"]).args(options);
        let output = fresh.path().join("dump.rdb");
        let told = command.arg(&path).arg("-o").arg(output).output().unwrap();
        assert_eq!(told.status.code(), Some(0), "{}", String::from_utf8_lossy(&told.stdout));
        seen(&Server::start(kind, fresh.path(), &[]).unwrap())
    };
    let (as_server, plain) = (convert(&["--as-server", "redis:8.2"]), convert(&[]));
    assert_eq!(convert(&["--as-server", "valkey:9.1"]), plain, "Valkey hides nothing");
    // It takes the log in one file for the base of a set.
    let server = Server::start(kind, folder.path(), &["--appendonly", "yes"]).unwrap();
    assert_eq!(as_server, seen(&server));
    assert_ne!(plain, as_server);
    assert!(plain.contains(&"counted=22".to_owned()) && plain.contains(&"persisted=10".to_owned()));
}

fn forget_reading(meaning: &mut Meaning) {
    for line in meaning.values_mut().filter(|line| line["type"] == "stream") {
        for group in line["value"]["groups"].as_array_mut().into_iter().flatten() {
            group.as_object_mut().unwrap().remove("read");
        }
    }
}

#[test]
fn a_server_that_loads_an_executed_log_holds_what_it_held() {
    let rounds = if std::env::var_os("AOF_DOCTOR_ALL").is_some() { 8 } else { 1 };
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        for round in 0..rounds {
            let settings = SETTINGS[round % SETTINGS.len()];
            comes_back(kind, settings, seed() + 10 * round as u64);
        }
    }
}
