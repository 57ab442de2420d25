//! No bytes make the walk panic, lose its place, or depend on how the bytes come.

#![no_main]

use aof_rdb::{Checksum, Source, Summary, walk};
use libfuzzer_sys::fuzz_target;

/// As many bytes as were asked for, and no more.
struct Exact<'a>(&'a [u8]);

impl Source for Exact<'_> {
    type Error = ();

    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ()> {
        let rest = self.0.get(at as usize..).unwrap_or_default();
        Ok(&rest[..rest.len().min(want)])
    }
}

fuzz_target!(|input: &[u8]| {
    check(input);
    // Most inputs are no file of this format unless they are made to begin as one.
    for header in ["REDIS0012", "REDIS0013", "VALKEY080"] {
        check(&[header.as_bytes(), input].concat());
    }
});

fn check(bytes: &[u8]) {
    let found = walk(&mut Exact(bytes), 0, &mut |_| true).unwrap();
    assert!(found.sound <= found.end && found.end <= bytes.len() as u64);
    assert_eq!(found.dbs.iter().map(|db| db.keys).sum::<u64>(), found.keys);
    assert!(found.expiring <= found.keys);
    match &found.defect {
        Some(defect) => {
            assert!(defect.record <= defect.offset && defect.offset == found.end);
            assert!(defect.key.as_ref().is_none_or(|key| key.len() <= 256));
        }
        None => assert_ne!(found.checksum, Checksum::Unread),
    }
    is_same_behind_other_bytes(bytes, &found);
    is_whole_without_what_follows(bytes, &found);
}

/// Where the file begins moves the offsets and nothing else.
fn is_same_behind_other_bytes(bytes: &[u8], found: &Summary) {
    let moved = [&[0; 7], bytes].concat();
    let moved = walk(&mut Exact(&moved), 7, &mut |_| true).unwrap();
    assert_eq!((moved.sound, moved.end), (found.sound + 7, found.end + 7));
    assert_eq!((moved.keys, &moved.dbs, moved.checksum), (found.keys, &found.dbs, found.checksum));
}

/// What follows a whole file does not matter.
fn is_whole_without_what_follows(bytes: &[u8], found: &Summary) {
    if found.defect.is_none() {
        let end = found.end as usize;
        assert_eq!(&walk(&mut Exact(&bytes[..end]), 0, &mut |_| true).unwrap(), found);
    }
}
