//! Inputs made to hurt a parser: bombs, values that are logs, and sequences that make a search quadratic.

use crate::builder::LogBuilder;
use crate::ledger::Ledger;
use crate::random::RandomLog;

/// `piece` over and over, cut at `bytes` bytes.
#[must_use]
pub fn repeated(piece: &[u8], bytes: usize) -> Vec<u8> {
    piece.iter().copied().cycle().take(bytes).collect()
}

/// `*1000\r\n$1\r\n` over and over: each place looks like the begin of a record that never comes.
#[must_use]
pub fn nested_headers(bytes: usize) -> Vec<u8> {
    repeated(b"*1000\r\n$1\r\n", bytes)
}

/// `n` times a payload of 17 bytes that is the begin of a `DEL` with a million keys: read from every other
/// place, it is a record that swallows the rest.
#[must_use]
pub fn million_key_deletes(n: usize) -> Vec<u8> {
    b"$17\r\n*1000000\r\n$3\r\nDEL\r\n".repeat(n)
}

/// `n` times the begin of a `DEL` whose key has 99 999 999 bytes.
#[must_use]
pub fn endless_keys(n: usize) -> Vec<u8> {
    b"*2\r\n$3\r\nDEL\r\n$99999999\r\n".repeat(n)
}

/// Records that claim more arguments than there are bytes, each with its name.
#[must_use]
pub fn argc_bombs() -> Vec<(&'static str, Vec<u8>)> {
    let bomb = |head: &str| format!("{head}\r\n$3\r\nDEL\r\n$1\r\nk\r\n").into_bytes();
    vec![
        ("a million arguments", bomb("*1000000")),
        ("the highest count a client may send", bomb("*2147483647")),
        ("one more than 32 bits hold", bomb("*4294967296")),
        ("the highest signed count", bomb("*9223372036854775807")),
        ("one more than 64 bits hold", bomb("*18446744073709551616")),
        ("a count of 1000 digits", bomb(&format!("*{}", "9".repeat(1000)))),
        ("no argument at all", bomb("*0")),
        ("a negative count", bomb("*-1")),
    ]
}

/// Records whose value claims more bytes than there are, each with its name.
#[must_use]
pub fn length_bombs() -> Vec<(&'static str, Vec<u8>)> {
    let bomb =
        |length: &str| format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${length}\r\nv\r\n").into_bytes();
    vec![
        ("one byte too many", bomb("2")),
        ("the longest value a server takes", bomb("536870912")),
        ("2 GiB", bomb("2147483648")),
        ("a length typed twice", bomb("99999999999")),
        ("the highest signed length", bomb("9223372036854775807")),
        ("a length that wraps around when two are added", bomb("18446744073709551614")),
        ("one more than 64 bits hold", bomb("18446744073709551616")),
        ("a length of 1000 digits", bomb(&"9".repeat(1000))),
        ("a negative length", bomb("-1")),
    ]
}

/// A clean log of `values` records whose values are clean logs of `records` records each.
#[must_use]
pub fn logs_in_values(seed: u64, values: usize, records: usize) -> Ledger {
    let mut log = LogBuilder::new();
    log.select(0);
    for n in 0..values {
        let inner = RandomLog::new(seed.wrapping_add(n as u64)).records(records).build();
        log.command(&[b"SET".as_slice(), format!("log:{n}").as_bytes(), &inner.bytes]);
    }
    log.finish()
}

/// A log in a log in a log: `depth` times the value of a `SET`, 5 to 9 bytes more each time than it holds.
#[must_use]
pub fn matryoshka(depth: usize) -> Ledger {
    let mut inner = Ledger::default();
    for _ in 0..depth {
        let mut log = LogBuilder::new();
        log.command(&[b"SET".as_slice(), b"doll", &inner.bytes]);
        inner = log.finish();
    }
    inner
}

/// A clean log in which each value is one of these pieces, cut to `bytes`; the rest are small records.
#[must_use]
pub fn in_values(pieces: &[Vec<u8>], bytes: usize) -> Ledger {
    let mut log = LogBuilder::new();
    log.select(0);
    for (n, piece) in pieces.iter().enumerate() {
        let value = &piece[..piece.len().min(bytes)];
        log.command(&[b"SET".as_slice(), format!("piece:{n}").as_bytes(), value]);
        log.command(&["INCR", "pieces"]);
    }
    log.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive::{self, End};

    #[test]
    fn a_bomb_is_a_fault_or_incomplete_and_costs_nothing() {
        for (name, bytes) in argc_bombs().into_iter().chain(length_bombs()) {
            assert_ne!(naive::parse(&bytes).end, End::Clean, "{name}");
            assert!(naive::parse(&bytes).frames.is_empty(), "{name}");
            assert!(crate::combinators::command(&bytes).is_err(), "{name}");
        }
    }

    #[test]
    fn logs_in_values_are_clean_on_the_outside() {
        for ledger in [
            logs_in_values(1, 5, 50),
            matryoshka(100),
            in_values(&[nested_headers(1000), endless_keys(10), million_key_deletes(10)], 5000),
        ] {
            let parsed = naive::parse(&ledger.bytes);
            assert_eq!(parsed.end, End::Clean);
            assert_eq!(parsed.frames.len(), ledger.commands());
        }
    }

    #[test]
    fn sequences_have_the_length_that_was_asked_for() {
        assert_eq!(nested_headers(64).len(), 64);
        assert!(nested_headers(64).starts_with(b"*1000\r\n$1\r\n*1000"));
        let deletes = million_key_deletes(3);
        assert_eq!(deletes.len() % 3, 0);
        let payload = deletes.strip_prefix(b"$17\r\n").expect("it begins so");
        assert_eq!(&payload[..19], b"*1000000\r\n$3\r\nDEL\r\n");
        assert!(endless_keys(2).ends_with(b"$99999999\r\n"));
    }
}
