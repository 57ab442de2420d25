//! What a file is to the set, by its name and by where it lies.

use crate::content::Format;
use crate::inventory::{File, Inventory, Place, Scope};
use crate::names::Named;

/// What a file is to the set of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The manifest, in the folder of the set.
    Manifest,
    /// A base; also a file called as the prefix in the folder of the set: an upgrade moved it there.
    Base(i64),
    /// An increment.
    Incr(i64),
    /// A manifest that was not put in its place.
    TempManifest,
    /// Records since the log was switched on.
    TempIncr,
    /// An unfinished rewrite, snapshot or transfer.
    TempFile,
    /// A log in one file, called as the prefix, in the data folder.
    Single,
    /// A log in the data folder under another name.
    OtherLog,
    /// Any other RDB file by name.
    Rdb,
    /// A manifest of another prefix.
    OtherManifest(Vec<u8>),
    /// A part of another prefix.
    OtherPart(Vec<u8>),
    /// Something else.
    Other,
}

pub(super) fn kind_of(inventory: &Inventory, file: &File) -> Kind {
    if inventory.scope == Scope::File {
        let is_rdb = file.content.as_ref().is_some_and(|content| content.format == Format::Rdb);
        return if is_rdb { Kind::Rdb } else { Kind::Single };
    }
    let is_data = file.place == Place::Data;
    if file.name == inventory.prefix {
        return if is_data { Kind::Single } else { Kind::Base(1) };
    }
    let own = |prefix: &[u8]| prefix == inventory.prefix;
    match Named::of(&file.name) {
        Named::Manifest { prefix } if own(prefix) && !is_data => Kind::Manifest,
        Named::Base { prefix, seq, .. } if own(prefix) => Kind::Base(seq),
        Named::Incr { prefix, seq } if own(prefix) => Kind::Incr(seq),
        Named::TempManifest { .. } => Kind::TempManifest,
        Named::TempIncr { .. } => Kind::TempIncr,
        Named::TempRewrite { .. } | Named::TempRdb { .. } | Named::TempTransfer { .. } => {
            Kind::TempFile
        }
        Named::Manifest { prefix } if !is_data => Kind::OtherManifest(prefix.to_vec()),
        Named::Base { prefix, .. } | Named::Incr { prefix, .. } if !is_data => {
            Kind::OtherPart(prefix.to_vec())
        }
        Named::Rdb => Kind::Rdb,
        Named::Aof if is_data => Kind::OtherLog,
        _ => Kind::Other,
    }
}
