//! Puts a finished file in place, whole or not at all.
//!
//! The content goes to a temporary file beside the target, is flushed to the disk, and takes the target's
//! name in one step; then the folder is flushed, so that the name survives a power loss too. Until that
//! step the target is untouched, and whatever fails, the temporary file goes away.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;

mod draft;
mod folder;

pub use draft::Draft;
pub use folder::{DraftFolder, publish_folder};

/// How a file is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishOptions {
    /// The permission bits it gets, exactly. Default: 0o644.
    pub mode: u32,
    /// What happens to a file that has the name already. Default: [`Existing::Replace`].
    pub existing: Existing,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self { mode: 0o644, existing: Existing::Replace }
    }
}

/// What happens to a file that has the target's name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced in one step. A symbolic link is replaced itself, what it leads to stays.
    Replace,
    /// It stays, and publishing fails with [`PublishError::Exists`], also where it appeared meanwhile.
    Keep,
}

/// Why a file could not be published. Unless it says otherwise, the target is as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Something has the name already, and was to be kept.
    #[error(
        "{target:?} exists already and was not touched; choose another name, or remove it first"
    )]
    Exists {
        /// Where the file was to go.
        target: PathBuf,
    },
    /// The name belongs to something that is no file.
    #[error("{target:?} is no regular file and was not touched; choose another name")]
    NotAFile {
        /// Where the file was to go.
        target: PathBuf,
    },
    /// The disk, or the user's share of it, is full.
    #[error(
        "no space left for {target:?}, which was not touched ({source}); free some, or write to another disk"
    )]
    Full {
        /// Where the file was to go.
        target: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else that failed before the file was in place.
    #[error("cannot {step} {target:?}, which was not touched: {source}")]
    Failed {
        /// Where the file was to go.
        target: PathBuf,
        /// What was done when it failed, in words.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The file is in place and whole, but the system could not promise that its name survives a power loss.
    #[error("{target:?} is in place, but its folder could not be flushed to the disk: {source}")]
    NotFlushed {
        /// Where the file is.
        target: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes a file through `write` and publishes it at `target`; returns what `write` returned.
///
/// The writer is buffered, and is flushed afterwards. An error of `write` is passed on with the target's
/// name, and nothing is published.
///
/// ```
/// use std::io::Write;
/// use aof_source::{Existing, PublishError, PublishOptions, publish};
///
/// let folder = tempfile::tempdir()?;
/// let target = folder.path().join("repaired.aof");
/// let options = PublishOptions { existing: Existing::Keep, ..Default::default() };
/// publish(&target, options, |out| out.write_all(b"*1\r\n$4\r\nPING\r\n"))?;
///
/// let again = publish(&target, options, |out| out.write_all(b"something else"));
/// assert!(matches!(again, Err(PublishError::Exists { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// See [`PublishError`]; each names the target.
pub fn publish<T>(
    target: &Path,
    options: PublishOptions,
    write: impl FnOnce(&mut Draft) -> io::Result<T>,
) -> Result<T, PublishError> {
    may_take(target, options.existing)?;
    let (temp, file) = Temp::beside(target).map_err(|e| failed(target, "create", e))?;
    let mut draft = Draft::new(file);
    let value = write(&mut draft).map_err(|e| failed(target, "write", e))?;
    draft.finish(options.mode).map_err(|(step, e)| failed(target, step, e))?;
    match options.existing {
        Existing::Replace => temp.rename(target),
        Existing::Keep => temp.link(target),
    }
    .map_err(|e| failed(target, "put in place", e))?;
    flush_folder(&folder_of(target))
        .map_err(|source| PublishError::NotFlushed { target: target.to_path_buf(), source })?;
    Ok(value)
}

/// Checks early what would fail late, and that no device or FIFO is replaced by a file, which a rename would
/// do without a word.
fn may_take(target: &Path, existing: Existing) -> Result<(), PublishError> {
    let to = || target.to_path_buf();
    if target.file_name().is_none() {
        return Err(PublishError::NotAFile { target: to() });
    }
    let Ok(itself) = fs::symlink_metadata(target) else {
        return Ok(());
    };
    if existing == Existing::Keep {
        return Err(PublishError::Exists { target: to() });
    }
    // A link that leads nowhere may be replaced; one that leads to a device may be /dev/stdout.
    let leads_to_file = fs::metadata(target).map_or(itself.is_symlink(), |end| end.is_file());
    match leads_to_file {
        true => Ok(()),
        false => Err(PublishError::NotAFile { target: to() }),
    }
}

fn failed(target: &Path, step: &'static str, source: io::Error) -> PublishError {
    let target = target.to_path_buf();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            PublishError::Full { target, source }
        }
        io::ErrorKind::AlreadyExists => PublishError::Exists { target },
        _ => PublishError::Failed { target, step, source },
    }
}

fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(folder) if folder != Path::new("") => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn flush_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems cannot flush a folder, and need not.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        flushed => flushed,
    }
}

/// A name that nobody else uses. It is short, whatever the length of the target's name, which may be the longest
/// possible.
fn temporary_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let (pid, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    format!(".aof-doctor-{pid}-{count}.tmp")
}

/// A temporary file that goes away unless it got the target's name, also when a panic passes.
struct Temp {
    path: PathBuf,
}

impl Temp {
    /// A new file, readable by nobody else until it is whole.
    fn beside(target: &Path) -> io::Result<(Self, File)> {
        loop {
            let path = folder_of(target).join(temporary_name());
            let mut new = OpenOptions::new();
            match new.write(true).create_new(true).mode(0o600).open(&path) {
                // Left behind by a killed process that had our number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                opened => return opened.map(|file| (Self { path }, file)),
            }
        }
    }

    fn rename(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        std::mem::forget(self);
        Ok(())
    }

    /// Gives the file the target's name only if nothing has it.
    fn link(self, target: &Path) -> io::Result<()> {
        match fs::hard_link(&self.path, target) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // A file system without hard links: take the name with an empty file, then replace that.
            Err(_) => self.reserve_and_rename(target),
        }
    }

    fn reserve_and_rename(self, target: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).create_new(true).open(target)?;
        self.rename(target).inspect_err(|_| {
            let _ = fs::remove_file(target);
        })
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        // There is nobody to tell, and the error on its way says more.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests;
