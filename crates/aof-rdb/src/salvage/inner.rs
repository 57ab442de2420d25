//! Ways that begin within a record which was passed: it may have taken in the beginnings of others.

use std::ops::Range;

use super::gap::{AHEAD, BETTER};
use super::items::{self, Items};
use super::past::{DOUBTED, Past};
use super::plan::{Beyond, GAP, Plan, Way};
use super::survey::Survey;
use super::unit;

/// Why it is in doubt what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The last key is unlike those of real files.
    Odd,
    /// The last key is one more than its database should have.
    TooMany,
    /// Numbers of keys come next where no database begins.
    Size,
}

/// What a way that begins within a record that was passed is compared with.
pub(super) struct Against<'a> {
    /// So many of the records that were passed last are in doubt.
    pub(super) most: usize,
    /// What counts from a place on up to which everything was passed.
    pub(super) rest: &'a dyn Fn(usize) -> i32,
    /// What another gap counts.
    pub(super) gap: i32,
    /// Nothing can be read next: so records right before that may be lost with it, and none of them makes a way better
    /// that leaves it out.
    pub(super) is_gap_next: bool,
}

impl Survey {
    /// The best way that begins within a record that was passed and leads out of it, and what it counts beside that
    /// record and those behind it, where another gap counts against it; and how many steps were compared for that.
    pub(super) fn best_inner(
        &self,
        bytes: &[u8],
        plan: &Plan,
        against: &Against<'_>,
    ) -> (Option<(i32, Way)>, u64) {
        let at = (self.at - self.base) as usize;
        let Some(first) = self.past.front() else { return (None, 0) };
        let low = self.range(first).start;
        let steps = plan.count_between(low, at) + self.items_of_last(against.most);
        if self.at <= self.settled || !self.may_compare(steps) {
            return (None, 0);
        }
        let scores = self.passed().map(|(past, score)| (self.range(past), score));
        let ways = plan.beyond(low, at, scores, against.rest);
        (self.best_of(&ways, bytes, against), steps)
    }

    /// The best of these ways, and what it counts.
    fn best_of(
        &self,
        ways: &Beyond<'_>,
        bytes: &[u8],
        against: &Against<'_>,
    ) -> Option<(i32, Way)> {
        let (mut behind, mut best, mut is_lost) = (0_i32, None::<(i32, Way)>, false);
        for (past, score) in self.passed().take(against.most) {
            is_lost |= !past.is_kept;
            let of_past = self.doubt(past, bytes);
            let floor = if against.is_gap_next { 0 } else { i32::MIN };
            let doubt = |from: usize| of_past(from).max(floor);
            if let Some((value, way)) = ways.best_out_of(self.range(past), !past.is_kept, &doubt) {
                let gap = if is_lost || past.is_behind_loss { 0 } else { against.gap };
                let value = value.saturating_sub(behind.max(floor)) - gap;
                best = best.filter(|(best, _)| *best > value).or(Some((value, way)));
            }
            behind = behind.saturating_add(score);
        }
        best
    }

    /// Records that were passed, from the last to the first, and what each counts. What stands right before a place that
    /// cannot be read is in doubt whatever is found.
    fn passed(&self) -> impl Iterator<Item = (&Past, i32)> {
        let counts = |index: usize, past: &Past| if index == 0 { past.doubted } else { past.score };
        self.past.iter().rev().enumerate().map(move |(index, past)| (past, counts(index, past)))
    }

    /// How many items there may be in the `most` records that were passed last.
    fn items_of_last(&self, most: usize) -> u64 {
        let counted = self.past.iter().rev().take(most).filter(|past| past.is_counted);
        counted.map(|past| (past.end - past.start) / items::LEAST).sum()
    }

    /// Where a record stands in the bytes.
    fn range(&self, past: &Past) -> Range<usize> {
        (past.start - self.base) as usize..(past.end - self.base) as usize
    }

    /// What a record counts against a way that begins within it.
    fn doubt(&self, past: &Past, bytes: &[u8]) -> impl Fn(usize) -> i32 {
        let Range { start, end } = self.range(past);
        let code_at = unit::code_at(past.before, bytes, start, self.base);
        let read = || Items::read(past.before.header(), bytes, code_at);
        let items = if past.is_counted { read() } else { None };
        let items = items
            .map(|items| if past.is_kept { items } else { items.like_keys(past.before, bytes) });
        let flat = if past.is_kept { past.doubted } else { past.score.min(0) };
        move |from| match &items {
            Some(items) => items.behind(from),
            // The more it would have taken in, the more there is that may look like a record by chance.
            None if flat == DOUBTED => DOUBTED.min((end - from).ilog2() as i32),
            None => flat,
        }
    }

    /// Whether a record can be read next. Ways from there on and from the records before are known then.
    pub(super) fn is_followed(&mut self, bytes: &[u8], is_last: bool) -> bool {
        let at = (self.at - self.base) as usize;
        let high = at.saturating_add(self.windows.want / AHEAD).min(bytes.len());
        self.make_plan(bytes, is_last, at..high);
        self.planned.as_ref().is_some_and(|it| it.plan.worth_at(at).is_some())
    }

    /// Where others begin, if the record that was passed last and those behind it are not what was written there: a
    /// record before took in the beginnings of others, or what comes next is none.
    pub(super) fn astray(&mut self, bytes: &[u8], doubt: Doubt) -> Option<u64> {
        let at = (self.at - self.base) as usize;
        let plan = &self.planned.as_ref()?.plan;
        let (mut stay, has_gap) = plan.behind(at);
        // There is damage somewhere.
        if doubt != Doubt::Odd || !has_gap && self.found.losses.total == 0 {
            stay -= GAP;
        }
        let gap = match doubt {
            _ if self.is_behind_loss() => Some(0),
            Doubt::Size => Some(GAP),
            _ => None,
        };
        let beyond = |gap: i32| plan.best_from(at + 1).map(|way| (way.worth - gap, way));
        let next = gap.and_then(beyond);
        // A bad value with a good name does not speak against those before it if good records follow.
        let is_damaged = |past: &&Past| !past.is_kept && past.score > 0;
        let damaged = self.past.iter().rev().take_while(is_damaged).count();
        let most = if damaged > 0 && plan.is_good_at(at) { damaged } else { usize::MAX };
        let rest = |at: usize| plan.behind(at).0;
        let against = Against { most, rest: &rest, gap: GAP, is_gap_next: false };
        let (inner, compared) = self.best_inner(bytes, plan, &against);
        self.compared += compared;
        let (value, way) = inner.into_iter().chain(next).max_by_key(|(value, _)| *value)?;
        (value > stay.saturating_add(BETTER)).then_some(self.base + way.from as u64)
    }
}

/// The best way that begins behind `from`, where nothing can be read but items of a value, which count against such as
/// begin within them.
pub(super) fn best_beyond(plan: &Plan, from: usize, items: Option<&Items>) -> Option<(i32, Way)> {
    let behind = |at| plan.best_from(at).map(|way| (way.worth, way));
    let Some(items) = items else { return behind(from + 1) };
    let end = items.end.max(from + 1);
    let within = plan.best_between(from + 1..end, &|from| items.behind(from));
    within.into_iter().chain(behind(end)).max_by_key(|(value, _)| *value)
}
