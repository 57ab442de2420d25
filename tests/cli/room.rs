//! A folder for one story, and the program run in it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aof_testkit::LogBuilder;
use tempfile::TempDir;

/// The program under test.
pub(super) const PROGRAM: &str = env!("CARGO_BIN_EXE_aof-doctor");

/// Held while a story has a file open for writing or starts the program: a process that is being started holds
/// what its parent had open, and another story would take it for a writer.
static STARTING: Mutex<()> = Mutex::new(());

/// What the program said, and what it told the shell.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Told {
    /// The same from what a process left behind.
    pub(super) fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("the program writes UTF-8"),
            err: String::from_utf8(output.stderr).expect("the program writes UTF-8"),
        }
    }

    /// The command to type next.
    pub(super) fn last_line(&self) -> &str {
        self.out.lines().last().unwrap_or_default().trim()
    }
}

/// A folder that goes away with the story.
#[derive(Debug)]
pub(super) struct Room(TempDir);

impl Room {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file that nobody has written to for an hour.
    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.fresh(name, bytes);
        age(&path);
        path
    }

    /// A file that was written just now.
    pub(super) fn fresh(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        let _alone = alone();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The program, to be run in this folder with an empty environment.
    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(args).current_dir(self.path()).env_clear().stdin(Stdio::null());
        command
    }

    pub(super) fn run(&self, args: &[&str]) -> Told {
        self.tell(self.command(args))
    }

    /// Runs the program under another name, through a link as an administrator would make it.
    pub(super) fn run_as(&self, name: &str, args: &[&str]) -> Told {
        let link = self.path().join(name);
        if !link.exists() {
            symlink(PROGRAM, &link).unwrap();
        }
        let mut command = Command::new(link);
        command.args(args).current_dir(self.path()).env_clear().stdin(Stdio::null());
        self.tell(command)
    }

    /// A process that has this file open for writing.
    pub(super) fn holder(&self, path: &Path) -> Holder {
        let _alone = alone();
        let file = File::options().append(true).open(path).unwrap();
        Holder(Command::new("sleep").arg("600").stdout(Stdio::from(file)).spawn().unwrap())
    }

    pub(super) fn tell(&self, mut command: Command) -> Told {
        let alone = alone();
        let started = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(alone);
        Told::from(started.wait_with_output().unwrap())
    }

    /// Runs `check` on a file of these bytes.
    pub(super) fn check(&self, name: &str, bytes: &[u8]) -> Told {
        self.file(name, bytes);
        self.run(&["check", name])
    }

    /// Runs `check --json` on a file of these bytes.
    pub(super) fn json(&self, name: &str, bytes: &[u8]) -> serde_json::Value {
        self.file(name, bytes);
        let told = self.run(&["check", "--json", name]);
        serde_json::from_str(&told.out).unwrap()
    }
}

/// A process that ends with the story.
#[derive(Debug)]
pub(super) struct Holder(Child);

impl Holder {
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).unwrap();
    }
}

fn alone() -> MutexGuard<'static, ()> {
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a file one hour old.
pub(super) fn age(path: &Path) {
    let _alone = alone();
    aof_testkit::set::age(path, 3600).unwrap();
}

/// A small log with a clock: `records` times `SET session:N`.
pub(super) fn log(records: usize) -> LogBuilder {
    let mut log = LogBuilder::new();
    log.timestamp(1_700_000_000).select(0);
    for n in 0..records {
        log.command(&["SET", &format!("session:{n}"), "value"]);
    }
    log
}

/// The bytes of [`log`].
pub(super) fn clean(records: usize) -> Vec<u8> {
    log(records).finish().bytes
}

/// A log whose last record lost its last bytes.
pub(super) fn torn(records: usize) -> Vec<u8> {
    let mut bytes = clean(records);
    bytes.truncate(bytes.len() - 4);
    bytes
}

/// A log with a hole in the middle.
pub(super) fn holed() -> Vec<u8> {
    [clean(50), vec![0; 512], clean(50)].concat()
}
