//! Which commands and keys one set of rules allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aof_resp::Table;

use super::Wrong;
use crate::conf::line;

/// The categories of Redis 7.0 and 8.2 and of Valkey 8.1 and 9.1, without their modules.
const CATEGORIES: [&str; 21] = [
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
];

/// Commands and keys that are allowed. Channels are read, for the sake of their grammar only: nothing that
/// stands in a log touches one.
#[derive(Debug, Clone, Default)]
pub(super) struct Selector {
    /// Of the commands of [`logged`], those that are allowed.
    commands: BTreeSet<&'static str>,
    /// Every key, for reading and writing.
    every_key: bool,
    /// Patterns of keys, and what is allowed with the keys they match.
    patterns: BTreeMap<Vec<u8>, Access>,
    /// Every channel.
    every_channel: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Access {
    read: bool,
    write: bool,
}

/// The commands that servers of today log, and their categories. The four servers that know parts agree on
/// them; a test asks them.
pub(in crate::conf) fn logged() -> &'static BTreeMap<&'static str, Vec<&'static str>> {
    static LOGGED: OnceLock<BTreeMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    LOGGED.get_or_init(|| {
        let rows = include_str!("../categories.tsv").lines().skip(1);
        let rows = rows.filter_map(|row| row.split_once('\t'));
        rows.map(|(name, categories)| (name, categories.split(' ').collect())).collect()
    })
}

impl Selector {
    /// Reads what stands between parentheses.
    pub(super) fn read(rules: &[u8]) -> Result<Self, Wrong> {
        let mut selector = Self::default();
        // Servers take rules with an open quotation mark for none at all.
        for rule in line::split(rules).unwrap_or_default().all {
            selector.apply(&rule)?;
        }
        Ok(selector)
    }

    /// Applies one rule on commands, keys or channels.
    pub(super) fn apply(&mut self, rule: &[u8]) -> Result<(), Wrong> {
        match rule.to_ascii_lowercase().as_slice() {
            b"allkeys" | b"~*" => self.allow_keys(true),
            b"resetkeys" => self.allow_keys(false),
            b"allchannels" | b"&*" => self.every_channel = true,
            b"resetchannels" => self.every_channel = false,
            b"allcommands" | b"+@all" => self.commands = logged().keys().copied().collect(),
            b"nocommands" | b"-@all" => self.commands.clear(),
            _ => return self.apply_pattern_or_name(rule),
        }
        Ok(())
    }

    fn apply_pattern_or_name(&mut self, rule: &[u8]) -> Result<(), Wrong> {
        match rule {
            [b'~', pattern @ ..] => self.add_pattern(pattern, Access { read: true, write: true }),
            [b'%', rule @ ..] => {
                let (access, pattern) = access_of(rule)?;
                self.add_pattern(pattern, access)
            }
            [b'&', ..] if self.every_channel => Err(Wrong::NeedlessPattern),
            [b'&', pattern @ ..] => no_space(pattern),
            [sign @ (b'+' | b'-'), b'@', category @ ..] => self.category(*sign == b'+', category),
            [sign @ (b'+' | b'-'), command @ ..] => self.command(*sign == b'+', command),
            _ => Err(Wrong::Syntax),
        }
    }

    fn allow_keys(&mut self, every: bool) {
        self.every_key = every;
        self.patterns.clear();
    }

    fn add_pattern(&mut self, pattern: &[u8], access: Access) -> Result<(), Wrong> {
        if self.every_key {
            return Err(Wrong::NeedlessPattern);
        }
        no_space(pattern)?;
        let known = self.patterns.entry(pattern.to_vec()).or_default();
        known.read |= access.read;
        known.write |= access.write;
        Ok(())
    }

    fn category(&mut self, allow: bool, name: &[u8]) -> Result<(), Wrong> {
        let name = name.to_ascii_lowercase();
        let known = CATEGORIES.iter().find(|known| known.as_bytes() == name);
        let category = known.ok_or(Wrong::Unknown)?;
        for (command, categories) in logged() {
            if categories.contains(category) {
                self.set(command, allow);
            }
        }
        Ok(())
    }

    /// A command, a command with all its subcommands, or a subcommand behind `|`.
    fn command(&mut self, allow: bool, rule: &[u8]) -> Result<(), Wrong> {
        let mut words = rule.split(|byte| *byte == b'|');
        let name = words.next().unwrap_or_default().to_ascii_uppercase();
        let sub = words.next().map(<[u8]>::to_ascii_uppercase);
        let row = Table::get().lookup(&name).filter(|row| !row.name().contains(' '));
        let container = row.ok_or(Wrong::Unknown)?.name();
        let whole = match sub {
            None => None,
            Some(_) if words.next().is_some() => return Err(Wrong::TooDeep),
            Some(sub) if sub.is_empty() && allow => return Err(Wrong::Syntax),
            Some(sub) => Some([container.as_bytes(), b" ", &sub].concat()),
        };
        match whole.map(|whole| Table::get().lookup(&whole)) {
            None => self.set_all(container, allow),
            Some(Some(row)) => self.set(row.name(), allow),
            // `+select|0` allows it with this argument alone: less than every use of it.
            Some(None) if allow && !is_container(container) => {}
            Some(None) => return Err(Wrong::Unknown),
        }
        Ok(())
    }

    fn set_all(&mut self, container: &str, allow: bool) {
        let inside = |name: &str| name.split(' ').next() == Some(container);
        for command in logged().keys().filter(|name| inside(name)) {
            self.set(command, allow);
        }
    }

    fn set(&mut self, name: &str, allow: bool) {
        match logged().get_key_value(name) {
            Some((command, _)) if allow => {
                self.commands.insert(command);
            }
            _ => {
                self.commands.remove(name);
            }
        }
    }

    /// Whether a command is allowed, its keys aside.
    pub(super) fn allows(&self, command: &str) -> bool {
        self.commands.contains(command)
    }

    /// Whether every key may be read and written.
    pub(super) fn allows_every_key(&self) -> bool {
        let every =
            |pattern: &[u8]| !pattern.is_empty() && pattern.iter().all(|byte| *byte == b'*');
        let both = |access: &Access| access.read && access.write;
        self.every_key || self.patterns.iter().any(|(name, access)| every(name) && both(access))
    }

    /// Whether some keys may be written.
    pub(super) fn allows_some_keys(&self) -> bool {
        self.every_key || self.patterns.values().any(|access| access.write)
    }
}

fn is_container(name: &str) -> bool {
    let inside = |row: &str| row.split_once(' ').is_some_and(|(container, _)| container == name);
    Table::get().commands().iter().any(|row| inside(row.name()))
}

/// `R~`, `W~` or `RW~`, and the pattern behind it; a rule that ends before its `~` has an empty one.
fn access_of(rule: &[u8]) -> Result<(Access, &[u8]), Wrong> {
    let mut access = Access::default();
    let mut rest = rule;
    loop {
        rest = match rest {
            [b'R' | b'r', rest @ ..] if !access.read => {
                access.read = true;
                rest
            }
            [b'W' | b'w', rest @ ..] if !access.write => {
                access.write = true;
                rest
            }
            [b'~', pattern @ ..] if access.read || access.write => return Ok((access, pattern)),
            [] => return Ok((access, rest)),
            _ => return Err(Wrong::Syntax),
        };
    }
}

fn no_space(pattern: &[u8]) -> Result<(), Wrong> {
    let space = pattern.iter().any(|byte| line::is_space(*byte) || *byte == 0);
    if space { Err(Wrong::Syntax) } else { Ok(()) }
}
