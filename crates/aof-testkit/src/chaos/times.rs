//! When keys and fields expire: hours ahead, or at once.

use super::draw::Draw;
use crate::argv::Argv;

/// 2100-01-01 in seconds.
const FAR: u64 = 4_102_444_800;

/// How a time is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Seconds from now.
    Seconds,
    /// Milliseconds from now.
    Millis,
    /// Seconds since the Unix epoch.
    SecondsAt,
    /// Milliseconds since the Unix epoch.
    MillisAt,
}

impl Draw {
    /// A time at which nothing expires while a test runs, or one that has passed, or none at all.
    pub(super) fn time(&mut self, told: Told) -> String {
        let ahead = 40_000 + self.rng.below(1_000_000);
        let scale = if matches!(told, Told::Millis | Told::MillisAt) { 1000 } else { 1 };
        let is_from_now = matches!(told, Told::Seconds | Told::Millis);
        match self.rng.below(100) {
            0 => self.word(&["x", "", "1.5", "9223372036854775807", "1e3"]),
            // While a log is loaded, a time that has passed removes nothing.
            1..5 if !self.is_exact => self.word(&["0", "-1", "-9223372036854775808"]),
            5..8 if !self.is_exact && !is_from_now => "1000".to_owned(),
            _ if is_from_now => (ahead * scale).to_string(),
            _ => ((FAR + ahead) * scale + self.rng.below(1000) % scale).to_string(),
        }
    }

    /// `EX`, `PXAT` and their like.
    pub(super) fn lifetime(&mut self) -> Argv {
        let (word, told) = *self.rng.pick(&[
            ("EX", Told::Seconds),
            ("PX", Told::Millis),
            ("EXAT", Told::SecondsAt),
            ("PXAT", Told::MillisAt),
        ]);
        vec![word.into(), self.time(told).into_bytes()]
    }
}
