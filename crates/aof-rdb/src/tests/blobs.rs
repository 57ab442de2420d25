//! Packed values: what is packed comes back, and what is damaged is taken for what it is.

use std::collections::BTreeSet;

use aof_testkit::Rng;
use proptest::prelude::*;

use super::{pack, twins};
use crate::Str;
use crate::blob::{BlobFault, Intset, Listpack, Ziplist, Zipmap};

type Strings<'a> = Box<dyn Iterator<Item = Result<Str<'a>, BlobFault>> + 'a>;

/// One kind of blob.
struct Kind {
    name: &'static str,
    open: fn(&[u8]) -> Result<Strings<'_>, BlobFault>,
    twin: fn(&[u8]) -> twins::Read,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "listpack",
        open: |bytes| Ok(Box::new(Listpack::new(bytes)?)),
        twin: twins::listpack,
    },
    Kind {
        name: "ziplist",
        open: |bytes| Ok(Box::new(Ziplist::new(bytes)?)),
        twin: twins::ziplist,
    },
    Kind { name: "intset", open: |bytes| Ok(Box::new(Intset::new(bytes)?)), twin: twins::intset },
    Kind { name: "zipmap", open: |bytes| Ok(Box::new(Zipmap::new(bytes)?)), twin: twins::zipmap },
];

const LISTPACK: &Kind = &KINDS[0];
const ZIPLIST: &Kind = &KINDS[1];
const INTSET: &Kind = &KINDS[2];
const ZIPMAP: &Kind = &KINDS[3];

