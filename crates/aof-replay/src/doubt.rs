//! Keys that may not be as they were: what is known of them by name.
//!
//! A log tells what changed, not what is. Where something of it is missing or could not be executed, what follows builds
//! on a state that may be another one; a key is sure again as soon as its whole value is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aof_keyspace::{Applied, Fail};
use aof_log::FindingId;
use aof_resp::{Class, Command, Table};

use crate::effect::{Effect, effect};

/// So many keys are named.
const NAMED: usize = 100;

/// Why a key may not be as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// A command that names it was not executed.
    Failed(Fail),
    /// It was changed behind a place where commands are missing, and what it held there may be another value.
    BehindGap,
    /// It was changed by commands whose database is assumed.
    AssumedDb,
    /// Commands that name it are left out, for this reason.
    LeftOut(FindingId),
    /// Its value in a base cannot be read.
    Unread,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) => write!(f, "a command was not executed: {why}"),
            Self::BehindGap => f.write_str(
                "it was changed behind a gap, in which other changes of it may be missing",
            ),
            Self::AssumedDb => f.write_str("the database of a command is assumed"),
            Self::LeftOut(finding) => write!(f, "a command is left out: {finding}"),
            Self::Unread => f.write_str("its value in the base cannot be read"),
        }
    }
}

/// A key that may not be as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubtful {
    /// Its database, where that is known.
    pub db: Option<u64>,
    /// Its name.
    pub name: Vec<u8>,
    /// The first reason that came up.
    pub why: Doubt,
}

/// The first of them, by database and name, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubts {
    /// The first.
    pub keys: Vec<Doubtful>,
    /// All of them.
    pub total: u64,
    /// Of these, keys that nothing else is known of but that commands which name them are left out.
    pub left_out: u64,
    /// Commands that were not executed and do not say which keys they change: any may be another one.
    pub unnamed: u64,
}

type Place = (Option<u64>, Vec<u8>);

/// What is known so far.
#[derive(Debug, Default)]
pub(crate) struct Doubter {
    keys: BTreeMap<Place, Doubt>,
    unnamed: u64,
    /// Whether commands are missing somewhere before.
    is_behind_gap: bool,
    /// Whether the database of what is executed is assumed.
    pub(crate) is_db_assumed: bool,
    /// Keys whose whole value was written behind the last gap.
    sure: BTreeSet<Place>,
}

impl Doubter {
    /// Commands are missing here.
    pub(crate) fn gap(&mut self) {
        self.is_behind_gap = true;
        self.sure.clear();
    }

    /// There is something about a key.
    pub(crate) fn doubt(&mut self, db: Option<u64>, name: &[u8], why: Doubt) {
        let place = (db, name.to_vec());
        self.sure.remove(&place);
        self.keys.entry(place).or_insert(why);
    }

    /// A command was executed on this database, or was not.
    /// `has` says which of its keys are looked at here.
    #[inline]
    pub(crate) fn see(
        &mut self,
        db: u64,
        args: &[&[u8]],
        applied: &Result<Applied, Fail>,
        has: &dyn Fn(&[u8]) -> bool,
    ) {
        if !self.is_quiet() || applied.is_err() {
            self.look(db, args, applied, has);
        }
    }

    /// Whether there is nothing that a command which succeeds could change.
    #[inline]
    pub(crate) fn is_quiet(&self) -> bool {
        self.keys.is_empty() && !self.is_behind_gap && !self.is_db_assumed
    }

    fn look(
        &mut self,
        db: u64,
        args: &[&[u8]],
        applied: &Result<Applied, Fail>,
        has: &dyn Fn(&[u8]) -> bool,
    ) {
        let row = Table::get().resolve_args(args);
        match (applied, row) {
            (Err(why), row) => self.failed(db, args, row, *why, has),
            (Ok(Applied::Changed), Some(row)) => self.changed(db, args, row),
            (Ok(Applied::Nothing), Some(row)) => self.had_no_effect(db, args, row),
            _ => {}
        }
    }

    /// The same, where this is known of keys that belong elsewhere.
    pub(crate) fn see_among(
        &mut self,
        db: u64,
        args: &[&[u8]],
        applied: &Result<Applied, Fail>,
        others: &[(&[u8], Doubt)],
    ) {
        others.iter().for_each(|(name, why)| self.doubt(Some(db), name, *why));
        self.see(db, args, applied, &|_| true);
        for (name, _) in others {
            self.keys.remove(&(Some(db), name.to_vec()));
        }
    }

    /// Scripts and commands that nobody knows may change any key, if they do not say which.
    fn failed(
        &mut self,
        db: u64,
        args: &[&[u8]],
        row: Option<&Command>,
        why: Fail,
        has: &dyn Fn(&[u8]) -> bool,
    ) {
        let mut is_named = false;
        for at in row.into_iter().flat_map(|row| row.key_positions(args)) {
            is_named = true;
            if has(args[at]) {
                self.doubt(Some(db), args[at], Doubt::Failed(why));
            }
        }
        let changes_any = row.is_none_or(|row| row.class() == Class::Opaque);
        self.unnamed += u64::from(!is_named && changes_any);
    }

