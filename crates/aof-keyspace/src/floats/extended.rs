//! The numbers that INCRBYFLOAT adds: `long double`, with 64 bits on x86.
//!
//! There is no such type here, so its few operations are done on integers: reading, adding and printing, each of which
//! gives the nearest number, as the processor and the C library do.

use super::big::Big;
use super::binary::{EXTENDED, Exact, shifted};
use super::{hexadecimal, pieces, sign};
use crate::fail::Fail;

/// Servers take no longer texts.
const LONGEST: usize = 5 * 1024;
/// Decimal exponents beyond which every number is too large, or too small.
const MAGNITUDES: std::ops::Range<i64> = -4990..4940;
/// So many digits are printed behind the point.
const DIGITS: usize = 17;
/// So many bits of a quotient are computed: more than a mantissa has.
const QUOTIENT: i64 = 70;

/// `mantissa` × 2^`exponent`; the highest bit of a mantissa that is not 0 is set.
#[derive(Debug, Clone, Copy)]
struct Extended {
    is_negative: bool,
    mantissa: u64,
    exponent: i64,
}

/// The sum of two numbers, as servers print it.
///
/// # Errors
/// If one is none, or the sum is too large.
pub(crate) fn sum(one: &[u8], other: &[u8]) -> Result<Vec<u8>, Fail> {
    let sum = read(one)?.plus(read(other)?).ok_or(Fail::Overflow)?;
    Ok(sum.print().into_bytes())
}

/// Infinity is refused at once: no sum with it is a number that may be stored.
fn read(text: &[u8]) -> Result<Extended, Fail> {
    if text.len() >= LONGEST {
        return Err(Fail::NotFloat);
    }
    let (is_negative, digits) = sign(text);
    let (exact, is_zero) = match hexadecimal(digits) {
        Some(exact) => (exact, exact.mantissa == 0),
        None => decimal(digits).ok_or(Fail::NotFloat)?,
    };
    let found = Extended::rounded(is_negative, exact).ok_or(Fail::NotFloat)?;
    if found.mantissa == 0 && !is_zero { Err(Fail::NotFloat) } else { Ok(found) }
}

/// A decimal number without its sign, and whether it is written as 0.
fn decimal(text: &[u8]) -> Option<(Exact, bool)> {
    let (whole, part, power) = pieces(text, b'e')?;
    let mut number = Big::new(0);
    for byte in whole.iter().chain(part) {
        number.scale(10, char::from(*byte).to_digit(10)?);
    }
    let is_zero = number.is_zero();
    Some((quotient(number, power - part.len() as i64)?, is_zero))
}

/// `number` × 10^`power`, with more bits than are needed; `None` if it is too large.
fn quotient(mut number: Big, power: i64) -> Option<Exact> {
    // A bit is less than a third of a digit.
    let magnitude = power + number.bits() * 3 / 10;
    if number.is_zero() || magnitude < MAGNITUDES.start {
        return Some(Exact::default());
    }
    if magnitude > MAGNITUDES.end {
        return None;
    }
    let mut divisor = Big::new(1);
    let scaled = if power < 0 { &mut divisor } else { &mut number };
    scaled.scale_by_ten(u32::try_from(power.unsigned_abs()).ok()?);
    let shift = divisor.bits() - number.bits();
    let shorter = if shift > 0 { &mut number } else { &mut divisor };
    shorter.scale_by_two(usize::try_from(shift.unsigned_abs()).ok()?);
    let mut mantissa = 0;
    for _ in 0..QUOTIENT {
        mantissa <<= 1;
        if number >= divisor {
            number.subtract(&divisor);
            mantissa |= 1;
        }
        number.scale(2, 0);
    }
    Some(Exact { mantissa, exponent: 1 - QUOTIENT - shift, rest: !number.is_zero() })
}

impl Extended {
    fn rounded(is_negative: bool, exact: Exact) -> Option<Self> {
        let (mantissa, exponent) = exact.round(EXTENDED)?;
        let zeros = if mantissa == 0 { 0 } else { mantissa.leading_zeros() };
        let exponent = i64::from(exponent) - i64::from(zeros);
        Some(Self { is_negative, mantissa: mantissa << zeros, exponent })
    }

    /// `None` if it is too large.
    fn plus(self, other: Self) -> Option<Self> {
        if self.mantissa == 0 || other.mantissa == 0 {
            return Some(if self.mantissa == 0 { other } else { self });
        }
        let size = |it: &Self| (it.exponent, it.mantissa);
        let (large, small) = if size(&self) < size(&other) { (other, self) } else { (self, other) };
        // Room for the bits of the smaller number; what lies below them only has to be known to be there.
        let distance = large.exponent - small.exponent;
        let (high, low) = (u128::from(large.mantissa) << 62, u128::from(small.mantissa) << 62);
        let moved = if distance < 128 { low >> distance } else { 0 };
        let rest = distance >= 128 || moved << distance != low;
        let mantissa = match large.is_negative == small.is_negative {
            true => high + moved,
            false => high - moved - u128::from(rest),
        };
        let exact = Exact { mantissa, exponent: large.exponent - 62, rest };
        Self::rounded(large.is_negative, exact)
    }

    /// As `%.17Lf`, without zeros at the end.
    fn print(self) -> String {
        let (whole, part) = match self.exponent {
            exponent @ 0.. => {
                let mut whole = Big::new(u128::from(self.mantissa));
                whole.scale_by_two(exponent as usize);
                (whole.print(), 0)
            }
            exponent => {
                let unit = 10u128.pow(DIGITS as u32);
                let number = shifted(u128::from(self.mantissa) * unit, -exponent, false);
                ((number / unit).to_string(), number % unit)
            }
        };
        let part = format!(".{part:0DIGITS$}");
        let text = whole + part.trim_end_matches('0').trim_end_matches('.');
        if self.is_negative && text != "0" { format!("-{text}") } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_processor() {
        for (one, other, result) in [
            ("0", "3.0e3", "3000"),
            ("5.0e3", "200", "5200"),
            ("0.1", "0.2", "0.3"),
            ("1", "-1", "0"),
            ("-0", "-0", "0"),
            ("1e-30", "-2e-30", "0"),
            ("1.7976931348623157e308", "-1.7976931348623157e308", "0"),
            ("9223372036854775807", "0.5", "9223372036854775807.5"),
            ("18446744073709551615", "0.5", "18446744073709551616"),
            ("0x1p-16445", "1", "1"),
            ("3", "-0x1p-200", "3"),
            ("1000000000000000000000", "0", "1000000000000000000000"),
        ] {
            assert_eq!(sum(one.as_bytes(), other.as_bytes()), Ok(result.into()), "{one} {other}");
        }
        for text in ["inf", "nan", "1e5000", "1e-5000", "1e99999999999", "", ".", "1e", " 1"] {
            assert!(sum(text.as_bytes(), b"0").is_err(), "{text}");
        }
    }
}
