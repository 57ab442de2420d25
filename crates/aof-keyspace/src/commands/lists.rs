//! Lists.

use super::Family;

pub(super) const COMMANDS: Family = &[];
