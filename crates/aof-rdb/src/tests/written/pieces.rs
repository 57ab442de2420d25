//! However records are cut into pieces, the file is the same.

use std::borrow::Cow;

use proptest::prelude::*;

use super::ended;
use crate::tests::summary;
use crate::{Assembly, Checksum, Dialect, Header, Key, Payload, Piece, Target, Writer};

/// A library, or a key: its database, and how long its value is; one of an odd length expires.
type Wanted = Option<(u64, u8)>;

/// A file of these records, cut behind some of them.
fn file(target: Target, records: &[(Wanted, bool)], is_cut: bool) -> Vec<u8> {
    let mut writer = Writer::new(target);
    let (mut assembly, mut out) = Assembly::begin(target, &[("ctime", b"1700000000")]);
    let mut piece = Piece::default();
    for (wanted, is_last) in records {
        append(&mut piece, &mut writer, *wanted);
        if *is_last && is_cut {
            assembly.add(std::mem::take(&mut piece).sealed(), &mut |bytes| out.extend(bytes));
        }
    }
    assembly.add(piece.sealed(), &mut |bytes| out.extend(bytes));
    ended(assembly, out)
}

fn append(piece: &mut Piece, writer: &mut Writer, wanted: Wanted) {
    let Some((db, len)) = wanted else {
        piece.function(writer, b"#!lua name=lib\n");
        return;
    };
    let bytes = [&[0x40, len][..], &vec![b'v'; len.into()]].concat();
    let header = Header { dialect: Dialect::Redis, version: 9 };
    let key = Key {
        db,
        name: Cow::Borrowed(b"key"),
        expiry: (len % 2 == 1).then_some(1_700_000_000_000),
        idle: None,
        frequency: None,
        has_metadata: false,
        value: Payload { header, code: 0, bytes: &bytes },
    };
    piece.key(writer, db, &key).unwrap();
}

proptest! {
    #[test]
    fn however_records_are_cut_into_pieces_the_file_is_the_same(
        records in prop::collection::vec(
            (prop::option::weighted(0.8, (0..4_u64, any::<u8>())), any::<bool>()),
            0..60,
        ),
    ) {
        for target in Target::ALL {
            let whole = file(target, &records, false);
            prop_assert_eq!(&file(target, &records, true), &whole);
            let found = summary(&whole);
            prop_assert_eq!((found.defect, found.checksum), (None, Checksum::Valid));
            prop_assert!(found.dbs.iter().all(|db| db.announced == Some(db.keys)));
            let keys = records.iter().filter(|(wanted, _)| wanted.is_some()).count();
            prop_assert_eq!(found.keys, keys as u64);
        }
    }
}
