//! The best way through bytes from each place on at which a record could begin.
//!
//! A way is one record behind the other, and may have gaps, each of which counts against it. Ways are found from the
//! end backwards, so that a record costs no more to be looked at than if it were the only one.

use std::ops::Range;

use super::search::{Node, Search};
use super::unit::GOOD;
use crate::record::NoRecord;

/// So many places are remembered, those nearest to the end.
const MOST: usize = 1 << 21;

/// What counts against a further gap: much in large values looks like some records in a row.
pub(super) const GAP: i32 = 10 * GOOD;

/// So many records in a row are taken for records.
const CHAIN: usize = 4;

/// What counts for the opcode for the end, where the bytes end or may end.
const END: i32 = 2 * GOOD;

/// What goes on behind the bytes.
const ENDLESS: Node = Node { end: usize::MAX, score: 0, is_end: false, is_padded: false };

/// A place where a way begins, and what all of that way counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) from: usize,
    pub(super) worth: i32,
}

/// A record at which a way begins.
#[derive(Debug, Clone, Copy)]
struct Step {
    way: Way,
    /// What the record counts.
    score: i32,
    /// Behind it.
    end: usize,
    is_end: bool,
    is_padded: bool,
    /// Whether the way has a gap.
    has_gap: bool,
    /// Where in the list the best one is that begins here or behind.
    best: usize,
}

/// Ways from all places.
pub(super) struct Plan {
    pub(super) places: Range<usize>,
    /// From the last place to the first.
    steps: Vec<Step>,
}

impl Plan {
    /// Ways that begin at these places. Such that go on behind them are as good as others that do.
    pub(super) fn new(search: &mut Search<'_>, places: Range<usize>) -> Self {
        let mut plan = Self { places: places.clone(), steps: Vec::new() };
        for from in places.rev() {
            match search.node(from) {
                Ok(node) => {
                    let rest = if node.is_end { (END, false) } else { plan.behind(node.end) };
                    plan.add(from, node, rest);
                }
                Err(NoRecord::Short) => plan.add(from, ENDLESS, (0, false)),
                Err(_) => {}
            }
        }
        plan
    }

    /// Ways without gaps that lead right to one of these ends.
    pub(super) fn to_end(search: &mut Search<'_>, places: Range<usize>, ends: [usize; 2]) -> Self {
        let mut plan = Self { places: places.clone(), steps: Vec::new() };
        for from in places.rev() {
            let Ok(node) = search.node(from) else { continue };
            let rest = if ends.contains(&node.end) { Some(0) } else { plan.worth_at(node.end) };
            if let Some(rest) = rest {
                plan.add(from, node, (rest, false));
            }
        }
        plan
    }

    fn add(&mut self, from: usize, node: Node, (rest, has_gap): (i32, bool)) {
        let index = self.steps.len();
        if index >= MOST {
            return;
        }
        let Node { end, score, is_end, is_padded } = node;
        let worth = score.saturating_add(rest);
        let best = self.steps.last().map(|last| last.best);
        let best = best.filter(|&best| self.steps[best].way.worth > worth).unwrap_or(index);
        let way = Way { from, worth };
        self.steps.push(Step { way, score, end, is_end, is_padded, has_gap, best });
    }

    /// What the best way counts that goes on at `at`, or behind a gap there; and whether it has a gap.
    pub(super) fn behind(&self, at: usize) -> (i32, bool) {
        if at >= self.places.end {
            return (0, false);
        }
        let beyond_gap = self.worth_beyond_gap(at);
        let step = self.index(at).map(|index| self.steps[index]);
        let step = step.filter(|step| step.way.worth >= beyond_gap);
        step.map_or((beyond_gap, true), |step| (step.way.worth, step.has_gap))
    }

    /// What the best way counts behind a gap at `at`.
    pub(super) fn worth_beyond_gap(&self, at: usize) -> i32 {
        self.best_from(at).map_or(0, |way| way.worth.max(0)) - GAP
    }

    /// So many steps begin at `at` or behind.
    fn count_from(&self, at: usize) -> usize {
        self.steps.partition_point(|step| step.way.from >= at)
    }

    /// So many steps begin at `low` or behind and before `high`.
    pub(super) fn count_between(&self, low: usize, high: usize) -> u64 {
        (self.count_from(low) - self.count_from(high)) as u64
    }

