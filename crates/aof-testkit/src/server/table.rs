//! The command table held against what servers say of their commands.
//!
//! The rows are read here once more, by a reader that shares nothing with the one in `aof-resp`, so that a
//! slip in one does not hide in the other.

use std::collections::BTreeMap;
use std::io;

use super::kind::{Product, ServerKind};
use super::process::Server;
use crate::client::Value;

/// One row of `commands.tsv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Upper case; a subcommand stands behind its container: `XGROUP CREATE`.
    pub name: String,
    /// The first Redis that has it.
    pub redis: Since,
    /// The first Valkey that has it.
    pub valkey: Since,
    /// Number of arguments in the servers' convention; negative is a minimum.
    pub arity: i64,
    /// Servers that want another number.
    pub exceptions: BTreeMap<ServerKind, i64>,
    /// Where the keys are, as written.
    pub keys: String,
    /// What it does to the keyspace, as written.
    pub class: String,
    /// How it gets into a log, as written.
    pub log: String,
}

/// The first version that has a command, or `None` where no version has it.
pub type Since = Option<(u16, u16)>;

/// What a server says of one command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spec {
    /// Number of arguments; negative is a minimum.
    pub arity: i64,
    /// Such as `write`; lower case.
    pub flags: Vec<String>,
    /// First key, last key and step; zeros for none.
    pub keys: (i64, i64, i64),
}

/// Reads the text of `commands.tsv`.
///
/// # Errors
/// The first line that is no row, and what is wrong with it.
pub fn read_table(text: &str) -> Result<Vec<Row>, String> {
    let rows = text.lines().skip(1);
    rows.map(|line| read_row(line).ok_or_else(|| format!("no row: {line}"))).collect()
}

fn read_row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [name, redis, valkey, arity, keys, class, log, _replay] = cells[..] else {
        return None;
    };
    let mut arities = arity.split(' ');
    let arity = arities.next()?.parse().ok()?;
    let exceptions = arities.map(read_exception).collect::<Option<_>>()?;
    Some(Row {
        name: name.to_owned(),
        redis: read_since(redis)?,
        valkey: read_since(valkey)?,
        arity,
        exceptions,
        keys: keys.to_owned(),
        class: class.to_owned(),
        log: log.to_owned(),
    })
}

fn read_since(cell: &str) -> Option<Since> {
    if cell == "-" {
        return Some(None);
    }
    let (major, minor) = cell.split_once('.')?;
    Some(Some((major.parse().ok()?, minor.parse().ok()?)))
}

fn read_exception(cell: &str) -> Option<(ServerKind, i64)> {
    let (server, arity) = cell.split_once('=')?;
    Some((ServerKind::by_name(&server.replace(':', "-"))?, arity.parse().ok()?))
}

/// Asks a server for its commands and, from 7.0 on, their subcommands.
///
/// # Errors
/// The connection broke.
pub fn commands_of(server: &Server) -> io::Result<BTreeMap<String, Spec>> {
    let mut specs = BTreeMap::new();
    collect(&server.command(&["COMMAND"])?, &mut specs);
    Ok(specs)
}

fn collect(list: &Value, specs: &mut BTreeMap<String, Spec>) {
    for entry in list.list() {
        let cell = |index: usize| entry.list().get(index).unwrap_or(&Value::Null);
        let number = |index| cell(index).integer().unwrap_or(0);
        let name = cell(0).text().to_uppercase().replace('|', " ");
        let spec = Spec {
            arity: number(1),
            flags: cell(2).list().iter().map(Value::text).collect(),
            keys: (number(3), number(4), number(5)),
        };
        specs.insert(name, spec);
        collect(cell(9), specs);
    }
}

/// Starts a server of this kind and compares the table with it. Each line of the result is a difference.
///
/// # Errors
/// The server did not start or the connection broke.
pub fn compare_table(rows: &[Row], kind: ServerKind) -> io::Result<Vec<String>> {
    let data = tempfile::tempdir()?;
    let server = Server::start(kind, data.path(), &[]).map_err(io::Error::other)?;
    Ok(compare(rows, kind, &commands_of(&server)?))
}

/// Compares the table with what a server of this kind says: presence, arity, key positions where the rule
/// is a plain range, and that no command that writes is called inert.
pub fn compare(rows: &[Row], kind: ServerKind, specs: &BTreeMap<String, Spec>) -> Vec<String> {
    let mut differences = Vec::new();
    for row in rows {
        match (row.is_in(kind), specs.get(&row.name)) {
            (true, Some(spec)) => row.compare(kind, spec, &mut differences),
            (true, None) if kind.tells(&row.name) => {
                differences.push(format!("{kind}: {} is missing in the server", row.name));
            }
            (false, Some(_)) => {
                differences.push(format!("{kind}: {} exists in the server already", row.name));
            }
            (true, None) | (false, None) => {}
        }
    }
    let known = |name: &str| rows.iter().any(|row| row.name == name) || TRAPS.contains(&name);
    let unknown = specs.keys().filter(|name| !known(name));
    differences.extend(unknown.map(|name| format!("{kind}: {name} is missing in the table")));
    differences
}

/// What 6.2 lists to catch browsers that talk to it; never executed, so no command.
const TRAPS: [&str; 2] = ["HOST:", "POST"];

impl ServerKind {
    /// Whether COMMAND lists the command of this name, if the server's version has it.
    fn tells(self, name: &str) -> bool {
        match name {
            // Executed before the table is consulted.
            "QUIT" => self.version() >= (7, 0),
            // Replaced by LCS.
            "STRALGO" => self.version() < (7, 0),
            // Experimental: compiled in, but neither listed nor accepted.
            "SFLUSH" => false,
            // Subcommands are listed since 7.0.
            _ => self.version() >= (7, 0) || !name.contains(' '),
        }
    }
}

