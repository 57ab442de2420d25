//! What servers are expected to do with a log, given what we say about it.
//!
//! The law: what is damage stops a checker at our checkpoint and keeps a server from starting; everything
//! else is loaded and called valid. [`RULES`] are the differences; each stands in `docs/oracle.md` with its
//! reason.

use aof_log::{Diagnosis, Finding, FindingId, Severity};
use aof_testkit::naive::{self, End, Stop};
use aof_testkit::server::{Product, ServerKind};

use crate::trial::{Checked, Loaded};

/// A log, what we say about it, and who is asked.
pub(crate) struct Question<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) log: &'a Diagnosis,
    pub(crate) kind: ServerKind,
}

/// What is expected. `None` is anything: what happens is not defined.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) checker: Checked,
    pub(crate) loader: Option<Loaded>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Load {
    All,
    /// Cuts behind the last record that it takes.
    Cuts,
    Refuses,
    Anything,
}

/// A difference from the law.
pub(crate) struct Rule {
    id: FindingId,
    applies: fn(&Question, &Finding) -> bool,
    /// Whether a checker stops there.
    stops: bool,
    load: Load,
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
        load: Load::All,
        why: "a torn annotation at the end passes for a whole one",
    },
    Rule {
        id: FindingId::AofTailTorn,
        applies: |asked, found| asked.at(found) != Some(b'#'),
        stops: true,
        load: Load::Cuts,
        why: "a record that the end cuts off is cut away",
    },
    Rule {
        id: FindingId::AofTailNul,
        applies: |asked, found| asked.is_short_read(found),
        stops: true,
        load: Load::Cuts,
        why: "zero bytes that a record claims for its value pass for a torn record",
    },
    Rule {
        id: FindingId::AofMultiOpen,
        applies: |asked, found| asked.is_last_damage(found),
        stops: true,
        load: Load::Cuts,
        why: "a transaction without EXEC at the end is cut away",
    },
    Rule {
        id: FindingId::AofMultiOpen,
        applies: |asked, _| asked.kind == ServerKind::Valkey91 && asked.ends_in_short_read(),
        stops: true,
        load: Load::Cuts,
        why: "Valkey 9.1 cuts an open transaction away together with the torn record in it",
    },
    Rule {
        id: FindingId::AofMultiOpen,
        applies: always,
        stops: true,
        load: Load::All,
        why: "the other servers look at what is wrong behind the open transaction only",
    },
    Rule {
        id: FindingId::AofMultiDangling,
        applies: |asked, found| asked.has_exec_behind(found),
        stops: true,
        load: Load::All,
        why: "the next EXEC runs the open transaction and all that follows it",
    },
    Rule {
        id: FindingId::AofMultiDangling,
        applies: always,
        stops: true,
        load: Load::Cuts,
        why: "without a later EXEC everything from the MULTI on is cut away",
    },
    Rule {
        id: FindingId::AofExecStray,
        applies: always,
        stops: true,
        load: Load::All,
        why: "checkers stop at an EXEC without MULTI, servers log an error and go on",
    },
    Rule {
        id: FindingId::AofFrameLoose,
        applies: always,
        stops: true,
        load: Load::All,
        why: "loaders do not look at the bytes behind a payload, checkers do",
    },
    Rule {
        id: FindingId::AofFrameBad,
        applies: |asked, found| asked.is_short_read(found),
        stops: true,
        load: Load::Cuts,
        why: "a length beyond the end of the file passes for a torn record",
    },
    Rule {
        id: FindingId::AofGap,
        applies: |asked, found| asked.is_short_read(found),
        stops: true,
        load: Load::Cuts,
        why: "a length beyond the end of the file passes for a torn record",
    },
    Rule {
        id: FindingId::AofTailDuplicated,
        applies: always,
        stops: false,
        load: Load::All,
        why: "nobody looks for repetitions",
    },
    Rule {
        id: FindingId::AofConcatenated,
        applies: always,
        stops: false,
        load: Load::All,
        why: "nobody compares the times; an RDB inside stops them as the gap that it is",
    },
    Rule {
        id: FindingId::AofTwoWriters,
        applies: always,
        stops: false,
        load: Load::All,
        why: "nobody compares the times; an RDB inside stops them as the gap that it is",
    },
    Rule {
        id: FindingId::AofCmdUnknown,
        applies: always,
        stops: false,
        load: Load::Refuses,
        why: "checkers do not look at names; an unknown one keeps a server from starting",
    },
    Rule {
        id: FindingId::AofCmdArity,
        applies: |asked, _| asked.kind.product() == Product::Valkey,
        stops: false,
        load: Load::Refuses,
        why: "Valkey counts the arguments and refuses",
    },
    Rule {
        id: FindingId::AofCmdArity,
        applies: always,
        stops: false,
        load: Load::Anything,
        why: "Redis runs the command on arguments that are not there: it may crash, or not",
    },
];

