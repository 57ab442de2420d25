//! Records hidden in a value by one wrong digit of its length.
//!
//! A length that slips to a larger one usually ends in the middle of something and is found out at once. By
//! chance it can end where a later record ends: then the framing is right, and the records in between are
//! gone. The traces: at the place that another digit would name there stands a line end and a new record,
//! and from there whole records follow exactly up to the end of the value.

use aof_resp::plausible;
use aof_source::{Feed, ReadError};

use crate::walk::{Bounds, HeadBuffer, Payload, Walk, walk, walk_corrected};

/// Whether a payload of at least 20 bytes deserves a closer look: it holds a line end with the start of a
/// record or argument behind it, or begins like a zeroed one. Runs for every value of a log.
#[inline]
pub(crate) fn is_suspect(payload: &[u8]) -> bool {
    payload[0] == 0 || (holds_cr(payload) && holds_header(payload))
}

/// Whether there is a CR among at least 16 bytes. For short payloads it is shaped so that the compiler compares
/// 16 at once: that is faster than calling `memchr`.
#[inline]
fn holds_cr(payload: &[u8]) -> bool {
    const WIDTH: usize = 16;
    let has_cr =
        |chunk: &[u8; WIDTH]| chunk.iter().fold(false, |found, byte| found | (*byte == b'\r'));
    match payload.last_chunk() {
        Some(last) if payload.len() <= 8 * WIDTH => {
            let (whole, _) = payload[..payload.len() - 1].as_chunks();
            whole.iter().fold(has_cr(last), |found, chunk| found | has_cr(chunk))
        }
        _ => memchr::memchr(b'\r', payload).is_some(),
    }
}

#[cold]
fn holds_header(payload: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', payload)
        .any(|at| matches!(payload.get(at + 1..at + 3), Some([b'\n', b'*' | b'$' | b'#'])))
}

/// The end that the record at `start` has if its argument `index` is `payload` with one wrong digit, and whole
/// records follow from there to `end`, where it seems to end.
pub(crate) fn true_end<F: Feed>(
    feed: &mut F,
    start: u64,
    index: u32,
    payload: Payload,
    end: u64,
) -> Result<Option<u64>, ReadError> {
    for length in lengths_one_digit_off(payload.length) {
        let at = payload.start + length;
        if !matches!(feed.window(at, 3)?, [b'\r', b'\n', b'*' | b'$' | b'#', ..]) {
            continue;
        }
        if let Walk::Frame { end: true_end } = walk_corrected(feed, start, index, length)?
            && true_end < end
            && records_fill(feed, true_end, end)?
        {
            return Ok(Some(true_end));
        }
    }
    Ok(None)
}

/// Whether whole records stand from `at` to `end`.
fn records_fill<F: Feed>(feed: &mut F, mut at: u64, end: u64) -> Result<bool, ReadError> {
    let mut head = HeadBuffer::default();
    while at < end {
        match walk(feed, at, Bounds::NONE, &mut head)? {
            Walk::Frame { end: next } if plausible(&head.head()).is_some() => at = next,
            _ => return Ok(false),
        }
    }
    Ok(at == end)
}

/// Smaller numbers that one changed or one additional digit makes of `length`.
fn lengths_one_digit_off(length: u64) -> impl Iterator<Item = u64> {
    let digits = length.checked_ilog10().map_or(1, |log| log + 1);
    (0..digits).map(|place| 10_u64.pow(place)).flat_map(move |unit| {
        let digit = length / unit % 10;
        let changed = (1..=digit).map(move |less| length - less * unit);
        let removed = length / (unit * 10) * unit + length % unit;
        let same_width = move |n: &u64| n.checked_ilog10().map_or(1, |log| log + 1) == digits;
        changed.filter(same_width).chain([removed])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_digit_makes_these_of_a_length() {
        let of = |length| {
            let mut lengths: Vec<u64> = lengths_one_digit_off(length).collect();
            lengths.sort_unstable();
            lengths
        };
        assert_eq!(of(32), [2, 3, 12, 22, 30, 31]);
        assert_eq!(of(100), [0, 10, 10]);
    }

    #[test]
    fn a_value_with_headers_is_suspect_and_one_with_lines_is_not() {
        assert!(is_suspect(b"some text here\r\n*3\r\n"));
        assert!(is_suspect(b"a\rb\r\rc text here\r\n$3\r\n"));
        assert!(!is_suspect(b"some text here\r\nmore text"));
        assert!(is_suspect(&[0; 32]));
    }
}
