//! Sound files that are made of damaged ones.

use aof_testkit::Rng;

use super::build::{Build, len, row, text};
use super::salvage::{salvaged, varied};
use super::summary;
use crate::{Cause, Checksum, Depth, Mended, Stretch, Summary, Why, examine, salvage_examined};

/// How a file is mended: as a whole, or up to its first damage.
fn mended(file: &[u8], is_cut: bool) -> Mended {
    let examined = examine(&mut &file[..], 0, Depth::default(), &mut |_| true).unwrap();
    let found = salvage_examined(&mut &file[..], &examined, file.len() as u64).unwrap();
    let until = found.first_damage().filter(|_| is_cut);
    found.mend(&mut &file[..], file.len() as u64, until).unwrap()
}

/// What the pieces come to.
fn bytes(file: &[u8], mended: &Mended) -> Vec<u8> {
    let piece = |piece: &Stretch| match piece {
        Stretch::Copy(bytes) => file[bytes.start as usize..bytes.end as usize].to_vec(),
        Stretch::Put(bytes) => bytes.clone(),
    };
    mended.pieces.iter().flat_map(piece).collect()
}

fn repaired(file: &[u8]) -> Vec<u8> {
    bytes(file, &mended(file, false))
}

/// What a deep look finds, which must be nothing.
fn sound(file: &[u8]) -> Summary {
    let depth = Depth::default();
    let found = examine(&mut &file[..], 0, depth, &mut |_| true).unwrap();
    assert_eq!((&found.defect, found.end), (&None, file.len() as u64));
    assert!(matches!(found.checksum, Checksum::Valid), "{:?}", found.checksum);
    let values = found.values.as_ref().unwrap();
    assert_eq!((values.total_bad, values.total_twins), (0, 0), "{values:?}");
    let lacks = |db: &&crate::Db| db.announced.is_some_and(|announced| announced > db.keys);
    assert_eq!(found.dbs.iter().find(lacks), None);
    found
}

fn whole() -> Vec<u8> {
    varied("REDIS0011", 7)
}

#[test]
fn a_sound_file_stays_as_it_is() {
    let file = whole();
    let mended = mended(&file, false);
    assert_eq!(mended.pieces, [Stretch::Copy(0..file.len() as u64)]);
    assert_eq!((mended.keys, mended.gone.len(), mended.assumed), (600, 0, 0));
}

#[test]
fn a_file_whose_end_or_header_is_damaged_becomes_what_it_was() {
    let file = whole();
    let end = file.len();
    let mut wrong_checksum = file.clone();
    wrong_checksum[end - 3] ^= 0xFF;
    let mut header = file.clone();
    header[..9].fill(0);
    let padded = [&file[..], &[0; 4096]].concat();
    let two = [&file[..], &file].concat();
    let damaged: [&[u8]; 7] = [
        &wrong_checksum,
        &header,
        &padded,
        &two,
        &file[..end - 9],
        &file[..end - 8],
        &file[..end - 1],
    ];
    for (n, damaged) in damaged.iter().enumerate() {
        assert!(repaired(damaged) == file, "{n}");
    }
}

#[test]
fn what_stands_behind_the_end_is_gone_and_keys_of_another_file_are_counted() {
    let file = whole();
    for (rest, cause, keys) in [(&[0; 100][..], Cause::BehindEnd, 0), (&file, Cause::NextFile, 600)]
    {
        let two = [&file[..], rest].concat();
        let gone = mended(&two, false).gone;
        assert_eq!((gone.len(), gone[0].cause, gone[0].most), (1, cause, keys));
        assert_eq!(gone[0].bytes, file.len() as u64..two.len() as u64);
    }
}

#[test]
fn of_a_torn_file_all_whole_keys_are_kept_and_what_is_announced_says_how_many_are_lost() {
    let file = whole();
    let (_, keys) = salvaged(&file);
    let at = keys[500].1.end as usize - 1;
    let mended = mended(&file[..at], false);
    assert_eq!(sound(&bytes(&file[..at], &mended)).keys, 500);
    let [gone] = &mended.gone[..] else { panic!("{:?}", mended.gone) };
    assert_eq!((gone.cause, gone.least, gone.most), (Cause::Torn, 1, 100));
    assert_eq!(gone.key.as_ref(), Some(&keys[500].0));
    assert!(mended.is_bounded);
}

#[test]
fn a_torn_file_that_announces_nothing_may_have_lost_any_number_of_keys() {
    let file = Build::new("REDIS0006").select(0).key(0, b"key", &text(b"value"));
    let mended = mended(&file.bytes, false);
    assert_eq!((mended.keys, mended.is_bounded), (1, false));
    assert_eq!(sound(&bytes(&file.bytes, &mended)).keys, 1);
}

