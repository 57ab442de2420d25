//! Strings that estimate how many different elements were added: HyperLogLog.

use super::Family;

pub(super) const COMMANDS: Family = &[];