    fn index(&self, at: usize) -> Option<usize> {
        let index = self.count_from(at).checked_sub(1)?;
        (self.steps[index].way.from == at).then_some(index)
    }

    /// What the way counts that begins right there.
    pub(super) fn worth_at(&self, at: usize) -> Option<i32> {
        self.index(at).map(|index| self.steps[index].way.worth)
    }

    /// Whether the records that begin right there are good ones.
    pub(super) fn is_good_at(&self, mut at: usize) -> bool {
        let mut score = 0_i32;
        for _ in 0..CHAIN {
            let Some(index) = self.index(at) else { return false };
            let step = self.steps[index];
            score = score.saturating_add(step.score);
            if step.is_end {
                return true;
            }
            at = step.end;
        }
        score >= 2 * GOOD
    }

    /// The best way that begins at `at` or behind.
    pub(super) fn best_from(&self, at: usize) -> Option<Way> {
        let last = self.count_from(at).checked_sub(1)?;
        Some(self.steps[self.steps[last].best].way)
    }

    /// The best way that begins at one of these places, less what speaks against each.
    pub(super) fn best_between(
        &self,
        places: Range<usize>,
        doubt: &dyn Fn(usize) -> i32,
    ) -> Option<(i32, Way)> {
        let steps = &self.steps[self.count_from(places.end)..self.count_from(places.start)];
        let value = |way: &Way| way.worth.saturating_sub(doubt(way.from));
        steps.iter().map(|step| (value(&step.way), step.way)).max_by_key(|(value, _)| *value)
    }

    /// What the ways count that begin from `low` on and have no gap up to `failed`. Records that were passed, which come
    /// from the last to the first, count in ways what they count by themselves: a way that leads into them says nothing
    /// of those that it shares with them. What counts from `failed` on is the `rest`.
    pub(super) fn beyond(
        &self,
        low: usize,
        failed: usize,
        passed: impl Iterator<Item = (Range<usize>, i32)>,
        rest: &dyn Fn(usize) -> i32,
    ) -> Beyond<'_> {
        let first = self.count_from(failed);
        let mut passed = passed.peekable();
        let mut worth: Vec<Option<i32>> = Vec::new();
        for step in &self.steps[first..self.count_from(low)] {
            let rest = match step.end {
                _ if step.is_end => Some(END),
                end if end >= failed => Some(rest(end)),
                end => self.index(end).and_then(|index| worth[index - first]),
            };
            while passed.next_if(|(record, _)| record.start > step.way.from).is_some() {}
            let same = passed.peek().filter(|(record, _)| *record == (step.way.from..step.end));
            let score = same.map_or(step.score, |(_, score)| *score);
            worth.push(rest.map(|rest| rest.saturating_add(score)));
        }
        Beyond { plan: self, first, worth }
    }
}

/// Ways that have no gap up to a place.
pub(super) struct Beyond<'a> {
    plan: &'a Plan,
    /// Where in the list of steps the first one is.
    first: usize,
    worth: Vec<Option<i32>>,
}

impl Beyond<'_> {
    /// The best one that begins behind the first byte of a record and does not stop at its end, unless it may: only such
    /// ones speak against it. What it counts less what the record does from there on, and the way.
    pub(super) fn best_out_of(
        &self,
        record: Range<usize>,
        may_stop: bool,
        doubt: &dyn Fn(usize) -> i32,
    ) -> Option<(i32, Way)> {
        let plan = self.plan;
        let (first, last) = (plan.count_from(record.end), plan.count_from(record.start + 1));
        let mut leads_out = Vec::with_capacity(last - first);
        let mut best: Option<(i32, Way)> = None;
        for (index, step) in plan.steps.iter().enumerate().take(last).skip(first) {
            let next = plan.index(step.end).and_then(|next| next.checked_sub(first));
            let leads = step.is_end
                || step.end > record.end
                || (may_stop && step.end == record.end)
                || next.is_some_and(|next| leads_out.get(next) == Some(&true));
            leads_out.push(leads);
            // The last byte of many a value looks like the end: before padding, no more than that says so.
            let worth = self.worth[index - self.first].filter(|_| leads && !step.is_padded);
            let Some(worth) = worth else { continue };
            let value = worth.saturating_sub(doubt(step.way.from));
            if best.is_none_or(|(best, _)| best <= value) {
                best = Some((value, Way { from: step.way.from, worth }));
            }
        }
        best
    }
}
