//! The manifest: which parts make up a log, in which order a server loads them.

/// What a manifest says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Its lines that name parts, in the order of the file.
    pub entries: Vec<Entry>,
}

/// A line that names a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number of the line, from 1.
    pub line: usize,
    /// The name of the file: any bytes, but neither `/` nor `\`.
    pub file: Vec<u8>,
    /// The sequence number.
    pub seq: i64,
    /// What the part is.
    pub role: EntryRole,
    /// The replication offset at which the part was begun (Redis 8.0 and later).
    pub start_offset: Option<i64>,
    /// The replication offset at which the last part was closed.
    pub end_offset: Option<i64>,
}

/// What the manifest says that a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryRole {
    /// The data as of the last rewrite.
    Base,
    /// Records since.
    Incr,
    /// Superseded, to be deleted.
    History,
}

/// Why servers refuse a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestFault {
    /// Where the line begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// The number of the line, from 1.
    pub line: usize,
    /// The rule that it breaks, in one clause.
    pub rule: String,
}

/// What a manifest says as far as it can be read, and all that servers refuse in it, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadManifest {
    /// The lines that are right, by themselves.
    pub manifest: Manifest,
    /// What a server stops at, first, and whatever else is wrong.
    pub faults: Vec<ManifestFault>,
}

impl Manifest {
    /// The base that the server loads first, if there is one.
    pub fn base(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.role == EntryRole::Base)
    }

    /// The increments in the order in which a server loads them.
    pub fn incrs(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.role == EntryRole::Incr)
    }
}
