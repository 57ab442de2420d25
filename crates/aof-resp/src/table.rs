//! The command table: every command that can stand in a log, and what a reader must know of it.
//!
//! The rows stand in `commands.tsv`, checked against the `COMMAND` output of real servers by
//! `cargo xtask commands`; `docs/command-table.md` tells what the columns mean.

use std::sync::OnceLock;

use crate::short::{ShortNames, word_of};
use crate::{Frame, Head, KeyPositions, KeyRule, Replay, replay};

/// What executing a command touches; it decides what may run beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// One key.
    Single,
    /// Several keys, each as if it were alone: `DEL`, `MSET`.
    Split,
    /// Several keys that data or a condition connects: `RENAME`, `*STORE`, `MSETNX`.
    Tie,
    /// Keys that are not among the arguments: `SORT … BY … STORE`.
    Scan,
    /// A whole database or all of them, or the functions.
    Global,
    /// What only a server can know: scripts, modules.
    Opaque,
    /// Framing: `SELECT`, `MULTI`, `EXEC`.
    Control,
    /// Nothing. Servers do not log it.
    Inert,
}

/// How a command gets into a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// As it was typed.
    Verbatim,
    /// Servers of today write another command in its place.
    Rewritten,
    /// Not at all.
    Never,
}

/// One row of the table.
#[derive(Debug)]
pub struct Command {
    name: &'static str,
    redis: Option<&'static str>,
    valkey: Option<&'static str>,
    arity: (u32, u32),
    arities: &'static str,
    keys: KeyRule,
    class: Class,
    log: LogForm,
    replay: &'static str,
    /// The numbers of arguments with which its records need no second look, wherever it is known.
    plain: (u32, u32),
    /// The numbers of arguments with which it is of one key.
    one_key: (u32, u32),
    everywhere: bool,
    container: bool,
    index: usize,
}

impl Command {
    /// Its place among [`Table::commands`].
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The name in capitals; that of a subcommand with its container's: `XGROUP CREATE`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The first Redis that has it, as `major.minor`.
    pub const fn since_redis(&self) -> Option<&'static str> {
        self.redis
    }

    /// The first Valkey that has it, as `major.minor`; `7.2` means from its fork on.
    pub const fn since_valkey(&self) -> Option<&'static str> {
        self.valkey
    }

    /// Whether any server accepts `argc` arguments, the name included. Loaders do not ask, and crash.
    pub const fn accepts(&self, argc: u32) -> bool {
        within(self.arity, argc)
    }

    /// The fewest and the most arguments that this server, named as in `commands.tsv` (`valkey:8.1`), accepts, the
    /// name included. A server that the row does not name counts as the newest.
    pub fn arity_on(&self, server: &str) -> (u32, u32) {
        let mut words = self.arities.split(' ');
        let newest = words.next().unwrap_or_default();
        let own = words.find_map(|word| word.split_once('=').filter(|(name, _)| *name == server));
        range(own.map_or(newest, |(_, arity)| arity)).unwrap_or(self.arity)
    }

    /// Whether all servers accept the same numbers of arguments.
    pub fn has_one_arity(&self) -> bool {
        !self.arities.contains(' ')
    }

    /// Whether every server from Redis 5.0 on, and every Valkey, has it and may log it, and none accepts a number
    /// of arguments that the newest does not: a loader then takes it without another question.
    pub const fn is_everywhere(&self) -> bool {
        self.everywhere
    }

    /// The numbers of arguments with which [`Table::is_plain`] holds.
    pub(crate) const fn plain(&self) -> (u32, u32) {
        if self.everywhere && !matches!(self.class, Class::Tie) { self.plain } else { NEVER }
    }

    /// What executing it touches.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// How it gets into a log.
    pub const fn log_form(&self) -> LogForm {
        self.log
    }

    /// Whether with so many arguments, the name included, it names one key alone, which stands behind the name.
    #[inline]
    pub const fn is_of_one_key(&self, argc: u32) -> bool {
        within(self.one_key, argc)
    }

    /// The numbers of arguments with which that is so.
    fn one_key(&self) -> (u32, u32) {
        let KeyRule::Range { first: 1, last, step } = self.keys else { return NEVER };
        let alone = 1 + step as u32;
        match self.class {
            _ if self.container => NEVER,
            Class::Single if last == 1 => self.arity,
            Class::Split if within(self.arity, alone) => (alone, alone),
            _ => NEVER,
        }
    }

    /// Positions of the keys among `args`, whose first is the command's name. This is the only place that
    /// knows where keys are.
    pub fn key_positions(&self, args: &[&[u8]]) -> KeyPositions {
        self.keys.positions(args)
    }

    /// What the result of replaying it depends on; the first of `args` is the name.
    pub fn replay<'a>(&self, args: impl Iterator<Item = &'a [u8]> + Clone) -> Replay {
        match self.replay {
            "exact" => Replay::Exact,
            "clock" => Replay::Clock,
            "chance" => Replay::Chance,
            _ => replay::of_arguments(self.name, args),
        }
    }
}

