//! How much memory of its own the program may take.

use std::fmt;
use std::fs;
use std::str::FromStr;

use crate::max_loss::scale;

/// A base needs no less for a key: its place in a table, its name, and where its value stands.
const LEAST_OF_KEY: u64 = 40;

/// So many bytes and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemoryLimit(pub(crate) u64);

impl FromStr for MemoryLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = lower.split_at(digits);
        let unit = if unit.is_empty() { "b" } else { unit };
        let number = number.parse::<u64>().ok();
        let bytes = number.zip(scale(unit)).and_then(|(number, scale)| number.checked_mul(scale));
        bytes.map(Self).ok_or_else(|| format!("{text:?} is no size; write it like 512MB or 4GB"))
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}b", self.0)
    }
}

/// Bytes that no file stands behind, as far as the system tells.
pub(crate) fn in_use() -> Option<u64> {
    anonymous(&fs::read_to_string("/proc/self/status").ok()?)
}

fn anonymous(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

/// What so many keys of bases need at least.
pub(crate) const fn of_keys(keys: u64) -> u64 {
    keys.saturating_mul(LEAST_OF_KEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_written_as_a_configuration_writes_sizes() {
        let limit = |text: &str| text.parse::<MemoryLimit>().map(|limit| limit.0).ok();
        assert_eq!(limit("512MB"), Some(512 << 20));
        assert_eq!((limit("4g"), limit("1000")), (Some(4_000_000_000), Some(1000)));
        for wrong in ["", "MB", "4 GB s", "-1", "99999999999999999999", "99999999999gb"] {
            assert_eq!(limit(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn memory_of_ones_own_is_told_by_the_system() {
        let status = "Name:\tx\nVmRSS:\t  99 kB\nRssAnon:\t    2048 kB\nRssFile:\t1 kB\n";
        assert_eq!(anonymous(status), Some(2 << 20));
        assert_eq!(anonymous("VmRSS:\t 99 kB"), None);
    }
}
