//! The result depends on the bytes alone: not on how they are cut into blocks, nor on how they arrive.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aof_log::{Diagnosis, FindingId, Policy, diagnose, diagnose_stream};
use aof_source::StreamFeed;
use aof_testkit::{
    ChunkedPart, Damage, Drip, DripPart, Forgetful, LogBuilder, RandomLog, RandomPart, Rng, naive,
};

fn blocks_of(block: u64) -> Policy {
    Policy { block, ..Policy::default() }
}

/// The serial result: one block, all bytes in one window.
fn serial(bytes: &[u8]) -> Diagnosis {
    diagnose(bytes, &blocks_of(u64::MAX), &())
}

/// A healthy log, and the same with up to three damages.
fn logs(seed: u64) -> Vec<Vec<u8>> {
    let mut rng = Rng::new(seed);
    let ledger = RandomLog::new(seed)
        .records(rng.between(1, 120))
        .dbs(1 + rng.below(3))
        .timestamps(rng.chance(50))
        .transactions(rng.chance(60))
        .nested(rng.chance(50))
        .build();
    let mut logs = vec![ledger.bytes.clone()];
    let mut damaged = ledger.bytes.clone();
    for _ in 0..3 {
        let damage = Damage::random(&mut rng, &ledger);
        if damaged.len() >= ledger.bytes.len() {
            damaged = damage.apply(&damaged);
            logs.push(damaged.clone());
        }
    }
    logs
}

#[test]
fn a_parallel_scan_says_what_a_serial_one_says_for_every_block_size() {
    for seed in 0..60 {
        for bytes in logs(seed) {
            let expected = serial(&bytes);
            for block in [1, 2, 7, 31, 64, 100, 257, 1000, 4096, 65_536] {
                let parallel = diagnose(&bytes[..], &blocks_of(block), &());
                assert_eq!(parallel, expected, "seed {seed}, blocks of {block}");
            }
        }
    }
}

#[test]
fn a_scan_does_not_depend_on_where_windows_end() {
    for seed in 100..130 {
        for bytes in logs(seed) {
            let expected = serial(&bytes);
            let policy = blocks_of(512);
            assert_eq!(diagnose(&DripPart(&bytes), &policy, &()), expected, "seed {seed}, drip");
            assert_eq!(
                diagnose_stream(Drip(&bytes), &policy, &()),
                expected,
                "seed {seed}, stream"
            );
            assert_eq!(
                diagnose_stream(Forgetful::new(&bytes), &policy, &()),
                expected,
                "seed {seed}, pipe"
            );
            let random = RandomPart { bytes: &bytes, seed };
            assert_eq!(diagnose(&random, &policy, &()), expected, "seed {seed}, random windows");
            for size in [1, 2, 3, 5, 8, 13, 100] {
                let chunked = ChunkedPart { bytes: &bytes, size };
                assert_eq!(
                    diagnose(&chunked, &policy, &()),
                    expected,
                    "seed {seed}, chunks of {size}"
                );
            }
        }
    }
}

#[test]
fn a_naive_twin_counts_the_same_records_and_checkpoints() {
    for seed in 200..400 {
        let bytes =
            RandomLog::new(seed).records(100).transactions(true).timestamps(true).build().bytes;
        let (twin, ours) = (naive::parse(&bytes), serial(&bytes));
        assert_eq!(ours.commands, twin.frames.len() as u64, "seed {seed}");
        let checkpoints = naive::checkpoints(&bytes);
        assert_eq!(
            ours.end_checkpoint,
            *checkpoints.last().expect("0 is one") as u64,
            "seed {seed}"
        );
        assert_eq!(ours.findings, [], "seed {seed}");
    }
}

#[test]
fn a_long_stream_that_can_be_opened_again_is_opened_once() {
    let mut rng = Rng::new(9);
    let mut log = LogBuilder::new();
    for n in 0..60_000 {
        let mut value = Vec::new();
        rng.text(&mut value, 100);
        log.command(&[&b"SET"[..], format!("key:{n}").as_bytes(), &value]);
    }
    let (bytes, opened) = (log.finish().bytes, Arc::new(AtomicUsize::new(0)));
    let (stream, counted) = (bytes.clone(), Arc::clone(&opened));
    let feed = StreamFeed::reopenable(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Cursor::new(stream.clone())))
    });
    let diagnosis = diagnose_stream(feed.unwrap(), &Policy::default(), &());
    assert_eq!((diagnosis.commands, diagnosis.findings), (60_000, vec![]));
    assert_eq!(opened.load(Ordering::Relaxed), 1, "to decode is what takes long");
}

/// What a pipe says that remembers 2 MiB.
fn piped(bytes: &[u8]) -> Diagnosis {
    let feed = StreamFeed::new(Cursor::new(bytes.to_vec())).with_look_back(2 << 20);
    diagnose_stream(feed, &blocks_of(4096), &())
}

/// A log that begins with a value of 5 MiB.
fn long_log() -> LogBuilder {
    let mut log = LogBuilder::new();
    log.command(&["SET", "a", "1"]).command(&[&b"SET"[..], b"long", &vec![b'x'; 5 << 20]]);
    log
}

#[test]
fn a_pipe_that_forgot_the_beginning_says_what_a_file_says() {
    let long = long_log().finish().bytes;
    for seed in 500..510 {
        for log in logs(seed) {
            let bytes = [&long[..], &log].concat();
            assert_eq!(piped(&bytes), serial(&bytes), "seed {seed}");
        }
    }
}

#[test]
fn values_longer_than_a_pipe_remembers_are_passed_whole_torn_or_wrong() {
    let mut log = long_log();
    for number in 0..8 {
        log.command(&["INCR", &format!("n:{number}")]);
    }
    let bytes = log.finish().bytes;
    let end_of_value = bytes.len() - 8 * b"*2\r\n$4\r\nINCR\r\n$3\r\nn:0\r\n".len();

    assert_eq!(piped(&bytes), serial(&bytes));
    let torn = piped(&bytes[..end_of_value - 100]);
    let ids: Vec<FindingId> = torn.findings.iter().map(|finding| finding.id).collect();
    assert_eq!((torn.commands, ids), (1, vec![FindingId::AofTailTorn]));
    let wrong = [&bytes[..end_of_value - 2], b"xy", &bytes[end_of_value..]].concat();
    let wrong = piped(&[&wrong[..], &bytes[end_of_value..]].concat());
    assert_eq!(wrong.of(FindingId::PartUnreadable).count(), 0);
    assert!(wrong.commands >= 17, "{:#?}", wrong.findings);
}
