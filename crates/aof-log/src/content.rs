//! What one file of a set holds: an RDB file, records, or an RDB file with records behind it.

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;

/// What a file is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// No byte.
    Empty,
    /// Records.
    Resp,
    /// An RDB file.
    Rdb,
    /// An RDB file, and records behind it.
    RdbResp,
}

/// What one file holds.
#[derive(Debug, Clone)]
pub struct Content {
    /// What it is made of.
    pub format: Format,
    /// Decoded bytes.
    pub bytes: u64,
    /// The RDB file, if it begins with one.
    pub rdb: Option<aof_rdb::Summary>,
    /// The records, if there are any; offsets are those of the file.
    pub log: Option<Diagnosis>,
    /// What is wrong or worth knowing, by offset, about the RDB file and the records.
    pub findings: Vec<Finding>,
}
