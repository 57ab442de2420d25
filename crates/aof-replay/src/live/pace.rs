//! How fast a target is sent to.

use std::thread;
use std::time::{Duration, Instant};

/// An answer that takes longer means that too much is under way.
const SLOW: Duration = Duration::from_millis(250);

/// So many batches may be under way in one connection.
const DEEPEST: usize = 16;

/// How many batches are under way in a connection at most: more as long as answers come soon, half as many when they
/// do not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depth(usize);

impl Default for Depth {
    fn default() -> Self {
        Self(2)
    }
}

impl Depth {
    pub(super) const fn allows(self, waiting: usize) -> bool {
        waiting < self.0
    }

    /// An answer took so long.
    pub(super) fn note(&mut self, took: Duration) {
        self.0 = if took > SLOW { (self.0 / 2).max(1) } else { (self.0 + 1).min(DEEPEST) };
    }
}

/// So many commands a second and no more.
#[derive(Debug)]
pub struct Rate {
    per_second: f64,
    since: Instant,
    sent: u64,
}

impl Rate {
    /// So many commands a second from now on.
    #[must_use]
    pub fn new(per_second: u64) -> Self {
        Self { per_second: per_second.max(1) as f64, since: Instant::now(), sent: 0 }
    }

    /// Waits until so many more commands may be sent.
    pub fn wait(&mut self, commands: u64) {
        let due = Duration::from_secs_f64(self.sent as f64 / self.per_second);
        self.sent += commands;
        if let Some(left) = due.checked_sub(self.since.elapsed()) {
            thread::sleep(left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_halves_what_is_under_way_and_fast_ones_let_it_grow() {
        let mut depth = Depth::default();
        (0..100).for_each(|_| depth.note(Duration::from_millis(1)));
        assert!(depth.allows(DEEPEST - 1) && !depth.allows(DEEPEST));
        (0..100).for_each(|_| depth.note(Duration::from_secs(1)));
        assert!(depth.allows(0) && !depth.allows(1));
    }
}
