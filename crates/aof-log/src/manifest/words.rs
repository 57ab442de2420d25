//! A line split into words, as the servers' `sdssplitargs` does it.

use std::borrow::Cow;

use nom::branch::alt;
use nom::bytes::complete::{is_a, is_not, tag, take, take_while_m_n};
use nom::combinator::{all_consuming, eof, map, map_opt, opt, peek};
use nom::multi::{many0, many1};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::Dialect;

/// What ends a word that is not quoted; the blanks between words are more.
const ENDS: &str = " \t\r\n";

/// C's `isspace`.
const BLANKS: &str = " \t\r\n\x0b\x0c";

/// A piece of a word.
#[derive(Debug, Clone, Copy)]
enum Piece<'a> {
    /// Bytes that stand for themselves.
    Plain(&'a [u8]),
    /// A byte that was written as an escape.
    Escaped(u8),
}

type Pieces<'a> = IResult<&'a [u8], Vec<Piece<'a>>, ()>;

/// The words of a line without its line end; `None` if a quote is not closed, or if text follows a closing
/// quote in a dialect whose words do not go on there.
pub(super) fn words(line: &[u8], dialect: Dialect) -> Option<Vec<Cow<'_, [u8]>>> {
    let word = |input| match dialect.goes_on_behind_quotes() {
        true => word_that_goes_on(input),
        false => word(input),
    };
    let words = many0(preceded(opt(is_a(BLANKS)), word));
    let (_, words) = all_consuming(terminated(words, opt(is_a(BLANKS)))).parse(line).ok()?;
    Some(words.into_iter().map(|pieces| assemble(&pieces, dialect)).collect())
}

fn assemble<'a>(pieces: &[Piece<'a>], dialect: Dialect) -> Cow<'a, [u8]> {
    let is_dropped = |byte: u8| byte == 0xff && dialect.drops_ff();
    if let [Piece::Plain(bytes)] = pieces
        && !bytes.iter().any(|byte| is_dropped(*byte))
    {
        return Cow::Borrowed(bytes);
    }
    let mut word = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Plain(bytes) => word.extend(bytes.iter().filter(|byte| !is_dropped(**byte))),
            Piece::Escaped(byte) => word.push(*byte),
        }
    }
    Cow::Owned(word)
}

/// A quote may open behind other bytes, but its end is that of the word.
fn word(input: &[u8]) -> Pieces<'_> {
    let bare = map(terminated(bare, peek(alt((is_a(ENDS), eof)))), |bytes| vec![bytes]);
    let quoted = terminated(quoted, peek(alt((is_a(BLANKS), eof))));
    let quoted =
        map((opt(self::bare), quoted), |(bare, quoted)| bare.into_iter().chain(quoted).collect());
    alt((bare, quoted)).parse(input)
}

fn word_that_goes_on(input: &[u8]) -> Pieces<'_> {
    let pieces = many1(alt((map(bare, |bytes| vec![bytes]), quoted)));
    map(pieces, |pieces| pieces.concat()).parse(input)
}

fn bare(input: &[u8]) -> IResult<&[u8], Piece<'_>, ()> {
    map(is_not(" \t\r\n\"'"), Piece::Plain).parse(input)
}

fn quoted(input: &[u8]) -> Pieces<'_> {
    let double = delimited(tag("\""), many0(alt((escape, plain("\\\"")))), tag("\""));
    let quote = map(tag("\\'"), |_| Piece::Escaped(b'\''));
    let backslash = map(tag("\\"), Piece::Plain);
    let single = delimited(tag("'"), many0(alt((quote, plain("\\'"), backslash))), tag("'"));
    alt((double, single)).parse(input)
}

fn plain<'a>(special: &'static str) -> impl Parser<&'a [u8], Output = Piece<'a>, Error = ()> {
    map(is_not(special), Piece::Plain)
}

/// An escape between double quotes. What has no meaning stands for itself.
fn escape(input: &[u8]) -> IResult<&[u8], Piece<'_>, ()> {
    let digits = take_while_m_n(2, 2, |byte: u8| byte.is_ascii_hexdigit());
    let hex = map_opt(preceded(tag("x"), digits), |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok()?;
        u8::from_str_radix(digits, 16).ok().map(Piece::Escaped)
    });
    let other = map(take(1_usize), |byte: &[u8]| match byte {
        b"n" => Piece::Escaped(b'\n'),
        b"r" => Piece::Escaped(b'\r'),
        b"t" => Piece::Escaped(b'\t'),
        b"b" => Piece::Escaped(0x08),
        b"a" => Piece::Escaped(0x07),
        _ => Piece::Plain(byte),
    });
    preceded(tag("\\"), alt((hex, other))).parse(input)
}
