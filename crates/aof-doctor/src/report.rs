//! What a check found out, before it is put into words.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aof_log::{Diagnosis, Finding, Severity};
use aof_source::{Container, Input, Kind};

use crate::escape;
use crate::render::hexdump::Dump;
use crate::verdict::Verdict;

/// What was checked.
#[derive(Debug)]
pub(crate) struct Subject {
    /// As it was given; `-` for standard input.
    pub(crate) path: PathBuf,
    /// In what form the content lies on the disk.
    pub(crate) container: Container,
    /// What the content is; `None` if it could not be read at all.
    pub(crate) kind: Option<Kind>,
    /// Whether another command can read the same bytes from the same path.
    pub(crate) is_repeatable: bool,
}

impl Subject {
    /// An input of which nothing was read yet.
    pub(crate) fn of(path: &Path, input: &Input) -> Self {
        Self {
            path: path.to_path_buf(),
            container: Container::Plain,
            kind: None,
            is_repeatable: input.path().is_some() && input.meta().bytes.is_some(),
        }
    }

    /// The path, safe to print.
    pub(crate) fn shown(&self) -> String {
        escape::path(&self.path)
    }
}

/// Whether somebody is writing to the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Live {
    /// It changed while it was checked, or a process holds it open for writing.
    Yes,
    /// No process of this machine does.
    No,
    /// That cannot be told.
    Unknown,
}

/// What a check found out.
#[derive(Debug)]
pub(crate) struct Report {
    /// What was checked.
    pub(crate) subject: Subject,
    /// What the log says, without its findings; `None` where there was no log to read.
    pub(crate) log: Option<Diagnosis>,
    /// What is wrong or worth knowing: first about the input, then by offset.
    pub(crate) findings: Vec<Finding>,
    /// How many findings there are; more than those listed where there are very many.
    pub(crate) total_findings: u64,
    /// Whether somebody is writing to it.
    pub(crate) live: Live,
    /// What it comes to.
    pub(crate) verdict: Verdict,
    /// How long it took.
    pub(crate) took: Duration,
    /// The bytes around the findings, if they were asked for.
    pub(crate) dumps: Vec<Dump>,
}

impl Report {
    /// How many findings are shown.
    pub(crate) const SHOWN: usize = 100;

    /// The findings that are shown: the gravest, in the order of the report.
    pub(crate) fn shown(&self) -> Vec<&Finding> {
        let mut chosen: Vec<(usize, &Finding)> = self.findings.iter().enumerate().collect();
        chosen.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
        chosen.truncate(Self::SHOWN);
        chosen.sort_by_key(|(at, _)| *at);
        chosen.into_iter().map(|(_, finding)| finding).collect()
    }

    /// The finding that matters most, unless all are mere notes: the gravest, and among those the one that
    /// costs most.
    pub(crate) fn worst(&self) -> Option<&Finding> {
        let grave = |finding: &&Finding| finding.severity > Severity::Note;
        let cost = |finding: &Finding| {
            let loss = &finding.loss;
            (finding.severity, loss.commands.max, loss.bytes, finding.confidence)
        };
        // The last of equals wins: going backwards, that is the first in the file.
        self.findings.iter().rev().filter(grave).max_by_key(|finding| cost(finding))
    }
}
