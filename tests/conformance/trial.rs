//! What one real server and its checker do with a copy of some bytes.

use std::fmt;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;

use aof_testkit::server::{Checker, Server, ServerKind, StartError};
use tempfile::TempDir;

/// What a checker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    Valid,
    /// Not valid, and good up to this offset.
    Stops(u64),
    /// A crash, or no offset.
    Fails,
}

/// What a server does at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// It starts and leaves the file as it is.
    All,
    /// It starts and leaves so many bytes.
    Cut(u64),
    /// It ends with an exit code.
    Refuses,
    /// A signal ends it.
    Crashes,
}

impl fmt::Display for Checked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid => out.write_str("valid"),
            Self::Stops(at) => write!(out, "stops {at}"),
            Self::Fails => out.write_str("fails"),
        }
    }
}

impl fmt::Display for Loaded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => out.write_str("loads"),
            Self::Cut(at) => write!(out, "cuts {at}"),
            Self::Refuses => out.write_str("refuses"),
            Self::Crashes => out.write_str("crashes"),
        }
    }
}

/// Has a copy checked.
pub(crate) fn check(kind: ServerKind, bytes: &[u8]) -> Checked {
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("appendonly.aof");
    fs::write(&file, bytes).unwrap();
    let checker = Checker::of(kind).unwrap().expect("the server was found");
    let checked = checker.aof(&file).unwrap();
    if checked.code == Some(0) {
        return Checked::Valid;
    }
    let place = checked.text.split_once("ok_up_to=").and_then(|(_, rest)| {
        let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
        digits.parse().ok()
    });
    match (checked.code, place) {
        (Some(_), Some(at)) => Checked::Stops(at),
        _ => Checked::Fails,
    }
}

/// How a log is laid out for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As a single file. From 7.0 on the server moves it into its folder first, as the base of a set, and begins an
    /// increment behind it: at the next start it is not the last part.
    Single,
    /// From 7.0 on, as the only increment of a set; before, as a single file.
    Increment,
}

/// A server's data, which hold one log.
pub(crate) struct Data {
    folder: TempDir,
    kind: ServerKind,
    layout: Layout,
}

/// One start of a server.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) loaded: Loaded,
    /// The length of the log afterwards.
    pub(crate) left: u64,
    /// What `DEBUG DIGEST` says of the data, if it came up.
    pub(crate) digest: Option<String>,
}

const SET: &str = "appendonlydir";

impl Data {
    pub(crate) fn with(kind: ServerKind, layout: Layout, bytes: &[u8]) -> Self {
        let data = Self { folder: tempfile::tempdir().unwrap(), kind, layout };
        let folder = data.folder.path();
        if layout == Layout::Increment && kind.has_parts() {
            fs::create_dir(folder.join(SET)).unwrap();
            let manifest = folder.join(SET).join("appendonly.aof.manifest");
            fs::write(manifest, "file appendonly.aof.1.incr.aof seq 1 type i\n").unwrap();
            fs::write(kind.first_log(folder), bytes).unwrap();
        } else {
            fs::write(folder.join("appendonly.aof"), bytes).unwrap();
        }
        data
    }

    /// Whether the log is the last part at the start with this number, the first being 0.
    pub(crate) fn is_last(&self, start: usize) -> bool {
        start == 0 || !self.kind.has_parts() || self.layout == Layout::Increment
    }

    /// Has the server start, asks for its data, and kills it.
    pub(crate) fn start(&self, args: &[&str]) -> Start {
        let before = fs::metadata(self.log()).unwrap().len();
        let args = [&["--appendonly", "yes"], args].concat();
        let (came_up, digest) = match Server::start(self.kind, self.folder.path(), &args) {
            Ok(server) => {
                let digest = server.command(&["DEBUG", "DIGEST"]).unwrap();
                (None, Some(digest.text()))
            }
            Err(StartError::Died { status, .. }) if status.signal().is_some() => {
                (Some(Loaded::Crashes), None)
            }
            Err(StartError::Died { .. }) => (Some(Loaded::Refuses), None),
            Err(error) => panic!("{}: {error}", self.kind),
        };
        // A server that runs may log what expires meanwhile.
        let left = fs::metadata(self.log()).unwrap().len().min(before);
        let cut = if left == before { Loaded::All } else { Loaded::Cut(left) };
        Start { loaded: came_up.unwrap_or(cut), left, digest }
    }

    /// Where the log lies now.
    fn log(&self) -> PathBuf {
        let folder = self.folder.path();
        let places = [
            folder.join("appendonly.aof"),
            folder.join(SET).join("appendonly.aof"),
            self.kind.first_log(folder),
        ];
        places.into_iter().find(|place| place.exists()).expect("no server deletes its log")
    }
}
