//! One story for each kind of damage.

use super::files::{and_hashes, small_keys, varied};
use super::{Name, names, salvaged};
use crate::tests::build::{Build, len, row, text};
use crate::tests::pack::listpack;
use crate::{Checksum, Why};

fn whole() -> (Vec<u8>, Vec<Name>) {
    let file = varied("REDIS0011", 7);
    let names = names(&file);
    (file, names)
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
fn what_is_lost_with_the_end_of_a_torn_file_speaks_against_no_record_before() {
    // The last two bytes of 1.5 can be taken for how long the next key was idle.
    let members =
        row(&[&text(b"one"), &0.5_f64.to_le_bytes(), &text(b"two"), &1.5_f64.to_le_bytes()]);
    let scored = row(&[&len(2), &members]);
    let hash = text(&listpack(&[b"field".to_vec(), b"value".to_vec()], None));
    let mut file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    file = file.key(5, b"first", &scored);
    for n in 10..30 {
        file = file.key(16, format!("key:{n}").as_bytes(), &hash);
    }
    let file = file.key(5, b"last", &scored).end();
    let expected = names(&file);
    assert_eq!(names(&file[..file.len() - 9 - 10]), expected[..21]);
}

/// A list with a plain node and a packed one, and NUL bytes behind it: its last byte and the eight bytes behind that look
/// like the end of a file, and the NUL bytes like padding.
#[test]
fn the_last_byte_of_a_list_is_not_the_end_of_a_file_that_is_torn_behind_it() {
    let packed = listpack(&[b"element".to_vec()], None);
    let list = row(&[&len(2), &len(1), &text(b"a single element"), &len(2), &text(&packed)]);
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let file = file.key(18, b"list", &list).key(0, b"bits", &text(&[0; 2500]));
    let mut file = and_hashes(file);
    let expected = names(&file);
    let start = salvaged(&file).1[1].1.start as usize;
    assert_eq!(names(&file[..start + 1000]), expected[..1]);
    file[start + 1000..].fill(0);
    assert_eq!(names(&file)[0], expected[0]);
}

#[test]
fn a_bad_value_gives_back_keys_and_not_what_looks_like_one_in_the_last_of_them() {
    let words: Vec<Vec<u8>> = (0..50).map(|n| format!("element-{n}").into_bytes()).collect();
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(24), &len(0)]));
    let file = file.key(20, b"set", &text(&listpack(&words, None)));
    let file = file.key(0, b"first", &text(b"value"));
    let (inner, rest) = (row(&[b"\0", &text(b"no key"), &[0xC0, 3]]), [0xF0; 100]);
    let file = file.key(0, b"second", &text(&row(&[&rest, &inner, &rest])));
    let mut file = and_hashes(file.raw(&row(&[&[0, 0xC0, 77], &text(b"no number")])));
    let expected = names(&file);
    // What the set lacks it takes in: a key, and of the next one all up to what looks like one.
    file.drain(100..100 + (1 + 6 + 6) + (1 + 7 + 2 + 100 + 1 + 7 + 2));
    assert_eq!(names(&file), expected[1..]);
}

#[test]
fn a_record_without_a_name_right_before_a_gap_speaks_for_none_that_takes_in_what_is_behind_it() {
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let taken = row(&[&[0], &text(b"taken"), &text(b"value")]);
    let (nameless, gap, rest) = ([0; 3], [0xF0; 10], [[0xF0; 19], [0; 19]].concat());
    let reached = (rest.len() + nameless.len() + gap.len() + taken.len()) as u64;
    // What begins in the bad value would end where the key does.
    let inner = row(&[b"\0\x01\x01", &len(reached), &rest]);
    let file = file.key(20, b"bad", &text(&row(&[&rest, &inner])));
    let file = and_hashes(file.raw(&nameless).raw(&gap).raw(&taken));
    let found = names(&file);
    assert_eq!(found[found.len() - 21], (0, b"taken".to_vec()));
}

#[test]
fn a_list_of_packed_nodes_is_not_doubted_for_what_looks_like_odd_records_in_it() {
    let words: Vec<Vec<u8>> = (0..200).map(|n| format!("element-{n}").into_bytes()).collect();
    let members: Vec<u8> = words.iter().flat_map(|word| text(word)).collect();
    // What begins in the last element ends where a key begins behind the damage.
    let inner = row(&[b"\0\x01\x01\0", b"\0\x01\x02", &len(200)]);
    let element = row(&[&[0xF0; 20], &inner]);
    let list = row(&[&len(1), &len(2), &text(&listpack(&[words.concat(), element], None))]);
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let file = file.key(18, b"list", &list);
    let start = file.bytes.len();
    let file = file.key(2, b"set", &row(&[&len(200), &members]));
    let mut file = and_hashes(file);
    let expected = names(&file);
    let behind = expected.len() - 20;
    let end = salvaged(&file).1[behind].1.start as usize;
    file.drain(start + 20..end - (200 - 2 - 20));
    assert_eq!(names(&file), [&expected[..1], &expected[2..]].concat());
}

#[test]
fn a_key_that_is_made_up_where_a_block_was_written_twice_gives_back_those_that_it_took_in() {
    let file = small_keys("REDIS0011", 200);
    let expected = names(&file);
    let keys = salvaged(&file).1;
    // A key of the first bytes of one and the last of another: its length is a digit, and happens to end where a key does.
    let (from, to) = (keys[109].1.start as usize + 12, keys[111].1.start as usize + 3);
    let damaged = [&file[..to], &file[from..]].concat();
    // One stands there twice.
    assert_eq!(names(&damaged), [&expected[..111], &expected[110..]].concat());
}
