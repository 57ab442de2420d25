//! A file or block device as a part: positioned reads into one buffer that is used again and again.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;
use std::sync::Arc;

use crate::{Feed, OpenError, Part, ReadError};

mod spare;

/// How many bytes a feed reads at once: 256 KiB. Larger windows leave the processor's cache, smaller ones
/// pay for more system calls.
pub const WINDOW: usize = 256 << 10;

/// What is read first, and behind a long jump: enough for the header of the record that a jump over a huge
/// value leads to.
pub(crate) const FIRST_STEP: usize = 64 << 10;

/// What is read first by whoever goes back.
const GLANCE: usize = 4 << 10;

/// A regular file or block device, opened read-only, whose length is fixed when it is opened.
///
/// A live server may append to it: bytes behind the fixed length are never shown. Where it became
/// shorter, its feeds return [`ReadError::Changed`].
#[derive(Debug, Clone)]
pub struct FilePart {
    file: Arc<File>,
    len: u64,
    window: usize,
}

impl FilePart {
    /// Opens the file at `path`, which must be a regular file or a block device.
    ///
    /// # Errors
    /// Whatever [`OpenError`] lists; a FIFO is [`OpenError::Failed`], since it has no length.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let failed = |source| OpenError::from_io(path.to_path_buf(), source);
        let kind = std::fs::metadata(path).map_err(failed)?.file_type();
        crate::input::refuse(path, kind)?;
        if kind.is_fifo() {
            return Err(failed(io::Error::from(io::ErrorKind::NotSeekable)));
        }
        File::open(path).and_then(Self::new).map_err(failed)
    }

    /// The part that an open file holds, as long as the file is now. The file's own position does not
    /// matter and does not move.
    ///
    /// # Errors
    /// If the system cannot tell the length.
    pub fn new(file: File) -> io::Result<Self> {
        let len = length(&file)?;
        Ok(Self { file: Arc::new(file), len, window: WINDOW })
    }

    /// The same part, read in windows of this many bytes (at least 1) instead of [`WINDOW`].
    #[must_use]
    pub fn with_window(mut self, bytes: usize) -> Self {
        self.window = bytes.max(1);
        self
    }

    /// The open file, for questions about it.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The bytes from the first to the fixed length, in order.
    pub(crate) fn reader(&self) -> FileReader {
        FileReader { file: Arc::clone(&self.file), at: 0, len: self.len }
    }
}

/// Length in bytes; for a block device, where the system reports none, the place its end is at.
fn length(mut file: &File) -> io::Result<u64> {
    let metadata = file.metadata()?;
    if !metadata.file_type().is_block_device() {
        return Ok(metadata.len());
    }
    // Standard input shares its position with other processes: put it back.
    let before = file.stream_position()?;
    let end = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(before))?;
    Ok(end)
}

impl Part for FilePart {
    type Feed<'a> = FileFeed<'a>;

    fn feed(&self) -> FileFeed<'_> {
        // The first read takes twice that: many a feed is there for a glance only.
        let step = (FIRST_STEP / 2).min(self.window);
        FileFeed { part: self, buffer: Vec::new(), at: 0, held: 0, step }
    }

    fn len(&self) -> u64 {
        self.len
    }
}

/// One thread's reader of a [`FilePart`].
#[derive(Debug)]
pub struct FileFeed<'a> {
    part: &'a FilePart,
    /// Its first `held` bytes are the part's from `at` on; the rest is room.
    buffer: Vec<u8>,
    at: u64,
    held: usize,
    /// How much the next read asks for: the window, or less for a while behind a long jump.
    step: usize,
}

impl Feed for FileFeed<'_> {
    #[inline]
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        // Wraps to something huge where `at` lies before the buffer.
        let skip = at.wrapping_sub(self.at);
        let held = self.held as u64;
        if skip <= held {
            let rest = held - skip;
            if rest >= want.max(1) as u64 || self.at + held == self.part.len {
                return Ok(&self.buffer[skip as usize..self.held]);
            }
        }
        self.read(at, want)
    }

    fn keep_from(&mut self, _at: u64) {}
}

impl FileFeed<'_> {
    #[cold]
    fn read(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        let left = self.part.len.saturating_sub(at);
        if left == 0 {
            return Ok(&[]);
        }
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let want = want.clamp(1, left);
        self.pace(at);
        let size = self.step.max(want).min(left);
        self.make_room(size);
        (self.at, self.held) = (at, 0);
        let fault = self.fill(size).err();
        match fault {
            Some(error) if self.held < want => Err(error),
            _ => Ok(&self.buffer[..self.held]),
        }
    }

    /// Chooses the size of the read at `at`: whoever jumps over huge values wants to see their headers
    /// only, and whoever goes back a glance; whoever goes on from there gets twice as much each time.
    fn pace(&mut self, at: u64) {
        let window = self.part.window;
        let end = self.at + self.held as u64;
        if self.held > 0 && at < self.at {
            self.step = GLANCE.min(window);
        } else if self.held > 0 && at > end.saturating_add(window as u64) {
            self.step = FIRST_STEP.min(window);
        } else {
            self.step = (self.step * 2).min(window);
        }
    }

    /// Makes the buffer at least `size` long, and gives back what one very large wish made it grow to.
    fn make_room(&mut self, size: usize) {
        if self.buffer.len() > self.part.window.max(size).saturating_mul(4) {
            self.buffer = Vec::new();
        }
        if self.buffer.len() < size {
            // Nothing in it is needed any more, and fresh zeroed memory costs less than a copy.
            let most = usize::try_from(self.part.len).unwrap_or(usize::MAX).min(self.part.window);
            let size = size.max(most);
            self.buffer = spare::take(size).unwrap_or_else(|| vec![0; size]);
        }
    }

    /// Reads `size` bytes from `self.at` on; where that fails, `self.held` tells how far it came.
    fn fill(&mut self, size: usize) -> Result<(), ReadError> {
        while self.held < size {
            let offset = self.at + self.held as u64;
            match self.part.file.read_at(&mut self.buffer[self.held..size], offset) {
                Ok(0) => return Err(shrunk(&self.part.file, offset, self.part.len)),
                Ok(count) => self.held += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(ReadError::Io { offset, source }),
            }
        }
        Ok(())
    }
}

impl Drop for FileFeed<'_> {
    fn drop(&mut self) {
        spare::give_back(std::mem::take(&mut self.buffer));
    }
}

/// The error for a file that ended at `offset` or before, although it had `expected` bytes once.
fn shrunk(file: &File, offset: u64, expected: u64) -> ReadError {
    let end = file.metadata().ok().filter(std::fs::Metadata::is_file);
    let offset = end.map_or(offset, |end| end.len().min(offset));
    ReadError::Changed { offset, expected }
}

/// Reads a [`FilePart`] from its first byte to its fixed length, beside all its other readers.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: Arc<File>,
    at: u64,
    len: u64,
}

impl io::Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len - self.at).unwrap_or(usize::MAX);
        let room = buffer.len().min(left);
        if room == 0 {
            return Ok(0);
        }
        let count = self.file.read_at(&mut buffer[..room], self.at)?;
        if count == 0 {
            let changed = shrunk(&self.file, self.at, self.len);
            return Err(io::Error::other(changed));
        }
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
