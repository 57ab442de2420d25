//! Damaged logs: good records around arbitrary bytes are always found, and the result does not depend on how the
//! log is cut into blocks.

#![no_main]

use aof_log::{Policy, diagnose};
use libfuzzer_sys::fuzz_target;

const RECORD: &[u8] = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";

fuzz_target!(|input: &[u8]| {
    let log = [&RECORD.repeat(3), input, &RECORD.repeat(9)].concat();
    let serial = diagnose(&log[..], &Policy { block: u64::MAX, ..Policy::default() }, &());
    let blocks = diagnose(&log[..], &Policy { block: 64, ..Policy::default() }, &());
    assert_eq!(serial, blocks);
    assert_eq!(serial.bytes, log.len() as u64);
    assert!(serial.checkpoint <= serial.end_checkpoint && serial.end_checkpoint <= serial.bytes);
    for finding in &serial.findings {
        assert!(finding.end() <= serial.bytes, "{finding:?}");
        assert!(finding.loss.commands.min <= finding.loss.commands.max, "{finding:?}");
    }
});
