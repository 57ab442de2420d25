//! From what is in the files to a report: what they come to together, and what servers would do with them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use aof_log::inventory::{File, Inventory};
use aof_log::manifest;
use aof_log::survey::{Placed, Role, survey};
use aof_log::{Finding, Severity};
use aof_source::{Access, Feed, Part};

use super::examine::Examined;
use super::flight::Writers;
use super::startup::{self, Asked};
use super::target::{Candidate, Target};
use crate::report::{Live, Report, Subject};
use crate::verdict::Verdict;

/// Puts together what was found in the files and around them.
pub(super) fn conclude(
    path: &Path,
    mut target: Target,
    mut examined: Vec<Examined>,
    writers: Writers,
    asked: &Asked,
) -> (Report, Vec<Candidate>) {
    for (index, examined) in examined.iter_mut().enumerate() {
        writers.excuse(index, examined);
    }
    let of_files: Vec<Vec<Finding>> =
        examined.iter_mut().map(|examined| std::mem::take(&mut examined.findings)).collect();
    let subjects = target.files.iter().zip(&examined).map(subject).collect();
    let inventory = inventory(&mut target, examined);
    let survey = survey(&inventory);
    let startup = startup::foretell(&inventory, &mut target.files, asked);
    let mut report = Report {
        path: path.to_path_buf(),
        subjects,
        do_not_start: startup::warning(&startup, &inventory, asked),
        replica_of: asked.conf.replica_of.clone(),
        startup,
        findings: Vec::new(),
        total_findings: 0,
        assumptions: assumptions(&target, &inventory, asked),
        live: writers.live,
        verdict: Verdict::Clean,
        deep: None,
        took: Duration::ZERO,
        dumps: Vec::new(),
        inventory,
        survey,
    };
    gather(&mut report, of_files, writers, asked);
    report.judge();
    (report, target.files)
}

fn subject((file, examined): (&Candidate, &Examined)) -> Subject {
    let is_repeatable = match &file.input {
        Ok(input) => input.path().is_some() && input.meta().bytes.is_some(),
        Err(_) => true,
    };
    Subject {
        path: file.path.clone(),
        shown: file.shown.clone(),
        container: examined.container,
        kind: examined.kind.clone(),
        is_repeatable,
    }
}

fn inventory(target: &mut Target, examined: Vec<Examined>) -> Inventory {
    let manifest = target.manifest.and_then(|index| {
        let bytes = manifest_bytes(target.files.get_mut(index)?)?;
        Some((index, manifest::read(&bytes)))
    });
    let files = target.files.iter().zip(examined).map(|(file, examined)| File {
        place: file.place,
        name: file.name.clone(),
        disk_name: file.disk_name.clone(),
        disk_bytes: file.disk_bytes,
        modified: modified(file),
        content: examined.content,
        unreadable: file.input.as_ref().err().cloned(),
    });
    Inventory {
        scope: target.scope,
        set_folder: target.set_folder.clone(),
        prefix: target.prefix.clone(),
        files: files.collect(),
        manifest,
    }
}

