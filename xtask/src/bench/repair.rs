//! `repair` against `redis-check-aof --fix`, and the salvage of one gap against a check and a copy.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use aof_testkit::set::age;

use super::figures::{Goal, median, ratio, seconds, times};
use super::logs::{self, Log};
use super::peers::{Tools, command, time};
use super::table::{Cell, Section, Table};

/// A cut in place against the checker's.
const CUT: Goal = Goal::AtLeast(40.0);

/// A salvage against the check and one copy.
const SALVAGE: Goal = Goal::AtMost(1.1);

/// What a server had written of its last record.
const TORN: &[u8] = b"*3\r\n$3\r\nSET\r\n$16\r\nkey:tor";

const HOLE: usize = 4096;

const HEAD: [&str; 9] = [
    "log",
    "MiB",
    "cut s",
    "check alone s",
    "redis-check-aof --fix s",
    "by ours",
    "salvage s",
    "copy s",
    "salvage by check + copy",
];

/// All logs, torn and holed in turn.
pub(super) fn compare(tools: &Tools, logs: &[Log], runs: usize) -> Result<Section, Box<dyn Error>> {
    let mut table = Table::new(&HEAD);
    for log in logs {
        table.add(row(tools, log, runs)?);
    }
    Ok(Section {
        title: "Repair of a log in the page cache",
        notes: vec![
            format!("The median of {runs} runs, from the start of a process to its end, files and journal flushed."),
            "*cut* is `repair --apply --yes` of a log whose last record is torn, which is torn anew for each run; of the second check only the end is read again, since the repair made sure that the rest had not changed. *salvage* is `repair --salvage --apply` of a hole of 4 KiB in the middle, into a new file. *copy* is one copy of the file beside it and a flush, timed in turn with the salvages.".to_owned(),
        ],
        table,
        has_failures: false,
    })
}

fn row(tools: &Tools, log: &Log, runs: usize) -> Result<Vec<Cell>, Box<dyn Error>> {
    let path = log.path.with_extension("repair");
    fs::copy(&log.path, &path)?;
    logs::read(&path)?;
    let all = |one: &mut dyn FnMut() -> Result<f64, Box<dyn Error>>| {
        (0..runs).map(|_| one()).collect::<Result<Vec<f64>, _>>().map(|all| median(&all))
    };
    let cut = all(&mut || {
        tear(&path)?;
        repair(tools, &path, &[])
    })?;
    let check = all(&mut || time(&mut command(&tools.ours, &["check", "--quiet"], &path)))?;
    let theirs = match &tools.redis {
        Some(checker) => all(&mut || {
            tear(&path)?;
            fix(checker, &path)
        })?,
        None => None,
    };
    let hole = log.bytes / 2;
    let (mut salvages, mut copies) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        copied(&log.path, &path)?;
        OpenOptions::new().write(true).open(&path)?.write_all_at(&[0; HOLE], hole)?;
        File::open(&path)?.sync_all()?;
        age(&path, 3600)?;
        logs::read(&path)?;
        // As the salvage does it: into new blocks, beside the log.
        let beside = path.with_extension("copy");
        copies.push(copied(&path, &beside)?);
        fs::remove_file(&beside)?;
        salvages.push(repair(tools, &path, &["--salvage", "--max-loss", "100000cmds"])?);
    }
    let (salvage, copy) = (median(&salvages), median(&copies));
    fs::remove_file(&path)?;
    let by_ours = theirs.zip(cut).and_then(|(theirs, ours)| ratio(theirs, ours));
    let whole = check.zip(copy).map(|(check, copy)| check + copy);
    let by_whole = salvage.zip(whole).and_then(|(salvage, whole)| ratio(salvage, whole));
    Ok(vec![
        Cell::new(log.name()),
        Cell::new((log.bytes >> 20).to_string()),
        Cell::of(cut, seconds),
        Cell::of(check, seconds),
        Cell::of(theirs, seconds),
        Cell::with(by_ours, Some(CUT), times),
        Cell::of(salvage, seconds),
        Cell::of(copy, seconds),
        Cell::with(by_whole, Some(SALVAGE), times),
    ])
}

/// Ends a log in the middle of a record.
fn tear(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).open(path)?.write_all(TORN)?;
    age(path, 3600)
}

/// One repair, whose room goes away again.
fn repair(tools: &Tools, path: &Path, options: &[&str]) -> Result<f64, Box<dyn Error>> {
    let usual = ["repair", "--apply", "--yes", "--i-stopped-the-server"];
    let options: Vec<&str> = usual.iter().chain(options).copied().collect();
    let begun = Instant::now();
    let status = command(&tools.ours, &options, path).status()?;
    let took = begun.elapsed().as_secs_f64();
    if status.code() != Some(1) {
        return Err(format!("the repair ends with {status}").into());
    }
    fs::remove_dir_all(path.with_file_name(".aof-doctor"))?;
    Ok(took)
}

fn fix(checker: &Path, path: &Path) -> Result<f64, Box<dyn Error>> {
    let begun = Instant::now();
    let mut child = Command::new(checker)
        .arg("--fix")
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut answers) = child.stdin.take() {
        answers.write_all(b"y\n")?;
    }
    let status = child.wait()?;
    match status.success() {
        true => Ok(begun.elapsed().as_secs_f64()),
        false => Err(format!("the checker ends with {status}").into()),
    }
}

fn copied(from: &Path, to: &Path) -> Result<f64, Box<dyn Error>> {
    let begun = Instant::now();
    fs::copy(from, to)?;
    File::open(to)?.sync_all()?;
    Ok(begun.elapsed().as_secs_f64())
}
