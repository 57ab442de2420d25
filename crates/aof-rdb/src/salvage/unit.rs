//! One thing to keep or to lose: a record with what is said of it before, and how plausible it is.

use std::borrow::Cow;

use crate::fault::ValueFault;
use crate::item::Item;
use crate::length::{Fault, length};
use crate::payload::{Payload, Room};
use crate::record::{self, Key, NoRecord, Place, Record, RecordKind};

/// What is said of one key takes no more steps than this; so a run of attributes costs little at each of its bytes.
const MOST_STEPS: usize = 16;

/// What counts for a record that looks like those of real files.
pub(super) const GOOD: i32 = 100;

/// What counts for each thing that is said of a key: more than for records that are unlike those of real files.
const SAID: i32 = 30;

/// What counts for a record whose name is a number where few others are.
const NUMBER: i32 = GOOD / 2 + 8;

/// What such a record counts if its value is a string: what may stand somewhere by chance, but nobody's habit is.
pub(super) const WEAK: i32 = NUMBER - GOOD / 2;

/// So many times as much counts a value of many items at most that may be the beginnings of other records.
const MOST_LOOSE: u64 = 4;

/// What counts against something that servers do not write.
const ODD: i32 = -200;

/// What counts against any record at most, so that a way does not rather pass it by.
const LEAST_SCORE: i32 = -GOOD / 2;

/// Few records have fewer bytes.
const LEAST: u64 = 4;

/// No server has more databases than that by far.
const MOST_DBS: u64 = 1 << 16;

/// Times before 2100 in milliseconds. Servers write no others unless they are asked to.
const PLAUSIBLE_EXPIRY: std::ops::Range<i64> = 1 << 39..1 << 42;

/// A record that stands between two places where nothing is said of a next key.
#[derive(Debug)]
pub(super) struct Unit<'a> {
    pub(super) record: Record<'a>,
    /// Where its type or opcode stands in the bytes, behind what is said of a key.
    pub(super) code_at: usize,
    /// The place in the bytes behind it.
    pub(super) behind: usize,
}

/// The unit at `at` in bytes that stand at `base` in the file.
pub(super) fn read<'a>(
    mut place: Place,
    bytes: &'a [u8],
    mut at: usize,
    base: u64,
) -> Result<Unit<'a>, NoRecord> {
    for _ in 0..MOST_STEPS {
        let (record, behind) = place.read(bytes, at, base)?;
        match record {
            // No server writes anything between what it says of a key and the key, nor a field whose name is no text.
            Some(record) if !place.is_between() || has_odd_name(&record) => {
                return Err(NoRecord::Bad(at));
            }
            Some(record) => return Ok(Unit { record, code_at: at, behind }),
            None => at = behind,
        }
    }
    Err(NoRecord::Bad(at))
}

/// Whether it is a field about the file that has taken in something for its name.
fn has_odd_name(record: &Record<'_>) -> bool {
    matches!(&record.kind, RecordKind::Aux { name, .. } if !is_text(name))
}

/// Where the type or opcode of the record at `at` stands, behind what is said of a key.
pub(super) fn code_at(mut place: Place, bytes: &[u8], mut at: usize, base: u64) -> usize {
    for _ in 0..MOST_STEPS {
        let Ok((None, behind)) = place.read(bytes, at, base) else { break };
        at = behind;
    }
    at
}

/// The key at `at`, behind its type.
pub(super) fn key(bytes: &[u8], at: usize) -> Option<Cow<'_, [u8]>> {
    record::text(bytes, at).ok().map(|(key, _)| key)
}

/// What the keys of a file have in common, as far as it was read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Habits {
    text: u64,
    binary: u64,
    /// Names of text that are numbers, which servers write in binary form.
    numbers: u64,
    has_idle: bool,
    has_frequency: bool,
    has_odd_expiry: bool,
    has_bare_select: bool,
    /// Whether the last thing was a SELECTDB.
    pub(super) is_behind_select: bool,
    /// An empty key was seen in this database.
    pub(super) has_empty_key: bool,
}

