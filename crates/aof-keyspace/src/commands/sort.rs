//! SORT with STORE.

use super::Family;

pub(super) const COMMANDS: Family = &[];
