//! Data folders as real servers leave them, with rewrites done and rewrites that failed.
//!
//! [`make_set`] makes the usual one, [`SetBuilder`] any other. What a start changes in it is told by
//! [`snapshot()`] before, [`snapshot()`] after, and [`differences`].

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use crate::client::{Client, Value};
use crate::server::{Server, ServerKind, StartError};

mod snapshot;

#[cfg(test)]
mod tests;

pub use snapshot::{Difference, Snapshot, copy_folder, differences, snapshot};

/// How long a rewrite may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a server is asked whether its rewrite is done.
const PAUSE: Duration = Duration::from_millis(10);

/// The folder of the parts, below the data folder.
const SET_FOLDER: &str = "appendonlydir";

/// What a server is to be led through, step by step.
#[derive(Debug, Clone)]
pub struct SetBuilder {
    kind: ServerKind,
    args: Vec<String>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Write(Vec<Vec<Vec<u8>>>),
    Rewrite,
    Increment,
}

impl SetBuilder {
    /// A server of this kind on an empty folder, with a log. Files that a rewrite supersedes stay, and the
    /// manifest keeps naming them as history.
    pub fn new(kind: ServerKind) -> Self {
        let mut args = vec!["--appendonly", "yes", "--appendfsync", "always"];
        if kind.has_parts() {
            args.extend(["--aof-disable-auto-gc", "yes"]);
        }
        Self { kind, args: args.into_iter().map(str::to_owned).collect(), steps: Vec::new() }
    }

    /// One more setting, such as `aof-use-rdb-preamble` and `no`.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.args.extend([format!("--{name}"), value.to_owned()]);
        self
    }

    /// Sends commands. None may fail.
    pub fn write<A: AsRef<[u8]>>(mut self, commands: &[Vec<A>]) -> Self {
        let owned = |argv: &Vec<A>| argv.iter().map(|arg| arg.as_ref().to_vec()).collect();
        self.steps.push(Step::Write(commands.iter().map(owned).collect()));
        self
    }

    /// Has the log rewritten: a new base and a new increment; what was there becomes history.
    pub fn rewrite(mut self) -> Self {
        self.steps.push(Step::Rewrite);
        self
    }

    /// Begins a new increment beside the ones before, as a rewrite does that fails at its end. Nothing happens with
    /// a server whose log is one file.
    pub fn increment(mut self) -> Self {
        self.steps.push(Step::Increment);
        self
    }

    /// Leads a server through all steps, has it leave in order, and returns its data folder.
    ///
    /// # Errors
    /// The server does not start, refuses a command, or a rewrite does not end as it should.
    pub fn build(self) -> Result<TempDir, StartError> {
        let data = tempfile::tempdir()?;
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let mut server = Server::start(self.kind, data.path(), &args)?;
        let mut client = server.client()?;
        for step in &self.steps {
            match step {
                Step::Write(commands) => write(&mut client, commands)?,
                Step::Rewrite => rewrite(&mut client, "ok")?,
                Step::Increment if self.kind.has_parts() => fail_to_rewrite(&mut client, &data)?,
                Step::Increment => {}
            }
        }
        server.shutdown_nosave()?;
        Ok(data)
    }
}

/// A data folder with `commands` spread over it evenly, and a BGREWRITEAOF after each part but the last.
///
/// The first of the `rewrites` is done: its base and increment stay as history. The others fail at their end, so
/// that base 2 is followed by one increment for each rewrite. With no rewrite there is base 1, empty, and
/// increment 1. A server whose log is one file rewrites it once at most.
///
/// # Errors
/// As [`SetBuilder::build`].
pub fn make_set<A: AsRef<[u8]>>(
    kind: ServerKind,
    commands: &[Vec<A>],
    rewrites: usize,
) -> Result<TempDir, StartError> {
    let mut builder = SetBuilder::new(kind);
    let share = |index: usize| commands.len() * index / (rewrites + 1);
    for index in 0..=rewrites {
        builder = match index {
            0 => builder,
            1 => builder.rewrite(),
            _ => builder.increment(),
        };
        builder = builder.write(&commands[share(index)..share(index + 1)]);
    }
    builder.build()
}

fn write(client: &mut Client, commands: &[Vec<Vec<u8>>]) -> io::Result<()> {
    for (argv, reply) in commands.iter().zip(client.pipeline(commands)?) {
        if let Value::Error(refusal) = reply {
            let name = argv.first().map_or(&b""[..], Vec::as_slice);
            let name = String::from_utf8_lossy(name);
            return Err(io::Error::other(format!("{name}: {refusal}")));
        }
    }
    Ok(())
}

/// Rewrites and waits for the end, which must be as told: `ok` or `err`.
fn rewrite(client: &mut Client, end: &str) -> io::Result<()> {
    if let Value::Error(refusal) = client.command(&["BGREWRITEAOF"])? {
        return Err(io::Error::other(refusal));
    }
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let info = client.command(&["INFO", "persistence"])?.text();
        let says = |field: &str, value: &str| info.contains(&format!("{field}:{value}\r\n"));
        if says("aof_rewrite_in_progress", "0") && says("aof_rewrite_scheduled", "0") {
            return match says("aof_last_bgrewrite_status", end) {
                true => Ok(()),
                false => Err(io::Error::other(format!("the rewrite did not end with {end}"))),
            };
        }
        std::thread::sleep(PAUSE);
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// The server cannot put its new base in place, because a folder lies there.
fn fail_to_rewrite(client: &mut Client, data: &TempDir) -> io::Result<()> {
    let obstacles = next_bases(&data.path().join(SET_FOLDER))?;
    for obstacle in &obstacles {
        fs::create_dir_all(obstacle.join("in the way"))?;
    }
    let rewritten = rewrite(client, "err");
    for obstacle in &obstacles {
        fs::remove_dir_all(obstacle)?;
    }
    rewritten
}

/// What the base of the next rewrite can be called.
fn next_bases(set: &Path) -> io::Result<Vec<PathBuf>> {
    let mut last = 0;
    for entry in fs::read_dir(set)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let stem = name.strip_prefix("appendonly.aof.").and_then(|name| name.split_once(".base."));
        last = last.max(stem.and_then(|(seq, _)| seq.parse().ok()).unwrap_or(0));
    }
    let next: u64 = last + 1;
    let name = |suffix| set.join(format!("appendonly.aof.{next}.base.{suffix}"));
    Ok(vec![name("rdb"), name("aof")])
}

/// Sets the time of a file back by so many seconds: one that was written just now is waited for.
///
/// # Errors
/// The file cannot be opened for writing.
pub fn age(path: &Path, seconds: u64) -> io::Result<()> {
    let before = SystemTime::now() - Duration::from_secs(seconds);
    File::options().write(true).open(path)?.set_modified(before)
}
