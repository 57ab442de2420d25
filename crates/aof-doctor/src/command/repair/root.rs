//! The folder that a repair works in.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use aof_log::names::Named;
use aof_repair::{Action, Name, Plan};

use crate::failure::Failure;

/// Where a repair works.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    /// What is looked at, without links.
    pub(crate) path: PathBuf,
    /// The folder that all names of the plan are below.
    pub(crate) folder: PathBuf,
}

impl Root {
    /// The folder that a path is, or lies in.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            let failure = Failure::operational("standard input cannot be repaired");
            return Err(failure.hint("write it to a file first"));
        }
        let failed = |error: std::io::Error| {
            let shown = crate::escape::path(path);
            Failure::operational(format!("{shown} cannot be opened: {error}"))
        };
        let path = path.canonicalize().map_err(failed)?;
        if path.is_dir() {
            return Ok(Self { folder: path.clone(), path });
        }
        let folder = path.parent().unwrap_or(Path::new("/")).to_path_buf();
        is_no_part(&path, &folder)?;
        Ok(Self { path, folder })
    }

    /// The one file that is meant, if it is not the folder.
    pub(crate) fn file(&self) -> Option<Name> {
        let is_manifest = || {
            let name = self.path.file_name().unwrap_or_default().as_bytes();
            matches!(Named::of(name), Named::Manifest { .. })
        };
        let is_file = self.path != self.folder && !is_manifest();
        is_file.then(|| Name::from(self.path.file_name().unwrap_or_default().as_bytes()))
    }

    /// What is to be looked at in the folder of a copy: of several logs that were joined, the last.
    pub(crate) fn in_copy(&self, target: &Path, plan: &Plan) -> PathBuf {
        match plan.actions.as_slice() {
            [.., Action::Write { file, .. }] if self.path != self.folder => {
                target.join(OsStr::from_bytes(&file.0))
            }
            _ => target.to_path_buf(),
        }
    }
}

/// A part of a set is repaired with its set: its manifest must be told.
fn is_no_part(path: &Path, folder: &Path) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let (Named::Base { prefix, .. } | Named::Incr { prefix, .. }) = Named::of(name) else {
        return Ok(());
    };
    let manifest = folder.join(OsStr::from_bytes(&[prefix, b".manifest"].concat()));
    if !manifest.is_file() {
        return Ok(());
    }
    let failure = Failure::operational(format!(
        "{} is a part of a set, and is repaired with it: name the folder",
        crate::escape::path(path)
    ));
    let next = Some(format!("aof-doctor repair {}", crate::shell::quoted(folder)));
    Err(Failure { next, ..failure })
}
