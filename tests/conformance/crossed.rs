//! Files of every server, converted for every other: it starts, and holds the same but for what the list says.

use std::fs;
use std::path::Path;
use std::process::Command;

use aof_rdb::{Dump, Item, Room, Str, Target, Writer};
use aof_testkit::client::Value as Reply;
use aof_testkit::server::{Server, ServerKind, skip_unless};
use serde_json::Value;

use crate::converted::{Meaning, SETTINGS, populate, state};
use crate::healthy::seed;

/// As `--target` calls it.
fn target(kind: ServerKind) -> String {
    kind.name().replace('-', ":")
}

/// Converts, and returns the document that says what was left out.
fn convert(input: &Path, output: &Path, options: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aof-doctor"));
    command.args(["convert", "--json", "--allow-loss"]).args(options);
    let told = command.arg(input).arg("-o").arg(output).output().unwrap();
    let document: Value = serde_json::from_slice(&told.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&told.stderr)));
    assert!(document["error"].is_null(), "{document}");
    document
}

/// What a server was given, and what is in its file.
struct Source {
    kind: ServerKind,
    folder: tempfile::TempDir,
    digest: String,
    meaning: Meaning,
    dumps: Vec<(String, Vec<u8>)>,
}

impl Source {
    fn new(kind: ServerKind, settings: &[&str], seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(kind, folder.path(), settings).unwrap();
        populate(&server, seed);
        let (digest, meaning) = state(&server);
        let dumps = dumps(&server);
        drop(server);
        Self { kind, folder, digest, meaning, dumps }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("dump.rdb")
    }
}

/// All keys of database 0, as DUMP gives them.
fn dumps(server: &Server) -> Vec<(String, Vec<u8>)> {
    let mut client = server.client().unwrap();
    let keys = client.command(&["KEYS", "*"]).unwrap();
    let names: Vec<String> = keys.list().iter().map(Reply::text).collect();
    let dump = |name: String| {
        let dump = client.command(&["DUMP", &name]).unwrap();
        (name, bytes(dump))
    };
    names.into_iter().map(dump).collect()
}

fn bytes(reply: Reply) -> Vec<u8> {
    let Reply::Text(bytes) = reply else { panic!("{reply:?}") };
    bytes
}

/// Takes away what the document says was left out, and what only one of the two servers keeps.
fn reduced(meaning: &Meaning, document: &Value, kinds: [ServerKind; 2]) -> Meaning {
    let unheld = document["unheld"]["keys"].as_array().unwrap();
    let names: Vec<&str> = unheld.iter().map(|key| key["text"].as_str().unwrap()).collect();
    let is_oldest = kinds.iter().any(|kind| kind.version() < (7, 0));
    let mut meaning = meaning.clone();
    if document["unheld"]["functions"] != 0 {
        meaning.retain(|_, line| line.get("function").is_none());
    }
    for line in meaning.values_mut() {
        if line["key"].as_str().is_some_and(|key| names.contains(&key)) {
            forget_expiries(line);
        }
        if is_oldest && line["type"] == "stream" {
            forget_history(line);
        }
    }
    meaning
}

fn forget_expiries(line: &mut Value) {
    for field in line["value"].as_array_mut().unwrap() {
        field.as_array_mut().unwrap().truncate(2);
    }
}

/// What servers before 7.0 do not know, and newer ones make up.
fn forget_history(line: &mut Value) {
    let stream = line["value"].as_object_mut().unwrap();
    stream.retain(|name, _| !matches!(name.as_str(), "first" | "max_deleted" | "added"));
    let groups = stream.get_mut("groups").and_then(Value::as_array_mut);
    for group in groups.into_iter().flatten() {
        group.as_object_mut().unwrap().remove("read");
    }
}

/// Starts a server on what was converted, and compares.
fn holds_the_same(source: &Source, kind: ServerKind, data: &Path, args: &[&str], document: &Value) {
    let what = format!("{} to {kind} {args:?}", source.kind);
    let server = Server::start(kind, data, args).unwrap_or_else(|error| panic!("{what}: {error}"));
    let (digest, found) = state(&server);
    let kinds = [source.kind, kind];
    let (found, expected) =
        (reduced(&found, document, kinds), reduced(&source.meaning, document, kinds));
    for (key, value) in &expected {
        assert_eq!(found.get(key), Some(value), "{what}: {key:?}");
    }
    assert_eq!(found.len(), expected.len(), "{what}");
    if source.kind == kind {
        assert_eq!(document["unheld"]["total_keys"], 0, "{what}");
        assert_eq!(digest, source.digest, "{what}");
    }
}

fn crosses(source: &Source, kind: ServerKind, options: &[&str]) {
    let target = target(kind);
    let options = [options, &["--target", &target]].concat();
    let fresh = tempfile::tempdir().unwrap();
    let document = convert(&source.file(), &fresh.path().join("dump.rdb"), &options);
    holds_the_same(source, kind, fresh.path(), &[], &document);

    let fresh = tempfile::tempdir().unwrap();
    let log = fresh.path().join(if kind.has_parts() { "appendonlydir" } else { "appendonly.aof" });
    let document = convert(&source.file(), &log, &[&options[..], &["--to", "aof"]].concat());
    holds_the_same(source, kind, fresh.path(), &["--appendonly", "yes"], &document);
}

