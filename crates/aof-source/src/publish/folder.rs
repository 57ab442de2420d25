//! Puts a folder of finished files in place, whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::{Draft, PublishError, failed, flush_folder, folder_of, temporary_name};

/// A folder that is being filled and has no name of its own yet. Nobody else can look into it.
#[derive(Debug)]
pub struct DraftFolder {
    path: PathBuf,
    mode: u32,
}

impl DraftFolder {
    /// Begins a file of this name.
    ///
    /// # Errors
    /// Those of the storage; also if the name leads elsewhere, or was given before.
    pub fn begin(&self, name: impl AsRef<OsStr>) -> io::Result<Draft> {
        let name = Path::new(name.as_ref());
        if name.file_name() != Some(name.as_os_str()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no name of a file"));
        }
        let mut new = OpenOptions::new();
        new.write(true).create_new(true).mode(0o600).open(self.path.join(name)).map(Draft::new)
    }

    /// Ends a file: it gets its permission bits and is flushed to the disk.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn end(&self, draft: Draft) -> io::Result<()> {
        draft.finish(self.mode).map_err(|(_, error)| error)
    }

    fn beside(target: &Path, mode: u32) -> io::Result<Self> {
        loop {
            let path = folder_of(target).join(temporary_name());
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                // Left behind by a killed process that had our number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self { path, mode }),
            }
        }
    }

    /// Gives the folder the target's name, if nothing has it.
    fn rename(self, target: &Path) -> io::Result<()> {
        match renameat_with(CWD, &self.path, CWD, target, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            // A file system that cannot promise it: a folder with something in it stays all the same.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => fs::rename(&self.path, target)?,
            Err(error) => return Err(error.into()),
        }
        std::mem::forget(self);
        Ok(())
    }
}

impl Drop for DraftFolder {
    fn drop(&mut self) {
        // There is nobody to tell, and the error on its way says more.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Has `write` fill a folder, and publishes it at `target`; returns what `write` returned. `mode` are the permission
/// bits of its files; the folder can be entered by whom they can be read by. What has the name already stays.
///
/// ```
/// use std::io::Write;
/// use aof_source::{PublishError, publish_folder};
///
/// let place = tempfile::tempdir()?;
/// let target = place.path().join("appendonlydir");
/// publish_folder(&target, 0o640, |folder| {
///     let mut file = folder.begin("appendonly.aof.manifest")?;
///     file.write_all(b"file appendonly.aof.1.incr.aof seq 1 type i\n")?;
///     folder.end(file)
/// })?;
/// assert!(target.join("appendonly.aof.manifest").exists());
/// let again = publish_folder(&target, 0o640, |_| Ok(()));
/// assert!(matches!(again, Err(PublishError::Exists { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// See [`PublishError`]; each names the target.
pub fn publish_folder<T>(
    target: &Path,
    mode: u32,
    write: impl FnOnce(&DraftFolder) -> io::Result<T>,
) -> Result<T, PublishError> {
    if target.file_name().is_none() {
        return Err(PublishError::NotAFile { target: target.to_path_buf() });
    }
    if fs::symlink_metadata(target).is_ok() {
        return Err(PublishError::Exists { target: target.to_path_buf() });
    }
    let draft = DraftFolder::beside(target, mode).map_err(|e| failed(target, "create", e))?;
    let value = write(&draft).map_err(|e| failed(target, "write", e))?;
    // Whoever may read its files may enter it.
    let permissions = Permissions::from_mode(0o200 | mode | (mode & 0o444) >> 2);
    fs::set_permissions(&draft.path, permissions)
        .map_err(|e| failed(target, "set the permissions of", e))?;
    flush_folder(&draft.path).map_err(|e| failed(target, "flush to the disk", e))?;
    draft.rename(target).map_err(|e| failed(target, "put in place", e))?;
    flush_folder(&folder_of(target))
        .map_err(|source| PublishError::NotFlushed { target: target.to_path_buf(), source })?;
    Ok(value)
}
