//! The clock of a log: its `#TS` lines.

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::words;

/// So many reversals are no accident.
const ZIG_ZAG: u64 = 3;

/// A clock that goes back further than this, right before a `SELECT`, belongs to another log.
const ANOTHER_LOG: u64 = 3600;

/// What the clock lines said so far.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// The first and the last time, in seconds since the Unix epoch.
    pub(super) span: Option<(u64, u64)>,
    reversals: Vec<Reversal>,
    total_reversals: u64,
}

/// The clock went back.
#[derive(Debug, Clone, Copy)]
struct Reversal {
    offset: u64,
    end: u64,
    from: u64,
    to: u64,
    /// The last checkpoint before it.
    checkpoint: u64,
    select_follows: bool,
}

impl Clock {
    pub(super) fn last(&self) -> Option<u64> {
        self.span.map(|(_, last)| last)
    }

    /// Reads a clock line; the last checkpoint before it is at `checkpoint`.
    pub(super) fn read(&mut self, offset: u64, end: u64, to: u64, checkpoint: u64) {
        if let Some(from) = self.last().filter(|last| to < *last) {
            self.total_reversals += 1;
            if self.reversals.len() < Diagnosis::MOST_FINDINGS {
                let select_follows = false;
                let reversal = Reversal { offset, end, from, to, checkpoint, select_follows };
                self.reversals.push(reversal);
            }
        }
        self.span = Some((self.span.map_or(to, |(first, _)| first), to));
    }

    /// Notes that a `SELECT` begins at `start`.
    pub(super) fn select(&mut self, start: u64) {
        if let Some(reversal) = self.reversals.last_mut() {
            reversal.select_follows |= reversal.end == start;
        }
    }

    /// The last checkpoint before the reversal at `offset`.
    pub(super) fn checkpoint_before(&self, offset: u64) -> Option<u64> {
        let reversal = self.reversals.iter().find(|reversal| reversal.offset == offset);
        reversal.map(|reversal| reversal.checkpoint)
    }

    /// What is wrong with the clock of a part that ends at `part_end`.
    pub(super) fn findings(&self, part_end: u64) -> Vec<Finding> {
        match self.reversals.as_slice() {
            [first, .., last] if self.total_reversals >= ZIG_ZAG => {
                let length = last.end - first.offset;
                vec![words::two_writers(first.offset, length, self.total_reversals)]
            }
            reversals => reversals.iter().map(|reversal| reversal.finding(part_end)).collect(),
        }
    }
}

impl Reversal {
    fn finding(&self, part_end: u64) -> Finding {
        let Self { offset, end, from, to, select_follows, .. } = *self;
        if select_follows && from - to > ANOTHER_LOG {
            words::second_log(offset, part_end - offset, from - to)
        } else {
            words::backwards(offset, end - offset, from, to)
        }
    }
}
