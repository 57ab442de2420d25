//! An inventory of files that are in memory.

use std::time::{SystemTime, UNIX_EPOCH};

use aof_log::forecast::{Ask, Conf};
use aof_log::inventory::{File, Inventory, Place, Scope};
use aof_log::loader::{Loading, PartView, load};
use aof_log::{Content, Diagnosis, Format, Policy, diagnose, manifest};
use aof_rdb::Summary;
use aof_source::sniff;

use super::written::Files;

const SET_FOLDER: &str = "appendonlydir/";
const PREFIX: &[u8] = b"appendonly.aof";

/// What was found, and the bytes of each file.
pub(crate) struct Found {
    pub(crate) inventory: Inventory,
    pub(crate) bytes: Vec<Vec<u8>>,
}

impl Found {
    pub(crate) fn in_files(files: &Files) -> Self {
        let listed: Vec<File> = files.iter().map(|(path, bytes)| file(path, bytes)).collect();
        let name = [PREFIX, b".manifest"].concat();
        let manifest = listed.iter().position(|file| file.name == name).map(|index| {
            let bytes = files.values().nth(index).unwrap();
            (index, manifest::read(bytes))
        });
        let has_set = listed.iter().any(|file| file.place == Place::Set);
        let inventory = Inventory {
            scope: Scope::DataFolder,
            set_folder: has_set.then(|| b"appendonlydir".to_vec()),
            prefix: PREFIX.to_vec(),
            files: listed,
            manifest,
        };
        Self { inventory, bytes: files.values().cloned().collect() }
    }

    /// What the twin of the loader does with the records of a file.
    pub(crate) fn load(&self, ask: Ask, conf: &Conf) -> Loading {
        let content = self.inventory.files[ask.file].content.as_ref().unwrap();
        let part = PartView {
            len: ask.len,
            records_from: content.rdb.as_ref().map_or(0, |rdb| rdb.end),
            is_last: ask.is_last,
            log: content.log.as_ref().unwrap(),
        };
        let bytes = &self.bytes[ask.file][..ask.len as usize];
        load(&mut &bytes[..], &part, ask.server, conf).expect("memory does not fail")
    }
}

fn file(path: &str, bytes: &[u8]) -> File {
    let (place, name) = match path.strip_prefix(SET_FOLDER) {
        Some(name) => (Place::Set, name),
        None => (Place::Data, path),
    };
    let is_log = ![".manifest", ".acl", ".conf"].iter().any(|end| name.ends_with(end));
    File {
        place,
        name: name.as_bytes().to_vec(),
        disk_name: name.as_bytes().to_vec(),
        disk_bytes: bytes.len() as u64,
        modified: None,
        content: is_log.then(|| content(bytes)).flatten(),
        unreadable: None,
    }
}

/// What is in a file; `None` if that is neither a log nor an RDB file.
fn content(bytes: &[u8]) -> Option<Content> {
    let has_magic = bytes.starts_with(b"REDIS") || bytes.starts_with(b"VALKEY");
    let rdb = has_magic.then(|| summary_of(bytes));
    let behind = match &rdb {
        Some(rdb) if rdb.defect.is_some() => bytes.len(),
        Some(rdb) => rdb.end as usize,
        None => 0,
    };
    let tail = &bytes[behind..];
    let is_padding = tail.iter().all(|byte| *byte == 0);
    let log = (!is_padding).then(|| log_from(bytes, behind));
    let format = match (&rdb, &log) {
        (None, None) => Format::Empty,
        (None, Some(_)) if !sniff(bytes, None).kind.may_be_log() => return None,
        (None, Some(_)) => Format::Resp,
        (Some(_), None) => Format::Rdb,
        (Some(_), Some(_)) => Format::RdbResp,
    };
    Some(Content { rdb, log, ..Content::new(format, bytes.len() as u64) })
}

fn summary_of(bytes: &[u8]) -> Summary {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let depth = aof_rdb::Depth { now: Some(since as i64), is_exhaustive: true };
    aof_rdb::examine(&mut &bytes[..], 0, depth, &mut |_| true).expect("memory does not fail")
}

/// The records from a place on; offsets are those of the file.
fn log_from(bytes: &[u8], from: usize) -> Diagnosis {
    let mut log = diagnose(&bytes[from..], &Policy::default(), &());
    let from = from as u64;
    log.checkpoint += from;
    log.end_checkpoint += from;
    log.sound.end += from;
    log.findings.iter_mut().for_each(|found| found.offset += from);
    log
}
