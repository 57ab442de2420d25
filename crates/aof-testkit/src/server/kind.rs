//! Which servers there are, and where they lie.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Who makes a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Redis.
    Redis,
    /// Valkey, which went its own way after Redis 7.2.
    Valkey,
}

/// The servers that `cargo xtask servers` brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerKind {
    /// The last line with one single AOF file.
    Redis62,
    /// The first line with a folder of parts.
    Redis70,
    /// A recent Redis.
    Redis82,
    /// A Valkey that still writes Redis' own RDB version.
    Valkey81,
    /// A recent Valkey.
    Valkey91,
}

impl Product {
    /// Lower case, as in `redis:7.0`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Valkey => "valkey",
        }
    }
}

impl ServerKind {
    /// All of them, the older first.
    pub const ALL: [Self; 5] =
        [Self::Redis62, Self::Redis70, Self::Redis82, Self::Valkey81, Self::Valkey91];

    /// Product and version, such as `redis-6.2`; also the name of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redis62 => "redis-6.2",
            Self::Redis70 => "redis-7.0",
            Self::Redis82 => "redis-8.2",
            Self::Valkey81 => "valkey-8.1",
            Self::Valkey91 => "valkey-9.1",
        }
    }

    /// The kind called `name`.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Who makes it.
    pub fn product(self) -> Product {
        match self {
            Self::Redis62 | Self::Redis70 | Self::Redis82 => Product::Redis,
            Self::Valkey81 | Self::Valkey91 => Product::Valkey,
        }
    }

    /// Major and minor version.
    pub fn version(self) -> (u16, u16) {
        match self {
            Self::Redis62 => (6, 2),
            Self::Redis70 => (7, 0),
            Self::Redis82 => (8, 2),
            Self::Valkey81 => (8, 1),
            Self::Valkey91 => (9, 1),
        }
    }

    /// Whether its AOF is a folder of parts under a manifest; before 7.0 it was one file.
    pub fn has_parts(self) -> bool {
        self.version() >= (7, 0)
    }

    /// The file that receives the first session's records when a server starts on an empty `data` folder.
    pub fn first_log(self, data: &Path) -> PathBuf {
        if self.has_parts() {
            data.join("appendonlydir/appendonly.aof.1.incr.aof")
        } else {
            data.join("appendonly.aof")
        }
    }

    /// Where its binary lies, or `None` when it was not brought.
    pub fn find(self) -> Option<PathBuf> {
        let binary = self.binary_in(&servers_folder());
        binary.is_file().then_some(binary)
    }

    /// Where its binary belongs below a folder of servers.
    pub fn binary_in(self, servers: &Path) -> PathBuf {
        servers.join(self.name()).join(format!("{}-server", self.product().name()))
    }
}

impl fmt::Display for ServerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The folder of servers: `AOF_DOCTOR_SERVERS`, or `target/servers` of this workspace.
pub fn servers_folder() -> PathBuf {
    match std::env::var_os("AOF_DOCTOR_SERVERS") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/servers"),
    }
}

/// The binary of `kind`; where it is missing, says so and leaves a line in the file that
/// `AOF_DOCTOR_SKIPPED` names, so that a runner can count what was not tested.
///
/// ```no_run
/// # use aof_testkit::server::{ServerKind, skip_unless};
/// if skip_unless(ServerKind::Valkey91).is_none() {
///     return;
/// }
/// ```
pub fn skip_unless(kind: ServerKind) -> Option<PathBuf> {
    let found = kind.find();
    if found.is_none() {
        // Not `eprintln!`: the test harness would swallow it, and a silent skip is a lie.
        let _ = writeln!(std::io::stderr(), "skipped: no {kind}");
        if let Some(ledger) = std::env::var_os("AOF_DOCTOR_SKIPPED") {
            record(Path::new(&ledger), kind);
        }
    }
    found
}

/// One line in one write: tests of several processes append to the same file.
fn record(ledger: &Path, kind: ServerKind) {
    let thread = std::thread::current();
    let line = format!("{kind}\t{}\n", thread.name().unwrap_or("?"));
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(ledger)
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .expect("a skipped test that is not counted would pass for a proof");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for kind in ServerKind::ALL {
            assert_eq!(ServerKind::by_name(kind.name()), Some(kind));
            let (major, minor) = kind.version();
            assert_eq!(kind.name(), format!("{}-{major}.{minor}", kind.product().name()));
        }
    }

    #[test]
    fn every_skip_leaves_a_line_with_server_and_test() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ledger = folder.path().join("skipped");
        record(&ledger, ServerKind::Redis62);
        record(&ledger, ServerKind::Valkey91);
        let text = std::fs::read_to_string(ledger).expect("the ledger");
        let servers: Vec<_> = text.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(servers, ["redis-6.2", "valkey-9.1"]);
        assert!(text.contains("every_skip_leaves_a_line"));
    }
}
