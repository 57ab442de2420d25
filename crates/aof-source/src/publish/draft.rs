//! A file that is being written and has no name of its own yet.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};

/// So many bytes are gathered before they are written.
const GATHERED: usize = 256 << 10;

/// What is written, buffered; what was written before can be filled in later.
#[derive(Debug)]
pub struct Draft(BufWriter<File>);

impl Draft {
    pub(super) fn new(file: File) -> Self {
        Self(BufWriter::with_capacity(GATHERED, file))
    }

    /// Writes over bytes that were written before.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn patch(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.flush()?;
        self.0.get_ref().write_all_at(bytes, at)
    }

    /// Gives it its permission bits, and flushes it to the disk.
    pub(super) fn finish(self, mode: u32) -> Result<(), (&'static str, io::Error)> {
        let file = self.0.into_inner().map_err(|e| ("write", e.into_error()))?;
        file.set_permissions(Permissions::from_mode(mode))
            .map_err(|e| ("set the permissions of", e))?;
        file.sync_all().map_err(|e| ("flush to the disk", e))
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
