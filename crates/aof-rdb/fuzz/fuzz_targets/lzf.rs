//! No bytes make the decoder panic, or give more or fewer bytes than were announced.

#![no_main]

use aof_rdb::decompress;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &[u8])| {
    let (len, packed) = (usize::from(input.0), input.1);
    let mut out = b"what was there before".to_vec();
    let unpacked = decompress(packed, len, &mut out);
    assert_eq!(out.len(), if unpacked.is_ok() { len } else { 0 });
    let Some(twin) = plainly(packed) else { return assert!(unpacked.is_err()) };
    assert_eq!(unpacked.is_ok(), twin.len() == len);
    // Most lengths are wrong unless they are made to be right.
    assert_eq!(decompress(packed, twin.len(), &mut out), Ok(()));
    assert_eq!(out, twin);
});

/// What the bytes give, byte by byte; `None` if they are not LZF.
fn plainly(packed: &[u8]) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = vec![];
    let mut bytes = packed.iter().copied();
    while let Some(control) = bytes.next() {
        if control < 32 {
            for _ in 0..=control {
                out.push(bytes.next()?);
            }
            continue;
        }
        let more = if control >> 5 == 7 { usize::from(bytes.next()?) } else { 0 };
        let back = usize::from(control % 32) * 256 + usize::from(bytes.next()?) + 1;
        for _ in 0..usize::from(control >> 5) + 2 + more {
            out.push(out[out.len().checked_sub(back)?]);
        }
    }
    Some(out)
}
