//! The manifest: which parts make up a log, in which order a server loads them.
//!
//! [`read`](fn@read) is a twin of the servers' own reading, [`write`](fn@write) writes what they write. The rules stand in
//! `docs/formats.md`, "Manifests".
//!
//! ```
//! use aof_log::manifest::{EntryRole, read, write};
//!
//! let text = b"file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.3.incr.aof seq 3 type i\n";
//! let found = read(text);
//! assert!(found.faults.is_empty());
//! assert_eq!(found.manifest.incrs().next().map(|incr| incr.seq), Some(3));
//! assert_eq!(write(&found.manifest), text);
//!
//! // Copied without its last line end, and no server starts with it any more; what it says is still clear.
//! let found = read(&text[..text.len() - 1]);
//! assert_eq!(found.faults[0].line, 2);
//! assert_eq!(found.faults[0].server_says, "The AOF manifest file contains too long line");
//! assert_eq!(found.manifest.entries[1].role, EntryRole::Incr);
//! ```

use crate::server::Server;

mod dialect;
mod fields;
mod lines;
mod read;
#[cfg(test)]
mod tests;
mod words;
mod write;

pub use dialect::Dialect;
pub use read::{MAX_BYTES, MAX_LINES, read, read_as};
pub use write::write;

/// What a manifest says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Its lines that name parts, in the order of the file.
    pub entries: Vec<Entry>,
}

/// A line that names a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number of the line, from 1, as servers count: each 1024 bytes of a longer comment are a line.
    pub line: usize,
    /// The name of the file: any bytes, but neither `/` nor `\`.
    pub file: Vec<u8>,
    /// The sequence number.
    pub seq: i64,
    /// What the part is.
    pub role: EntryRole,
    /// The replication offset at which the part was begun (Redis 8.0 and later). Never -1, which is how servers
    /// write down that they do not know.
    pub start_offset: Option<i64>,
    /// The replication offset at which the last part was closed; never -1.
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestFault {
    /// Where the line begins.
    pub offset: u64,
    /// How long it is, its line end included.
    pub length: u64,
    /// The number of the line, from 1.
    pub line: usize,
    /// The rule that it breaks, in one clause.
    pub rule: String,
    /// What servers say of it in their log, word for word; empty where they say nothing.
    pub server_says: &'static str,
    /// Whom it stops: the dialects of the servers that refuse it. With none, it is only we who read no further.
    pub dialects: Vec<Dialect>,
}

/// What a manifest says as far as it can be read, and all that servers refuse in it, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadManifest {
    /// The lines that are right, by themselves: a second base and an increment out of order are among them, and
    /// so is a last line that lacks nothing but its end.
    pub manifest: Manifest,
    /// What a server stops at, first, and whatever else is wrong.
    pub faults: Vec<ManifestFault>,
    /// What servers of a dialect read instead of `manifest`; nothing for dialects that read the same.
    pub readings: Vec<(Dialect, Manifest)>,
}

impl ReadManifest {
    /// What this server reads: the lines that are right for it.
    pub fn as_read_by(&self, server: Server) -> &Manifest {
        let dialect = Dialect::of(server);
        let own = self.readings.iter().find(|(reader, _)| *reader == dialect);
        own.map_or(&self.manifest, |(_, manifest)| manifest)
    }

    /// The fault at which this server ends.
    pub fn stops(&self, server: Server) -> Option<&ManifestFault> {
        let dialect = Dialect::of(server);
        self.faults.iter().find(|fault| fault.dialects.contains(&dialect))
    }
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
