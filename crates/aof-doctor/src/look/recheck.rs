//! The second look at a long log whose end was cut in place.
//!
//! All of it was read a moment ago, and the repair made sure that it had not changed before it cut. So only what the cut
//! may have changed is read again: the length, and the bytes before it. Whatever else was found before the cut stands.

use aof_log::survey::{Placed, survey};
use aof_log::{Content, Diagnosis, Finding, Lost, Sound};
use aof_repair::{Action, Plan, View};

use super::startup::{Asked, after};
use crate::report::{Live, Report};

/// Logs of fewer bytes are read again as a whole.
const LONG: u64 = 64 << 20;

/// What the files come to after this plan was applied; nothing if they must be read to tell.
pub(crate) fn after_cut(
    before: &Report,
    view: &View<'_>,
    plan: &Plan,
    asked: &Asked,
) -> Option<Report> {
    let [Action::Cut { from, to, .. }] = &plan.actions[..] else { return None };
    let (cut, rest): (Vec<&Placed>, Vec<&Placed>) =
        before.findings.iter().partition(|placed| is_behind(placed, before, *from, *to));
    let index = cut.first().and_then(|placed| placed.file)?;
    let all_there = cut.iter().all(|placed| placed.file == Some(index));
    if *to < LONG || !all_there || !aof_repair::ends_as_before(view.root, plan) {
        return None;
    }
    let mut inventory = before.inventory.clone();
    let file = inventory.files.get_mut(index)?;
    let uncommitted: u64 =
        plan.left_out.iter().filter(|out| is_whole(&out.finding)).map(|out| out.min_commands).sum();
    file.disk_bytes = *to;
    file.content = Some(cut_to(file.content.as_ref()?, *to, uncommitted));
    let findings: Vec<Placed> = rest.into_iter().cloned().collect();
    let mut report = Report {
        path: before.path.clone(),
        subjects: before.subjects.clone(),
        replica_of: before.replica_of.clone(),
        survey: survey(&inventory),
        startup: after(view, plan, false, asked),
        do_not_start: None,
        total_findings: findings.len() as u64,
        findings,
        assumptions: before.assumptions.clone(),
        live: Live::No,
        verdict: before.verdict,
        deep: None,
        took: before.took,
        dumps: Vec::new(),
        inventory,
    };
    report.judge();
    Some(report)
}

/// Whether a finding is about bytes that are cut off.
fn is_behind(placed: &Placed, before: &Report, from: u64, to: u64) -> bool {
    let is_cut = |file: usize| before.inventory.files[file].disk_bytes == from;
    placed.file.is_some_and(is_cut) && placed.has_place() && placed.finding.offset >= to
}

/// Records of an open transaction are whole, and were counted.
fn is_whole(finding: &str) -> bool {
    finding == aof_log::FindingId::AofMultiOpen.as_str()
}

fn cut_to(content: &Content, to: u64, uncommitted: u64) -> Content {
    let log = content.log.as_ref().map(|log| {
        let commands = log.commands.saturating_sub(uncommitted);
        Diagnosis {
            bytes: to,
            commands,
            checkpoint: to,
            end_checkpoint: to,
            findings: until(&log.findings, to),
            lost: Lost::default(),
            sound: Sound { end: to, commands },
            outline: None,
            ..log.clone()
        }
    });
    let findings = until(&content.findings, to);
    Content { bytes: to, log, total_findings: findings.len() as u64, findings, ..content.clone() }
}

fn until(findings: &[Finding], to: u64) -> Vec<Finding> {
    findings.iter().filter(|finding| finding.offset < to).cloned().collect()
}
