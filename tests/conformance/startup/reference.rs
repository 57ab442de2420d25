//! What the data are when a server is given the beginnings of files, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use aof_log::forecast::{Conf, Piece};
use aof_testkit::server::{Server, ServerKind};

use super::found::Found;

/// The digest of no data.
pub(crate) const NOTHING: &str = "0000000000000000000000000000000000000000";

/// Which server is asked, the pieces, and whether they are a log: one byte behind them.
type Question = (ServerKind, Vec<Vec<u8>>);

/// What was asked before: many situations come to the same data.
#[derive(Default)]
pub(crate) struct Reference {
    digests: Mutex<BTreeMap<Question, String>>,
}

/// What the data of a server are.
pub(crate) fn digest(server: &Server) -> String {
    server.command(&["DEBUG", "DIGEST"]).unwrap().text()
}

impl Reference {
    /// The digest of exactly these pieces.
    pub(crate) fn of(
        &self,
        kind: ServerKind,
        found: &Found,
        loads: &[Piece],
        conf: &Conf,
    ) -> String {
        let bytes = |piece: &Piece| found.bytes[piece.file][..piece.to as usize].to_vec();
        let mut pieces: Vec<Vec<u8>> = loads.iter().map(bytes).collect();
        pieces.retain(|piece| !piece.is_empty());
        if pieces.is_empty() {
            return NOTHING.to_owned();
        }
        let has_log = conf.appendonly == Some(true);
        let key = (kind, [pieces, vec![vec![u8::from(has_log)]]].concat());
        if let Some(known) = self.digests.lock().unwrap().get(&key) {
            return known.clone();
        }
        let digest = load(kind, &key.1[..key.1.len() - 1], has_log);
        self.digests.lock().unwrap().insert(key, digest.clone());
        digest
    }
}

/// All pieces are increments: an RDB file is read there as well, and each begins in database 0.
fn load(kind: ServerKind, pieces: &[Vec<u8>], has_log: bool) -> String {
    let data = tempfile::tempdir().unwrap();
    match (has_log, kind.has_parts()) {
        (false, _) => fs::write(data.path().join("dump.rdb"), &pieces[0]).unwrap(),
        (true, false) => fs::write(data.path().join("appendonly.aof"), &pieces[0]).unwrap(),
        (true, true) => write_set(data.path(), pieces),
    }
    let answer = if has_log { "yes" } else { "no" };
    match Server::start(kind, data.path(), &["--appendonly", answer]) {
        Ok(server) => digest(&server),
        Err(error) => format!("the pieces do not load: {error}"),
    }
}

fn write_set(data: &Path, pieces: &[Vec<u8>]) {
    let folder = data.join("appendonlydir");
    fs::create_dir(&folder).unwrap();
    let mut manifest = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        let seq = index + 1;
        fs::write(folder.join(format!("appendonly.aof.{seq}.incr.aof")), piece).unwrap();
        manifest += &format!("file appendonly.aof.{seq}.incr.aof seq {seq} type i\n");
    }
    fs::write(folder.join("appendonly.aof.manifest"), manifest).unwrap();
}
