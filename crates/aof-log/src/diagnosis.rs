//! What a scan of one part comes to.

use std::collections::BTreeSet;

use crate::demand::Demand;
use crate::finding::{CommandRange, Finding, FindingId, Severity};
use crate::outline::Outline;

/// What a part says, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// Bytes that were read, or would have been if the storage had not failed.
    pub bytes: u64,
    /// Records that are whole: commands, `SELECT`, `MULTI` and `EXEC` included.
    pub commands: u64,
    /// Transactions that are whole.
    pub transactions: u64,
    /// Databases that records go to.
    pub databases: BTreeSet<u32>,
    /// The clock of the first and of the last `#TS` line, in seconds since the Unix epoch.
    pub clock: Option<(u64, u64)>,
    /// The last place before the first damage where the part can be cut without tearing anything.
    pub checkpoint: u64,
    /// The last such place in the part.
    pub end_checkpoint: u64,
    /// What is wrong or worth knowing, by offset; at most [`Diagnosis::MOST_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many findings there are.
    pub total_findings: u64,
    /// What all gaps, tails and open transactions cost together.
    pub lost: Lost,
    /// What had to be taken for granted.
    pub assumptions: Vec<String>,
    /// The records before the first damage, as far as no transaction is open behind them.
    pub sound: Sound,
    /// Commands that not every server has, and that servers do not log, by the offset of the first record.
    pub demands: Vec<Demand>,
    /// Whether a record was read that moves data from one key to another, such as `RENAME`.
    pub has_ties: bool,
    /// Where the first line stands that begins with `#`, also a torn one at the end; servers before 7.0 know none.
    /// A byte order mark counts as well.
    pub first_annotation: Option<u64>,
    /// The part as a row of stretches, if the policy asked for it.
    pub outline: Option<Outline>,
}

/// Records that every loader reads as we do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sound {
    /// The byte behind the last of them; annotations may follow up to the checkpoint.
    pub end: u64,
    /// How many they are, `SELECT`, `MULTI` and `EXEC` included.
    pub commands: u64,
}

/// What all damage costs together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lost {
    /// Bytes that yield no command.
    pub bytes: u64,
    /// Commands that are gone, or were never committed.
    pub commands: CommandRange,
}

impl Diagnosis {
    /// How many findings are kept.
    pub const MOST_FINDINGS: usize = 1000;

    /// How bad it is: the worst severity of all findings, if there are any.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Adds a finding. Beyond [`Self::MOST_FINDINGS`] it is only counted, unless it is worse than all before.
    pub fn add(&mut self, finding: Finding) {
        self.total_findings += 1;
        let worse = || self.severity().is_none_or(|worst| worst < finding.severity);
        if self.findings.len() < Self::MOST_FINDINGS || worse() {
            self.findings.push(finding);
        }
    }

    /// The findings of one kind.
    pub fn of(&self, id: FindingId) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.id == id)
    }
}
