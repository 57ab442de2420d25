//! What can go wrong between a path and its bytes.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why bytes that should be there could not be read.
///
/// Offsets are those of the [`Feed`](crate::Feed): of *decoded* bytes. What lies before them was read,
/// or can be: repeat the call with a `want` that ends there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The storage failed at this offset.
    #[error("cannot read at byte {offset}: {source}")]
    Io {
        /// Offset of the first byte that could not be read.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The part became shorter while it was read.
    ///
    /// Both numbers count bytes on the disk, even where the content of a compressed file is read.
    #[error(
        "the file changed while it was read: it had {expected} bytes, and ends at byte {offset} now"
    )]
    Changed {
        /// Where it ends now.
        offset: u64,
        /// Its length when it was opened.
        expected: u64,
    },
    /// A stream cannot go back this far.
    #[error("byte {offset} was passed already and cannot be read again from a stream")]
    Passed {
        /// The offset that was asked for.
        offset: u64,
    },
    /// A compressed stream is damaged, or ends too early.
    ///
    /// It ends too early if, and only if, the kind of `source` is [`io::ErrorKind::UnexpectedEof`].
    #[error("the compressed data cannot be decoded behind byte {offset} of its content: {source}")]
    Decode {
        /// How many bytes could be decoded.
        offset: u64,
        /// What the decoder said.
        source: io::Error,
    },
}

impl ReadError {
    /// The offset that the error names: the first byte that could not be had.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        match self {
            Self::Io { offset, .. }
            | Self::Changed { offset, .. }
            | Self::Passed { offset }
            | Self::Decode { offset, .. } => *offset,
        }
    }

    /// The error that a reader below a stream reported, at `offset` of the stream.
    pub(crate) fn from_stream(source: io::Error, offset: u64) -> Self {
        let source = match source.downcast::<Self>() {
            Ok(ours) => return ours,
            Err(source) => source,
        };
        let decoder = matches!(
            source.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
        );
        // What the system says carries its number, what a decoder says does not.
        if decoder && source.raw_os_error().is_none() {
            Self::Decode { offset, source }
        } else {
            Self::Io { offset, source }
        }
    }

    /// The same error once more, for a reader that must report it each time it is asked.
    pub(crate) fn repeated(&self) -> Self {
        match *self {
            Self::Io { offset, ref source } => Self::Io { offset, source: io_error_again(source) },
            Self::Changed { offset, expected } => Self::Changed { offset, expected },
            Self::Passed { offset } => Self::Passed { offset },
            Self::Decode { offset, ref source } => {
                Self::Decode { offset, source: io_error_again(source) }
            }
        }
    }
}

fn io_error_again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// Why a path could not be opened as an input. Paths are quoted and escaped in the message.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Nothing has this name.
    #[error("{path:?} does not exist; check the spelling, and that its disk is mounted")]
    Missing {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A symbolic link that leads to nothing.
    #[error(
        "{path:?} is a symbolic link to {target:?}, which does not exist; give the file itself"
    )]
    DanglingLink {
        /// The path as it was given.
        path: PathBuf,
        /// What the link says.
        target: PathBuf,
    },
    /// Symbolic links that lead back to themselves.
    #[error("{path:?} is a symbolic link that leads back to itself; give the file itself")]
    LinkLoop {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A component of the path that is not the last is a file.
    #[error("{path:?} cannot be reached: something before the last name is not a folder")]
    NotAFolder {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The system denies reading.
    #[error(
        "no permission to read {path:?} ({source}), so nothing is known about its content; run as the user who owns it, for instance with sudo -u redis, or change the owner with chown; where ls -l shows that you may read it, SELinux or AppArmor denies it (see ls -Z and ausearch -m avc)"
    )]
    Denied {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder where a file is needed.
    #[error("{path:?} is a folder; give one of the files in it")]
    Folder {
        /// The path as it was given, `-` for standard input.
        path: PathBuf,
    },
    /// A socket where a file is needed.
    #[error("{path:?} is a socket, which holds no log; give a file")]
    Socket {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A character device where a file is needed.
    #[error("{path:?} is a character device, which has no end; give a file, or pipe it in with -")]
    CharacterDevice {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A FIFO or a block device inside a folder, where only files are opened.
    #[error(
        "{path:?} is a {what}, which is not opened as a file of a folder; give its path itself"
    )]
    Special {
        /// The path of the folder and the name.
        path: PathBuf,
        /// What it is, in one word or two.
        what: &'static str,
    },
    /// A file where a folder is needed.
    #[error("{path:?} is a file, not a folder; give the folder that it lies in")]
    File {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A name that is not the name of a file in a folder.
    #[error("{path:?} is no name of a file: it is empty, . or .., or has a / or \\ or NUL in it")]
    BadName {
        /// The name as it was given.
        path: PathBuf,
    },
    /// A symbolic link in a folder that leads out of it.
    #[error(
        "{path:?} is a symbolic link to {target:?}, which leads out of its folder and is not followed; give that file itself"
    )]
    Outside {
        /// The path of the folder and the name.
        path: PathBuf,
        /// What the link says.
        target: PathBuf,
    },
    /// Anything else that the system said.
    #[error("cannot open {path:?}: {source}")]
    Failed {
        /// The path as it was given, `-` for standard input.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    /// The error for `path` from what the system said about it.
    pub(crate) fn from_io(path: PathBuf, source: io::Error) -> Self {
        if source.raw_os_error() == Some(TOO_MANY_LINKS) {
            return Self::LinkLoop { path };
        }
        match source.kind() {
            io::ErrorKind::NotFound => match std::fs::read_link(&path) {
                Ok(target) => Self::DanglingLink { path, target },
                Err(_) => Self::Missing { path },
            },
            io::ErrorKind::NotADirectory => Self::NotAFolder { path },
            io::ErrorKind::PermissionDenied => Self::Denied { path, source },
            _ => Self::Failed { path, source },
        }
    }
}

/// `ELOOP`, for which the standard library has no stable name.
const TOO_MANY_LINKS: i32 =
    if cfg!(any(target_os = "linux", target_os = "android")) { 40 } else { 62 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_never_taken_for_a_decoders_word() {
        let system = io::Error::from_raw_os_error(22);
        assert_eq!(system.kind(), io::ErrorKind::InvalidInput);
        assert!(matches!(ReadError::from_stream(system, 7), ReadError::Io { offset: 7, .. }));
        let decoder = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert!(matches!(ReadError::from_stream(decoder, 7), ReadError::Decode { offset: 7, .. }));
    }

    #[test]
    fn an_error_that_is_ours_already_passes_unchanged() {
        let ours = io::Error::other(ReadError::Changed { offset: 3, expected: 9 });
        assert!(matches!(
            ReadError::from_stream(ours, 100),
            ReadError::Changed { offset: 3, expected: 9 }
        ));
    }

    #[test]
    fn a_path_cannot_write_to_the_terminal_through_a_message() {
        let missing = OpenError::Missing { path: PathBuf::from("a\x1b[2Jb") };
        assert!(!missing.to_string().contains('\x1b'));
    }
}
