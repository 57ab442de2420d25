//! Records that were passed, which may have taken in the beginnings of others.

use std::ops::Range;

use super::items::Items;
use super::survey::Survey;
use super::suspect::{is_counted, may_take_in};
use super::unit::{GOOD, Unit};
use crate::record::{Place, RecordKind};

/// So many records are remembered, and so many bytes of them; the last one in any case.
const PAST: usize = 2048;
const PAST_BYTES: u64 = 64 << 10;
/// So many records behind a bad one may be as bad.
const PAST_BAD: usize = 8;

/// What a record counts at most that may have taken in the beginnings of others.
pub(super) const DOUBTED: i32 = GOOD / 4;

/// A record that was passed.
pub(super) struct Past {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) before: Place,
    /// What it counts.
    pub(super) score: i32,
    /// What it counts where it might have taken in the beginnings of others: these count more.
    pub(super) doubted: i32,
    /// Its last items may be others that it took in, while those before are its own.
    pub(super) is_counted: bool,
    pub(super) is_kept: bool,
    pub(super) is_key: bool,
    pub(super) is_expiring: bool,
    /// What stands before it is lost, or only taken for records.
    pub(super) is_behind_loss: bool,
}

impl Past {
    /// Whether it is a key that is unlike those of real files.
    pub(super) fn is_odd(&self) -> bool {
        self.is_key && self.score < GOOD / 2
    }
}

impl Survey {
    /// Goes on behind a record, and remembers it.
    pub(super) fn pass(&mut self, unit: &Unit<'_>, bytes: &[u8], score: i32, is_kept: bool) {
        let is_good = is_kept && score > 0;
        let is_counted = is_counted(unit, is_good);
        let fields = if is_counted && !is_good { self.worth_of_fields(unit, bytes) } else { None };
        let score = fields.unwrap_or(score);
        let key = if let RecordKind::Key(key) = &unit.record.kind { Some(key) } else { None };
        self.past.push_back(Past {
            start: self.at,
            end: unit.record.end,
            before: self.place,
            score,
            doubted: if may_take_in(unit) { score.min(DOUBTED) } else { score },
            is_counted,
            is_kept,
            is_key: is_kept && key.is_some(),
            is_expiring: is_kept && key.is_some_and(|key| key.expiry.is_some()),
            is_behind_loss: self.is_behind_loss(),
        });
        self.forget();
        self.at = unit.record.end;
        self.place = Place::within(self.place.header(), self.db_behind(unit));
    }

    /// What the fields count of a hash that is bad or odd itself.
    fn worth_of_fields(&self, unit: &Unit<'_>, bytes: &[u8]) -> Option<i32> {
        let items = Items::read(self.place.header(), bytes, unit.code_at)?;
        Some(items.like_keys(self.place, bytes).worth())
    }

    /// Goes on behind a gap. What stands before it is not doubted any more: ways from there were no better.
    pub(super) fn pass_gap(&mut self, gap: Range<u64>) {
        self.past.clear();
        if gap.start < self.base || gap.is_empty() {
            return;
        }
        self.past.push_back(Past {
            start: gap.start,
            end: gap.end,
            before: self.place,
            score: 0,
            doubted: 0,
            is_counted: false,
            is_kept: false,
            is_key: false,
            is_expiring: false,
            is_behind_loss: true,
        });
    }

    /// Goes on within a record, all of which is lost that stands before. Neither is doubted any more what stands before that,
    /// but a way that begins within it still has its items against it.
    pub(super) fn pass_lost(&mut self, lost: Past) {
        let (is_kept, is_key, is_expiring) = (false, false, false);
        let lost = Past { score: 0, doubted: 0, is_kept, is_key, is_expiring, ..lost };
        self.past = [Past { is_behind_loss: true, ..lost }].into();
    }

    /// Whether what stands before the next record is lost, or only taken for records, so that a gap there is no other one.
    pub(super) fn is_behind_loss(&self) -> bool {
        self.past.back().is_some_and(|past| {
            past.end != self.at || !past.is_kept || (past.is_odd() && past.is_behind_loss)
        })
    }

    /// Forgets records that are too far behind. A bad value may come of a wrong length, and what seems to follow it be
    /// bad too: so it is remembered for longer.
    fn forget(&mut self) {
        let last = self.past.back().map_or(0, |past| past.start);
        while let Some(first) = self.past.front() {
            let len = self.past.len();
            let is_far = len > PAST || last.saturating_sub(first.end) > PAST_BYTES;
            if len == 1 || !is_far || (!first.is_kept && len <= PAST_BAD) {
                break;
            }
            self.past.pop_front();
        }
    }
}
