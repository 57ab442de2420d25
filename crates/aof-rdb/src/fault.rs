//! What can be wrong inside of a value.

use std::fmt;

use crate::blob::BlobFault;

/// Why a value cannot be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueFault {
    /// Where in the payload, counted from its first byte: what is wrong, or the string that has it inside; 0 where it
    /// is wrong within something packed, or with the value as a whole.
    pub at: usize,
    /// What is wrong.
    pub kind: ValueFaultKind,
}

/// Kinds of faults in values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueFaultKind {
    /// The payload ends too early.
    Short,
    /// A length, an encoding or an opcode of a module that does not exist.
    BadLength,
    /// Bytes behind the end of the value.
    Trailing,
    /// A type that the dialect does not have, or whose layout is not known.
    UnknownType,
    /// A compressed string that cannot be decompressed to the length that it announces.
    Compression,
    /// A ziplist, listpack, intset or zipmap that is not one.
    Blob(BlobFault),
    /// A field without a value, a member without a score, or a field without its expiry.
    Unpaired,
    /// A score that is no number.
    BadScore,
    /// An expiry of a field that is no time.
    BadExpiry,
    /// A member, field or consumer that occurs twice.
    Duplicate,
    /// Nothing at all: servers keep no such key, and leave it out.
    Empty,
    /// A node of a list that is neither plain nor packed.
    BadNode,
    /// A node of a stream that is not built as one.
    BadStreamNode,
    /// A consumer's entry that its group does not have, or has given to another.
    NotPending,
    /// An entry that a group has given to nobody.
    NoOwner,
    /// Nothing is known to be wrong: a compressed string is larger than was asked to be looked at.
    TooLarge,
    /// It would be larger in the encoding of the target than servers take.
    Unwritable,
}

/// A fault of this kind at `at`.
pub(crate) fn fault(at: usize, kind: ValueFaultKind) -> ValueFault {
    ValueFault { at, kind }
}

impl fmt::Display for ValueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} of the value", self.kind, self.at)
    }
}

impl std::error::Error for ValueFault {}

impl fmt::Display for ValueFaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Short => "it ends too early",
            Self::BadLength => "a length or an opcode that does not exist",
            Self::Trailing => "bytes behind its end",
            Self::UnknownType => "a type that is not known",
            Self::Compression => "a compressed string that does not decompress",
            Self::Blob(fault) => return fault.fmt(f),
            Self::Unpaired => "a field or member without what belongs to it",
            Self::BadScore => "a score that is no number",
            Self::BadExpiry => "an expiry that is no time",
            Self::Duplicate => "a member, field or consumer that occurs twice",
            Self::Empty => "no elements, which no server keeps",
            Self::BadNode => "a node that is neither plain nor packed",
            Self::BadStreamNode => "a node that is not one of a stream",
            Self::NotPending => "a consumer's entry that its group does not have",
            Self::NoOwner => "a pending entry that no consumer has",
            Self::TooLarge => "a compressed string that is too large to be looked at",
            Self::Unwritable => "more than the target takes in one piece",
        };
        f.write_str(words)
    }
}
