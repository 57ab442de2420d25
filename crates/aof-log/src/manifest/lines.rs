//! A manifest cut into lines, as C's `fgets` with room for 1024 bytes does it.

use nom::branch::alt;
use nom::bytes::complete::{tag, take, take_while, take_while_m_n};
use nom::combinator::{map, opt, recognize, verify};
use nom::sequence::terminated;
use nom::{IResult, Parser};

/// The longest line, in bytes, its line end included.
const MAX_LINE: usize = 1024;

/// A line, or what passes for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// It begins with `#`; of a longer one, as much as is read at once. What follows is the next line.
    Comment,
    /// Without its line end.
    Whole(&'a [u8]),
    /// It ends with the file.
    Endless(&'a [u8]),
    /// It holds a zero byte, which ends the text for a C program.
    Nul,
    /// It has too many bytes.
    Long,
}

/// Cuts off one line; an error at the end of the input.
pub(super) fn line(input: &[u8]) -> IResult<&[u8], Line<'_>, ()> {
    alt((map(comment, |_| Line::Comment), map(whole, Line::Whole), broken)).parse(input)
}

/// The byte behind the shorter part is its line end, or the last one that there is room for.
fn comment(input: &[u8]) -> IResult<&[u8], &[u8], ()> {
    let text = take_while_m_n(0, MAX_LINE - 2, |byte| byte != b'\n');
    recognize((tag("#"), text, opt(take(1_usize)))).parse(input)
}

fn whole(input: &[u8]) -> IResult<&[u8], &[u8], ()> {
    let text = take_while_m_n(0, MAX_LINE - 1, |byte| byte != b'\n' && byte != 0);
    terminated(text, tag("\n")).parse(input)
}

/// All up to the next line end, so that the lines behind it are read as well.
fn broken(input: &[u8]) -> IResult<&[u8], Line<'_>, ()> {
    let text = recognize((take_while(|byte| byte != b'\n'), opt(tag("\n"))));
    map(verify(text, |text: &[u8]| !text.is_empty()), |text: &[u8]| {
        let read_at_once = &text[..text.len().min(MAX_LINE)];
        match () {
            () if read_at_once.contains(&0) => Line::Nul,
            () if text.len() > MAX_LINE || text.len() == MAX_LINE && !text.ends_with(b"\n") => {
                Line::Long
            }
            () => Line::Endless(text),
        }
    })
    .parse(input)
}
