//! A bar on standard error, for those who wait at a terminal for more than a second.

use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use aof_log::Watch;
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use crate::signal;

/// How long a check takes before it is worth a bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows how far a scan is, and stops it when a signal came.
#[derive(Debug)]
pub(crate) struct Progress {
    /// What is being done.
    phase: &'static str,
    /// Whether there may be a bar at all.
    is_shown: bool,
    /// Bytes in all, where that is known.
    total: Option<u64>,
    /// Whether they are keys instead.
    counts_keys: bool,
    started: Instant,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// A bar over `total` bytes, if it is wanted and standard error is a terminal. It begins with what is being done.
    pub(crate) fn new(phase: &'static str, is_wanted: bool, total: Option<u64>) -> Self {
        let is_shown = is_wanted && io::stderr().is_terminal();
        Self {
            phase,
            is_shown,
            total,
            counts_keys: false,
            started: Instant::now(),
            bar: OnceLock::new(),
        }
    }

    /// The same over keys.
    #[must_use]
    #[cfg(feature = "live")]
    pub(crate) fn of_keys(self) -> Self {
        Self { counts_keys: true, ..self }
    }

    /// Takes the bar away.
    pub(crate) fn done(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }

    fn bar(&self) -> ProgressBar {
        let (bar, template) = match self.total {
            Some(total) if self.counts_keys => (
                ProgressBar::new(total),
                "{msg} {human_pos} of {human_len} keys [{bar:20}] {percent}% {pace}",
            ),
            Some(total) => (
                ProgressBar::new(total),
                "{msg} {bytes} of {total_bytes} [{bar:20}] {percent}% {pace}",
            ),
            None => (ProgressBar::no_length(), "{msg} {bytes}, {pace}"),
        };
        bar.set_message(self.phase);
        let Ok(style) = ProgressStyle::with_template(template) else {
            // A bar in another shape is better than none.
            return bar;
        };
        let (started, total, counts_keys) = (self.started, self.total, self.counts_keys);
        let pace = move |state: &ProgressState, out: &mut dyn fmt::Write| {
            // A bar that cannot be drawn is no reason to stop.
            let _ = out.write_str(&pace(state.pos(), total, started.elapsed(), counts_keys));
        };
        bar.with_style(style.progress_chars("=> ").with_key("pace", pace))
    }
}

/// The rate so far and the time left. The bar's own estimate knows nothing of the time before it was shown.
fn pace(done: u64, total: Option<u64>, elapsed: Duration, counts_keys: bool) -> String {
    let rate = done as f64 / elapsed.as_secs_f64().max(f64::EPSILON);
    let rate_shown = match counts_keys {
        true => format!("{} keys", HumanCount(rate as u64)),
        false => HumanBytes(rate as u64).to_string(),
    };
    let left = total.map(|total| total.saturating_sub(done) as f64 / rate.max(1.0));
    match left.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        Some(left) => format!("{rate_shown}/s, {:#} left", HumanDuration(left)),
        None => format!("{rate_shown}/s"),
    }
}

impl Watch for Progress {
    fn reached(&self, offset: u64) {
        if self.is_shown && self.started.elapsed() >= PATIENCE {
            self.bar.get_or_init(|| self.bar()).set_position(offset);
        }
    }

    fn is_cancelled(&self) -> bool {
        signal::is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_rate_so_far() {
        let second = Duration::from_secs(1);
        assert_eq!(pace(1 << 20, Some(11 << 20), second, false), "1.00 MiB/s, 10s left");
        assert_eq!(pace(1 << 20, None, second, false), "1.00 MiB/s");
        assert_eq!(pace(5000, Some(10_000), second, true), "5,000 keys/s, 1s left");
        assert_eq!(pace(0, Some(u64::MAX), second, false), "0 B/s", "for ever is no time");
    }
}
