//! What may be lost at the most.

use std::fmt;
use std::str::FromStr;

/// Limits, all of which must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MaxLoss {
    /// Bytes, NUL bytes not counted.
    pub(crate) bytes: Option<u64>,
    /// Seconds of writes.
    pub(crate) seconds: Option<u64>,
    /// Commands.
    pub(crate) commands: Option<u64>,
}

impl FromStr for MaxLoss {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Self::default();
        for limit in text.split(',') {
            let limit = limit.trim().to_ascii_lowercase();
            let digits = limit.bytes().take_while(u8::is_ascii_digit).count();
            let (number, unit) = limit.split_at(digits);
            let wrong = || format!("{limit:?} is no limit; write it like 1MB, 5s or 100cmds");
            let number: u64 = number.parse().map_err(|_| wrong())?;
            let place = match unit {
                "s" | "sec" | "seconds" => &mut limits.seconds,
                "cmd" | "cmds" | "commands" => &mut limits.commands,
                _ => {
                    let scale = scale(unit).ok_or_else(wrong)?;
                    limits.bytes = Some(number.checked_mul(scale).ok_or_else(wrong)?);
                    continue;
                }
            };
            *place = Some(number);
        }
        Ok(limits)
    }
}

impl fmt::Display for MaxLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = [(self.bytes, "b"), (self.seconds, "s"), (self.commands, "cmds")];
        let limits = limits.into_iter().filter_map(|(most, unit)| Some(format!("{}{unit}", most?)));
        f.write_str(&limits.collect::<Vec<_>>().join(","))
    }
}

/// Bytes in a unit, as a server's configuration counts them.
pub(crate) fn scale(unit: &str) -> Option<u64> {
    Some(match unit {
        "b" | "bytes" => 1,
        "k" => 1000,
        "kb" | "kib" => 1 << 10,
        "m" => 1_000_000,
        "mb" | "mib" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" | "gib" => 1 << 30,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_written_as_a_configuration_writes_sizes() {
        let limits: MaxLoss = "1MB,5s,100cmds".parse().expect("three limits");
        let expected = MaxLoss { bytes: Some(1 << 20), seconds: Some(5), commands: Some(100) };
        assert_eq!(limits, expected);
        assert_eq!(limits.to_string(), "1048576b,5s,100cmds");
        assert_eq!("0cmds".parse::<MaxLoss>().expect("a limit").commands, Some(0));
    }

    #[test]
    fn what_is_no_limit_is_refused_with_an_example() {
        for wrong in [
            "",
            "5",
            "s",
            "1MB,",
            "-1s",
            "1 parsec",
            "99999999999999999999b",
            "18446744073709551615gb",
        ] {
            let error = wrong.parse::<MaxLoss>().expect_err(wrong);
            assert!(error.contains("1MB, 5s or 100cmds"), "{error}");
        }
    }
}
