//! Records behind a gap, whose `SELECT` may have stood in it.

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::words;

/// Stretches of records whose database is assumed.
#[derive(Debug, Default)]
pub(super) struct Assumed {
    stretches: Vec<Stretch>,
    /// Whether the last stretch still grows.
    is_open: bool,
}

#[derive(Debug, Clone, Copy)]
struct Stretch {
    start: u64,
    end: u64,
    records: u64,
    db: u32,
}

impl Assumed {
    /// A gap ends at `start`; records go on as if the database were still `db`.
    pub(super) fn gap(&mut self, start: u64, db: u32) {
        self.is_open = self.stretches.len() < Diagnosis::MOST_FINDINGS;
        if self.is_open {
            self.stretches.push(Stretch { start, end: start, records: 0, db });
        }
    }

    pub(super) fn records(&mut self, end: u64, count: u64) {
        if let Some(stretch) = self.stretches.last_mut().filter(|_| self.is_open) {
            (stretch.records, stretch.end) = (stretch.records + count, end);
        }
    }

    /// A database is named.
    pub(super) fn select(&mut self) {
        self.is_open = false;
    }

    /// What begins behind `from` is explained otherwise.
    pub(super) fn forget_behind(&mut self, from: u64) {
        self.stretches.retain(|stretch| stretch.start < from);
        self.is_open = false;
    }

    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        let written = self.stretches.iter().filter(|stretch| stretch.records > 0);
        written.map(|stretch| {
            let Stretch { start, end, records, db } = *stretch;
            words::assumed(start, end - start, records, db)
        })
    }
}
