//! Where a record might begin in bytes that cannot be trusted: the leaf of resynchronisation.
//!
//! A value may hold anything, whole logs included, so one plausible record proves nothing. What does is a
//! chain of them; `aof-log` builds chains out of the two questions answered here.

use memchr::memchr_iter;

use crate::{Class, Command, Head, Table};

/// Bytes of the shortest record that a server writes, `*1\r\n$4\r\nEXEC\r\n`.
pub const SHORTEST_FRAME: u64 = 14;

/// Finds the first place at or behind `from` where a record may begin: `*N\r\n$L\r\n`, then a letter, where L
/// is the length that a command's name could have.
///
/// Near the end of the input a place is reported although not all of that is there.
pub fn next_candidate(input: &[u8], from: usize) -> Option<usize> {
    let tail = input.get(from..)?;
    memchr_iter(b'*', tail)
        .map(|at| from + at)
        .find(|&at| looks_like_header(&input[at + 1..]))
}

/// Whether bytes behind a `*` can be the rest of a record's header and the start of a command's name.
fn looks_like_header(rest: &[u8]) -> bool {
    let Some(rest) = number(rest, 10, b"\r\n$") else {
        return false;
    };
    let Some(rest) = number(rest, 2, b"\r\n") else {
        return false;
    };
    rest.first().is_none_or(u8::is_ascii_alphabetic)
}

/// What follows a number of at most `width` digits and then `end`; empty where the input stops before.
fn number<'a>(input: &'a [u8], width: usize, end: &[u8]) -> Option<&'a [u8]> {
    let digits = input
        .iter()
        .take(width)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let shown = &input[digits..];
    let believable = input.first().is_none_or(|byte| matches!(byte, b'1'..=b'9'))
        && shown.iter().zip(end).all(|(have, want)| have == want);
    believable.then(|| shown.get(end.len()..).unwrap_or_default())
}

/// Whether a strictly formed record is one that belongs in a log: a command that is known, writes, and has a
/// number of arguments that a server accepts.
pub fn plausible(head: &Head<'_>) -> Option<&'static Command> {
    let command = Table::get().resolve(head)?;
    (command.class() != Class::Inert && command.accepts(head.argc)).then_some(command)
}
