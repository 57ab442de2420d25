//! Keys that come twice, of which one is kept. So it is with libraries, which servers do not load twice either.

use std::collections::BTreeMap;

use crate::crc::Crc;
use crate::kept::MOST;
use crate::record::{Record, RecordKind};
use crate::salvage::Salvaged;
use crate::summary::Source;

/// No database has this number.
const OF_LIBRARIES: u64 = u64::MAX;

/// A record that is left out because its key comes again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Twin {
    pub(super) end: u64,
    pub(super) db: u64,
    /// Its first 256 bytes.
    pub(super) key: Vec<u8>,
    /// Whether the one that is kept is the same in all.
    pub(super) is_same: bool,
}

/// The record of a key that is kept so far.
struct First {
    at: u64,
    end: u64,
    is_db_assumed: bool,
    mark: (u64, usize),
}

/// The records before `until` that are left out, by the place where each begins.
pub(super) fn find<S: Source>(
    found: &Salvaged,
    source: &mut S,
    until: u64,
) -> Result<BTreeMap<u64, Twin>, S::Error> {
    let alike = alike(found, source, until)?;
    let (mut firsts, mut twins) = (BTreeMap::new(), BTreeMap::new());
    if alike.is_empty() {
        return Ok(twins);
    }
    each_name(found, source, until, &mut |record, db, name| {
        if alike.binary_search(&record.at).is_err() {
            return;
        }
        let is_db_assumed = is_db_assumed(found, record.at);
        let this = First { at: record.at, end: record.end, is_db_assumed, mark: mark(record) };
        let name = (db, name.to_vec());
        let Some(first) = firsts.get_mut(&name) else {
            firsts.insert(name, this);
            return;
        };
        let is_same = first.mark == this.mark;
        // One whose database is a guess may be that of another.
        let is_guess = this.is_db_assumed && !first.is_db_assumed;
        let out = if is_same || is_guess { this } else { std::mem::replace(first, this) };
        let key = name.1[..name.1.len().min(MOST)].to_vec();
        twins.insert(out.at, Twin { end: out.end, db: name.0, key, is_same });
    })?;
    Ok(twins)
}

/// Whether the database is a guess of the record that begins at `at`.
fn is_db_assumed(found: &Salvaged, at: u64) -> bool {
    let behind = found.kept.partition_point(|kept| kept.start <= at);
    behind.checked_sub(1).is_some_and(|last| found.kept[last].is_db_assumed)
}

/// Where the keys stand whose hashes occur twice, in ascending order.
fn alike<S: Source>(found: &Salvaged, source: &mut S, until: u64) -> Result<Vec<u64>, S::Error> {
    let mut hashes = Vec::new();
    each_name(found, source, until, &mut |record, db, name| {
        let mut hash = Crc::new();
        hash.update(&db.to_le_bytes());
        hash.update(name);
        hashes.push((hash.value(), record.at));
    })?;
    hashes.sort_unstable();
    let groups = hashes.chunk_by(|one, other| one.0 == other.0).filter(|group| group.len() > 1);
    let mut alike: Vec<u64> = groups.flatten().map(|(_, at)| *at).collect();
    alike.sort_unstable();
    Ok(alike)
}

/// Shows records with the database and the name by which each is told from others.
fn each_name<S: Source>(
    found: &Salvaged,
    source: &mut S,
    until: u64,
    see: &mut dyn FnMut(&Record<'_>, u64, &[u8]),
) -> Result<(), S::Error> {
    found.read(source, &mut |records| {
        for record in records.iter().filter(|record| record.at < until) {
            match &record.kind {
                RecordKind::Key(key) => see(record, key.db, &key.name),
                RecordKind::Function(source) => see(record, OF_LIBRARIES, source),
                _ => {}
            }
        }
        records.last().is_none_or(|last| last.at < until)
    })
}

/// What tells values apart, with what is said of the key that matters to whoever reads it.
fn mark(record: &Record<'_>) -> (u64, usize) {
    let RecordKind::Key(key) = &record.kind else { return (0, 0) };
    let mut mark = Crc::new();
    mark.update(&[key.value.code]);
    mark.update(&key.expiry.unwrap_or(-1).to_le_bytes());
    mark.update(key.value.bytes);
    (mark.value(), key.value.bytes.len())
}
