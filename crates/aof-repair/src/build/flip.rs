//! RDB files in which one bit was flipped: it is turned back, and nothing else is changed.

use aof_log::FindingId;
use aof_log::inventory::Scope;
use aof_log::survey::Role;
use aof_rdb::Flip;

use super::{Goal, View};
use crate::error::RepairError;
use crate::name::Name;
use crate::plan::{Action, Piece, Plan, Unresolved};
use crate::seen::Seen;

/// Plans this, if a file that a server would load has such a bit; other damage is for the repair after that.
pub(super) fn plan(
    view: &View<'_>,
    goal: Goal,
    mut plan: Plan,
) -> Result<Option<Plan>, RepairError> {
    let flips = flips(view);
    if flips.is_empty() {
        return Ok(None);
    }
    if goal == Goal::Copy && view.inventory.scope != Scope::File {
        let why = "a bit is turned back in the place of the file, or in a copy of this file alone: name it, and not its folder";
        plan.unresolved.push(unresolved(FindingId::RdbCrcBitflip, why));
        return Ok(Some(plan));
    }
    for (file, flip) in flips {
        let source = view.name(file);
        let byte = byte_at(view, file, flip.at)?;
        let right = byte ^ 1 << flip.bit;
        let recipe = recipe(view, file, flip.at, right);
        plan.inputs.push(Seen::now(view.root, &source)?);
        plan.notes.push(format!(
            "byte {} of {source} becomes 0x{right:02x} again; it is 0x{byte:02x}",
            flip.at
        ));
        plan.actions.push(match goal {
            Goal::Copy => {
                let target = Name(view.inventory.files[file].name.clone());
                Action::Write { file: target, recipe, replaces: None, like: Some(source) }
            }
            Goal::InPlace => Action::Replace { file: source, recipe },
        });
    }
    let others = view.damage().filter(|placed| placed.finding.id != FindingId::RdbCrcBitflip);
    let why = "the bit comes first; check again when it is turned back";
    plan.unresolved.extend(others.map(|placed| unresolved(placed.finding.id, why)));
    plan.unresolved.dedup();
    Ok(Some(plan))
}

fn unresolved(finding: FindingId, why: &str) -> Unresolved {
    Unresolved { finding: finding.to_string(), why: why.to_owned() }
}

/// The files that a server would load, and the bit in each.
fn flips(view: &View<'_>) -> Vec<(usize, Flip)> {
    let is_loaded = |role| matches!(role, Role::Base | Role::Single | Role::Rdb);
    let loaded = view.survey.parts.iter().filter(|part| is_loaded(part.role));
    let flip = |file: usize| Some((file, view.content(file)?.flip?));
    loaded.filter_map(|part| flip(part.file?)).collect()
}

fn byte_at(view: &View<'_>, file: usize, at: u64) -> Result<u8, RepairError> {
    let mut byte = 0;
    view.with_feed(file, |feed| {
        byte = feed.window(at, 1)?.first().copied().unwrap_or_default();
        Ok(())
    })?;
    Ok(byte)
}

/// All bytes of the file, and the one at `at` as it should be.
fn recipe(view: &View<'_>, file: usize, at: u64, right: u8) -> Vec<Piece> {
    let piece = |start, end| Piece::Copy { file: view.name(file), start, end };
    let end = view.inventory.files[file].disk_bytes;
    vec![piece(0, at), Piece::Put { bytes: Name(vec![right]) }, piece(at + 1, end)]
}
