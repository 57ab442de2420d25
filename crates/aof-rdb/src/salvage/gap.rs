//! What a survey does where a record cannot be read, and at the end.

use std::ops::Range;

use super::inner::{Against, best_beyond};
use super::past::Past;
use super::plan::{GAP, Plan};
use super::search::{Search, View};
use super::survey::{Next, Planned, Survey};
use super::suspect::Inner;
use super::unit::{self, GOOD, Unit};
use super::{Kept, Salvaged, Why, beginning};
use crate::header::{self, Start};
use crate::record::{Place, RecordKind};
use crate::summary::Checksum;

/// What records must count together at least that are looked for.
const ENOUGH: i32 = 16;

/// By how much those must count more that are looked for although others can be read.
pub(super) const BETTER: i32 = 25;

/// Of so many parts of a window one at least is looked at behind a place to find how records go on.
pub(super) const AHEAD: usize = 16;

impl Survey {
    /// Looks for the place where records go on; what is needed for that if the bytes are not enough.
    pub(super) fn look_beyond(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        gap: (u64, Why),
    ) -> Option<Next> {
        let failed = ((self.at - self.base) as usize).min(bytes.len());
        let ahead = self.windows.want / AHEAD;
        if !is_last && bytes.len() - failed < ahead {
            let base = self.past.front().map_or(self.at, |past| past.start);
            let needed = (self.at - base) as usize + 2 * ahead;
            return Some(Next::Shift(base, needed.max(self.windows.want)));
        }
        for high in [failed.saturating_add(ahead).min(bytes.len()), bytes.len()] {
            if let Some(at) = self.beyond(bytes, is_last, failed..high) {
                self.resume(bytes, gap, self.base + at as u64);
                return None;
            }
        }
        if is_last {
            self.lose_rest(bytes, gap);
            return Some(Next::Done);
        }
        let is_short = self.planned.as_ref().is_some_and(|it| it.is_short);
        if is_short && self.want < self.windows.most {
            let most = self.windows.most;
            return Some(Next::Shift(self.base, self.want.saturating_mul(2).min(most)));
        }
        self.past.clear();
        self.at = self.at.max(self.base + bytes.len() as u64 / 2);
        Some(Next::Shift(self.at, self.windows.want))
    }

    /// Where the best records begin that lead beyond a place where none can be read, which may have been taken in by
    /// one of those before it. The file is looked at as far as these places go.
    fn beyond(&mut self, bytes: &[u8], is_last: bool, places: Range<usize>) -> Option<usize> {
        let from = places.start;
        self.make_plan(bytes, is_last, places);
        let plan = &self.planned.as_ref()?.plan;
        let (items, read) = self.fields_at(bytes, Some(self.at - self.base));
        let beyond = best_beyond(plan, from, items.as_ref());
        // Of two that count the same the one within is taken, which leaves out less.
        let rest = |at: usize| match &items {
            _ if at == from => beyond.map_or(0, |(value, _)| value) - GAP,
            Some(items) => plan.behind(at).0.saturating_sub(items.behind(at)),
            None => plan.behind(at).0,
        };
        let against = Against { most: usize::MAX, rest: &rest, gap: GAP, is_gap_next: true };
        let (inner, compared) = self.best_inner(bytes, plan, &against);
        let gap = if self.is_behind_loss() { 0 } else { GAP };
        let beyond = beyond.map(|(value, way)| (value.saturating_sub(gap), way));
        self.compared += compared + read;
        // Rather the rest is lost than more of what is known.
        let inner = inner.filter(|(value, _)| *value > -gap);
        let best = beyond.into_iter().chain(inner).max_by_key(|(value, _)| *value);
        best.filter(|(_, way)| way.worth >= ENOUGH).map(|(_, way)| way.from)
    }

