//! Data in memory, shown as the records of a file would be.

use aof_keyspace::{Held, Keyspace};
use aof_rdb::{Key, Payload, Record, RecordKind, encode};

use super::reading::{End, See};

/// So many bytes of values are shown at once, unless one is larger.
const BATCH: usize = 4 << 20;

/// Shows libraries, data of modules and keys, in order, as long as `see` returns true; `None` if it ended it.
pub(super) fn each(keyspace: &Keyspace<'_>, see: &mut See<'_>) -> Option<End> {
    let mut showing = Showing { see, at: 0 };
    if !showing.functions(keyspace) || !showing.module_data(keyspace) {
        return None;
    }
    let mut batch = Batch::default();
    for held in keyspace.iter() {
        batch.add(&held);
        if batch.bytes.len() >= BATCH && !showing.keys(&mut batch) {
            return None;
        }
    }
    showing.keys(&mut batch).then_some(End { end: showing.at, ..End::default() })
}

/// Keys, and their values one behind the other.
#[derive(Default)]
struct Batch<'k> {
    keys: Vec<Encoded<'k>>,
    bytes: Vec<u8>,
}

struct Encoded<'k> {
    db: u64,
    name: &'k [u8],
    expiry: Option<i64>,
    code: u8,
    /// The byte behind its value.
    end: usize,
}

impl<'k> Batch<'k> {
    fn add(&mut self, held: &Held<'k, '_>) {
        let Held { db, name, expiry, .. } = *held;
        let code = held.encode(&mut self.bytes);
        let end = self.bytes.len();
        self.keys.push(Encoded { db, name, expiry, code, end });
    }
}

struct Showing<'s, 'w> {
    see: &'s mut See<'w>,
    /// Where the next record would stand in a file.
    at: u64,
}

impl Showing<'_, '_> {
    fn record<'a>(&mut self, bytes: usize, kind: RecordKind<'a>) -> Record<'a> {
        let at = self.at;
        self.at += bytes as u64 + 1;
        Record { at, end: self.at, kind }
    }

    fn functions(&mut self, keyspace: &Keyspace<'_>) -> bool {
        let sources = keyspace.functions().map(|(_, source)| source);
        let records: Vec<Record<'_>> = sources
            .map(|source| self.record(source.len(), RecordKind::Function(source.into())))
            .collect();
        records.is_empty() || (self.see)(&records)
    }

    fn module_data(&mut self, keyspace: &Keyspace) -> bool {
        let data = keyspace.module_data();
        let records: Vec<Record<'_>> = data
            .map(|(id, bytes)| self.record(bytes.len(), RecordKind::ModuleAux { id, bytes }))
            .collect();
        records.is_empty() || (self.see)(&records)
    }

    fn keys(&mut self, batch: &mut Batch<'_>) -> bool {
        let mut start = 0;
        let mut records = Vec::with_capacity(batch.keys.len());
        for key in &batch.keys {
            let bytes = &batch.bytes[start..key.end];
            let value = Payload { header: encode::HEADER, code: key.code, bytes };
            let whole = Key {
                db: key.db,
                name: key.name.into(),
                expiry: key.expiry,
                idle: None,
                frequency: None,
                has_metadata: false,
                value,
            };
            records.push(self.record(key.name.len() + bytes.len(), RecordKind::Key(whole)));
            start = key.end;
        }
        let goes_on = records.is_empty() || (self.see)(&records);
        drop(records);
        batch.keys.clear();
        batch.bytes.clear();
        goes_on
    }
}
