//! Why bytes are not what a parser expected.

use std::fmt;

use nom::error::{ErrorKind, ParseError};

/// The error of every parser in this crate: what was expected, and where.
///
/// The place is kept as the number of bytes that were left, so that a fault stays true while it passes
/// through combinators: [`offset_in`](Fault::offset_in) turns it into an offset *relative to the slice
/// the outermost parser was given*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    left: usize,
    kind: FaultKind,
}

/// What a parser expected and did not find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A record begins with `*`.
    Star,
    /// An argument begins with `$`.
    Dollar,
    /// A number of arguments or bytes: decimal, no sign, no leading zero.
    Number,
    /// The number is larger than any server would write.
    TooLarge,
    /// A record has at least one argument.
    NoArguments,
    /// CRLF behind the digits of a header.
    HeaderEnd,
    /// CRLF behind a payload.
    PayloadEnd,
    /// An annotation: `#`, at most 1023 bytes, a line end.
    Annotation,
    /// One of the type bytes of a reply.
    ReplyType,
    /// A reply nested no deeper than [`crate::reply()`] follows.
    TooDeep,
    /// What one of nom's own combinators wanted.
    Nom(ErrorKind),
}

impl Fault {
    /// A fault at the first byte of `input`.
    pub const fn at(input: &[u8], kind: FaultKind) -> Self {
        Self { left: input.len(), kind }
    }

    /// What was expected.
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Where it was expected, in bytes from the start of `input`, the slice that was parsed.
    pub const fn offset_in(&self, input: &[u8]) -> usize {
        input.len().saturating_sub(self.left)
    }
}

impl ParseError<&[u8]> for Fault {
    fn from_error_kind(input: &[u8], kind: ErrorKind) -> Self {
        Self::at(input, FaultKind::Nom(kind))
    }

    fn append(_input: &[u8], _kind: ErrorKind, other: Self) -> Self {
        other
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Star => "a record must begin with '*'",
            Self::Dollar => "an argument must begin with '$'",
            Self::Number => "a length must be decimal digits",
            Self::TooLarge => "a length is beyond all bounds",
            Self::NoArguments => "a record must have an argument",
            Self::HeaderEnd => "a length must end with CRLF",
            Self::PayloadEnd => "an argument must end with CRLF where its length says",
            Self::Annotation => "an annotation must be one line of at most 1023 bytes",
            Self::ReplyType => "not the first byte of a reply",
            Self::TooDeep => "the reply is nested too deeply",
            Self::Nom(kind) => return f.write_str(kind.description()),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for Fault {}

const _: () = assert!(size_of::<Fault>() <= 16, "a fault travels in registers");
