//! All databases, and the way of a command to them.

use aof_resp::{Class, Command, Table};

use crate::call::{Call, Ground};
use crate::commands;
use crate::fail::Fail;
use crate::lane::Lane;
use crate::links::Links;
use crate::session::Session;
use crate::space::Space;

/// So many databases servers have unless they are told otherwise.
const DATABASES: u64 = 16;

/// The data of a server.
#[derive(Debug, Clone)]
pub struct Keyspace<'i> {
    pub(crate) lanes: Vec<Lane<'i>>,
    pub(crate) ground: Ground<'i>,
    /// What modules keep beside their keys: numbers of the modules, and bytes of files.
    pub(crate) module_data: Vec<(u64, Vec<u8>)>,
}

/// A lane of a keyspace, and all that commands on its keys need.
#[derive(Debug)]
pub struct Worker<'k, 'i> {
    pub(crate) lane: &'k mut Lane<'i>,
    number: usize,
    ground: &'k Ground<'i>,
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

impl Default for Keyspace<'_> {
    fn default() -> Self {
        Self::new(Space::default(), Links::default())
    }
}

impl PartialEq for Keyspace<'_> {
    /// Whether both hold the same, however it is distributed to lanes.
    fn eq(&self, other: &Self) -> bool {
        self.functions().eq(other.functions()) && self.iter().eq(other.iter())
    }
}

impl<'i> Keyspace<'i> {
    /// No data: those that come may point into `space`, and are distributed to lanes as `links` tells.
    #[must_use]
    pub fn new(space: Space<'i>, links: Links) -> Self {
        let lanes = (0..links.lanes()).map(|_| Lane::new(space)).collect();
        let ground = Ground { space, links, databases: DATABASES, hidden_before: None };
        Self { lanes, ground, module_data: Vec::new() }
    }

    /// The same with so many databases, instead of 16.
    #[must_use]
    pub fn with_databases(mut self, databases: u64) -> Self {
        self.ground.databases = databases;
        self
    }

    /// How many keys there are, in all databases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes.iter().map(Lane::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The libraries of functions: their names and sources.
    pub fn functions(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let functions = self.lanes.iter().flat_map(|lane| &lane.functions);
        functions.map(|(name, source)| (&name[..], &source[..]))
    }

    /// What modules keep beside their keys, as it stood in bases: the number of the module, and the bytes.
    pub fn module_data(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.module_data.iter().map(|(id, bytes)| (*id, &bytes[..]))
    }

    /// From now on commands that ask whether a field of a hash is there find none whose time comes before this moment,
    /// in milliseconds since the Unix epoch: as Redis from 7.4 on does while it loads a log at that moment. Nothing is
    /// removed.
    pub fn hide_fields_before(&mut self, moment: i64) {
        self.ground.hidden_before = Some(moment);
    }

    /// How many databases there may be.
    #[must_use]
    pub const fn databases(&self) -> u64 {
        self.ground.databases
    }

    /// How keys are distributed to lanes.
    #[must_use]
    pub const fn links(&self) -> &Links {
        &self.ground.links
    }

    /// The lanes, to be worked on side by side.
    pub fn workers(&mut self) -> Vec<Worker<'_, 'i>> {
        let Self { lanes, ground, .. } = self;
        let lanes = lanes.iter_mut().enumerate();
        lanes.map(|(number, lane)| Worker { lane, number, ground }).collect()
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
            "SELECT" => session.db = self.ground.number_of_db(args[1])?,
            _ => return self.execute(session.db, session.now, row, args),
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

    /// Executes a command, which is of this row of the table and neither selects a database nor is of a transaction, at a
    /// moment in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// Why it does nothing; the data are as before.
    pub fn execute(
        &mut self,
        db: u64,
        now: Option<i64>,
        row: &Command,
        args: &[&[u8]],
    ) -> Result<Applied, Fail> {
        execute(&mut self.lanes, &self.ground, db, now, (row, args))
    }
}

impl Worker<'_, '_> {
    /// Whether a key belongs to this lane.
    #[must_use]
    pub fn has(&self, key: &[u8]) -> bool {
        self.ground.links.lane(key) == self.number
    }

    /// As [`Keyspace::execute`], where all keys that the command names are in this lane.
    ///
    /// # Errors
    /// Why it does nothing; the data are as before.
    pub fn execute(
        &mut self,
        db: u64,
        now: Option<i64>,
        row: &Command,
        args: &[&[u8]],
    ) -> Result<Applied, Fail> {
        execute(std::slice::from_mut(self.lane), self.ground, db, now, (row, args))
    }

    /// Executes `SET` with a key of this lane, whose [`Spot`](crate::Spot) has this hash, and a value, and nothing else:
    /// most logs have more of it than of all other commands, and it always changes the data.
    #[inline]
    pub fn set(&mut self, db: u64, (key, hash): (&[u8], u64), value: &[u8]) {
        self.lane.db(db).put_hashed(key, hash, value, None);
    }
}

fn execute<'i>(
    lanes: &mut [Lane<'i>],
    ground: &Ground<'i>,
    db: u64,
    now: Option<i64>,
    (row, args): (&Command, &[&[u8]]),
) -> Result<Applied, Fail> {
    let Some(handler) = commands::handler(row) else {
        return Err(if row.class() == Class::Opaque { Fail::Opaque } else { Fail::Unknown });
    };
    let is_changed = handler(&mut Call { lanes, ground, db, args, now })?;
    Ok(if is_changed { Applied::Changed } else { Applied::Nothing })
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
