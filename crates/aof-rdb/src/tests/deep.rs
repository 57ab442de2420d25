//! The deep look at a whole file: on all threads it says what one look after the other says.

use aof_testkit::Rng;
use proptest::prelude::*;

use super::build::{Build, everything, len, row, text};
use super::windows::Stingy;
use super::{each, summary};
use crate::program::STEP;
use crate::walk::{Windows, examine_in};
use crate::{Depth, RecordKind, Room, Summary, Values, examine};

fn examined(file: &[u8], depth: Depth) -> Summary {
    examine(&mut &file[..], 0, depth, &mut |_| true).unwrap()
}

fn values(file: &[u8]) -> Values {
    examined(file, Depth::default()).values.unwrap()
}

/// Strings, sets and hashes, now and then a broken one.
fn mixed(rng: &mut Rng, keys: u64) -> Vec<u8> {
    let mut build = Build::new("REDIS0011").select(3);
    for key in 0..keys {
        let name = format!("key:{key}").into_bytes();
        let member = |rng: &mut Rng| text(&rng.word().to_le_bytes()[..rng.between(1, 8)]);
        let items = rng.between(1, 30) as u64;
        let mut value = len(items);
        build = match rng.below(5) {
            0 => build.key(0, &name, &text(&vec![b'x'; rng.below(300) as usize])),
            1 => {
                build.key(0, &name, &[0xC3, 5, 12 + u8::from(rng.chance(10)), 0, b'a', 0xE0, 2, 0])
            }
            2 => {
                (0..items).for_each(|_| value.extend(member(rng)));
                build.key(2, &name, &value)
            }
            3 => {
                (0..items).for_each(|_| value.extend([member(rng), member(rng)].concat()));
                build.raw(&[252, 1, 2, 3, 0, 0, 0, 0, 0]).key(4, &name, &value)
            }
            _ => build.key(11, &name, &text(b"no intset")),
        };
    }
    build.end()
}

