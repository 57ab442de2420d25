//! No bytes make a listpack panic or go on behind a fault, and what is whole can be written again.

#![no_main]

use aof_rdb::Str;
use aof_rdb::blob::Listpack;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    check(input);
    // Most inputs are no listpack unless size, count and end are made right.
    let size = input.len() as u32 + 7;
    for count in [1, 3, u16::MAX] {
        check(&[&size.to_le_bytes()[..], &count.to_le_bytes(), input, &[0xFF]].concat());
    }
});

fn check(bytes: &[u8]) {
    let Ok(mut listpack) = Listpack::new(bytes) else { return };
    let (announced, most) = (listpack.announced(), listpack.size_hint().1.unwrap());
    let (mut strings, mut seen) = (vec![], 0);
    while let Some(string) = listpack.next() {
        seen += 1;
        match string {
            Ok(string) => strings.push(string),
            Err(fault) => {
                assert!(fault.at < bytes.len() && listpack.next().is_none(), "{fault:?}");
                // It is then written again as far as it could be read.
                break;
            }
        }
    }
    assert!(listpack.next().is_none() && seen <= most);
    assert!(seen > strings.len() || announced.is_none_or(|count| count == seen));
    assert!(strings.iter().map(|string| room(*string)).sum::<usize>() <= bytes.len() - 7);
    is_written_again(&strings);
}

/// The fewest bytes that an entry has.
fn room(string: Str<'_>) -> usize {
    match string {
        Str::Bytes(bytes) => bytes.len() + 2,
        Str::Int(0..=127) => 2,
        Str::Int(-4096..=4095) => 3,
        Str::Int(_) => 4,
    }
}

/// The same strings in the forms that hold any of them are a listpack as well.
fn is_written_again(strings: &[Str<'_>]) {
    let mut entries = vec![];
    for string in strings {
        let mut entry = match *string {
            Str::Bytes(bytes) => [&[0xF0], &(bytes.len() as u32).to_le_bytes()[..], bytes].concat(),
            Str::Int(value) => [&[0xF4], &value.to_le_bytes()[..]].concat(),
        };
        match entry.len() {
            len @ 0..128 => entry.push(len as u8),
            len @ 128..16_383 => entry.extend([(len >> 7) as u8, len as u8 | 0x80]),
            _ => return,
        }
        entries.extend(entry);
    }
    let size = entries.len() as u32 + 7;
    let bytes = [&size.to_le_bytes()[..], &[255, 255], &entries, &[0xFF]].concat();
    let again: Result<Vec<_>, _> = Listpack::new(&bytes).unwrap().collect();
    assert_eq!(again.as_deref(), Ok(strings));
}
