//! A part as a row of stretches: what is sound, what yields no command, what was never committed.
//!
//! Findings say what is wrong; an outline says of every byte of the part what becomes of it. Repair and conversion
//! choose from it what they carry over.

use crate::finding::CommandRange;
use crate::mark::TailKind;

/// All bytes of a part from its first record on, in order and without a gap between two stretches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// The stretches.
    pub stretches: Vec<Stretch>,
    /// From the first to the end of the last record that is not strictly formed but can be read, byte order marks and
    /// torn annotations with a record behind them included.
    pub loose: Option<(u64, u64)>,
}

/// Bytes that share a fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Offset of its first byte.
    pub start: u64,
    /// The byte behind it.
    pub end: u64,
    /// Whole records in it.
    pub records: u64,
    /// The database in force where it begins, as far as that is known.
    pub db: u32,
    /// What stands there.
    pub nature: Nature,
}

impl Stretch {
    /// How many bytes.
    pub const fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether there is no byte in it.
    pub const fn is_empty(&self) -> bool {
        self.end == self.start
    }

    /// How many commands have bytes in it.
    pub const fn commands(&self) -> CommandRange {
        match self.nature {
            Nature::Gap { commands, .. } | Nature::Tail { commands, .. } => commands,
            _ => CommandRange::exactly(self.records),
        }
    }
}

/// What stands in a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Whole records and annotations. Behind a gap their database is assumed until a `SELECT` names one.
    Sound {
        /// Whether the database is assumed.
        is_assumed: bool,
    },
    /// Records of a transaction that goes on behind them, or behind a gap that follows, where it is committed.
    Begun {
        /// Whether the database is assumed.
        is_assumed: bool,
    },
    /// Bytes that yield no command, with records behind them.
    Gap {
        /// Whether an RDB file begins there.
        is_rdb: bool,
        /// Commands that left bytes there.
        commands: CommandRange,
    },
    /// Bytes that yield no command, up to the end of the part.
    Tail {
        /// What they are.
        kind: TailEnd,
        /// Commands that left bytes there.
        commands: CommandRange,
    },
    /// A transaction that was never committed; if a gap follows, its `EXEC` may have stood there.
    Uncommitted,
    /// An `EXEC` without its `MULTI`.
    StrayExec,
    /// The end of the part, which repeats what stands before it.
    Repeated {
        /// Whether something in it is written once only, so that it cannot be meant.
        is_certain: bool,
    },
}

/// What the end of a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TailEnd {
    /// A record that the end cuts off.
    Torn,
    /// An annotation that the end cuts off.
    TornAnnotation,
    /// NUL bytes, a piece of a record before them perhaps.
    Nul,
    /// Bytes that are no record.
    Garbage,
    /// An RDB file.
    Rdb,
}

impl From<TailKind> for TailEnd {
    fn from(kind: TailKind) -> Self {
        match kind {
            TailKind::Torn => Self::Torn,
            TailKind::TornAnnotation => Self::TornAnnotation,
            TailKind::Nul => Self::Nul,
            TailKind::Garbage => Self::Garbage,
            TailKind::Rdb => Self::Rdb,
        }
    }
}
