//! What a survey does where a record cannot be read, and at the end.

use super::search::{CHAIN, Search};
use super::survey::{Next, Survey, Suspect};
use super::unit::{self, GOOD, Unit};
use super::{Kept, Salvaged, Why, beginning};
use crate::header::{self, Start};
use crate::record::{Place, RecordKind};
use crate::summary::Checksum;

impl Survey {
    /// Looks for the place where records go on; what is needed for that if the bytes are not enough.
    pub(super) fn look_beyond(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        gap: (u64, Why),
    ) -> Option<Next> {
        let failed = ((self.at - self.base) as usize).min(bytes.len());
        let low = match self.past.front() {
            Some(past) => (past.start - self.base) as usize + 1,
            None => failed,
        };
        let (found, is_short) = self.beyond(bytes, is_last, low, failed);
        if let Some(at) = found {
            self.resume(bytes, gap, self.base + at as u64);
            return None;
        }
        if is_last {
            self.lose_rest(bytes, gap);
            return Some(Next::Done);
        }
        if is_short && self.want < self.windows.most {
            let most = self.windows.most;
            return Some(Next::Shift(self.base, self.want.saturating_mul(2).min(most)));
        }
        self.past.clear();
        self.at = self.at.max(self.base + bytes.len() as u64 / 2);
        Some(Next::Shift(self.at, self.windows.want))
    }

    /// Where records begin that lead beyond `failed`, and whether some may that go on behind the bytes.
    fn beyond(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        low: usize,
        failed: usize,
    ) -> (Option<usize>, bool) {
        self.search(bytes, is_last, |search, before| {
            let found = search.beyond(low, failed, before);
            (found, search.is_short)
        })
    }

    /// Searches in these bytes. The second thing that `with` gets tells what the records count that end at or before a
    /// place and would be kept.
    fn search<T>(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        with: impl FnOnce(&mut Search<'_>, &dyn Fn(usize) -> i32) -> T,
    ) -> T {
        let work = self.work_left(self.base + bytes.len() as u64);
        let (base, place, habits) = (self.base, self.place, self.habits);
        let mut search = Search::new(bytes, base, is_last, place, habits, &self.begins, work);
        let found = with(&mut search, &|at| {
            let kept = self.past.iter().take_while(|past| past.end <= base + at as u64);
            kept.map(|past| past.score).sum()
        });
        let work_left = search.work_left;
        self.work += work - work_left;
        found
    }

    /// Whether the records that begin `from` lead astray, so that others do to the end of the file that begin before or
    /// behind; where these begin. Such records look odd, or follow a value that cannot be read.
    pub(super) fn astray(&mut self, bytes: &[u8], is_last: bool, from: usize) -> Option<u64> {
        let at = (self.at - self.base) as usize;
        if self.base + (from as u64) < self.trusted {
            return None;
        }
        let base = self.base;
        let low = self.past.front().map_or(at, |past| (past.start - base) as usize) + 1;
        let (is_good, way) = self.search(bytes, is_last, |search, before| {
            // Good records follow: what keeps them from leading to the end is further damage.
            let is_good = search.chain(from).is_some_and(|(score, _)| score >= 2 * GOOD);
            let is_right = is_good || search.leads_to_the_end(from);
            let way = if is_right { None } else { search.beyond_to_the_end(low, at + 1, before) };
            (is_good, way)
        });
        if way.is_none() && !is_good {
            self.trusted = base + bytes.len() as u64;
        }
        way.map(|way| base + way as u64)
    }

    /// Goes on at `cut`. It may lie before the gap, within a record with a wrong length, which took in others.
    pub(super) fn resume(&mut self, bytes: &[u8], (from, why): (u64, Why), cut: u64) {
        self.gap = None;
        let place = self.place;
        let mut dropped = Vec::new();
        while self.past.back().is_some_and(|past| past.end > cut) {
            let Some(past) = self.past.pop_back() else { break };
            self.place = past.before;
            if past.is_key {
                self.dbs.entry(past.before.db()).and_modify(|count| count.kept -= 1);
            }
            self.truncate(past.start);
            if past.start < cut {
                self.found.losses.cut(past.start, cut);
            }
            dropped.extend((past.is_kept && past.start < cut).then_some(past.start..cut));
        }
        for lost in dropped.into_iter().rev() {
            let key = self.key_at(self.place, bytes, lost.start);
            self.lose(lost, Why::WrongLength, key.as_deref());
        }
        if from < cut {
            let key = self.key_at(place, bytes, from);
            self.lose(from..cut, why, key.as_deref());
        }
        self.at = cut;
        self.open(cut);
    }

    /// Keeps nothing from `start` on.
    fn truncate(&mut self, start: u64) {
        let kept = &mut self.found.kept;
        while kept.pop_if(|kept| kept.start >= start).is_some() {}
        if let Some(last) = kept.last_mut() {
            last.end = last.end.min(start);
        }
        while self.suspects.pop_if(|suspect| suspect.start >= start).is_some() {}
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
        let low =
            self.past.front().map_or(bytes.len(), |past| (past.start - self.base) as usize + 1);
        let (found, _) = self.beyond(bytes, true, low, bytes.len());
        if let Some(at) = found {
            self.resume(bytes, (self.at, Why::Truncated), self.base + at as u64);
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
        let rest = &bytes[unit.behind..];
        let next = matches!(header::read(rest), Start::Header(_, true)).then_some(end);
        if checksum != Checksum::Valid && next.is_none() && !(rest.is_empty() && is_last) {
            let failed = unit.behind.min(bytes.len());
            if let (Some(at), _) = self.beyond(bytes, is_last, failed, failed) {
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
        suspects.sort_by_key(|suspect| std::cmp::Reverse(suspect.keys));
        for suspect in suspects.into_iter().filter(|_| is_damaged) {
            self.convict(suspect);
        }
        let mut found = self.found;
        found.kept.retain(|kept| kept.start < kept.end);
        found.end = self.at;
        found.losses.list.sort_by_key(|lost| lost.start);
        found
    }

    /// Where keys are missing in a database, a record took them in that ends in as many.
    fn convict(&mut self, Suspect { start, inner, db, keys, key }: Suspect) {
        let Some(count) = self.dbs.get_mut(&db) else { return };
        let missing = count.announced.unwrap_or_default().saturating_sub(count.kept);
        let are_many = keys >= CHAIN as u64 && (missing > 0 || count.announced.is_none());
        if keys == 0 || (keys > missing && !are_many) {
            return;
        }
        let holds = |kept: &Kept| kept.start <= start && inner < kept.end;
        let Some(place) = self.found.kept.iter().position(holds) else { return };
        count.kept += keys - u64::from(key.is_some());
        let kept = &mut self.found.kept;
        let mut end = std::mem::replace(&mut kept[place].end, start);
        // The number of the next database was taken in too.
        if kept.get(place + 1).is_some_and(|next| next.start == end && next.is_db_assumed) {
            end = kept.remove(place + 1).end;
        }
        kept.insert(place + 1, Kept::new(inner..end, db));
        self.found.losses.add(start..inner, db, key.as_deref(), Why::WrongLength);
    }
}
