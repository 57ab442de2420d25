//! Where a record might begin in bytes that cannot be trusted: the leaf of resynchronisation.
//!
//! A value may hold anything, whole logs included, so one plausible record proves nothing. What does is a
//! chain of them; `aof-log` builds chains out of the two questions answered here.

use crate::{Class, Command, Head, Table};

/// Bytes of the shortest record that a server writes, `*1\r\n$4\r\nEXEC\r\n`.
pub const SHORTEST_FRAME: u64 = 14;

/// Finds the first place at or behind `from` where a record may begin: `*N\r\n$L\r\n`, then a letter, where L
/// is the length that a command's name could have.
///
/// Near the end of the input a place is reported although not all of that is there.
pub fn next_candidate(input: &[u8], from: usize) -> Option<usize> {
    let tail = input.get(from..)?;
    let (words, rest) = tail.as_chunks::<8>();
    let in_words = words.iter().zip((from..).step_by(8)).find_map(|(word, start)| {
        stars(u64::from_le_bytes(*word))
            .map(|place| start + place)
            .find(|&at| looks_like_header(&input[at + 1..]))
    });
    in_words.or_else(|| {
        let places = input.len() - rest.len()..input.len();
        places.into_iter().find(|&at| input[at] == b'*' && looks_like_header(&input[at + 1..]))
    })
}

/// Where the bytes of a word are `*`, from the lowest on. Where `*` abound, this is many times faster than
/// calling `memchr` for each.
#[inline(always)]
fn stars(word: u64) -> impl Iterator<Item = usize> {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let other = word ^ u64::from_ne_bytes([b'*'; 8]);
    let mut hits = !(((other & LOW) + LOW) | other | LOW);
    std::iter::from_fn(move || {
        let place = hits.trailing_zeros() / 8;
        hits &= hits.wrapping_sub(1);
        (place < 8).then_some(place as usize)
    })
}

/// Whether bytes behind a `*` can be the rest of a record's header and the start of a command's name. Where the
/// first number has up to four digits and the second one or two, this takes two words.
#[inline]
fn looks_like_header(rest: &[u8]) -> bool {
    let Some(head) = rest.first_chunk::<16>() else {
        return may_be_header(rest);
    };
    let word = u128::from_le_bytes(*head);
    let is = |place: u32, want: &[u8; 3]| {
        let [a, b, c] = *want;
        (word >> (8 * place)) as u32 & 0x00ff_ffff == u32::from_le_bytes([a, b, c, 0])
    };
    let Some(digits) = (1..5).find(|digits| is(*digits, b"\r\n$")) else {
        return may_be_header(rest);
    };
    let name = match word >> (8 * (digits + 4)) {
        behind if behind as u16 == u16::from_le_bytes(*b"\r\n") => behind >> 16,
        behind if (behind >> 8) as u16 == u16::from_le_bytes(*b"\r\n") => behind >> 24,
        _ => return false,
    };
    (name as u8).is_ascii_alphabetic() && may_be_header(rest)
}

#[inline(never)]
fn may_be_header(rest: &[u8]) -> bool {
    let Some(rest) = behind_number(rest, 10, b"\r\n$") else {
        return false;
    };
    let Some(rest) = behind_number(rest, 2, b"\r\n") else {
        return false;
    };
    rest.first().is_none_or(u8::is_ascii_alphabetic)
}

/// What follows a number of at most `width` digits and then `end`; empty where the input stops before.
#[inline(always)]
fn behind_number<'a, const N: usize>(
    input: &'a [u8],
    width: usize,
    end: &[u8; N],
) -> Option<&'a [u8]> {
    let mut digits = 0;
    while digits < width && input.get(digits).is_some_and(u8::is_ascii_digit) {
        digits += 1;
    }
    let shown = &input[digits..];
    let has_end = match shown.first_chunk::<N>() {
        Some(chunk) => chunk == end,
        None => end.starts_with(shown),
    };
    let is_number = input.first().is_none_or(|byte| matches!(byte, b'1'..=b'9'));
    (is_number && has_end).then(|| shown.get(N..).unwrap_or_default())
}

/// Whether a strictly formed record is one that belongs in a log: a command that is known, writes, and has a
/// number of arguments that a server accepts.
pub fn plausible(head: &Head<'_>) -> Option<&'static Command> {
    let command = Table::get().resolve(head)?;
    (command.class() != Class::Inert && command.accepts(head.argc)).then_some(command)
}
