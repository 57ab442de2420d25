//! The folder `.aof-doctor` beside the files: a lock, and a folder for each repair.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use crate::disk;
use crate::error::RepairError;
use crate::journal::{self, Journal, State};
use crate::name::Name;

/// The name of the room.
pub(crate) const ROOM: &str = ".aof-doctor";

const LOCK: &str = "lock";

/// The room of a folder, locked for us.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) path: PathBuf,
    /// Held until the room is left.
    _lock: File,
}

/// A repair that the room tells of.
#[derive(Debug)]
pub struct Repair {
    /// What it is called.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What its journal says; `None` if it was interrupted before there was one.
    pub journal: Option<Journal>,
}

impl Repair {
    /// Whether it is done and was not taken back; and, if a file is named, whether it is about that.
    pub(crate) fn stands(&self, file: Option<&Name>) -> bool {
        self.journal.as_ref().is_some_and(|journal| {
            let is_about = |file: &Name| journal.plan.inputs.iter().any(|seen| seen.file == *file);
            journal.state == State::Applied && file.is_none_or(is_about)
        })
    }

    /// Whether it was begun and neither finished nor taken back.
    pub fn is_pending(&self) -> bool {
        self.journal.as_ref().is_none_or(|journal| {
            matches!(journal.state, State::Preparing | State::Committing | State::Undoing)
        })
    }
}

impl Room {
    /// Opens the room of a folder and locks it.
    pub(crate) fn open(root: &Path) -> Result<Self, RepairError> {
        let path = root.join(ROOM);
        disk::make_folder(&path)?;
        let lock = path.join(LOCK);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&lock);
        let file = file.map_err(RepairError::io("open", &lock))?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| RepairError::Locked { path: lock })?;
        Ok(Self { path, _lock: file })
    }

    /// Its repairs, the older first.
    pub(crate) fn repairs(&self) -> Result<Vec<Repair>, RepairError> {
        repairs_in(&self.path)
    }
}

/// The repairs that were interrupted, the older first. Nothing is changed, and no lock is taken.
///
/// # Errors
/// The room, or a journal in it, cannot be read.
pub fn pending(root: &Path) -> Result<Vec<Repair>, RepairError> {
    let mut repairs = repairs_in(&root.join(ROOM))?;
    repairs.retain(Repair::is_pending);
    Ok(repairs)
}

/// The last repair that stands, and so could be taken back; if `file` is named, the last one of that file. Nothing is
/// changed, and no lock is taken.
///
/// # Errors
/// The room, or a journal in it, cannot be read.
pub fn last(root: &Path, file: Option<&Name>) -> Result<Option<Repair>, RepairError> {
    let mut repairs = repairs_in(&root.join(ROOM))?;
    repairs.retain(|repair| repair.stands(file));
    Ok(repairs.pop())
}

fn repairs_in(room: &Path) -> Result<Vec<Repair>, RepairError> {
    let entries = match fs::read_dir(room) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(RepairError::io("read the folder", room))?,
    };
    let mut repairs = Vec::new();
    for entry in entries {
        let folder = entry.map_err(RepairError::io("read the folder", room))?.path();
        let Some(id) = folder.file_name().and_then(|name| name.to_str()).map(ToOwned::to_owned)
        else {
            continue;
        };
        if folder.is_dir() {
            let journal = journal::read(&folder)?;
            repairs.push(Repair { id, folder, journal });
        }
    }
    repairs.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(repairs)
}
