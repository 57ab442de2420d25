//! What a log says between its records: the selected database, and an open transaction.

/// Where in a log the next command stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// The database that commands apply to.
    pub(crate) db: u64,
    /// Commands of a transaction whose `EXEC` did not come yet.
    pub(crate) queue: Option<Vec<Vec<Vec<u8>>>>,
    /// When the log says that it is, in milliseconds since the Unix epoch.
    pub(crate) now: Option<i64>,
}

impl Session {
    /// The selected database.
    #[must_use]
    pub fn db(&self) -> u64 {
        self.db
    }

    /// Whether a transaction is open.
    #[must_use]
    pub fn is_in_transaction(&self) -> bool {
        self.queue.is_some()
    }

    /// Says when it is, in milliseconds since the Unix epoch, as an annotation of the log tells; lifetimes that count
    /// from the moment of a command count from here.
    pub fn set_clock(&mut self, millis: i64) {
        self.now = Some(millis);
    }
}
