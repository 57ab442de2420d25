//! How servers print scores.

use super::grisu;

/// How scores are printed, which is part of the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scores {
    /// With seventeen digits: Redis up to 7.0.
    Seventeen,
    /// With as few digits as give them back: Redis from 7.2 on.
    Shortest,
    /// The same, and nothing is in the digest of fields that expire: Valkey.
    Valkey,
}

impl Scores {
    /// A score as servers print it.
    pub(super) fn text(self, score: f64) -> String {
        match self {
            _ if !score.is_finite() => if score > 0.0 { "inf" } else { "-inf" }.to_owned(),
            Self::Seventeen => seventeen(score),
            Self::Shortest | Self::Valkey => shortest(score),
        }
    }
}

/// As `%.17g` prints it.
fn seventeen(score: f64) -> String {
    let text = format!("{score:.16e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..17).contains(&exponent) {
        let digits = usize::try_from(16 - exponent).unwrap_or_default();
        return trimmed(&format!("{score:.digits$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

/// Without zeros that say nothing.
fn trimmed(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

/// As `fpconv_dtoa` prints it.
fn shortest(score: f64) -> String {
    let sign = if score.is_sign_negative() { "-" } else { "" };
    if score == 0.0 {
        return format!("{sign}0");
    }
    let (digits, exponent) = grisu::digits(score);
    let digits = String::from_utf8_lossy(&digits);
    let first = exponent + digits.len() as i32 - 1;
    if exponent >= 0 && first.unsigned_abs() < digits.len() as u32 + 7 {
        return format!("{sign}{digits}{}", "0".repeat(exponent as usize));
    }
    if exponent < 0 && (exponent > -7 || first.abs() < 4) {
        return format!("{sign}{}", with_point(&digits, exponent.unsigned_abs() as usize));
    }
    // Its buffer has room for so many.
    let kept = &digits[..digits.len().min(18 - sign.len())];
    let point = if kept.len() > 1 { "." } else { "" };
    let mark = if first < 0 { '-' } else { '+' };
    format!("{sign}{}{point}{}e{mark}{}", &kept[..1], &kept[1..], first.abs())
}

/// Digits so many of which stand behind the point.
fn with_point(digits: &str, behind: usize) -> String {
    match digits.len().checked_sub(behind) {
        None | Some(0) => format!("0.{}{digits}", "0".repeat(behind - digits.len())),
        Some(before) => format!("{}.{}", &digits[..before], &digits[before..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_printed_as_c_does_with_seventeen_digits() {
        for (score, text) in [
            (1.0, "1"),
            (0.1, "0.10000000000000001"),
            (-17.0, "-17"),
            (1e17, "1e+17"),
            (12345678901234567.0, "12345678901234568"),
            (3.0e-300, "3.0000000000000002e-300"),
            (0.0001, "0.0001"),
            (0.00001, "1.0000000000000001e-05"),
            (f64::NEG_INFINITY, "-inf"),
            (-0.0, "-0"),
        ] {
            assert_eq!(Scores::Seventeen.text(score), text);
        }
    }

    #[test]
    fn scores_are_printed_as_servers_do_with_few_digits() {
        for (score, text) in [
            (1.0, "1"),
            (0.1, "0.1"),
            (-17.25, "-17.25"),
            (1e7, "10000000"),
            (1e8, "1e+8"),
            (12e8, "1.2e+9"),
            (0.000001, "0.000001"),
            (0.0000001, "1e-7"),
            (12345678901234567.0, "12345678901234568"),
            (3.0e-300, "3e-300"),
            (-1e100, "-1e+100"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (-0.0, "-0"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(Scores::Shortest.text(score), text);
        }
    }

    #[test]
    fn few_digits_give_every_number_back() {
        let mut rng = aof_testkit::Rng::new(17);
        for number in (0..100_000).map(|_| f64::from_bits(rng.word())).filter(|it| it.is_finite()) {
            assert_eq!(Scores::Shortest.text(number).parse::<f64>(), Ok(number));
        }
    }
}
