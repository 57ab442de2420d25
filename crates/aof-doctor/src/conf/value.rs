//! Values of directives, read as servers do; what they refuse is an `Err` that says why.

use super::line::{c_string, is_space};
use crate::escape;

/// What a value says, or why servers refuse it: a clause that is safe to print.
pub(super) type Value<T> = Result<T, String>;

/// An amount of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory {
    /// In bytes; what does not fit wraps around, as in the servers.
    pub(super) bytes: u64,
    /// Whether its digits exceed what every server takes: some refuse it then, others cap it.
    pub(super) huge: bool,
}

/// `yes` or `no`, in any case.
pub(super) fn yes_or_no(value: &[u8]) -> Value<bool> {
    match c_string(value).to_ascii_lowercase().as_slice() {
        b"yes" => Ok(true),
        b"no" => Ok(false),
        _ => Err(format!("{} is neither yes nor no", escape::name(value))),
    }
}

/// Digits and a unit: `k`, `m`, `g` count in thousands, `kb`, `mb`, `gb` in 1024s. No digits are 0.
pub(super) fn memory(value: &[u8]) -> Value<Memory> {
    let wrong = || Err(format!("{} is no amount of memory", escape::name(value)));
    let value = c_string(value);
    let unit = value.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
    let (digits, unit) = value.split_at(unit);
    let factor: u64 = match unit.to_ascii_lowercase().as_slice() {
        b"" | b"b" => 1,
        b"k" => 1000,
        b"kb" => 1 << 10,
        b"m" => 1_000_000,
        b"mb" => 1 << 20,
        b"g" => 1_000_000_000,
        b"gb" => 1 << 30,
        _ => return wrong(),
    };
    if digits.len() >= 128 {
        return wrong();
    }
    let exact = digits
        .iter()
        .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
    let huge = exact.is_none_or(|number| i64::try_from(number).is_err());
    Ok(Memory { bytes: exact.unwrap_or(u64::MAX).wrapping_mul(factor), huge })
}

/// A number in its shortest form, as `databases` takes it: no plus, no leading zero, no blank.
pub(super) fn integer(value: &[u8]) -> Value<i64> {
    let wrong = || format!("{} is no number", escape::name(value));
    let text = std::str::from_utf8(value).map_err(|_| wrong())?;
    let number: i64 = text.parse().map_err(|_| wrong())?;
    if number.to_string() == text { Ok(number) } else { Err(wrong()) }
}

/// How many databases: from 1 on.
pub(super) fn databases(value: &[u8]) -> Value<u32> {
    let number = integer(value)?;
    match u32::try_from(number) {
        Ok(databases) if databases >= 1 && i32::try_from(number).is_ok() => Ok(databases),
        _ => Err(format!("{number} is not between 1 and 2147483647")),
    }
}

/// A number as C's `strtoll` takes it: blanks, a sign, digits; too large is the largest.
pub(super) fn loose_integer(value: &[u8]) -> Option<i64> {
    let value = c_string(value);
    let from = value.iter().position(|byte| !is_space(*byte)).unwrap_or(value.len());
    let (negative, digits) = match &value[from..] {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        // Nothing at all is 0; a sign or blanks alone are no number.
        return value.is_empty().then_some(0);
    }
    digits.iter().try_fold(0_i64, |sum, digit| {
        let digit = i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        let digit = if negative { -digit } else { digit };
        Some(sum.saturating_mul(10).saturating_add(digit))
    })
}

/// A port; servers take blanks before it and leading zeros.
pub(super) fn port(value: &[u8]) -> Value<u16> {
    loose_integer(value)
        .and_then(|number| u16::try_from(number).ok())
        .ok_or_else(|| format!("{} is no port", escape::name(value)))
}

/// The name of a file or folder that must not be a path.
pub(super) fn base_name(value: &[u8]) -> Value<Vec<u8>> {
    let name = c_string(value);
    if name.iter().any(|byte| matches!(byte, b'/' | b'\\')) {
        return Err(format!("{} is a path, and only a name is allowed", escape::name(name)));
    }
    Ok(name.to_vec())
}

/// The same where the name must not be empty either.
pub(super) fn filled_name(value: &[u8]) -> Value<Vec<u8>> {
    match base_name(value)? {
        name if name.is_empty() => Err("the name is empty".to_owned()),
        name => Ok(name),
    }
}
