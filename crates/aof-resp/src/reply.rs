//! Replies of a server, RESP2 and RESP3, borrowed from the bytes they came in.
//!
//! ```text
//! +OK\r\n   -ERR …\r\n   :42\r\n   $3\r\nabc\r\n   $-1\r\n   *2\r\n…   *-1\r\n          RESP2
//! _\r\n   #t\r\n   ,1.5\r\n   (123\r\n   !5\r\nERR x\r\n   =7\r\ntxt:abc\r\n           RESP3
//! %1\r\n…   ~2\r\n…   >2\r\n…   |1\r\n… (attributes, in front of a reply)
//! ```
//!
//! The parser is streaming: a reply that is not there yet is nom's `Incomplete`. A declared length is a
//! claim, so nothing is reserved by it, and nesting has a bound. The streamed types of the RESP3 draft
//! (`$?`, `*?`) are refused: no server sends them.

use crate::fault::{Fault, FaultKind};
use nom::branch::alt;
use nom::bytes::streaming::{tag, take, take_while_m_n};
use nom::combinator::{map, map_opt, opt, value};
use nom::number::streaming::u8 as byte;
use nom::sequence::{pair, terminated};
use nom::{Err, IResult, Needed, Parser};

/// How deep replies may be nested before they are refused; servers stay below ten.
const MAX_DEPTH: usize = 64;

/// The longest status, error, double or big number that is waited for, in bytes without its CRLF.
const MAX_LINE: usize = 1 << 20;

/// More digits than any 64-bit number has.
const MAX_DIGITS: usize = 20;

