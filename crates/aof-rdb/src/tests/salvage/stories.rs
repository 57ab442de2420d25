//! One story for each kind of damage.

use super::files::varied;
use super::{Name, Shown, salvaged};
use crate::tests::build::{Build, len, row, text};
use crate::tests::pack::listpack;
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

/// A long string, and another database behind it with a key that expires.
fn string_before_another_database() -> (Vec<u8>, Vec<Name>) {
    let sizes = |keys: u64| row(&[&[251], &len(keys), &len(keys / 2)]);
    let file = Build::new("REDIS0011").select(0).raw(&sizes(1));
    let file = file.key(0, b"long", &text(&b"abcdefgh".repeat(50))).select(3).raw(&sizes(2));
    let file = file.key(0, b"elsewhere", &[0xC0, 3]).raw(&[252]);
    let file = file.raw(&1_760_000_000_000_i64.to_le_bytes()).key(0, b"later", &[0xC0, 3]).end();
    let names = names(&file);
    (file, names)
}

#[test]
fn a_string_gives_back_the_number_of_a_database_and_keys_that_it_took_in() {
    let (file, expected) = string_before_another_database();
    // The number of the database, what stands up to the expiry of the last key, and all of it.
    for taken in [2, 5 + 13 + 9, 5 + 13 + 9 + 9] {
        let damaged = [&file[..100], &file[100 + taken..]].concat();
        let found = names(&damaged);
        assert_eq!(found[found.len() - 2..], expected[1..], "{taken} bytes");
    }
}

#[test]
fn a_hash_gives_back_keys_that_it_took_in_for_fields_with_expiries() {
    let field = |n: u32| {
        let name = text(format!("field-{n}").as_bytes());
        row(&[&name, &text(b"value"), &(-1_i64).to_le_bytes()])
    };
    let fields: Vec<u8> = (10..60).flat_map(field).collect();
    let file = Build::new("VALKEY080").select(0).raw(&row(&[&[251], &len(21), &len(0)]));
    let mut file = file.key(22, b"hash", &row(&[&len(50), &fields]));
    for n in 10..30 {
        file = file.key(0, format!("key:{n}").as_bytes(), &text(&[0; 40]));
    }
    let (file, start) = (file.end(), 60);
    let expected = &names(&file)[1..];
    for fields in [1, 2, 5] {
        let damaged = [&file[..start], &file[start + fields * field(10).len()..]].concat();
        let found = names(&damaged);
        assert_eq!(found[found.len().saturating_sub(20)..], *expected, "{fields} fields");
    }
}

#[test]
fn no_database_begins_where_the_numbers_of_its_keys_are_not() {
    let (file, expected) = whole();
    let (_, keys) = salvaged(&file);
    let (hole, damaged) = (keys[20].1.start as usize, keys[21].1.end as usize);
    let odd = row(&[&[0xF0; 9], &[254, 2], &[0xF0; 9]]);
    let damaged = [&file[..hole], &odd, &file[damaged..]].concat();
    assert_eq!(names(&damaged), [&expected[..20], &expected[22..]].concat());
}

#[test]
fn damage_behind_a_long_list_splits_no_key_before_the_list() {
    // Its last bytes and the next key's expiry can be taken for a key with an empty string.
    let hash = text(&listpack(&[b"field".to_vec(), b"seven--\0".to_vec()], None));
    let words: Vec<Vec<u8>> = (0..500).map(|n| format!("element-{n}").into_bytes()).collect();
    let list = row(&[&len(1), &len(2), &text(&listpack(&words, None))]);
    let members: Vec<u8> = words.iter().flat_map(|word| text(word)).collect();
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(24), &len(1)]));
    let file = file.key(16, b"hash", &hash).raw(&[252]);
    let file = file.raw(&1_760_000_000_000_i64.to_le_bytes()).key(16, b"expiring", &hash);
    let mut file = file.key(18, b"list", &list).key(2, b"damaged", &row(&[&len(500), &members]));
    for n in 10..30 {
        file = file.key(16, format!("key:{n}").as_bytes(), &hash);
    }
    let mut file = file.end();
    let (expected, keys) = (names(&file), salvaged(&file).1);
    let hole = keys[3].1.start as usize + 500;
    file[hole..hole + 20].fill(0xF0);
    assert_eq!(names(&file), [&expected[..3], &expected[4..]].concat());
}

/// Twenty hashes, the last of a file.
fn and_hashes(mut file: Build) -> Vec<u8> {
    let hash = text(&listpack(&[b"field".to_vec(), b"value".to_vec()], None));
    for n in 10..30 {
        file = file.key(16, format!("key:{n}").as_bytes(), &hash);
    }
    file.end()
}

#[test]
fn a_string_that_lost_a_byte_gives_back_the_first_one_of_a_key_whose_name_is_a_number() {
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let file = file.key(0, b"long", &text(&b"abcdefgh".repeat(50)));
    let mut file = and_hashes(file.raw(&row(&[&[0, 0xC0, 77], &text(b"no number")])));
    let expected = names(&file);
    file.remove(100);
    assert_eq!(names(&file), expected[1..]);
}

#[test]
fn a_bad_value_gives_back_a_key_with_which_it_ends() {
    let words: Vec<Vec<u8>> = (0..50).map(|n| format!("element-{n}").into_bytes()).collect();
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let file = file.key(20, b"set", &text(&listpack(&words, None)));
    let mut file = and_hashes(file.key(0, b"key", &text(b"value")));
    let expected = names(&file);
    file.drain(100..100 + 1 + 4 + 6);
    assert_eq!(names(&file), expected[1..]);
}

