//! What is said about each name in a folder.

use std::ffi::OsString;
use std::time::{Duration, SystemTime};

use rustix::fs::{Access, AtFlags, FileType, Stat, accessat};

use super::beneath::{Found, Lost, Root};

/// What lies behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link that leads out of the folder; it is never followed.
    LinkOut,
    /// A symbolic link that leads to nothing, back to itself, or to where we may not look.
    LinkNowhere,
    /// A FIFO, a socket or a device; none of them is ever opened.
    Other,
}

/// A name in a folder, and what it leads to.
///
/// A link that stays inside the folder is shown as what it leads to. Where nothing can be asked, as for
/// [`EntryKind::LinkOut`], numbers are 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, any bytes but `/` and NUL: escape it before a terminal sees it.
    pub name: OsString,
    /// What it leads to.
    pub kind: EntryKind,
    /// Whether the name is a symbolic link.
    pub is_link: bool,
    /// Bytes on the disk; 0 for all that is no file.
    pub bytes: u64,
    /// When it was last written; `None` where the system does not say.
    pub modified: Option<SystemTime>,
    /// The device it lives on.
    pub device: u64,
    /// Its number on that device. Two names of one file have the same device and inode.
    pub inode: u64,
    /// Whether the system lets us read it, as far as it says without opening it; always false for what is
    /// neither a file nor a folder.
    pub readable: bool,
}

/// The names in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The first of them, in the order of their bytes.
    pub entries: Vec<Entry>,
    /// How many names there are.
    pub total: u64,
}

impl Listing {
    /// Whether there are more names than are listed.
    #[must_use]
    pub fn is_capped(&self) -> bool {
        self.total > self.entries.len() as u64
    }
}

/// The entry for a name; `None` if it went away since it was listed.
pub(super) fn entry(root: Root<'_>, name: OsString, listed_as: FileType) -> Option<Entry> {
    match root.find(&name) {
        Ok(found) => Some(shown(name, &found)),
        Err(Lost::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(lost) => Some(unseen(name, listed_as, &lost)),
    }
}

fn shown(name: OsString, found: &Found) -> Entry {
    let (kind, access) = match FileType::from_raw_mode(found.stat.st_mode) {
        FileType::RegularFile => (EntryKind::File, Access::READ_OK),
        FileType::Directory => (EntryKind::Folder, Access::READ_OK | Access::EXEC_OK),
        _ => (EntryKind::Other, Access::empty()),
    };
    let allowed = || accessat(&found.parent, &*found.name, access, AtFlags::EACCESS).is_ok();
    Entry {
        name,
        kind,
        is_link: found.is_link,
        bytes: if kind == EntryKind::File { length(&found.stat) } else { 0 },
        modified: modified(&found.stat),
        device: device(&found.stat),
        inode: found.stat.st_ino,
        readable: kind != EntryKind::Other && allowed(),
    }
}

fn unseen(name: OsString, listed_as: FileType, lost: &Lost) -> Entry {
    let kind = match (lost, listed_as) {
        (Lost::Outside(_), _) => EntryKind::LinkOut,
        (Lost::Nowhere(_) | Lost::Loop | Lost::NotAFolder, _) => EntryKind::LinkNowhere,
        (Lost::Io(_), FileType::RegularFile) => EntryKind::File,
        (Lost::Io(_), FileType::Directory) => EntryKind::Folder,
        (Lost::Io(_), FileType::Symlink) => EntryKind::LinkNowhere,
        (Lost::Io(_), _) => EntryKind::Other,
    };
    let is_link = !matches!(lost, Lost::Io(_)) || listed_as == FileType::Symlink;
    Entry { name, kind, is_link, bytes: 0, modified: None, device: 0, inode: 0, readable: false }
}

fn length(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

fn modified(stat: &Stat) -> Option<SystemTime> {
    let seconds: i64 = stat.st_mtime;
    let nanos = u32::try_from(stat.st_mtime_nsec).unwrap_or(0);
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let whole = match seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(whole)?,
        _ => SystemTime::UNIX_EPOCH.checked_sub(whole)?,
    };
    whole.checked_add(Duration::from_nanos(nanos.into()))
}

#[cfg(target_os = "linux")]
fn device(stat: &Stat) -> u64 {
    stat.st_dev
}

/// Elsewhere devices have other widths; the standard library widens them like this.
#[cfg(not(target_os = "linux"))]
fn device(stat: &Stat) -> u64 {
    stat.st_dev as u64
}
