//! One changed bit, wherever it is.

use std::fs;

use super::build::{Build, text};
use super::corpus::folder;
use super::summary;
use super::values::verified;
use crate::{Checksum, Flip, find_flip};

/// Finds the changed bit of a file.
fn found(file: &[u8]) -> Option<Flip> {
    match find_flip(&mut || Ok(file), 0, file.len() as u64) {
        Ok(found) => found,
        Err(never) => match never {},
    }
}

/// Whether something about the file says that it is damaged.
fn is_noticed(file: &[u8]) -> bool {
    let seen = summary(file);
    seen.defect.is_some() || matches!(seen.checksum, Checksum::Wrong { .. } | Checksum::Disabled)
}

/// Magic and version digits. Where one bit of them makes another version, the walk may see no checksum.
const HEADER: usize = 9;

fn check_every_bit(file: &[u8], name: &str) {
    assert_eq!(summary(file).checksum, Checksum::Valid, "{name}");
    assert_eq!(found(file), None, "{name} is sound");
    let mut file = file.to_vec();
    for at in 0..file.len() {
        for bit in 0..8 {
            file[at] ^= 1 << bit;
            assert!(at < HEADER || is_noticed(&file), "{name}: bit {bit} of byte {at}");
            assert_eq!(found(&file), Some(Flip { at: at as u64, bit }), "{name}");
            file[at] ^= 1 << bit;
        }
    }
}

/// Sound values of many types, and keys with all that can be said of them.
fn small(header: &str) -> Vec<u8> {
    let elements = [&[2][..], &text(b"one"), &text(b"two")].concat();
    let scores = [&[1][..], &text(b"member"), &1.5_f64.to_le_bytes()].concat();
    Build::new(header)
        .aux("redis-ver", "9.9.9")
        .select(3)
        .raw(&[251, 5, 1])
        .raw(&[252, 0, 1, 2, 3, 4, 1, 0, 0])
        .key(0, b"expires", &text(b"value"))
        .key(1, b"list", &elements)
        .key(2, b"set", &elements)
        .key(4, b"hash", &[&[1][..], &text(b"field"), &text(b"value")].concat())
        .key(5, b"zset", &scores)
        .key(0, b"packed", &[0xC3, 5, 12, 0, b'a', 0xE0, 2, 0])
        .end()
}

#[test]
fn every_bit_of_small_files_is_noticed_and_found() {
    for header in ["REDIS0009", "REDIS0012", "VALKEY080"] {
        check_every_bit(&small(header), header);
    }
}

#[test]
fn every_bit_of_small_published_files_is_noticed_and_found() {
    let Some(folder) = folder() else { return };
    let index = fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut versions = std::collections::BTreeSet::new();
    for line in index.lines() {
        let Some(path) = line.split('\t').find(|cell| cell.ends_with(".rdb")) else { continue };
        let Ok(file) = fs::read(folder.join(path)) else { continue };
        let seen = summary(&file);
        let is_small = file.len() < 600 && seen.end == file.len() as u64;
        if !is_small || seen.checksum != Checksum::Valid || !verified(&file).faults.is_empty() {
            continue;
        }
        if versions.insert(seen.header.unwrap().version) {
            check_every_bit(&file, path);
        }
    }
    assert!(versions.len() >= 3, "{versions:?}");
}

#[test]
fn two_changed_bits_are_not_put_down_to_one_and_no_checksum_tells_nothing() {
    let file = small("REDIS0011");
    for at in 0..file.len() - 1 {
        let mut file = file.clone();
        file[at] ^= 1;
        file[at + 1] ^= 0x80;
        assert_eq!(found(&file), None, "bytes {at} and the next");
    }
    let mut disabled = file.clone();
    disabled[file.len() - 8..].fill(0);
    disabled[20] ^= 4;
    assert_eq!(found(&disabled), None);
    assert_eq!(found(&file[..7]), None);
    assert_eq!(found(b""), None);
}

#[test]
fn a_bit_is_found_in_a_file_behind_other_bytes_and_of_many_windows() {
    let large = Build::new("REDIS0011").key(0, b"large", &text(&vec![b'x'; 9 << 20])).end();
    for at in [12, 5 << 20, large.len() - 12] {
        let mut file = [b"before"[..].to_vec(), large.clone()].concat();
        file[6 + at] ^= 2;
        let len = large.len() as u64;
        let found = find_flip(&mut || Ok(&file[..]), 6, len).unwrap();
        assert_eq!(found, Some(Flip { at: at as u64, bit: 1 }));
    }
}

#[test]
fn a_right_checksum_of_bytes_that_are_no_file_confirms_nothing() {
    // The value is no listpack, whatever bit of the file is changed back.
    let mut file = Build::new("REDIS0011").key(16, b"hash", &text(b"no listpack")).end();
    file[12] ^= 1;
    assert_eq!(found(&file), None);
}
