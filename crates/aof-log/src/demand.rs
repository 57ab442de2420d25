//! Commands that not every server takes: what a loader must be asked about; and those that connect keys.

use aof_resp::{Class, Command};

/// A command that not every server from Redis 5.0 on, and not every Valkey, has, or that no server logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Its name in capitals, a subcommand's with that of its container.
    pub command: &'static str,
    /// Where the first record of it begins.
    pub offset: u64,
    /// How many records of it were read, those included that damage behind them took back.
    pub count: u64,
}

/// What a scan notes, one entry a command, by the offset of the first record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Demands {
    all: Vec<Demand>,
    /// Whether a command moves data from one key to another.
    pub(crate) ties: bool,
}

impl Demands {
    /// Notes a record that begins at `offset`, behind all that were noted, if not every server takes it or if it connects
    /// keys.
    pub(crate) fn note(&mut self, command: &'static Command, offset: u64) {
        self.ties |= command.class() == Class::Tie;
        if !command.is_everywhere() {
            self.merge(Demand { command: command.name(), offset, count: 1 });
        }
    }

    /// Adds what was noted behind everything that is here.
    pub(crate) fn append(&mut self, later: &mut Self) {
        self.ties |= later.ties;
        for demand in later.all.drain(..) {
            self.merge(demand);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.all.clear();
        self.ties = false;
    }

    pub(crate) fn into_vec(self) -> Vec<Demand> {
        self.all
    }

    fn merge(&mut self, later: Demand) {
        // Rows have one name each, so the same text is the same place, and usually the entry in front.
        match self.all.iter_mut().find(|known| known.command == later.command) {
            Some(known) => known.count += later.count,
            None => self.all.push(later),
        }
    }
}

#[cfg(test)]
mod tests {
    use aof_resp::Table;

    use super::*;

    fn row(name: &str) -> &'static Command {
        Table::get().lookup(name.as_bytes()).expect("a row")
    }

    #[test]
    fn each_command_is_noted_once_with_its_first_place() {
        let mut demands = Demands::default();
        for (name, offset) in [("COPY", 7), ("SET", 9), ("HSETEX", 20), ("COPY", 31)] {
            demands.note(row(name), offset);
        }
        let mut later = Demands::default();
        later.note(row("HSETEX"), 40);
        later.note(row("GET"), 50);
        assert!(demands.ties && !later.ties, "COPY is of two keys");
        demands.append(&mut later);
        let noted: Vec<_> =
            demands.into_vec().iter().map(|one| (one.command, one.offset, one.count)).collect();
        assert_eq!(noted, [("COPY", 7, 2), ("HSETEX", 20, 2), ("GET", 50, 1)]);
    }
}
