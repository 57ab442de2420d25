//! `rename-command`: which command answers to which name.

use std::collections::BTreeMap;

use aof_resp::Table;

/// The names as they have become, line by line.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Names in upper case that mean something else than in the table: a command of the table, or nothing.
    meaning: BTreeMap<Vec<u8>, Option<&'static str>>,
    /// Commands that were renamed, and what they are called.
    called: BTreeMap<&'static str, Vec<u8>>,
}

/// Why servers refuse a renaming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadName {
    /// No command is called so.
    Unknown,
    /// A command is called so already.
    Taken,
}

impl Names {
    /// Gives the command that is called `from` now the name `to`, or no name if that is empty.
    pub(super) fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), BadName> {
        let from = from.to_ascii_uppercase();
        let upper = to.to_ascii_uppercase();
        let command = self.command(&from).ok_or(BadName::Unknown)?;
        let stays = upper == from;
        if !upper.is_empty() && !stays && self.command(&upper).is_some() {
            return Err(BadName::Taken);
        }
        self.meaning.insert(from, None);
        if !upper.is_empty() {
            self.meaning.insert(upper, Some(command));
        }
        self.called.insert(command, to.to_vec());
        Ok(())
    }

    fn command(&self, name: &[u8]) -> Option<&'static str> {
        match self.meaning.get(name) {
            Some(meaning) => *meaning,
            None => Table::get()
                .lookup(name)
                .map(aof_resp::Command::name)
                .filter(|name| !name.contains(' ')),
        }
    }

    /// The commands that are called otherwise than in the table, and their new names.
    pub(super) fn renamed(&self) -> Vec<(String, String)> {
        let other =
            |(command, name): &(&&str, &Vec<u8>)| !command.as_bytes().eq_ignore_ascii_case(name);
        let called = self.called.iter().filter(other);
        called
            .map(|(command, name)| {
                ((*command).to_owned(), String::from_utf8_lossy(name).into_owned())
            })
            .collect()
    }
}
