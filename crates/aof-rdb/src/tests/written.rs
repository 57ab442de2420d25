//! What is written for a target is read again, and means the same.

mod corpus;
mod dumps;
mod pieces;
mod stories;

use std::collections::BTreeMap;

use serde_json::Value;

use super::each;
use super::published::{latin, meaning};
use crate::{Assembly, Key, LeftOut, Piece, RecordKind, Target, Writer};

/// A database and a key in it.
type Name = (u64, Vec<u8>);

/// Everything that a file says of its keys, in their order.
type Keys = Vec<(Name, Said)>;

/// What is said of one key.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    value: Value,
    expiry: Option<i64>,
    idle: Option<u64>,
    frequency: Option<u8>,
}

fn said(key: &Key<'_>) -> Said {
    let Key { expiry, idle, frequency, .. } = *key;
    Said { value: meaning(key, latin), expiry, idle, frequency }
}

fn keys(file: &[u8]) -> Keys {
    let mut keys = Vec::new();
    each(file, &mut |record| {
        if let RecordKind::Key(key) = &record.kind {
            keys.push(((key.db, key.name.to_vec()), said(key)));
        }
    });
    keys
}

/// A file written anew, and what had to be left out of its keys.
fn rewritten(file: &[u8], writer: &mut Writer) -> (Vec<u8>, BTreeMap<Name, LeftOut>) {
    let mut left_out = BTreeMap::new();
    let (mut assembly, mut out) = Assembly::begin(writer.target(), &[("ctime", b"1700000000")]);
    // Pieces of a few records, so that databases begin and end anywhere in them.
    let (mut piece, mut count) = (Piece::default(), 0);
    each(file, &mut |record| {
        match &record.kind {
            RecordKind::Key(key) => {
                let left = piece.key(writer, key.db, key).unwrap();
                left_out.insert((key.db, key.name.to_vec()), left);
            }
            RecordKind::Function(source) => {
                piece.function(writer, source);
            }
            RecordKind::ModuleAux { id, bytes } => piece.module_aux(writer, *id, bytes),
            _ => {}
        }
        count += 1;
        if count % 3 == 0 {
            assembly.add(std::mem::take(&mut piece).sealed(), &mut |bytes| out.extend(bytes));
        }
    });
    assembly.add(piece.sealed(), &mut |bytes| out.extend(bytes));
    (ended(assembly, out), left_out)
}

/// The file with its end, and with what is filled in.
fn ended(assembly: Assembly, mut out: Vec<u8>) -> Vec<u8> {
    assert_eq!(assembly.written(), out.len() as u64);
    assembly.end().complete(&mut out);
    out
}

/// What is said of a key, without what was left out of it.
fn without(said: &Said, left_out: LeftOut) -> Said {
    let mut said = said.clone();
    if left_out.field_expiries > 0 && said.value.get("expire").is_some() {
        said.value = said.value["fields"].take();
    }
    if let Some(stream) = said.value.as_object_mut().filter(|it| it.contains_key("entries")) {
        if left_out.message_names {
            stream["producers"] = Value::Array(Vec::new());
        }
        ["duration", "most"].into_iter().for_each(|name| drop(stream.remove(name)));
        if left_out.stream_history {
            ["first", "deleted", "added"].into_iter().for_each(|name| drop(stream.remove(name)));
            forget_reading(stream["groups"].as_array_mut().unwrap());
        }
    }
    said
}

/// How far groups have read, and when consumers were active.
fn forget_reading(groups: &mut [Value]) {
    for group in groups {
        group["read"] = Value::Null;
        for consumer in group["consumers"].as_array_mut().unwrap() {
            consumer["active"] = Value::Null;
        }
    }
}

/// Writes a file for a target and compares; returns what was left out.
fn compare(file: &[u8], target: Target, compresses: bool) -> Vec<LeftOut> {
    let writer = Writer::new(target);
    let mut writer = if compresses { writer.compressing() } else { writer };
    let (written, left_out) = rewritten(file, &mut writer);
    let found = super::summary(&written);
    assert_eq!((found.defect, found.checksum), (None, crate::Checksum::Valid), "{target}");
    assert_eq!(found.header, Some(target.header()));
    let announced = found.dbs.iter().all(|db| db.announced == Some(db.keys));
    assert!(announced, "{target}: {:?}", found.dbs);
    let (before, after) = (keys(file), keys(&written));
    assert_eq!(before.len(), after.len(), "{target}");
    for ((name, before), (written, after)) in before.iter().zip(&after) {
        let left_out = left_out[name];
        assert_eq!(
            (name, without(before, left_out)),
            (written, without(after, left_out)),
            "{target}"
        );
    }
    left_out.into_values().collect()
}
