//! One story for each kind of damage.

use super::files::varied;
use super::{Name, salvaged};
use crate::{Checksum, Why};

fn whole() -> (Vec<u8>, Vec<Name>) {
    let file = varied("REDIS0011", 7);
    let names = names(&file);
    (file, names)
}

fn names(file: &[u8]) -> Vec<Name> {
    salvaged(file).1.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn a_sound_file_is_kept_as_a_whole() {
    let (file, names) = whole();
    let (found, _) = salvaged(&file);
    assert!(found.is_whole());
    assert_eq!((found.checksum, names.len()), (Checksum::Valid, 600));
}

#[test]
fn a_wrong_checksum_or_none_loses_nothing() {
    let (file, expected) = whole();
    let end = file.len() - 8;
    for checksum in [[0; 8], [1; 8]] {
        let file = [&file[..end], &checksum].concat();
        let (found, _) = salvaged(&file);
        assert!(found.is_whole() && found.checksum != Checksum::Valid);
        assert_eq!(names(&file), expected);
    }
}

#[test]
fn without_the_footer_all_keys_are_kept_and_the_end_is_missing() {
    let (file, expected) = whole();
    let file = &file[..file.len() - 9];
    let (found, _) = salvaged(file);
    assert!(!found.has_end && found.losses.total == 0);
    assert_eq!(names(file), expected);
}

#[test]
fn a_torn_file_loses_its_last_key_by_name() {
    let (file, expected) = whole();
    let (_, keys) = salvaged(&file);
    let (name, last) = keys.last().unwrap();
    let file = &file[..last.end as usize - 1];
    let (found, _) = salvaged(file);
    let lost = &found.losses.list[..];
    assert!(matches!(lost, [lost] if lost.key.as_ref() == Some(&name.1)), "{lost:?}");
    assert!(!found.has_end);
    assert_eq!(names(file), expected[..expected.len() - 1]);
}

#[test]
fn padding_behind_the_end_is_told_and_loses_nothing() {
    let (file, expected) = whole();
    let padded = [&file[..], &[0; 4096]].concat();
    let (found, _) = salvaged(&padded);
    assert_eq!(found.trailing, Some(file.len() as u64..padded.len() as u64));
    assert_eq!((found.checksum, names(&padded)), (Checksum::Valid, expected));
}

#[test]
fn another_file_behind_the_end_is_told_and_not_read() {
    let (file, expected) = whole();
    let two = [&file[..], &file].concat();
    let (found, _) = salvaged(&two);
    assert_eq!((found.next, names(&two)), (Some(file.len() as u64), expected));
}

#[test]
fn a_hole_of_nul_bytes_between_keys_makes_up_no_key() {
    let (mut file, expected) = whole();
    let (_, keys) = salvaged(&file);
    let hole = keys[200].1.start as usize..keys[203].1.end as usize;
    file[hole].fill(0);
    let (found, _) = salvaged(&file);
    assert_eq!(found.losses.list[0].why, Why::Nul);
    assert_eq!(names(&file), [&expected[..200], &expected[204..]].concat());
}

#[test]
fn a_damaged_header_is_told_from_what_the_file_says_of_its_writer() {
    let (mut file, expected) = whole();
    file[..9].fill(0);
    let (found, _) = salvaged(&file);
    assert!(found.is_header_assumed);
    assert_eq!((found.header.version, names(&file)), (11, expected));
}
