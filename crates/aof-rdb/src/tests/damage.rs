//! Files that are cut, changed, or none at all.

use aof_testkit::Rng;
use proptest::prelude::*;

use super::build::{Build, everything, len, row, text};
use super::summary;
use crate::{Checksum, DefectKind, Summary};

fn kind(found: &Summary) -> Option<DefectKind> {
    found.defect.as_ref().map(|defect| defect.kind)
}

#[test]
fn every_prefix_is_truncated_at_its_end_and_what_is_sound_only_grows() {
    for header in ["REDIS0012", "REDIS0013", "VALKEY080"] {
        let (file, ..) = everything(header);
        let mut last = (0, 0);
        for cut in 0..file.len() {
            let found = summary(&file[..cut]);
            let defect = found.defect.unwrap();
            assert_eq!(defect.kind, DefectKind::Truncated, "{header} cut at {cut}");
            assert_eq!((defect.offset, found.end), (cut as u64, cut as u64));
            assert!(found.sound <= defect.record && defect.record <= cut as u64);
            assert!((found.sound, found.keys) >= last, "{header} cut at {cut}");
            last = (found.sound, found.keys);
        }
        let found = summary(&file);
        assert_eq!((found.defect, found.sound), (None, file.len() as u64));
    }
}

#[test]
fn a_torn_value_is_told_with_its_record_its_key_and_its_database() {
    let start = Build::new("REDIS0011").select(3).key(0, b"first", &text(b"value"));
    let at = start.bytes.len() as u64;
    let file = start.raw(&[252]).raw(&[1; 8]).key(4, b"user:7", &[2, 1, b'a', 1, b'b', 9, b'c']);
    let found = summary(&file.bytes);
    let defect = found.defect.unwrap();
    assert_eq!(defect.key.as_deref(), Some(&b"user:7"[..]));
    assert_eq!((defect.record, defect.db, found.sound), (at, 3, at));
    assert_eq!(defect.offset, file.bytes.len() as u64);
    assert_eq!((found.keys, found.expiring), (1, 0));
}

#[test]
fn keys_are_told_in_words_whatever_their_form_and_at_most_256_bytes_of_them() {
    let key = |form: &[u8]| {
        let file = row(&[b"REDIS0011\x00", form, b"\x09torn"]);
        summary(&file).defect.unwrap().key.unwrap()
    };
    assert_eq!(key(&text(b"plain")), b"plain");
    assert_eq!(key(&[0xC1, 0x39, 0x30]), b"12345");
    assert_eq!(key(&[0xC3, 5, 12, 0, b'a', 0xE0, 2, 0]), b"aaaaaaaaaaaa");
    assert_eq!(key(&text(&[b'k'; 1000])), [b'k'; 256]);
    let torn = summary(b"REDIS0011\x00\x09abc").defect.unwrap();
    assert_eq!(torn.key.as_deref(), Some(&b"abc"[..]), "the beginning of a torn key");
    let none = summary(b"REDIS0011\x00").defect.unwrap();
    assert_eq!(none.key, None);
}

#[test]
fn lengths_and_encodings_that_do_not_exist_are_told_at_their_byte() {
    for (bytes, at, byte) in [
        (&b"\x00\x01k\x82"[..], 3, 0x82),
        (b"\x00\xc4", 1, 0xC4),
        (b"\x00\x01k\xff", 3, 0xff),
        (b"\x01\x01k\xc0", 3, 0xC0),
        (b"\xfe\xc0", 1, 0xC0),
        (b"\xfb\x00\xbf", 2, 0xBF),
        (b"\x05\x01k\x02\x01a00000000\xf1", 14, 0xF1),
    ] {
        let file = row(&[b"REDIS0011", bytes, &[0; 40]]);
        let found = summary(&file);
        let defect = found.defect.clone().unwrap();
        assert_eq!((defect.record, defect.offset), (9, 9 + at), "{bytes:x?}");
        assert_eq!(defect.kind, DefectKind::BadLength(byte));
        assert_eq!((found.sound, found.end), (9, 9 + at));
    }
}

