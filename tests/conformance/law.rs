//! What a server's checker is expected to say of a log, given what we say about it.
//!
//! The law: what is damage stops a checker at our checkpoint; everything else is called valid. [`RULES`] are the
//! differences; each stands in `docs/oracle.md` with its reason. What the servers themselves do, a twin of their
//! loaders says ([`loader`](crate::loader)).

use aof_log::{Diagnosis, Finding, FindingId, Severity};
use aof_testkit::naive::{self, End};
use aof_testkit::server::ServerKind;

use crate::trial::Checked;

/// A log, what we say about it, and who is asked.
pub(crate) struct Question<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) log: &'a Diagnosis,
    pub(crate) kind: ServerKind,
}

/// A difference from the law.
pub(crate) struct Rule {
    id: FindingId,
    applies: fn(&Question, &Finding) -> bool,
    /// Whether a checker stops there.
    stops: bool,
    /// Why; the text stands in the page.
    pub(crate) why: &'static str,
}

fn always(_: &Question, _: &Finding) -> bool {
    true
}

/// The first rule that applies to a finding counts.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: FindingId::AofTailTorn,
        applies: |asked, found| asked.at(found) == Some(b'#') && asked.kind.has_parts(),
        stops: false,
        why: "a torn annotation at the end passes for a whole one",
    },
    Rule {
        id: FindingId::AofExecStray,
        applies: always,
        stops: true,
        why: "checkers stop at an EXEC without MULTI",
    },
    Rule {
        id: FindingId::AofFrameLoose,
        applies: always,
        stops: true,
        why: "checkers look at the two bytes behind a payload",
    },
    Rule {
        id: FindingId::AofTailDuplicated,
        applies: always,
        stops: false,
        why: "nobody looks for repetitions",
    },
    Rule {
        id: FindingId::AofConcatenated,
        applies: always,
        stops: false,
        why: "nobody compares the times; an RDB inside stops them as the gap that it is",
    },
    Rule {
        id: FindingId::AofTwoWriters,
        applies: always,
        stops: false,
        why: "nobody compares the times; an RDB inside stops them as the gap that it is",
    },
    Rule {
        id: FindingId::AofCmdUnknown,
        applies: always,
        stops: false,
        why: "checkers do not look at names",
    },
    Rule {
        id: FindingId::AofCmdArity,
        applies: always,
        stops: false,
        why: "checkers do not count arguments",
    },
];

impl Question<'_> {
    fn at(&self, found: &Finding) -> Option<u8> {
        self.bytes.get(found.offset as usize).copied()
    }

    /// Whether a finding stops a checker.
    fn stops(&self, found: &Finding) -> bool {
        let mut rules = RULES.iter().filter(|rule| rule.id == found.id);
        let rule = rules.find(|rule| (rule.applies)(self, found));
        rule.map_or(found.severity == Severity::Damage, |rule| rule.stops)
    }

    /// What is expected of this server's checker.
    pub(crate) fn expected(&self) -> Checked {
        let stop = self.log.findings.iter().find(|found| self.stops(found));
        let annotation = self.first_annotation().filter(|_| !self.kind.has_parts());
        match (annotation, stop) {
            (Some(at), stop) if stop.is_none_or(|found| at <= found.offset) => {
                Checked::Stops(self.checkpoint_before(at))
            }
            (_, Some(found)) => Checked::Stops(self.ok_up_to(found)),
            (_, None) => Checked::Valid,
        }
    }

    /// Where a checker says that the log is good up to: our checkpoint, behind annotations that follow it.
    fn ok_up_to(&self, found: &Finding) -> u64 {
        let checkpoint = match found.severity {
            Severity::Damage => self.log.checkpoint,
            _ => self.checkpoint_before(found.offset),
        };
        let mut at = checkpoint as usize;
        while self.kind.has_parts() && self.bytes.get(at) == Some(&b'#') {
            let line = self.bytes[at..].iter().position(|byte| *byte == b'\n');
            at += line.map_or(0, |end| end + 1);
            if line.is_none() {
                break;
            }
        }
        at as u64
    }

    fn first_annotation(&self) -> Option<u64> {
        let parsed = naive::parse(self.bytes);
        let whole = parsed.annotations.first().map(|line| line.offset as u64);
        let torn = match parsed.end {
            End::Incomplete { offset } if self.bytes[offset] == b'#' => Some(offset as u64),
            _ => None,
        };
        whole.or(torn)
    }

    fn checkpoint_before(&self, at: u64) -> u64 {
        let places = naive::checkpoints(&self.bytes[..at as usize]);
        places.last().copied().unwrap_or(0) as u64
    }

    /// Loaders count records only: an annotation before the cut goes with it.
    pub(crate) fn last_record_before(&self, at: u64) -> u64 {
        let parsed = naive::parse(&self.bytes[..at as usize]);
        let last = parsed.frames.last();
        last.map_or(0, |frame| (frame.offset + frame.len) as u64)
    }
}
