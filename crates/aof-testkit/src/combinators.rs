//! The frame parser written with plain nom combinators and nothing else: the yardstick of the benches.
//!
//! Same language as [`naive`](crate::naive), over borrowed bytes; what is cut off is `Err::Incomplete`.

use nom::branch::alt;
use nom::bytes::streaming::{tag, take_till, take_while_m_n};
use nom::character::streaming::char;
use nom::combinator::{recognize, verify};
use nom::multi::{count, fold, length_data};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use crate::naive::{MAX_ARGC, MAX_BULK, MAX_DIGITS};

/// Reads one record and borrows its arguments.
///
/// # Errors
/// nom's: `Incomplete` where the bytes end inside the record, `Error` at the byte that is wrong.
pub fn command(input: &[u8]) -> IResult<&[u8], Vec<&[u8]>> {
    let (input, argc) = argc(input)?;
    // A count is a claim: `count` itself reserves no more than 64 KiB before the first argument is read.
    count(bulk, argc).parse(input)
}

/// Steps over one record and counts its arguments, without an allocation.
///
/// # Errors
/// As [`command`].
pub fn skip(input: &[u8]) -> IResult<&[u8], usize> {
    let (input, argc) = argc(input)?;
    fold(argc, bulk, || 0, |n: usize, _| n + 1).parse(input)
}

fn argc(input: &[u8]) -> IResult<&[u8], usize> {
    let line = delimited(tag("*"), number, tag("\r\n"));
    verify(line, |&n| n > 0 && n <= MAX_ARGC).map(|n| n as usize).parse(input)
}

fn bulk(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let line = delimited(tag("$"), number, tag("\r\n"));
    let length = verify(line, |&n| n <= MAX_BULK);
    terminated(length_data(length), tag("\r\n")).parse(input)
}

fn number(input: &[u8]) -> IResult<&[u8], u64> {
    let digits = take_while_m_n(1, MAX_DIGITS + 1, |byte: u8| byte.is_ascii_digit());
    let plain =
        |digits: &[u8]| digits.len() == 1 || (digits.len() <= MAX_DIGITS && digits[0] != b'0');
    let value = |digits: &[u8]| digits.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
    verify(digits, plain).map(value).parse(input)
}

/// Reads one `#` line and borrows it, the line end included. The length is not limited here.
///
/// # Errors
/// As [`command`].
pub fn annotation(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let rest = take_till(|byte| byte == b'\n');
    recognize(preceded(char('#'), terminated(rest, char('\n')))).parse(input)
}

/// Steps over everything up to the first failure: how many records, and where it stopped.
#[must_use]
pub fn scan(bytes: &[u8]) -> (usize, usize) {
    let (mut rest, mut commands) = (bytes, 0);
    let mut step = alt((skip, annotation.map(|_| 0)));
    while let Ok((behind, argc)) = step.parse(rest) {
        rest = behind;
        commands += usize::from(argc > 0);
    }
    (commands, bytes.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rng, naive};

    /// Both twins on the bytes from 0 on, and on every later prefix of the first frame.
    fn agree(bytes: &[u8]) {
        let ours = command(bytes);
        match naive::frame(bytes, 0) {
            Ok(frame) => {
                let (rest, argv) = ours.expect("the twin reads it");
                assert_eq!(argv, frame.argv);
                assert_eq!(bytes.len() - rest.len(), frame.len);
                assert_eq!(skip(bytes).expect("the twin reads it").1, frame.argv.len());
            }
            Err(naive::Stop::Incomplete) => {
                assert!(matches!(ours, Err(nom::Err::Incomplete(_))), "{bytes:?}: {ours:?}");
            }
            Err(naive::Stop::Fault(_)) => {
                assert!(matches!(ours, Err(nom::Err::Error(_))), "{bytes:?}: {ours:?}");
            }
        }
    }

    #[test]
    fn it_agrees_with_the_naive_twin_on_every_prefix_and_one_byte_changes() {
        let frame = b"*3\r\n$3\r\nSET\r\n$10\r\n0123456789\r\n$0\r\n\r\n";
        let mut rng = Rng::new(3);
        for end in 0..=frame.len() {
            agree(&frame[..end]);
            for _ in 0..20 {
                let mut changed = frame.to_vec();
                let at = rng.between(0, frame.len() - 1);
                changed[at] = *rng.pick(b"019*$\r\n#x-");
                // Where the digits meet the end, nom waits for more and the twin counts already.
                if end == frame.len() {
                    agree(&changed);
                }
            }
        }
    }

    #[test]
    fn it_scans_a_log_with_annotations() {
        let mut log = crate::LogBuilder::new();
        log.timestamp(1).select(0).command(&["SET", "k", "v"]).annotation("end");
        let whole = log.len();
        log.raw(b"*3\r\n$3\r\nSE");
        assert_eq!(scan(&log.finish().bytes), (2, whole));
    }
}
