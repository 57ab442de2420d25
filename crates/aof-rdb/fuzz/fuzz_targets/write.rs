//! What is written for a target is read again and means the same, whatever was read before.

#![no_main]

use std::collections::BTreeMap;

use aof_rdb::{
    Assembly, Checksum, Expiries, Key, LeftOut, Payload, Piece, RecordKind, Room, Target,
    ValueFaultKind, Writer, read, walk,
};
use aof_rdb_fuzz::{packed, without};
use libfuzzer_sys::fuzz_target;

/// What files begin with.
const HEADERS: [&str; 6] =
    ["REDIS0006", "REDIS0009", "REDIS0011", "REDIS0012", "REDIS0013", "VALKEY080"];

/// The first key, up to its value.
const KEY: [u8; 2] = *b"\x01k";

fuzz_target!(|input: &[u8]| {
    let Some((&way, bytes)) = input.split_first() else { return };
    let way = usize::from(way);
    let (target, way) = (Target::ALL[way % Target::ALL.len()], way / Target::ALL.len());
    let (compresses, way) = (way % 2 == 1, way / 2);
    let (header, way) = (HEADERS[way % HEADERS.len()].as_bytes(), way / HEADERS.len());
    let file = match (way, bytes.split_first()) {
        (0, _) | (_, None) => [header, bytes].concat(),
        (1, Some((code, value))) => [header, &[code % 28], &KEY, value].concat(),
        (_, Some((code, value))) => {
            [header, &[code % 28], &KEY, &packed(code % 28, value)].concat()
        }
    };
    let (writer, mut all) = (Writer::new(target), Vec::new());
    let writer = if compresses { writer.compressing() } else { writer };
    let written = rewritten(&file, writer, &mut |piece, writer, record| {
        all.extend(append(piece, writer, compresses, record));
    });
    is_whole(&written, target);
    comes_back(&written, &all);
    is_whole(&moved(&file, target, bytes), target);
});

/// What a record says, and how its value is written.
struct Said {
    words: String,
    left_out: LeftOut,
    /// Empty where there is no value.
    dump: Vec<u8>,
}

impl Said {
    fn beside_keys(words: String) -> Self {
        Self { words, left_out: LeftOut::default(), dump: Vec::new() }
    }
}

/// With all times moved by what the first bytes say.
fn moved(file: &[u8], target: Target, bytes: &[u8]) -> Vec<u8> {
    let shift = bytes.first_chunk().map_or(i64::MIN, |first| i64::from_le_bytes(*first));
    let writer = Writer::new(target).with_expiries(Expiries { shift, over: Some(0) });
    rewritten(file, writer, &mut |piece, writer, record| {
        if let RecordKind::Key(key) = record {
            let _taken_or_not = piece.key(writer, key.db, key);
        }
    })
}

