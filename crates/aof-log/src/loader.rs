//! What a server's loader does with one part: a twin of the servers' own reading.

/// How the loading of one part ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// All of it is loaded.
    Whole,
    /// The file is cut on the disk, so that this many bytes are left.
    Cut {
        /// Bytes that are left.
        to: u64,
    },
    /// The server ends with an error.
    Refuses,
    /// The server ends by a signal.
    Crashes,
    /// What it does is not defined, or nobody looked.
    Unknown,
}

/// What a loader does with one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loading {
    /// How it ends.
    pub ending: Ending,
    /// The byte behind the last record that takes effect: with [`Ending::Cut`] inside an open transaction this is
    /// where the `MULTI` begins.
    pub effective: u64,
    /// Records that take effect, `SELECT`, `MULTI` and `EXEC` included.
    pub commands: u64,
    /// Why it ends like this, in one clause, with the offset; empty for [`Ending::Whole`].
    pub why: String,
}
