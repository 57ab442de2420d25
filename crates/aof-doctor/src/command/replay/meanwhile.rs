//! What the log comes to, found out while it is sent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use aof_replay::live::history::Times;

use crate::execute::{self, Executed, Options};
use crate::failure::Failure;
use crate::report::Report;

/// How often it is asked whether the data are needed.
const GLANCE: Duration = Duration::from_millis(20);

/// Waits until it is known that the times of keys must be set at the end, and finds them out by then.
pub(super) struct Meanwhile<'w> {
    report: &'w Report,
    options: Options,
    /// Whether the times are needed.
    pub(super) times: Times,
    is_over: AtomicBool,
}

impl<'w> Meanwhile<'w> {
    pub(super) fn new(report: &'w Report, options: &Options) -> Self {
        // Half of the cores: somebody must send, and the server may be on this machine.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let options = Options { jobs: cores.div_ceil(2), is_bar_wanted: false, ..options.clone() };
        Self { report, options, times: Times::default(), is_over: AtomicBool::new(false) }
    }

    /// Everything was sent.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Executes the log as soon as that is needed; nothing, if it never is.
    pub(super) fn execute(&self) -> Option<Result<Executed, Failure>> {
        while !self.times.load(Ordering::Relaxed) {
            if self.is_over.load(Ordering::Relaxed) {
                return None;
            }
            thread::sleep(GLANCE);
        }
        Some(execute::report(self.report, &self.options))
    }
}
