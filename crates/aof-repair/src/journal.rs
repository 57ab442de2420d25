//! What a repair has done so far, on the disk before it is done.
//!
//! A journal is two lines: `aof-doctor/journal/1 sha256=…`, and one JSON document with that checksum. It is replaced
//! as a whole, so it is either the old one or the new one.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::disk;
use crate::error::RepairError;
use crate::name::Name;
use crate::plan::Plan;
use crate::seen::{Seen, hex};

const FORM: &str = "aof-doctor/journal/1 sha256=";

const NAME: &str = "journal";

/// How far a repair came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// New files and the quarantine are being written; nothing that a server sees is different.
    Preparing,
    /// The files are being put in place.
    Committing,
    /// All is done.
    Applied,
    /// It is being taken back.
    Undoing,
    /// It was taken back.
    Undone,
}

/// What a repair has done so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// What the repair is called.
    pub id: String,
    /// How far it came.
    pub state: State,
    /// What it does.
    pub plan: Plan,
    /// Where the quarantine is, if there is one.
    pub quarantine: Option<Name>,
    /// For each action, whether it replaces something that is kept.
    pub replaces: Vec<bool>,
    /// All files afterwards, as far as they matter.
    pub after: Vec<Seen>,
    /// All names in the folders of these files afterwards.
    pub names_after: Vec<Name>,
}

impl Journal {
    /// Writes it into the folder of its repair.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), RepairError> {
        let target = folder.join(NAME);
        let temporary = folder.join("journal.new");
        disk::remove(&temporary)?;
        let text = serde_json::to_string(self).map_err(io::Error::from);
        let text = text.map_err(RepairError::io("write", &target))?;
        let mut file = disk::new_file(&temporary)?;
        let written = write!(file, "{FORM}{}\n{text}\n", checksum(&text));
        written.and_then(|()| file.sync_all()).map_err(RepairError::io("write", &temporary))?;
        disk::rename_over(&temporary, &target)?;
        disk::sync_folder(folder)
    }
}

/// The journal in the folder of a repair; `None` if there is none yet.
pub(crate) fn read(folder: &Path) -> Result<Option<Journal>, RepairError> {
    let path = folder.join(NAME);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(RepairError::io("read", &path))?,
    };
    parse(&text).map(Some).map_err(|why| RepairError::BadJournal { path, why })
}

fn parse(text: &str) -> Result<Journal, String> {
    let (form, document) = text.split_once('\n').ok_or("it has no second line")?;
    let expected = form.strip_prefix(FORM).ok_or_else(|| format!("it begins with {form:?}"))?;
    let document = document.strip_suffix('\n').ok_or("its last line is torn")?;
    if checksum(document) != expected {
        return Err("its checksum is wrong".to_owned());
    }
    serde_json::from_str(document).map_err(|error| error.to_string())
}

fn checksum(document: &str) -> String {
    hex(&Sha256::digest(document.as_bytes()))
}

/// The folder of the quarantine, which may lie elsewhere.
pub(crate) fn quarantine_of(journal: &Journal, folder: &Path) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let name = journal.quarantine.as_ref()?;
    Some(folder.join(std::ffi::OsStr::from_bytes(&name.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal {
        let plan = Plan::new(std::path::Path::new("/data"), "0");
        Journal {
            id: "1".into(),
            state: State::Preparing,
            plan,
            quarantine: None,
            replaces: Vec::new(),
            after: Vec::new(),
            names_after: Vec::new(),
        }
    }

    #[test]
    fn a_journal_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), None);
        journal().write(folder.path()).unwrap();
        let later = Journal { state: State::Applied, ..journal() };
        later.write(folder.path()).unwrap();
        assert_eq!(read(folder.path()).unwrap(), Some(later));
    }

    #[test]
    fn a_journal_with_one_changed_byte_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        journal().write(folder.path()).unwrap();
        let path = folder.path().join(NAME);
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, bad).unwrap();
            assert!(read(folder.path()).is_err(), "byte {at}");
        }
    }
}
