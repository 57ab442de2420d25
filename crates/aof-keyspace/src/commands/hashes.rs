//! Hashes, whose fields may expire by themselves.

use super::Family;

pub(super) const COMMANDS: Family = &[];
