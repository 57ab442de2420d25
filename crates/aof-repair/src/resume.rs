//! Ending a repair that was interrupted.

use std::path::Path;

use crate::apply::finish;
use crate::disk;
use crate::error::RepairError;
use crate::journal::{Journal, State};
use crate::room::{Repair, Room};
use crate::steps::Work;

/// How an interrupted repair was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resumed {
    /// All of it is done now.
    Finished(String),
    /// Nothing of it is left.
    TakenBack(String),
}

/// Ends all repairs of a folder that were interrupted, the older first.
///
/// One that had not taken effect yet is taken back, unless all files are still what they were; one that had is
/// finished.
///
/// # Errors
/// See [`RepairError`].
pub fn resume(root: &Path) -> Result<Vec<Resumed>, RepairError> {
    let room = Room::open(root)?;
    let pending = room.repairs()?.into_iter().filter(Repair::is_pending);
    pending.map(|repair| end(root, repair)).collect()
}

fn end(root: &Path, repair: Repair) -> Result<Resumed, RepairError> {
    let Repair { id, folder, journal } = repair;
    let mut journal = match journal {
        Some(journal) if journal.state != State::Preparing => journal,
        // Nothing but the folder of the repair was written.
        _ => {
            disk::remove_all(&folder)?;
            return Ok(Resumed::TakenBack(id));
        }
    };
    if journal.state == State::Undoing {
        take_back(root, &folder, &mut journal)?;
        return Ok(Resumed::TakenBack(id));
    }
    let work = Work { root, folder: &folder, journal: &journal };
    let is_committed = work.is_committed()?;
    let is_unchanged = || journal.plan.inputs.iter().all(|seen| seen.must_hold(root).is_ok());
    if is_committed || is_unchanged() {
        finish(root, &folder, &mut journal)?;
        return Ok(Resumed::Finished(id));
    }
    // Without the new files it would look as if it had taken effect, so they go away after the journal says otherwise.
    journal.state = State::Undoing;
    journal.write(&folder)?;
    take_back(root, &folder, &mut journal)?;
    disk::remove_all(&folder)?;
    Ok(Resumed::TakenBack(id))
}

/// Takes a repair back whose journal says so, and forgets what it was made of.
pub(crate) fn take_back(
    root: &Path,
    folder: &Path,
    journal: &mut Journal,
) -> Result<(), RepairError> {
    Work { root, folder, journal }.take_back()?;
    journal.state = State::Undone;
    journal.write(folder)?;
    for spent in ["new", "old", "quarantine"] {
        disk::remove_all(&folder.join(spent))?;
    }
    disk::sync_folder(folder)
}
