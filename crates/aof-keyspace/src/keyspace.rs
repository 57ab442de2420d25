//! All databases, and the way of a command to them.

use std::collections::BTreeMap;

use aof_resp::{Class, Table};

use crate::call::Call;
use crate::commands;
use crate::db::Db;
use crate::fail::Fail;
use crate::session::Session;
use crate::value::Entry;

/// So many databases servers have unless they are told otherwise.
const DATABASES: u64 = 16;

/// The data of a server.
#[derive(Debug, Clone)]
pub struct Keyspace {
    pub(crate) dbs: BTreeMap<u64, Db>,
    /// Sources of libraries by their names.
    pub(crate) functions: BTreeMap<Vec<u8>, Vec<u8>>,
    /// How many databases there may be.
    pub(crate) databases: u64,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// The data changed.
    Changed,
    /// It had no effect. In a log that nothing is missing of, hardly any command has none.
    Nothing,
    /// It says where what follows belongs: `SELECT`, `MULTI`, `DISCARD`.
    Noted,
    /// It waits for the `EXEC` of its transaction.
    Queued,
    /// A transaction was executed: so many commands changed the data, so many had no effect, and these failed, counted
    /// from 0.
    Executed {
        /// Commands that changed the data.
        changed: u64,
        /// Commands that had no effect.
        idle: u64,
        /// Places in the transaction, and why.
        failed: Vec<(usize, Fail)>,
    },
}

/// A database without keys is as good as none.
impl PartialEq for Keyspace {
    fn eq(&self, other: &Self) -> bool {
        self.databases == other.databases
            && self.functions == other.functions
            && self.iter().eq(other.iter())
    }
}

impl Default for Keyspace {
    fn default() -> Self {
        Self { dbs: BTreeMap::new(), functions: BTreeMap::new(), databases: DATABASES }
    }
}

impl Keyspace {
    /// One with so many databases, instead of 16.
    #[must_use]
    pub fn with_databases(databases: u64) -> Self {
        Self { databases, ..Self::default() }
    }

    /// How many keys there are, in all databases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dbs.values().map(|db| db.keys.len()).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a key holds, if it is there.
    #[must_use]
    pub fn get(&self, db: u64, name: &[u8]) -> Option<&Entry> {
        self.dbs.get(&db)?.keys.get(name)
    }

    /// All keys, by database and name.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[u8], &Entry)> {
        self.dbs
            .iter()
            .flat_map(|(number, db)| db.keys.iter().map(|(key, entry)| (*number, &key[..], entry)))
    }

    /// The libraries of functions: their names and sources.
    pub fn functions(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.functions.iter().map(|(name, source)| (&name[..], &source[..]))
    }

    pub(crate) fn db_mut(&mut self, number: u64) -> &mut Db {
        self.dbs.entry(number).or_default()
    }

    /// Executes a command, the first of whose arguments is its name.
    ///
    /// # Errors
    /// Why it does nothing; the data are as before.
    pub fn apply(&mut self, session: &mut Session, args: &[&[u8]]) -> Result<Applied, Fail> {
        let row = Table::get().resolve_args(args).ok_or(Fail::Unknown)?;
        if !row.accepts(args.len() as u32) {
            return Err(Fail::Arity);
        }
        match row.name() {
            "MULTI" if session.queue.is_some() => {
                return Err(Fail::Invalid("a transaction is open"));
            }
            "MULTI" => session.queue = Some(Vec::new()),
            "EXEC" => return self.exec(session),
            "DISCARD" => session.queue = None,
            _ if session.queue.is_some() => {
                let owned = args.iter().map(|arg| arg.to_vec()).collect();
                session.queue.get_or_insert_default().push(owned);
                return Ok(Applied::Queued);
            }
            _ => return self.execute(session, row, args),
        }
        Ok(Applied::Noted)
    }

    fn exec(&mut self, session: &mut Session) -> Result<Applied, Fail> {
        let queue = session.queue.take().ok_or(Fail::Invalid("no transaction is open"))?;
        let (mut changed, mut idle, mut failed) = (0, 0, Vec::new());
        for (place, args) in queue.iter().enumerate() {
            let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
            match self.apply(session, &args) {
                Ok(applied) => {
                    changed += u64::from(applied == Applied::Changed);
                    idle += u64::from(applied == Applied::Nothing);
                }
                Err(fail) => failed.push((place, fail)),
            }
        }
        Ok(Applied::Executed { changed, idle, failed })
    }

    fn execute(
        &mut self,
        session: &mut Session,
        row: &aof_resp::Command,
        args: &[&[u8]],
    ) -> Result<Applied, Fail> {
        if row.name() == "SELECT" {
            return self.select(session, args[1]);
        }
        let Some(handler) = commands::handler(row.name()) else {
            return Err(if row.class() == Class::Opaque { Fail::Opaque } else { Fail::Unknown });
        };
        let mut call = Call { keyspace: self, db: session.db, args, now: session.now };
        handler(&mut call)
            .map(|is_changed| if is_changed { Applied::Changed } else { Applied::Nothing })
    }

    fn select(&mut self, session: &mut Session, number: &[u8]) -> Result<Applied, Fail> {
        session.db = self.number_of_db(number)?;
        Ok(Applied::Noted)
    }

    /// The number of a database that there may be.
    pub(crate) fn number_of_db(&self, text: &[u8]) -> Result<u64, Fail> {
        let number =
            u64::try_from(crate::arguments::integer(text)?).map_err(|_| Fail::OutOfRange)?;
        if number < self.databases { Ok(number) } else { Err(Fail::OutOfRange) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_was_emptied_is_as_good_as_none() {
        let (mut emptied, mut session) = (Keyspace::default(), Session::default());
        for line in ["SELECT 3", "SET a 1", "DEL a"] {
            let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            emptied.apply(&mut session, &args).unwrap();
        }
        assert_eq!(emptied, Keyspace::default());
    }
}
