//! Stories of records that took in others, as trials with the files of servers found them.

use super::files::and_hashes;
use super::{names, salvaged};
use crate::tests::build::{Build, len, row, text};
use crate::tests::pack::{intset, listpack};

#[test]
fn a_name_that_is_made_up_of_what_is_left_of_bad_values_gives_back_a_small_key_with_which_it_ends()
{
    let head = row(&[&[2], &text(b"set"), &[2], &text(b"a")]);
    // Another bad value, and what can be read behind it.
    let odd = row(&[&[20], &text(b"\x01"), &text(&[0xF0]), &[0], &text(b"\x02"), &text(b"x")]);
    let (rest, gap) = ([0xF0; 200], [0xF0; 20]);
    // The name goes on up to where the last value begins.
    let reached = rest.len() + odd.len() + gap.len() + head.len();
    let bad = text(&row(&[&rest, &[0], &len(reached as u64), &rest]));
    let mut file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(32), &len(0)]));
    for n in 0..10 {
        file = file.key(0, format!("before:{n}").as_bytes(), &text(b"value"));
    }
    let file = file.key(20, b"bad", &bad).raw(&odd).raw(&gap).raw(&head).raw(&text(b"b"));
    let found = names(&and_hashes(file));
    assert_eq!((found.len(), &found[10].1[..]), (31, &b"set"[..]));
}

/// A bad value that ends in a key whose name is a number, or is followed by bytes that take that key in.
#[test]
fn a_bad_value_and_what_is_made_up_behind_it_give_back_a_key_whose_name_is_a_number() {
    let words: Vec<Vec<u8>> = (0..50).map(|n| format!("element-{n}").into_bytes()).collect();
    let number = row(&[&[0, 0xC0, 77], &text(b"no number")]);
    let set = |file: Build| file.key(20, b"set", &text(&listpack(&words, None)));
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let mut file = set(file);
    let end = file.bytes.len();
    let expected = and_hashes(file.clone().raw(&number));
    let expected = &names(&expected)[1..];
    let mut taken = and_hashes(file.clone().raw(&number));
    taken.drain(100..100 + number.len());
    assert_eq!(names(&taken), expected);
    // A name of eight bytes, the last of which are all before the value of that key.
    file.bytes[end - 1] = 0;
    let rest = row(&[&[0, 8], &[0xE5; 5]]);
    assert_eq!(names(&and_hashes(file.raw(&rest).raw(&number))), expected);
}

#[test]
fn integers_give_back_the_beginning_of_a_key_that_they_took_in() {
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let file = file.key(11, b"ints", &text(&intset(&[-1 << 40, 5, 1 << 40])));
    let end = file.bytes.len();
    let members: Vec<Vec<u8>> = [b"one", b"two"].map(|it| it.to_vec()).to_vec();
    let mut file = and_hashes(file.key(20, b"set", &text(&listpack(&members, None))));
    let expected = names(&file);
    // What is left of the last one is its first byte.
    file.drain(end - 7..end);
    assert_eq!(names(&file), expected[1..]);
}

#[test]
fn when_a_key_expires_that_is_lost_is_not_said_of_the_first_key_of_another_database() {
    let sizes = |keys: u64, expiring: u64| row(&[&[251], &len(keys), &len(expiring)]);
    let file = Build::new("REDIS0011").select(0).raw(&sizes(2, 1));
    let file = file.key(0, b"before", &text(b"value"));
    let file = file.raw(&row(&[&[252], &1_800_000_000_000_i64.to_le_bytes()]));
    let start = file.bytes.len();
    let file = file.key(0, b"lost", &text(b"value"));
    let end = file.bytes.len();
    let mut file = and_hashes(file.select(3).raw(&sizes(20, 0)));
    file.drain(start..end);
    let found = salvaged(&file).1;
    assert_eq!(found[found.len() - 20].0, (3, b"key:10".to_vec()));
    assert!(found.iter().all(|(_, key)| key.said.0.is_none()));
}

