//! Records: no bytes make the parser panic, and what it accepts reads back the same.

#![no_main]

use aof_resp::{Grammar, Table, annotation, frame, next_candidate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = annotation(input);
    for grammar in [Grammar::Loader, Grammar::LineFeed, Grammar::AddedCr] {
        if grammar.frame(input).is_ok() {
            grammar.may_precede(input);
        }
    }
    let mut at = 0;
    while let Some(found) = next_candidate(input, at) {
        assert!(found >= at && input[found] == b'*');
        at = found + 1;
    }
    let Ok((rest, frame)) = frame(input) else { return };
    assert_eq!(frame.bytes().len() + rest.len(), input.len());
    let args: Vec<&[u8]> = frame.args().collect();
    assert_eq!(args.len(), frame.argc() as usize);
    assert_eq!(encode(&args), frame.bytes());
    assert!(Grammar::Loader.frame(input).is_ok(), "loaders accept what servers write");
    if let Some(command) = Table::get().resolve_args(&args) {
        assert!(command.key_positions(&args).all(|position| position < args.len()));
        command.replay(args.iter().copied());
    }
});

fn encode(args: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        bytes.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        bytes.extend_from_slice(arg);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
