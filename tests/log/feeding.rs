//! The result depends on the bytes alone: not on how they are cut into blocks, nor on how they arrive.

use aof_log::{Diagnosis, Policy, diagnose, diagnose_stream};
use aof_testkit::{
    ChunkedPart, Damage, Drip, DripPart, Forgetful, RandomLog, RandomPart, Rng, naive,
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
