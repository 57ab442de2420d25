//! Libraries of functions.

use super::Family;

pub(super) const COMMANDS: Family = &[];