impl Kind {
    /// All strings in words, or the fault; says no if the iterator breaks a promise.
    fn read(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, BlobFault> {
        let mut strings = (self.open)(bytes)?;
        let mut all = vec![];
        loop {
            let most = strings.size_hint().1.unwrap();
            match strings.next() {
                Some(Ok(string)) => all.push(string.to_vec()),
                None => return Ok(all),
                Some(Err(fault)) => {
                    assert!(strings.next().is_none() && strings.next().is_none());
                    assert!(fault.at <= bytes.len(), "{fault:?}");
                    return Err(fault);
                }
            }
            assert!(most > 0);
        }
    }

    fn gives(&self, bytes: &[u8], strings: &[Vec<u8>]) -> bool {
        self.read(bytes).is_ok_and(|all| all == strings)
    }

    /// Reads as its twin does.
    fn check(&self, bytes: &[u8]) {
        let (read, twin) = (self.read(bytes), (self.twin)(bytes));
        assert!(read.as_ref().ok() == twin.as_ref(), "{} {bytes:x?}: {read:?}", self.name);
    }

    /// Takes every prefix, and every byte changed to every other, for what its twin does.
    fn check_damaged(&self, bytes: &[u8]) {
        self.check(bytes);
        for cut in 0..bytes.len() {
            self.check(&bytes[..cut]);
        }
        let mut changed = bytes.to_vec();
        for at in 0..bytes.len() {
            for step in 1..=255 {
                changed[at] = bytes[at].wrapping_add(step);
                self.check(&changed);
            }
            changed[at] = bytes[at];
        }
    }
}

fn numbers(rng: &mut Rng) -> Vec<i64> {
    let shift = *rng.pick(&[1, 33, 49]);
    let numbers: BTreeSet<_> =
        (0..rng.between(1, 20)).map(|_| rng.word() as i64 >> shift).collect();
    numbers.into_iter().collect()
}

/// One blob of each kind, small enough to be changed in all ways.
fn small(rng: &mut Rng) -> [Vec<u8>; 4] {
    let mut strings = pack::strings(rng, 6);
    let mut long = 1;
    strings.retain(|string| match string.len() {
        0..30 => true,
        120..270 => std::mem::take(&mut long) == 1,
        _ => false,
    });
    let mut pairs = [strings.clone(), strings.clone()].concat();
    pairs.push(b"field".to_vec());
    pairs.push(b"value".to_vec());
    let mut numbers = numbers(rng);
    numbers.truncate(4);
    [
        pack::listpack(&strings, Some(rng)),
        pack::ziplist(&strings, Some(rng)),
        pack::intset(&numbers),
        pack::zipmap(&pairs, Some(rng)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn what_is_packed_comes_back(seed: u64) {
        let rng = &mut Rng::new(seed);
        let mut strings = pack::strings(rng, 40);
        for chance in [false, true] {
            let bytes = pack::listpack(&strings, chance.then_some(&mut *rng));
            prop_assert!(LISTPACK.gives(&bytes, &strings));
            let bytes = pack::ziplist(&strings, chance.then_some(&mut *rng));
            prop_assert!(ZIPLIST.gives(&bytes, &strings));
        }
        strings.truncate(strings.len() / 2 * 2);
        strings.extend([b"field".to_vec(), b"value".to_vec()]);
        for chance in [false, true] {
            let bytes = pack::zipmap(&strings, chance.then_some(&mut *rng));
            prop_assert!(ZIPMAP.gives(&bytes, &strings));
        }
        let numbers = numbers(rng);
        let digits = numbers.iter().map(|number| number.to_string().into_bytes()).collect();
        prop_assert_eq!(INTSET.read(&pack::intset(&numbers)), Ok(digits));
    }

    #[test]
    fn numbers_are_told_as_numbers_where_servers_pack_them_so(seed: u64) {
        let strings = pack::strings(&mut Rng::new(seed), 20);
        let bytes = [pack::listpack(&strings, None), pack::ziplist(&strings, None)];
        let listpack = Listpack::new(&bytes[0]).unwrap();
        let ziplist = Ziplist::new(&bytes[1]).unwrap();
        prop_assert_eq!((listpack.announced(), ziplist.announced()), (Some(strings.len()), Some(strings.len())));
        for ((string, a), b) in strings.iter().zip(listpack).zip(ziplist) {
            let packed = pack::number(string).map_or(Str::Bytes(string), Str::Int);
            prop_assert_eq!((a, b), (Ok(packed), Ok(packed)));
        }
    }

    #[test]
    fn what_is_damaged_in_several_places_is_what_a_plain_decoder_says(seed: u64) {
        let rng = &mut Rng::new(seed);
        let blobs = small(rng);
        for (kind, blob) in KINDS.iter().zip(blobs) {
            for _ in 0..20 {
                let mut changed = blob.clone();
                for _ in 0..rng.between(1, 4) {
                    let at = rng.below(changed.len() as u64) as usize;
                    let any = rng.word() as u8;
                    changed[at] = *rng.pick(&[0, 1, 2, 0x80, 0xE0, 0xF0, 0xFE, 0xFF, any]);
                }
                kind.check(&changed);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn every_prefix_and_every_changed_byte_is_what_a_plain_decoder_says(seed: u64) {
        let blobs = small(&mut Rng::new(seed));
        for (kind, blob) in KINDS.iter().zip(blobs) {
            kind.check_damaged(&blob);
        }
    }
}

#[test]
fn lengths_of_entries_around_each_width_are_read_and_checked_as_servers_do() {
    for edge in [128, 16_383, 1 << 14, 2_097_151, 1 << 21] {
        for len in edge - 7..edge + 2 {
            let strings = [vec![b'x'; len], b"behind".to_vec()];
            let bytes = pack::listpack(&strings, None);
            LISTPACK.check(&bytes);
            assert!(LISTPACK.gives(&bytes, &strings), "{len}");
            for at in bytes.len() - 13..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 0x80;
                LISTPACK.check(&changed);
                changed[at] ^= 0xC0;
                LISTPACK.check(&changed);
            }
        }
    }
}

#[test]
fn more_entries_than_a_header_can_count_are_walked() {
    let strings = vec![b"7".to_vec(); 70_000];
    assert!(LISTPACK.gives(&pack::listpack(&strings, None), &strings));
    assert!(ZIPLIST.gives(&pack::ziplist(&strings, None), &strings));
    assert!(ZIPMAP.gives(&pack::zipmap(&strings, None), &strings));
}
