//! The `#` lines that may stand between records.
//!
//! Servers write one kind, `#TS:<unix seconds>\r\n` (`aof-timestamp-enabled yes`); loaders skip every line
//! that begins with `#`. Format: `docs/formats.md`, "Annotations".

use nom::branch::alt;
use nom::bytes::streaming::{tag, take_while_m_n};
use nom::character::streaming::{crlf, u64};
use nom::combinator::map;
use nom::sequence::delimited;
use nom::{Err, IResult, Parser};

use crate::{Fault, FaultKind};

/// The longest line a loader reads at once, in bytes, `#` and line end included.
const MAX_LINE: usize = 1023;

/// A `#` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Annotation<'a> {
    /// `#TS:`: the clock of the server, in seconds since the Unix epoch, for the records that follow.
    Time(u64),
    /// Any other line, without its `#` and its line end. Loaders skip it.
    Unknown(&'a [u8]),
}

/// Parses one annotation line, its line end included.
///
/// # Errors
/// `Incomplete` where the input ends before the line does; a [`Fault`] where there is no `#`, or no line end
/// within the 1023 bytes that a loader reads.
pub fn annotation(input: &[u8]) -> IResult<&[u8], Annotation<'_>, Fault> {
    let time = map(delimited(tag("#TS:"), u64, crlf), Annotation::Time);
    let unknown = map(
        delimited(tag("#"), take_while_m_n(0, MAX_LINE - 2, |byte| byte != b'\n'), tag("\n")),
        |line: &[u8]| Annotation::Unknown(line.strip_suffix(b"\r").unwrap_or(line)),
    );
    alt((time, unknown)).parse(input).map_err(|error: Err<Fault>| match error {
        Err::Incomplete(needed) if input.len() < MAX_LINE => Err::Incomplete(needed),
        _ => Err::Error(Fault::at(input, FaultKind::Annotation)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_line_is_told_from_any_other() {
        assert_eq!(annotation(b"#TS:17\r\n*1"), Ok((&b"*1"[..], Annotation::Time(17))));
        for (input, line) in [
            (&b"#TS:17\n"[..], &b"TS:17"[..]),
            (b"#TS:x\r\n", b"TS:x"),
            (b"#\r\n", b""),
            (b"#TS:99999999999999999999999\r\n", b"TS:99999999999999999999999"),
        ] {
            assert_eq!(annotation(input), Ok((&b""[..], Annotation::Unknown(line))));
        }
    }

    #[test]
    fn a_line_is_incomplete_until_its_end_or_the_loaders_limit() {
        for end in 0..9 {
            assert!(
                matches!(annotation(&b"#TS:1700\r\n"[..end]), Err(Err::Incomplete(_))),
                "{end}"
            );
        }
        let mut long = vec![b'#'; 1022];
        assert!(matches!(annotation(&long), Err(Err::Incomplete(_))));
        long.push(b'\n');
        assert!(annotation(&long).is_ok());
        long.insert(0, b'#');
        assert!(matches!(annotation(&long), Err(Err::Error(_))));
    }
}
