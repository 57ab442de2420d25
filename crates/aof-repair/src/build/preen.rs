//! What can be cured without a thought: NUL bytes behind the last record, and offsets that nothing relies on.

use aof_log::manifest;
use aof_log::selection::{Choice, Mode, select};
use aof_log::{CommandRange, FindingId};

use super::{Chosen, Goal, View, contents, costs, files};
use crate::error::RepairError;
use crate::plan::{Action, Plan, Unresolved};

/// Plans this, and nothing else: where anything else is damaged, nothing is done at all.
pub(super) fn plan(view: &View<'_>, chosen: &Chosen, mut plan: Plan) -> Result<Plan, RepairError> {
    let choice = Choice { mode: Mode::Salvage, keeps_uncommitted: false };
    let selection = select(&contents(view, chosen), choice);
    let is_padding = |finding: FindingId, commands: CommandRange| {
        matches!(finding, FindingId::AofTailNul | FindingId::RdbTrailingNul) && commands.min == 0
    };
    let last = selection.parts.len().saturating_sub(1);
    let is_harmless = !chosen.is_rebuilt
        && !super::leaves_nothing(view, chosen, &selection)
        && selection
            .left_out()
            .all(|(part, out)| part == last && is_padding(out.finding, out.commands))
        && view.damage().all(|placed| {
            let finding = &placed.finding;
            is_padding(finding.id, finding.loss.commands)
        });
    if !is_harmless {
        let others = view.damage().map(|placed| placed.finding.id.to_string());
        let why = "--preen cures padding and stale offsets only, and nothing where there is more";
        plan.unresolved.extend(others.map(|finding| Unresolved { finding, why: why.to_owned() }));
        plan.unresolved.dedup();
        return Ok(plan);
    }
    files::write(view, Goal::InPlace, chosen, &selection, &mut plan);
    let cuts = plan
        .actions
        .extract_if(.., |action| matches!(action, Action::Cut { .. }))
        .collect::<Vec<_>>();
    plan.actions = offsets(view, chosen, !cuts.is_empty()).into_iter().chain(cuts).collect();
    costs::add(view, chosen, &selection, &mut plan)?;
    Ok(plan)
}

/// The manifest as it is, but for the offset of the end of a part that is cut, or that contradicts others.
fn offsets(view: &View<'_>, chosen: &Chosen, is_cut: bool) -> Option<Action> {
    let (file, read) = view.inventory.manifest.as_ref()?;
    let is_wrong =
        view.findings.iter().any(|placed| placed.finding.id == FindingId::PartOffsetRange);
    let mut text = read.manifest.clone();
    let ends = text.entries.iter_mut().filter_map(|entry| entry.end_offset.take()).count();
    ((is_cut || is_wrong) && ends > 0).then(|| Action::Manifest {
        file: view.name(*file),
        text: crate::name::Name(manifest::write(&text)),
        like: chosen.files.last().map(|file| view.name(*file)),
    })
}
