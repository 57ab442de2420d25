//! Random logs against the naive twin.

use super::*;
use crate::ledger::What;
use crate::{keys, naive};

#[test]
fn the_same_seed_gives_the_same_log_and_another_seed_another_one() {
    let log = RandomLog::new(1).build();
    assert_eq!(log, RandomLog::new(1).build());
    assert_ne!(log, RandomLog::new(2).build());
}

#[test]
fn the_naive_twin_reads_what_the_ledger_says() {
    for seed in 0..300 {
        let log = RandomLog::new(seed).records(1 + seed as usize).build();
        let parsed = naive::parse(&log.bytes);
        assert_eq!(parsed.end, naive::End::Clean, "seed {seed}");
        let records: Vec<_> = log.frames.iter().filter(|it| it.is_command()).collect();
        assert_eq!(parsed.frames.len(), records.len(), "seed {seed}");
        assert_eq!(log.commands(), records.len());
        for (frame, entry) in parsed.frames.iter().zip(&records) {
            assert_eq!((frame.offset, frame.len), (entry.offset, entry.len), "seed {seed}");
            assert!(keys::keys_of(&frame.argv).is_some(), "{:?}", frame.argv[0]);
        }
        let data = records.iter().filter(|it| matches!(it.what, What::Command { .. }));
        assert_eq!(data.count(), 1 + seed as usize, "seed {seed}");
        assert_eq!(naive::checkpoints(&log.bytes), log.checkpoints(), "seed {seed}");
        assert_eq!(parsed.annotations.len() + records.len(), log.frames.len());
    }
}

#[test]
fn a_select_stands_before_the_first_record_and_never_repeats_the_database() {
    for seed in 0..100 {
        let log = RandomLog::new(seed).dbs(3).build();
        let mut current = None;
        for frame in &log.frames {
            match &frame.what {
                What::Select(db) => {
                    assert!(*db < 3 && current != Some(*db), "seed {seed}");
                    current = Some(*db);
                }
                What::Command { db, .. } => assert_eq!(current, Some(*db), "seed {seed}"),
                _ => {}
            }
        }
    }
}

#[test]
fn the_clock_rises_and_groups_are_closed() {
    for seed in 0..100 {
        let log = RandomLog::new(seed).build();
        let (mut clock, mut open) = (0, false);
        for frame in &log.frames {
            match frame.what {
                What::Annotation(Some(now)) => {
                    assert!(now > clock && !open, "seed {seed}");
                    clock = now;
                }
                What::Multi => assert!(!std::mem::replace(&mut open, true), "seed {seed}"),
                What::Exec => assert!(std::mem::replace(&mut open, false), "seed {seed}"),
                _ => {}
            }
        }
        assert!(!open && clock > 0);
    }
}

#[test]
fn what_is_switched_off_does_not_come() {
    let plain = RandomLog::new(5).timestamps(false).transactions(false).dbs(1).nested(false);
    let log = plain.sizes(SizeProfile::Tiny).records(2000).build();
    assert!(log.frames.iter().skip(1).all(|it| matches!(it.what, What::Command { .. })));
    assert_eq!(log.frames[0].what, What::Select(0));
    let has = |needle: &[u8]| log.bytes.windows(needle.len()).any(|it| it == needle);
    assert!(!has(b"inner:"));
}

#[test]
fn values_have_every_size_and_some_are_logs_themselves() {
    let log = RandomLog::new(9).records(3000).build();
    let parsed = naive::parse(&log.bytes);
    let values = || parsed.frames.iter().flat_map(|frame| &frame.argv[1..]);
    for range in [0..1, 1..2, 10..100, 100..1000, 4096..100_000] {
        assert!(values().any(|it| range.contains(&it.len())), "{range:?}");
    }
    let is_log = |it: &&Vec<u8>| it.len() > 20 && naive::parse(it).end == naive::End::Clean;
    assert!(values().any(|it| is_log(&it)));
    assert!(values().any(|it| it.windows(2).any(|pair| pair == b"\r\n")));
    let large = RandomLog::new(1).records(5).sizes(SizeProfile::Large).nested(false).build();
    assert!(large.bytes.len() > 5 * 1000);
}
