//! Strings as bits, and as numbers in them.

use super::Family;

pub(super) const COMMANDS: Family = &[];
