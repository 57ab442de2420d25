//! What a check found out, before it is put into words.

use std::path::PathBuf;
use std::time::Duration;

use aof_log::forecast::Forecast;
use aof_log::inventory::{Inventory, Scope};
use aof_log::survey::{Placed, Role, SetPart, Survey};
use aof_log::{Content, Finding, Lost, Severity};
use aof_source::{Container, Kind};

use crate::command::check::Deep;
use crate::escape;
use crate::render::hexdump::Dump;
use crate::verdict::Verdict;

/// One file that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// As a command can be given it; `-` for standard input.
    pub(crate) path: PathBuf,
    /// As it is called in the report: for a file of a folder, from there on.
    pub(crate) shown: String,
    /// In what form the content lies on the disk.
    pub(crate) container: Container,
    /// What the content is; `None` if it could not be read at all.
    pub(crate) kind: Option<Kind>,
    /// Whether another command can read the same bytes from the same path.
    pub(crate) is_repeatable: bool,
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
    /// What was checked, as it was given; `-` for standard input.
    pub(crate) path: PathBuf,
    /// The files that were looked at, one for each of the inventory.
    pub(crate) subjects: Vec<Subject>,
    /// What is in them.
    pub(crate) inventory: Inventory,
    /// What they come to.
    pub(crate) survey: Survey,
    /// What servers would do with them.
    pub(crate) startup: Vec<Forecast>,
    /// Why no server should be started, if that would lose data.
    pub(crate) do_not_start: Option<String>,
    /// Whom the server replicates, and where its configuration says so.
    pub(crate) replica_of: Option<String>,
    /// What is wrong or worth knowing: about the folder, about the input, then by file and offset.
    pub(crate) findings: Vec<Placed>,
    /// How many findings there are; more than those listed where there are very many.
    pub(crate) total_findings: u64,
    /// What had to be taken for granted.
    pub(crate) assumptions: Vec<String>,
    /// Whether somebody is writing to it.
    pub(crate) live: Live,
    /// What it comes to.
    pub(crate) verdict: Verdict,
    /// What the log came to when it was executed, if that was asked for.
    pub(crate) deep: Option<Deep>,
    /// How long it took.
    pub(crate) took: Duration,
    /// The bytes around the findings, if they were asked for.
    pub(crate) dumps: Vec<Dump>,
}

impl Report {
    /// How many findings are shown.
    pub(crate) const SHOWN: usize = 100;

    /// The path, safe to print.
    pub(crate) fn shown_path(&self) -> String {
        escape::path(&self.path)
    }

    /// Whether a folder was checked.
    pub(crate) fn is_folder(&self) -> bool {
        self.inventory.scope != Scope::File
    }

    /// The file that a finding is about.
    pub(crate) fn subject(&self, placed: &Placed) -> Option<&Subject> {
        self.subjects.get(placed.file?)
    }

    /// What is in the file that a finding is about.
    pub(crate) fn content(&self, placed: &Placed) -> Option<&Content> {
        self.inventory.files.get(placed.file?)?.content.as_ref()
    }

    /// The file that a finding is about, or the folder, safe to print.
    pub(crate) fn place(&self, placed: &Placed) -> String {
        self.subject(placed).map_or_else(|| self.shown_path(), |subject| subject.shown.clone())
    }

    /// The parts of the set, or the one file that was checked: with what is in them, where it could be read.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&SetPart, Option<&Content>)> {
        self.survey.parts.iter().map(|part| {
            let file = part.file.and_then(|file| self.inventory.files.get(file));
            (part, file.and_then(|file| file.content.as_ref()))
        })
    }

    /// What a server would load: base, increments, the one file.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = &Content> {
        let is_loaded = |role| matches!(role, Role::Base | Role::Incr | Role::Single | Role::Rdb);
        self.parts()
            .filter(move |(part, _)| is_loaded(part.role))
            .filter_map(|(_, content)| content)
    }

    /// What all damage inside files costs together.
    pub(crate) fn lost(&self) -> Lost {
        let logs = self.loaded().filter_map(|content| content.log.as_ref());
        logs.fold(Lost::default(), |mut sum, log| {
            sum.bytes += log.lost.bytes;
            sum.commands.min += log.lost.commands.min;
            sum.commands.max += log.lost.commands.max;
            sum
        })
    }

    /// The findings that are shown: the gravest, in the order of the report.
    pub(crate) fn shown(&self) -> Vec<&Placed> {
        let mut chosen: Vec<(usize, &Placed)> = self.findings.iter().enumerate().collect();
        chosen.sort_by_key(|(_, placed)| std::cmp::Reverse(placed.finding.severity));
        chosen.truncate(Self::SHOWN);
        chosen.sort_by_key(|(at, _)| *at);
        chosen.into_iter().map(|(_, placed)| placed).collect()
    }

    /// The finding that matters most, unless all are mere notes: the gravest, and among those the one that
    /// costs most.
    pub(crate) fn worst(&self) -> Option<&Placed> {
        let grave = |placed: &&Placed| placed.finding.severity > Severity::Note;
        // The last of equals wins: going backwards, that is the first in the file.
        self.findings.iter().rev().filter(grave).max_by_key(|placed| weight(&placed.finding))
    }

    /// All damage.
    pub(crate) fn damage(&self) -> impl Iterator<Item = &Placed> {
        self.findings.iter().filter(|placed| placed.finding.severity == Severity::Damage)
    }
}

fn weight(finding: &Finding) -> impl Ord + use<> {
    let loss = &finding.loss;
    (finding.severity, loss.commands.max, loss.bytes, finding.confidence)
}
