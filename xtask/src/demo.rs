//! `cargo xtask demo`: a set that lost power, and what four ways to go on make of it.
//!
//! Clients write to a Redis 7.0 and note what was acknowledged. Then the set is damaged in four places: an increment is
//! torn, the next one has a hole of 4 KiB, in the third one digit of a length is flipped, and the manifest is gone. Every
//! write has a key and a value of its own, so what a server holds afterwards can be compared write by write.

mod damage;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aof_testkit::client::Value;
use aof_testkit::server::{Checker, Server, ServerKind, StartError};
use aof_testkit::set::{Snapshot, age, copy_folder, make_set, snapshot};

use crate::{Outcome, root, servers};
use damage::Damaged;

const KIND: ServerKind = ServerKind::Redis70;

const ARGS: [&str; 2] = ["--appendonly", "yes"];

/// Writes that are acknowledged: a quarter of them is in the base.
const WRITES: usize = 20_000;

/// Shows the table. False if aof-doctor lost a write outside of the damaged bytes.
pub(crate) fn run(args: &[String]) -> Outcome {
    if !args.is_empty() {
        return Err("usage: cargo xtask demo".into());
    }
    if !servers::run(&[KIND.name().to_owned()])? {
        return Err("the server could not be brought".into());
    }
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--release", "--package", "aof-doctor"])
        .current_dir(root())
        .status()?;
    if !built.success() {
        return Ok(false);
    }
    let ledger: Vec<(String, String)> =
        (0..WRITES).map(|n| (format!("order:{n:05}"), format!("paid by customer {n}"))).collect();
    let commands: Vec<Vec<&str>> =
        ledger.iter().map(|(key, value)| vec!["SET", key, value]).collect();
    let healthy = make_set(KIND, &commands, 3)?;
    let damaged = damage::of(healthy.path())?;
    let touched = damaged.touched.len();
    println!("{WRITES} writes were acknowledged; the damaged bytes hold {touched} of them\n");
    show(&ledger, &damaged)
}

/// What one way to go on comes to.
struct Row {
    way: &'static str,
    starts: bool,
    recovered: usize,
    changed: u64,
    took: Duration,
}

fn show(ledger: &[(String, String)], damaged: &Damaged) -> Outcome {
    println!(
        "| {:<42} | {:<6} | {:>9} | {:>6} | {:>22} | {:>7} |",
        "what is done", "starts", "recovered", "lost", "original bytes changed", "seconds"
    );
    println!("|---|---|---:|---:|---:|---:|");
    let mut is_complete = false;
    for row in rows(ledger, damaged)? {
        let lost = ledger.len() - row.recovered;
        is_complete = lost <= damaged.touched.len();
        println!(
            "| {:<42} | {:<6} | {:>9} | {:>6} | {:>22} | {:>7.2} |",
            row.way,
            if row.starts { "yes" } else { "no" },
            row.recovered,
            lost,
            row.changed,
            row.took.as_secs_f64()
        );
    }
    println!("\naof-doctor is the last row.");
    Ok(is_complete)
}

fn rows(ledger: &[(String, String)], damaged: &Damaged) -> Result<Vec<Row>, Box<dyn Error>> {
    let before = snapshot(damaged.folder.path())?;
    let plain = copy(damaged)?;
    let first = start("the server is started", plain.path(), ledger, &before)?;
    let second = start("the server is started once more", plain.path(), ledger, &before)?;
    let checked = copy(damaged)?;
    let begun = Instant::now();
    fix_all(checked.path())?;
    let fixing = begun.elapsed();
    let fixed = start("redis-check-aof --fix on every part", checked.path(), ledger, &before)?;
    let repaired = copy(damaged)?;
    let begun = Instant::now();
    repair(repaired.path())?;
    let repairing = begun.elapsed();
    let cured = start("aof-doctor repair --salvage --apply", repaired.path(), ledger, &before)?;
    Ok(vec![
        first,
        second,
        Row { took: fixed.took + fixing, ..fixed },
        Row { took: cured.took + repairing, ..cured },
    ])
}

fn copy(damaged: &Damaged) -> Result<tempfile::TempDir, Box<dyn Error>> {
    let copy = tempfile::tempdir()?;
    copy_folder(damaged.folder.path(), copy.path())?;
    // Nobody waits to see whether the last record is still being written.
    for path in snapshot(copy.path())?.keys() {
        age(&copy.path().join(path), 3600)?;
    }
    Ok(copy)
}

/// Starts a server and looks for every write.
fn start(
    way: &'static str,
    data: &Path,
    ledger: &[(String, String)],
    before: &Snapshot,
) -> Result<Row, Box<dyn Error>> {
    let begun = Instant::now();
    let started = Server::start(KIND, data, &ARGS);
    let took = begun.elapsed();
    let (starts, recovered) = match started {
        Ok(mut server) => {
            let recovered = recovered(&server, ledger)?;
            server.kill9()?;
            (true, recovered)
        }
        Err(StartError::Died { .. }) => (false, 0),
        Err(error) => return Err(error.to_string().into()),
    };
    Ok(Row { way, starts, recovered, changed: changed(before, &snapshot(data)?), took })
}

fn recovered(server: &Server, ledger: &[(String, String)]) -> Result<usize, Box<dyn Error>> {
    let commands: Vec<Vec<&str>> = ledger.iter().map(|(key, _)| vec!["GET", key]).collect();
    let replies = server.client()?.pipeline(&commands)?;
    let is_there = |(reply, (_, value)): &(&Value, &(String, String))| reply.text() == *value;
    Ok(replies.iter().zip(ledger).filter(is_there).count())
}

/// Bytes of the original files that are not there any more, wherever the file lies now.
fn changed(before: &Snapshot, after: &Snapshot) -> u64 {
    let lost = |(path, bytes): (&std::path::PathBuf, &Vec<u8>)| {
        if after.values().any(|now| now == bytes) {
            return 0;
        }
        let now = after.get(path).map_or(&[][..], Vec::as_slice);
        let same = bytes.iter().zip(now).take_while(|(one, other)| one == other).count();
        (bytes.len() - same) as u64
    };
    before.iter().map(lost).sum()
}

fn fix_all(data: &Path) -> Result<(), Box<dyn Error>> {
    let checker = Checker::of(KIND)?.ok_or("there is no checker")?;
    let files = snapshot(data)?;
    let parts: BTreeMap<_, _> =
        files.iter().filter(|(path, _)| path.to_string_lossy().ends_with(".incr.aof")).collect();
    for path in parts.keys() {
        let fixed = checker.fix_aof(&data.join(path))?;
        std::fs::copy(&fixed.copy, data.join(path))?;
    }
    Ok(())
}

fn repair(data: &Path) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(root().join("target/release/aof-doctor"));
    command.arg("repair").arg(data).args(["--salvage", "--apply", "--yes"]);
    command.args(["--i-stopped-the-server", "--max-loss", "100000cmds"]);
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    match output.status.code() {
        Some(1) => Ok(()),
        code => Err(format!("the repair ends with {code:?}: {said}").into()),
    }
}
