//! One command at work.

use crate::db::Db;
use crate::fail::Fail;
use crate::keyspace::Keyspace;

/// What a command is given.
pub(crate) struct Call<'c> {
    pub(crate) keyspace: &'c mut Keyspace,
    /// The selected database.
    pub(crate) db: u64,
    /// The name first.
    pub(crate) args: &'c [&'c [u8]],
    /// When the log says that it is, in milliseconds since the Unix epoch.
    pub(crate) now: Option<i64>,
}

/// Whether the data changed, or why they cannot.
pub(crate) type Outcome = Result<bool, Fail>;

/// Executes one command. Where it fails, it has changed nothing.
pub(crate) type Handler = fn(&mut Call<'_>) -> Outcome;

impl<'c> Call<'c> {
    /// The selected database.
    pub(crate) fn db(&mut self) -> &mut Db {
        self.keyspace.db_mut(self.db)
    }

    /// The first argument behind the name, which is mostly a key.
    pub(crate) fn key(&self) -> &'c [u8] {
        self.args[1]
    }

    /// When it is, for lifetimes that count from now.
    pub(crate) fn now(&self) -> Result<i64, Fail> {
        self.now.ok_or(Fail::NoClock)
    }

    /// The moment that a number of units means, which are so many milliseconds, counted from now or from the Unix epoch.
    pub(crate) fn moment(&self, number: i64, unit: i64, from_now: bool) -> Result<i64, Fail> {
        let base = if from_now { self.now()? } else { 0 };
        let at = number.checked_mul(unit).and_then(|at| at.checked_add(base));
        at.ok_or(Fail::OutOfRange)
    }
}
