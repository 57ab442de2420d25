//! A folder as evidence: its names are listed and its files opened, read-only, and nothing leads out of it.

use std::collections::BinaryHeap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, RawMode, fstat, openat};
use rustix::io::Errno;

use crate::{Input, OpenError};

mod beneath;
mod entry;

use beneath::{Found, Lost, Root};
pub use entry::{Entry, EntryKind, Listing};

/// How many names of one folder are listed.
pub const MAX_ENTRIES: usize = 100_000;

/// A folder that is held open for reading.
///
/// Names come from files that may be damaged or hostile, such as a manifest. So a name here is one name, not a
/// path, and a symbolic link is followed only while it stays inside: whoever swaps a file or a folder for a link
/// meanwhile gains nothing. Nothing in a folder makes us wait or touches a device: FIFOs, sockets and devices are
/// listed, and never opened.
///
/// The folder is the one that was opened, even if its path names another one later.
///
/// ```
/// use aof_source::{EntryKind, Folder};
///
/// let place = tempfile::tempdir()?;
/// std::fs::write(place.path().join("appendonly.aof.1.incr.aof"), b"*1\r\n$4\r\nPING\r\n")?;
///
/// let folder = Folder::open(place.path())?;
/// let listing = folder.entries()?;
/// assert_eq!(listing.entries[0].kind, EntryKind::File);
/// assert_eq!(listing.entries[0].bytes, 14);
///
/// let mut part = folder.open_file(&listing.entries[0].name)?;
/// assert_eq!(part.first()?, b"*1\r\n$4\r\nPING\r\n");
/// assert!(folder.open_file("../etc/passwd").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    /// The path without links, where the system tells.
    real: Option<PathBuf>,
    handle: Arc<OwnedFd>,
}