fn modified(file: &Candidate) -> Option<u64> {
    let modified = file.input.as_ref().ok()?.meta().modified?;
    let since = modified.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

/// All bytes of a manifest, up to a sane length; `None` if it cannot be read.
pub(super) fn manifest_bytes(file: &mut Candidate) -> Option<Vec<u8>> {
    let Ok(Access::Random(part)) = file.input.as_mut().ok()?.access() else { return None };
    let want = usize::try_from(part.len()).unwrap_or(usize::MAX).min(manifest::MAX_BYTES + 1);
    let mut feed = part.feed();
    let window = feed.window(0, want).ok()?;
    Some(window[..window.len().min(want)].to_vec())
}

fn assumptions(target: &Target, inventory: &Inventory, asked: &Asked) -> Vec<String> {
    let logs = inventory.files.iter().filter_map(|file| file.content.as_ref()?.log.as_ref());
    let of_logs: BTreeSet<&String> = logs.flat_map(|log| &log.assumptions).collect();
    let mut all: Vec<String> = of_logs.into_iter().cloned().collect();
    all.extend(target.assumptions.iter().cloned());
    all.extend(asked.assumptions(inventory));
    all
}

/// Brings all findings into the order of the report: the folder, the input, then file by file.
fn gather(report: &mut Report, mut of_files: Vec<Vec<Finding>>, writers: Writers, asked: &Asked) {
    let mut findings = std::mem::take(&mut report.survey.findings);
    findings.extend(startup::findings(&report.startup, &report.inventory, asked));
    for (file, note) in writers.notes {
        of_files[file].push(note);
    }
    let order: BTreeSet<usize> = report.survey.parts.iter().filter_map(|part| part.file).collect();
    let in_order = report.survey.parts.iter().filter_map(|part| part.file);
    let others = (0..of_files.len()).filter(|file| !order.contains(file));
    let mut all: Vec<Placed> = findings.extract_if(.., |placed| placed.file.is_none()).collect();
    let mut unlisted = 0;
    let mut seen = BTreeSet::new();
    for file in others.chain(in_order).filter(|file| seen.insert(*file)) {
        let of_file = std::mem::take(&mut of_files[file]);
        all.extend(of_file.into_iter().map(|finding| Placed::in_file(file, finding)));
        let content = report.inventory.files[file].content.as_ref();
        let inside = content.map(|content| content.findings.clone()).unwrap_or_default();
        let most = most_severe(report, file);
        let mut inside: Vec<Placed> = inside
            .into_iter()
            .map(|finding| Finding { severity: finding.severity.min(most), ..finding })
            .map(|finding| Placed::in_file(file, finding))
            .collect();
        inside.extend(findings.extract_if(.., |placed| placed.file == Some(file)));
        inside.sort_by_key(|placed| placed.finding.offset);
        unlisted += content.map_or(0, |content| {
            content.total_findings.saturating_sub(content.findings.len() as u64)
        });
        all.append(&mut inside);
    }
    report.total_findings = unlisted + all.len() as u64;
    report.findings = all;
}

/// What is wrong inside a file that no server loads does not make the set damaged.
fn most_severe(report: &Report, file: usize) -> Severity {
    let part = report.survey.parts.iter().find(|part| part.file == Some(file));
    match part.map(|part| part.role) {
        Some(Role::Temp | Role::History) => Severity::Note,
        Some(Role::Orphan) => Severity::Attention,
        _ => Severity::Damage,
    }
}

fn verdict(report: &Report) -> Verdict {
    let is_empty = report
        .loaded()
        .all(|content| content.commands() == 0 && content.keys() == 0 && content.functions() == 0);
    let has_grave = report.findings.iter().any(|placed| placed.finding.severity > Severity::Note);
    let findings = report.findings.iter().map(|placed| &placed.finding);
    Verdict::of(findings, is_empty && !has_grave)
}

impl Report {
    /// Settles the verdict on what is found now.
    pub(super) fn judge(&mut self) {
        self.verdict = verdict(self);
    }

    /// Adds what was found in a file later on.
    pub(crate) fn add(&mut self, placed: Placed) {
        let is_before =
            |it: &Placed| it.file == placed.file && it.finding.offset <= placed.finding.offset;
        let at = self.findings.iter().rposition(is_before).map_or(self.findings.len(), |at| at + 1);
        self.total_findings += 1;
        self.findings.insert(at, placed);
        self.judge();
    }

    /// Says that a repair was interrupted.
    pub(super) fn is_interrupted(&mut self, finding: Finding) {
        self.total_findings += 1;
        self.findings.insert(0, Placed::in_folder(finding));
        self.judge();
    }

    /// Says that the files moved while they were looked at.
    pub(super) fn is_moving(&mut self, finding: Finding) {
        self.live = Live::Yes;
        self.total_findings += 1;
        self.findings.insert(0, Placed::in_folder(finding));
    }
}
