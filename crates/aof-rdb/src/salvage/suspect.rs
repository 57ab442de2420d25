//! Records that may have taken in others which stood behind them, without a trace but for the number of keys.

use std::ops::Range;

use super::items;
use super::plan::Plan;
use super::search::{Search, View};
use super::survey::{Count, Survey};
use super::unit::{self, GOOD, Unit};
use super::{Kept, Why};
use crate::length::{Form, length, text};
use crate::payload::Payload;
use crate::record::{Key, RecordKind};
use crate::summary::{Checksum, Dialect};

/// So many keys that a record took in are found to be keys although it is not known how many are missing.
pub(super) const MANY: u64 = 4;

/// So many keys in a record are compared with its beginning.
const MOST_SEAMS: u64 = 64;

/// So many bytes say when a key expires.
const EXPIRY: usize = 9;

/// So many bytes hold the numbers of keys of a database at most.
const SIZES: usize = 1 + 9 + 9;

/// How a node of a list is marked that is a single element.
const PLAIN: u64 = 1;

/// So many databases are counted.
const MOST_DBS: usize = 1 << 16;

/// A record that is sound, and ends in other records.
pub(super) struct Suspect {
    pub(super) start: u64,
    pub(super) inner: Inner,
    pub(super) db: u64,
    pub(super) key: Option<Vec<u8>>,
    /// Whether what stands right before it is lost: it may be made up of what is left of that.
    pub(super) is_behind_gap: bool,
}

/// The end of a record that is lost since its value is bad.
pub(super) struct Broken {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) inner: Inner,
    pub(super) db: u64,
}

/// Records at the end of another one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inner {
    pub(super) at: u64,
    /// How many keys stand before the number of another database, if there is one.
    pub(super) keys: u64,
    pub(super) has_select: bool,
    /// What they count.
    pub(super) worth: i32,
    /// Whether there is no more than when the key behind it expires.
    pub(super) is_expiry: bool,
    /// Whether a block was written twice that ends within the first bytes of one of the keys: the record that they stand
    /// in is made up of these bytes and of what the block begins with.
    pub(super) is_seam: bool,
}

impl Survey {
    /// Counts a key, or remembers how many there should be.
    pub(super) fn count(&mut self, unit: &Unit<'_>) {
        let db = self.place.db();
        if self.dbs.len() >= MOST_DBS && !self.dbs.contains_key(&db) {
            return;
        }
        match unit.record.kind {
            RecordKind::Key(ref key) => {
                let count = self.dbs.entry(db).or_default();
                count.kept += 1;
                count.expiring += u64::from(key.expiry.is_some());
            }
            // Servers save no database without keys: such numbers are damaged, and tell nothing.
            RecordKind::Resize { keys: 0, .. } => {}
            RecordKind::Resize { keys, expiring } => {
                let count = self.dbs.entry(db).or_default();
                (count.announced, count.announced_expiring) = (Some(keys), expiring);
            }
            _ => {}
        }
    }

    /// Whether a size is that of another database, whose number was lost.
    pub(super) fn is_out_of_place(&self, is_behind_gap: bool) -> bool {
        let was_announced = self.dbs.get(&self.place.db()).is_some_and(|it| it.announced.is_some());
        self.place.header().version >= 7
            && !self.habits.is_behind_select
            && (is_behind_gap || was_announced)
    }

    /// Whether numbers of keys stand where no database begins: its number may have been taken in.
    pub(super) fn is_stray_size(&self, unit: &Unit<'_>) -> bool {
        matches!(unit.record.kind, RecordKind::Resize { .. }) && self.is_out_of_place(false)
    }

    /// Whether the number of a database stands where none begins: that of another one has numbers of its keys behind it,
    /// and this has none. Behind the last key that a database should have another one may begin in any case.
    pub(super) fn is_stray_number(&self, unit: &Unit<'_>, bytes: &[u8]) -> bool {
        let RecordKind::Select(number) = unit.record.kind else { return false };
        !self.habits.is_announced(self.place.header().version, bytes, unit.behind)
            && self.dbs.values().any(|count| count.announced.is_some())
            && !(self.is_complete() && number > self.place.db())
    }