#[test]
fn a_hash_of_valkey_gives_back_a_key_that_it_took_in_as_a_whole_for_a_field() {
    let field = |name: &[u8], value: &[u8]| row(&[&text(name), &text(value), &[0xFF; 8]]);
    let words = |n: u32| [format!("field-{n}"), format!("value-{n}")];
    let fields: Vec<Vec<u8>> =
        (10..60).map(words).map(|[a, b]| field(a.as_bytes(), b.as_bytes())).collect();
    // Its type is the length of a name that reaches up to the last value in it.
    let taken = row(&[&text(b"fields"), &len(2), &field(b"b", b"2"), &field(b"a", b"1")]);
    let file = Build::new("VALKEY080").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let file = file.key(22, b"hash", &row(&[&len(50), &fields.concat()]));
    let start = file.bytes.len() - fields[49].len();
    let file = and_hashes(file.raw(&[22]).raw(&taken));
    let damaged = [&file[..start - fields[48].len()], &file[start..]].concat();
    assert_eq!(names(&damaged), names(&file)[1..]);
}

/// A hash of which one field expires, a string and hashes behind it; and where the 21st field begins. The field that
/// expires looks like a list that takes in all fields behind it, and the string.
fn a_field_that_looks_like_a_list() -> (Vec<u8>, usize) {
    let fields = |from: u32, to: u32| -> Vec<u8> {
        let name = |n: u32| text(format!("field-{n}").as_bytes());
        (from..to).flat_map(|n| row(&[&[0], &name(n), &text(b"value")])).collect()
    };
    // A single element, of 256 bytes.
    let list = row(&[&[1], &text(b"expires"), &text(b"A")]);
    let all = row(&[&fields(10, 50), &list, &fields(50, 65)]);
    let hash = row(&[&1_760_000_000_000_i64.to_le_bytes(), &len(56), &all]);
    let file = Build::new("REDIS0012").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    let file = file.key(24, b"hash", &hash).key(0, b"plain key", &text(b"value"));
    (and_hashes(file), 9 + 2 + 3 + 6 + 8 + 1 + 20 * 16)
}

#[test]
fn a_field_of_a_broken_hash_that_looks_like_a_list_takes_in_no_key() {
    let (mut file, field) = a_field_that_looks_like_a_list();
    let expected = names(&file);
    file[field + 2..field + 18].fill(0xF0);
    assert_eq!(names(&file), expected[1..]);
}

#[test]
fn a_field_that_looks_like_a_list_gives_back_a_key_although_nothing_is_left_of_where_its_hash_begins()
 {
    let (mut file, field) = a_field_that_looks_like_a_list();
    let expected = names(&file);
    file[9 + 2 + 3..field].fill(0xF0);
    let found = names(&file);
    assert_eq!(found[found.len() - 21..], expected[1..]);
}

#[test]
fn a_bad_hash_gives_back_a_key_that_it_took_in_before_a_part_of_another() {
    let field = |n: u32| {
        let name = text(format!("field-{n}").as_bytes());
        row(&[&[0], &name, &text(b"value")])
    };
    let fields: Vec<u8> = (10..30).chain([10]).chain(33..60).flat_map(field).collect();
    let hash = row(&[&1_760_000_000_000_i64.to_le_bytes(), &len(50), &fields]);
    let members: Vec<u8> = (10..510).flat_map(|n| text(format!("member-{n}").as_bytes())).collect();
    let file = Build::new("REDIS0012").select(0).raw(&row(&[&[251], &len(23), &len(0)]));
    let file = file.key(24, b"hash", &hash).key(0, b"plain", &text(b"value"));
    // The number of members is the length of a value for the hash.
    let file = and_hashes(file.key(2, b"set", &row(&[&len(500), &members])));
    let found = names(&file);
    assert_eq!((found.len(), &found[0].1[..], &found[1].1[..]), (22, &b"plain"[..], &b"set"[..]));
}