/// All commands, found by name.
#[derive(Debug)]
pub struct Table {
    commands: Vec<Command>,
    /// Open addressing over indexes into `commands` plus one; 0 is free.
    slots: Box<[u16; SLOTS]>,
    short: ShortNames,
}

const SLOTS: usize = 4096;

impl Table {
    /// The table, built at the first call.
    pub fn get() -> &'static Self {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| Self::parse(include_str!("../commands.tsv")))
    }

    /// All rows, by name.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// Whether a record of this name with `argc` arguments needs no second look: it changes data, is accepted,
    /// gives the same result every time, moves nothing between keys or databases, empties none, and is known
    /// [everywhere](Command::is_everywhere).
    #[inline]
    pub fn is_plain(&self, name: &[u8], argc: u32) -> bool {
        match word_of(name) {
            Some(word) => self.short.is_plain(word, argc),
            None => self.lookup(name).is_some_and(|command| within(command.plain(), argc)),
        }
    }

    /// The command of a record that would be [plain](Self::is_plain) if every server had it and it were of one key.
    pub fn nearly_plain(&self, name: &[u8], argc: u32) -> Option<&Command> {
        let command = self.lookup(name)?;
        (command.plain() == NEVER && within(command.plain, argc)).then_some(command)
    }

    /// Finds a command by its name alone; for `XGROUP CREATE` and the like this is the container.
    #[inline]
    pub fn lookup(&self, name: &[u8]) -> Option<&Command> {
        match word_of(name).and_then(|word| self.short.index(word)) {
            Some(index) => self.commands.get(index),
            None => self.lookup_any(name),
        }
    }

    /// The same for a name of any length and form.
    fn lookup_any(&self, name: &[u8]) -> Option<&Command> {
        let mut slot = hash(name);
        loop {
            let index = usize::from(self.slots[slot]);
            let command = self.commands.get(index.wrapping_sub(1))?;
            // Servers write names in capitals, as the table has them.
            let known = command.name.as_bytes();
            if known == name || known.eq_ignore_ascii_case(name) {
                return Some(command);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// Finds the command of a record by its first two arguments, as loaders do: case does not matter, and a
    /// container needs a subcommand that exists.
    pub fn resolve(&self, head: &Head<'_>) -> Option<&Command> {
        let command = self.lookup(head.name)?;
        if !command.container || head.argc < 2 {
            return Some(command);
        }
        let name = [command.name.as_bytes(), b" ", head.second].concat();
        self.lookup(&name)
    }

    /// As [`resolve`](Self::resolve), from all arguments.
    pub fn resolve_args(&self, args: &[&[u8]]) -> Option<&Command> {
        self.resolve(&Head {
            argc: u32::try_from(args.len()).ok()?,
            name: args.first()?,
            second: args.get(1).copied().unwrap_or_default(),
        })
    }

    /// As [`resolve`](Self::resolve), from a frame.
    pub fn find(&self, frame: &Frame<'_>) -> Option<&Command> {
        self.resolve(&Head::from(*frame))
    }

    fn parse(tsv: &'static str) -> Self {
        let rows = tsv.lines().skip(1);
        let mut commands: Vec<Command> = rows
            .map(|row| parse_row(row).expect("commands.tsv is well formed: a test reads it"))
            .collect();
        let containers: Vec<&str> = commands
            .iter()
            .filter_map(|command| command.name.split_once(' '))
            .map(|(name, _)| name)
            .collect();
        for (index, command) in commands.iter_mut().enumerate() {
            command.index = index;
            command.container = containers.contains(&command.name);
            if command.container {
                command.plain = NEVER;
            }
            command.one_key = command.one_key();
        }
        let mut slots = Box::new([0; SLOTS]);
        for (index, command) in (1..).zip(&commands) {
            let mut slot = hash(command.name.as_bytes());
            while slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = index;
        }
        let short = ShortNames::new(&commands);
        Self { commands, slots, short }
    }
}

/// A range of argument counts that holds none.
pub(crate) const NEVER: (u32, u32) = (1, 0);

pub(crate) const fn within(range: (u32, u32), argc: u32) -> bool {
    range.0 <= argc && argc <= range.1
}

/// Mixes up to eight leading bytes, their case ignored, with the length.
#[inline]
fn hash(name: &[u8]) -> usize {
    let word = match name.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => name.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let last = name.last().map_or(0, |byte| u64::from(byte | 0x20));
    let folded = (word | 0x2020_2020_2020_2020) ^ (name.len() as u64) << 56 ^ last << 48;
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52) as usize
}

fn parse_row(row: &'static str) -> Option<Command> {
    let mut cells = row.split('\t');
    let name = cells.next()?;
    let redis = cells.next().filter(|version| *version != "-");
    let valkey = cells.next().filter(|version| *version != "-");
    let arities = cells.next()?;
    let arity = parse_arity(arities)?;
    let keys = KeyRule::parse(cells.next()?)?;
    let class = match cells.next()? {
        "single" => Class::Single,
        "split" => Class::Split,
        "tie" => Class::Tie,
        "scan" => Class::Scan,
        "global" => Class::Global,
        "opaque" => Class::Opaque,
        "control" => Class::Control,
        "inert" => Class::Inert,
        _ => return None,
    };
    let log = match cells.next()? {
        "verbatim" => LogForm::Verbatim,
        "rewritten" => LogForm::Rewritten,
        "never" => LogForm::Never,
        _ => return None,
    };
    let replay = cells.next().filter(|cell| ["exact", "clock", "chance", "args"].contains(cell))?;
    let plain = plain_counts(name, arity, class, replay);
    let old = redis.is_some_and(|since| version(since) <= Some((5, 0))) && valkey == Some("7.2");
    let newest = range(arities.split(' ').next()?);
    let everywhere = old && newest == Some(arity) && log != LogForm::Never;
    let container = false;
    Some(Command {
        name,
        redis,
        valkey,
        arity,
        arities,
        keys,
        class,
        log,
        replay,
        plain,
        one_key: NEVER,
        everywhere,
        container,
        index: 0,
    })
}

/// Reads `major.minor`.
fn version(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The numbers of arguments with which a record needs no second look.
fn plain_counts(name: &str, arity: (u32, u32), class: Class, replay: &str) -> (u32, u32) {
    match (class, replay) {
        (Class::Single | Class::Split | Class::Tie | Class::Scan, "exact") => arity,
        _ if name == "SET" => (3, 3),
        _ => NEVER,
    }
}

/// Reads `-3 redis:6.2=3`: the arity of the newest server, then those of servers that differ. What any of
/// them accepts is accepted.
fn parse_arity(text: &str) -> Option<(u32, u32)> {
    let mut words = text.split(' ');
    let first = range(words.next()?)?;
    words.try_fold(first, |(low, high), word| {
        let (from, to) = range(word.split_once('=')?.1)?;
        Some((low.min(from), high.max(to)))
    })
}

/// The servers' convention: `3` is exactly three, `-3` three or more.
fn range(arity: &str) -> Option<(u32, u32)> {
    let arity: i32 = arity.parse().ok()?;
    let least = arity.unsigned_abs();
    (least > 0).then_some((least, if arity < 0 { u32::MAX } else { least }))
}

#[cfg(test)]
mod tests;
