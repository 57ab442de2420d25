//! Stories in which the numbers tell: of databases, of their keys, and of those that expire.

use super::files::{and_hashes, varied};
use super::{Name, Said, names, salvaged};
use crate::tests::build::{Build, len, row, text};
use crate::tests::pack::listpack;

fn sizes(keys: u64, expiring: u64) -> Vec<u8> {
    row(&[&[251], &len(keys), &len(expiring)])
}

#[test]
fn no_database_begins_where_the_numbers_of_its_keys_are_not() {
    let file = varied("REDIS0011", 7);
    let (_, keys) = salvaged(&file);
    let expected = names(&file);
    let (hole, damaged) = (keys[20].1.start as usize, keys[21].1.end as usize);
    let odd = row(&[&[0xF0; 9], &[254, 2], &[0xF0; 9]]);
    let damaged = [&file[..hole], &odd, &file[damaged..]].concat();
    assert_eq!(names(&damaged), [&expected[..20], &expected[22..]].concat());
}

/// What is said of each key beside where it stands.
fn said(file: &[u8]) -> Vec<(Name, Said)> {
    salvaged(file).1.into_iter().map(|(name, shown)| (name, shown.said)).collect()
}

#[test]
fn a_string_gives_back_when_the_next_key_expires_if_one_that_expires_is_missing() {
    // Nothing or some whole keys were lost with the end of the string.
    for lost in [0, 1, 3] {
        let mut file = Build::new("REDIS0011").select(0).raw(&sizes(22 + lost, 1));
        for n in 0..10 {
            file = file.key(0, format!("before:{n}").as_bytes(), &text(b"value"));
        }
        file = file.key(0, b"long", &text(&b"of no meaning, ".repeat(30)));
        let start = file.bytes.len() - 9;
        for n in 0..lost {
            file = file.key(0, format!("lost:{n}").as_bytes(), &text(b"value"));
        }
        let end = file.bytes.len();
        file = file.raw(&row(&[&[252], &1_800_000_000_000_i64.to_le_bytes()]));
        file = file.key(0, b"expires", &text(b"value"));
        for n in 0..10 {
            file = file.key(0, format!("behind:{n}").as_bytes(), &text(b"value"));
        }
        let file = file.end();
        let mut expected = said(&file);
        expected.drain(10..11 + lost as usize);
        let damaged = [&file[..start], &file[end..]].concat();
        assert_eq!(said(&damaged), expected, "{lost} keys");
        assert_eq!(salvaged(&damaged).0.losses.list[0].key.as_deref(), Some(&b"long"[..]));
    }
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

#[test]
fn a_number_of_a_database_behind_the_last_key_of_another_is_one_although_its_numbers_of_keys_are_damaged()
 {
    let file = Build::new("REDIS0011").select(0).raw(&sizes(1, 0));
    let file = file.key(0, b"before", &text(b"value")).select(3);
    let start = file.bytes.len();
    let mut file = and_hashes(file.raw(&sizes(20, 0)));
    let expected = names(&file);
    // More keys expire than there are.
    file[start + 2] = 63;
    assert_eq!(names(&file), expected);
    file[start..start + 3].fill(0xF0);
    assert_eq!(names(&file), expected);
}

#[test]
fn numbers_of_keys_in_what_is_left_over_of_a_string_begin_no_database() {
    let file = Build::new("REDIS0011").select(0).raw(&sizes(22, 0));
    let file = file.key(0, b"long", &text(&b"\xfb\x05\x01\xf0\xf0\xf0\xf0\xf0".repeat(50)));
    let end = file.bytes.len();
    let file = and_hashes(file.key(0, b"behind", &text(b"value")));
    let damaged = [&file[..end], &file[end - 24..end], &file[end..]].concat();
    assert_eq!(names(&damaged), names(&file));
}

#[test]
fn a_string_that_ends_like_the_number_of_a_database_took_in_none_without_numbers_of_keys() {
    let text_before = row(&[&b"but this is text, ".repeat(20), b"\xfe\x05"]);
    let file = Build::new("REDIS0011").select(0).raw(&sizes(23, 1));
    let file = file.key(0, b"long", &text(&text_before));
    let start = file.bytes.len();
    let file = file.key(0, b"lost", &text(b"value"));
    let end = file.bytes.len();
    let file = file.raw(&row(&[&[252], &1_800_000_000_000_i64.to_le_bytes()]));
    let file = and_hashes(file.key(0, b"expires", &text(b"value")));
    let mut expected = names(&file);
    expected.remove(1);
    assert_eq!(names(&[&file[..start], &file[end..]].concat()), expected);
}

#[test]
fn keys_behind_a_gap_belong_to_another_database_if_all_keys_of_the_one_before_are_there() {
    let key = |file: Build, db: u8| file.key(0, b"the same", &text(&[b'0' + db; 8]));
    let file = key(Build::new("REDIS0011").select(3).raw(&sizes(1, 0)), 3).select(15);
    let start = file.bytes.len() - 1;
    let file = key(file.raw(&sizes(1, 0)), 15).end();
    // What is left of the number and of the numbers of keys is the number 1, and a list.
    let damaged = [&file[..start], &file[start + 2..]].concat();
    let (salvage, found) = salvaged(&damaged);
    assert_eq!(said(&file)[0], said(&damaged)[0]);
    assert_eq!((found.len(), found[1].0.0), (2, 4));
    assert!(salvage.kept.last().is_some_and(|kept| kept.is_db_assumed));
}

#[test]
fn a_key_that_is_missing_because_its_value_is_bad_was_not_taken_in_by_a_string_that_ends_like_one()
{
    // What it ends in is like a key with a number.
    let value = row(&[&b"but this is text, ".repeat(20), b"\0", &text(b"no key"), &[0xC0, 3]]);
    let file = Build::new("REDIS0011").select(0).raw(&sizes(22, 0));
    let file = file.key(0, b"long", &text(&value));
    let start = file.bytes.len();
    let file = file.key(20, b"bad", &text(&listpack(&[b"member".to_vec()], None)));
    let mut file = and_hashes(file);
    let mut expected = names(&file);
    file[start + 1 + 4 + 1 + 6] ^= 0xFF;
    expected.remove(1);
    assert_eq!(names(&file), expected);
}

#[test]
fn of_two_strings_that_end_like_a_key_one_took_in_the_only_one_that_is_missing() {
    let value = row(&[&b"but this is text, ".repeat(20), b"\0", &text(b"no key"), &[0xC0, 3]]);
    let file = Build::new("REDIS0011").select(0).raw(&sizes(23, 0));
    let file = file.key(0, b"first", &text(&value[..value.len() - 10]));
    let end = file.bytes.len();
    let file = file.key(0, b"taken", &[0xC0, 4]).key(0, b"second", &text(&value));
    let file = and_hashes(file);
    let expected = names(&file);
    // The first one lost as many bytes as the key has.
    let damaged = [&file[..end - 9], &file[end..]].concat();
    assert_eq!(names(&damaged), expected[1..]);
}

#[test]
fn a_set_that_is_made_up_of_what_is_left_of_a_lost_key_gives_back_those_that_it_took_in() {
    let words: Vec<u8> = (10..49).flat_map(|n| text(&[n; 3])).collect();
    let taken = row(&[&[0, 1, b'a', 0xC0, 1], &[0, 1, b'b', 0xC0, 2]]);
    let made_up = row(&[&[2], &text(b"made up"), &len(40), &words, &len(taken.len() as u64)]);
    let file = Build::new("REDIS0011").select(0).raw(&sizes(23, 0));
    // More elements than there are bytes.
    let file = file.key(1, b"lost", &[0x80, 0xFF, 0xFF, 0xFF, 0xFF]).raw(&[0xF0; 20]);
    let found = names(&and_hashes(file.raw(&made_up).raw(&taken)));
    assert_eq!((found.len(), &found[0].1[..], &found[1].1[..]), (22, &b"a"[..], &b"b"[..]));
}

#[test]
fn a_database_is_not_complete_because_something_behind_what_is_lost_is_taken_for_keys() {
    let file = Build::new("REDIS0011").select(0).raw(&sizes(24, 0));
    let mut file = file.key(20, b"lost", &text(&listpack(&[b"member".to_vec()], None)));
    let end = file.bytes.len() - 1;
    // As many as are still to come, which is one that is lost and the last one.
    let words: Vec<Vec<u8>> = (0..50).map(|n| format!("element-{n}").into_bytes()).collect();
    for name in [b"made up", b"of rest"] {
        file = file.key(20, name, &text(&listpack(&words, None)));
    }
    file = file.raw(&[0xF0; 20]);
    for n in 0..22 {
        file = file.key(0, format!("behind:{n}").as_bytes(), &text(b"value"));
    }
    file = file.raw(&[0xF0; 20]);
    let mut file = file.key(0, b"last", &text(b"value")).select(3).raw(&sizes(20, 0));
    file.bytes[end] = 0xF0;
    let found = names(&and_hashes(file));
    assert_eq!((found.len(), &found[24]), (45, &(0, b"last".to_vec())));
}

#[test]
fn a_database_is_not_complete_because_a_key_without_a_name_stands_before_what_is_lost() {
    let file = Build::new("REDIS0011").select(0).raw(&sizes(3, 0));
    let file = file.key(0, b"before", &text(b"value")).key(0, b"cut short", &text(b"value"));
    let file = file.key(0, b"", &text(b"rest")).raw(&[0xF0; 20]);
    let file = file.key(0, b"last", &text(b"value")).select(3).raw(&sizes(20, 0));
    let found = names(&and_hashes(file));
    assert!(found.contains(&(0, b"last".to_vec())), "{found:?}");
}

#[test]
fn a_database_of_which_it_seems_to_be_said_that_it_has_no_keys_is_not_complete_without_any() {
    let file = Build::new("REDIS0011").select(0).raw(&sizes(22, 0));
    let (start, expiring) = (file.bytes.len() - 2, 9);
    let file = file.key(0, b"lost", &text(b"value")).raw(&[252]);
    let file = file.raw(&1_800_000_000_000_i64.to_le_bytes()).key(0, b"expires", &text(b"value"));
    let mut file = and_hashes(file);
    let expected = names(&file);
    let end = salvaged(&file).1[1].1.start as usize;
    // Of the second one nothing is lost but when it expires.
    file[start..end + expiring].fill(0);
    assert_eq!(names(&file), expected[1..]);
}

#[test]
fn a_string_gives_back_a_key_whose_name_is_a_number_and_which_is_as_long_as_what_was_deleted() {
    let file = Build::new("REDIS0011").select(0).raw(&sizes(22, 0));
    let file = file.key(0, b"long", &text(&b"of no meaning, ".repeat(30)));
    let number = row(&[&[0, 0xC0, 77], &text(b"no number")]);
    let (end, file) = (file.bytes.len(), and_hashes(file.raw(&number)));
    let expected = names(&file);
    assert_eq!((expected.len(), &expected[1].1[..]), (22, &b"77"[..]));
    let damaged = [&file[..end - number.len()], &file[end..]].concat();
    assert_eq!(names(&damaged), expected[1..]);
}

#[test]
fn of_two_strings_that_end_in_a_key_the_one_whose_key_is_named_like_others_took_in_the_one_missing()
{
    let value = row(&[&b"but this is text, ".repeat(20), &[0, 0xC0, 3], &text(b"no key")]);
    let file = Build::new("REDIS0011").select(0).raw(&sizes(23, 0));
    let file = file.key(0, b"first", &text(&value)).key(0, b"second", &text(&value.repeat(3)));
    let end = file.bytes.len();
    let file = and_hashes(file.key(0, b"taken", &text(b"value")));
    let mut expected = names(&file);
    // The second one lost as many bytes as the key has.
    let damaged = [&file[..end - 13], &file[end..]].concat();
    expected.remove(1);
    assert_eq!(names(&damaged), expected);
}

#[test]
fn a_field_of_the_header_whose_name_is_no_text_takes_in_no_number_of_a_database() {
    let file = Build::new("REDIS0011").aux("redis-ver", "7.2.4");
    let end = file.bytes.len() + 2 + 12;
    let file = file.aux("a name of 24 letters ...", "x");
    let start = file.bytes.len();
    let file = and_hashes(file.select(3).raw(&sizes(21, 0)).key(0, b"first", &text(b"value")));
    let expected = names(&file);
    // What is left of the name goes on up to the first value.
    assert_eq!(names(&[&file[..end], &file[start..]].concat()), expected);
}

#[test]
fn a_database_is_not_complete_as_long_as_keys_that_expire_are_missing() {
    let key = |file: Build, n: u8| file.key(0, format!("key-{n}").as_bytes(), &text(b"value"));
    let mut file = Build::new("REDIS0011").select(0).raw(&sizes(23, 1));
    file = (10..20).fold(file, key);
    // As many as are still to come, made up of what is left of something lost.
    file =
        (10..23).fold(file, |file, n| file.key(1, format!("rest-{n}").as_bytes(), &[1, 1, b'a']));
    file = (20..30).fold(file.raw(&[0xF0; 20]), key);
    let file = file.raw(&row(&[&[252], &1_800_000_000_000_i64.to_le_bytes()]));
    let file = file.key(0, b"expires", &text(b"value")).select(3).raw(&sizes(20, 0));
    let found = names(&and_hashes(file));
    assert!(found.contains(&(0, b"expires".to_vec())), "{found:?}");
}
