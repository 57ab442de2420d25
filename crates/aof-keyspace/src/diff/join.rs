//! Things with names, side by side.

use std::cmp::Ordering;

use aof_rdb::StreamId;

use super::{Change, Comparison, Datum, Example, Place, What};
use crate::stream::{Fields, Pending};

/// So many bytes of a text are shown.
pub(super) const SHOWN: usize = 256;

/// What things are called.
pub(super) trait Name: Ord + Copy {
    fn place(self) -> Place;
    fn size(self) -> u64;
}

impl Name for &[u8] {
    fn place(self) -> Place {
        Place::Name(self.to_vec())
    }

    fn size(self) -> u64 {
        self.len() as u64
    }
}

impl Name for StreamId {
    fn place(self) -> Place {
        Place::Id(self)
    }

    fn size(self) -> u64 {
        16
    }
}

/// What is under a name.
pub(super) trait Held: Copy {
    fn is_same(self, other: Self, how: &Comparison) -> bool;
    fn size(self) -> u64;
    fn datum(self) -> Option<Datum>;
}

impl Held for () {
    fn is_same(self, (): Self, _: &Comparison) -> bool {
        true
    }

    fn size(self) -> u64 {
        0
    }

    fn datum(self) -> Option<Datum> {
        None
    }
}

impl Held for &[u8] {
    fn is_same(self, other: Self, _: &Comparison) -> bool {
        self == other
    }

    fn size(self) -> u64 {
        self.len() as u64
    }

    fn datum(self) -> Option<Datum> {
        Some(Datum::Bytes(self[..self.len().min(SHOWN)].to_vec()))
    }
}

impl Held for f64 {
    fn is_same(self, other: Self, _: &Comparison) -> bool {
        self == other
    }

    fn size(self) -> u64 {
        8
    }

    fn datum(self) -> Option<Datum> {
        Some(Datum::Score(self))
    }
}

/// A time, or never.
impl Held for Option<i64> {
    fn is_same(self, other: Self, how: &Comparison) -> bool {
        match (self, other) {
            (Some(first), Some(second)) => how.is_near(first, second),
            (first, second) => first == second,
        }
    }

    fn size(self) -> u64 {
        8
    }

    fn datum(self) -> Option<Datum> {
        Some(Datum::Time(self))
    }
}

/// An entry.
impl Held for Fields<'_> {
    fn is_same(self, other: Self, _: &Comparison) -> bool {
        self == other
    }

    fn size(self) -> u64 {
        self.iter().map(|(field, value)| (field.len() + value.len()) as u64).sum()
    }

    fn datum(self) -> Option<Datum> {
        let fields = self.iter().map(|(field, value)| (field.to_vec(), value.to_vec()));
        Some(Datum::Fields(fields.collect()))
    }
}

impl Held for &Pending {
    fn is_same(self, other: Self, how: &Comparison) -> bool {
        let is_near = how.is_near(self.delivered, other.delivered);
        is_near && self.owner == other.owner && self.count == other.count
    }

    fn size(self) -> u64 {
        self.owner.len() as u64 + 16
    }

    fn datum(self) -> Option<Datum> {
        Some(Datum::Pending(self.owner.clone(), self.delivered, self.count))
    }
}

/// What is on one side only, and what differs; `None` if nothing does. The order of the items does not count.
pub(super) fn join<N: Name, H: Held>(
    what: What,
    mut first: Vec<(N, H)>,
    mut second: Vec<(N, H)>,
    how: &Comparison,
) -> Option<Change> {
    first.sort_unstable_by_key(|(name, _)| *name);
    second.sort_unstable_by_key(|(name, _)| *name);
    let mut change = Change::of(what);
    let (mut first, mut second) = (first.into_iter().peekable(), second.into_iter().peekable());
    loop {
        let order = match (first.peek(), second.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((here, _)), Some((there, _))) => here.cmp(there),
        };
        let here = if order.is_le() { first.next() } else { None };
        let there = if order.is_ge() { second.next() } else { None };
        match (here, there) {
            (Some((_, here)), Some((_, there))) if here.is_same(there, how) => {}
            (here, there) => change.add(here, there),
        }
    }
    change.is_any().then_some(change)
}

impl Change {
    pub(super) fn of(what: What) -> Self {
        let (only_first, only_second, differ, bytes) = (0, 0, 0, 0);
        Self { what, group: None, only_first, only_second, differ, bytes, example: None }
    }

    pub(super) fn is_any(&self) -> bool {
        self.only_first + self.only_second + self.differ > 0
    }

    /// Counts something in that is on one side only, or not the same on both.
    fn add<N: Name, H: Held>(&mut self, here: Option<(N, H)>, there: Option<(N, H)>) {
        let is_both = here.is_some() && there.is_some();
        let is_better = self.example.is_none() || is_both && self.differ == 0;
        let count = match (&here, &there) {
            (Some(_), Some(_)) => &mut self.differ,
            (Some(_), None) => &mut self.only_first,
            _ => &mut self.only_second,
        };
        *count += 1;
        let size = |it: Option<(N, H)>| it.map_or(0, |(name, held)| name.size() + held.size());
        self.bytes += size(here).max(size(there));
        if let Some((name, _)) = here.or(there).filter(|_| is_better) {
            let of = |it: Option<(N, H)>| it.and_then(|(_, held)| held.datum());
            let (first, second) = (of(here), of(there));
            self.example = Some(Example { place: name.place(), first, second });
        }
    }
}
