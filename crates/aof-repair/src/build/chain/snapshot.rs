//! An RDB file that is repaired by itself, and what can take the place of an empty one.

use aof_log::Format;
use aof_log::inventory::Inventory;
use aof_log::names::Named;
use aof_log::survey::Role;
use aof_rdb::Checksum;

use super::{Chosen, alone};
use crate::build::{View, rdb};
use crate::plan::{Plan, Unresolved};

/// The name that servers give to it, unless they are told otherwise.
const USUAL: &[u8] = b"dump.rdb";

/// A temporary file of a save or a transfer that holds keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandIn {
    /// Its place in the inventory.
    pub file: usize,
    /// Keys in it that can be read.
    pub keys: u64,
    /// Whether all of it is there.
    pub is_whole: bool,
}

/// The temporary file that could take the place of an empty RDB file beside it: one that is whole, or else the one that
/// holds most.
pub fn stand_in(inventory: &Inventory) -> Option<StandIn> {
    let is_temporary =
        |name: &[u8]| matches!(Named::of(name), Named::TempRdb { .. } | Named::TempTransfer { .. });
    let files = inventory.files.iter().enumerate();
    let found = files.filter(|(_, file)| is_temporary(&file.name)).filter_map(|(index, file)| {
        let content = file.content.as_ref().filter(|content| content.log.is_none())?;
        let rdb = content.rdb.as_ref()?;
        let is_whole = rdb.defect.is_none() && !matches!(rdb.checksum, Checksum::Wrong { .. });
        Some(StandIn { file: index, keys: rdb.keys, is_whole })
    });
    found.filter(|found| found.keys > 0).max_by_key(|found| (found.is_whole, found.keys))
}

/// One that was named.
pub(super) fn by_itself(view: &View<'_>, file: usize, plan: &mut Plan) -> Chosen {
    let Some(content) = view.content(file) else { return Chosen::default() };
    let why = match content.format {
        Format::Empty => Some(
            "nothing stands in it; if a temporary file of a save lies beside it, name the folder, and that one is used",
        ),
        _ => rdb::incurable(content),
    };
    if let Some(why) = why {
        leave(view, file, why, plan);
    }
    if rdb::is_damaged(content) && why.is_none() { alone(file) } else { Chosen::default() }
}

/// Says why a file is left as it is.
pub(in crate::build) fn leave(view: &View<'_>, file: usize, why: &str, plan: &mut Plan) {
    for placed in view.damage().filter(|placed| placed.file == Some(file)) {
        let left = Unresolved { finding: placed.finding.id.to_string(), why: why.to_owned() };
        if !plan.unresolved.contains(&left) {
            plan.unresolved.push(left);
        }
    }
}

/// One of a data folder that is damaged or empty: the one that servers load, or else the first.
pub(in crate::build) fn choose(view: &View<'_>) -> Option<Chosen> {
    let parts = view.survey.parts.iter().filter(|part| part.role == Role::Rdb);
    let mut all: Vec<usize> = parts.filter_map(|part| part.file).collect();
    all.sort_by_key(|file| view.inventory.files[*file].name != USUAL);
    all.into_iter().find_map(|file| {
        let content = view.content(file)?;
        match content.format {
            Format::Empty => {
                let used = stand_in(view.inventory)?.file;
                Some(Chosen { stands_in_for: Some(file), ..alone(used) })
            }
            _ if rdb::is_damaged(content) && rdb::incurable(content).is_none() => Some(alone(file)),
            _ => None,
        }
    })
}
