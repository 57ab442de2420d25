//! Draws the outline of a part while its timeline is told.

use crate::finding::FindingId;
use crate::mark::Oddities;
use crate::outline::{Nature, Outline, Stretch};

/// The stretches so far, and the sound one that still grows.
#[derive(Debug, Default)]
pub(super) struct Tracing {
    is_wanted: bool,
    stretches: Vec<Stretch>,
    /// Where the growing stretch begins, its records, and its database.
    from: u64,
    records: u64,
    db: u32,
    is_assumed: bool,
}

impl Tracing {
    pub(super) fn new(is_wanted: bool, from: u64) -> Self {
        Self { is_wanted, from, ..Self::default() }
    }

    pub(super) fn records(&mut self, count: u64) {
        self.records += count;
    }

    /// A `SELECT` of `db` begins at `start`: what follows is known to belong there.
    pub(super) fn select(&mut self, start: u64, db: u32) {
        if self.is_assumed {
            self.close(start);
            (self.is_assumed, self.db) = (false, db);
        }
    }

    /// A transaction from `start` on runs into a gap at `gap`; the place of its stretch.
    pub(super) fn undecided(&mut self, start: u64, gap: u64, records: u64, db: u32) -> usize {
        self.carve(start, gap, Nature::Uncommitted, records, db);
        self.stretches.len().saturating_sub(1)
    }

    /// The transaction that begins with this stretch was committed after all, in the stretch that grows.
    pub(super) fn committed(&mut self, stretch: usize) {
        let from = stretch.min(self.stretches.len());
        let before = from.checked_sub(1).map(|before| self.stretches[before].nature);
        let was_assumed = match before {
            Some(Nature::Sound { is_assumed } | Nature::Begun { is_assumed }) => is_assumed,
            before => before.is_some(),
        };
        for stretch in &mut self.stretches[from..] {
            stretch.nature = match stretch.nature {
                Nature::Uncommitted => Nature::Begun { is_assumed: was_assumed },
                Nature::Sound { is_assumed } => Nature::Begun { is_assumed },
                other => other,
            };
        }
    }

    /// The last `records` records, from `start` to `end`, which is where the growing stretch ends, are of another
    /// nature; `db` is in force behind them. Nothing happens if they were carved out before.
    pub(super) fn carve(&mut self, start: u64, end: u64, nature: Nature, records: u64, db: u32) {
        if start < self.from {
            return;
        }
        self.records = self.records.saturating_sub(records);
        self.close(start);
        self.push(start, end, nature, records, db);
    }

    /// Bytes without a record; `db` is what the records behind them are taken to belong to.
    pub(super) fn gap(&mut self, start: u64, end: u64, nature: Nature, db: u32) {
        self.close(start);
        self.push(start, end, nature, 0, db);
        self.is_assumed = true;
    }

    /// From `checkpoint` on the part repeats itself up to `end`, with so many records.
    pub(super) fn repeated(&mut self, checkpoint: u64, end: u64, records: u64, is_certain: bool) {
        self.close(end);
        self.stretches.retain(|stretch| stretch.start < checkpoint);
        if let Some(last) = self.stretches.last_mut() {
            if last.end == end {
                last.records = last.records.saturating_sub(records);
            }
            last.end = last.end.min(checkpoint);
        }
        self.push(checkpoint, end, Nature::Repeated { is_certain }, records, self.db);
    }

    /// The part ends at `end`.
    pub(super) fn finish(mut self, end: u64, odd: &Oddities) -> Option<Outline> {
        self.close(end);
        let loose = odd.0.iter().filter(|odd| is_loose(odd.id));
        let loose = loose.map(|odd| (odd.offset, odd.end));
        let loose = loose.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        self.is_wanted.then_some(Outline { stretches: self.stretches, loose })
    }

    /// Ends the growing stretch.
    fn close(&mut self, end: u64) {
        if end > self.from {
            let nature = Nature::Sound { is_assumed: self.is_assumed };
            self.push(self.from, end, nature, self.records, self.db);
        }
        self.records = 0;
    }

    fn push(&mut self, start: u64, end: u64, nature: Nature, records: u64, db: u32) {
        if self.is_wanted && end > start {
            self.stretches.push(Stretch { start, end, records, db: self.db, nature });
        }
        (self.from, self.db) = (end, db);
    }
}

/// Whether a record of this kind can be read but must be written anew.
const fn is_loose(id: FindingId) -> bool {
    matches!(
        id,
        FindingId::AofFrameLoose
            | FindingId::AofCrlfStripped
            | FindingId::AofCrlfAdded
            | FindingId::AofBom
            | FindingId::AofTsGlued
    )
}
