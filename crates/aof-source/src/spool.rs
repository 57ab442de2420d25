//! A stream that must be read in any order, kept in a file without a name.

use std::fs::{File, FileTimes, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use thiserror::Error;

use crate::{Feed, ReadError, StreamFeed};

/// So many bytes are copied at a time.
const STEP: usize = 1 << 20;

/// What the kernel calls file systems that live in memory: `tmpfs` and `ramfs`.
#[cfg(target_os = "linux")]
const IN_MEMORY: [u32; 2] = [0x0102_1994, 0x8584_58f6];

/// What came out of a stream. The file goes away with the process, whatever ends it.
#[derive(Debug)]
pub struct Spool {
    file: File,
}

/// Why a stream could not be kept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// The folder lives in memory.
    #[error("{} lives in memory, which would have to hold all of it", folder.display())]
    InMemory {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no room for more.
    #[error("there is no room left in {} behind {written} bytes", folder.display())]
    Full {
        /// The folder.
        folder: PathBuf,
        /// Bytes that were kept.
        written: u64,
    },
    /// The stream cannot be read to its end.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The folder does not take a file.
    #[error("nothing can be kept in {}: {source}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Whoever watches does not want it any more.
    #[error("cancelled")]
    Cancelled,
}

impl Spool {
    /// Copies a stream to its end into a folder, which must not live in memory unless that is wanted. Before each MiB it
    /// is asked whether there is room for it, and whether it is still wanted.
    ///
    /// # Errors
    /// See [`SpoolError`]. Nothing is left then.
    pub fn fill(
        stream: &mut StreamFeed,
        folder: &Path,
        takes_memory: bool,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, SpoolError> {
        let failed = |source: io::Error| SpoolError::Io { folder: folder.to_path_buf(), source };
        if !takes_memory && lives_in_memory(folder).map_err(failed)? {
            return Err(SpoolError::InMemory { folder: folder.to_path_buf() });
        }
        let (mut out, file) = nameless(folder).map_err(failed)?;
        let mut at = 0;
        loop {
            if is_cancelled() {
                return Err(SpoolError::Cancelled);
            }
            stream.keep_from(at);
            let window = stream.window(at, STEP)?;
            let piece = &window[..window.len().min(STEP)];
            if piece.is_empty() {
                break;
            }
            let full = || SpoolError::Full { folder: folder.to_path_buf(), written: at };
            if room(folder).map_err(failed)? < piece.len() as u64 {
                return Err(full());
            }
            out.write_all(piece).map_err(|error| match error.kind() {
                io::ErrorKind::StorageFull => full(),
                _ => failed(error),
            })?;
            at += piece.len() as u64;
        }
        // Nobody writes to it any more, which is else told from when it was written.
        let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
        out.set_times(times).map_err(failed)?;
        Ok(Self { file })
    }

    /// Where it can be opened, as long as this is there.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.file.as_raw_fd()).into()
    }
}

/// A new file that has lost its name: to be written, and to be read.
fn nameless(folder: &Path) -> io::Result<(File, File)> {
    let name = folder.join(format!(".aof-doctor-spool-{}", std::process::id()));
    let out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&name)?;
    let file = File::open(&name);
    std::fs::remove_file(&name)?;
    Ok((out, file?))
}

#[cfg(target_os = "linux")]
fn lives_in_memory(folder: &Path) -> io::Result<bool> {
    Ok(IN_MEMORY.contains(&(rustix::fs::statfs(folder)?.f_type as u32)))
}

/// Other systems call them otherwise.
#[cfg(not(target_os = "linux"))]
fn lives_in_memory(_folder: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Bytes that may still be written there.
fn room(folder: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{Access, Input, Part as _};

    #[test]
    fn what_came_through_a_stream_can_be_read_in_any_order_and_has_no_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| number as u8).collect();
        let mut stream = StreamFeed::new(io::Cursor::new(bytes.clone()));
        let spool = Spool::fill(&mut stream, folder.path(), true, &|| false).expect("kept");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
        for _ in 0..2 {
            let mut input = Input::open(spool.path()).expect("it is there");
            let Ok(Access::Random(part)) = input.access() else { panic!("a file") };
            assert_eq!(part.len(), bytes.len() as u64);
            let mut feed = part.feed();
            let window = feed.window(2_000_000, 1000).expect("it can be read");
            assert!(window.starts_with(&bytes[2_000_000..2_001_000]));
        }
    }

    #[test]
    fn a_stream_that_fails_or_is_not_wanted_leaves_nothing() {
        struct Failing;
        impl io::Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        let fill = |is_cancelled: bool| {
            let mut stream = StreamFeed::new(Failing);
            Spool::fill(&mut stream, folder.path(), true, &|| is_cancelled)
        };
        assert!(matches!(fill(false), Err(SpoolError::Read(_))));
        assert!(matches!(fill(true), Err(SpoolError::Cancelled)));
        let missing =
            Spool::fill(&mut StreamFeed::new(Failing), Path::new("/none"), true, &|| false);
        assert!(matches!(missing, Err(SpoolError::Io { .. })));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
