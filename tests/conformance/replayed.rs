//! Logs sent into servers that are up: a fresh server holds then what the same server loads of the log.

#[path = "replayed/proxy.rs"]
mod proxy;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use aof_testkit::LogBuilder;
use aof_testkit::server::{Server, ServerKind, skip_unless};

use self::proxy::{Proxy, Wire};
use crate::chaos::each;
use crate::chaos::held::{self, Held};
use crate::chaos::session::{COMMANDS, Session};

/// Seeds for each server; each takes a second for each mode.
const SAMPLE: u64 = 4;
const ALL: u64 = 100;

/// The program, to be run against the server at this socket.
fn command(log: &Path, socket: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aof-doctor"));
    command.arg("replay").arg(log).arg("-s").arg(socket).args(options);
    command
}

/// What both sides said.
fn said(told: &Output) -> String {
    let said = [&told.stdout[..], &told.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}

/// What a server holds when all that has expired is gone.
fn expired(server: &Server) -> Held {
    let mut client = server.client().unwrap();
    client.command(&["DEBUG", "SET-ACTIVE-EXPIRE", "1"]).unwrap();
    client.command(&["CONFIG", "SET", "hz", "500"]).unwrap();
    for db in 0..16 {
        client.command(&["SELECT", &db.to_string()]).unwrap();
        for key in client.command(&["KEYS", "*"]).unwrap().list() {
            client.command(&["EXISTS", &key.text()]).unwrap();
        }
    }
    std::thread::sleep(Duration::from_millis(300));
    Held::by(server)
}

/// Sends the log of a session into fresh servers of the same kind, and compares them with one that has loaded it.
fn gets_there(session: &Session, seed: u64, what: &str) {
    let expected = expired(&session.reload_alone());
    let lanes = (1 + seed % 16).to_string();
    for mode in ["state", "history"] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(session.kind, folder.path(), &[]).unwrap();
        let options = ["--mode", mode, "-j", &lanes];
        let told = command(&session.log(), &server.socket(), &options).output().unwrap();
        let what = format!("{what}, {mode}, {lanes} connections: {}", said(&told));
        // A log holds what a server refuses as well, such as members that a search would find in another order.
        assert!(matches!(told.status.code(), Some(0 | 2)), "{what}");
        held::compare_servers(&expired(&server), &expected, &what);
    }
}

#[test]
fn a_log_that_is_sent_into_a_server_gives_what_a_server_loads_of_it() {
    each(SAMPLE, ALL, |kind, seed| {
        let session = Session::play(kind, seed, COMMANDS);
        let what = format!("{kind}, seed {seed}, kept in {}", session.log().display());
        gets_there(&session, seed, &what);
    });
}

/// A log in which nothing may be done twice or left out: numbers that count up, lists that grow, transactions, databases
/// that are emptied and exchanged.
fn counting(commands: u64) -> Vec<u8> {
    let mut log = LogBuilder::new();
    log.select(0);
    for number in 0..commands {
        let (text, key) = (number.to_string(), format!("key:{}", number % 97));
        match number % 16 {
            0..5 => log.command(&["INCR", "counted"]),
            5 => log.command(&["RPUSH", &format!("list:{}", number % 7), &text]),
            6 => log.command(&["APPEND", &format!("text:{}", number % 31), &text]),
            7 => log
                .command(&["MULTI"])
                .command(&["INCR", "counted"])
                .command(&["RPUSH", "both", &text])
                .command(&["EXEC"]),
            8 => log.command(&["SET", &key, &text]).command(&["RENAME", &key, "renamed"]),
            9 if number % 1600 == 9 => log.command(&["FLUSHDB"]),
            9 if number % 800 == 9 => log.command(&["SWAPDB", "0", "1"]),
            10 => log.command(&["SET", &key, &text, "PXAT", "4102444800000"]),
            11 => log.command(&["HINCRBY", "hash", &format!("field{}", number % 11), "1"]),
            _ => log.command(&["SET", &key, &text]),
        };
    }
    log.finish().bytes
}

/// A log, and what a server holds that has loaded it.
struct Counted {
    folder: tempfile::TempDir,
    expected: Held,
}

impl Counted {
    fn new(kind: ServerKind, commands: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("log.aof"), counting(commands)).unwrap();
        let loaded = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join("log.aof"), loaded.path().join("appendonly.aof")).unwrap();
        let server = Server::start(kind, loaded.path(), &["--appendonly", "yes"]).unwrap();
        Self { expected: Held::by(&server), folder }
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.path().join("log.aof")
    }
}

/// How often something is killed.
fn rounds(sample: u64) -> u64 {
    if std::env::var_os("AOF_DOCTOR_ALL").is_some() { 50 } else { sample }
}

const KINDS: [ServerKind; 2] = [ServerKind::Redis70, ServerKind::Valkey91];