#[test]
fn codes_that_no_dialect_has_are_told() {
    // KeyDB has a type 64; Dragonfly has types 30 to 33 and opcodes from 200 to 220.
    let others = [30, 31, 32, 64, 201, 202, 203, 210, 211, 220];
    for code in [6, 8, 26, 33, 34, 100, 150, 200, 242, 243, 246].into_iter().chain(others) {
        let file = Build::new("REDIS0012").key(0, b"k", b"\x00").raw(&[code]).raw(&[1; 50]).end();
        let found = summary(&file);
        assert_eq!(kind(&found), Some(DefectKind::UnknownType(code)));
        assert_eq!((found.keys, found.sound, found.end), (1, 13, 13));
    }
}

#[test]
fn lengths_beyond_all_bounds_are_a_torn_file_and_nothing_is_set_aside_for_them() {
    let huge = len(u64::MAX);
    for value in [
        row(&[&[0, 1, b'k'], &huge]),
        row(&[&[0], &huge]),
        row(&[&[1, 1, b'k'], &huge, b"\x01a"]),
        row(&[&[4, 1, b'k'], &huge, b"\x01a\x01b"]),
        row(&[&[21, 1, b'k'], &huge, &text(&[0; 16])]),
        row(&[&[0, 1, b'k', 0xC3], &huge, &huge]),
        row(&[&[24, 1, b'k'], &[0; 8], &huge]),
        row(&[&[254], &huge]),
        row(&[&[251], &huge, &huge, &huge]),
    ] {
        let file = row(&[b"REDIS0012", &value]);
        let found = summary(&file);
        assert!(found.defect.is_some(), "{value:x?}");
        assert!(found.end <= file.len() as u64);
    }
}

#[test]
fn what_is_no_file_of_this_format_is_told_at_its_first_byte_that_differs() {
    for (bytes, at) in
        [(&b"*1\r\n$4\r\nPING\r\n"[..], 0), (b"REDIS\0\0\0\0", 5), (b"\0\0\0\0\0\0\0\0\0\0", 0)]
    {
        let found = summary(bytes);
        assert_eq!(kind(&found), Some(DefectKind::BadHeader));
        assert_eq!((found.end, found.header, found.sound), (at, None, 0));
    }
    assert_eq!(kind(&summary(b"")), Some(DefectKind::Truncated));
}

#[test]
fn a_tail_of_nul_bytes_reads_as_empty_keys_until_it_ends() {
    let file = Build::new("REDIS0011").key(0, b"k", &text(b"v")).raw(&[0; 4096]);
    let found = summary(&file.bytes);
    assert_eq!(kind(&found), Some(DefectKind::Truncated));
    assert_eq!(found.checksum, Checksum::Unread);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn no_bytes_behind_a_header_make_the_walk_panic_or_lose_its_place(seed: u64, size in 0..600_usize) {
        let mut rng = Rng::new(seed);
        let mut file = rng.pick(&["REDIS0011", "REDIS0016", "VALKEY081"]).as_bytes().to_vec();
        for _ in 0..size {
            // Small numbers and codes at the upper end are what means something.
            let byte = rng.word() as u8;
            file.push(if rng.chance(60) { byte % 28 } else { byte | 0xC0 });
        }
        let found = summary(&file);
        prop_assert!(found.sound <= found.end && found.end <= file.len() as u64);
        prop_assert_eq!(found.dbs.iter().map(|db| db.keys).sum::<u64>(), found.keys);
        prop_assert_eq!(found.census.types.values().sum::<u64>(), found.keys);
        prop_assert!(found.defect.is_some() || found.checksum != Checksum::Unread);
        if let Some(defect) = found.defect {
            prop_assert_eq!(found.sound, defect.record.min(found.sound));
            prop_assert!(defect.record <= defect.offset && defect.offset == found.end);
        }
    }
}