/// A hash with fields that may expire, and a string and hashes behind it; and where each field begins.
fn fields_before_keys() -> (Vec<u8>, Vec<usize>) {
    let field = |n: u32| {
        let name = text(format!("field-{n}").as_bytes());
        row(&[&[0], &name, &text(b"value")])
    };
    let fields: Vec<u8> = (10..60).flat_map(field).collect();
    let hash = row(&[&1_760_000_000_000_i64.to_le_bytes(), &len(50), &fields]);
    let file = Build::new("REDIS0012").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let file = file.key(24, b"hash", &hash).key(0, b"plain", &text(b"value"));
    let first = 9 + 2 + 3 + 6 + 8 + 1;
    (and_hashes(file), (0..50).map(|n| first + n * field(10).len()).collect())
}

#[test]
fn fields_around_damage_within_a_hash_are_no_keys() {
    let (mut file, fields) = fields_before_keys();
    let expected = names(&file);
    file[fields[20] + 2..fields[21] + 2].fill(0xF0);
    assert_eq!(names(&file), expected[1..]);
}

#[test]
fn a_hash_gives_back_keys_that_it_took_in_for_fields_as_many_as_are_missing() {
    let (file, fields) = fields_before_keys();
    let expected = names(&file);
    for count in [1, 2, 3] {
        let damaged = [&file[..fields[20]], &file[fields[20 + count]..]].concat();
        let found = names(&damaged);
        assert_eq!(found, expected[1..], "{count} fields");
    }
}

#[test]
fn bytes_behind_a_string_that_grew_are_no_hash_whose_fields_would_be_too_many_keys() {
    let sizes = row(&[&[251], &len(22), &len(0)]);
    let file = Build::new("REDIS0012").select(0).raw(&sizes);
    let file = file.key(0, b"long", &text(&b"\x18\x02\xbc5\x05\x01\x01\x01".repeat(40)));
    let mut file = and_hashes(file.key(0, b"plain", &text(b"value")));
    let expected = names(&file);
    let block = file[100..148].to_vec();
    file.splice(148..148, block);
    let found = names(&file);
    assert_eq!(found[found.len() - 21..], expected[1..]);
}

#[test]
fn a_hash_gives_back_the_only_key_that_is_missing() {
    let pair = |n: u32| [format!("field-{n}"), format!("value-{n}")];
    let fields: Vec<u8> = (10..60).flat_map(pair).flat_map(|word| text(word.as_bytes())).collect();
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(23), &len(0)]));
    let file = file.key(4, b"hash", &row(&[&len(50), &fields]));
    let file = file.key(0, b"key", &text(b"value"));
    let mut file = and_hashes(file.raw(&row(&[&[0, 0xC0, 77], &text(b"no number")])));
    let expected = names(&file);
    // A field, its value, and the next field, for which the key's type, name and value stand in.
    file.drain(9 + 2 + 3 + 6 + 1..9 + 2 + 3 + 6 + 1 + 3 * 9);
    assert_eq!(names(&file), expected[1..]);
}

#[test]
fn a_bad_hash_gives_back_keys_that_it_took_in_for_fields() {
    let (mut file, fields) = fields_before_keys();
    let expected = names(&file);
    let twin = file[fields[5]..fields[6]].to_vec();
    file.splice(fields[20]..fields[22], twin);
    assert_eq!(names(&file), expected[1..]);
}

#[test]
fn a_string_gives_back_when_the_next_key_expires_if_one_that_expires_is_missing() {
    let sizes = row(&[&[251], &len(12), &len(1)]);
    let mut file = Build::new("REDIS0011").select(0).raw(&sizes);
    for n in 0..10 {
        file = file.key(0, format!("before:{n}").as_bytes(), &text(b"value"));
    }
    file = file.key(0, b"long", &text(&b"of no meaning, ".repeat(30)));
    file = file.raw(&row(&[&[252], &1_800_000_000_000_i64.to_le_bytes()]));
    let file = file.key(0, b"expires", &text(b"value")).end();
    let (_, expected) = salvaged(&file);
    let end = expected[10].1.end as usize;
    let damaged = [&file[..end - 100], &file[end - 91..]].concat();
    let (salvage, found) = salvaged(&damaged);
    let said = |keys: &[(Name, Shown)]| {
        keys.iter().map(|(name, shown)| (name.clone(), shown.said.clone())).collect::<Vec<_>>()
    };
    let others = [&expected[..10], &expected[11..]].concat();
    assert_eq!(said(&found), said(&others));
    assert_eq!(salvage.losses.list[0].key.as_deref(), Some(&b"long"[..]));
}

#[test]
fn a_number_of_a_database_without_numbers_of_keys_is_none_where_others_have_them() {
    let sizes = row(&[&[251], &len(21), &len(0)]);
    let mut file = Build::new("REDIS0011").select(1).raw(&sizes);
    // What it ends in begins like the number 2005.
    let value = row(&[b"\xfe\x47\xd5", &b"but this is text, ".repeat(20)]);
    file = file.key(0, b"long", &text(&value));
    for n in 0..20 {
        file = file.key(0, format!("behind:{n}").as_bytes(), &text(b"value"));
    }
    let file = file.end();
    let (_, expected) = salvaged(&file);
    let end = expected[0].1.end as usize;
    let damaged = [&file[..end], &value, &file[end..]].concat();
    assert_eq!(names(&damaged), names(&file));
}
