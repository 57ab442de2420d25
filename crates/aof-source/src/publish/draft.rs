//! A file that is being written and has no name of its own yet.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};

/// So many bytes are gathered before they are written.
const GATHERED: usize = 256 << 10;

/// Each time so many bytes more were written, the system is asked to bring them to the disk.
const PUSHED: u64 = 8 << 20;

/// What is written, buffered; what was written before can be filled in later.
#[derive(Debug)]
pub struct Draft {
    out: BufWriter<File>,
    written: u64,
    /// So many bytes are on their way to the disk.
    pushed: u64,
}

impl Draft {
    pub(super) fn new(file: File) -> Self {
        Self { out: BufWriter::with_capacity(GATHERED, file), written: 0, pushed: 0 }
    }

    /// Has what was written so far brought to the disk while more is made, so that the flush at the end has little to
    /// wait for: servers do the same when they save.
    fn push(&mut self, more: usize) {
        self.written += more as u64;
        let length = self.written - self.pushed;
        if length >= PUSHED {
            begin_to_store(self.out.get_ref(), self.pushed, length);
            self.pushed = self.written;
        }
    }

    /// Writes over bytes that were written before.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn patch(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().write_all_at(bytes, at)
    }

    /// Gives it its permission bits, and flushes it to the disk.
    pub(super) fn finish(self, mode: u32) -> Result<(), (&'static str, io::Error)> {
        let file = self.out.into_inner().map_err(|e| ("write", e.into_error()))?;
        file.set_permissions(Permissions::from_mode(mode))
            .map_err(|e| ("set the permissions of", e))?;
        file.sync_all().map_err(|e| ("flush to the disk", e))
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).inspect(|written| self.push(*written))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes).inspect(|()| self.push(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Of pages that are not on the disk yet this advice begins to write them, and drops none. A file system that does not
/// take it writes them later.
#[cfg(target_os = "linux")]
fn begin_to_store(file: &File, from: u64, length: u64) {
    use rustix::fs::{Advice, fadvise};
    let _ = fadvise(file, from, std::num::NonZero::new(length), Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn begin_to_store(_: &File, _: u64, _: u64) {}