#[test]
fn every_server_starts_on_the_files_of_every_other_and_holds_the_same() {
    let servers: Vec<ServerKind> =
        ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()).collect();
    let rounds = if std::env::var_os("AOF_DOCTOR_ALL").is_some() { 3 } else { 1 };
    for round in 0..rounds {
        for (number, kind) in servers.iter().enumerate() {
            let settings = SETTINGS[(number + round + seed() as usize) % SETTINGS.len()];
            let source = Source::new(*kind, settings, seed() + 7 * round as u64 + number as u64);
            for (other, target) in servers.iter().enumerate() {
                let compresses = (number + other + round) % 2 == 0;
                crosses(&source, *target, if compresses { &["--compress"] } else { &[] });
            }
        }
    }
}

#[test]
fn a_set_of_commands_is_what_a_server_starts_from_too() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let source = Source::new(kind, &[], seed());
        let fresh = tempfile::tempdir().unwrap();
        let log = if kind.has_parts() { "appendonlydir" } else { "appendonly.aof" };
        let mut command = Command::new(env!("CARGO_BIN_EXE_aof-doctor"));
        command.args(["convert", "--to", "aof", "--base", "resp", "--target", &target(kind)]);
        let told = command.arg(source.file()).arg("-o").arg(fresh.path().join(log)).output();
        assert!(told.unwrap().status.success(), "{kind}");
        let nothing =
            serde_json::json!({ "unheld": { "keys": [], "total_keys": 0, "functions": 0 } });
        holds_the_same(&source, kind, fresh.path(), &["--appendonly", "yes"], &nothing);
    }
}

#[test]
fn targets_that_were_not_run_are_read_by_servers_of_the_same_version() {
    let pairs = [
        (ServerKind::Redis70, "redis:7.2", ServerKind::Valkey81),
        (ServerKind::Redis82, "redis:7.4", ServerKind::Redis82),
    ];
    for (from, target, to) in pairs {
        if skip_unless(from).is_none() || skip_unless(to).is_none() {
            continue;
        }
        let source = Source::new(from, &[], seed());
        let fresh = tempfile::tempdir().unwrap();
        let file = fresh.path().join("dump.rdb");
        let document = convert(&source.file(), &file, &["--target", target]);
        assert_eq!(document["unheld"]["total_keys"], 0, "{target}");
        holds_the_same(&source, to, fresh.path(), &[], &document);
        let magic = if target == "redis:7.2" { b"REDIS0011" } else { b"REDIS0012" };
        assert!(fs::read(file).unwrap().starts_with(magic), "{target}");
    }
}

#[test]
fn payloads_of_every_server_are_restored_on_every_other() {
    let servers: Vec<ServerKind> =
        ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()).collect();
    let sources: Vec<Source> =
        servers.iter().map(|kind| Source::new(*kind, SETTINGS[2], seed())).collect();
    for kind in servers {
        let fresh = tempfile::tempdir().unwrap();
        let server = Server::start(kind, fresh.path(), &[]).unwrap();
        let mut client = server.client().unwrap();
        let mut writer = Writer::new(target(kind).parse::<Target>().unwrap());
        for source in &sources {
            assert!(source.dumps.len() > 30, "{}", source.dumps.len());
            for (name, dump) in &source.dumps {
                let (payload, left_out) = writer.dump(&Dump::new(dump).unwrap().value).unwrap();
                let what = format!("{name} of {} on {kind}", source.kind);
                let reply =
                    client.command(&[b"RESTORE", name.as_bytes(), b"0", &payload, b"REPLACE"]);
                assert_eq!(reply.unwrap().text(), "OK", "{what}");
                let back = client.command(&["DUMP", name]).unwrap();
                if source.kind == kind {
                    assert_eq!(left_out, aof_rdb::LeftOut::default(), "{what}");
                    assert_eq!(meaning(&bytes(back)), meaning(dump), "{what}");
                }
            }
        }
    }
}

#[test]
fn what_was_split_by_slots_and_merged_again_is_the_same_to_a_server() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let source = Source::new(kind, &[], seed());
        let fresh = tempfile::tempdir().unwrap();
        let (parts, whole) = (fresh.path().join("parts"), fresh.path().join("dump.rdb"));
        let target = target(kind);
        let split = ["--to", "rdb", "--target", &target, "--split", "slots:4"];
        convert(&source.file(), &parts, &split);
        let mut files: Vec<_> =
            fs::read_dir(&parts).unwrap().map(|entry| entry.unwrap().path()).collect();
        let last = files.pop().unwrap();
        let mut options: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
        options.extend(["--target", &target, "--duplicates", "last"]);
        // Every database is come back to four times.
        let document = convert(&last, &whole, &options);
        holds_the_same(&source, kind, fresh.path(), &[], &document);
    }
}

/// What is in a payload, item by item, in any order.
fn meaning(dump: &[u8]) -> Vec<String> {
    let value = Dump::new(dump).unwrap().value;
    let mut items = Vec::new();
    let said = &mut |item: Item<'_>| items.push(said(&item));
    value.items(&mut Room::default(), said).unwrap();
    items.sort();
    items
}

/// An item in words, whether its strings are stored as bytes or as numbers.
fn said(item: &Item<'_>) -> String {
    let text = |text: &Str<'_>| text.to_vec();
    match item {
        Item::String(one) | Item::Element(one) | Item::Member(one) => format!("{:?}", text(one)),
        Item::Scored(member, score) => format!("{:?} {score}", text(member)),
        Item::Field(field, value, expiry) => {
            format!("{:?} {:?} {expiry:?}", text(field), text(value))
        }
        Item::Entry(id, fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(field, value)| (text(field), text(value))).collect();
            format!("{id} {fields:?}")
        }
        other => format!("{other:?}"),
    }
}
