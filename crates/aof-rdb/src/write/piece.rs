//! A piece of a file, written without knowing what stands before it.

use super::writer::{LeftOut, Writer};
use crate::crc::crc64;
use crate::fault::ValueFault;
use crate::record::Key;

/// Records in a row.
#[derive(Debug, Clone, Default)]
pub struct Piece {
    pub(super) bytes: Vec<u8>,
    pub(super) runs: Vec<Run>,
}

/// Records that stand in one database, or in none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) db: Option<u64>,
    /// The byte of the piece behind it.
    pub(super) end: usize,
    pub(super) keys: u64,
    /// Keys that expire.
    pub(super) expiring: u64,
    /// Of its bytes alone.
    pub(super) crc: u64,
}

impl Piece {
    /// An empty one in memory that was used before.
    #[must_use]
    pub fn within(mut bytes: Vec<u8>) -> Self {
        bytes.clear();
        Self { bytes, runs: Vec::new() }
    }

    /// Appends a key of database `db`.
    ///
    /// # Errors
    /// As [`Writer::key`].
    pub fn key(
        &mut self,
        writer: &mut Writer,
        db: u64,
        key: &Key<'_>,
    ) -> Result<LeftOut, ValueFault> {
        let left_out = writer.key(key, &mut self.bytes)?;
        let run = self.run(Some(db));
        run.keys += 1;
        run.expiring += u64::from(key.expiry.is_some());
        Ok(left_out)
    }

    /// Appends a library of functions, if the target has such. Returns whether it has.
    pub fn function(&mut self, writer: &mut Writer, source: &[u8]) -> bool {
        let is_written = writer.function(source, &mut self.bytes);
        if is_written {
            self.run(None);
        }
        is_written
    }

    /// Appends what a module says beside its keys.
    pub fn module_aux(&mut self, writer: &mut Writer, id: u64, bytes: &[u8]) {
        writer.module_aux(id, bytes, &mut self.bytes);
        self.run(None);
    }

    /// The run that what was just appended belongs to. What has no database may stand in any.
    fn run(&mut self, db: Option<u64>) -> &mut Run {
        let end = self.bytes.len();
        let goes_on = self.runs.last().is_some_and(|run| db.is_none() || run.db == db);
        if !goes_on {
            self.runs.push(Run { db, ..Run::default() });
        }
        let last = self.runs.len() - 1;
        let run = &mut self.runs[last];
        run.end = end;
        run
    }

    /// Computes the checksums, so that whoever puts pieces together need not.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        let mut begin = 0;
        for run in &mut self.runs {
            run.crc = crc64(&self.bytes[begin..run.end]);
            begin = run.end;
        }
        self
    }
}