    /// Whether all keys of the database are there, and all that expire, and none of them may be made up of what is left of
    /// something lost.
    pub(super) fn is_complete(&self) -> bool {
        let is_whole = |count: &Count| count.before_loss.is_none_or(|before| before == count.kept);
        let count = self.dbs.get(&self.place.db());
        let is_all = |count: &Count| {
            count.announced == Some(count.kept) && count.announced_expiring == count.expiring
        };
        count.is_some_and(|count| is_all(count) && is_whole(count))
    }

    /// Whether the key that was counted last is the first that a database has beyond those it should have: something
    /// is taken for keys. Where something was lost before, keys may stand there twice.
    pub(super) fn is_one_too_many(&self) -> bool {
        let count = self.dbs.get(&self.place.db());
        self.found.losses.total == 0
            && count.is_some_and(|count| count.announced.is_some_and(|it| count.kept == it + 1))
    }

    /// The records in the key or value of one that end where it does, and count so much at least.
    pub(super) fn inner(&mut self, unit: &Unit<'_>, bytes: &[u8], least: i32) -> Option<Inner> {
        let RecordKind::Key(key) = &unit.record.kind else { return None };
        // Fields are written as keys with strings are.
        if items::are_keys(key.value.header, key.value.code) {
            return None;
        }
        let record = &bytes[unit.code_at..unit.behind];
        if !record.iter().any(|&code| self.begins[usize::from(code)]) {
            return None;
        }
        let behind_next = self.behind_next(bytes, unit.behind);
        let (base, len) = (self.base + unit.code_at as u64, record.len());
        let ends = [len, behind_next - unit.code_at];
        let view = &bytes[unit.code_at..bytes.len().min(behind_next + SIZES)];
        let view = View { bytes: view, base, is_last: false, end: base + view.len() as u64 };
        let work = self.work_left(base);
        let mut search = Search::new(view, self.place, self.habits, &self.begins, work);
        let way = Plan::to_end(&mut search, 1..len, ends).best_from(0);
        self.work += work - search.work_left;
        let way = way.filter(|way| way.worth >= least)?;
        Some(self.read_inner(unit, bytes, unit.code_at + way.from, way.worth))
    }

    /// What begins at `from` within a record, and ends where it does.
    fn read_inner(&self, unit: &Unit<'_>, bytes: &[u8], from: usize, worth: i32) -> Inner {
        let start = (unit.record.at - self.base) as usize;
        let is_expiry = unit.behind - from == EXPIRY && bytes[from] == 252;
        let (mut keys, mut has_select, mut is_seam, mut at) = (0, false, false, from);
        while at < unit.behind {
            let Ok(next) = unit::read(self.place, bytes, at, self.base) else { break };
            has_select |= matches!(next.record.kind, RecordKind::Select(_));
            if matches!(next.record.kind, RecordKind::Key(_)) && next.behind <= unit.behind {
                keys += u64::from(!has_select);
                is_seam |= keys <= MOST_SEAMS && are_repeated(bytes, start, at);
            }
            at = next.behind;
        }
        Inner { at: self.base + from as u64, keys, has_select, worth, is_expiry, is_seam }
    }

    /// The place behind the key at `at` of which nothing is said there: it may have been, and been taken in.
    fn behind_next(&self, bytes: &[u8], at: usize) -> usize {
        let is_bare = bytes.get(at).is_some_and(|&code| code < 128);
        let next = is_bare.then(|| unit::read(self.place, bytes, at, self.base).ok()).flatten();
        next.map_or(at, |next| next.behind)
    }

    /// Counts the keys that are lost in each database, as far as their names are known: they are not taken in.
    pub(super) fn count_lost(&mut self) {
        for lost in &self.found.losses.list {
            if lost.key.as_deref().is_some_and(unit::is_text) {
                self.dbs.entry(lost.db).or_default().lost += 1;
            }
        }
    }

