//! No bytes make a value panic, and all ways to read it say the same.

#![no_main]

use aof_rdb::{Checksum, Dialect, Dump, Header, Payload};
use aof_rdb_fuzz::{check, len, text};
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

/// Most bytes are no packed value unless its sizes are made right.
fn packed(code: u8, bytes: &[u8]) -> Vec<u8> {
    let size = |frame: usize| ((bytes.len() + frame) as u32).to_le_bytes();
    let listpack = [&size(7)[..], &[255, 255], bytes, &[0xFF]].concat();
    let tail = (10 + bytes.first().map_or(0, |&byte| usize::from(byte)) as u32).to_le_bytes();
    let ziplist = [&size(11)[..], &tail, &[255, 255], bytes, &[0xFF]].concat();
    match code {
        9 => text(&[&[254], bytes, &[0xFF]].concat()),
        10 | 12 | 13 => text(&ziplist),
        14 => [len(1), text(&ziplist)].concat(),
        11 => text(&[&[2, 0, 0, 0], &((bytes.len() / 2) as u32).to_le_bytes(), bytes].concat()),
        18 => [len(1), len(2), text(&listpack)].concat(),
        25 => [vec![0; 8], text(&listpack)].concat(),
        _ => text(&listpack),
    }
}