    /// Finds the best ways from the records on that were passed last, unless they are known.
    pub(super) fn make_plan(&mut self, bytes: &[u8], is_last: bool, places: Range<usize>) {
        let low = self.past.front().map_or(places.start, |past| (past.start - self.base) as usize);
        let (base, len) = (self.base, bytes.len());
        let is_known = |it: &Planned| {
            (it.base, it.len) == (base, len)
                && it.plan.places.start <= low
                && it.plan.places.end >= places.end
        };
        if self.planned.as_ref().is_some_and(is_known) {
            return;
        }
        // As much again, so that not each gap needs another plan.
        let high = places.end.saturating_add(places.len()).min(len);
        self.looked_at += (high - low) as u64;
        let work = self.work_left(base + high as u64);
        let view = View { bytes, base, is_last, end: self.end };
        let mut search = Search::new(view, self.place, self.habits, &self.begins, work);
        let plan = Plan::new(&mut search, low..high);
        self.work += work - search.work_left;
        self.planned = Some(Planned { base, len, plan, is_short: search.is_short });
    }

    /// Goes on at `cut`. It may lie before the gap, within a record with a wrong length, which took in others.
    pub(super) fn resume(&mut self, bytes: &[u8], (from, why): (u64, Why), cut: u64) {
        self.gap = None;
        let is_beyond = cut >= self.at;
        if !is_beyond {
            self.settled = self.settled.max(self.at);
        }
        let place = self.place;
        let dropped = self.drop_behind(cut);
        for lost in dropped.iter().rev() {
            self.note_broken_hash(bytes, lost.start..cut);
            if lost.is_kept {
                let key = self.key_at(self.place, bytes, lost.start);
                self.lose(lost.start..cut, Why::WrongLength, key.as_deref());
            }
        }
        if let Some(lost) = dropped.into_iter().next() {
            self.pass_lost(lost);
        }
        if from < cut {
            let key = self.key_at(place, bytes, from);
            self.lose(from..cut, why, key.as_deref());
        }
        if is_beyond {
            self.note_broken_hash(bytes, from..cut);
            self.pass_gap(from..cut);
        }
        self.at = cut;
        self.open(cut);
    }

    /// Takes back what was passed and goes on behind `cut`. What begins before, from the last to the first; what of it was
    /// kept is lost then.
    fn drop_behind(&mut self, cut: u64) -> Vec<Past> {
        let mut dropped = Vec::new();
        while self.past.back().is_some_and(|past| past.end > cut) {
            let Some(past) = self.past.pop_back() else { break };
            self.place = past.before;
            if past.is_key {
                self.dbs.entry(past.before.db()).and_modify(|count| {
                    count.kept -= 1;
                    count.expiring -= u64::from(past.is_expiring);
                    count.before_loss = count.before_loss.map(|before| before.min(count.kept));
                });
            }
            self.truncate(past.start);
            if past.start < cut {
                self.found.losses.cut(past.start, cut);
                dropped.push(Past { end: cut, ..past });
            }
        }
        self.found.losses.take_back(cut);
        dropped
    }

    /// Keeps nothing from `start` on.
    fn truncate(&mut self, start: u64) {
        let kept = &mut self.found.kept;
        while kept.pop_if(|kept| kept.start >= start).is_some() {}
        if let Some(last) = kept.last_mut() {
            last.end = last.end.min(start);
        }
        while self.suspects.pop_if(|suspect| suspect.start >= start).is_some() {}
        self.forget_hashes(start);
    }

    /// The beginning of the key of the record at `at`, as far as it can be read.
    fn key_at(&self, mut place: Place, bytes: &[u8], at: u64) -> Option<Vec<u8>> {
        let mut at = usize::try_from(at.checked_sub(self.base)?).ok()?;
        while let Ok((None, behind)) = place.read(bytes, at, self.base) {
            at = behind;
        }
        (*bytes.get(at)? < 128).then_some(())?;
        unit::key(bytes, at + 1).map(|key| beginning(&key))
    }

    /// Nothing can be read any more.
    fn lose_rest(&mut self, bytes: &[u8], (from, why): (u64, Why)) {
        self.gap = None;
        let start = from.saturating_sub(self.base) as usize;
        let rest = bytes.get(start..).unwrap_or_default();
        let is_padding = from >= self.base && rest.iter().all(|&byte| byte == rest[0]);
        if is_padding && !rest.is_empty() && matches!(rest[0], 0 | 0xFF | b'\n') {
            self.found.trailing = Some(from..self.end);
        } else if !rest.is_empty() {
            let key = self.key_at(self.place, bytes, from);
            self.lose(from..self.end, why, key.as_deref());
        }
        self.at = self.base + bytes.len() as u64;
    }

