//! `FLUSHALL` and `FLUSHDB`: damage that somebody asked for.

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::words;

/// The flushes seen so far, and what they removed.
#[derive(Debug, Default)]
pub(super) struct Flushes {
    seen: Vec<Flush>,
    /// Records since the last flush that may have written data it did not remove.
    writes: u64,
    /// Records since the start that may have written data.
    writes_in_all: u64,
}

#[derive(Debug, Clone, Copy)]
struct Flush {
    offset: u64,
    length: u64,
    /// The database that is flushed, if not all of them are.
    db: Option<u32>,
    writes_before: u64,
}

impl Flushes {
    pub(super) fn write(&mut self, records: u64) {
        self.writes += records;
        self.writes_in_all += records;
    }

    /// Notes a flush; `removes_all` tells whether any data are left behind it.
    pub(super) fn flush(&mut self, offset: u64, length: u64, db: Option<u32>, removes_all: bool) {
        if self.writes > 0 && self.seen.len() < Diagnosis::MOST_FINDINGS {
            let writes_before = self.writes_in_all;
            self.seen.push(Flush { offset, length, db, writes_before });
        }
        self.writes_in_all += 1;
        if removes_all {
            self.writes = 0;
        }
    }

    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        self.seen.iter().map(|flush| {
            let Flush { offset, length, db, writes_before } = *flush;
            let is_most = writes_before * 2 > self.writes_in_all;
            words::flush(offset, length, db, writes_before, is_most)
        })
    }
}
