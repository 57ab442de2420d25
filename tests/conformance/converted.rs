//! What servers hold after they were sent what `convert` makes of their files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use aof_testkit::RandomLog;
use aof_testkit::naive;
use aof_testkit::server::{Server, ServerKind, fill, skip_unless};
use serde_json::Value;

use crate::healthy::seed;

/// Thresholds that decide how values are packed; the first are the server's own.
pub(crate) const SETTINGS: [&[&str]; 3] = [
    &[],
    &[
        "--hash-max-ziplist-entries",
        "0",
        "--zset-max-ziplist-entries",
        "0",
        "--list-max-ziplist-size",
        "-1",
        "--rdbcompression",
        "no",
        "--rdbchecksum",
        "no",
    ],
    &[
        "--hash-max-ziplist-entries",
        "9999",
        "--zset-max-ziplist-entries",
        "9999",
        "--set-max-intset-entries",
        "0",
        "--stream-node-max-entries",
        "7",
        "--list-compress-depth",
        "1",
    ],
];

/// Keys of databases by their names, and what lines say of them.
pub(crate) type Meaning = BTreeMap<(u64, String), Value>;

fn convert(input: &Path, output: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aof-doctor"));
    let told = command.arg("convert").arg(input).arg("-o").arg(output).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

/// Sends commands as they are, and holds the server to taking all of them.
fn send(server: &Server, commands: &[u8]) {
    let refused = server.send(commands).unwrap();
    assert!(refused.is_empty(), "{refused:#?}");
}

/// Every type and encoding, and what random clients leave.
pub(crate) fn populate(server: &Server, seed: u64) {
    let mut client = server.client().unwrap();
    let random = RandomLog::new(seed).records(400).timestamps(false).build();
    for frame in naive::parse(&random.bytes).frames {
        let reply = client.command(&frame.argv).unwrap();
        assert!(!reply.is_error(), "{:?}: {}", frame.argv[0], reply.text());
    }
    fill(server).unwrap();
}

/// The server's own digest of its data, and what is in the file that it saves.
pub(crate) fn state(server: &Server) -> (String, Meaning) {
    let saved = server.command(&["SAVE"]).unwrap();
    assert!(!saved.is_error(), "{}", saved.text());
    let lines = server.data().join("keys.jsonl");
    convert(&server.data().join("dump.rdb"), &lines);
    (server.command(&["DEBUG", "DIGEST"]).unwrap().text(), meaning(&fs::read(lines).unwrap()))
}

fn meaning(lines: &[u8]) -> Meaning {
    let lines = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut value: Value = serde_json::from_slice(line).unwrap();
            settle(&mut value);
            let name = value.get("key").or(value.get("function")).unwrap().to_string();
            ((value["db"].as_u64().unwrap_or(u64::MAX), name), value)
        })
        .collect()
}

/// Takes away what has no order, and when somebody asked last.
fn settle(line: &mut Value) {
    if matches!(line["type"].as_str(), Some("set" | "hash" | "zset")) {
        let items = line["value"].as_array_mut().unwrap();
        items.sort_by_key(Value::to_string);
    }
    let groups = line.pointer_mut("/value/groups").and_then(Value::as_array_mut);
    for group in groups.into_iter().flatten() {
        let consumers = group["consumers"].as_array_mut().unwrap();
        for consumer in consumers.iter_mut().filter_map(Value::as_object_mut) {
            consumer.retain(|name, _| name == "name");
        }
        consumers.sort_by_key(Value::to_string);
    }
}

fn comes_back(kind: ServerKind, settings: &[&str], seed: u64) {
    let (folder, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Server::start(kind, folder.path(), settings).unwrap();
    populate(&first, seed);
    let (digest, expected) = state(&first);
    let commands = folder.path().join("keys.resp");
    convert(&folder.path().join("dump.rdb"), &commands);
    let second = Server::start(kind, fresh.path(), settings).unwrap();
    send(&second, &fs::read(commands).unwrap());
    let (found_digest, found) = state(&second);
    let what = format!("{kind}, seed {seed}, {settings:?}");
    for (key, value) in &expected {
        assert_eq!(found.get(key), Some(value), "{what}: {key:?}");
    }
    assert_eq!(found.len(), expected.len(), "{what}");
    assert_eq!(found_digest, digest, "{what}");
}

#[test]
fn a_server_that_is_sent_the_commands_holds_what_the_file_held() {
    let rounds = if std::env::var_os("AOF_DOCTOR_ALL").is_some() { 8 } else { 1 };
    for kind in ServerKind::ALL {
        if skip_unless(kind).is_none() {
            continue;
        }
        for round in 0..rounds {
            for (number, settings) in (0..).zip(SETTINGS) {
                comes_back(kind, settings, seed() + 10 * round + number);
            }
        }
    }
}
