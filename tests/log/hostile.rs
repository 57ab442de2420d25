//! Bytes that somebody chose to make trouble.

use aof_log::{FindingId, Policy, diagnose};
use aof_testkit::{LogBuilder, hostile};

fn ids(bytes: &[u8]) -> Vec<FindingId> {
    diagnose(bytes, &Policy::default(), &()).findings.iter().map(|finding| finding.id).collect()
}

#[test]
fn values_that_are_logs_are_values() {
    let ledger = hostile::logs_in_values(7, 20, 50);
    assert_eq!(ids(&ledger.bytes), []);
    let nested = hostile::matryoshka(12);
    assert_eq!(ids(&nested.bytes), []);
}

#[test]
fn bombs_are_damage_and_nothing_explodes() {
    for (name, bomb) in hostile::argc_bombs().into_iter().chain(hostile::length_bombs()) {
        let mut log = LogBuilder::new();
        log.command(&["SET", "k", "v"]).raw(&bomb);
        let diagnosis = diagnose(&log.finish().bytes[..], &Policy::default(), &());
        assert!(diagnosis.total_findings > 0, "{name}");
        assert!(diagnosis.commands >= 1, "{name}");
    }
}

/// A 10 MB log with one length digit changed in the middle.
fn with_wrong_length(wrong: &[u8], right: &[u8]) -> (Vec<u8>, u64, usize) {
    let mut log = LogBuilder::new();
    let value = [b'v'; 64];
    for number in 0..100_000 {
        log.command(&[b"SET", format!("key:{number:012}").as_bytes(), &value]);
    }
    let ledger = log.finish();
    let victim = ledger.frames[50_000].range();
    let at = victim.start
        + memchr::memmem::find(&ledger.bytes[victim.clone()], right).expect("it stands there");
    let mut bytes = ledger.bytes[..at].to_vec();
    bytes.extend_from_slice(wrong);
    bytes.extend_from_slice(&ledger.bytes[at + right.len()..]);
    (bytes, 99_999, victim.start)
}

#[test]
fn a_wrong_length_in_the_middle_costs_one_command_and_hides_none() {
    for (wrong, right) in [("$964", "$64"), ("$99999999999", "$64"), ("*9", "*3"), ("$60", "$64")] {
        let (bytes, left, start) = with_wrong_length(wrong.as_bytes(), right.as_bytes());
        let diagnosis = diagnose(&bytes[..], &Policy::default(), &());
        assert_eq!(diagnosis.commands, left, "{wrong}: {:#?}", diagnosis.findings);
        let found: Vec<_> = diagnosis.findings.iter().map(|f| (f.id, f.offset)).collect();
        let start = start as u64;
        assert_eq!(found, [(FindingId::AofGap, start), (FindingId::AofFrameBad, start)], "{wrong}");
    }
}

#[test]
fn torn_values_that_hold_records_are_torn_tails() {
    let inner: Vec<u8> = b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n".repeat(50);
    for value in [inner.clone(), [&b"some text first "[..], &inner].concat()] {
        let mut log = LogBuilder::new();
        log.command(&["SET", "k", "v"]).command(&[b"SET", b"log", &value[..]]);
        let bytes = log.finish().bytes;
        for cut in [3, 10, 25, 300] {
            assert_eq!(ids(&bytes[..bytes.len() - cut]), [FindingId::AofTailTorn], "cut by {cut}");
        }
    }
}
