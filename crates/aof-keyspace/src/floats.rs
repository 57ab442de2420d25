//! Numbers with a point in arguments, as servers read them.

mod big;
mod binary;
mod extended;

pub(crate) use extended::sum;

use crate::fail::Fail;
use binary::{DOUBLE, Exact};

/// A score, a weight, a distance: it must be neither too large for a number nor so small that it would be 0.
pub(crate) fn float(text: &[u8]) -> Result<f64, Fail> {
    let number = number(text).ok_or(Fail::NotFloat)?;
    let is_written_so = match number {
        0.0 => !has_digits(text),
        _ => number.is_finite() || is_infinity(text),
    };
    if is_written_so { Ok(number) } else { Err(Fail::NotFloat) }
}

/// The end of a range of scores, or what is sorted by, where all that `strtod` takes will do on one server or another:
/// blanks before it, nothing at all, a zero byte behind it, and what is too large or too small.
pub(crate) fn bound(text: &[u8]) -> Result<f64, Fail> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Ok(0.0);
    }
    let start = text.iter().position(|byte| !matches!(byte, b' ' | 9..=13));
    number(&text[start.unwrap_or(text.len())..]).ok_or(Fail::NotFloat)
}

/// The nearest number, if it is one.
fn number(text: &[u8]) -> Option<f64> {
    let decimal = str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    decimal.or_else(|| hexadecimal_double(text)).filter(|number| !number.is_nan())
}

fn hexadecimal_double(text: &[u8]) -> Option<f64> {
    let (is_negative, digits) = sign(text);
    let size = match hexadecimal(digits)?.round(DOUBLE) {
        None => f64::INFINITY,
        // In two steps, since the power may be smaller than any number.
        Some((mantissa, exponent)) => {
            let half = exponent / 2;
            mantissa as f64 * 2f64.powi(half) * 2f64.powi(exponent - half)
        }
    };
    Some(if is_negative { -size } else { size })
}

/// Whether there is another digit than 0 before the exponent.
fn has_digits(text: &[u8]) -> bool {
    let is_hexadecimal = text.contains(&b'x') || text.contains(&b'X');
    let ends = |byte: &u8| match is_hexadecimal {
        true => byte.eq_ignore_ascii_case(&b'p'),
        false => byte.eq_ignore_ascii_case(&b'e'),
    };
    text.iter().take_while(|byte| !ends(byte)).any(|byte| byte.is_ascii_hexdigit() && *byte != b'0')
}

fn is_infinity(text: &[u8]) -> bool {
    text.contains(&b'i') || text.contains(&b'I')
}

/// Whether there is a minus, and what stands behind the sign.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// An exponent, with a sign or without. One that is too large for any number is as good as another.
fn exponent(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = sign(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits.iter().fold(0i64, |sum, digit| {
        sum.saturating_mul(10).saturating_add(i64::from(digit - b'0')).min(1 << 40)
    });
    Some(if is_negative { -size } else { size })
}

/// What stands before and behind the point, and the exponent that `mark` begins.
fn pieces(text: &[u8], mark: u8) -> Option<(&[u8], &[u8], i64)> {
    let end = text.iter().position(|byte| byte.eq_ignore_ascii_case(&mark));
    let (digits, power) = text.split_at(end.unwrap_or(text.len()));
    let power = if power.is_empty() { 0 } else { exponent(&power[1..])? };
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, part) = digits.split_at(point.unwrap_or(digits.len()));
    let part = part.get(1..).unwrap_or_default();
    (!whole.is_empty() || !part.is_empty()).then_some((whole, part, power))
}

/// As `0x1.8p3`: without a sign, and with or without an exponent, which is one of 2.
fn hexadecimal(text: &[u8]) -> Option<Exact> {
    let [b'0', b'x' | b'X', text @ ..] = text else { return None };
    let (whole, part, power) = pieces(text, b'p')?;
    let mut exact = Exact { exponent: power - 4 * part.len() as i64, ..Exact::default() };
    for byte in whole.iter().chain(part) {
        exact.push(char::from(*byte).to_digit(16)?);
    }
    Some(exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_strtod_does_but_whole() {
        for (text, number) in [
            ("0x10", 16.0),
            ("-0X1.8p3", -12.0),
            ("0x.8", 0.5),
            ("0x1p-1074", 5e-324),
            ("0x1.8p-1074", 1e-323),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.000000000000080000000000000000000000000001p0", 1.0000000000000002),
            ("0x1.fffffffffffffp1023", f64::MAX),
            ("0x0p99999999999999999999", 0.0),
            ("+infinity", f64::INFINITY),
            (".5", 0.5),
            ("5.", 5.0),
            ("0e-999", 0.0),
            ("1e-320", 1e-320),
        ] {
            assert_eq!(float(text.as_bytes()), Ok(number), "{text}");
        }
        for text in [
            "",
            ".",
            " 5",
            "5 ",
            "1e",
            "0x",
            "0x.",
            "0x1p",
            "0x1p1024",
            "1e400",
            "1e-400",
            "nan",
            "-nan(1)",
            "infin",
            "--1",
            "+-1",
            "0x1p-1080",
            "1_0",
            "5\0",
        ] {
            assert_eq!(float(text.as_bytes()), Err(Fail::NotFloat), "{text}");
        }
        for (text, number) in [("", 0.0), ("1e400", f64::INFINITY), (" 5", 5.0), ("5\0x", 5.0)] {
            assert_eq!(bound(text.as_bytes()), Ok(number), "{text}");
        }
    }
}