/// The same everywhere, and different in each round.
fn moment(round: u64, most: u64) -> Duration {
    let scattered = (round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    Duration::from_millis(20 + scattered % most)
}

#[test]
fn a_program_that_is_killed_goes_on_where_it_was_and_does_nothing_twice() {
    for kind in KINDS.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let counted = Counted::new(kind, 20_000);
        for round in 0..rounds(3) {
            let mode = if round % 3 == 2 { "state" } else { "history" };
            let folder = tempfile::tempdir().unwrap();
            let server = Server::start(kind, folder.path(), &[]).unwrap();
            let rate = if mode == "state" { "50" } else { "20k" };
            let options = ["--mode", mode, "-j", "3", "--rate", rate];
            let mut killed = begin(&counted.log(), &server.socket(), &options);
            std::thread::sleep(moment(round, 900));
            killed.kill().unwrap();
            killed.wait().unwrap();
            let what = format!("{kind}, {mode}, round {round}");
            goes_on(&counted.log(), &server.socket(), mode, &what);
            held::compare_servers(&Held::by(&server), &counted.expected, &what);
        }
    }
}

fn begin(log: &Path, socket: &Path, options: &[&str]) -> std::process::Child {
    let silent = std::process::Stdio::null;
    command(log, socket, options).stdout(silent()).stderr(silent()).spawn().unwrap()
}

/// Goes on with what was interrupted; begins, if it had not begun.
fn goes_on(log: &Path, socket: &Path, mode: &str, what: &str) {
    let run = |options: &[&str]| command(log, socket, options).output().unwrap();
    let mut told = run(&["--resume", "--retry", "0"]);
    if told.status.code() == Some(8) && said(&told).contains("was interrupted") {
        // It was killed before anything, or behind everything.
        told = run(&["--mode", mode]);
        if said(&told).contains("--merge") {
            return;
        }
    }
    assert_eq!(told.status.code(), Some(0), "{what}: {}", said(&told));
}

#[test]
fn a_server_that_is_killed_gets_the_rest_when_it_is_up_again() {
    for kind in KINDS.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let counted = Counted::new(kind, 6_000);
        for round in 0..rounds(3) {
            let mode = if round % 3 == 2 { "state" } else { "history" };
            let folder = tempfile::tempdir().unwrap();
            let keeps = ["--appendonly", "yes", "--appendfsync", "always"];
            let mut server = Server::start(kind, folder.path(), &keeps).unwrap();
            let rate = if mode == "state" { "50" } else { "8k" };
            let options = ["--mode", mode, "-j", "3", "--rate", rate, "--retry", "0"];
            let mut program = begin(&counted.log(), &server.socket(), &options);
            std::thread::sleep(moment(round, 700));
            server.kill9().unwrap();
            let code = program.wait().unwrap().code();
            let what = format!("{kind}, {mode}, round {round}");
            assert!(matches!(code, Some(32 | 8 | 0)), "{what}: {code:?}");
            let server = Server::start(kind, folder.path(), &keeps).unwrap();
            goes_on(&counted.log(), &server.socket(), mode, &what);
            held::compare_servers(&Held::by(&server), &counted.expected, &what);
        }
    }
}

#[test]
fn a_wire_that_delays_splits_and_cuts_changes_nothing() {
    for kind in KINDS.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let counted = Counted::new(kind, 20_000);
        for (wire, mode) in [
            (Wire::Slow, "history"),
            (Wire::Slow, "state"),
            (Wire::Cut(50_000, 6), "history"),
            (Wire::Cut(7_000, 3), "state"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let server = Server::start(kind, folder.path(), &[]).unwrap();
            let proxy = Proxy::start(&server.socket(), wire);
            let mut command = Command::new(env!("CARGO_BIN_EXE_aof-doctor"));
            command.arg("replay").arg(counted.log()).args(["-u", &proxy.uri(), "--mode", mode]);
            let told = command.output().unwrap();
            let what = format!("{kind}, {wire:?}, {mode}: {}", said(&told));
            assert_eq!(told.status.code(), Some(0), "{what}");
            let cuts = proxy.cuts.load(std::sync::atomic::Ordering::Relaxed);
            assert_eq!(cuts > 0, matches!(wire, Wire::Cut(..)), "{what}");
            held::compare_servers(&Held::by(&server), &counted.expected, &what);
        }
    }
}

#[test]
fn every_command_that_a_server_refuses_is_told_with_its_place() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let (mut log, mut refused) = (LogBuilder::new(), Vec::new());
        log.select(0);
        for number in 0..5_000_u32 {
            if number % 100 == 57 {
                refused.push(log.len() as u64);
                log.command(&["LPUSH", &format!("s:{}", (number - 57) % 300), "x"]);
            } else if number % 1000 == 900 {
                log.command(&["MULTI"]).command(&["INCR", "n"]);
                refused.push(log.len() as u64);
                log.command(&["HSET", "n", "f", "v"]).command(&["EXEC"]);
            } else {
                log.command(&["SET", &format!("s:{}", number % 300), "v"]);
            }
        }
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("log.aof");
        std::fs::write(&path, log.finish().bytes).unwrap();
        let server = Server::start(kind, room.path(), &[]).unwrap();
        let options = ["--mode", "history", "--json"];
        let told = command(&path, &server.socket(), &options).output().unwrap();
        assert_eq!(told.status.code(), Some(2), "{kind}: {}", said(&told));
        let document: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
        let failures = document["failures"].as_array().unwrap().iter();
        let mut found: Vec<u64> = failures.map(|it| it["offset"].as_u64().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, refused, "{kind}");
        assert_eq!(document["commands"]["failed"], refused.len());
    }
}
