//! What can be read of damaged files.

mod files;
mod hostile;
mod numbers;
mod stories;
mod taken;
mod trials;

use std::collections::BTreeMap;

use crate::{Record, RecordKind, Salvaged, salvage};

pub(super) use files::varied;

/// A key as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) said: Said,
}

/// What is said of a key: its expiry, how often it is asked for, and its value.
pub(super) type Said = (Option<i64>, Option<u64>, Option<u8>, u8, Vec<u8>);

/// A database and a name.
pub(super) type Name = (u64, Vec<u8>);

fn shown(record: &Record<'_>) -> Option<(Name, Shown)> {
    let Record { at: start, end, kind: RecordKind::Key(key) } = record else { return None };
    let value = (key.value.code, key.value.bytes.to_vec());
    let said = (key.expiry, key.idle, key.frequency, value.0, value.1);
    Some(((key.db, key.name.to_vec()), Shown { start: *start, end: *end, said }))
}

/// What is found in a damaged file, and all keys of it.
pub(super) fn salvaged(file: &[u8]) -> (Salvaged, Vec<(Name, Shown)>) {
    let (mut source, mut again) = (file, file);
    let found = salvage(&mut source, 0..file.len() as u64).unwrap();
    let mut keys = Vec::new();
    let read = found.read(&mut again, &mut |records| {
        keys.extend(records.iter().filter_map(shown));
        true
    });
    assert_eq!(read, Ok(()));
    (found, keys)
}

/// The names of all keys that are found.
fn names(file: &[u8]) -> Vec<Name> {
    salvaged(file).1.into_iter().map(|(name, _)| name).collect()
}

/// The later of two keys counts.
fn by_name(keys: &[(Name, Shown)]) -> BTreeMap<&Name, &Shown> {
    keys.iter().map(|(name, shown)| (name, shown)).collect()
}
