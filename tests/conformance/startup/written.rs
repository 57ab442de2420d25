//! What real servers wrote: the files that situations are made of.

use std::collections::BTreeMap;
use std::fs;

use aof_testkit::server::{Server, ServerKind};
use aof_testkit::set::{SetBuilder, snapshot};

/// Files by their path in the data folder.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// The paths of the set that every writer makes.
pub(crate) const MANIFEST: &str = "appendonlydir/appendonly.aof.manifest";
pub(crate) const BASE: &str = "appendonlydir/appendonly.aof.2.base.rdb";
pub(crate) const INCR_2: &str = "appendonlydir/appendonly.aof.2.incr.aof";
pub(crate) const INCR_3: &str = "appendonlydir/appendonly.aof.3.incr.aof";
pub(crate) const SINGLE: &str = "appendonly.aof";
pub(crate) const DUMP: &str = "dump.rdb";

/// What one server wrote.
pub(crate) struct Written {
    /// A set after a rewrite that was done and one that failed: history, a base and two increments.
    pub(crate) left: Files,
    /// The same data as an RDB file.
    pub(crate) dump: Vec<u8>,
}

/// What all of them wrote.
pub(crate) struct Library {
    written: BTreeMap<ServerKind, Written>,
    /// A log in one file, as Redis 6.2 writes it: records, and an RDB preamble with records behind it.
    pub(crate) single: Vec<u8>,
    pub(crate) single_with_preamble: Vec<u8>,
}

impl Library {
    pub(crate) fn new(kinds: &[ServerKind]) -> Self {
        let written = kinds.iter().map(|kind| (*kind, Written::by(*kind))).collect();
        let log = SetBuilder::new(ServerKind::Redis62);
        let log = log.write(&commands("old", 0)).write(&commands("old", 1));
        let preamble = SetBuilder::new(ServerKind::Redis62).write(&commands("old", 0));
        let preamble = preamble.rewrite().write(&commands("old", 1));
        Self { written, single: file(log), single_with_preamble: file(preamble) }
    }

    /// What this server wrote. Redis 6.2 wrote no set; it gets that of 7.0.
    pub(crate) fn by(&self, kind: ServerKind) -> &Written {
        &self.written[&kind]
    }
}

impl Written {
    fn by(kind: ServerKind) -> Self {
        let of_set = if kind.has_parts() { kind } else { ServerKind::Redis70 };
        let set = SetBuilder::new(of_set).write(&commands("base", 0)).rewrite();
        let set = set.write(&commands("second", 1)).increment().write(&commands("third", 2));
        let folder = set.build().unwrap();
        let left = snapshot(folder.path()).unwrap();
        let left = left.into_iter().map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes));
        Self { left: left.collect(), dump: dump_of(kind) }
    }

    /// The set as it is when history is gone and forgotten.
    pub(crate) fn set(&self) -> Files {
        let mut files = self.left.clone();
        files.retain(|path, _| [BASE, INCR_2, INCR_3].contains(&path.as_str()));
        let all = [("2.base.rdb", 2, 'b'), ("2.incr.aof", 2, 'i'), ("3.incr.aof", 3, 'i')];
        files.insert(MANIFEST.to_owned(), manifest(&all));
        files
    }
}

/// A manifest of parts with the usual names.
pub(crate) fn manifest(parts: &[(&str, i64, char)]) -> Vec<u8> {
    let line = |(name, seq, role): &(&str, i64, char)| {
        format!("file appendonly.aof.{name} seq {seq} type {role}\n").into_bytes()
    };
    parts.iter().flat_map(line).collect()
}

/// Records that give another result if they are replayed twice, in two databases, and a transaction.
fn commands(who: &str, db: u32) -> Vec<Vec<String>> {
    let line = |line: String| line.split(' ').map(str::to_owned).collect();
    let mut all: Vec<String> = (0..8).map(|n| format!("SET {who}:{n} {n}")).collect();
    all.extend(["INCR counter", "RPUSH list a b", "MULTI", "INCR counter"].map(str::to_owned));
    all.extend([format!("SADD set {who}"), "SET b 2".to_owned(), "EXEC".to_owned()]);
    all.push(format!("SELECT {db}"));
    all.extend([format!("APPEND text {who}"), format!("HSET hash {who} 1")]);
    all.into_iter().map(line).collect()
}

fn file(log: SetBuilder) -> Vec<u8> {
    fs::read(log.build().unwrap().path().join(SINGLE)).unwrap()
}

fn dump_of(kind: ServerKind) -> Vec<u8> {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(kind, data.path(), &[]).unwrap();
    let mut client = server.client().unwrap();
    for argv in commands("dump", 3) {
        assert!(!client.command(&argv).unwrap().is_error());
    }
    client.command(&["SAVE"]).unwrap();
    fs::read(data.path().join(DUMP)).unwrap()
}
