//! Where each record goes.

use std::sync::atomic::Ordering;

use aof_keyspace::Links;
use aof_resp::{Class, Command, Table, request};

use super::super::batch::SET;
use super::super::defer::{Deferred, as_client, defer};
use super::super::fleet::{Halt, LISTED};
use super::super::server::{Arity, Server};
use super::super::steady::is_steady;
use super::walk::{Record, Unit, arguments};
use super::wave::{FIRST, Kind, MOST, Wave};
use super::{Options, Times, Told};

/// A longer SET is sent alone.
const MOST_OF_A_SET: usize = 4096;

/// What comes next.
#[derive(Debug)]
pub(super) enum Item<'s> {
    /// Records on keys.
    Wave(Wave<'s>),
    /// What reaches further than its keys.
    Barrier(Barrier),
}

/// What is sent when all before it is done, in one transaction.
#[derive(Debug)]
pub(super) struct Barrier {
    pub(super) part: usize,
    pub(super) records: Vec<Alone>,
    /// Whether keys vanish that nobody names.
    pub(super) empties: bool,
}

/// A record of a barrier.
#[derive(Debug)]
pub(super) struct Alone {
    pub(super) at: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) db: u32,
}

/// A record that the target does not have a command for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown {
    /// The part, as it was numbered by whoever replays.
    pub part: usize,
    /// The byte where it begins.
    pub offset: u64,
}

/// Distributes records to groups of keys.
pub(super) struct Router<'a, 's> {
    links: &'a Links,
    options: &'a Options,
    server: &'a Server,
    /// How many arguments the target takes for the commands of the table; what it says is asked once.
    arities: Vec<Option<Arity>>,
    has_mset: bool,
    /// The selected database.
    db: u32,
    wave: Wave<'s>,
    /// So many records the next wave has at most.
    most: usize,
    pub(super) told: Told,
    times: &'a Times,
    emit: &'a mut dyn FnMut(Item<'s>) -> Result<(), Halt>,
}

/// Whether a record is a SET of a key to a value, and nothing else.
fn is_plain_set(record: &[u8]) -> bool {
    (record.starts_with(SET) || record.starts_with(b"*3\r\n$3\r\nset\r\n"))
        && record.len() <= MOST_OF_A_SET
}

/// What becomes of a record.
enum Sending {
    Same,
    Other(Vec<u8>),
    Not,
}