/// One reply, borrowing every text from the input.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply<'a> {
    /// `+OK`: a status line.
    Simple(&'a [u8]),
    /// `-ERR …` or the RESP3 form with a length: the whole text, its code in front.
    Error(&'a [u8]),
    /// `:42`.
    Integer(i64),
    /// `$3`: any bytes.
    Bulk(&'a [u8]),
    /// `_`, and RESP2's `$-1` and `*-1`.
    Null,
    /// `*2`.
    Array(Vec<Reply<'a>>),
    /// `%1`: pairs in the order they came; keys may repeat.
    Map(Vec<(Reply<'a>, Reply<'a>)>),
    /// `~2`: members in the order they came; members may repeat.
    Set(Vec<Reply<'a>>),
    /// `,1.5`, also `inf`, `-inf` and `nan`.
    Double(f64),
    /// `#t` or `#f`.
    Boolean(bool),
    /// `(123`: decimal digits with an optional sign, of any length.
    BigNumber(&'a [u8]),
    /// `=7`: text, and what it is.
    Verbatim {
        /// Three letters in front of the colon, such as `txt` or `mkd`.
        format: &'a [u8],
        /// What stands behind the colon.
        text: &'a [u8],
    },
    /// `>2`: out of band, it answers no command.
    Push(Vec<Reply<'a>>),
    /// `|1`: side information in front of a reply.
    Attributed {
        /// The side information, as in a map.
        attributes: Vec<(Reply<'a>, Reply<'a>)>,
        /// The reply itself.
        reply: Box<Reply<'a>>,
    },
}

/// What every parser here returns.
type Parsed<'a, T> = IResult<&'a [u8], T, Fault>;

/// Parses one reply from the front of `input` and returns what stands behind it.
///
/// # Errors
/// [`nom::Err::Incomplete`] while more bytes could still make a reply of it, otherwise a [`Fault`] at the
/// place that no reply can have.
pub fn reply(input: &[u8]) -> IResult<&[u8], Reply<'_>, Fault> {
    nested(input, MAX_DEPTH)
}

/// A reply that may hold others `depth` levels deep.
fn nested(input: &[u8], depth: usize) -> Parsed<'_, Reply<'_>> {
    let (rest, mark) = byte(input)?;
    match mark {
        b'+' => map(line, Reply::Simple).parse(rest),
        b'-' => map(line, Reply::Error).parse(rest),
        b':' => map(number, Reply::Integer).parse(rest),
        b'$' => map(payload, |text| text.map_or(Reply::Null, Reply::Bulk)).parse(rest),
        b'!' => map(not_null(payload), Reply::Error).parse(rest),
        b'=' => map_opt(not_null(payload), verbatim).parse(rest),
        b'_' => value(Reply::Null, end_of_line).parse(rest),
        b'#' => map(boolean, Reply::Boolean).parse(rest),
        b',' => map(double, Reply::Double).parse(rest),
        b'(' => map(big_number, Reply::BigNumber).parse(rest),
        b'*' | b'~' | b'>' | b'%' | b'|' => match depth.checked_sub(1) {
            Some(depth) => aggregate(rest, mark, depth),
            None => fault(input, FaultKind::TooDeep),
        },
        _ => fault(input, FaultKind::ReplyType),
    }
}

/// What stands behind the `mark` of a reply that holds others.
fn aggregate(input: &[u8], mark: u8, depth: usize) -> Parsed<'_, Reply<'_>> {
    let inner = |at| nested(at, depth);
    let (rest, count) = match (mark, length(input)?) {
        (b'*', (rest, None)) => return Ok((rest, Reply::Null)),
        (_, (_, None)) => return fault(input, FaultKind::Number),
        (_, (rest, Some(count))) => (rest, count),
    };
    match mark {
        b'*' => map(repeated(inner, count), Reply::Array).parse(rest),
        b'~' => map(repeated(inner, count), Reply::Set).parse(rest),
        b'>' => map(repeated(inner, count), Reply::Push).parse(rest),
        b'%' => map(repeated(pair(inner, inner), count), Reply::Map).parse(rest),
        _ => pair(repeated(pair(inner, inner), count), map(inner, Box::new))
            .map(|(attributes, reply)| Reply::Attributed { attributes, reply })
            .parse(rest),
    }
}

/// `count` times the same. Unlike nom's `count` it reserves nothing, because `count` may be a lie.
fn repeated<'a, T>(
    mut one: impl Parser<&'a [u8], Output = T, Error = Fault>,
    count: usize,
) -> impl FnMut(&'a [u8]) -> Parsed<'a, Vec<T>> {
    move |mut input| {
        let mut all = Vec::new();
        for _ in 0..count {
            let (rest, item) = one.parse(input)?;
            input = rest;
            all.push(item);
        }
        Ok((input, all))
    }
}

/// The bytes up to a CRLF. A lone CR or LF is a fault: no server puts one into a line.
fn line(input: &[u8]) -> Parsed<'_, &[u8]> {
    match memchr::memchr2(b'\r', b'\n', input) {
        Some(end) if end <= MAX_LINE => {
            let (text, rest) = input.split_at(end);
            value(text, end_of_line).parse(rest)
        }
        None if input.len() <= MAX_LINE => Err(Err::Incomplete(Needed::Unknown)),
        _ => fault(input, FaultKind::TooLarge),
    }
}

fn end_of_line(input: &[u8]) -> Parsed<'_, &[u8]> {
    tag("\r\n")(input)
}

/// A decimal with an optional sign that fits 64 bits, and its CRLF.
fn number(input: &[u8]) -> Parsed<'_, i64> {
    let sign = opt(alt((value(true, tag("-")), value(false, tag("+")))));
    let digits = take_while_m_n(1, MAX_DIGITS, |byte: u8| byte.is_ascii_digit());
    let (rest, (sign, digits)) = terminated(pair(sign, digits), end_of_line).parse(input)?;
    match decimal(digits, sign == Some(true)) {
        Some(number) => Ok((rest, number)),
        None => fault(input, FaultKind::TooLarge),
    }
}

/// Counted towards the sign, so that the smallest 64-bit number fits.
fn decimal(digits: &[u8], negative: bool) -> Option<i64> {
    digits.iter().try_fold(0_i64, |sum, digit| {
        let digit = i64::from(digit - b'0');
        let sum = sum.checked_mul(10)?;
        if negative { sum.checked_sub(digit) } else { sum.checked_add(digit) }
    })
}

/// A length or a count: `None` is the `-1` of RESP2's nulls, every other negative one is a fault.
fn length(input: &[u8]) -> Parsed<'_, Option<usize>> {
    let (rest, number) = number(input)?;
    match (number, usize::try_from(number)) {
        (-1, _) => Ok((rest, None)),
        (_, Ok(length)) => Ok((rest, Some(length))),
        _ => fault(input, FaultKind::Number),
    }
}

/// Bytes with their length in front, or a null.
fn payload(input: &[u8]) -> Parsed<'_, Option<&[u8]>> {
    match length(input)? {
        (rest, None) => Ok((rest, None)),
        (rest, Some(length)) => map(terminated(take(length), end_of_line), Some).parse(rest),
    }
}

/// Refuses the null that RESP2 knows for bulks and arrays only.
fn not_null<'a, T>(
    parser: impl Parser<&'a [u8], Output = Option<T>, Error = Fault>,
) -> impl Parser<&'a [u8], Output = T, Error = Fault> {
    map_opt(parser, |found| found)
}

fn verbatim(payload: &[u8]) -> Option<Reply<'_>> {
    match payload.split_at_checked(4)? {
        ([format @ .., b':'], text) => Some(Reply::Verbatim { format, text }),
        _ => None,
    }
}

fn boolean(input: &[u8]) -> Parsed<'_, bool> {
    terminated(alt((value(true, tag("t")), value(false, tag("f")))), end_of_line).parse(input)
}

fn double(input: &[u8]) -> Parsed<'_, f64> {
    map_opt(line, |text| std::str::from_utf8(text).ok()?.parse().ok()).parse(input)
}

fn big_number(input: &[u8]) -> Parsed<'_, &[u8]> {
    map_opt(line, |text: &[u8]| {
        let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
        (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then_some(text)
    })
    .parse(input)
}

fn fault<T>(at: &[u8], kind: FaultKind) -> Parsed<'_, T> {
    Err(Err::Error(Fault::at(at, kind)))
}

#[cfg(test)]
mod tests;
