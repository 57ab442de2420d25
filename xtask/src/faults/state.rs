//! What a server finds in a folder, and what must come back.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use aof_testkit::set::{Snapshot, snapshot};

use super::scenario::Verb;

const ROOM: &str = ".aof-doctor";
const MANIFEST: &str = "appendonlydir/appendonly.aof.manifest";

/// All files but those of the repairs themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State(pub(super) Snapshot);

impl State {
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let mut files = snapshot(folder)?;
        files.retain(|path, _| !path.starts_with(ROOM));
        Ok(Self(files))
    }

    /// What is wrong if this is neither of two states, to a server that reads what the manifest names.
    ///
    /// A cut beside a new manifest may still be to come; an undo puts the end back piece by piece, so that the file is the
    /// beginning of what it was, or holds NUL for what a power loss took of its end.
    pub(super) fn is_neither(
        &self,
        original: &Self,
        repaired: &Self,
        verb: Verb,
    ) -> Option<String> {
        let [before, after] =
            [original, repaired].map(|state| self.differs_from(state, original, repaired, verb));
        match (before, after) {
            (Some(before), Some(after)) => {
                Some(format!("{before} of the original, {after} of the repaired"))
            }
            _ => None,
        }
    }

    fn differs_from(
        &self,
        wanted: &Self,
        original: &Self,
        repaired: &Self,
        verb: Verb,
    ) -> Option<String> {
        let manifest = Path::new(MANIFEST);
        if self.0.get(manifest) != wanted.0.get(manifest) {
            return Some("another manifest".to_owned());
        }
        let is_right = |path: &Path| {
            let found = self.0.get(path);
            let [old, new] = [original, repaired].map(|state| state.0.get(path));
            let is_partly_back = verb == Verb::Undo
                && found.zip(old).is_some_and(|(found, old)| is_beginning(found, old))
                && found.zip(new).is_some_and(|(found, new)| found.starts_with(new));
            found.is_some() && (found == old || found == new || is_partly_back)
        };
        let wrong = wanted.loaded().into_iter().find(|path| !is_right(path));
        wrong.map(|path| format!("a wrong {}", path.display()))
    }

    /// The files that a server loads: those that the manifest names, or all where there is none.
    fn loaded(&self) -> Vec<PathBuf> {
        let Some(manifest) = self.0.get(Path::new(MANIFEST)) else {
            return self.0.keys().cloned().collect();
        };
        let text = String::from_utf8_lossy(manifest).into_owned();
        let names = text.lines().filter_map(|line| line.split(' ').nth(1).map(ToOwned::to_owned));
        names.map(|name| Path::new("appendonlydir").join(name)).collect()
    }

    /// Which files are different, for a message.
    pub(super) fn differences(&self, wanted: &Self) -> String {
        let all = self.0.keys().chain(wanted.0.keys());
        let different = all.filter(|path| self.0.get(*path) != wanted.0.get(*path));
        let mut names: Vec<String> = different.map(|path| path.display().to_string()).collect();
        names.sort();
        names.dedup();
        format!("other files: {}", names.join(", "))
    }
}

/// Whether bytes are the first of others, or NUL in their places.
fn is_beginning(found: &[u8], whole: &[u8]) -> bool {
    let is_right = |(found, whole): (&u8, &u8)| found == whole || *found == 0;
    found.len() <= whole.len() && found.iter().zip(whole).all(is_right)
}

/// Bytes, permissions and times.
#[derive(Debug)]
pub(super) struct Originals(BTreeMap<PathBuf, (Vec<u8>, u32, i64, i64)>);

impl Originals {
    /// Those of the files that a state names.
    pub(super) fn of(folder: &Path, names: &State) -> io::Result<Self> {
        let mut all = BTreeMap::new();
        for path in names.0.keys().cloned() {
            let bytes = fs::read(folder.join(&path))?;
            let metadata = fs::metadata(folder.join(&path))?;
            all.insert(path, (bytes, metadata.mode(), metadata.mtime(), metadata.mtime_nsec()));
        }
        Ok(Self(all))
    }

    /// What is different in a folder, if anything is.
    pub(super) fn difference(&self, folder: &Path) -> io::Result<Option<String>> {
        let now = Self::of(folder, &State::of(folder)?)?;
        let all = self.0.keys().chain(now.0.keys());
        let mut different = all.filter(|path| self.0.get(*path) != now.0.get(*path));
        Ok(different.next().map(|path| path.display().to_string()))
    }
}
