//! How the bytes come must not matter.

use std::convert::Infallible;

use aof_testkit::Rng;
use proptest::prelude::*;

use super::build::everything;
use super::summary;
use crate::program::STEP;
use crate::walk::{Windows, walk_in};
use crate::{Checksum, Source, Summary};

/// Hands out as many bytes as were asked for, and by chance some more.
pub(super) struct Stingy<'a> {
    bytes: &'a [u8],
    more: Rng,
    most_more: u64,
    pub(super) largest: usize,
}

impl<'a> Stingy<'a> {
    pub(super) fn new(bytes: &'a [u8], seed: u64, most_more: u64) -> Self {
        Self { bytes, more: Rng::new(seed), most_more, largest: 0 }
    }
}

impl Source for Stingy<'_> {
    type Error = Infallible;

    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], Infallible> {
        self.largest = self.largest.max(want);
        let rest = self.bytes.get(at as usize..).unwrap_or_default();
        let more = self.more.below(self.most_more + 1) as usize;
        Ok(&rest[..rest.len().min(want + more)])
    }
}

fn in_windows(bytes: &[u8], want: usize, more: u64, seed: u64) -> Summary {
    let mut source = Stingy::new(bytes, seed, more);
    let windows = Windows { want, piece: want + more as usize / 2 };
    walk_in(&mut source, 0, &mut |_| true, windows).unwrap()
}

#[test]
fn windows_of_every_size_come_to_the_same_summary_whole_or_cut() {
    for header in ["REDIS0012", "REDIS0013", "VALKEY080"] {
        let (file, ..) = everything(header);
        let expected = summary(&file);
        for want in STEP..STEP + 40 {
            assert_eq!(in_windows(&file, want, 0, 1), expected, "windows of {want}");
        }
        for cut in 0..file.len() {
            let part = &file[..cut];
            assert_eq!(in_windows(part, STEP, 3, cut as u64), summary(part), "cut at {cut}");
        }
    }
}

proptest! {
    #[test]
    fn damaged_files_come_to_the_same_summary_in_windows_of_any_size(
        seed: u64, want in STEP..400_usize, more in 0..200_u64, flips in 0..4_usize,
    ) {
        let mut rng = Rng::new(seed);
        let header = *rng.pick(&["REDIS0012", "REDIS0013", "VALKEY080", "REDIS0003"]);
        let (mut file, ..) = everything(header);
        for _ in 0..flips {
            let place = rng.below(file.len() as u64) as usize;
            file[place] = rng.word() as u8;
        }
        prop_assert_eq!(in_windows(&file, want, more, seed), summary(&file));
    }
}

#[test]
fn no_more_than_a_mebibyte_is_ever_asked_for_not_even_for_a_huge_string() {
    let mut file = b"REDIS0011\x00\x01k\x80\x00\x50\x00\x00".to_vec();
    file.resize(file.len() + 0x50_0000, b'x');
    file.extend(b"\xff\0\0\0\0\0\0\0\0");
    let mut source = Stingy::new(&file, 1, 0);
    let mut told = Vec::new();
    let watch = &mut |at| {
        told.push(at);
        true
    };
    let found = crate::walk(&mut source, 0, watch).unwrap();
    assert_eq!((found.defect, found.keys, found.checksum), (None, 1, Checksum::Disabled));
    assert!(source.largest <= 1 << 20);
    assert!(told.is_sorted() && told.windows(2).all(|pair| pair[1] - pair[0] <= 256 << 10));
    assert!(told.len() >= 0x50_0000 / (256 << 10));
}

#[test]
fn whoever_watches_can_end_the_walk() {
    let (file, keys, _) = everything("REDIS0012");
    let mut calls = 0;
    let windows = Windows { want: 64, piece: 64 };
    let watch = &mut |_| {
        calls += 1;
        calls < 20
    };
    let found = walk_in(&mut Stingy::new(&file, 1, 0), 0, watch, windows).unwrap();
    assert_eq!((found.defect, found.checksum), (None, Checksum::Unread));
    assert!(found.keys > 0 && found.keys < keys);
    assert!(found.end < file.len() as u64 && found.sound <= found.end);

    let nothing = crate::walk(&mut &file[..], 0, &mut |_| false).unwrap();
    assert_eq!((nothing.header, nothing.end), (None, 0));
}

/// A disk that fails.
struct Failing;

impl Source for Failing {
    type Error = &'static str;

    fn window(&mut self, at: u64, _want: usize) -> Result<&[u8], &'static str> {
        if at == 0 { Ok(&[b'R'; 0]) } else { Err("the disk failed") }
    }
}

#[test]
fn a_source_that_fails_is_no_damage() {
    assert_eq!(crate::walk(&mut Failing, 5, &mut |_| true), Err("the disk failed"));
    assert!(crate::walk(&mut Failing, 0, &mut |_| true).unwrap().defect.is_some());
}
