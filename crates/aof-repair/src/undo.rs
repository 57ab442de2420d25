//! Taking a repair back.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::apply::names_beside;
use crate::disk;
use crate::error::RepairError;
use crate::journal::{Journal, State};
use crate::name::Name;
use crate::plan::Action;
use crate::resume::take_back;
use crate::room::{Repair, Room};
use crate::seen::path_of;
use crate::steps::{Work, retired};

/// Takes the last repair of a folder, or of one file in it, back: every byte, name, owner, permission and time is what it was.
///
/// # Errors
/// [`RepairError::WrittenSince`] if a server has written since; see [`RepairError`] for all others.
pub fn undo(root: &Path, about: Option<&Name>) -> Result<String, RepairError> {
    let room = Room::open(root)?;
    let (folder, mut journal) = standing(root, &room, about)?;
    let what = written_since(root, &journal)?;
    if !what.is_empty() {
        return Err(RepairError::WrittenSince { id: journal.id, what });
    }
    can_be_restored(&folder, &journal)?;
    journal.state = State::Undoing;
    journal.write(&folder)?;
    take_back(root, &folder, &mut journal)?;
    Ok(journal.id)
}

/// The last repair that stands, and its journal.
fn standing(
    root: &Path,
    room: &Room,
    about: Option<&Name>,
) -> Result<(PathBuf, Journal), RepairError> {
    let repairs = room.repairs()?;
    if let Some(repair) = repairs.iter().find(|repair| repair.is_pending()) {
        return Err(RepairError::Interrupted { id: repair.id.clone() });
    }
    let standing = repairs.into_iter().rev().find(|repair| repair.stands(about));
    let standing = standing.and_then(|Repair { folder, journal, .. }| Some((folder, journal?)));
    standing.ok_or_else(|| RepairError::NothingToUndo { root: root.to_path_buf() })
}

/// What is different since the repair, a clause each.
fn written_since(root: &Path, journal: &Journal) -> Result<Vec<String>, RepairError> {
    let mut what = Vec::new();
    for seen in &journal.after {
        if let Some(difference) = seen.difference(root)? {
            what.push(format!("{}: {difference}", seen.file));
        }
    }
    let before: BTreeSet<&Name> = journal.names_after.iter().collect();
    let now = names_beside(root, &journal.plan)?;
    let new: Vec<String> =
        now.iter().filter(|name| !before.contains(name)).map(ToString::to_string).collect();
    if !new.is_empty() {
        what.push(format!("{} appeared", new.join(", ")));
    }
    Ok(what)
}

/// Whether everything is there that is needed.
fn can_be_restored(folder: &Path, journal: &Journal) -> Result<(), RepairError> {
    let work = Work { root: folder, folder, journal };
    for (index, action) in journal.plan.actions.iter().enumerate() {
        let is_kept = match action {
            Action::Cut { file, from, to } => {
                let got = io::copy(&mut work.cut_off(file)?, &mut io::sink());
                let got = got.map_err(RepairError::io("read what was cut off", folder))?;
                if got != from - to {
                    let why =
                        format!("it holds {got} bytes of the {} that were cut off", from - to);
                    return Err(RepairError::Evidence { path: folder.to_path_buf(), why });
                }
                true
            }
            action if retired(action).is_some() => disk::is_there(&work.old_path(index)),
            _ => !journal.replaces[index] || disk::is_there(&work.old_path(index)),
        };
        if !is_kept {
            let path = work.old_path(index);
            return Err(RepairError::Evidence { path, why: "the original is gone".to_owned() });
        }
    }
    Ok(())
}

/// Writes the files that the last repair, of the folder or of one file in it, changed into a new folder, as they were
/// before it. The files themselves stay as they are.
///
/// # Errors
/// See [`RepairError`]; whatever fails, the folder goes away.
pub fn undo_copy(root: &Path, about: Option<&Name>, target: &Path) -> Result<String, RepairError> {
    let room = Room::open(root)?;
    let (folder, journal) = standing(root, &room, about)?;
    fs::create_dir(target).map_err(RepairError::io("make the folder", target))?;
    let copied = copy_all(&Work { root, folder: &folder, journal: &journal }, target);
    if copied.is_err() {
        let _ = disk::remove_all(target);
    }
    copied.map(|()| journal.id)
}

fn copy_all(work: &Work<'_>, target: &Path) -> Result<(), RepairError> {
    for seen in &work.journal.plan.inputs {
        let to = path_of(target, &seen.file)?;
        let parent = disk::folder_of(&to);
        fs::create_dir_all(parent).map_err(RepairError::io("make the folder", parent))?;
        copy_one(work, &seen.file, &to)?;
    }
    disk::sync_folder(target)
}

/// Copies a file as it was before the repair.
fn copy_one(work: &Work<'_>, name: &Name, to: &Path) -> Result<(), RepairError> {
    for (index, action) in work.journal.plan.actions.iter().enumerate() {
        match action {
            Action::Cut { file, to: at, .. } if file == name => {
                return uncut(work, name, *at, to);
            }
            action if retired(action) == Some(name) => {
                return disk::copy(&work.old_path(index), to);
            }
            Action::Manifest { file, .. } | Action::Replace { file, .. } if file == name => {
                return disk::copy(&work.old_path(index), to);
            }
            _ => {}
        }
    }
    disk::copy(&path_of(work.root, name)?, to)
}

/// A file with the end that was cut off; what a server has written behind the cut since is not in it.
fn uncut(work: &Work<'_>, name: &Name, at: u64, to: &Path) -> Result<(), RepairError> {
    let path = path_of(work.root, name)?;
    let source = File::open(&path).map_err(RepairError::io("open", &path))?;
    let mut file = disk::new_file(to)?;
    disk::copy_range(&source, 0, at, &file).map_err(RepairError::io("copy into", to))?;
    io::copy(&mut work.cut_off(name)?, &mut file).map_err(RepairError::io("write", to))?;
    let metadata = source.metadata().map_err(RepairError::io("look at", &path))?;
    disk::make_like(&file, to, &metadata)?;
    let before = work.journal.plan.inputs.iter().find(|seen| seen.file == *name);
    if let Some(before) = before {
        disk::set_modified(&file, before.modified_ns)
            .map_err(RepairError::io("set the time of", to))?;
    }
    file.flush().and_then(|()| file.sync_all()).map_err(RepairError::io("flush", to))
}
