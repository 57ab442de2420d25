//! Numbers as people read them.

use std::time::Duration;

use jiff::Timestamp;

/// With separators: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 command`, `2 commands`.
pub(crate) fn of(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number))
}

/// From `min` to `max` things: `1 to 3 commands`, `up to 3 commands`.
pub(crate) fn range(min: u64, max: u64, thing: &str) -> String {
    match (min, max) {
        (min, max) if min == max => of(max, thing),
        (0, max) => format!("up to {}", of(max, thing)),
        (min, max) => format!("{} to {}", count(min), of(max, thing)),
    }
}

/// Bytes, and from 1 KiB on in a larger unit too: `4,096 bytes (4.0 KiB)`.
pub(crate) fn bytes(number: u64) -> String {
    match unit(number) {
        Some(unit) => format!("{} ({unit})", of(number, "byte")),
        None => of(number, "byte"),
    }
}

/// The same where it stands in a list: `4,096 bytes = 4.0 KiB`.
pub(crate) fn size(number: u64) -> String {
    let unit = unit(number).map_or(String::new(), |unit| format!(" = {unit}"));
    of(number, "byte") + &unit
}

/// A number of bytes that is an estimate: `1.1 GiB`.
pub(crate) fn rough(number: u64) -> String {
    unit(number).unwrap_or_else(|| of(number, "byte"))
}

fn unit(number: u64) -> Option<String> {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut value = number as f64;
    let mut unit = None;
    for name in UNITS {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = Some(name);
    }
    unit.map(|unit| format!("{value:.1} {unit}"))
}

/// An offset in both ways of writing it: `54 (0x36)`.
pub(crate) fn offset(at: u64) -> String {
    format!("{} (0x{at:x})", count(at))
}

/// A span of time: `3 ms`, `3.2 s`, `2 min 5 s`.
pub(crate) fn took(time: Duration) -> String {
    match time.as_secs() {
        0 if time.as_millis() < 1 => "under 1 ms".to_owned(),
        0 => format!("{} ms", time.as_millis()),
        1..=119 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// Seconds since the Unix epoch as a point in time in UTC, if there is one.
pub(crate) fn utc(seconds: u64) -> Option<String> {
    let time = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1000), "1,000");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn bytes_get_a_unit_as_soon_as_there_is_one() {
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(1023), "1,023 bytes");
        assert_eq!(bytes(4096), "4,096 bytes (4.0 KiB)");
        assert_eq!(bytes(u64::MAX), "18,446,744,073,709,551,615 bytes (16.0 EiB)");
    }

    #[test]
    fn a_range_names_both_ends_only_if_they_differ() {
        assert_eq!(range(1, 1, "command"), "1 command");
        assert_eq!(range(0, 2, "command"), "up to 2 commands");
        assert_eq!(range(1, 3, "command"), "1 to 3 commands");
    }

    #[test]
    fn times_are_told_in_utc_and_absurd_ones_not_at_all() {
        assert_eq!(utc(1_700_000_000).as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(utc(u64::MAX), None);
        assert_eq!(took(Duration::from_micros(300)), "under 1 ms");
        assert_eq!(took(Duration::from_millis(3200)), "3.2 s");
        assert_eq!(took(Duration::from_secs(125)), "2 min 5 s");
    }
}
