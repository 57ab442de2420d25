//! The command table: every command that can stand in a log, and what a reader must know of it.
//!
//! The rows stand in `commands.tsv`, checked against the `COMMAND` output of real servers by
//! `cargo xtask commands`; `docs/command-table.md` tells what the columns mean.

use std::sync::OnceLock;

use crate::plain::{PlainCommands, word_of};
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
    keys: KeyRule,
    class: Class,
    log: LogForm,
    replay: &'static str,
    plain: (u32, u32),
    container: bool,
}

impl Command {
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

    /// The numbers of arguments with which [`Table::is_plain`] holds.
    pub(crate) const fn plain(&self) -> (u32, u32) {
        self.plain
    }

    /// What executing it touches.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// How it gets into a log.
    pub const fn log_form(&self) -> LogForm {
        self.log
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
    plain: PlainCommands,
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
    /// gives the same result every time, and neither moves between databases nor empties one.
    #[inline]
    pub fn is_plain(&self, name: &[u8], argc: u32) -> bool {
        match word_of(name) {
            Some(word) => self.plain.accepts(word, argc),
            None => self.lookup(name).is_some_and(|command| within(command.plain, argc)),
        }
    }

    /// Finds a command by its name alone; for `XGROUP CREATE` and the like this is the container.
    #[inline]
    pub fn lookup(&self, name: &[u8]) -> Option<&Command> {
        let mut slot = hash(name);
        loop {
            let index = usize::from(self.slots[slot]);
            let command = self.commands.get(index.wrapping_sub(1))?;
            if command.name.as_bytes().eq_ignore_ascii_case(name) {
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
        for command in &mut commands {
            command.container = containers.contains(&command.name);
            if command.container {
                command.plain = NEVER;
            }
        }
        let mut slots = Box::new([0; SLOTS]);
        for (index, command) in (1..).zip(&commands) {
            let mut slot = hash(command.name.as_bytes());
            while slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = index;
        }
        let plain = PlainCommands::new(&commands);
        Self { commands, slots, plain }
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
    let arity = parse_arity(cells.next()?)?;
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
    Some(Command { name, redis, valkey, arity, keys, class, log, replay, plain, container: false })
}

/// The numbers of arguments for which [`Table::is_plain`] holds.
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
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_name_in_any_case() {
        for command in Table::get().commands() {
            let name = command.name().to_ascii_lowercase();
            let found = Table::get().lookup(name.as_bytes()).expect("a row");
            assert_eq!(found.name(), command.name());
        }
        assert!(Table::get().commands().len() > 400);
    }

    #[test]
    fn names_that_only_hash_alike_are_not_found() {
        for name in [&b""[..], b"SE", b"SETT", b"SE\x14", b"s\xe5t", b"ZREMRANGEBYRANX", b"$3"] {
            assert!(Table::get().lookup(name).is_none(), "{name:?}");
        }
    }

    #[test]
    fn containers_need_a_subcommand_that_exists() {
        let table = Table::get();
        let resolve = |args: &[&str]| {
            let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
            table.resolve_args(&args).map(Command::name)
        };
        assert_eq!(resolve(&["xgroup", "create", "s", "g", "0"]), Some("XGROUP CREATE"));
        assert_eq!(resolve(&["XGROUP", "BANG", "s"]), None);
        assert_eq!(resolve(&["FUNCTION", "LOAD", "code"]), Some("FUNCTION LOAD"));
    }

    #[test]
    fn arity_is_what_any_server_accepts() {
        let accepts =
            |name: &str, argc| Table::get().lookup(name.as_bytes()).expect("known").accepts(argc);
        assert!(accepts("SET", 3) && accepts("SET", 5) && !accepts("SET", 2));
        assert!(accepts("EXPIRE", 3) && accepts("EXPIRE", 4) && !accepts("EXPIRE", 2));
        assert!(accepts("MULTI", 1) && !accepts("MULTI", 2));
    }
}
