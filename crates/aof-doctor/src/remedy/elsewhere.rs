//! Where better data may be than in what was checked.

use aof_log::{Finding, FindingId, Remedy};

use super::cure;
use crate::report::Report;

/// Where to look for later data before anything is done to these; nothing where no data are at stake. Safe to print
/// but for what a configuration says.
pub(crate) fn later_data(report: &Report) -> Option<String> {
    let is_lost = report.damage().any(|placed| loses_data(&placed.finding));
    if !is_lost && report.do_not_start.is_none() {
        return None;
    }
    let this = if report.is_folder() { "these files" } else { "this file" };
    Some(match &report.replica_of {
        Some(primary) => format!(
            "this server is a replica of {primary}: its primary, if it is up, holds later data and beats {this}; look \
             there before anything is cut."
        ),
        None => format!(
            "before anything is cut, look for a replica that is still up or a backup with later data: either beats \
             {this}."
        ),
    })
}

/// Whether something that was written is not there any more, or cannot be read. What a text-mode copy changed, and
/// what is no log at all, is all there.
fn loses_data(finding: &Finding) -> bool {
    let is_cured_by_less = matches!(
        cure(finding),
        Remedy::CutTail | Remedy::Salvage | Remedy::Rebuild | Remedy::FetchAgain
    );
    let loss = &finding.loss;
    is_cured_by_less || loss.bytes > 0 || loss.commands.max > 0 || finding.id == FindingId::RdbEmpty
}
