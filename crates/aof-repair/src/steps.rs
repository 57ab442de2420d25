//! The steps of a repair, forwards and back. Each can be repeated: what was done is not done twice.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::disk;
use crate::error::RepairError;
use crate::journal::{Journal, quarantine_of};
use crate::name::Name;
use crate::plan::Action;
use crate::quarantine;
use crate::seen::{Seen, path_of};

/// A repair in its folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work<'j> {
    /// The folder that the files lie in.
    pub(crate) root: &'j Path,
    /// The folder of the repair.
    pub(crate) folder: &'j Path,
    pub(crate) journal: &'j Journal,
}

impl Work<'_> {
    /// Where the file that an action puts in place lies before.
    pub(crate) fn new_path(&self, action: usize) -> PathBuf {
        self.folder.join("new").join(action.to_string())
    }

    /// Where the original that an action replaces lies afterwards.
    pub(crate) fn old_path(&self, action: usize) -> PathBuf {
        self.folder.join("old").join(action.to_string())
    }

    fn path(&self, name: &Name) -> Result<PathBuf, RepairError> {
        path_of(self.root, name)
    }

    /// What the plan saw of a file.
    fn seen(&self, name: &Name) -> Result<&Seen, RepairError> {
        let mut inputs = self.journal.plan.inputs.iter();
        inputs
            .find(|seen| seen.file == *name)
            .ok_or_else(|| RepairError::BadPlan(format!("it does not say what {name} was")))
    }

    fn actions(&self) -> impl DoubleEndedIterator<Item = (usize, &Action)> {
        self.journal.plan.actions.iter().enumerate().collect::<Vec<_>>().into_iter()
    }

    /// Whether the one rename, or the one cut, by which the repair takes effect has happened.
    pub(crate) fn is_committed(&self) -> Result<bool, RepairError> {
        for (index, action) in self.actions() {
            match action {
                Action::Manifest { .. } | Action::Replace { .. } => {
                    return Ok(!disk::is_there(&self.new_path(index)));
                }
                Action::Cut { file, from, .. } => {
                    let path = self.path(file)?;
                    let metadata = path.metadata().map_err(RepairError::io("look at", &path))?;
                    return Ok(metadata.len() != *from);
                }
                Action::Folder { .. } | Action::Write { .. } | Action::Retire { .. } => {}
            }
        }
        Ok(false)
    }

    /// Puts everything in place.
    pub(crate) fn commit(&self) -> Result<(), RepairError> {
        for (index, action) in self.actions() {
            match action {
                Action::Folder { folder } => disk::make_folder(&self.path(folder)?)?,
                Action::Write { file, .. } => self.place(index, file)?,
                Action::Manifest { file, .. } | Action::Replace { file, .. } => {
                    self.put_in_place(index, file)?;
                }
                Action::Cut { file, from, to } => self.cut(file, *from, *to)?,
                Action::Retire { .. } => {}
            }
        }
        self.actions()
            .filter_map(|(index, action)| Some((index, retired(action)?)))
            .try_for_each(|(index, original)| self.retire(index, original))
    }

    fn place(&self, index: usize, file: &Name) -> Result<(), RepairError> {
        move_once(&self.new_path(index), &self.path(file)?)
    }

    /// The one step by which the repair takes effect.
    fn put_in_place(&self, index: usize, file: &Name) -> Result<(), RepairError> {
        let (from, to) = (self.new_path(index), self.path(file)?);
        if disk::is_there(&from) {
            match self.journal.replaces[index] {
                true => disk::rename_over(&from, &to)?,
                false => disk::rename_new(&from, &to)?,
            }
        }
        disk::sync_folder(disk::folder_of(&to))
    }

    fn cut(&self, name: &Name, from: u64, to: u64) -> Result<(), RepairError> {
        let path = self.path(name)?;
        let file = OpenOptions::new().write(true).open(&path);
        let file = file.map_err(RepairError::io("open", &path))?;
        let length = file.metadata().map_err(RepairError::io("look at", &path))?.len();
        // Any other length means that it was cut before, and that a server has written since.
        if length == from {
            self.seen(name)?.must_hold(self.root)?;
            file.set_len(to).map_err(RepairError::io("cut", &path))?;
        }
        file.sync_all().map_err(RepairError::io("flush", &path))
    }

    fn retire(&self, index: usize, original: &Name) -> Result<(), RepairError> {
        let (from, to) = (self.path(original)?, self.old_path(index));
        if disk::is_there(&to) || !disk::is_there(&from) {
            return Ok(());
        }
        disk::rename_new(&from, &to)?;
        disk::sync_folder(disk::folder_of(&from))?;
        disk::sync_folder(disk::folder_of(&to))
    }

    /// Takes everything back, in the opposite order.
    pub(crate) fn take_back(&self) -> Result<(), RepairError> {
        for (index, action) in self.actions().rev() {
            if let Some(original) = retired(action) {
                self.bring_back(index, original)?;
            }
        }
        for (index, action) in self.actions().rev() {
            match action {
                Action::Cut { file, from, to } => self.append(file, *from, *to)?,
                Action::Manifest { file, .. } | Action::Replace { file, .. } => {
                    self.put_back(index, file)?;
                }
                Action::Write { file, .. } => {
                    let path = self.path(file)?;
                    // While its new name is unused, whatever has the other one is not ours.
                    if !disk::is_there(&self.new_path(index)) {
                        disk::remove(&path)?;
                        if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
                            disk::sync_folder(folder)?;
                        }
                    }
                }
                Action::Retire { .. } => {}
                // A folder that a server has used meanwhile stays.
                Action::Folder { folder } => {
                    let _ = fs::remove_dir(self.path(folder)?);
                }
            }
        }
        Ok(())
    }

    fn bring_back(&self, index: usize, original: &Name) -> Result<(), RepairError> {
        move_once(&self.old_path(index), &self.path(original)?)
    }

    fn put_back(&self, index: usize, file: &Name) -> Result<(), RepairError> {
        let (old, path) = (self.old_path(index), self.path(file)?);
        if disk::is_there(&self.new_path(index)) {
            return Ok(());
        }
        match self.journal.replaces[index] {
            true if disk::is_there(&old) => disk::rename_over(&old, &path)?,
            true => {}
            false => disk::remove(&path)?,
        }
        disk::sync_folder(disk::folder_of(&path))
    }

    /// Puts the end back that was cut off.
    fn append(&self, name: &Name, from: u64, to: u64) -> Result<(), RepairError> {
        let path = self.path(name)?;
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = file.map_err(RepairError::io("open", &path))?;
        let length = file.metadata().map_err(RepairError::io("look at", &path))?.len();
        if length < to {
            return Err(RepairError::Evidence {
                path,
                why: "it is shorter than it was cut".into(),
            });
        }
        let cut = self.cut_off(name)?;
        append(&file, cut, to, length).map_err(RepairError::io("write", &path))?;
        let length = file.metadata().map_err(RepairError::io("look at", &path))?.len();
        if length != from {
            let why = format!("it has {length} bytes now, and had {from}");
            return Err(RepairError::Evidence { path, why });
        }
        disk::set_modified(&file, self.seen(name)?.modified_ns)
            .and_then(|()| file.sync_all())
            .map_err(RepairError::io("flush", &path))
    }

    /// What was cut off a file.
    pub(crate) fn cut_off(&self, name: &Name) -> Result<impl Read + use<>, RepairError> {
        let folder = quarantine_of(self.journal, self.folder);
        let folder = folder.ok_or_else(|| RepairError::NotKept { id: self.journal.id.clone() })?;
        quarantine::left_out_of(&self.journal.plan, name, &folder)
    }
}

