//! Storage that fails, and files that shrink, while a log is read.

use aof_log::{Diagnosis, FindingId, Policy, diagnose};
use aof_testkit::{FaultyPart, Ledger, RandomLog};

fn log() -> Ledger {
    RandomLog::new(11).records(200).transactions(false).timestamps(false).build()
}

/// Records that end at or before an offset.
fn whole_before(ledger: &Ledger, offset: u64) -> u64 {
    ledger.frames.iter().filter(|frame| frame.end() as u64 <= offset).count() as u64
}

fn judge(diagnosis: &Diagnosis, ledger: &Ledger, offset: u64) {
    let failed: Vec<_> = diagnosis.of(FindingId::PartUnreadable).collect();
    let [failed] = failed.as_slice() else { panic!("{offset}: {:#?}", diagnosis.findings) };
    assert!(failed.offset <= offset, "{offset}: {failed:?}");
    assert_eq!(failed.end(), ledger.bytes.len() as u64, "{offset}");
    assert!(failed.message.contains(&offset.to_string()), "{offset}: {}", failed.message);
    assert_eq!(diagnosis.findings.len(), 1, "{offset}: {:#?}", diagnosis.findings);
    assert_eq!(diagnosis.commands, whole_before(ledger, offset), "{offset}");
}

#[test]
fn what_stands_before_a_failing_byte_is_still_read() {
    let ledger = log();
    for offset in (1..ledger.bytes.len() as u64).step_by(997) {
        for block in [100, 4096, u64::MAX] {
            let policy = Policy { block, ..Policy::default() };
            let part = FaultyPart::fails_at(&ledger.bytes, offset);
            judge(&diagnose(&part, &policy, &()), &ledger, offset);
        }
    }
}

#[test]
fn a_file_that_shrinks_is_read_up_to_its_new_end() {
    let ledger = log();
    for offset in (1..ledger.bytes.len() as u64).step_by(1499) {
        let part = FaultyPart::shrinks_to(&ledger.bytes, offset);
        judge(&diagnose(&part, &Policy::default(), &()), &ledger, offset);
    }
}