impl Folder {
    /// Opens a folder. Symbolic links in the path itself are followed, since whoever asks named them.
    ///
    /// # Errors
    /// Each [`OpenError`] tells what stands in the way; [`OpenError::File`] if a file has this path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref().to_path_buf();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match openat(CWD, &path, flags, Mode::empty()) {
            Ok(handle) => Ok(Self::new(path, handle)),
            Err(errno) => {
                let error = io::Error::from(errno);
                if error.kind() == io::ErrorKind::NotADirectory && path.metadata().is_ok() {
                    return Err(OpenError::File { path });
                }
                Err(OpenError::from_io(path, error))
            }
        }
    }

    fn new(path: PathBuf, handle: OwnedFd) -> Self {
        let real = std::fs::canonicalize(&path).ok();
        Self { path, real, handle: Arc::new(handle) }
    }

    /// The path as it was given; for a subfolder, the path of the folder above and its name.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lists the names, and what they lead to, in the order of their bytes; of more than [`MAX_ENTRIES`] the first
    /// so many.
    ///
    /// Names that come or go meanwhile are listed or not.
    ///
    /// # Errors
    /// [`OpenError::Denied`] or [`OpenError::Failed`] if the folder cannot be read.
    pub fn entries(&self) -> Result<Listing, OpenError> {
        self.list(MAX_ENTRIES)
    }

    fn list(&self, cap: usize) -> Result<Listing, OpenError> {
        let (names, total) = self.names(cap).map_err(|source| self.failed(source))?;
        let mut gone = 0;
        let mut entries = Vec::with_capacity(names.len());
        for (name, mode) in names {
            match entry::entry(self.root(), name, FileType::from_raw_mode(mode)) {
                Some(entry) => entries.push(entry),
                None => gone += 1,
            }
        }
        Ok(Listing { entries, total: total - gone })
    }

    /// The smallest `cap` names in order, and how many there are in all.
    fn names(&self, cap: usize) -> io::Result<(Vec<(OsString, RawMode)>, u64)> {
        let (mut kept, mut total) = (BinaryHeap::new(), 0);
        for entry in Dir::read_from(&*self.handle)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            total += 1;
            kept.push((OsString::from_vec(name.to_vec()), entry.file_type().as_raw_mode()));
            if kept.len() > cap {
                kept.pop();
            }
        }
        Ok((kept.into_sorted_vec(), total))
    }

    /// Opens the file of this name, as [`Input::open`] does for a path.
    ///
    /// # Errors
    /// [`OpenError::BadName`] for a name that is no name, such as `..` or `a/b`; [`OpenError::Outside`] for a link
    /// that leads out; [`OpenError::Folder`], [`OpenError::Socket`], [`OpenError::CharacterDevice`] and
    /// [`OpenError::Special`] for what is no file; and whatever else [`OpenError`] lists.
    pub fn open_file(&self, name: impl AsRef<OsStr>) -> Result<Input, OpenError> {
        let (path, found) = self.find(name.as_ref())?;
        refuse(&path, FileType::from_raw_mode(found.stat.st_mode))?;
        let handle = match beneath::open_file(&found.parent, &found.name) {
            Ok(handle) => handle,
            Err(error) => return Err(swapped(path, error)),
        };
        // Between looking and opening something else may have taken the name.
        match fstat(&handle) {
            Ok(stat) => refuse(&path, FileType::from_raw_mode(stat.st_mode))?,
            Err(errno) => return Err(OpenError::from_io(path, errno.into())),
        }
        Input::from_regular_file(path, File::from(handle))
    }

    /// Opens the folder of this name, out of which nothing leads, not even into this one.
    ///
    /// # Errors
    /// As for [`open_file`](Folder::open_file); [`OpenError::File`] for what is no folder.
    pub fn subfolder(&self, name: impl AsRef<OsStr>) -> Result<Self, OpenError> {
        let (path, found) = self.find(name.as_ref())?;
        if FileType::from_raw_mode(found.stat.st_mode) != FileType::Directory {
            return Err(OpenError::File { path });
        }
        match beneath::open_folder(&found.parent, &found.name) {
            Ok(handle) => Ok(Self::new(path, handle)),
            Err(error) => Err(swapped(path, error)),
        }
    }

    fn find(&self, name: &OsStr) -> Result<(PathBuf, Found), OpenError> {
        let bytes = name.as_bytes();
        let has_bad_byte = bytes.iter().any(|byte| matches!(byte, b'/' | b'\\' | 0));
        if has_bad_byte || matches!(bytes, b"" | b"." | b"..") {
            return Err(OpenError::BadName { path: name.into() });
        }
        let path = self.path.join(name);
        match self.root().find(name) {
            Ok(found) => Ok((path, found)),
            Err(Lost::Outside(target)) => Err(OpenError::Outside { path, target }),
            Err(Lost::Nowhere(target)) => Err(OpenError::DanglingLink { path, target }),
            Err(Lost::Loop) => Err(OpenError::LinkLoop { path }),
            Err(Lost::NotAFolder) => Err(OpenError::NotAFolder { path }),
            Err(Lost::Io(source)) => Err(OpenError::from_io(path, source)),
        }
    }

    fn root(&self) -> Root<'_> {
        Root { handle: &self.handle, real: self.real.as_deref() }
    }

    fn failed(&self, source: io::Error) -> OpenError {
        OpenError::from_io(self.path.clone(), source)
    }
}

/// Refuses what is no regular file.
fn refuse(path: &Path, kind: FileType) -> Result<(), OpenError> {
    let path = || path.to_path_buf();
    let what = match kind {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => return Err(OpenError::Folder { path: path() }),
        FileType::Socket => return Err(OpenError::Socket { path: path() }),
        FileType::CharacterDevice => return Err(OpenError::CharacterDevice { path: path() }),
        FileType::Fifo => "FIFO",
        FileType::BlockDevice => "block device",
        _ => "special file",
    };
    Err(OpenError::Special { path: path(), what })
}

/// The error where a name that was no link a moment ago cannot be opened.
fn swapped(path: PathBuf, error: io::Error) -> OpenError {
    let is_link_now = [Errno::LOOP, Errno::NOTDIR]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()));
    match is_link_now {
        true => OpenError::Failed {
            path,
            source: io::Error::other("something else took its name while it was being opened"),
        },
        false => OpenError::from_io(path, error),
    }
}

#[cfg(test)]
mod tests;
