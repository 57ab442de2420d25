//! Sets.

use super::Family;

pub(super) const COMMANDS: Family = &[];
