//! The program under strace: which calls it makes, and what happens if one of them does not work.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use aof_testkit::set::age;

use super::scenario::{Scenario, Verb};
use super::state::State;

/// Calls that change files, or make changes last. Opening is not among them: how many files are opened to find who
/// holds the log depends on the processes of the machine, and calls are named by their number.
const CALLS: &str = "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,\
    mkdirat,rmdir,ftruncate,copy_file_range,fchmod,fchown,utimensat,flock";

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The process is killed before it.
    Kill,
    /// The disk is full.
    Full,
    /// The disk fails.
    Broken,
}

/// A call as strace shows it, with the paths of open files.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    /// How many of this name there were, itself included: strace counts each kind of call by itself.
    pub(super) nth: usize,
    pub(super) line: String,
}

impl Call {
    /// Whether this is where a repair begins to change something: its room is made or locked.
    pub(super) fn changes_something(&self) -> bool {
        self.line.contains(".aof-doctor") && ["mkdir", "mkdirat", "flock"].contains(&&*self.name)
    }

    /// Whether a disk can answer this call like that.
    pub(super) fn may_fail(&self, fault: Fault) -> bool {
        let writes = ["write", "pwrite64", "copy_file_range", "mkdir", "mkdirat", "link", "linkat"];
        let names = ["rename", "renameat", "renameat2"];
        let flushes = ["fsync", "fdatasync", "ftruncate", "unlink", "unlinkat"];
        let is_of = |list: &[&str]| list.contains(&&*self.name);
        // What is written to the terminal is not on a disk.
        let is_file = self.name != "write" || self.line.contains(".aof-doctor");
        is_file
            && match fault {
                Fault::Kill => true,
                Fault::Full => is_of(&writes) || is_of(&names) || is_of(&["fsync", "fdatasync"]),
                Fault::Broken => is_of(&writes) || is_of(&names) || is_of(&flushes),
            }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.nth)
    }
}

/// How a disturbed run ended.
#[derive(Debug)]
pub(super) struct Ended(ExitStatus);

impl Ended {
    /// Whether it told of the error, or came to its end in spite of it.
    pub(super) fn is_graceful(&self, verb: Verb) -> bool {
        let done = if verb == Verb::Repair { 1 } else { 0 };
        self.0.signal().is_none()
            && self.0.code().is_some_and(|code| code & 8 != 0 && code < 64 || code == done)
    }
}

/// The program on a scenario.
#[derive(Debug)]
pub(super) struct Tracer<'p> {
    pub(super) program: &'p Path,
    pub(super) scenario: &'static Scenario,
}

impl Tracer<'_> {
    fn arguments(&self, verb: Verb, folder: &Path) -> Vec<String> {
        let path = folder.join(self.scenario.path).display().to_string();
        let mut arguments = vec![verb.name().to_owned(), path, "--yes".to_owned()];
        if verb == Verb::Repair {
            let options = ["--apply", "--i-stopped-the-server", "--progress", "none", "-j", "1"];
            arguments
                .extend(options.iter().chain(self.scenario.options).map(|it| (*it).to_owned()));
        }
        arguments
    }

    /// Runs it undisturbed, and returns its exit code.
    pub(super) fn run(&self, verb: Verb, folder: &Path) -> Result<i32, Box<dyn Error>> {
        let mut command = Command::new(self.program);
        let status = quiet(command.args(self.arguments(verb, folder))).status()?;
        status.code().ok_or_else(|| format!("{}: {status}", self.scenario.name).into())
    }

    /// The calls of its main thread, which is the one that changes files.
    pub(super) fn record(&self, verb: Verb, folder: &Path) -> Result<Vec<Call>, Box<dyn Error>> {
        let trace = tempfile::NamedTempFile::new()?;
        let options = ["-qq", "-y", "-s", "0", "-e"].map(ToOwned::to_owned);
        self.strace(verb, folder, &options, &format!("trace={CALLS}"), trace.path())?;
        let text = fs::read_to_string(trace.path())?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut calls = Vec::new();
        for line in text.lines() {
            let name = line.split('(').next().unwrap_or_default();
            if CALLS.split(',').any(|call| call == name) {
                let count = counts.entry(name).or_default();
                *count += 1;
                calls.push(Call { name: name.to_owned(), nth: *count, line: line.to_owned() });
            }
        }
        Ok(calls)
    }

    /// Runs it with a fault at a call that was recorded.
    pub(super) fn disturb(
        &self,
        verb: Verb,
        folder: &Path,
        fault: Fault,
        call: &Call,
    ) -> Result<Ended, Box<dyn Error>> {
        let what = match fault {
            Fault::Kill => "signal=SIGKILL",
            Fault::Full => "error=ENOSPC",
            Fault::Broken => "error=EIO",
        };
        let Call { name, nth, .. } = call;
        let inject = format!("inject={name}:{what}:when={nth}");
        let options = ["-qq", "-e", &format!("trace={name}"), "-e"].map(ToOwned::to_owned);
        self.strace(verb, folder, &options, &inject, Path::new("/dev/null")).map(Ended)
    }

    /// Kills a repair at the rename by which it would take effect, and touches its files, so that the next run has to
    /// take it back.
    pub(super) fn interrupt(&self, folder: &Path, original: &State) -> Result<(), Box<dyn Error>> {
        // Two of a journal, whose names are plain renames too.
        let call = Call { name: "rename".to_owned(), nth: 3, line: String::new() };
        self.disturb(Verb::Repair, folder, Fault::Kill, &call)?;
        let repairs = fs::read_dir(folder.join(".aof-doctor"))?.filter_map(Result::ok);
        let journal = repairs.filter_map(|it| fs::read_to_string(it.path().join("journal")).ok());
        if !journal.into_iter().any(|text| text.contains("\"state\":\"committing\"")) {
            return Err(format!("{}: no repair was about to commit", self.scenario.name).into());
        }
        original.0.keys().try_for_each(|path| age(&folder.join(path), 600))?;
        Ok(())
    }

    fn strace(
        &self,
        verb: Verb,
        folder: &Path,
        options: &[String],
        expression: &str,
        output: &Path,
    ) -> Result<ExitStatus, Box<dyn Error>> {
        let output: PathBuf = output.to_owned();
        let mut command = Command::new("strace");
        command.args(options).arg(expression).arg("-o").arg(output);
        command.arg(self.program).args(self.arguments(verb, folder));
        Ok(quiet(&mut command).status()?)
    }
}

fn quiet(command: &mut Command) -> &mut Command {
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}