impl Habits {
    /// Learns from a record that is kept.
    pub(super) fn learn(&mut self, record: &Record<'_>) {
        let is_resize = matches!(record.kind, RecordKind::Resize { .. });
        self.has_bare_select |= self.is_behind_select && !is_resize;
        self.is_behind_select = matches!(record.kind, RecordKind::Select(_));
        if self.is_behind_select {
            self.has_empty_key = false;
        }
        if let RecordKind::Key(key) = &record.kind {
            self.text += u64::from(is_text(&key.name));
            self.binary += u64::from(!is_text(&key.name));
            self.numbers += u64::from(is_number(&key.name));
            self.has_idle |= key.idle.is_some();
            self.has_frequency |= key.frequency.is_some();
            self.has_odd_expiry |= key.expiry.is_some_and(|it| !PLAUSIBLE_EXPIRY.contains(&it));
            self.has_empty_key |= key.name.is_empty();
        }
    }

    /// How much it counts that a record begins somewhere, which may be any place at all. The more the record
    /// is like those that servers write, and like the others of the file, the more; below 0 if it is better left out.
    fn score(&self, unit: &Unit<'_>, bytes: &[u8], at: usize, place: Place) -> i32 {
        let (db, version) = (place.db(), place.header().version);
        match &unit.record.kind {
            RecordKind::Key(key) => self.score_key(key, bytes, at),
            RecordKind::Select(number) => {
                let is_announced = self.is_announced(version, bytes, unit.behind);
                let is_next = *number >= db && *number < MOST_DBS;
                if is_announced && is_next { GOOD } else { ODD }
            }
            RecordKind::Resize { keys, expiring } if expiring <= keys => 20,
            RecordKind::Aux { .. } => GOOD,
            RecordKind::Function(source) if source.starts_with(b"#!") => GOOD,
            RecordKind::End(_) => GOOD,
            RecordKind::Slots | RecordKind::ModuleAux { .. } => 10,
            _ => ODD,
        }
    }

    /// Whether the numbers of keys stand at `at`, behind that of a database, where servers of this version write them.
    pub(super) fn is_announced(&self, version: u16, bytes: &[u8], at: usize) -> bool {
        let sizes = || {
            let (keys, behind) = length(bytes, at + 1)?;
            length(bytes, behind).map(|(expiring, _)| keys > 0 && expiring <= keys)
        };
        if version < 7 || self.has_bare_select || at >= bytes.len() {
            return true;
        }
        bytes[at] == 251 && sizes().unwrap_or_else(|fault| fault == Fault::Short)
    }

    /// The same for a sound record with so many items. One that may have taken in the beginnings of others counts less
    /// than these; one that cannot have counts more than whatever else its bytes can be taken for.
    pub(super) fn weight(
        &self,
        unit: &Unit<'_>,
        bytes: &[u8],
        at: usize,
        place: Place,
        items: u64,
    ) -> i32 {
        let score = self.score(unit, bytes, at, place).max(LEAST_SCORE);
        let RecordKind::Key(Key { value, .. }) = &unit.record.kind else { return score };
        let many = match value.code {
            _ if score < GOOD / 2 => return score,
            0 if value.bytes.first().is_some_and(|&first| first < 0xC0) => return score - GOOD / 2,
            0 => 1,
            // One long string may be all that a module wrote.
            7 => return score - GOOD / 2,
            1..=5 if items < 8 => return score - GOOD / 2,
            1..=5 => (items / 8).min(MOST_LOOSE),
            // Fields are written as keys with strings are, and count more than these.
            22 | 24 => items,
            _ => (unit.behind - unit.code_at) as u64 / LEAST,
        };
        score.saturating_mul(i32::try_from(many).unwrap_or(i32::MAX).max(1))
    }

    /// The same for a record with a broken value: its name may still tell that it is one.
    pub(super) fn score_bad(&self, unit: &Unit<'_>, bytes: &[u8], at: usize, place: Place) -> i32 {
        if self.score(unit, bytes, at, place) >= GOOD { GOOD / 2 } else { LEAST_SCORE }
    }

