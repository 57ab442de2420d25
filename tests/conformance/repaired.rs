//! Randomly damaged logs, repaired by the program and loaded by real servers: what they hold then is what the account of
//! the log's builder says is left of it, command by command.

use std::path::Path;
use std::process::Command;

use aof_testkit::naive;
use aof_testkit::server::{Server, ServerKind, StartError, skip_unless};
use aof_testkit::{Damage, Ledger, RandomLog, Rng, Touched};
use serde_json::Value;

use crate::healthy::seed;

/// Damages for each server; `AOF_DOCTOR_ALL=1` tries many more.
const SAMPLE: u64 = 12;
const ALL: u64 = 400;

/// Records that a search for the next good place wants to see in a row.
const PROOF: usize = 4;

/// Everything that can be repaired, whatever it costs.
pub(crate) const ALL_OF_IT: [&str; 6] =
    ["--salvage", "--apply", "--yes", "--i-stopped-the-server", "--max-loss", "1000000cmds"];

/// Runs the program on a path, and returns its exit status and what it says.
pub(crate) fn run(args: &[&str], path: &Path) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_aof-doctor")).args(args).arg(path).output();
    let output = output.unwrap();
    let code = output.status.code().unwrap_or_else(|| panic!("{args:?}: {:?}", output.status));
    assert!(code < 64, "{args:?}: {code}: {}", String::from_utf8_lossy(&output.stderr));
    (code, String::from_utf8(output.stdout).unwrap())
}

/// Repairs a path, and returns the exit status and the document.
pub(crate) fn repair(path: &Path, args: &[&str]) -> (i32, Value) {
    let args: Vec<&str> = ["repair", "--json"].iter().chain(args).copied().collect();
    let (code, text) = run(&args, path);
    (code, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

/// The data of a server that loads this log; nothing if it does not.
fn digest(kind: ServerKind, log: &[u8]) -> Option<String> {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("appendonly.aof"), log).unwrap();
    match Server::start(kind, data.path(), &["--appendonly", "yes"]) {
        Ok(server) => Some(server.command(&["DEBUG", "DIGEST"]).unwrap().text()),
        Err(StartError::Died { .. }) => None,
        Err(error) => panic!("{kind}: {error}"),
    }
}

/// What is left by the account: the frames that were not touched, but for those that the plan leaves out for a reason
/// of their own.
fn left(ledger: &Ledger, touched: &Touched, plan: &Value) -> Vec<u8> {
    let outs: Vec<(u64, u64)> = plan["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|out| {
            let (offset, length) =
                (out["offset"].as_u64().unwrap(), out["length"].as_u64().unwrap());
            (offset, offset + length)
        })
        .collect();
    let is_out = |offset: u64| outs.iter().any(|(start, end)| *start <= offset && offset < *end);
    let frames = touched.untouched(ledger).filter(|(_, offset)| !is_out(*offset as u64));
    frames.flat_map(|(frame, _)| ledger.frame_bytes(frame).to_vec()).collect()
}

/// Whether every frame that the damage touched is broken beyond reading: a changed value is loaded as it is, and then
/// nobody can tell what should be there. A value that grew may end where line ends of its own happen to stand; then
/// its record reads strictly, and only what is left over behind it does not.
fn is_plain(ledger: &Ledger, touched: &Touched, damaged: &[u8]) -> bool {
    let reads = |frame: &usize| naive::frame(damaged, ledger.frames[*frame].offset).is_ok();
    !touched.broken.iter().any(reads)
        && touched.frames.iter().all(|frame| touched.broken.contains(frame))
        && touched.hidden.is_empty()
        && touched.swallowed.is_empty()
        && touched.moved.is_empty()
        && touched.islands(ledger, PROOF).is_empty()
        && !touched.broken.is_empty()
}

fn holds_what_is_left(kind: ServerKind, ledger: &Ledger, damage: &Damage, place: &str) -> bool {
    let touched = Touched::by(damage, ledger);
    let damaged = damage.apply(&ledger.bytes);
    if !is_plain(ledger, &touched, &damaged) {
        return false;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("appendonly.aof");
    std::fs::write(&path, damaged).unwrap();
    let (_, document) = repair(&path, &ALL_OF_IT);
    // A record that is not strictly formed but can be read is no loss, although the account says that it is broken.
    let is_formed_anew = document["plan"].to_string().contains("\"form\"");
    if document["applied"].is_null() || is_formed_anew {
        return false;
    }
    let repaired = std::fs::read(&path).unwrap();
    assert!(naive::parse(&repaired).end == naive::End::Clean, "{place}: {document:#}");
    let expected = left(ledger, &touched, &document["plan"]);
    let (is, should) = (digest(kind, &repaired), digest(kind, &expected));
    assert!(is.is_some(), "{kind}, {place}: the server does not load what was repaired");
    assert_eq!(is, should, "{kind}, {place}: {damage}\n{document:#}");
    true
}

fn story(kind: ServerKind) {
    if skip_unless(kind).is_none() {
        return;
    }
    let wanted = if std::env::var_os("AOF_DOCTOR_ALL").is_some() { ALL } else { SAMPLE };
    let (mut tried, first) = (0, seed() * 1000);
    for seed in first.. {
        let log = RandomLog::new(seed).records(60).dbs(1).timestamps(kind.has_parts());
        let ledger = log.transactions(seed % 2 == 0).nested(false).build();
        let mut rng = Rng::new(seed ^ kind as u64);
        for _ in 0..4 {
            let damage = Damage::random(&mut rng, &ledger);
            let place = format!("AOF_DOCTOR_SEED={}, log {seed}", self::seed());
            tried += u64::from(holds_what_is_left(kind, &ledger, &damage, &place));
        }
        if tried >= wanted {
            return;
        }
    }
}

#[test]
fn redis_6_2_holds_what_is_left_of_a_repaired_log() {
    story(ServerKind::Redis62);
}

#[test]
fn redis_7_0_holds_what_is_left_of_a_repaired_log() {
    story(ServerKind::Redis70);
}

#[test]
fn redis_8_2_holds_what_is_left_of_a_repaired_log() {
    story(ServerKind::Redis82);
}

#[test]
fn valkey_8_1_holds_what_is_left_of_a_repaired_log() {
    story(ServerKind::Valkey81);
}

#[test]
fn valkey_9_1_holds_what_is_left_of_a_repaired_log() {
    story(ServerKind::Valkey91);
}
