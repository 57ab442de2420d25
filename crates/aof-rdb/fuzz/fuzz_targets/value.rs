//! No bytes make a value panic, and all ways to read it say the same.

#![no_main]

use aof_rdb::{Checksum, Dialect, Dump, Header, Payload};
use aof_rdb_fuzz::{check, packed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    dump(input);
    let Some((&code, bytes)) = input.split_first() else { return };
    let dialects = [(Dialect::Redis, 13), (Dialect::Valkey, 80)];
    for (dialect, version) in dialects {
        let value = |bytes| Payload { header: Header { dialect, version }, code: code % 28, bytes };
        let _sound_or_not = check(value(bytes));
        let _sound_or_not = check(value(&packed(code % 28, bytes)));
    }
});

fn dump(input: &[u8]) {
    let Ok(dump) = Dump::new(input) else { return };
    let _sound_or_not = check(dump.value);
    let again = dump.value.to_dump();
    assert_eq!(again.len(), input.len());
    let (value, checksum) = input.split_at(input.len() - 8);
    assert_eq!(&again[..value.len()], value);
    match dump.checksum {
        Checksum::Valid => assert_eq!(again[value.len()..], *checksum),
        Checksum::Disabled => assert_eq!(*checksum, [0; 8]),
        other => assert!(again[value.len()..] != *checksum, "{other:?}"),
    }
}