impl Row {
    /// Whether a server of this kind has the command.
    pub fn is_in(&self, kind: ServerKind) -> bool {
        let since = match kind.product() {
            Product::Redis => self.redis,
            Product::Valkey => self.valkey,
        };
        since.is_some_and(|since| since <= kind.version())
    }

    fn compare(&self, kind: ServerKind, spec: &Spec, differences: &mut Vec<String>) {
        let mut differ = |what: &str, ours: String, theirs: String| {
            let name = &self.name;
            differences.push(format!("{kind}: {name}: {what} {ours}, the server says {theirs}"));
        };
        let flag = |wanted: &str| spec.flags.iter().any(|flag| flag == wanted);
        let arity = self.exceptions.get(&kind).copied().unwrap_or(self.arity);
        // A module counts its arguments itself and registers every command as "at least one".
        if arity != spec.arity && !flag("module") {
            differ("arity", arity.to_string(), spec.arity.to_string());
        }
        // Where COMMAND lists no subcommands, a container has their flags and keys.
        if kind.version() < (7, 0) && self.name == "XGROUP" {
            return;
        }
        if flag("write") && self.class == "inert" {
            differ("class", self.class.clone(), "write".to_owned());
        }
        match key_range(&self.keys) {
            Some(range) if range != spec.keys => {
                differ("keys", self.keys.clone(), format!("{:?}", spec.keys));
            }
            None if self.keys != "-" && !flag("movablekeys") => {
                differ("keys", self.keys.clone(), "a plain range".to_owned());
            }
            None if flag("write") && self.keys == "-" && spec.keys.0 != 0 => {
                differ("keys", "none".to_owned(), format!("{:?}", spec.keys));
            }
            _ => {}
        }
    }
}

/// First key, last key and step of a rule that is a plain range: `1`, `1..-1`, `1..-1/2`.
fn key_range(rule: &str) -> Option<(i64, i64, i64)> {
    let (range, step) = match rule.split_once('/') {
        Some((range, step)) => (range, step.parse().ok()?),
        None => (rule, 1),
    };
    let (first, last) = range.split_once("..").unwrap_or((range, range));
    Some((first.parse().ok()?, last.parse().ok()?, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "command\tredis\tvalkey\tarity\tkeys\tclass\tlog\treplay\n\
        DEL\t1.0\t7.2\t-2\t1..-1\tsplit\tverbatim\texact\n\
        EXPIRE\t1.0\t7.2\t-3 redis:6.2=3\t1\tsingle\trewritten\tclock\n\
        HGETDEL\t8.0\t9.1\t-5\t1\tsingle\trewritten\texact\n\
        VADD\t8.0\t-\t-5\t1\tsingle\tverbatim\tchance\n\
        ZMPOP\t7.0\t7.2\t-4\t@1:2\ttie\trewritten\texact\n";

    fn spec(arity: i64, flags: &[&str], keys: (i64, i64, i64)) -> Spec {
        Spec { arity, flags: flags.iter().map(ToString::to_string).collect(), keys }
    }

    fn differences(kind: ServerKind, specs: &[(&str, Spec)]) -> Vec<String> {
        let specs = specs.iter().map(|(name, spec)| ((*name).to_owned(), spec.clone())).collect();
        compare(&read_table(TABLE).expect("a table"), kind, &specs)
    }

    #[test]
    fn a_table_that_agrees_has_no_differences() {
        let old =
            [("DEL", spec(-2, &["write"], (1, -1, 1))), ("EXPIRE", spec(3, &["write"], (1, 1, 1)))];
        assert_eq!(differences(ServerKind::Redis62, &old), [""; 0]);
        let new = [
            ("DEL", spec(-2, &["write"], (1, -1, 1))),
            ("EXPIRE", spec(-3, &["write"], (1, 1, 1))),
            ("HGETDEL", spec(-5, &["write"], (1, 1, 1))),
            ("VADD", spec(-1, &["write", "module"], (1, 1, 1))),
            ("ZMPOP", spec(-4, &["write", "movablekeys"], (0, 0, 0))),
        ];
        assert_eq!(differences(ServerKind::Redis82, &new), [""; 0]);
    }

    #[test]
    fn every_kind_of_difference_is_told() {
        let specs = [
            ("DEL", spec(-3, &["write"], (1, 1, 1))),
            ("HGETDEL", spec(-5, &["write"], (1, 1, 1))),
            ("ZMPOP", spec(-4, &["write"], (1, 1, 1))),
            ("NEW", spec(1, &[], (0, 0, 0))),
        ];
        assert_eq!(
            differences(ServerKind::Valkey81, &specs),
            [
                "valkey-8.1: DEL: arity -2, the server says -3",
                "valkey-8.1: DEL: keys 1..-1, the server says (1, 1, 1)",
                "valkey-8.1: EXPIRE is missing in the server",
                "valkey-8.1: HGETDEL exists in the server already",
                "valkey-8.1: ZMPOP: keys @1:2, the server says a plain range",
                "valkey-8.1: NEW is missing in the table",
            ]
        );
    }

    #[test]
    fn a_line_that_is_no_row_is_named() {
        let error = read_table("head\nDEL\t1.0\n").expect_err("two cells");
        assert_eq!(error, "no row: DEL\t1.0");
        assert!(read_table("head\nDEL\t1.0\t7.2\t-2 redis:1.0=3\t1\tsplit\tx\ty\n").is_err());
    }
}