    fn score_key(&self, key: &Key<'_>, bytes: &[u8], at: usize) -> i32 {
        let said_in_vain = (key.idle.is_some() && !self.has_idle)
            || (key.frequency.is_some() && !self.has_frequency)
            || key.expiry.is_some_and(|it| !PLAUSIBLE_EXPIRY.contains(&it)) && !self.has_odd_expiry
            || is_in_seconds(key, bytes, at);
        // What is said of a key belongs to it.
        let said = [key.expiry.is_some(), key.idle.is_some(), key.frequency.is_some()];
        let said = SAID * said.into_iter().map(i32::from).sum::<i32>();
        let is_late = !self.has_odd_expiry && has_odd_field(&key.value);
        let is_odd = is_late || (key.value.code == 7 && !has_module_name(key.value.bytes));
        if (said_in_vain && self.text + self.binary > 0) || is_odd {
            return ODD;
        }
        if key.name.is_empty() {
            let is_in_hole = at > 0 && bytes[at - 1] == 0;
            return if self.has_empty_key || is_in_hole { ODD } else { 1 };
        }
        // A single one makes no habit.
        let names = self.text + self.binary;
        let are_few = self.numbers * 16 <= names || (self.numbers == 1 && names > 1);
        if is_number(&key.name) && are_few {
            return said + NUMBER;
        }
        // A name that is unlike all others is no evidence, for or against.
        said + if is_text(&key.name) || (self.binary >= 8 && self.binary * 16 > self.text) {
            GOOD
        } else if self.text + self.binary < 16 {
            4
        } else {
            i32::from(self.binary * 64 > self.text)
        }
    }
}

/// Whether a value is of a module whose name does not begin with `AAAA`, as one does that is stored in fewer bytes.
fn has_module_name(value: &[u8]) -> bool {
    length(value, 0).is_ok_and(|(id, _)| id > u64::from(u32::MAX))
}

/// Whether people, or programs for people, would name something so.
pub(super) fn is_text(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| !name.is_empty() && !name.contains(char::is_control))
}

/// Whether servers write a name as a number of up to four bytes, which other bytes are easily taken for.
fn is_number(name: &[u8]) -> bool {
    let number = std::str::from_utf8(name).ok().and_then(|name| name.parse::<i32>().ok());
    number.is_some_and(|number| number.to_string().as_bytes() == name)
}

/// Whether it is said in seconds when the key at `at` expires: servers that write RDB 6 and later say it in milliseconds
/// (source: `rdbSaveKeyValuePair`).
fn is_in_seconds(key: &Key<'_>, bytes: &[u8], at: usize) -> bool {
    key.value.header.version >= 6 && bytes.get(at) == Some(&253)
}

/// Whether a field expires at a time that servers do not write unless they are asked to: what a hash took in for fields
/// has such.
fn has_odd_field(value: &Payload<'_>) -> bool {
    let (mut room, mut is_odd) = (Room::default(), false);
    let read = matches!(value.code, 22..=25).then(|| {
        value.items(&mut room, &mut |item| {
            is_odd |=
                matches!(item, Item::Field(_, _, Some(at)) if !PLAUSIBLE_EXPIRY.contains(&at));
        })
    });
    is_odd || read.is_some_and(|read| read.is_err())
}

/// How many items are in the value, if it has one; what keeps the record from being kept is something in there.
pub(super) fn items(record: &Record<'_>, room: &mut Room) -> Result<u64, ValueFault> {
    match &record.kind {
        RecordKind::Key(key) => key.value.verify(room).map(|contents| contents.items),
        _ => Ok(0),
    }
}

/// Whether it is nothing but three NUL bytes, of which holes consist.
pub(super) fn is_nothing(record: &Record<'_>) -> bool {
    match &record.kind {
        RecordKind::Key(key) => {
            key.name.is_empty() && key.value.code == 0 && key.value.bytes == [0]
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{Dialect, Header};

    #[test]
    fn a_single_name_that_is_a_number_makes_no_habit() {
        let bytes = [0, 0xC0, 5, 1, b'x'];
        let place = Place::within(Header { dialect: Dialect::Redis, version: 11 }, 0);
        let unit = read(place, &bytes, 0, 0).unwrap();
        let score = |numbers| {
            let habits = Habits { text: 10, numbers, ..Habits::default() };
            habits.score(&unit, &bytes, 0, place)
        };
        assert_eq!([score(0), score(1), score(2)], [NUMBER, NUMBER, GOOD]);
    }
}
