//! No bytes make the reader panic or depend on how they come, and it agrees with the walk.

#![no_main]

use std::cell::RefCell;
use std::collections::HashSet;

use aof_rdb::{
    BadRecord, DefectKind, Depth, RecordKind, Source, Step, Summary, ValueFault, examine, read,
    walk,
};
use aof_rdb_fuzz::check;
use libfuzzer_sys::fuzz_target;

/// The reader asks for so many bytes at first.
const WANT: usize = 4 << 20;

/// What stands between the header and the bytes of a key that fills the first window.
const KEY: &[u8] = b"\x00\x01k\x80";

thread_local! {
    /// A file with a key that fills windows, used again from run to run.
    static LONG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// As many bytes as were asked for, and no more.
struct Exact<'a>(&'a [u8]);

impl Source for Exact<'_> {
    type Error = ();

    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ()> {
        let rest = self.0.get(at as usize..).unwrap_or_default();
        Ok(&rest[..rest.len().min(want)])
    }
}

fuzz_target!(|input: (u16, &[u8])| {
    let (place, input) = (usize::from(input.0), input.1);
    whole(input);
    // Most inputs are no file of this format unless they are made to begin as one.
    for header in ["REDIS0012", "REDIS0013", "VALKEY080"] {
        let file = [header.as_bytes(), input].concat();
        whole(&file);
        in_pieces(&file, place % (input.len() + 1), if place % 2 == 0 { 1 } else { 2 });
    }
});

/// Where a record stands, and what it is; the place of its bytes in the file does not matter.
type Told = (u64, u64, String);

fn told(file: &[u8]) -> (Vec<Told>, Option<BadRecord>) {
    let mut all = Vec::new();
    let bad = read(&mut Exact(file), 0, &mut |records| {
        for record in records {
            let kind = match &record.kind {
                RecordKind::Key(key) if key.value.bytes.len() > 1 << 20 => "long".to_owned(),
                kind => format!("{kind:?}"),
            };
            assert!(record.at < record.end && record.end <= file.len() as u64);
            all.push((record.at, record.end, kind));
        }
        true
    });
    (all, bad.unwrap().err())
}

/// Reads as the walk does, and looks at every value.
fn whole(file: &[u8]) {
    let (mut keys, mut faults, mut names) = (0, Vec::new(), HashSet::new());
    let bad = read(&mut Exact(file), 0, &mut |records| {
        for record in records {
            if let RecordKind::Key(key) = &record.kind {
                keys += 1;
                names.insert((key.db, key.name.to_vec()));
                faults.extend(check(key.value).err());
            }
        }
        true
    });
    let found = walk(&mut Exact(file), 0, &mut |_| true).unwrap();
    if keys > 0 && found.keys == keys {
        is_examined_as_read(file, &found, faults, keys - names.len() as u64);
    }
    match (found.defect, bad.unwrap().err()) {
        (None, None) => assert_eq!(found.keys, keys),
        (Some(defect), Some(bad)) if (defect.offset, defect.kind) == (bad.offset, bad.kind) => {
            // What is said of a key that never comes does not belong to the end for the walk.
            let is_at_end = defect.step == Step::Checksum && bad.at < defect.record;
            assert!(defect.record == bad.at || is_at_end, "{defect:?} {bad:?}");
            assert_eq!(found.keys, keys);
        }
        // The walk still reads the key of a type whose layout is not known.
        (Some(defect), Some(BadRecord { at, kind: DefectKind::UnknownType(_), .. })) => {
            assert_eq!((defect.record, found.keys), (at, keys));
        }
        // It does not decompress names.
        (defect, Some(bad)) => {
            assert!(matches!(bad.kind, DefectKind::BadLength(0xC3)), "{bad:?} {defect:?}");
            assert!(defect.is_none_or(|it| it.offset > bad.offset) && found.keys >= keys);
        }
        (defect, None) => panic!("{defect:?}"),
    }
}

/// The deep look comes to what the reader and its values come to.
fn is_examined_as_read(file: &[u8], found: &Summary, faults: Vec<ValueFault>, twins: u64) {
    let depth = Depth { now: Some(0), is_exhaustive: true };
    let mut examined = examine(&mut Exact(file), 0, depth, &mut |_| true).unwrap();
    let values = examined.values.take().unwrap();
    assert_eq!(&examined, found);
    assert_eq!(values.sound + faults.len() as u64, found.keys);
    let examined: Vec<_> = values.bad.iter().map(|it| it.fault).collect();
    assert_eq!((examined, values.total_twins), (faults, twins));
}

/// A long key before the records moves them, and nothing else; the window that it fills ends `place` bytes behind it.
fn in_pieces(file: &[u8], place: usize, windows: usize) {
    let (header, records) = file.split_at(9);
    let start = 9 + WANT * windows - place;
    let body = (start - 9 - KEY.len() - 4) as u32;
    LONG.with_borrow_mut(|long| {
        long.resize(start, 0);
        long[..9].copy_from_slice(header);
        long[9..13].copy_from_slice(KEY);
        long[13..17].copy_from_slice(&body.to_be_bytes());
        long.extend_from_slice(records);
        let (mut moved, bad) = told(long);
        let by = start as u64 - 9;
        assert_eq!(moved.remove(0), (9, start as u64, "long".to_owned()));
        moved.iter_mut().for_each(|it| (it.0, it.1) = (it.0 - by, it.1 - by));
        let bad = bad.map(|it| BadRecord { at: it.at - by, offset: it.offset - by, ..it });
        assert_eq!((moved, bad), told(file));
    });
}
