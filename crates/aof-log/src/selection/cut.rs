//! Leaving out everything from the first damage on.

use super::{Kept, LeftOut, Selected, Selection, is_damage};
use crate::finding::{CommandRange, FindingId, Keys};

/// The same selection, cut where something is left out for the first time; never inside a transaction.
pub(super) fn behind_first_damage(selection: Selection) -> Selection {
    let mut cause = None;
    let parts = selection.parts.into_iter();
    let parts = parts.map(|selected| match cause {
        Some(finding) => without(selected, finding),
        None => {
            let (selected, found) = cut(selected);
            cause = found;
            selected
        }
    });
    Selection { parts: parts.collect() }
}

/// Cuts a part at its first damage, and tells what that is. What takes no effect is left out without a cut.
fn cut(selected: Selected) -> (Selected, Option<FindingId>) {
    let damage = |out: &&LeftOut| is_damage(out.finding);
    let Some(first) = selected.left_out.iter().find(damage) else {
        return (selected, None);
    };
    let (at, finding) = (first.start, first.finding);
    let (mut kept, behind): (Vec<Kept>, Vec<Kept>) =
        selected.kept.into_iter().partition(|kept| kept.start < at);
    let mut left_out = selected.left_out;
    // A transaction that the damage interrupts stands in a stretch of its own, and goes with the damage.
    while let Some(begun) = kept.pop_if(|kept| kept.is_begun) {
        left_out.push(readable(begun, finding));
    }
    left_out.extend(behind.into_iter().map(|kept| readable(kept, finding)));
    left_out.sort_by_key(|out| out.start);
    (Selected { kept, left_out }, Some(finding))
}

/// Nothing of a part that stands behind the damage.
fn without(selected: Selected, finding: FindingId) -> Selected {
    let mut left_out = selected.left_out;
    left_out.extend(selected.kept.into_iter().map(|kept| readable(kept, finding)));
    left_out.sort_by_key(|out| out.start);
    Selected { kept: Vec::new(), left_out }
}

fn readable(kept: Kept, finding: FindingId) -> LeftOut {
    LeftOut {
        start: kept.start,
        end: kept.end,
        finding,
        commands: CommandRange::exactly(kept.records),
        keys: Keys::default(),
        seconds: None,
        is_readable: true,
    }
}
