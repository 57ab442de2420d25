//! What becomes of keys and fields whose time has come.

use std::fmt;
use std::str::FromStr;

/// By choice of who converts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Expired {
    /// All are carried over, and a server deletes them.
    #[default]
    Keep,
    /// They are left out.
    Drop,
    /// All times are moved: by so many milliseconds, or by as many as have passed since the file was written.
    Shift(Option<i64>),
}

impl Expired {
    /// As it is typed, without a duration.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::Shift(_) => "shift",
        }
    }
}

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shift(Some(millis)) => write!(f, "shift={millis}ms"),
            _ => f.write_str(self.word()),
        }
    }
}

impl FromStr for Expired {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "keep" => Ok(Self::Keep),
            "drop" => Ok(Self::Drop),
            "shift" => Ok(Self::Shift(None)),
            _ => match text.strip_prefix("shift=").map(millis) {
                Some(Some(millis)) => Ok(Self::Shift(Some(millis))),
                Some(None) => Err(
                    "this is no duration; write it like shift=90s, shift=15m, shift=2h or shift=3d"
                        .to_owned(),
                ),
                None => {
                    Err("write keep, drop, shift, or shift with a duration such as shift=2h"
                        .to_owned())
                }
            },
        }
    }
}

/// A whole number and a unit of time, as milliseconds.
pub(crate) fn millis(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "ms" => 1,
        "s" | "sec" | "seconds" => 1000,
        "m" | "min" | "minutes" => 60_000,
        "h" | "hours" => 3_600_000,
        "d" | "days" => 86_400_000,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, millis) in [
            ("2h", 7_200_000),
            ("90s", 90_000),
            ("15min", 900_000),
            ("3d", 259_200_000),
            ("5ms", 5),
        ] {
            assert_eq!(format!("shift={text}").parse(), Ok(Expired::Shift(Some(millis))));
        }
        assert_eq!("shift".parse(), Ok(Expired::Shift(None)));
        assert_eq!("drop".parse(), Ok(Expired::Drop));
        for wrong in
            ["shift=", "shift=2", "shift=-2h", "shift=9999999999999999d", "shift=2 parsecs"]
        {
            assert!(wrong.parse::<Expired>().unwrap_err().contains("shift=2h"), "{wrong}");
        }
        assert!("delete".parse::<Expired>().is_err());
    }
}
