//! The reader gives the same records however the bytes come, and stops where the walk stops.

use std::convert::Infallible;

use aof_testkit::Rng;
use proptest::prelude::*;

use super::build::{Build, everything, text};
use super::summary;
use crate::reader::read_in;
use crate::{BadRecord, DefectKind, RecordKind, Source, Step};

/// As many bytes as were asked for, and no more.
struct Exact<'a>(&'a [u8]);

impl Source for Exact<'_> {
    type Error = Infallible;

    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], Infallible> {
        let rest = self.0.get(at as usize..).unwrap_or_default();
        Ok(&rest[..rest.len().min(want)])
    }
}

/// What the reader shows of a file, and where it stops.
#[derive(Debug, Default, PartialEq)]
struct Shown {
    records: Vec<(u64, u64, String)>,
    keys: u64,
    bad: Option<BadRecord>,
}

fn shown(file: &[u8], least: usize) -> Shown {
    let mut shown = Shown::default();
    let bad = read_in(
        &mut Exact(file),
        0,
        &mut |records| {
            assert!(!records.is_empty());
            for record in records {
                shown.records.push((record.at, record.end, format!("{:?}", record.kind)));
                shown.keys += u64::from(matches!(record.kind, RecordKind::Key(_)));
            }
            true
        },
        least,
    );
    shown.bad = bad.unwrap().err();
    shown
}

/// The reader stops where the walk does, with two exceptions. It decompresses names, which the walk passes over; and
/// it stops at a type of unknown layout, where the walk still reads the key.
fn stops_as_the_walk(file: &[u8], shown: &Shown) -> bool {
    let found = summary(file);
    match (&found.defect, shown.bad) {
        (None, None) => found.keys == shown.keys,
        (Some(defect), Some(bad)) if bad.offset == defect.offset => {
            // What is said of a key that never comes does not belong to the end for the walk.
            let is_at_end = defect.step == Step::Checksum && bad.at < defect.record;
            let is_same = (defect.kind, found.keys) == (bad.kind, shown.keys);
            is_same && (defect.record == bad.at || is_at_end)
        }
        (Some(defect), Some(BadRecord { at, kind: DefectKind::UnknownType(_), .. })) => {
            (defect.record, found.keys) == (at, shown.keys)
        }
        (defect, Some(bad)) => {
            file[bad.offset as usize] == 0xC3
                && defect.as_ref().is_none_or(|it| it.offset > bad.offset)
        }
        (Some(_), None) => false,
    }
}

#[test]
fn windows_of_every_size_come_to_the_same_records_whole_or_cut() {
    for header in ["REDIS0012", "REDIS0013", "VALKEY080"] {
        let (file, keys, _) = everything(header);
        let expected = shown(&file, usize::MAX);
        assert_eq!((expected.bad, expected.keys), (None, keys));
        for least in 1..file.len() + 1 {
            assert_eq!(shown(&file, least), expected, "windows of {least}");
        }
        for cut in 0..file.len() {
            let part = &file[..cut];
            let expected = shown(part, usize::MAX);
            assert_eq!(shown(part, 1 + cut % 50), expected, "cut at {cut}");
            assert!(stops_as_the_walk(part, &expected), "cut at {cut}: {:?}", expected.bad);
        }
    }
}

#[test]
fn a_record_that_cannot_be_read_begins_with_what_is_said_of_its_key() {
    let start = Build::new("REDIS0011").key(0, b"first", &text(b"value"));
    let at = start.bytes.len() as u64;
    let file = start.raw(&[249, 7]).aux("between", "both").raw(&[0, 0xC7]).raw(&[0; 9]).bytes;
    let found = shown(&file, usize::MAX);
    let bad = found.bad.unwrap();
    assert_eq!((bad.at, bad.offset), (at, file.len() as u64 - 10));
    assert!(stops_as_the_walk(&file, &found));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn damaged_files_come_to_the_same_records_in_windows_of_any_size(
        seed: u64, least in 1..400_usize, flips in 0..4_usize,
    ) {
        let mut rng = Rng::new(seed);
        let header = *rng.pick(&["REDIS0012", "REDIS0013", "VALKEY080", "REDIS0003"]);
        let (mut file, ..) = everything(header);
        for _ in 0..flips {
            let place = rng.below(file.len() as u64) as usize;
            file[place] = rng.word() as u8;
        }
        let expected = shown(&file, usize::MAX);
        prop_assert_eq!(&shown(&file, least), &expected);
        prop_assert!(stops_as_the_walk(&file, &expected), "{:?}", expected.bad);
    }
}
