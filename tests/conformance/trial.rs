//! What one real server and its checker do with a copy of some bytes.

use std::fmt;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;

use aof_testkit::server::{Checker, Server, ServerKind, StartError};

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

/// Has a server start on a copy, as its single log. From 7.0 on it moves the file into its folder first.
pub(crate) fn load(kind: ServerKind, bytes: &[u8]) -> Loaded {
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("appendonly.aof"), bytes).unwrap();
    let server = match Server::start(kind, data.path(), &["--appendonly", "yes"]) {
        Ok(server) => server,
        Err(StartError::Died { status, .. }) if status.signal().is_some() => {
            return Loaded::Crashes;
        }
        Err(StartError::Died { .. }) => return Loaded::Refuses,
        Err(error) => panic!("{kind}: {error}"),
    };
    let file: PathBuf = if kind.has_parts() {
        data.path().join("appendonlydir/appendonly.aof")
    } else {
        data.path().join("appendonly.aof")
    };
    let left = fs::metadata(&file).unwrap().len();
    drop(server);
    if left == bytes.len() as u64 { Loaded::All } else { Loaded::Cut(left) }
}
