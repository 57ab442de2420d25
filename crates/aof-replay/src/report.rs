//! What came of the records.

use aof_keyspace::Fail;

/// So many failures are listed.
const LISTED: usize = 100;

/// A record that did nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The part that it stands in, as it was numbered by whoever replays.
    pub part: usize,
    /// The byte where it begins; that of `EXEC` for the commands of a transaction.
    pub offset: u64,
    /// The command, in the letters of the log.
    pub name: Vec<u8>,
    /// Why a server would refuse it, or why it cannot be executed here.
    pub why: Fail,
}

/// Counts of what was replayed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Keys of bases.
    pub loaded: u64,
    /// Keys of bases whose values cannot be held here: of modules, or broken.
    pub not_loaded: u64,
    /// Records.
    pub commands: u64,
    /// Commands that changed the data.
    pub changed: u64,
    /// The first failures.
    pub failures: Vec<Failure>,
    /// How many there are.
    pub failed: u64,
    /// Of these, how many only a server can execute.
    pub opaque: u64,
}

impl Report {
    pub(crate) fn fail(&mut self, failure: impl FnOnce() -> Failure, why: Fail) {
        self.failed += 1;
        self.opaque += u64::from(why == Fail::Opaque);
        if self.failures.len() < LISTED {
            self.failures.push(failure());
        }
    }
}