#[test]
fn what_was_lost_behind_the_place_where_a_way_leads_back_to_is_not_lost_if_it_is_read_anew() {
    let bad = row(&[&[20], &text(b"bad"), &text(&[0xF0; 9])]);
    let hash = text(&listpack(&[b"field".to_vec(), b"value".to_vec()], None));
    let taken = Build { bytes: Vec::new() }.key(16, b"one", &hash).key(16, b"two", &hash);
    let taken = taken.raw(&row(&[&[0], &text(b"three"), &len(40 + bad.len() as u64), &[0xF0; 20]]));
    let file = Build::new("REDIS0011").select(0).raw(&row(&[&[251], &len(24), &len(0)]));
    // It claims to reach to where that begins which looks like a bad record.
    let long = row(&[&[0], &text(b"long"), &len(400 + taken.bytes.len() as u64), &[b'x'; 400]]);
    let file = and_hashes(file.raw(&long).raw(&taken.bytes).raw(&bad).raw(&[0xF0; 20]));
    let (found, keys) = salvaged(&file);
    assert_eq!((keys.len(), &keys[0].0.1[..]), (23, &b"one"[..]));
    assert!(matches!(&found.losses.list[..], [it] if it.key.as_deref() == Some(&b"long"[..])));
    assert_eq!(found.losses.total, 1);
}

/// A hash whose fields may expire, and keys behind it of which one is missing.
fn whole_hash_and_a_key_less() -> Build {
    let field = |n: u32| row(&[&[0], &text(format!("field-{n}").as_bytes()), &text(b"value")]);
    let fields: Vec<u8> = (10..60).flat_map(field).collect();
    let hash = row(&[&1_760_000_000_000_i64.to_le_bytes(), &len(50), &fields]);
    let file = Build::new("REDIS0012").select(0).raw(&row(&[&[251], &len(22), &len(0)]));
    file.key(24, b"hash", &hash)
}

#[test]
fn a_hash_gives_back_nothing_that_is_named_like_its_fields() {
    let mut file = and_hashes(whole_hash_and_a_key_less());
    let end = file.len() - 8;
    file[end..].fill(1);
    assert_eq!(names(&file).len(), 21);
    assert_eq!(names(&file)[0].1, b"hash");
}

#[test]
fn a_hash_gives_back_no_keys_that_are_missing_with_the_end_of_a_file() {
    let mut file = and_hashes(whole_hash_and_a_key_less());
    file.truncate(file.len() - 9);
    assert_eq!(names(&file)[0].1, b"hash");
}

#[test]
fn a_hash_that_gave_back_keys_does_not_leave_its_fields_to_a_way_that_begins_before_it() {
    let field = |n: u32| row(&[&[0], &text(format!("field-{n}").as_bytes()), &text(b"value")]);
    let fields: Vec<u8> = (101..200).flat_map(field).collect();
    let hash = row(&[&1_760_000_000_000_i64.to_le_bytes(), &len(100), &fields]);
    let hash = Build { bytes: Vec::new() }.key(24, b"hash", &hash).bytes;
    // A string that ends like a key whose value goes on up to the tenth field.
    let reached = hash.len() - 90 * field(100).len();
    let like_key = row(&[&[0], &text(b"like a key"), &len(reached as u64)]);
    let file = Build::new("REDIS0012").select(0).raw(&row(&[&[251], &len(24), &len(0)]));
    let file = file.key(0, b"long", &text(&row(&[&b"of no meaning, ".repeat(30), &like_key])));
    // The hash takes in the beginning of the list for its last field; a key whose name is a number is in doubt.
    let words: Vec<Vec<u8>> = (10..15).map(|n| format!("word-{n}").into_bytes()).collect();
    let list = row(&[&[1, 2], &text(&listpack(&words, None))]);
    let file = file.raw(&hash).key(18, b"list", &list);
    let found = names(&and_hashes(file.raw(&[0, 0xC0, 77]).raw(&text(b"value"))));
    let first: Vec<&[u8]> = found.iter().take(4).map(|(_, name)| &name[..]).collect();
    assert_eq!(first, [&b"long"[..], b"list", b"77", b"key:10"]);
}
