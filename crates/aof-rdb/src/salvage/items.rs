//! Items of a value that stand one behind the other, and could be records as well.

use super::unit::GOOD;
use crate::layout::{self, Atom, Layout};
use crate::length::length;
use crate::skip::skip;
use crate::summary::{Dialect, Header};

/// Items that can be read, whether or not all of the value can.
pub(super) struct Items {
    /// Where each begins.
    starts: Vec<usize>,
    /// The place behind the last one.
    pub(super) end: usize,
    /// What each counts against ways that begin there.
    each: i32,
}

/// What an item of a value counts against ways that begin there, if it counts anything.
pub(super) fn each(code: u8) -> Option<i32> {
    match code {
        // Fields are written as keys with strings are.
        22 | 24 => Some(GOOD),
        // Other records can be taken for some members and scores, but hardly for many in a row.
        3 | 5 => Some(1),
        _ => None,
    }
}

/// Whether items of a value may be taken for keys although the value cannot be read: fields that may expire are written
/// as keys with strings are, in Redis.
pub(super) fn are_keys(header: Header, code: u8) -> bool {
    header.dialect == Dialect::Redis && matches!(code, 22 | 24)
}

impl Items {
    /// Items of the key whose type stands at `code_at`.
    pub(super) fn read(header: Header, bytes: &[u8], code_at: usize) -> Option<Self> {
        let code = *bytes.get(code_at)?;
        let each = each(code)?;
        let (Atom::Many(item), before) = layout::readable(header, code)?.split_last()? else {
            return None;
        };
        let at = skip(layout::KEY, bytes, code_at + 1).and_then(|at| skip(before, bytes, at));
        let (count, at) = length(bytes, at.ok()?).ok()?;
        Some(Self::of(item, bytes, at, count, each))
    }

    fn of(item: Layout, bytes: &[u8], mut at: usize, count: u64, each: i32) -> Self {
        let mut starts = Vec::new();
        for _ in 0..count {
            let Ok(behind) = skip(item, bytes, at) else { break };
            starts.push(at);
            at = behind;
        }
        Self { starts, end: at, each }
    }

    /// What all of them count.
    pub(super) fn worth(&self) -> i32 {
        self.each.saturating_mul(i32::try_from(self.starts.len()).unwrap_or(i32::MAX))
    }

    /// What those count that begin at `from` or behind, or within which it is.
    pub(super) fn behind(&self, from: usize) -> i32 {
        let first = self.starts.partition_point(|&start| start <= from).saturating_sub(1);
        let count = if from < self.end { self.starts.len() - first } else { 0 };
        self.each.saturating_mul(i32::try_from(count).unwrap_or(i32::MAX))
    }
}