    /// A bad value gives back the only key that is missing beside its own, if it ends in one and nothing else is lost:
    /// although such a key may stand there by chance, it explains its number and why the value is bad.
    pub(super) fn settle_broken(&mut self) {
        let Some(Broken { start, end, inner, db }) = self.broken.take() else { return };
        let losses = &self.found.losses;
        let is_only = losses.list.last().is_some_and(|it| (it.start, it.end) == (start, end));
        let is_one = inner.keys == 1 && !inner.has_select;
        let Some(count) = self.dbs.get_mut(&db) else { return };
        if is_only && losses.total == 1 && is_one && count.announced == Some(count.kept + 2) {
            count.kept += 1;
            let kept = &mut self.found.kept;
            let place = kept.iter().position(|kept| kept.start >= end).unwrap_or(kept.len());
            kept.insert(place, Kept::new(inner.at..end, db));
            self.found.losses.cut(start, inner.at);
        }
    }

    /// Where keys are missing in a database that are not lost by name, a record took them in that ends in as many; where
    /// there are too many, or the checksum is wrong and nothing else tells why, one that ends in the number of the next
    /// database; and in any case one that is made up where a block was written twice.
    pub(super) fn convict(&mut self, suspect: &Suspect) {
        let Suspect { start, inner, db, is_behind_gap, .. } = *suspect;
        if !self.is_guilty(suspect) {
            return;
        }
        let Some(place) = self.kept_at(start, inner.at) else { return };
        let Some(count) = self.dbs.get_mut(&db) else { return };
        count.kept = (count.kept + inner.keys).saturating_sub(1);
        count.lost += u64::from(!inner.is_seam && !is_behind_gap);
        self.split(place, start..inner.at, db, suspect.key.as_deref());
    }

    /// Whether that was taken in with which a record ends.
    fn is_guilty(&self, suspect: &Suspect) -> bool {
        let Some(count) = self.dbs.get(&suspect.db) else { return false };
        let is_wrong = matches!(self.found.checksum, Checksum::Wrong { .. });
        let has_no_loss = self.found.losses.total == 0;
        let Inner { keys, has_select, worth, is_seam, .. } = suspect.inner;
        let known = (count.kept + count.lost).saturating_sub(u64::from(suspect.is_behind_gap));
        match count.announced {
            _ if is_seam => true,
            // One key with a string may be there by chance: only if nothing else explains what is missing.
            announced if worth < GOOD => {
                has_no_loss && keys > 0 && announced == Some(count.kept + keys)
            }
            Some(announced) if has_select => (is_wrong && has_no_loss) || announced != known,
            Some(announced) if announced == count.kept => false,
            // Something that was lost left what is taken for keys: their number tells nothing then.
            Some(announced) if announced < count.kept => keys >= MANY && !has_no_loss,
            Some(announced) => {
                keys >= MANY || (1..=announced.saturating_sub(known)).contains(&keys)
            }
            None => keys >= MANY || has_select,
        }
    }

    /// In each database in which keys that expire are missing, and others only if nothing was lost that can be seen: the
    /// only string that ends in when the next key expires took that in, since damage made it shorter by just so much.
    pub(super) fn settle_expiries(&mut self, suspects: &[Suspect]) {
        if self.found.losses.total > 0 {
            return;
        }
        let is_missing = |count: &Count| {
            let missing = count.announced_expiring.saturating_sub(count.expiring);
            match count.announced {
                Some(announced) if announced == count.kept => missing == 1,
                Some(announced) => announced > count.kept && missing > 0,
                None => false,
            }
        };
        let dbs = self.dbs.iter().filter(|(_, count)| is_missing(count)).map(|(db, _)| *db);
        for db in dbs.collect::<Vec<u64>>() {
            let mut of_db = suspects.iter().filter(|it| it.db == db && it.inner.is_expiry);
            if let (Some(Suspect { start, inner, key, .. }), None) = (of_db.next(), of_db.next())
                && let Some(place) = self.kept_at(*start, inner.at)
            {
                self.split(place, *start..inner.at, db, key.as_deref());
            }
        }
    }

