//! What is done to folders and names, each step durable before the next one relies on it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, Timespec, Timestamps, UTIME_OMIT};

use crate::error::RepairError;

/// Files of a repair are nobody else's business until they have the owner of what they replace.
const PRIVATE: u32 = 0o600;

/// Makes sure that the names in a folder survive a power loss.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), RepairError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    match synced {
        // Some network file systems cannot flush a folder, and need not.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced.map_err(RepairError::io("flush the folder", folder)),
    }
}

/// The folder that a path lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder if it is not there.
pub(crate) fn make_folder(folder: &Path) -> Result<(), RepairError> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => {
            made.map_err(RepairError::io("make the folder", folder))?;
            sync_folder(folder_of(folder))
        }
    }
}

/// A new file that only its owner can read.
pub(crate) fn new_file(path: &Path) -> Result<File, RepairError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(PRIVATE);
    options.open(path).map_err(RepairError::io("create", path))
}

/// Gives a file the owner and the permissions of another. Only root can give files away; who is not keeps them.
pub(crate) fn make_like(file: &File, path: &Path, like: &Metadata) -> Result<(), RepairError> {
    let (uid, gid) = (like.uid(), like.gid());
    let own = file.metadata().map_err(RepairError::io("look at", path))?;
    if (own.uid(), own.gid()) != (uid, gid) {
        match std::os::unix::fs::fchown(file, Some(uid), Some(gid)) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
            done => done.map_err(RepairError::io("change the owner of", path))?,
        }
    }
    let mode = fs::Permissions::from_mode(like.mode() & 0o7777);
    file.set_permissions(mode).map_err(RepairError::io("set the permissions of", path))
}

/// Gives a file a second name; where the file system has no such thing, a copy of it.
pub(crate) fn link_or_copy(from: &Path, to: &Path) -> Result<(), RepairError> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(error) if has_no_links(&error) => copy(from, to),
        Err(error) => Err(RepairError::io("keep the original", from)(error)),
    }
}

fn has_no_links(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::Unsupported | ErrorKind::TooManyLinks
    ) || error.raw_os_error() == Some(rustix::io::Errno::PERM.raw_os_error())
}

/// Copies a file with its owner, its permissions and its time.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), RepairError> {
    let source = File::open(from).map_err(RepairError::io("open", from))?;
    let metadata = source.metadata().map_err(RepairError::io("look at", from))?;
    let target = new_file(to)?;
    copy_range(&source, 0, metadata.len(), &target).map_err(RepairError::io("copy", from))?;
    make_like(&target, to, &metadata)?;
    set_modified(&target, crate::seen::modified_ns(&metadata))
        .map_err(RepairError::io("set the time of", to))?;
    target.sync_all().map_err(RepairError::io("flush", to))
}

/// Appends bytes of one file to another. File systems that can share them do; all others copy within the kernel.
pub(crate) fn copy_range(from: &File, start: u64, end: u64, to: &File) -> io::Result<()> {
    let (mut at, mut is_refused) = (start, false);
    while at < end && !is_refused {
        let want = usize::try_from(end - at).unwrap_or(usize::MAX).min(1 << 30);
        match rustix::fs::copy_file_range(from, Some(&mut at), to, None, want) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) if is_disk(errno) => return Err(errno.into()),
            Err(_) => is_refused = true,
        }
    }
    let mut to = to;
    crate::seen::each_piece(from, at, end, |piece| io::Write::write_all(&mut to, piece))
}

/// Whether an error means that the disk is full or broken, and not that the system cannot copy like this.
fn is_disk(errno: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    [Errno::NOSPC, Errno::DQUOT, Errno::IO, Errno::FBIG].contains(&errno)
}

/// Gives a file a new name, which nothing may have.
pub(crate) fn rename_new(from: &Path, to: &Path) -> Result<(), RepairError> {
    let renamed = rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE);
    let renamed = match renamed {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            fs::hard_link(from, to).and_then(|()| fs::remove_file(from))
        }
        renamed => renamed.map_err(Into::into),
    };
    renamed.map_err(RepairError::io("give its name to", to))
}

/// Puts a file in the place of another in one step.
pub(crate) fn rename_over(from: &Path, to: &Path) -> Result<(), RepairError> {
    fs::rename(from, to).map_err(RepairError::io("put in place", to))
}

/// Whether there is something with this name.
pub(crate) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Sets when a file was last written.
pub(crate) fn set_modified(file: &File, modified_ns: i64) -> io::Result<()> {
    let time = Timespec {
        tv_sec: modified_ns.div_euclid(1_000_000_000),
        tv_nsec: modified_ns.rem_euclid(1_000_000_000) as _,
    };
    let unchanged = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT as _ };
    let times = Timestamps { last_access: unchanged, last_modification: time };
    rustix::fs::futimens(file.as_fd(), &times).map_err(Into::into)
}

/// Bytes that may still be written to the file system of a folder, or of the one that it will be made in.
pub(crate) fn room_in(folder: &Path) -> Result<u64, RepairError> {
    let folder = folder.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("."));
    let stat = rustix::fs::statvfs(folder).map_err(io::Error::from);
    let stat = stat.map_err(RepairError::io("ask for the free space of", folder))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), RepairError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(RepairError::io("remove", path)),
    }
}

/// Removes a folder of ours with all that is in it, if it is there.
pub(crate) fn remove_all(folder: &Path) -> Result<(), RepairError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(RepairError::io("remove", folder)),
    }
}
