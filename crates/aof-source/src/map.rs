//! Files mapped into memory, for work that jumps about in them; the one place of the workspace with `unsafe` code.
//!
//! Two things are unsafe about a mapping, and each is answered here:
//!
//! * A page that cannot be had (the file became shorter, the disk failed) is no error but a signal, SIGBUS, which
//!   ends the process. [`guard_maps`] installs a handler that lays zeros there instead and notes that the map is
//!   torn. Nothing is mapped before it was called.
//! * Bytes may change while they are looked at: somebody may write to the file, and a torn page turns to zeros.
//!   Nothing that is done with them may be unsound for that, so **whoever reads a map twice may see two
//!   different things**, and no length or offset that was checked once is used again unchecked. Before anything
//!   is concluded from the bytes, [`Map::intact`] must say that they are those of the file that was opened.

//!
//! Beside that, [`prefetch`] is here: a hint to the processor, which can do no harm.

#![expect(
    unsafe_code,
    reason = "mapping a file, outliving its signal and hints to the processor cannot be done without"
)]

mod ahead;
mod filesystem;
mod guard;

use std::io;
use std::num::TryFromIntError;

use memmap2::{Mmap, MmapOptions};
use thiserror::Error;

use crate::input::Meta;
use crate::{FilePart, Part};

pub use ahead::prefetch;
pub use guard::guard_maps;

/// How a map will be read. It changes how fast that is, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// From front to back: the system reads far ahead.
    Sequential,
    /// Here and there: the system reads no more than is asked for.
    Random,
    /// All of it, and soon: the system begins to read now.
    WillNeed,
}

/// Why a file is not mapped. It can be read through windows all the same.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unmapped {
    /// [`guard_maps`] was not called: a page that cannot be had would end the process.
    #[error("no handler is installed for pages that cannot be had")]
    Unguarded,
    /// A block device, or something else that is no regular file.
    #[error("it is no regular file")]
    NotAFile,
    /// It has no bytes.
    #[error("it is empty")]
    Empty,
    /// It is shorter now than when it was opened.
    #[error("it became shorter")]
    Shorter,
    /// It lies on a file system whose pages come over a network, or that is not known not to be one.
    #[error("it lies on a file system that may be on another machine")]
    Remote,
    /// As many files are mapped as the handler has room for.
    #[error("too many files are mapped")]
    TooMany,
    /// It is larger than the memory that can be addressed.
    #[error("it is larger than what can be mapped: {0}")]
    TooLarge(#[from] TryFromIntError),
    /// Whatever the system said.
    #[error("cannot map it: {0}")]
    Failed(#[from] io::Error),
}

/// What happened to a file while it was mapped: what was read is not what it held.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Changed {
    /// Bytes could not be had, and zeros were read instead. Where the file has its old length, the disk failed.
    #[error(
        "bytes from {offset} on could not be read: the file became shorter, or its disk failed"
    )]
    Torn {
        /// Of the first page of which that is known.
        offset: u64,
    },
    /// It has another length.
    #[error("the file changed while it was read: it had {expected} bytes, and has {bytes} now")]
    Length {
        /// Bytes now.
        bytes: u64,
        /// Bytes when it was mapped.
        expected: u64,
    },
    /// It was written to.
    #[error("the file changed while it was read: somebody wrote to it")]
    Written,
    /// The system does not say any more how long it is or when it was written.
    #[error("cannot tell whether the file changed while it was read: {0}")]
    Unknown(#[from] io::Error),
}

/// The bytes of a regular file in memory, read-only, up to the length that its part was opened with.
///
/// Pages come from the page cache when they are touched. A page that cannot be had reads as zeros, and
/// [`intact`](Map::intact) tells of it. A *system call* that is given such a page, for instance to write it
/// elsewhere, fails instead (`EFAULT`): [`intact`](Map::intact) tells the reason then too, unless the disk failed.
///
/// ```
/// use aof_source::{FilePart, Map, guard_maps};
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), b"*1\r\n$4\r\nPING\r\n")?;
///
/// // Once, where the program begins.
/// guard_maps()?;
/// match Map::of(&FilePart::open(file.path())?) {
///     Ok(map) => {
///         let lines = map.as_ref().iter().filter(|&&byte| byte == b'\n').count();
///         map.intact()?;
///         assert_eq!(lines, 3);
///     }
///     Err(why) => println!("read it through windows: {why}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Map {
    // Dropped in this order: what is watched must still be mapped.
    watch: guard::Watch,
    bytes: Mmap,
    part: FilePart,
    opened: Meta,
}

impl Map {
    /// Maps the file of a part. What is appended to it later is not shown.
    ///
    /// # Errors
    /// Each [`Unmapped`] says why it is to be read through windows. A file that a server is writing to may be
    /// mapped, but will not be found intact.
    pub fn of(part: &FilePart) -> Result<Self, Unmapped> {
        let opened = meta(part)?.ok_or(Unmapped::NotAFile)?;
        let len = usize::try_from(part.len())?;
        if len == 0 {
            return Err(Unmapped::Empty);
        }
        if opened.bytes < Some(part.len()) {
            return Err(Unmapped::Shorter);
        }
        if !filesystem::is_local(part.file())? {
            return Err(Unmapped::Remote);
        }
        // SAFETY: the mapping is read-only and lives as long as it is borrowed. That its bytes may change, and
        // what follows from it for those who read them, is said above; a page that cannot be had is laid with
        // zeros by the guard, which `watch` demands to be installed.
        let bytes = unsafe { MmapOptions::new().len(len).map(part.file())? };
        let watch = guard::watch(&bytes)?;
        Ok(Self { watch, bytes, part: part.clone(), opened })
    }

    /// Says how it will be read. Advice that the system does not take is lost.
    pub fn advise(&self, advice: Advice) {
        let advice = match advice {
            Advice::Sequential => memmap2::Advice::Sequential,
            Advice::Random => memmap2::Advice::Random,
            Advice::WillNeed => memmap2::Advice::WillNeed,
        };
        let _ = self.bytes.advise(advice);
    }

    /// Whether all that was read so far is what the file held when it was mapped: no page was missing, and the
    /// length, the time of the last writing and the inode are the same. Ask before every verdict, and before
    /// anything made of the bytes is put in place.
    ///
    /// # Errors
    /// [`Changed`] says what happened.
    pub fn intact(&self) -> Result<(), Changed> {
        if let Some(offset) = self.watch.torn_at() {
            return Err(Changed::Torn { offset: offset as u64 });
        }
        let now = meta(&self.part)?.ok_or(Changed::Written)?;
        if let (Some(bytes), Some(expected)) = (now.bytes, self.opened.bytes)
            && bytes != expected
        {
            return Err(Changed::Length { bytes, expected });
        }
        if now != self.opened { Err(Changed::Written) } else { Ok(()) }
    }
}

impl AsRef<[u8]> for Map {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What the system says of a regular file; nothing for what is none.
fn meta(part: &FilePart) -> io::Result<Option<Meta>> {
    let metadata = part.file().metadata()?;
    Ok(metadata.is_file().then(|| Meta::of(&metadata, Some(metadata.len()))))
}

#[cfg(test)]
mod tests;
