//! Looks on while files are executed: how far it is, whether it should end, and whether the memory is enough.

use std::sync::atomic::{AtomicU64, Ordering};

use aof_log::Watch;

use crate::failure::Failure;
use crate::figures;
use crate::memory::{self, MemoryLimit};
use crate::ui::Progress;

/// Sees to it that the data take no more memory than they may.
pub(super) struct Guard {
    limit: Option<MemoryLimit>,
    /// Bytes that were executed so far.
    done: AtomicU64,
    /// Bytes of memory in use when the first of those had been.
    first: AtomicU64,
    /// The most that were in use since.
    most: AtomicU64,
}

impl Guard {
    pub(super) const fn new(limit: Option<MemoryLimit>) -> Self {
        let [done, most] = [const { AtomicU64::new(0) }; 2];
        Self { limit, done, first: AtomicU64::new(u64::MAX), most }
    }

    /// Whether bases with so many keys can fit at all.
    pub(super) fn allows_base(&self, keys: u64) -> Result<(), Failure> {
        let needed = memory::of_keys(keys);
        match self.limit.filter(|limit| limit.0 < needed) {
            Some(limit) => Err(too_much(format!(
                "the bases have {}, which need {} of memory and more, and --memory-limit allows {}",
                figures::of(keys, "key"),
                figures::rough(needed),
                figures::rough(limit.0)
            ))),
            None => Ok(()),
        }
    }

    fn note(&self, done: u64) {
        let before = self.done.swap(done, Ordering::Relaxed);
        let Some(bytes) = self.limit.and_then(|_| memory::in_use()) else { return };
        if before == 0 && done > 0 {
            self.first.store(bytes, Ordering::Relaxed);
        }
        self.most.fetch_max(bytes, Ordering::Relaxed);
    }

    fn is_exceeded(&self) -> bool {
        self.limit.is_some_and(|limit| self.most.load(Ordering::Relaxed) > limit.0)
    }

    /// How much memory would be in use if not only this share of the data had been executed.
    pub(super) fn of_all(&self, share: f64) -> u64 {
        let [first, most] = [&self.first, &self.most].map(|bytes| bytes.load(Ordering::Relaxed));
        let others = most.saturating_sub(first) as f64 * (1.0 / share - 1.0);
        most + others as u64
    }

    /// Why the work was stopped, if it was for the memory.
    pub(super) fn stopped(&self, total: u64) -> Option<Failure> {
        let (limit, done) = (self.limit?, self.done.load(Ordering::Relaxed));
        self.is_exceeded().then(|| {
            too_much(format!(
                "the data need more memory than the {} that --memory-limit allows: {} of {} were executed by then",
                figures::rough(limit.0),
                figures::rough(done),
                figures::rough(total)
            ))
        })
    }
}

pub(super) fn cancelled() -> Failure {
    Failure::cancelled("cancelled; nothing was written")
}

pub(super) fn too_much(message: String) -> Failure {
    Failure::operational(message)
        .hint("nothing was written; a larger --memory-limit, or a machine with more memory")
}

/// One file, behind others.
pub(super) struct Behind<'p> {
    /// Bytes of those.
    pub(super) before: u64,
    pub(super) progress: &'p Progress,
    pub(super) guard: &'p Guard,
}

impl Watch for Behind<'_> {
    fn reached(&self, offset: u64) {
        let done = self.before + offset;
        self.progress.reached(done);
        self.guard.note(done);
    }

    fn is_cancelled(&self) -> bool {
        self.progress.is_cancelled() || self.guard.is_exceeded()
    }
}
