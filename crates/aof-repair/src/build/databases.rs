//! To which databases records belong whose `SELECT` a gap took away.

use std::collections::BTreeSet;

use aof_log::databases::Known;
use aof_log::selection::{Kept, Selected, Selection};

use super::{Chosen, View};
use crate::error::RepairError;

/// Gives records behind gaps to databases. If the whole log names one, they belong there.
pub(super) fn settle(
    view: &View<'_>,
    chosen: &Chosen,
    selection: &mut Selection,
) -> Result<(), RepairError> {
    let is_assumed = |selected: &Selected| selected.kept.iter().any(|kept| kept.is_assumed);
    if databases(view, chosen).len() <= 1 || !selection.parts.iter().any(is_assumed) {
        return Ok(());
    }
    let mut known = Known::default();
    for (file, selected) in chosen.files.iter().zip(&selection.parts) {
        for kept in selected.kept.iter().filter(|kept| kept.is_assumed) {
            view.with_feed(*file, |mut feed| known.want(&mut feed, kept))?;
        }
    }
    for (file, selected) in chosen.files.iter().zip(&mut selection.parts) {
        let dbs = view.content(*file).and_then(|content| content.rdb.as_ref());
        for db in dbs.iter().flat_map(|rdb| &rdb.dbs).filter(|db| db.keys > 0) {
            known.add_unnamed(u32::try_from(db.number).unwrap_or(u32::MAX));
        }
        let records_from = view.content(*file).map_or(0, aof_log::Content::records_from);
        let rows: Vec<Kept> = std::mem::take(&mut selected.kept);
        view.with_feed(*file, |mut feed| {
            let (mut db, mut is_open) = (0, false);
            for kept in &rows {
                let kept = Kept { is_reopened: kept.is_reopened || is_open, ..*kept };
                is_open = false;
                if kept.is_assumed {
                    is_open = known.assign(&mut feed, &kept, selected)?;
                    continue;
                }
                if kept.end > records_from {
                    known.learn(&mut feed, &kept, &mut db)?;
                }
                selected.kept.push(kept);
            }
            Ok(())
        })?;
        selected.left_out.sort_by_key(|out| out.start);
    }
    Ok(())
}

/// All databases that the base and the records name.
fn databases(view: &View<'_>, chosen: &Chosen) -> BTreeSet<u64> {
    let contents = chosen.files.iter().filter_map(|file| view.content(*file));
    let mut all = BTreeSet::new();
    for content in contents {
        if let Some(log) = &content.log {
            all.extend(log.databases.iter().map(|db| u64::from(*db)));
        }
        let dbs = content.rdb.iter().flat_map(|rdb| &rdb.dbs);
        all.extend(dbs.filter(|db| db.keys > 0).map(|db| db.number));
    }
    all
}
