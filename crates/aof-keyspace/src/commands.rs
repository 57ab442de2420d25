//! The commands, family by family.

mod bits;
mod copies;
mod functions;
mod geo;
mod hashes;
mod hll;
mod keys;
mod lists;
mod server;
mod sets;
mod sort;
mod streams;
mod strings;
mod zsets;

use std::sync::OnceLock;

use aof_resp::{Command, Table};

use crate::call::Handler;

/// What executes the command of this row.
#[inline]
pub(crate) fn handler(row: &Command) -> Option<Handler> {
    static HANDLERS: OnceLock<Vec<Option<Handler>>> = OnceLock::new();
    let handlers = HANDLERS
        .get_or_init(|| Table::get().commands().iter().map(|row| named(row.name())).collect());
    *handlers.get(row.index())?
}

/// What executes the command of this name, in capitals; that of a subcommand with its container's.
fn named(name: &str) -> Option<Handler> {
    FAMILIES.iter().find_map(|family| {
        let place = family.binary_search_by_key(&name, |(name, _)| name).ok()?;
        Some(family[place].1)
    })
}

/// Commands by name, in order.
type Family = &'static [(&'static str, Handler)];

const FAMILIES: [Family; 14] = [
    bits::COMMANDS,
    copies::COMMANDS,
    functions::COMMANDS,
    geo::COMMANDS,
    hashes::COMMANDS,
    hll::COMMANDS,
    keys::COMMANDS,
    lists::COMMANDS,
    server::COMMANDS,
    sets::COMMANDS,
    sort::COMMANDS,
    streams::COMMANDS,
    strings::COMMANDS,
    zsets::COMMANDS,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_in_order_and_no_command_is_in_two() {
        let mut all: Vec<&str> =
            FAMILIES.iter().flat_map(|family| family.iter()).map(|it| it.0).collect();
        for family in FAMILIES {
            assert!(family.is_sorted_by_key(|(name, _)| name));
        }
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
        let table = aof_resp::Table::get();
        assert!(all.iter().all(|name| table.commands().iter().any(|row| row.name() == *name)));
    }
}