    /// Servers log what has an effect: what has none shows that something is missing, unless it removes.
    fn had_no_effect(&mut self, db: u64, args: &[&[u8]], row: &Command) {
        let is_removed = matches!(row.name(), "DEL" | "UNLINK");
        let is_source = |at: usize| match effect(row, args) {
            Effect::Derives { target, .. } => at != target,
            _ => false,
        };
        for at in row.key_positions(args).filter(|at| !is_source(*at)) {
            match (is_removed, self.reason(db, args[at])) {
                (true, _) => self.is_sure(db, args[at]),
                (false, Some(why)) => self.doubt(Some(db), args[at], why),
                (false, None) => {}
            }
        }
    }

    fn changed(&mut self, db: u64, args: &[&[u8]], row: &Command) {
        match effect(row, args) {
            Effect::Replaces => {
                row.key_positions(args).for_each(|at| self.is_sure(db, args[at]));
            }
            Effect::Adds => self.adds(db, args, row),
            Effect::Derives { target, target_db } => {
                let of = |at: usize| self.reason(db, args[at]);
                let why = row.key_positions(args).filter(|at| *at != target).find_map(of);
                self.takes(target_db.unwrap_or(db), args[target], why);
            }
            Effect::Moves { to, to_db } => {
                let why = self.reason(db, args[1]);
                self.is_sure(db, args[1]);
                self.takes(to_db.unwrap_or(db), args[to], why);
            }
            Effect::Empties { all } => self.empties((!all).then_some(db)),
            Effect::Exchanges(one, other) => self.exchange(one, other),
        }
    }

    /// Something was put to what the keys held.
    fn adds(&mut self, db: u64, args: &[&[u8]], row: &Command) {
        let mut reasons = row.key_positions(args).map(|at| (at, self.reason(db, args[at])));
        if row.class() == Class::Tie {
            let Some(why) = reasons.find_map(|(_, why)| why) else { return };
            row.key_positions(args).for_each(|at| self.doubt(Some(db), args[at], why));
        } else {
            let reasons: Vec<_> = reasons.collect();
            for (at, why) in reasons {
                if let Some(why) = why {
                    self.doubt(Some(db), args[at], why);
                }
            }
        }
    }

    /// A key holds from now on what others held.
    fn takes(&mut self, db: u64, name: &[u8], why: Option<Doubt>) {
        self.is_sure(db, name);
        if let Some(why) = why {
            self.doubt(Some(db), name, why);
        }
    }

    /// Why a key may not hold what it seems to.
    pub(crate) fn reason(&self, db: u64, name: &[u8]) -> Option<Doubt> {
        let place = (Some(db), name.to_vec());
        match self.keys.get(&place) {
            Some(why) => Some(*why),
            None if self.is_db_assumed => Some(Doubt::AssumedDb),
            None if self.is_behind_gap && !self.sure.contains(&place) => Some(Doubt::BehindGap),
            None => None,
        }
    }

    /// The whole value was written, or the key removed.
    fn is_sure(&mut self, db: u64, name: &[u8]) {
        let place = (Some(db), name.to_vec());
        self.keys.remove(&place);
        if self.is_db_assumed {
            self.keys.insert(place, Doubt::AssumedDb);
        } else if self.is_behind_gap {
            self.sure.insert(place);
        }
    }

    /// A database is empty now, or all of them are: what was missing does not matter any more.
    fn empties(&mut self, db: Option<u64>) {
        if self.is_db_assumed {
            return;
        }
        match db {
            Some(db) => self.keys.retain(|(of, _), _| *of != Some(db)),
            None => {
                self.keys.clear();
                self.unnamed = 0;
                self.is_behind_gap = false;
            }
        }
    }

    fn exchange(&mut self, one: u64, other: u64) {
        let there = |db: Option<u64>| match db {
            Some(db) if db == one => Some(other),
            Some(db) if db == other => Some(one),
            db => db,
        };
        let keys = std::mem::take(&mut self.keys);
        self.keys = keys.into_iter().map(|((db, name), why)| ((there(db), name), why)).collect();
        let sure = std::mem::take(&mut self.sure);
        self.sure = sure.into_iter().map(|(db, name)| (there(db), name)).collect();
    }

    /// What is left in the end of what all lanes know.
    pub(crate) fn finish(lanes: impl Iterator<Item = Self>) -> Doubts {
        let (mut all, mut unnamed) = (BTreeMap::new(), 0);
        for lane in lanes {
            unnamed += lane.unnamed;
            all.extend(lane.keys);
        }
        let total = all.len() as u64;
        let is_left_out = |why: &&Doubt| matches!(why, Doubt::LeftOut(_));
        let left_out = all.values().filter(is_left_out).count() as u64;
        let named = all.into_iter().take(NAMED);
        let keys = named.map(|((db, name), why)| Doubtful { db, name, why }).collect();
        Doubts { keys, total, left_out, unnamed }
    }
}
