//! What a scan writes down: the log as a row of marks, each covering the bytes from the mark before it.
//!
//! Marks say what stands there, not what it means: whether an `EXEC` is stray is for the [timeline] to
//! decide, which sees them all in order. That is what makes blocks independent of each other: the marks of
//! a block do not depend on what stands before it.
//!
//! [timeline]: crate::timeline

use crate::demand::Demands;
use crate::finding::{FindingId, Keys, Severity};

/// Bytes that end before `end` and begin where the mark before ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    pub(crate) end: u64,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// Records that neither move between databases nor open or close a transaction.
    Records(u64),
    /// Begins with `MULTI`, ends with no transaction open, and every one in between is closed.
    Groups { groups: u64, records: u64 },
    /// `SELECT`, with its database if that is a number.
    Select(Option<u32>),
    /// `MULTI`.
    Multi,
    /// `EXEC`.
    Exec,
    /// `FLUSHALL` or `FLUSHDB`.
    Flush { all: bool },
    /// A clock line.
    Time(u64),
    /// An annotation of another kind, a byte order mark: no record, no damage to records.
    Aside,
    /// No bytes; the first record that a server will not take begins here.
    Flaw,
    /// Bytes that yield no command, with records behind them.
    Gap(Box<Gap>),
    /// Bytes that yield no command, up to the end of the part.
    Tail(Box<Tail>),
}

/// Why bytes in the middle yield no command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gap {
    pub(crate) cause: GapCause,
    /// What is wrong with the record that the gap begins with.
    pub(crate) detail: String,
    /// The longest run of NUL bytes: offset and length.
    pub(crate) hole: Option<(u64, u64)>,
    pub(crate) remains: Remains,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GapCause {
    BadFrame,
    /// An RDB file begins where a record should.
    Rdb,
}

/// Why the part does not end with a record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tail {
    pub(crate) kind: TailKind,
    pub(crate) detail: String,
    pub(crate) remains: Remains,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TailKind {
    Torn,
    TornAnnotation,
    Nul,
    Garbage,
    /// A second log in RDB form.
    Rdb,
}

/// What can be said about commands of which only pieces are left.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Remains {
    pub(crate) min: u64,
    pub(crate) max: u64,
    /// Keys named in the readable pieces.
    pub(crate) keys: Keys,
    /// Whether the first of them is a `PEXPIREAT`, of the first key.
    pub(crate) expires: bool,
}

/// A record or piece of one that deserves a word, however often it occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Oddity {
    pub(crate) id: FindingId,
    /// What tells apart oddities that are counted separately: a command's name.
    pub(crate) label: String,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    /// How many there are; the rest describes the first, `end` the last.
    pub(crate) count: u64,
    pub(crate) end: u64,
}

/// The label of an annotation that is a clock line but for one byte.
pub(crate) const BROKEN_CLOCK: &str = "clock";

impl Oddity {
    /// How much it matters.
    pub(crate) fn severity(&self) -> Severity {
        // Modules name their commands with a dot, and a server that has the module loads them.
        match self.id {
            FindingId::AofCmdUnknown if self.label.contains('.') => Severity::Attention,
            FindingId::AofAnnotationUnknown if self.label == BROKEN_CLOCK => Severity::Attention,
            id => id.severity(),
        }
    }
}

/// The marks of one block.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) marks: Vec<Mark>,
    pub(crate) odd: Oddities,
    pub(crate) demands: Demands,
}

impl Marks {
    pub(crate) fn clear(&mut self) {
        self.marks.clear();
        self.odd.0.clear();
        self.demands.clear();
    }

    pub(crate) fn push(&mut self, end: u64, what: What) {
        self.marks.push(Mark { end, what });
    }

    /// Adds `count` records without a mark of their own.
    pub(crate) fn records(&mut self, end: u64, count: u64) {
        match self.marks.last_mut() {
            Some(Mark { end: last, what: What::Records(n) | What::Groups { records: n, .. } }) => {
                *n += count;
                *last = end;
            }
            _ => self.push(end, What::Records(count)),
        }
    }

    /// Notes something odd about the bytes from `start` to `end`, which must be marked afterwards.
    pub(crate) fn oddity(&mut self, id: FindingId, label: &str, start: u64, end: u64) {
        let (offset, length) = (start, end - start);
        let oddity = Oddity { id, label: label.to_owned(), offset, length, count: 1, end };
        let severity = oddity.severity();
        if self.odd.merge(oddity) && severity == Severity::Damage {
            self.push(start, What::Flaw);
        }
    }

    /// Adds an `EXEC`; with its `MULTI` and nothing but records in between it becomes a group.
    pub(crate) fn exec(&mut self, end: u64) {
        let inner = match self.marks.as_slice() {
            [.., Mark { what: What::Multi, .. }] => Some(0),
            [.., Mark { what: What::Multi, .. }, Mark { what: What::Records(n), .. }] => Some(*n),
            _ => None,
        };
        let Some(inner) = inner else {
            return self.push(end, What::Exec);
        };
        self.marks.truncate(self.marks.len() - 1 - usize::from(inner > 0));
        if let Some(Mark { end: last, what: What::Groups { groups, records } }) =
            self.marks.last_mut()
        {
            *groups += 1;
            *records += inner + 2;
            *last = end;
        } else {
            self.push(end, What::Groups { groups: 1, records: inner + 2 });
        }
    }

    /// Takes back the last record, which began at `start` and has no mark of its own.
    pub(crate) fn take_back(&mut self, start: u64) {
        let Some(Mark { end, what: What::Records(n) | What::Groups { records: n, .. } }) =
            self.marks.last_mut()
        else {
            return;
        };
        *n -= 1;
        *end = start;
        if *n == 0 {
            self.marks.pop();
        }
    }
}

/// Oddities, one entry for each kind and label.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Oddities(pub(crate) Vec<Oddity>);

impl Oddities {
    /// How many entries are kept apart; what is more goes into the last entry of its kind.
    const MOST: usize = 200;

    /// Adds what was counted behind everything that is here.
    pub(crate) fn append(&mut self, later: &mut Self) {
        for oddity in later.0.drain(..) {
            self.merge(oddity);
        }
    }

    /// Adds an oddity that stands behind all others, and tells whether it is the first of its kind.
    fn merge(&mut self, later: Oddity) -> bool {
        let full = self.0.len() >= Self::MOST;
        let same =
            |known: &&mut Oddity| known.id == later.id && (known.label == later.label || full);
        match self.0.iter_mut().rev().find(same) {
            Some(known) => {
                known.count += later.count;
                known.end = later.end;
                false
            }
            None => {
                self.0.push(later);
                true
            }
        }
    }
}