impl<'a, 's> Router<'a, 's> {
    pub(super) fn new(
        links: &'a Links,
        options: &'a Options,
        server: &'a Server,
        times: &'a Times,
        emit: &'a mut dyn FnMut(Item<'s>) -> Result<(), Halt>,
    ) -> Self {
        Self {
            links,
            options,
            server,
            arities: vec![None; Table::get().commands().len()],
            has_mset: server.has("MSET"),
            db: 0,
            wave: Wave::default(),
            most: FIRST,
            told: Told::default(),
            times,
            emit,
        }
    }

    /// A part begins: servers read each with database 0 selected.
    pub(super) fn begin(&mut self, part: usize, bytes: &'s [u8], start: u64) {
        self.db = 0;
        self.wave = Wave::new(part, bytes, start, self.most);
    }

    /// A database is selected.
    pub(super) fn select(&mut self, db: u32) {
        self.db = db;
    }

    /// Sends off what was gathered, and goes on at this byte.
    pub(super) fn flush(&mut self, at: u64) -> Result<(), Halt> {
        let is_empty = self.wave.is_empty();
        if !is_empty {
            self.most = (self.most * 2).min(MOST);
        }
        let next = Wave::new(self.wave.part, self.wave.bytes, at, self.most);
        let mut wave = std::mem::replace(&mut self.wave, next);
        if is_empty {
            return Ok(());
        }
        wave.sort();
        (self.emit)(Item::Wave(wave))
    }

    pub(super) fn unit(&mut self, unit: Unit<'_, '_>) -> Result<(), Halt> {
        match unit {
            Unit::One(record, args) => self.one(&record, args),
            Unit::Together(records) => self.together(records),
        }
    }

    fn one(&mut self, record: &Record<'_>, args: &[&[u8]]) -> Result<(), Halt> {
        if !self.wave.has_room(record.at, record.bytes.len()) {
            self.flush(record.at)?;
        }
        let Some(row) = Table::get().resolve_args(args) else {
            return self.alone(record, args, false);
        };
        match row.class() {
            Class::Control => self.control(row, args),
            Class::Inert => {}
            _ if !row.accepts(args.len() as u32) => self.not_known(record.at),
            Class::Global | Class::Opaque | Class::Scan => {
                return self.alone(record, args, empties_keys(row));
            }
            Class::Split if !row.is_of_one_key(args.len() as u32) => self.split(record, row, args),
            Class::Single | Class::Split | Class::Tie => self.keyed(record, row, args),
        }
        Ok(())
    }

    fn control(&mut self, row: &Command, args: &[&[u8]]) {
        if row.name() == "SELECT" {
            self.db = self.selected(args).unwrap_or(self.db);
        }
    }

    /// The database that a SELECT names, if the server of the log has it.
    fn selected(&self, args: &[&[u8]]) -> Option<u32> {
        let number = std::str::from_utf8(args.get(1)?).ok()?.parse().ok()?;
        (u64::from(number) < self.options.databases).then_some(number)
    }

    fn keyed(&mut self, record: &Record<'_>, row: &Command, args: &[&[u8]]) {
        let first = row.key_positions(args).next();
        let group = first.map_or(0, |at| self.links.group(args[at]));
        let kind = if is_steady(row.name(), args) { Kind::Steady } else { Kind::Once };
        self.push(record, row, args, (group, self.db, kind));
    }

    /// Each key as if it were alone.
    fn split(&mut self, record: &Record<'_>, row: &Command, args: &[&[u8]]) {
        let keys: Vec<usize> = row.key_positions(args).collect();
        let groups: Vec<u32> = keys.iter().map(|at| self.links.group(args[*at])).collect();
        let is_one = groups.windows(2).all(|pair| pair[0] == pair[1]);
        if is_one || row.name() == "MSET" && args.len().is_multiple_of(2) {
            return self.keyed(record, row, args);
        }
        if !self.takes(Some(row), args, args.len()) {
            return self.not_known(record.at);
        }
        let ends = keys.iter().skip(1).copied().chain([args.len()]);
        let mut bytes = Vec::new();
        for ((from, to), group) in keys.iter().zip(ends).zip(&groups) {
            bytes.clear();
            let command: Vec<&[u8]> = [&args[..1], &args[*from..to]].concat();
            request(&command, &mut bytes);
            self.wave.push_own(record.at, &bytes, (*group, self.db, Kind::Steady));
        }
    }

    fn push(&mut self, record: &Record<'_>, row: &Command, args: &[&[u8]], to: (u32, u32, Kind)) {
        let sending = self.sending(record, Some(row), args);
        let bytes = match &sending {
            Sending::Same => record.bytes,
            Sending::Other(bytes) => bytes,
            Sending::Not => return,
        };
        let (group, db, kind) = to;
        let is_set = kind == Kind::Steady && self.has_mset && is_plain_set(bytes);
        let to = (group, db, if is_set { Kind::Set } else { kind });
        match sending {
            Sending::Same if !record.is_formed => self.wave.push(record.at, bytes.len(), to),
            _ => self.wave.push_own(record.at, bytes, to),
        }
    }

    /// What of a record is sent.
    fn sending(&mut self, record: &Record<'_>, row: Option<&Command>, args: &[&[u8]]) -> Sending {
        let name = row.map_or("", Command::name);
        let deferred = if self.options.defers { defer(name, args) } else { Deferred::Same };
        if deferred != Deferred::Same {
            self.told.deferred += 1;
            self.times.store(true, Ordering::Relaxed);
        }
        let changed = match deferred {
            Deferred::Nothing => return Sending::Not,
            Deferred::Same => as_client(name, args),
            other => other,
        };
        let count = if let Deferred::Other(other) = &changed { other.len() } else { args.len() };
        if !self.takes(row, args, count) {
            self.not_known(record.at);
            return Sending::Not;
        }
        match changed {
            Deferred::Other(other) => {
                let mut bytes = Vec::new();
                request(&other, &mut bytes);
                Sending::Other(bytes)
            }
            _ => Sending::Same,
        }
    }

    /// Whether the target has the command.
    fn takes(&mut self, row: Option<&Command>, args: &[&[u8]], count: usize) -> bool {
        let Some(row) = row else { return self.server.takes(args) };
        let server = self.server;
        let arity = self.arities[row.index()].get_or_insert_with(|| server.arity(row.name()));
        arity.takes(count)
    }

    fn not_known(&mut self, offset: u64) {
        self.told.unknown += 1;
        if self.told.unknown_list.len() < LISTED {
            self.told.unknown_list.push(Unknown { part: self.wave.part, offset });
        }
    }

    /// What needs all connections to have done what is before.
    fn alone(&mut self, record: &Record<'_>, args: &[&[u8]], empties: bool) -> Result<(), Halt> {
        if !self.server.takes(args) {
            self.not_known(record.at);
            return Ok(());
        }
        self.flush(record.at)?;
        let alone = Alone { at: record.at, bytes: record.bytes.to_vec(), db: self.db };
        self.bar(vec![alone], empties)
    }

    /// A transaction: its keys are in one group, or it reaches further than its keys.
    fn together(&mut self, records: &[Record<'_>]) -> Result<(), Halt> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(()) };
        let length = last.at + last.bytes.len() as u64 - first.at;
        if !self.wave.has_room(first.at, length as usize) {
            self.flush(first.at)?;
        }
        let args: Vec<Vec<&[u8]>> = records.iter().map(arguments).collect();
        let rows: Vec<Option<&Command>> =
            args.iter().map(|args| Table::get().resolve_args(args)).collect();
        let is_wide = |row: &Option<&Command>| {
            row.is_none_or(|row| matches!(row.class(), Class::Global | Class::Opaque | Class::Scan))
        };
        if rows.iter().any(is_wide) {
            return self.wide(records, &args, &rows);
        }
        let keys = rows
            .iter()
            .zip(&args)
            .filter_map(|(row, args)| Some((*row)?.key_positions(args).next().map(|at| args[at])));
        let group = keys.flatten().next().map_or(0, |key| self.links.group(key));
        let mut kind = Kind::First;
        for ((record, args), row) in records.iter().zip(&args).zip(rows) {
            let Some(row) = row else { continue };
            match row.class() {
                Class::Control => self.control(row, args),
                Class::Inert => {}
                _ => {
                    let before = self.wave.len();
                    self.push(record, row, args, (group, self.db, kind));
                    if self.wave.len() > before {
                        kind = Kind::Next;
                    }
                }
            }
        }
        Ok(())
    }

    fn wide(
        &mut self,
        records: &[Record<'_>],
        args: &[Vec<&[u8]>],
        rows: &[Option<&Command>],
    ) -> Result<(), Halt> {
        self.flush(records[0].at)?;
        let (mut all, mut empties) = (Vec::new(), false);
        for ((record, args), row) in records.iter().zip(args).zip(rows) {
            match row.map(Command::class) {
                Some(Class::Control) => row.iter().for_each(|row| self.control(row, args)),
                Some(Class::Inert) => {}
                _ => {
                    let bytes = match self.sending(record, *row, args) {
                        Sending::Same => record.bytes.to_vec(),
                        Sending::Other(bytes) => bytes,
                        Sending::Not => continue,
                    };
                    empties |= row.is_some_and(empties_keys);
                    all.push(Alone { at: record.at, bytes, db: self.db });
                }
            }
        }
        if all.is_empty() { Ok(()) } else { self.bar(all, empties) }
    }

    fn bar(&mut self, records: Vec<Alone>, empties: bool) -> Result<(), Halt> {
        (self.emit)(Item::Barrier(Barrier { part: self.wave.part, records, empties }))
    }
}

/// Whether keys may vanish that the command does not name.
fn empties_keys(row: &Command) -> bool {
    row.class() == Class::Global && row.name() != "SWAPDB"
}
