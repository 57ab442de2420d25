//! No bytes make a ziplist panic or go on behind a fault, and what is whole can be written again.

#![no_main]

use aof_rdb::Str;
use aof_rdb::blob::Ziplist;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &[u8])| {
    let (tail, input) = (u32::from(input.0), input.1);
    check(input);
    // Most inputs are no ziplist unless size, count and end are made right.
    let size = input.len() as u32 + 11;
    for count in [1, 3, u16::MAX] {
        let header = [size.to_le_bytes(), (tail % size).to_le_bytes()].concat();
        check(&[&header[..], &count.to_le_bytes(), input, &[0xFF]].concat());
    }
});

fn check(bytes: &[u8]) {
    let Ok(mut ziplist) = Ziplist::new(bytes) else { return };
    let (announced, most) = (ziplist.announced(), ziplist.size_hint().1.unwrap());
    let (mut strings, mut seen) = (vec![], 0);
    while let Some(string) = ziplist.next() {
        seen += 1;
        match string {
            Ok(string) => strings.push(string),
            Err(fault) => {
                assert!(fault.at < bytes.len() && ziplist.next().is_none(), "{fault:?}");
                // It is then written again as far as it could be read.
                break;
            }
        }
    }
    assert!(ziplist.next().is_none() && seen <= most);
    assert!(seen > strings.len() || announced.is_none_or(|count| count == seen));
    is_written_again(&strings);
}

/// The same strings in the forms that hold any of them are a ziplist as well.
fn is_written_again(strings: &[Str<'_>]) {
    let mut bytes = vec![0; 10];
    let (mut tail, mut before) = (10, 0_u32);
    for string in strings {
        tail = bytes.len() as u32;
        bytes.push(254);
        bytes.extend(before.to_le_bytes());
        match *string {
            Str::Bytes(text) => {
                bytes.push(0x80);
                bytes.extend((text.len() as u32).to_be_bytes());
                bytes.extend(text);
            }
            Str::Int(value) => {
                bytes.push(0xE0);
                bytes.extend(value.to_le_bytes());
            }
        }
        before = bytes.len() as u32 - tail;
    }
    bytes.push(0xFF);
    let size = bytes.len() as u32;
    bytes[..4].copy_from_slice(&size.to_le_bytes());
    bytes[4..8].copy_from_slice(&tail.to_le_bytes());
    bytes[8..10].copy_from_slice(&[255, 255]);
    let again: Result<Vec<_>, _> = Ziplist::new(&bytes).unwrap().collect();
    assert_eq!(again.as_deref(), Ok(strings));
}