    /// Whether the file ended without the opcode for the end because one of the last records took it in. It is gone on
    /// behind the beginning of that one then.
    pub(super) fn has_swallowed_the_end(&mut self, bytes: &[u8]) -> bool {
        self.make_plan(bytes, true, bytes.len()..bytes.len());
        let found = self.planned.as_ref().map(|it| {
            let rest = |at: usize| it.plan.behind(at).0;
            let against = Against { most: usize::MAX, rest: &rest, gap: 0, is_gap_next: false };
            self.best_inner(bytes, &it.plan, &against)
        });
        let found = found.and_then(|(found, _)| found);
        // No records but those up to the opcode for the end count so much more than what was taken.
        let found = found.filter(|(value, _)| *value >= 2 * GOOD);
        if let Some((_, way)) = found {
            self.resume(bytes, (self.at, Why::Truncated), self.base + way.from as u64);
        }
        found.is_some()
    }

    /// Takes the opcode for the end, unless records go on behind it; whether the file ends there.
    pub(super) fn take_end(&mut self, unit: &Unit<'_>, bytes: &[u8], is_last: bool) -> bool {
        let RecordKind::End(stored) = unit.record.kind else { return false };
        let end = unit.record.end;
        self.digest(bytes, end - stored.map_or(0, |_| 8));
        let checksum =
            stored.map_or(Checksum::None, |stored| Checksum::of(stored, self.crc.value()));
        let (at, rest) = ((self.at - self.base) as usize, &bytes[unit.behind..]);
        let next = matches!(header::read(rest), Start::Header(_, true)).then_some(end);
        if checksum != Checksum::Valid && next.is_none() && !(rest.is_empty() && is_last) {
            let failed = unit.behind.min(bytes.len());
            if self.is_gone_on(bytes, is_last, failed)
                && let Some(at) = self.beyond(bytes, is_last, at..bytes.len())
            {
                self.resume(bytes, (self.at, Why::Unreadable), self.base + at as u64);
                return false;
            }
        }
        self.keep_end(end);
        (self.found.checksum, self.found.has_end, self.found.next) = (checksum, true, next);
        if next.is_none() && end < self.end {
            self.found.trailing = Some(end..self.end);
        }
        self.at = end;
        true
    }

    /// Whether records begin at `at` or behind.
    fn is_gone_on(&mut self, bytes: &[u8], is_last: bool, at: usize) -> bool {
        self.make_plan(bytes, is_last, at..bytes.len());
        let way = self.planned.as_ref().and_then(|it| it.plan.best_from(at));
        way.is_some_and(|way| way.worth >= ENOUGH)
    }

    fn keep_end(&mut self, end: u64) {
        match self.found.kept.last_mut() {
            Some(kept) if kept.end == self.at => kept.end = end,
            _ => self.found.kept.push(Kept::new(self.at..end, self.place.db())),
        }
    }

    /// What the survey came to.
    pub(super) fn finish(mut self) -> Salvaged {
        let is_damaged = self.found.checksum != Checksum::Valid || self.found.losses.total > 0;
        let mut suspects = std::mem::take(&mut self.suspects);
        if is_damaged {
            self.settle_broken();
            self.settle_expiries(&suspects);
        }
        self.count_lost();
        // Of those that took in as many keys, what is most like others goes first: one that convicts explains what is missing.
        let evidence = |inner: &Inner| (inner.keys, inner.worth.min(GOOD));
        suspects.sort_by_key(|suspect| std::cmp::Reverse(evidence(&suspect.inner)));
        for suspect in suspects.into_iter().filter(|_| is_damaged) {
            self.convict(&suspect);
        }
        if is_damaged {
            self.settle_hashes();
        }
        let mut found = self.found;
        found.kept.retain(|kept| kept.start < kept.end);
        found.end = self.at;
        found.losses.list.sort_by_key(|lost| lost.start);
        found
    }
}