    /// The number of the stretch that is kept and has both places in it.
    fn kept_at(&self, start: u64, at: u64) -> Option<usize> {
        self.found.kept.iter().position(|kept| kept.start <= start && at < kept.end)
    }

    /// What is kept goes on behind these bytes, which are lost.
    fn split(&mut self, place: usize, lost: Range<u64>, db: u64, key: Option<&[u8]>) {
        let Range { start, end: at } = lost;
        let kept = &mut self.found.kept;
        let mut end = std::mem::replace(&mut kept[place].end, start);
        // The number of the next database was taken in too.
        if kept.get(place + 1).is_some_and(|next| next.start == end && next.is_db_assumed) {
            end = kept.remove(place + 1).end;
        }
        kept.insert(place + 1, Kept::new(at..end, db));
        self.found.losses.add(lost, db, key, Why::WrongLength);
    }
}

/// Whether a value has items each of which counts against ways that begin there.
pub(super) fn is_counted(unit: &Unit<'_>, is_good: bool) -> bool {
    let RecordKind::Key(Key { value: Payload { header, code, .. }, .. }) = unit.record.kind else {
        return false;
    };
    if is_good { items::each(code).is_some() } else { items::are_keys(header, code) }
}

/// Whether a record would still be sound if it took in what stands behind it: packed values have lengths of their own.
pub(super) fn may_take_in(unit: &Unit<'_>) -> bool {
    match &unit.record.kind {
        RecordKind::Key(Key { value: Payload { code, bytes, .. }, .. }) => match code {
            0 => bytes.first().is_some_and(|&first| first < 0xC0),
            18 => has_plain_node(bytes),
            // Integers may be any bytes, if only they ascend. Few need all of theirs: rather the last one took others in.
            11 => bytes.last().is_some_and(|last| !matches!(last, 0 | 0xFF)),
            code => matches!(code, 1..=5 | 7),
        },
        _ => false,
    }
}

/// Whether a sound record may end in keys that it took in. So may one of Valkey that took in a key for a field: none of its
/// fields is written as keys are.
pub(super) fn may_end_in_keys(unit: &Unit<'_>) -> bool {
    let RecordKind::Key(Key { value: Payload { header, code, .. }, .. }) = unit.record.kind else {
        return false;
    };
    may_take_in(unit) || (header.dialect == Dialect::Valkey && code == 22)
}

/// Whether as many bytes around `first` are the same around `second` as these places are apart.
fn are_repeated(bytes: &[u8], first: usize, second: usize) -> bool {
    let apart = second - first;
    let (before, behind) = (bytes[..first].iter().rev(), bytes[first..].iter());
    let (before_second, behind_second) = (bytes[..second].iter().rev(), bytes[second..].iter());
    let same_before = before.zip(before_second).take(apart).take_while(|(a, b)| a == b).count();
    let same_behind = behind.zip(behind_second).take(apart).take_while(|(a, b)| a == b).count();
    same_before + same_behind >= apart
}

/// Whether a node of a list is a single element that is written as it is. All others are packed.
fn has_plain_node(list: &[u8]) -> bool {
    let Ok((nodes, mut at)) = length(list, 0) else { return true };
    (0..nodes).any(|_| match length(list, at).and_then(|(kind, at)| Ok((kind, text(list, at)?))) {
        Ok((kind, node)) => {
            at = node.body.saturating_add(node.len as usize);
            kind == PLAIN && node.form == Form::Plain
        }
        Err(_) => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_of_a_list_is_a_single_element_whatever_length_it_claims() {
        let packed = [1, 2, 3, b'a', b'b', b'c'];
        assert!(!has_plain_node(&packed));
        assert!(has_plain_node(&[1, 1, 3, b'a', b'b', b'c']));
        let endless = [&[2, 2, 0x81][..], &[0xFF; 8]].concat();
        assert!(has_plain_node(&endless));
    }
}
