//! No bytes make a salvage panic; what it keeps stands in order, within the file, and can be read to its end.

#![no_main]

use aof_rdb::{Salvaged, salvage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    check(input, 0);
    // Most inputs are no file of this format unless they are made to begin as one.
    for header in ["REDIS0009", "REDIS0012", "VALKEY080"] {
        check(&[header.as_bytes(), input].concat(), 0);
    }
    // Nor does a file have to begin where the bytes do.
    check(&[b"1234567REDIS0012", input].concat(), 7);
});

fn check(bytes: &[u8], start: u64) {
    let (mut source, len) = (bytes, bytes.len() as u64);
    let Ok(found) = salvage(&mut source, start..len);
    are_places_in_order(&found, start..len);
    // Losses are listed as they begin; a later one may reach back into what an earlier one named.
    assert!(found.losses.list.is_sorted_by_key(|lost| lost.start));
    assert_eq!(found.losses.list.len() as u64, found.losses.total.min(4096));
    is_all_read(&found, bytes);
}

fn are_places_in_order(found: &Salvaged, extent: std::ops::Range<u64>) {
    let mut at = extent.start;
    for kept in &found.kept {
        assert!(at <= kept.start && kept.start < kept.end, "{found:?}");
        at = kept.end;
    }
    assert!(at <= found.end && found.end <= extent.end, "{found:?}");
}

/// Records are read up to the end of each piece that is kept.
fn is_all_read(found: &Salvaged, bytes: &[u8]) {
    let (mut source, mut ends) = (bytes, Vec::new());
    let Ok(()) = found.read(&mut source, &mut |records| {
        ends.extend(records.iter().map(|record| record.end));
        true
    });
    assert!(ends.is_sorted());
    for kept in &found.kept {
        assert!(ends.binary_search(&kept.end).is_ok(), "{found:?}");
    }
}
