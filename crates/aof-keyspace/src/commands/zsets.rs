//! Sorted sets.

use super::Family;

pub(super) const COMMANDS: Family = &[];