/// Writes a file of what `append` makes of the records of another.
fn rewritten(
    file: &[u8],
    mut writer: Writer,
    append: &mut impl FnMut(&mut Piece, &mut Writer, &RecordKind<'_>),
) -> Vec<u8> {
    let (mut assembly, mut out) = Assembly::begin(writer.target(), &[("ctime", b"1700000000")]);
    let mut piece = Piece::default();
    let _whole_or_not = read(&mut &file[..], 0, &mut |records| {
        for record in records {
            append(&mut piece, &mut writer, &record.kind);
            if record.at % 3 == 0 {
                assembly.add(std::mem::take(&mut piece).sealed(), &mut |bytes| out.extend(bytes));
            }
        }
        true
    });
    assembly.add(piece.sealed(), &mut |bytes| out.extend(bytes));
    assert_eq!(assembly.written(), out.len() as u64);
    assembly.end().complete(&mut out);
    out
}

/// Appends a record, and tells what it says; `None` if it is not written.
fn append(
    piece: &mut Piece,
    writer: &mut Writer,
    compresses: bool,
    record: &RecordKind<'_>,
) -> Option<Said> {
    match record {
        RecordKind::Key(key) => append_key(piece, writer, compresses, key),
        RecordKind::Function(source) => {
            let is_written = piece.function(writer, source);
            assert_eq!(is_written, writer.target().has_functions());
            is_written.then(|| Said::beside_keys(format!("{source:?}")))
        }
        RecordKind::ModuleAux { id, bytes } => {
            piece.module_aux(writer, *id, bytes);
            Some(Said::beside_keys(format!("{id} {bytes:?}")))
        }
        _ => None,
    }
}

fn append_key(
    piece: &mut Piece,
    writer: &mut Writer,
    compresses: bool,
    key: &Key<'_>,
) -> Option<Said> {
    let (target, from, code) = (writer.target(), key.value.header, key.value.code);
    let taken = piece.key(writer, key.db, key);
    let dump = writer.dump(&key.value);
    let left_out = match taken {
        Ok(left_out) => left_out,
        Err(fault) => {
            assert_eq!(dump, Err(fault));
            let is_unknown = fault.kind == ValueFaultKind::UnknownType;
            assert!(is_unknown || key.value.verify(&mut Room::default()).is_err(), "{fault:?}");
            return None;
        }
    };
    let (dump, of_value) = dump.unwrap();
    assert_eq!(left_out, LeftOut { module_metadata: key.has_metadata, ..of_value });
    if target.takes(from, code) {
        assert_eq!(of_value, LeftOut::default());
        let verbatim = Payload { header: target.header(), ..key.value };
        assert!(compresses || dump == verbatim.to_dump());
    }
    Some(Said { words: told(key, left_out), left_out, dump })
}

/// What is said of a key and in its value, but for what is left out.
fn told(key: &Key<'_>, left_out: LeftOut) -> String {
    let mut items = Vec::new();
    let read = key.value.items(&mut Room::default(), &mut |item| {
        items.extend(without(&item, left_out));
    });
    // Of several faults another one may come first.
    let items = read.map_or_else(|_| vec!["a fault".to_owned()], |()| items);
    let Key { db, name, expiry, idle, frequency, .. } = key;
    format!("{db} {name:?} {expiry:?} {idle:?} {frequency:?} {items:?}")
}

/// It has no defect, and says rightly how many keys it has.
fn is_whole(file: &[u8], target: Target) {
    let found = walk(&mut &file[..], 0, &mut |_| true).unwrap();
    assert_eq!((found.defect, found.checksum), (None, Checksum::Valid));
    assert_eq!((found.header, found.end), (Some(target.header()), file.len() as u64));
    let counted = found.dbs.iter().map(|it| (it.number, (it.keys, it.expiring)));
    let (mut db, mut announced) = (None, BTreeMap::new());
    let checksum = read(&mut &file[..], 0, &mut |records| {
        for record in records {
            match record.kind {
                RecordKind::Select(number) => db = Some(number),
                RecordKind::Resize { keys, expiring } => {
                    assert_eq!(announced.insert(db.unwrap(), (keys, expiring)), None);
                }
                _ => {}
            }
        }
        true
    });
    assert_eq!(checksum, Ok(Ok(Checksum::Valid)));
    assert_eq!(announced, counted.collect());
}

/// Every record says what it said before, and its value is the one that is written for RESTORE.
fn comes_back(file: &[u8], all: &[Said]) {
    let mut all = all.iter();
    let _checksum = read(&mut &file[..], 0, &mut |records| {
        for record in records {
            let (words, dump) = match &record.kind {
                RecordKind::Key(key) => {
                    let left_out = all.as_slice()[0].left_out;
                    (told(key, left_out), key.value.to_dump())
                }
                RecordKind::Function(source) => (format!("{source:?}"), Vec::new()),
                RecordKind::ModuleAux { id, bytes } => (format!("{id} {bytes:?}"), Vec::new()),
                _ => continue,
            };
            let said = all.next().unwrap();
            assert_eq!((words, &dump), (said.words.clone(), &said.dump));
        }
        true
    });
    assert!(all.next().is_none());
}
