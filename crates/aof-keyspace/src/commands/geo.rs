//! Places on the earth, which are scores of sorted sets.

use super::Family;

pub(super) const COMMANDS: Family = &[];