/// The file that an action moves away when all is done.
pub(crate) const fn retired(action: &Action) -> Option<&Name> {
    match action {
        Action::Write { replaces: Some(original), .. } | Action::Retire { file: original } => {
            Some(original)
        }
        _ => None,
    }
}

/// Moves a file that was not moved yet to a name that nothing has.
fn move_once(from: &Path, to: &Path) -> Result<(), RepairError> {
    if disk::is_there(from) {
        disk::rename_new(from, to)?;
        disk::sync_folder(disk::folder_of(to))?;
    }
    Ok(())
}

/// Writes bytes behind `at`. What stands there already, up to `length`, must be the beginning of them, or NUL.
fn append(file: &File, mut bytes: impl Read, mut at: u64, length: u64) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    let mut there = vec![0; 256 << 10];
    loop {
        let got = bytes.read(&mut buffer)?;
        if got == 0 {
            return Ok(());
        }
        let known = usize::try_from(length.saturating_sub(at)).unwrap_or(usize::MAX).min(got);
        file.read_exact_at(&mut there[..known], at)?;
        // A power loss leaves NUL where the end was being put back and was not flushed.
        let is_ours = |(there, ours): (&u8, &u8)| there == ours || *there == 0;
        if !there[..known].iter().zip(&buffer[..known]).all(is_ours) {
            return Err(io::Error::other("something else was written behind the cut"));
        }
        file.write_all_at(&buffer[..got], at)?;
        at += got as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_back(found: &[u8]) -> (io::Result<()>, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, found).unwrap();
        let file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let done = append(&file, &b"the end"[..], 5, found.len() as u64);
        (done, fs::read(&path).unwrap())
    }

    #[test]
    fn an_end_that_power_loss_left_as_nul_is_put_back_again() {
        for found in [&b"kept "[..], b"kept the", b"kept \0\0\0\0\0\0\0", b"kept \0\0\0 end"] {
            let (done, now) = put_back(found);
            assert!(done.is_ok(), "{found:?}");
            assert_eq!(now, b"kept the end");
        }
    }

    #[test]
    fn what_somebody_else_wrote_behind_the_cut_stays() {
        let (done, now) = put_back(b"kept other");
        assert!(done.is_err());
        assert_eq!(now, b"kept other");
    }
}
