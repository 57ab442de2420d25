//! Rounding to as many bits as a type of numbers has.

/// A number that no type holds: `mantissa` × 2^`exponent`, and a little more if there is a `rest`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Exact {
    pub(super) mantissa: u128,
    pub(super) exponent: i64,
    pub(super) rest: bool,
}

/// A type of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    /// Bits of its mantissa.
    bits: i64,
    /// The exponent of the lowest bit there is.
    lowest: i64,
    /// The exponent of the first bit that is too high.
    highest: i64,
}

/// `double`.
pub(super) const DOUBLE: Format = Format { bits: 53, lowest: -1074, highest: 1024 };
/// `long double` of x86.
pub(super) const EXTENDED: Format = Format { bits: 64, lowest: -16445, highest: 16384 };

impl Exact {
    /// Takes one more hexadecimal digit. What there is no room for is kept as a rest.
    pub(super) fn push(&mut self, digit: u32) {
        if self.mantissa >> 120 == 0 {
            self.mantissa = self.mantissa << 4 | u128::from(digit);
        } else {
            self.exponent += 4;
            self.rest |= digit != 0;
        }
    }

    /// The nearest number of this type, the even one of two, as a mantissa and an exponent; `None` if it is too large.
    /// Where there is a rest, the mantissa has more bits than the type.
    pub(super) fn round(self, to: Format) -> Option<(u64, i32)> {
        if self.mantissa == 0 {
            return Some((0, 0));
        }
        let length = i64::from(128 - self.mantissa.leading_zeros());
        let dropped = (length - to.bits).max(to.lowest - self.exponent).max(0);
        let (mut mantissa, mut exponent) =
            (shifted(self.mantissa, dropped, self.rest), self.exponent + dropped);
        if mantissa >> to.bits != 0 {
            (mantissa, exponent) = (mantissa >> 1, exponent + 1);
        }
        let length = i64::from(128 - mantissa.leading_zeros());
        let is_too_large = mantissa != 0 && length + exponent > to.highest;
        // Shorter than the type's, or just as long.
        (!is_too_large).then_some((mantissa as u64, exponent as i32))
    }
}

/// Without its lowest bits, to the nearest, the even one of two.
pub(super) fn shifted(number: u128, bits: i64, rest: bool) -> u128 {
    match bits {
        0 => number,
        1..128 => {
            let (kept, gone, half) = (number >> bits, number & ((1 << bits) - 1), 1 << (bits - 1));
            let is_up = gone > half || gone == half && (rest || kept & 1 == 1);
            kept + u128::from(is_up)
        }
        _ => 0,
    }
}
