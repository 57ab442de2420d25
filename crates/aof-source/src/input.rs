//! From a path or standard input to something that can be read, with what is known about it.

use std::fs::{File, FileType, Metadata};
use std::io::{self, Seek};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::sniff::{self, Kind, Sniff};
use crate::{FilePart, OpenError, Part, ReadError, StreamFeed};

mod settle;

use settle::{content_name, records_in, samples, settle};

/// How many first bytes an input shows for telling what it is.
pub const FIRST: usize = 64 << 10;

/// In what form the content lies on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Container {
    /// As it is.
    Plain,
    /// gzip, one member or several.
    Gzip,
    /// zstd, one frame or several.
    Zstd,
}

/// What the system says about an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Bytes on the disk; `None` for what has no length, like a pipe.
    pub bytes: Option<u64>,
    /// When it was last written; `None` where the system does not say.
    pub modified: Option<SystemTime>,
    /// The device it lives on.
    pub device: u64,
    /// Its number on that device. Two files are the same if device and inode are.
    pub inode: u64,
}

impl Meta {
    pub(crate) fn of(metadata: &Metadata, bytes: Option<u64>) -> Self {
        Self {
            bytes,
            modified: metadata.modified().ok(),
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// How the content of an input can be read.
#[derive(Debug)]
pub enum Access<'a> {
    /// In any order, by several threads.
    Random(&'a FilePart),
    /// Forwards, by one thread.
    Stream(&'a mut StreamFeed),
}

/// Something that was opened for reading, and never for anything else.
///
/// Opening reads nothing and never waits. The first call of [`container`](Input::container),
/// [`first`](Input::first), [`access`](Input::access) or [`sniff`](Input::sniff) reads, and may wait as
/// `cat` does where [`waits`](Input::waits) says so: that is the moment to tell the user.
#[derive(Debug)]
pub struct Input {
    /// Absent for standard input.
    path: Option<PathBuf>,
    meta: Meta,
    source: Source,
    settled: Option<Settled>,
}

#[derive(Debug)]
enum Source {
    /// A regular file or block device.
    File(FilePart),
    /// Standard input where it is no file, or a file somewhere behind its first byte.
    Pipe(File),
    /// A FIFO, which is opened when it is read first, since opening waits for a writer.
    Fifo(PathBuf),
}

/// What the first bytes told.
#[derive(Debug)]
struct Settled {
    container: Container,
    first: Vec<u8>,
    /// Absent where the content can be read in any order.
    stream: Option<StreamFeed>,
}

impl Input {
    /// Opens a regular file, a block device or a FIFO. Symbolic links are followed.
    ///
    /// # Errors
    /// Each [`OpenError`] tells what stands in the way.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref().to_path_buf();
        let failed = |source| OpenError::from_io(path.clone(), source);
        // Looking comes before opening: to open a FIFO waits, and to open a device may start it.
        let metadata = std::fs::metadata(&path).map_err(failed)?;
        refuse(&path, metadata.file_type())?;
        let (meta, source) = if metadata.file_type().is_fifo() {
            (Meta::of(&metadata, None), Source::Fifo(path.clone()))
        } else {
            let part = File::open(&path).and_then(FilePart::new).map_err(failed)?;
            let metadata = part.file().metadata().map_err(failed)?;
            refuse(&path, metadata.file_type())?;
            (Meta::of(&metadata, Some(part.len())), Source::File(part))
        };
        Ok(Self { path: Some(path), meta, source, settled: None })
    }

    /// Takes standard input: as a file where it is one and nobody has read from it, else as a stream.
    ///
    /// Nothing may have been read through [`std::io::stdin`], which has a buffer of its own.
    ///
    /// # Errors
    /// [`OpenError::Folder`], or [`OpenError::Failed`] with the path `-`.
    pub fn stdin() -> Result<Self, OpenError> {
        let failed = |source| OpenError::Failed { path: "-".into(), source };
        let file = io::stdin().as_fd().try_clone_to_owned().map_err(failed)?;
        Self::from_file(File::from(file))
            .map_err(failed)?
            .ok_or(OpenError::Folder { path: "-".into() })
    }

    /// The input that an open file is; `None` if it is a folder.
    fn from_file(mut file: File) -> io::Result<Option<Self>> {
        let metadata = file.metadata()?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            return Ok(None);
        }
        let seekable = kind.is_file() || kind.is_block_device();
        let (meta, source) = if seekable && file.stream_position()? == 0 {
            let part = FilePart::new(file)?;
            (Meta::of(&metadata, Some(part.len())), Source::File(part))
        } else {
            let bytes = kind.is_file().then_some(metadata.len());
            (Meta::of(&metadata, bytes), Source::Pipe(file))
        };
        Ok(Some(Self { path: None, meta, source, settled: None }))
    }

    /// The input that an open regular file is, which was found under this path.
    pub(crate) fn from_regular_file(path: PathBuf, file: File) -> Result<Self, OpenError> {
        let opened = file.metadata().and_then(|metadata| Ok((metadata, FilePart::new(file)?)));
        match opened {
            Ok((metadata, part)) => {
                let meta = Meta::of(&metadata, Some(part.len()));
                Ok(Self { path: Some(path), meta, source: Source::File(part), settled: None })
            }
            Err(source) => Err(OpenError::Failed { path, source }),
        }
    }

    /// The path as it was given; `None` for standard input.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What the system said when the input was opened.
    #[must_use]
    pub fn meta(&self) -> Meta {
        self.meta
    }

    /// What the system says now about the same open file, whatever its path names by now. Compare with
    /// [`meta`](Input::meta) to see whether it grew, shrank, or was written to.
    ///
    /// # Errors
    /// What the system says, for instance when a network file system went away.
    pub fn meta_now(&self) -> io::Result<Meta> {
        match &self.source {
            Source::File(part) => {
                let metadata = part.file().metadata()?;
                let bytes = match metadata.is_file() {
                    true => metadata.len(),
                    false => part.len(),
                };
                Ok(Meta::of(&metadata, Some(bytes)))
            }
            Source::Pipe(file) => {
                let metadata = file.metadata()?;
                let bytes = metadata.is_file().then_some(metadata.len());
                Ok(Meta::of(&metadata, bytes))
            }
            Source::Fifo(path) => Ok(Meta::of(&std::fs::metadata(path)?, None)),
        }
    }

    /// Whether the first reading may wait: for somebody to write, for as long as it takes.
    #[must_use]
    pub fn waits(&self) -> bool {
        !matches!(self.source, Source::File(_)) && self.settled.is_none()
    }

    /// In what form the content lies on the disk.
    ///
    /// # Errors
    /// [`ReadError::Io`] or [`ReadError::Changed`] if the first bytes cannot be read.
    pub fn container(&mut self) -> Result<Container, ReadError> {
        Ok(self.settle()?.container)
    }

    /// The first bytes of the content, at most [`FIRST`]: fewer where it ends, or can be read or decoded no
    /// further.
    ///
    /// # Errors
    /// As for [`container`](Input::container).
    pub fn first(&mut self) -> Result<&[u8], ReadError> {
        Ok(&self.settle()?.first)
    }

    /// The reader of the content.
    ///
    /// # Errors
    /// As for [`container`](Input::container).
    pub fn access(&mut self) -> Result<Access<'_>, ReadError> {
        self.settle()?;
        let stream = self.settled.as_mut().and_then(|known| known.stream.as_mut());
        Ok(match (stream, &self.source) {
            (None, Source::File(part)) => Access::Random(part),
            (Some(stream), _) => Access::Stream(stream),
            (None, _) => unreachable!("whatever is no file was settled as a stream"),
        })
    }

    /// Tells what the content is, as [`sniff()`](crate::sniff()) does from the first bytes and the name. Where they
    /// show nothing certain, it looks for records further on, so that no log is refused because its
    /// beginning is damaged.
    ///
    /// # Errors
    /// As for [`container`](Input::container).
    pub fn sniff(&mut self) -> Result<Sniff, ReadError> {
        let container = self.settle()?.container;
        let name = self.path.as_ref().map(|path| match container {
            Container::Plain => path.clone(),
            _ => content_name(path),
        });
        let sniff = sniff::sniff(self.first()?, name.as_deref());
        if !sniff.kind.is_vague() {
            return Ok(sniff);
        }
        let found = match self.access()? {
            Access::Random(part) => records_in(&mut part.feed(), samples(part.len())),
            Access::Stream(feed) => records_in(feed, (1..16).map(|i| i * FIRST as u64)),
        };
        Ok(match found {
            Some(at) => Sniff {
                kind: Kind::Resp(sniff::Resp::Damaged),
                reason: format!("the first bytes are no log, but records follow behind byte {at}"),
            },
            None => sniff,
        })
    }

    fn settle(&mut self) -> Result<&Settled, ReadError> {
        if self.settled.is_none() {
            self.settled = Some(settle(&mut self.source)?);
        }
        Ok(self.settled.as_ref().expect("set a line above"))
    }
}

/// Refuses what is neither a file, a block device nor a FIFO.
pub(crate) fn refuse(path: &Path, kind: FileType) -> Result<(), OpenError> {
    let path = || path.to_path_buf();
    if kind.is_dir() {
        return Err(OpenError::Folder { path: path() });
    }
    if kind.is_socket() {
        return Err(OpenError::Socket { path: path() });
    }
    if kind.is_char_device() {
        return Err(OpenError::CharacterDevice { path: path() });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