#[test]
fn what_all_threads_see_is_what_one_look_after_the_other_sees() {
    let rng = &mut Rng::new(5);
    let file = mixed(rng, 20_000);
    let (mut sound, mut bad, mut room) = (0, Vec::new(), Room::default());
    each(&file, &mut |record| {
        if let RecordKind::Key(key) = &record.kind {
            match key.value.verify(&mut room) {
                Ok(_) => sound += 1,
                Err(fault) => bad.push((record.at, record.end, key.name.to_vec(), fault)),
            }
        }
    });
    let values = values(&file);
    assert_eq!((values.sound, values.total_bad, values.passed), (sound, bad.len() as u64, 0));
    assert_eq!(values.bad.len(), 1000);
    for (one, (at, end, key, fault)) in values.bad.iter().zip(bad) {
        assert_eq!((one.record, one.end, &one.key, one.fault), (at, end, &key, fault));
        assert_eq!((one.db, file[one.value as usize - key.len() - 1]), (3, key.len() as u8));
    }
    assert!(values.largest.is_sorted_by_key(|key| std::cmp::Reverse(key.memory)));
    assert_eq!((values.largest.len(), values.total_twins, values.compared_one_of), (10, 0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn it_says_what_the_walk_says_whatever_the_damage_the_windows_and_the_threads(
        seed: u64, want in STEP..400_usize, flips in 0..4_usize, threads in 1..4_usize,
    ) {
        let rng = &mut Rng::new(seed);
        let mut file = match rng.below(2) {
            0 => mixed(rng, 50),
            _ => everything(rng.pick::<&str>(&["REDIS0012", "REDIS0013", "VALKEY080", "REDIS0003"])).0,
        };
        for _ in 0..flips {
            let place = rng.below(file.len() as u64) as usize;
            file[place] = rng.word() as u8;
        }
        let mut source = Stingy::new(&file, seed, want as u64);
        let windows = Windows { want, piece: want };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| {
            examine_in(&mut source, 0, Depth::default(), &mut |_| true, windows).unwrap()
        });
        let expected = examined(&file, Depth::default());
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(Summary { values: None, ..found }, summary(&file));
    }
}

#[test]
fn a_record_that_is_too_large_is_passed_in_pieces_and_little_is_kept_of_it() {
    let items = 5 << 20;
    let huge = [&len(items)[..], &b"\x03abc".repeat(items as usize)].concat();
    let build = Build::new("REDIS0011").key(0, b"a", &text(b"1")).key(1, b"huge", &huge);
    let file = build.key(0, b"z", &text(b"2")).end();
    let mut source = Stingy::new(&file, 1, 0);
    let found = examine(&mut source, 0, Depth::default(), &mut |_| true).unwrap();
    assert!(source.largest <= 16 << 20, "{}", source.largest);
    let values = found.values.clone().unwrap();
    assert_eq!((values.sound, values.passed, values.total_bad), (2, 1, 0));
    let largest = &values.largest[0];
    assert_eq!((&largest.key[..], largest.items), (&b"huge"[..], None));
    assert_eq!(largest.bytes, huge.len() as u64 + 6);
    assert_eq!(Summary { values: None, ..found }, summary(&file));

    let depth = Depth { is_exhaustive: true, now: None };
    let values = examined(&file, depth).values.unwrap();
    assert_eq!((values.sound, values.passed, values.largest[0].items), (3, 0, Some(items)));
}

#[test]
fn large_records_one_behind_the_other_are_looked_into() {
    let items = 200_000_u32;
    let members = (0..items).flat_map(|item| [&b"\x04"[..], &item.to_le_bytes()].concat());
    let set = [len(items.into()), members.collect()].concat();
    let build = Build::new("REDIS0011").key(2, b"one", &set).key(2, b"two", &set);
    let values = values(&build.key(2, b"three", &set).end());
    assert_eq!((values.sound, values.passed), (3, 0));
}

#[test]
fn what_is_packed_very_densely_is_not_unpacked_unless_everything_is_to_be_looked_at() {
    let packed = [&[0, b'a'][..], &[0xE0, 255, 0].repeat(100_000)].concat();
    let lzf = [&[0xC3][..], &len(packed.len() as u64), &len(26_400_001), &packed].concat();
    let file = Build::new("REDIS0011").key(0, b"s", &lzf).key(16, b"h", &lzf).end();
    let values = |is_exhaustive| {
        let values = examined(&file, Depth { is_exhaustive, now: None }).values.unwrap();
        (values.sound, values.passed, values.total_bad)
    };
    assert_eq!((values(false), values(true)), ((1, 1, 0), (1, 0, 1)));
}

#[test]
fn a_key_that_occurs_twice_in_a_database_is_named_with_both_places() {
    let build = Build::new("REDIS0011").select(0).key(0, b"k", &text(b"1"));
    let build = build.key(0, b"\x80other", &text(b"2")).select(1).key(0, b"k", &text(b"3"));
    let build =
        build.select(0).raw(&[252, 9, 9, 9, 9, 9, 9, 0, 0]).key(2, b"k", &row(&[&[1], b"\x01a"]));
    for is_exhaustive in [false, true] {
        let values =
            examined(&build.clone().end(), Depth { is_exhaustive, now: None }).values.unwrap();
        assert_eq!((values.total_twins, values.twins.len()), (1, 1));
        let twin = &values.twins[0];
        assert_eq!((twin.first, twin.second, twin.key.as_deref()), (11, 35, Some(&b"k"[..])));
    }
}

#[test]
fn keys_have_expired_at_a_moment_and_before_it_have_not() {
    let at = |millis: u64| [&[252][..], &millis.to_le_bytes()].concat();
    let build = Build::new("REDIS0011").raw(&at(1000)).key(0, b"a", &text(b"1"));
    let file = build.raw(&at(2000)).key(0, b"b", &text(b"1")).key(0, b"c", &text(b"1")).end();
    let expired =
        |now| examined(&file, Depth { now, is_exhaustive: false }).values.unwrap().expired;
    assert_eq!([None, Some(1000), Some(1001), Some(2001)].map(expired), [0, 0, 1, 2]);
}
