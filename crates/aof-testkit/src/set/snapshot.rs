//! Folders copied, remembered and compared.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// All files below a folder, by their path in it. Folders without files are not in it.
pub type Snapshot = BTreeMap<PathBuf, Vec<u8>>;

/// What happened to one file between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It is new.
    Created,
    /// It lost its end; so many bytes are left.
    CutTo(u64),
    /// It got more bytes behind the so many that it had.
    Grown {
        /// Bytes that it had.
        from: u64,
    },
    /// Its content is another.
    Replaced,
    /// It lies elsewhere now, under the same name and with the same content.
    MovedTo(PathBuf),
    /// It is gone.
    Deleted,
}

/// Copies everything in `from`, folders included, into `to`, which is made if it is not there.
///
/// # Errors
/// Something could not be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Everything that is in `folder` now.
///
/// # Errors
/// Something could not be read.
pub fn snapshot(folder: &Path) -> io::Result<Snapshot> {
    let mut found = Snapshot::new();
    collect(folder, Path::new(""), &mut found)?;
    Ok(found)
}

fn collect(folder: &Path, below: &Path, found: &mut Snapshot) -> io::Result<()> {
    for entry in fs::read_dir(folder.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(folder, &path, found)?;
        } else {
            found.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// What happened to the files from `before` to `after`, by path; files that did not change are not in it. A file
/// that was moved stands under the path it had.
pub fn differences(before: &Snapshot, after: &Snapshot) -> BTreeMap<PathBuf, Difference> {
    let mut created: BTreeMap<&PathBuf, &Vec<u8>> =
        after.iter().filter(|(path, _)| !before.contains_key(*path)).collect();
    let mut found = BTreeMap::new();
    for (path, old) in before {
        let Some(new) = after.get(path) else {
            let target = created
                .iter()
                .find(|(new, bytes)| new.file_name() == path.file_name() && *bytes == &old)
                .map(|(new, _)| *new);
            let what = match target.and_then(|new| created.remove_entry(new)) {
                Some((new, _)) => Difference::MovedTo(new.clone()),
                None => Difference::Deleted,
            };
            found.insert(path.clone(), what);
            continue;
        };
        found.extend(change(old, new).map(|what| (path.clone(), what)));
    }
    found.extend(created.into_keys().map(|path| (path.clone(), Difference::Created)));
    found
}

fn change(old: &[u8], new: &[u8]) -> Option<Difference> {
    if old == new {
        return None;
    }
    Some(match (old.starts_with(new), new.starts_with(old)) {
        (true, _) => Difference::CutTo(new.len() as u64),
        (_, true) => Difference::Grown { from: old.len() as u64 },
        _ => Difference::Replaced,
    })
}
