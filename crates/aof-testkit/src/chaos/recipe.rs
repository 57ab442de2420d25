//! How the arguments of a command are made up.

use super::draw::Draw;
use crate::argv::Argv;

/// One command.
#[derive(Debug)]
pub(super) struct Recipe {
    /// As in the command table.
    pub(super) name: &'static str,
    /// How often it is sent, beside others.
    pub(super) weight: u64,
    /// Whether its arguments must not be spoiled: it might wait for ever, or something might expire meanwhile.
    pub(super) is_rigid: bool,
    /// Whether only the server that executes it knows what it does.
    pub(super) is_opaque: bool,
    /// What stands behind the name.
    pub(super) make: fn(&mut Draw) -> Argv,
}

/// A command that takes any arguments.
pub(super) const fn plain(name: &'static str, weight: u64, make: fn(&mut Draw) -> Argv) -> Recipe {
    Recipe { name, weight, is_rigid: false, is_opaque: false, make }
}

/// A command that waits, or says when something expires.
pub(super) const fn rigid(name: &'static str, weight: u64, make: fn(&mut Draw) -> Argv) -> Recipe {
    Recipe { is_rigid: true, ..plain(name, weight, make) }
}

/// A command whose effect only the server knows.
pub(super) const fn opaque(name: &'static str, weight: u64, make: fn(&mut Draw) -> Argv) -> Recipe {
    Recipe { is_opaque: true, ..rigid(name, weight, make) }
}
