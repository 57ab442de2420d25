//! Small files that are complete in what can happen to them.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use aof_testkit::set::age;
use aof_testkit::{LogBuilder, RdbBuilder};
use tempfile::TempDir;

/// What is disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Repair,
    Undo,
}

impl Verb {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Repair => "repair",
            Self::Undo => "undo",
        }
    }
}

/// Files, and how they are repaired.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    /// What is repaired, below the folder.
    pub(super) path: &'static str,
    pub(super) options: &'static [&'static str],
    /// Whether an earlier repair was killed before it took effect, and the files were touched since.
    pub(super) is_interrupted: bool,
    files: fn() -> Vec<(&'static str, Vec<u8>)>,
}

const SALVAGE: &[&str] = &["--salvage", "--max-loss", "1000cmds"];

pub(super) fn all() -> &'static [Scenario] {
    &[
        Scenario {
            name: "a log, its torn end cut in place",
            path: "appendonly.aof",
            options: &[],
            is_interrupted: false,
            files: || vec![("appendonly.aof", torn(6))],
        },
        Scenario {
            name: "a log with a hole, written anew",
            path: "appendonly.aof",
            options: SALVAGE,
            is_interrupted: false,
            files: || vec![("appendonly.aof", [log(6), vec![0; 300], log(6)].concat())],
        },
        Scenario {
            name: "a set, its torn end cut in place",
            path: ".",
            options: &[],
            is_interrupted: false,
            files: || set(log(5), torn(5), Some(MANIFEST.to_owned())),
        },
        Scenario {
            name: "a set, its end cut, offsets gone",
            path: ".",
            options: &[],
            is_interrupted: false,
            files: || {
                let offsets = MANIFEST.trim_end().to_owned() + " endoffset 90\n";
                set(log(5), torn(5), Some(offsets))
            },
        },
        Scenario {
            name: "a set, a part before the last torn",
            path: ".",
            options: SALVAGE,
            is_interrupted: false,
            files: || set(torn(5), log(5), Some(MANIFEST.to_owned())),
        },
        Scenario {
            name: "a set, its manifest gone",
            path: ".",
            options: &[],
            is_interrupted: false,
            files: || set(log(5), log(5), None),
        },
        Scenario {
            name: "a broken RDB file, written anew",
            path: "dump.rdb",
            options: SALVAGE,
            is_interrupted: false,
            files: || vec![("dump.rdb", broken_rdb())],
        },
        Scenario {
            name: "an empty RDB file, its place taken",
            path: ".",
            options: &[],
            is_interrupted: false,
            files: || vec![("dump.rdb", Vec::new()), ("temp-417.rdb", rdb())],
        },
        Scenario {
            name: "a log, an earlier repair killed",
            path: "appendonly.aof",
            options: SALVAGE,
            is_interrupted: true,
            files: || vec![("appendonly.aof", [log(6), vec![0; 300], log(6)].concat())],
        },
        Scenario {
            name: "a set, an earlier repair killed",
            path: ".",
            options: SALVAGE,
            is_interrupted: true,
            files: || set(torn(5), log(5), Some(MANIFEST.to_owned())),
        },
    ]
}

impl Scenario {
    /// What is disturbed: an earlier repair makes no difference to taking back the later one.
    pub(super) const fn verbs(&self) -> &'static [Verb] {
        if self.is_interrupted { &[Verb::Repair] } else { &[Verb::Repair, Verb::Undo] }
    }

    /// The files in a new folder, an hour old and with permissions of their own.
    pub(super) fn make(&self) -> io::Result<TempDir> {
        let folder = tempfile::tempdir()?;
        for (number, (name, bytes)) in (0..).zip((self.files)()) {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
            fs::write(&path, bytes)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640))?;
            age(&path, 3600 + number)?;
        }
        Ok(folder)
    }
}

const MANIFEST: &str = "file appendonly.aof.1.base.rdb seq 1 type b\n\
    file appendonly.aof.1.incr.aof seq 1 type i\n\
    file appendonly.aof.2.incr.aof seq 2 type i\n";

fn rdb() -> Vec<u8> {
    RdbBuilder::base()
        .db(0)
        .string("first", "1")
        .string("second", "2")
        .string("third", "3")
        .finish()
}

/// One whose second key has a type that does not exist.
fn broken_rdb() -> Vec<u8> {
    let mut bytes = rdb();
    let name = bytes.windows(6).position(|bytes| bytes == b"second");
    bytes[name.map_or(0, |at| at - 2)] = 99;
    bytes
}

fn set(first: Vec<u8>, second: Vec<u8>, manifest: Option<String>) -> Vec<(&'static str, Vec<u8>)> {
    let base = RdbBuilder::base().db(0).string("a", "1").finish();
    let manifest =
        manifest.map(|text| ("appendonlydir/appendonly.aof.manifest", text.into_bytes()));
    [
        ("appendonlydir/appendonly.aof.2.incr.aof", second),
        ("appendonlydir/appendonly.aof.1.incr.aof", first),
        ("appendonlydir/appendonly.aof.1.base.rdb", base),
    ]
    .into_iter()
    .chain(manifest)
    .collect()
}

fn log(records: usize) -> Vec<u8> {
    let mut log = LogBuilder::new();
    log.select(0);
    for number in 0..records {
        log.command(&["SET", &format!("key:{number}"), "value"]);
    }
    log.finish().bytes
}

fn torn(records: usize) -> Vec<u8> {
    let mut bytes = log(records);
    bytes.truncate(bytes.len() - 5);
    bytes
}
