//! A log can be torn at any byte.

use aof_log::{FindingId, Policy, Severity, diagnose};
use aof_testkit::{Ledger, RandomLog, naive};

fn judge(ledger: &Ledger, end: usize, seed: u64) {
    let bytes = &ledger.bytes[..end];
    let diagnosis = diagnose(bytes, &Policy::default(), &());
    let twin = naive::parse(bytes);
    let checkpoints = naive::checkpoints(bytes);
    let last = *checkpoints.last().expect("0 is a checkpoint") as u64;
    let place = format!("seed {seed}, torn at {end}");

    assert_eq!(diagnosis.commands, twin.frames.len() as u64, "{place}");
    assert_eq!(diagnosis.end_checkpoint, last, "{place}");
    assert_eq!(diagnosis.checkpoint, last, "{place}");
    let ends_whole = matches!(twin.end, naive::End::Clean);
    // A value that is torn behind a run of zero bytes looks like one that was never written.
    let ids = [FindingId::AofTailTorn, FindingId::AofTailNul];
    let torn: Vec<_> = ids.iter().flat_map(|id| diagnosis.of(*id)).collect();
    assert_eq!(torn.is_empty(), ends_whole, "{place}: {:?}", diagnosis.findings);
    for finding in torn {
        assert_eq!(finding.end(), end as u64, "{place}");
        assert_eq!(finding.loss.bytes, finding.length, "{place}");
    }
    let is_open = twin_is_open(&twin, last);
    assert_eq!(diagnosis.of(FindingId::AofMultiOpen).count(), usize::from(is_open), "{place}");
    let severe = diagnosis.findings.iter().any(|finding| finding.severity == Severity::Damage);
    assert_eq!(severe, !ends_whole || is_open, "{place}: {:?}", diagnosis.findings);
}

/// Whether records stand behind the last checkpoint: they belong to an open transaction.
fn twin_is_open(twin: &naive::Parsed, checkpoint: u64) -> bool {
    twin.frames.last().is_some_and(|frame| (frame.offset + frame.len) as u64 > checkpoint)
}

#[test]
fn a_log_torn_at_any_byte_ends_at_its_last_checkpoint() {
    for seed in 0..12 {
        let ledger = RandomLog::new(seed)
            .records(40)
            .dbs(1 + seed % 3)
            .timestamps(seed % 2 == 0)
            .transactions(true)
            .nested(false)
            .build();
        let step = 1 + ledger.bytes.len() / 6000;
        for end in (0..=ledger.bytes.len()).step_by(step) {
            judge(&ledger, end, seed);
        }
    }
}
