//! The commands of a server as its loader looks them up.

use aof_resp::{Command, Head, Table};

use crate::forecast::Conf;
use crate::server::{Server, is_hazardous};

/// What a server makes of the name of a record.
pub(super) enum Found {
    /// It runs or queues this command.
    Command(&'static Command),
    /// It has no such command.
    Unknown,
    /// A module may have brought it.
    Module,
}

/// What happens when a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// It runs, and may fail; the loader goes on.
    Runs,
    /// The loader refuses it before.
    Refuses,
    /// The server crashes if it stands in a transaction.
    CrashesInGroup,
    /// Nobody knows.
    Unknown,
}

/// The commands of one server.
pub(super) struct Lookup<'c> {
    server: Server,
    label: String,
    conf: &'c Conf,
}

impl<'c> Lookup<'c> {
    pub(super) fn new(server: Server, conf: &'c Conf) -> Self {
        Self { server, label: server.to_string(), conf }
    }

    pub(super) const fn server(&self) -> Server {
        self.server
    }

    /// Whether names in a log may mean something else than they say.
    pub(super) const fn has_renamed(&self) -> bool {
        !self.conf.renamed.is_empty()
    }

    /// Finds the command of a record.
    pub(super) fn find(&self, head: &Head<'_>) -> Found {
        let Some(name) = self.original(head.name) else {
            return Found::Unknown;
        };
        // The table has subcommands under both words; no server has a name with a blank in it.
        let container = Table::get().lookup(name).filter(|_| !name.contains(&b' '));
        let command = Table::get().resolve(&Head { name, ..*head });
        let command = match self.server.looks_up_subcommands() {
            true => container.and(command),
            false => container.map(|container| command.unwrap_or(container)),
        };
        match command.filter(|command| self.knows(command)) {
            Some(command) => Found::Command(command),
            None if self.conf.modules && name.contains(&b'.') => Found::Module,
            None => Found::Unknown,
        }
    }

    /// The name in the table of what `rename-command` gave this name; nothing if it took the name away.
    fn original<'a>(&'a self, name: &'a [u8]) -> Option<&'a [u8]> {
        let is = |text: &str| text.as_bytes().eq_ignore_ascii_case(name);
        let renamed = &self.conf.renamed;
        match renamed.iter().find(|(_, new)| !new.is_empty() && is(new)) {
            Some((old, _)) => Some(old.as_bytes()),
            None => (!renamed.iter().any(|(old, _)| is(old))).then_some(name),
        }
    }

    /// What running a command with so many arguments comes to.
    pub(super) fn run(&self, command: &Command, argc: u32) -> Run {
        if command.is_everywhere() && command.accepts(argc) {
            return Run::Runs;
        }
        let (fewest, most) = command.arity_on(&self.label);
        match command.name() {
            _ if self.server.checks_arity() && !(fewest..=most).contains(&argc) => Run::Refuses,
            // It runs the command on arguments that are not there; one too many is passed over.
            _ if argc < fewest => Run::Unknown,
            "DISCARD" => Run::CrashesInGroup,
            _ if is_hazardous(command) => Run::Unknown,
            _ => Run::Runs,
        }
    }

    /// Whether the server has the command that the table calls so, under this name.
    pub(super) fn has(&self, name: &str) -> bool {
        Table::get().lookup(name.as_bytes()).is_some_and(|row| self.knows(row))
    }

    /// Whether the loader takes every record of the command that the table calls so, if its number of arguments
    /// is one that some server accepts.
    pub(super) fn takes(&self, name: &str) -> bool {
        Table::get().lookup(name.as_bytes()).is_some_and(|row| {
            let is_harmless = !is_hazardous(row) && row.name() != "DISCARD";
            self.knows(row) && is_harmless && row.has_one_arity()
        })
    }

    /// Where subcommands are not looked up, the container is all that must be there.
    fn knows(&self, command: &Command) -> bool {
        match command.name().split_once(' ') {
            Some((container, _)) if !self.server.looks_up_subcommands() => self.has(container),
            _ => self.server.knows(command),
        }
    }
}
