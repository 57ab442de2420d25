//! Manifests of any bytes: each dialect reads them without a fault or tells where it is, and what is written is read
//! again as it was.

#![no_main]

use aof_log::manifest::{Dialect, Manifest, ManifestFault, read, read_as, write};
use libfuzzer_sys::fuzz_target;

/// What file systems take.
const MAX_NAME: usize = 255;

fuzz_target!(|input: &[u8]| {
    let all = read(input);
    for fault in &all.faults {
        assert!(fault.offset + fault.length <= input.len() as u64, "{fault:?}");
        assert!(
            fault.line >= 1 && !fault.dialects.is_empty() && !fault.rule.is_empty(),
            "{fault:?}"
        );
    }
    for dialect in Dialect::ALL {
        let one = read_as(input, dialect);
        let own = all.readings.iter().find(|(reader, _)| *reader == dialect);
        assert_eq!(one.manifest, own.map_or(&all.manifest, |(_, manifest)| manifest).clone());
        let stops = |fault: &&ManifestFault| fault.dialects.contains(&dialect);
        let of_all = all.faults.iter().filter(stops).map(|fault| (fault.offset, fault.server_says));
        assert!(of_all.eq(one.faults.iter().map(|fault| (fault.offset, fault.server_says))));
        if one.faults.is_empty() {
            is_read_again(one.manifest);
        }
    }
});

/// By every dialect, in its new lines.
fn is_read_again(mut manifest: Manifest) {
    manifest.entries.retain(|entry| entry.file.len() <= MAX_NAME);
    for (index, entry) in manifest.entries.iter_mut().enumerate() {
        entry.line = index + 1;
    }
    if manifest.entries.is_empty() {
        return;
    }
    let again = read(&write(&manifest));
    assert_eq!(again.manifest, manifest);
    assert!(again.faults.is_empty() && again.readings.is_empty(), "{again:?}");
}
