//! The workloads against the naive twin.

use std::collections::HashSet;

use super::*;
use crate::{keys, naive};

#[test]
fn every_workload_is_strict_and_counts_its_records() {
    for workload in Workload::ALL {
        let mut bytes = Vec::new();
        let written = workload.write(7, 300_000, &mut bytes).expect("memory");
        let parsed = naive::parse(&bytes);
        assert_eq!(parsed.end, naive::End::Clean, "{}", workload.name());
        assert_eq!(written.bytes, bytes.len() as u64, "{}", workload.name());
        assert_eq!(written.commands, parsed.frames.len() as u64, "{}", workload.name());
        assert!((300_000..500_000).contains(&bytes.len()), "{}", workload.name());
        for frame in &parsed.frames {
            assert!(keys::keys_of(&frame.argv).is_some(), "{:?}", frame.argv[0]);
        }
    }
}

#[test]
fn the_seed_alone_makes_the_bytes() {
    for workload in Workload::ALL {
        let bytes = workload.bytes(1, 100_000);
        assert_eq!(bytes, workload.bytes(1, 100_000), "{}", workload.name());
        assert_ne!(bytes, workload.bytes(2, 100_000), "{}", workload.name());
        assert_eq!(Workload::named(workload.name()), Some(workload));
    }
    assert_eq!(Workload::named("nothing"), None);
}

#[test]
fn set64_has_101_bytes_a_record() {
    let bytes = Workload::Set64.bytes(1, 1_000_000);
    let frames = naive::parse(&bytes).frames;
    assert!(frames[1..].iter().all(|frame| frame.len == 101));
}

#[test]
fn manykeys_repeats_no_key() {
    let frames = naive::parse(&Workload::ManyKeys.bytes(1, 1_000_000)).frames;
    let distinct: HashSet<&[u8]> = frames.iter().map(|it| it.argv[1].as_slice()).collect();
    assert_eq!(distinct.len(), frames.len());
    assert!(frames.len() > 15_000);
}

#[test]
fn bigkeys_holds_values_of_a_mebibyte_and_more() {
    let frames = naive::parse(&Workload::BigKeys.bytes(1, 40 << 20)).frames;
    let longest = frames.iter().flat_map(|it| &it.argv).map(Vec::len).max();
    assert!(longest.is_some_and(|len| len >= 1 << 20));
}

#[test]
fn a_writer_that_fails_is_reported() {
    let mut room = [0; 100];
    assert!(Workload::Set64.write(1, 10_000, &mut room.as_mut_slice()).is_err());
}
