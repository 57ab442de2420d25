//! Streams, and groups that read them.

use super::Family;

pub(super) const COMMANDS: Family = &[];
