//! Why a repair did not happen, or stopped.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::name::Name;

/// Why a repair, or taking one back, did not happen. Unless it says otherwise, the files are as they were.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RepairError {
    /// The system refused something.
    #[error("cannot {step} {path:?}: {source}")]
    Io {
        /// What was done, in words.
        step: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not what it was when the plan was made.
    #[error("{file} is not what it was when the plan was made ({what}); make a new plan")]
    Changed {
        /// The file.
        file: Name,
        /// What is different.
        what: String,
    },
    /// Something has the name that a new file was to get.
    #[error("{file} exists, and nothing may be replaced by it; make a new plan")]
    Exists {
        /// The name.
        file: Name,
    },
    /// The folder of a copy is not empty.
    #[error("{path:?} is there and is not empty, and was not touched; name a new folder")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// Somebody else is at work.
    #[error(
        "another aof-doctor is repairing these files ({path:?} is locked); wait until it is done"
    )]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// A repair was interrupted and must be ended first.
    #[error("repair {id} was interrupted; it must be finished or taken back first")]
    Interrupted {
        /// Which one.
        id: String,
    },
    /// There is not enough room.
    #[error(
        "{path:?} has room for {available} bytes, and {needed} are needed; free some, or use another disk (--quarantine DIR, -o DIR)"
    )]
    NoSpace {
        /// Where.
        path: PathBuf,
        /// How many bytes may be written there.
        needed: u64,
        /// How many there is room for.
        available: u64,
    },
    /// A file that is to be cut in place has other names.
    #[error(
        "{file} has {links} names (hard links), and a cut would change it under all of them; repair a copy (-o DIR), or remove the other names"
    )]
    HardLinks {
        /// The file.
        file: Name,
        /// How many names it has.
        links: u64,
    },
    /// The files lie on different file systems.
    #[error(
        "{file} lies on another file system than its repair would; repair the folder it lies in, or a copy (-o DIR)"
    )]
    OtherDevice {
        /// The file.
        file: Name,
    },
    /// A name leads to something that is no file by itself.
    #[error(
        "{path:?} is a link or no regular file, and is not repaired; name what it leads to, or repair a copy made with cp -L"
    )]
    NoFile {
        /// The name.
        path: PathBuf,
    },
    /// A plan says something that no plan of ours says.
    #[error("the plan cannot be applied: {0}")]
    BadPlan(String),
    /// A journal cannot be read.
    #[error("{path:?} is no journal of this release: {why}")]
    BadJournal {
        /// The journal.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is no repair to take back.
    #[error("{root:?} has seen no repair that could be taken back")]
    NothingToUndo {
        /// The folder.
        root: PathBuf,
    },
    /// Something was written since the repair.
    #[error("{} since repair {id}: taking it back would lose that; write the files as they were before into a folder of their own instead (undo -o DIR)", .what.join("; "))]
    WrittenSince {
        /// The repair.
        id: String,
        /// What is different, a clause each.
        what: Vec<String>,
    },
    /// What was cut off was not kept.
    #[error("what repair {id} cut off was not kept (--no-quarantine), so it cannot be taken back")]
    NotKept {
        /// The repair.
        id: String,
    },
    /// A file of the repair's own folder is gone or damaged.
    #[error("{path:?} is not what the journal says: {why}")]
    Evidence {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl RepairError {
    /// An error of the system while something was done to a path.
    pub(crate) fn io(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { step, path, source }
    }

    /// Whether the disk was full.
    pub fn is_full(&self) -> bool {
        match self {
            Self::NoSpace { .. } => true,
            Self::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }
}
