//! Writing a repaired copy: the files themselves stay as they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::apply::size_of;
use crate::disk;
use crate::error::RepairError;
use crate::plan::{Action, Piece, Plan};
use crate::quarantine;
use crate::seen::path_of;
use crate::write::make;

/// Executes a plan that was made for a copy, into a folder that is not there or is empty.
///
/// The folder gets its name when all is written, and not before: whatever fails, nothing that looks finished is left.
///
/// # Errors
/// See [`RepairError`].
pub fn write_copy(
    root: &Path,
    plan: &Plan,
    target: &Path,
    quarantine: Option<&Path>,
) -> Result<(), RepairError> {
    plan.inputs.iter().try_for_each(|seen| seen.must_hold(root))?;
    let is_taken = fs::read_dir(target).map(|mut entries| entries.next().is_some());
    if is_taken.unwrap_or_else(|_| disk::is_there(target)) {
        return Err(RepairError::NotEmpty { path: target.to_path_buf() });
    }
    let above = disk::folder_of(target);
    has_room(above, plan)?;
    let unfinished = unfinished(target);
    fs::create_dir(&unfinished).map_err(RepairError::io("make the folder", &unfinished))?;
    let written = fill(root, plan, &unfinished)
        .and_then(|()| quarantine.map_or(Ok(()), |folder| quarantine::fill(root, plan, folder)))
        .and_then(|()| disk::rename_over(&unfinished, target))
        .and_then(|()| disk::sync_folder(above));
    if written.is_err() {
        // There is nobody to tell, and the error on its way says more.
        let _ = disk::remove_all(&unfinished);
    }
    written
}

fn unfinished(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.unfinished", std::process::id()));
    disk::folder_of(target).join(name)
}

fn has_room(folder: &Path, plan: &Plan) -> Result<(), RepairError> {
    let needed = plan.actions.iter().map(size_of).sum();
    let available = disk::room_in(folder)?;
    match available < needed {
        true => Err(RepairError::NoSpace { path: folder.to_path_buf(), needed, available }),
        false => Ok(()),
    }
}

fn fill(root: &Path, plan: &Plan, folder: &Path) -> Result<(), RepairError> {
    for action in &plan.actions {
        let target = path_of(folder, action.target())?;
        match action {
            Action::Folder { .. } => disk::make_folder(&target)?,
            Action::Write { recipe, like, .. } => make(root, recipe, &target, like.as_ref())?,
            Action::Manifest { text, like, .. } => {
                make(root, &[Piece::Put { bytes: text.clone() }], &target, like.as_ref())?;
            }
            Action::Replace { .. } | Action::Cut { .. } | Action::Retire { .. } => {
                return Err(RepairError::BadPlan("it was made to be applied in place".to_owned()));
            }
        }
    }
    let folders = plan.actions.iter().filter_map(|action| action.target().below(folder));
    let folders: BTreeSet<PathBuf> =
        folders.map(|target| disk::folder_of(&target).to_path_buf()).collect();
    folders.iter().try_for_each(|folder| disk::sync_folder(folder))
}