impl Question<'_> {
    fn at(&self, found: &Finding) -> Option<u8> {
        self.bytes.get(found.offset as usize).copied()
    }

    /// Whether a reader that believes every length comes to the end of the file before the record is whole.
    fn is_short_read(&self, found: &Finding) -> bool {
        let at = found.offset as usize;
        let is_cut = naive::frame(self.bytes, at) == Err(Stop::Incomplete);
        is_cut && self.at(found) == Some(b'*')
    }

    fn ends_in_short_read(&self) -> bool {
        let last = self.damages().last();
        last.is_some_and(|last| self.is_short_read(last))
    }

    fn damages(&self) -> impl Iterator<Item = &Finding> {
        let all = self.log.findings.iter();
        all.filter(|found| found.severity == Severity::Damage)
    }

    fn is_last_damage(&self, found: &Finding) -> bool {
        self.damages().last() == Some(found)
    }

    fn has_exec_behind(&self, found: &Finding) -> bool {
        let behind = |frame: &naive::Frame| frame.offset as u64 > found.offset;
        let parsed = naive::parse(self.bytes);
        let mut frames = parsed.frames.iter().filter(|frame| behind(frame));
        frames.any(|frame| frame.argv[0].eq_ignore_ascii_case(b"EXEC"))
    }

    /// What a finding does to a checker and to a loader.
    fn effect(&self, found: &Finding) -> (bool, Load) {
        let rules = RULES.iter().filter(|rule| rule.id == found.id);
        let rule = rules.into_iter().find(|rule| (rule.applies)(self, found));
        match rule {
            Some(rule) => (rule.stops, rule.load),
            None if found.severity == Severity::Damage => (true, Load::Refuses),
            None => (false, Load::All),
        }
    }

    /// What is expected of this server and its checker.
    pub(crate) fn expected(&self) -> Expected {
        let findings = &self.log.findings;
        let stop = findings.iter().find(|found| self.effect(found).0);
        let halt = findings.iter().find(|found| self.effect(found).1 != Load::All);
        let mut checker = stop.map_or(Checked::Valid, |found| Checked::Stops(self.ok_up_to(found)));
        let mut loader = halt.map_or(Some(Loaded::All), |found| self.outcome(found));
        let annotation = self.first_annotation().filter(|_| !self.kind.has_parts());
        if let Some(at) = annotation {
            if stop.is_none_or(|found| at <= found.offset) {
                checker = Checked::Stops(self.checkpoint_before(at));
            }
            if halt.is_none_or(|found| at <= found.offset) {
                loader = Some(Loaded::Refuses);
            }
        }
        Expected { checker, loader }
    }

    fn outcome(&self, found: &Finding) -> Option<Loaded> {
        match self.effect(found).1 {
            Load::All => Some(Loaded::All),
            Load::Cuts => Some(Loaded::Cut(self.last_record_before(found.offset))),
            Load::Refuses => Some(Loaded::Refuses),
            Load::Anything => None,
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