#[test]
fn behind_a_hole_databases_are_named_again_with_the_keys_that_they_have() {
    let file = whole();
    let (_, keys) = salvaged(&file);
    // From within database 0 to within database 1.
    let mut damaged = file.clone();
    damaged[keys[140].1.start as usize..keys[160].1.start as usize].fill(0);
    let all = mended(&damaged, false);
    let found = sound(&bytes(&damaged, &all));
    assert_eq!((found.keys, all.keys, all.behind_damage), (580, 580, 440));
    let dbs: Vec<_> = found.dbs.iter().map(|db| (db.number, db.announced)).collect();
    assert_eq!(dbs, [(0, Some(280)), (4, Some(150)), (9, Some(150))]);
    assert!(all.gone.iter().all(|gone| gone.cause == Cause::Lost(Why::Nul)), "{:?}", all.gone);
    // Nothing tells that the hole took the number of a database with it.
    assert_eq!(all.assumed, 140);

    let cut = mended(&damaged, true);
    assert_eq!(sound(&bytes(&damaged, &cut)).keys, 140);
    let behind = cut.gone.iter().filter(|gone| gone.cause == Cause::BehindDamage);
    assert_eq!(behind.map(|gone| gone.most).sum::<u64>(), 440);
}

#[test]
fn nul_bytes_between_records_do_not_become_empty_keys() {
    let mut file = whole();
    let (_, keys) = salvaged(&file);
    let at = keys[300].1.start as usize;
    file.splice(at..at, [0; 9]);
    let mended = mended(&file, false);
    assert_eq!((mended.keys, sound(&bytes(&file, &mended)).keys), (600, 600));
    assert_eq!(mended.gone[0].bytes, at as u64..at as u64 + 9);
}

/// Two databases, in one of which a key comes twice.
fn twins(first: &[u8], second: &[u8]) -> Vec<u8> {
    let sizes = row(&[&[251], &len(3), &len(0)]);
    let file = Build::new("REDIS0011").select(0).raw(&sizes).key(0, b"twin", first);
    let file = file.key(0, b"other", &text(b"1")).key(0, b"twin", second);
    file.select(1).raw(&row(&[&[251], &len(1), &len(0)])).key(0, b"twin", &text(b"2")).end()
}

#[test]
fn of_a_key_that_comes_twice_the_last_is_kept_unless_both_are_the_same() {
    for (second, kept_at) in [(&b"late"[..], 2), (b"late!", 2), (b"soon", 0)] {
        let file = twins(&text(b"soon"), &text(second));
        let mended = mended(&file, false);
        let (_, keys) = salvaged(&bytes(&file, &mended));
        let kept = keys.iter().find(|((db, name), _)| (*db, &name[..]) == (0, b"twin"));
        assert_eq!(kept.unwrap().1.said.4, text(second));
        assert_eq!(sound(&bytes(&file, &mended)).dbs[0].announced, Some(2));
        let [gone] = &mended.gone[..] else { panic!("{:?}", mended.gone) };
        let is_same = kept_at == 0;
        assert_eq!((gone.cause, gone.most), (Cause::Twin { is_same }, u64::from(!is_same)));
        let (_, all) = salvaged(&file);
        assert_eq!(gone.bytes.start, all[2 - kept_at].1.start);
    }
}

#[test]
fn a_key_whose_database_is_a_guess_does_not_take_the_place_of_one_with_its_name() {
    let sizes = row(&[&[251], &len(2), &len(0)]);
    let file = Build::new("REDIS0011").select(0).raw(&sizes).key(0, b"twin", &text(b"of 0"));
    let file = file.key(0, b"lost", &text(b"value"));
    let end = file.bytes.len();
    let file = file.select(1).raw(&sizes).key(0, b"twin", &text(b"of 1"));
    let mut file = file.key(0, b"other", &text(b"value")).end();
    // A key, and the number of the database behind it.
    file[end - 8..end + 5].fill(0xF0);
    let (_, keys) = salvaged(&repaired(&file));
    let twin = keys.iter().find(|((db, name), _)| (*db, &name[..]) == (0, b"twin"));
    assert_eq!(twin.unwrap().1.said.4, text(b"of 0"));
}

#[test]
fn a_library_that_comes_twice_stays_once() {
    let library = row(&[&[245], &text(b"#!lua name=lib\nreturn 1")]);
    let file = Build::new("REDIS0011").raw(&library).raw(&library).select(0);
    let file = file.key(0, b"key", &text(b"value")).end();
    let found = sound(&repaired(&file));
    assert_eq!((found.keys, found.functions), (1, 1));
}

#[test]
fn whatever_happens_to_a_file_it_becomes_a_sound_one() {
    for (header, seed) in [("REDIS0006", 1), ("REDIS0011", 2), ("VALKEY080", 3)] {
        let file = varied(header, seed);
        let mut rng = Rng::new(seed);
        for _ in 0..60 {
            let size = 1 + rng.below(2000) as usize;
            let at = rng.below(file.len() as u64 - size as u64) as usize;
            let (before, block, behind) = (&file[..at], &file[at..at + size], &file[at + size..]);
            let damaged = match rng.below(4) {
                0 => [before, behind].concat(),
                1 => [before, block, block, behind].concat(),
                2 => before.to_vec(),
                _ => [before, &vec![0; size], behind].concat(),
            };
            for is_cut in [false, true] {
                let mended = mended(&damaged, is_cut);
                assert_eq!(sound(&bytes(&damaged, &mended)).keys, mended.keys);
            }
        }
    }
}

#[test]
fn nothing_is_made_of_nothing() {
    for file in [&b""[..], b"RED", b"REDIS0011", &[0; 100]] {
        let mended = mended(file, false);
        assert_eq!(mended.keys, 0);
    }
    assert_eq!(summary(b"").keys, 0);
}
