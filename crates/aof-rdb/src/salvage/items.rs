//! Items of a value that stand one behind the other, and could be records as well.

use std::ops::Range;

use super::unit::{self, GOOD};
use crate::layout::{self, Atom, Layout};
use crate::length::length;
use crate::payload::Room;
use crate::record::Place;
use crate::skip::skip;
use crate::summary::{Dialect, Header};

/// Few items have fewer bytes.
pub(super) const LEAST: u64 = 4;

/// So many are read of a value at most.
const MOST: usize = 1 << 20;

/// Items that can be read, whether or not all of the value can.
pub(super) struct Items {
    /// Where each stands.
    places: Vec<Range<usize>>,
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
        let mut places = Vec::new();
        for _ in 0..count.min(MOST as u64) {
            let Ok(end) = skip(item, bytes, at) else { break };
            places.push(at..end);
            at = end;
        }
        Self { places, end: at, each }
    }

    /// Only those that could be keys and have good names: behind damage, others may be anything.
    pub(super) fn like_keys(mut self, place: Place, bytes: &[u8]) -> Self {
        let (place, mut room) = (Place::within(place.header(), place.db()), Room::default());
        self.places.retain(|item| is_key(place, &bytes[..item.end], item.start, &mut room));
        self
    }

    /// What all of them count.
    pub(super) fn worth(&self) -> i32 {
        self.of_many(self.places.len())
    }

    /// What those count that begin at `from` or behind, or within which it is.
    pub(super) fn behind(&self, from: usize) -> i32 {
        let before = self.places.partition_point(|place| place.end <= from);
        self.of_many(self.places.len() - before)
    }

    /// Where those begin that stand one behind the other up to `end`, at most so many.
    pub(super) fn last_before(&self, end: usize, most: usize) -> impl Iterator<Item = usize> {
        let behind = self.places.partition_point(|place| place.end <= end);
        let (mut first, mut next) = (behind, end);
        while first > 0 && behind - first < most && self.places[first - 1].end == next {
            first -= 1;
            next = self.places[first].start;
        }
        self.places[first..behind].iter().map(|place| place.start)
    }

    fn of_many(&self, count: usize) -> i32 {
        self.each.saturating_mul(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

/// Whether an item is written as a sound key is.
fn is_key(place: Place, bytes: &[u8], at: usize, room: &mut Room) -> bool {
    layout::is_text(bytes[at])
        && unit::key(bytes, at + 1).is_some_and(|name| unit::is_text(&name))
        && (bytes[at] == 0
            || unit::read(place, bytes, at, 0)
                .is_ok_and(|unit| unit::items(&unit.record, room).is_ok()))
}
