//! Replies: no bytes make the parser panic, recurse without a bound, or believe a length.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Ok((rest, _)) = aof_resp::reply(input) {
        assert!(rest.len() < input.len());
    }
});
