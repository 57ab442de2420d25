//! Traces of RESP records. This is no parser: it only has to be right about "here are some".

use memchr::memchr_iter;

use super::Resp;

/// Whether these bytes, taken from anywhere in a file, hold the beginning of a record.
///
/// What is looked for is `*N`, `$N` and a letter, each on a line of its own.
#[must_use]
pub fn shows_records(bytes: &[u8]) -> bool {
    first(bytes).is_some()
}

/// Where the first record begins.
pub(super) fn first(bytes: &[u8]) -> Option<usize> {
    memchr_iter(b'*', bytes).find(|&at| starts_record(&bytes[at..]))
}

/// How many records begin here.
pub(super) fn count(bytes: &[u8]) -> usize {
    memchr_iter(b'*', bytes).filter(|&at| starts_record(&bytes[at..])).count()
}

/// Line ends of servers, and of copies that a text mode took a CR from or added one to.
const LINE_ENDS: [&[u8]; 3] = [b"\r\n", b"\n", b"\r\r\n"];

/// `*3\r\n$3\r\nS` or `*3\n$3\nS`: a count, the length of a command's name, and its first letter.
fn starts_record(bytes: &[u8]) -> bool {
    let name = header(bytes, b'*').and_then(|rest| header(rest, b'$'));
    name.is_some_and(|name| name.first().is_some_and(u8::is_ascii_alphabetic))
}

/// What follows a line of `mark`, one to ten digits, and a line end.
fn header(bytes: &[u8], mark: u8) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(&[mark])?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(1..=10).contains(&digits) {
        return None;
    }
    let rest = &rest[digits..];
    LINE_ENDS.iter().find_map(|end| rest.strip_prefix(*end))
}

/// How these bytes begin, if it is as a log does: with a record or an annotation, whole or torn.
pub(super) fn beginning(first: &[u8]) -> Option<Resp> {
    let (bare, bom) = match first.strip_prefix(b"\xEF\xBB\xBF") {
        Some(bare) => (bare, true),
        None => (first, false),
    };
    let form = if bare.starts_with(b"*") {
        record_line(&bare[1..])?
    } else if bare.starts_with(b"$") && header(bare, b'$').is_some() {
        // Cut at the front: the first bytes are the middle of a record.
        Resp::Damaged
    } else if annotation(bare) {
        Resp::Plain
    } else {
        return None;
    };
    Some(if bom { Resp::Bom } else { form })
}

/// The form of a log whose first line goes on like this behind its `*`. The servers' loader skips blanks
/// and a plus sign before the digits, and anything behind them.
fn record_line(rest: &[u8]) -> Option<Resp> {
    let lax = rest.iter().take_while(|&&b| b == b' ' || b == b'+').count();
    let digits = rest[lax..].iter().take_while(|b| b.is_ascii_digit()).count();
    let behind = &rest[lax + digits..];
    match behind {
        // The file ends here: torn, or the first byte of something else; a log can be told by more bytes only.
        [] | [b'\r'] => Some(Resp::Plain),
        _ if digits == 0 => None,
        [b'\r', b'\n'] | [b'\r', b'\n', b'$', ..] => Some(Resp::Plain),
        [b'\n'] | [b'\n', b'$', ..] => Some(Resp::LineFeeds),
        _ => first(behind).map(|_| Resp::Damaged),
    }
}

/// `#TS:` with digits, or any other comment that a record follows at once.
fn annotation(bytes: &[u8]) -> bool {
    if let Some(rest) = bytes.strip_prefix(b"#TS:") {
        return rest.first().is_none_or(u8::is_ascii_digit);
    }
    if !bytes.starts_with(b"#") {
        return false;
    }
    if b"#TS:".starts_with(bytes) {
        return true;
    }
    let line = memchr::memchr(b'\n', bytes);
    line.is_some_and(|end| starts_record(&bytes[end + 1..]))
}

/// Whether these bytes are binary and hold the header of an argument, which is all that a first block
/// full of one large value may show. Seven bytes like these are too unlikely in bytes that chance made.
pub(super) fn torn_value(bytes: &[u8]) -> bool {
    let stands_alone = |at: usize| {
        let Some(rest) = header(&bytes[at..], b'$') else {
            return false;
        };
        let line = &bytes[..bytes.len() - rest.len()];
        bytes[..at].ends_with(b"\r\n") && line.ends_with(b"\r\n")
    };
    bytes.contains(&0) && memchr_iter(b'$', bytes).any(stands_alone)
}
