//! Records that may have taken in others which stood behind them, without a trace but for the number of keys.

use super::plan::Plan;
use super::search::{Search, View};
use super::survey::Survey;
use super::unit::{self, GOOD, Unit};
use super::{Kept, Why};
use crate::payload::Payload;
use crate::record::{Key, RecordKind};

/// So many keys that a record took in are found to be keys although it is not known how many are missing.
const MANY: u64 = 4;

/// A record that is sound, and ends in other records.
pub(super) struct Suspect {
    pub(super) start: u64,
    pub(super) inner: Inner,
    pub(super) db: u64,
    pub(super) key: Option<Vec<u8>>,
}

/// Records at the end of another one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inner {
    pub(super) at: u64,
    /// How many keys stand before the number of another database, if there is one.
    pub(super) keys: u64,
    pub(super) has_select: bool,
}

impl Survey {
    /// The records in the key or value of one that end where it does.
    pub(super) fn inner(&mut self, unit: &Unit<'_>, bytes: &[u8]) -> Option<Inner> {
        let RecordKind::Key(key) = &unit.record.kind else { return None };
        // Fields are written as keys with strings are.
        if matches!(key.value.code, 22 | 24) {
            return None;
        }
        let record = &bytes[unit.code_at..unit.behind];
        if !record.iter().any(|&code| self.begins[usize::from(code)]) {
            return None;
        }
        let start = unit.record.end - record.len() as u64;
        let work = self.work_left(start);
        let view = View { bytes: record, base: start, is_last: false, end: unit.record.end };
        let mut search = Search::new(view, self.place, self.habits, &self.begins, work);
        let way = Plan::to_end(&mut search, 1..record.len()).best_from(0);
        self.work += work - search.work_left;
        let way = way.filter(|way| way.worth >= GOOD)?;
        let mut inner = Inner { at: start + way.from as u64, keys: 0, has_select: false };
        let (mut at, place) = (way.from, self.place);
        while let Ok(unit) = unit::read(place, record, at, start) {
            inner.has_select |= matches!(unit.record.kind, RecordKind::Select(_));
            let is_key = matches!(unit.record.kind, RecordKind::Key(_));
            inner.keys += u64::from(is_key && !inner.has_select);
            at = unit.behind;
        }
        Some(inner)
    }

    /// Where keys are missing in a database, a record took them in that ends in as many; where there are too many, one
    /// that ends in the number of the next database.
    pub(super) fn convict(&mut self, Suspect { start, inner, db, key }: Suspect) {
        let Some(count) = self.dbs.get_mut(&db) else { return };
        let Inner { at, keys, has_select } = inner;
        let is_guilty = match count.announced {
            Some(announced) if has_select => announced != count.kept,
            Some(announced) if announced <= count.kept => false,
            Some(announced) => (1..=announced - count.kept).contains(&keys) || keys >= MANY,
            None => keys >= MANY || has_select,
        };
        let holds = |kept: &Kept| kept.start <= start && at < kept.end;
        let place = self.found.kept.iter().position(holds).filter(|_| is_guilty);
        let Some(place) = place else { return };
        count.kept += keys - u64::from(key.is_some()).min(keys);
        let kept = &mut self.found.kept;
        let mut end = std::mem::replace(&mut kept[place].end, start);
        // The number of the next database was taken in too.
        if kept.get(place + 1).is_some_and(|next| next.start == end && next.is_db_assumed) {
            end = kept.remove(place + 1).end;
        }
        kept.insert(place + 1, Kept::new(at..end, db));
        self.found.losses.add(start..at, db, key.as_deref(), Why::WrongLength);
    }
}

/// Whether a record would still be sound if it took in what stands behind it: packed values have lengths of their own.
pub(super) fn may_take_in(unit: &Unit<'_>) -> bool {
    match &unit.record.kind {
        RecordKind::Key(Key { value: Payload { code, bytes, .. }, .. }) => match code {
            0 => bytes.first().is_some_and(|&first| first < 0xC0),
            code => matches!(code, 1..=5 | 7 | 18),
        },
        _ => false,
    }
}
