//! One command as a server writes it: `*N\r\n`, then N times `$L\r\n<L bytes>\r\n`.
//!
//! Format: `docs/formats.md`, "Records".

use std::ops::Range;

use nom::{Err, IResult, Needed};

use crate::{Fault, FaultKind, argc, bulk_length};

/// A whole, strictly formed record, borrowed from the bytes it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    argc: u32,
    bytes: &'a [u8],
    arguments: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Number of arguments, the command's name included; at least 1.
    pub const fn argc(&self) -> u32 {
        self.argc
    }

    /// The record as it stands in the log, header included.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The arguments in order; the first is the command's name.
    pub const fn args(&self) -> Args<'a> {
        Args { rest: self.arguments }
    }
}

/// The arguments of a [`Frame`].
#[derive(Debug, Clone)]
pub struct Args<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Args<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (rest, payload) = argument(self.rest).ok()?;
        self.rest = rest;
        Some(payload)
    }
}

/// What decides how a record is judged: how many arguments, and the first two of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// Number of arguments, the name included.
    pub argc: u32,
    /// The first argument.
    pub name: &'a [u8],
    /// The second argument, empty where there is none: a database, or a subcommand.
    pub second: &'a [u8],
}

impl<'a> From<Frame<'a>> for Head<'a> {
    fn from(frame: Frame<'a>) -> Self {
        let mut args = frame.args();
        Self {
            argc: frame.argc,
            name: args.next().unwrap_or_default(),
            second: args.next().unwrap_or_default(),
        }
    }
}

/// Parses one strictly formed record: exactly what servers write, and `redis-check-aof` accepts.
///
/// # Errors
/// `Incomplete` where the input ends before the record does, otherwise a [`Fault`].
#[inline]
pub fn frame(input: &[u8]) -> IResult<&[u8], Frame<'_>, Fault> {
    let (rest, argc) = frame_with(input, |_, _| ())?;
    let bytes = &input[..input.len() - rest.len()];
    let header = argc_width(argc);
    Ok((rest, Frame { argc, bytes, arguments: &bytes[header..] }))
}

/// Parses one strictly formed record, shows each argument to `visit`, and returns their number.
///
/// `visit` also sees the arguments of a record that turns out to be broken or incomplete further on.
///
/// # Errors
/// As [`frame`].
#[inline(always)]
pub fn frame_with<'a>(
    input: &'a [u8],
    mut visit: impl FnMut(u32, &'a [u8]),
) -> IResult<&'a [u8], u32, Fault> {
    let (rest, argc) = argc(input)?;
    let (rest, ()) = arguments(rest, 0..argc, &mut visit)?;
    Ok((rest, argc))
}

/// Arguments with these numbers, each shown to `visit`.
#[inline(always)]
pub(crate) fn arguments<'a>(
    mut rest: &'a [u8],
    numbers: Range<u32>,
    visit: &mut impl FnMut(u32, &'a [u8]),
) -> IResult<&'a [u8], (), Fault> {
    for number in numbers {
        let payload;
        (rest, payload) = argument(rest)?;
        visit(number, payload);
    }
    Ok((rest, ()))
}

/// One argument: `$L\r\n<L bytes>\r\n`.
#[inline(always)]
fn argument(input: &[u8]) -> IResult<&[u8], &[u8], Fault> {
    let (rest, length) = bulk_length(input)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    match rest.split_at_checked(length) {
        Some((payload, [b'\r', b'\n', rest @ ..])) => Ok((rest, payload)),
        Some((_, rest)) => Err(payload_end(rest)),
        None => Err(Err::Incomplete(Needed::new((length - rest.len()).saturating_add(2)))),
    }
}

#[cold]
fn payload_end(rest: &[u8]) -> Err<Fault> {
    match rest {
        [] | [b'\r'] => Err::Incomplete(Needed::new(2 - rest.len())),
        _ => Err::Error(Fault::at(rest, FaultKind::PayloadEnd)),
    }
}

/// Bytes of the header `*N\r\n` without leading zeros.
const fn argc_width(argc: u32) -> usize {
    argc.ilog10() as usize + 4
}
