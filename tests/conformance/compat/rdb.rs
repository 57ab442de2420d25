//! Logs and bases that begin with an RDB file.

use std::fs;
use std::path::PathBuf;

use aof_testkit::Rng;
use aof_testkit::server::{Checker, ServerKind};

use super::{differs, differs_on, kinds, ours, theirs};
use crate::case::testdata;

/// Fixtures that the checker of this server refuses for the version of their RDB file, and we do not.
const NEWER: &[(ServerKind, &str)] = &[
    (ServerKind::Redis70, "rdb-module/damaged"),
    (ServerKind::Redis70, "rdb-version/damaged"),
    (ServerKind::Valkey91, "rdb-version/damaged"),
];

/// Files with a bit flipped.
const FLIPS: u64 = 100;

fn halves(shelf: &str) -> impl Iterator<Item = PathBuf> {
    let fixtures = fs::read_dir(testdata().join(shelf)).unwrap();
    fixtures.flat_map(|entry| {
        let fixture = entry.unwrap().path();
        ["damaged", "near-miss"].map(|half| fixture.join(half))
    })
}

/// A log with a preamble, as Redis 6.2 wrote it.
fn log() -> Vec<u8> {
    fs::read(testdata().join("rdb/aof-preamble-tail/near-miss/appendonly.aof")).unwrap()
}

#[test]
fn rdb_files_are_told_in_the_same_words() {
    let mut problems = Vec::new();
    for kind in kinds() {
        for half in halves("rdb") {
            let file = fs::read_dir(&half).unwrap().next().unwrap().unwrap().path();
            let problem = differs_on(kind, &fs::read(&file).unwrap());
            let is_newer = |(of, path): &(ServerKind, &str)| *of == kind && half.ends_with(path);
            let is_expected = NEWER.iter().any(is_newer);
            match problem {
                Some(problem) if !is_expected => problems.push(problem),
                None if is_expected => problems.push(format!("{kind} takes {}", half.display())),
                _ => {}
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn committed_sets_are_told_in_the_same_words() {
    let mut problems = Vec::new();
    for kind in kinds() {
        let manifests =
            halves("set").map(|half| half.join("appendonlydir/appendonly.aof.manifest"));
        for manifest in manifests.filter(|manifest| manifest.is_file()) {
            let is_refused =
                manifest.parent().unwrap().parent().unwrap().ends_with("manifest-syntax/damaged");
            match differs(kind, &manifest) {
                // They quote the line, too.
                Some(problem) if !is_refused => problems.push(problem),
                _ => {}
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_preamble_that_ends_anywhere_is_told_in_the_same_words() {
    let log = log();
    for kind in kinds() {
        for end in (8..log.len()).step_by(if kind == ServerKind::Redis70 { 1 } else { 9 }) {
            assert_eq!(differs_on(kind, &log[..end]), None, "cut at byte {end}");
        }
    }
}

#[test]
fn a_flipped_bit_in_a_preamble_is_not_valid_for_either() {
    let log = log();
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("appendonly.aof");
    for kind in kinds() {
        let checker = Checker::of(kind).unwrap().expect("the server was found");
        for seed in 0..FLIPS {
            let mut rng = Rng::new(seed);
            let mut bytes = log.clone();
            bytes[9 + rng.below(300) as usize] ^= 1 << rng.below(8);
            fs::write(&file, &bytes).unwrap();
            let (theirs, ours) = (theirs(&checker, &file), ours(room.path(), &file));
            assert_eq!((theirs.code, ours.code), (Some(1), Some(1)), "{kind}, seed {seed}");
        }
    }
}

#[test]
fn odd_rdb_files_are_told_in_the_same_words() {
    let body = b"REDIS0009\xfa\x09redis-ver\x055.0.1\xfe\x00";
    let end = b"\xff\0\0\0\0\0\0\0\0";
    let expiry = |time: u64| [&b"\xfc"[..], &time.to_le_bytes(), b"\x00\x01k\x01v"].concat();
    let with = |records: &[u8]| [body, records].concat();
    let odd = [
        b"REDISabcd\xff\0\0\0\0".to_vec(),
        b"REDIS-0012345".to_vec(),
        b"REDIS0000\xff".to_vec(),
        b"REDIS0004\xfe\x00\x00\x01k\x01v\xff".to_vec(),
        with(b"\xff\x01\x01\x01\x01\x01\x01\x01\x01"),
        with(end),
        with(&[&expiry(1000), &end[..]].concat()),
        with(&[&expiry(10_000_000_000_000), &end[..]].concat()),
        with(b"\x00\x82abc\x01v\xff"),
        with(b"\x00\x01k\x01v\x01\x03lst\x02\x01a\xc5zz\xff"),
        with(b"\x00\x01k\x01v\x01\x01l\x05\x01a\x01b\x05abc"),
        with(b"\x00\x01k\x01v\x00\x01l\xc2\x01"),
        with(b"\x00\x01k\xc3\x04\x10\x0aab"),
        with(b"\x00\x01k\x01v\xfc\x01\x01"),
        with(b"\x00\x01k\x01v\x02\x01k\x41"),
        with(b"\x00\x01k\x01v\x63\x01k\x01v"),
        with(&[b"\xfa\xc0\x05\x03a\0b\xfe\x41\x01", &end[..]].concat()),
        with(b"\xfb\x01"),
        with(b"\xf9"),
    ];
    for kind in kinds() {
        for bytes in &odd {
            assert_eq!(differs_on(kind, bytes), None, "{}", bytes.escape_ascii());
        }
    }
}
