//! What was found on the disk: the files of a server's data folder, by name and by content.

use crate::content::Content;
use crate::manifest::ReadManifest;

/// How much of the data folder was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The server's data folder, and the folder of the set in it.
    DataFolder,
    /// The folder of the set alone.
    SetFolder,
    /// One file alone: a log or an RDB file.
    File,
}

/// Where a file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the data folder.
    Data,
    /// In the folder of the set.
    Set,
}

/// A file as it was found.
#[derive(Debug, Clone)]
pub struct File {
    /// Where it lies.
    pub place: Place,
    /// Its name as a server would look for it: without the `.gz` or `.zst` of an archive.
    pub name: Vec<u8>,
    /// Its name on the disk.
    pub disk_name: Vec<u8>,
    /// Bytes on the disk.
    pub disk_bytes: u64,
    /// When it was last written, in milliseconds since the Unix epoch.
    pub modified: Option<u64>,
    /// What is in it; `None` if it is neither a log nor an RDB file, or was not looked into.
    pub content: Option<Content>,
    /// Why it could not be opened.
    pub unreadable: Option<String>,
}

/// Everything that was found.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// How much was looked at.
    pub scope: Scope,
    /// The name of the folder of the set (`appenddirname`), if there is one.
    pub set_folder: Option<Vec<u8>>,
    /// What the names of the set begin with (`appendfilename`).
    pub prefix: Vec<u8>,
    /// The files, by place and name.
    pub files: Vec<File>,
    /// The manifest, if there is one that could be read: its place in `files`, and what it says.
    pub manifest: Option<(usize, ReadManifest)>,
}
