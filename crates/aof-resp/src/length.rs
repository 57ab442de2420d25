//! The leaf under every frame: `*N\r\n` and `$N\r\n`.
//!
//! Nearly all lengths have one to four digits, so these are read from one word of eight bytes; the rest, and
//! what stands at the very end of the input, goes through a cold path. This is the one parser of the crate that is shaped by hand rather than combined:
//! it runs twice and more for each command of a log.

use nom::{Err, IResult, Needed};

use crate::{Fault, FaultKind};

/// The most arguments a record may have: servers count them in a C `int`.
pub const MAX_ARGC: u64 = i32::MAX as u64;

/// The longest payload believed possible, in bytes: far beyond `proto-max-bulk-len`, which the loader does
/// not enforce, and far below where offsets could overflow.
pub const MAX_BULK: u64 = 1 << 48;

/// The header of a record, `*N\r\n` with 1 ≤ N ≤ [`MAX_ARGC`].
///
/// # Errors
/// `Incomplete` where the input ends before the line does, otherwise a [`Fault`].
#[inline(always)]
pub fn argc(input: &[u8]) -> IResult<&[u8], u32, Fault> {
    let (rest, n) = length(input, b'*', FaultKind::Star)?;
    if n == 0 || n > MAX_ARGC {
        return Err(no_count(input, n));
    }
    Ok((rest, n as u32))
}

#[cold]
fn no_count(input: &[u8], n: u64) -> Err<Fault> {
    let kind = if n == 0 { FaultKind::NoArguments } else { FaultKind::TooLarge };
    Err::Error(Fault::at(input, kind))
}

/// The header of an argument, `$N\r\n` with N ≤ [`MAX_BULK`].
///
/// # Errors
/// `Incomplete` where the input ends before the line does, otherwise a [`Fault`].
#[inline(always)]
pub fn bulk_length(input: &[u8]) -> IResult<&[u8], u64, Fault> {
    length(input, b'$', FaultKind::Dollar)
}

#[inline(always)]
fn length(input: &[u8], marker: u8, missing: FaultKind) -> IResult<&[u8], u64, Fault> {
    const CRLF: u16 = u16::from_le_bytes(*b"\r\n");
    if let Some(head) = input.first_chunk::<8>() {
        let word = u64::from_le_bytes(*head);
        let digit = |place: u32| (word >> (8 * place)) as u8 ^ b'0';
        let ends_at = |place: u32| (word >> (8 * place)) as u16 == CRLF;
        let (a, b, c, d) = (digit(1), digit(2), digit(3), digit(4));
        if word as u8 == marker && a <= 9 {
            if ends_at(2) {
                return Ok((&input[4..], u64::from(a)));
            }
            let value = u64::from(a) * 10 + u64::from(b);
            if a != 0 && b <= 9 && ends_at(3) {
                return Ok((&input[5..], value));
            }
            let value = value * 10 + u64::from(c);
            if a != 0 && b <= 9 && c <= 9 && ends_at(4) {
                return Ok((&input[6..], value));
            }
            if a != 0 && b <= 9 && c <= 9 && d <= 9 && ends_at(5) {
                return Ok((&input[7..], value * 10 + u64::from(d)));
            }
        }
    }
    unusual_length(input, marker, missing)
}

/// Five digits and more, the end of the input, and everything that is wrong.
#[cold]
#[inline(never)]
fn unusual_length(input: &[u8], marker: u8, missing: FaultKind) -> IResult<&[u8], u64, Fault> {
    let Some((first, line)) = input.split_first() else {
        return Err(Err::Incomplete(Needed::new(4)));
    };
    if *first != marker {
        return Err(Err::Error(Fault::at(input, missing)));
    }
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &line[digits..];
    let leading_zero = digits > 1 && line[0] == b'0';
    if leading_zero || (digits == 0 && !rest.is_empty()) {
        return Err(Err::Error(Fault::at(line, FaultKind::Number)));
    }
    if digits > 15 {
        return Err(Err::Error(Fault::at(line, FaultKind::TooLarge)));
    }
    match rest {
        [b'\r', b'\n', rest @ ..] => {
            let value =
                line[..digits].iter().fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0'));
            if value > MAX_BULK {
                return Err(Err::Error(Fault::at(line, FaultKind::TooLarge)));
            }
            Ok((rest, value))
        }
        [] | [b'\r'] => Err(Err::Incomplete(Needed::new(2 - rest.len()))),
        _ => Err(Err::Error(Fault::at(rest, FaultKind::HeaderEnd))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(input: &[u8], expected: Result<u64, Option<FaultKind>>) {
        let length = |input| match bulk_length(input) {
            Ok((_, n)) => Ok(n),
            Err(Err::Incomplete(_)) => Err(None),
            Err(Err::Error(fault) | Err::Failure(fault)) => Err(Some(fault.kind())),
        };
        assert_eq!(length(input), expected, "{}", input.escape_ascii());
        if expected != Err(None) {
            let longer = [input, b"some payload"].concat();
            assert_eq!(length(&longer), expected, "{}", longer.escape_ascii());
        }
    }

    #[test]
    fn lengths_of_any_width_are_read_with_and_without_bytes_behind_them() {
        for n in [0, 1, 9, 10, 99, 100, 999, 1000, 65_536, 536_870_912, MAX_BULK] {
            reads(format!("${n}\r\n").as_bytes(), Ok(n));
        }
    }

    #[test]
    fn every_cut_length_is_incomplete() {
        for end in 0.."$1234\r\n".len() {
            reads(&b"$1234\r\n"[..end], Err(None));
        }
    }

    #[test]
    fn signs_zeros_and_other_ends_are_faults() {
        for (input, kind) in [
            (&b"*1\r\n"[..], FaultKind::Dollar),
            (b"$-1\r\n", FaultKind::Number),
            (b"$+1\r\n", FaultKind::Number),
            (b"$01\r\n", FaultKind::Number),
            (b"$\r\n", FaultKind::Number),
            (b"$1\n", FaultKind::HeaderEnd),
            (b"$1 \r\n", FaultKind::HeaderEnd),
            (b"$9999999999999999999999\r\n", FaultKind::TooLarge),
            (b"$999999999999999\r\n", FaultKind::TooLarge),
        ] {
            reads(input, Err(Some(kind)));
        }
        assert!(
            matches!(argc(b"*0\r\n"), Err(Err::Error(fault)) if fault.kind() == FaultKind::NoArguments)
        );
    }
}
