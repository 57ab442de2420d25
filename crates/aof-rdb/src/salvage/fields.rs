//! Fields of hashes of Redis that may expire: they are written as keys with strings are. Only the number of keys tells
//! which of them are keys, where damage within such a hash leaves more fields, or fewer, than it should have.

use std::borrow::Cow;
use std::ops::Range;

use super::items::{self, Items};
use super::survey::Survey;
use super::suspect::{MANY, may_take_in};
use super::unit::{self, GOOD, Unit};
use super::{Kept, Why};
use crate::record::RecordKind;

/// So many keys are remembered behind a hash.
const MOST: usize = 1 << 16;

/// So many hashes are.
const MOST_HASHES: usize = 1 << 10;

/// A hash, and what may be its last fields.
pub(super) struct Hash {
    start: u64,
    /// The place behind it, as far as it goes, or where records go on.
    end: u64,
    db: u64,
    /// Whether all of it can be read. Otherwise it is lost.
    is_whole: bool,
    /// Where the last fields begin, which may be keys.
    fields: Vec<u64>,
    /// Whether each of them is named like the one before.
    are_alike: Vec<bool>,
    /// Where keys end behind it, which may be fields.
    keys: Vec<u64>,
}

impl Survey {
    /// Remembers a hash of which all or a part can be read, and that ends at `end`, or records go on there.
    fn note_hash(&mut self, bytes: &[u8], items: &Items, hash: Range<u64>, is_whole: bool) {
        let Range { start, end } = hash;
        let at = end - self.base;
        if self.hashes.len() < MOST_HASHES {
            let places: Vec<usize> = items.last_before(at as usize, MOST).collect();
            let are_alike = are_alike(bytes, &places);
            let fields = places.into_iter().map(|it| self.base + it as u64).collect();
            let (db, keys) = (self.place.db(), Vec::new());
            self.hashes.push(Hash { start, end, db, is_whole, fields, are_alike, keys });
        }
    }

    /// The same for a record that can be read.
    pub(super) fn note_whole_hash(&mut self, unit: &Unit<'_>, bytes: &[u8]) {
        let RecordKind::Key(key) = &unit.record.kind else { return };
        if let Some(hash) = self.hashes.last_mut()
            && (!hash.is_whole && hash.db == key.db && hash.keys.len() < MOST)
        {
            hash.keys.push(unit.record.end);
        }
        let (header, start) = (key.value.header, self.at);
        if items::are_keys(header, key.value.code)
            && let Some(items) = Items::read(header, bytes, unit.code_at)
        {
            let items = items.like_keys(self.place, bytes);
            self.note_hash(bytes, &items, start..unit.record.end, true);
        }
    }

    /// The same for one that was lost, if there is one.
    pub(super) fn note_broken_hash(&mut self, bytes: &[u8], lost: Range<u64>) {
        let at = lost.start.checked_sub(self.base).filter(|_| !lost.is_empty());
        let (items, steps) = self.fields_at(bytes, at);
        self.compared += steps;
        // Nothing but its fields tells that it is one.
        if let Some(items) = items.filter(|items| items.worth() > 0) {
            self.note_hash(bytes, &items, lost, false);
        }
    }

    /// Fields that can be read of a hash at this place in the bytes which cannot be read to its end, and that look like
    /// keys; and how many steps that took.
    pub(super) fn fields_at(&self, bytes: &[u8], at: Option<u64>) -> (Option<Items>, u64) {
        let (place, at) = (self.place, at.and_then(|at| usize::try_from(at).ok()));
        let Some(at) = at else { return (None, 0) };
        let code_at = unit::code_at(place, bytes, at, self.base);
        let is_hash = bytes.get(code_at).is_some_and(|&code| items::are_keys(place.header(), code))
            && unit::key(bytes, code_at + 1).is_some_and(|name| unit::is_text(&name));
        if !is_hash || !self.may_compare((bytes.len() - at) as u64 / items::LEAST) {
            return (None, 0);
        }
        let items = Items::read(place.header(), bytes, code_at);
        let read = items.as_ref().map_or(0, |items| items.end.saturating_sub(at));
        (items.map(|items| items.like_keys(place, bytes)), read as u64 / items::LEAST)
    }

    /// Where fields go on behind one with an expiry, which stands where another has a type: so it may be taken for a key
    /// behind damage within its hash, and a list at that which takes in all fields behind it.
    pub(super) fn behind_field(&mut self, unit: &Unit<'_>, bytes: &[u8]) -> Option<u64> {
        let db = self.place.db();
        let is_in_hash = self.hashes.last().is_some_and(|hash| !hash.is_whole && hash.db == db);
        if !is_in_hash || !may_take_in(unit) {
            return None;
        }
        let inner = self.inner(unit, bytes, GOOD / 2);
        inner.filter(|inner| inner.keys >= MANY).map(|inner| inner.at)
    }

    /// Forgets what was noted from `start` on.
    pub(super) fn forget_hashes(&mut self, start: u64) {
        while self.hashes.pop_if(|hash| hash.start >= start).is_some() {}
        if let Some(hash) = self.hashes.last_mut() {
            while hash.keys.pop_if(|end| *end > start).is_some() {}
        }
    }

    /// Tells fields from keys in each database with one hash that explains why it has too many keys, or too few.
    pub(super) fn settle_hashes(&mut self) {
        let hashes = std::mem::take(&mut self.hashes);
        for hash in &hashes {
            let is_other = |it: &&Hash| it.db == hash.db && it.is_whole == hash.is_whole;
            if hashes.iter().filter(is_other).count() == 1 && self.is_explained_by(hash) {
                self.settle_hash(hash);
            }
        }
    }

    /// Whether nothing was lost but within a hash, or within what follows it.
    fn is_explained_by(&self, hash: &Hash) -> bool {
        let losses = &self.found.losses;
        if hash.is_whole {
            // Where the end is missing, keys of the last database are missing with it.
            return losses.total == 0 && (self.found.has_end || hash.db != self.place.db());
        }
        let last = hash.keys.last().copied().unwrap_or(hash.end);
        losses.list.iter().all(|lost| (hash.start..last.max(hash.end)).contains(&lost.start))
    }

    fn settle_hash(&mut self, hash: &Hash) {
        let Some(count) = self.dbs.get(&hash.db) else { return };
        let Some(announced) = count.announced else { return };
        // A hash that is lost is one of them.
        let expected = announced.saturating_sub(u64::from(!hash.is_whole));
        if let Ok(missing @ 1..) = usize::try_from(expected.saturating_sub(count.kept)) {
            // What is named like the fields before it is rather a field, and something else took the key in.
            let is_key = |first: &usize| !hash.is_whole || !hash.are_alike[*first];
            if let Some(first) = hash.fields.len().checked_sub(missing).filter(is_key) {
                self.give_back(hash, hash.fields[first]);
            }
        } else if let Ok(many @ 1..) = usize::try_from(count.kept.saturating_sub(expected))
            && let Some(&end) = hash.keys.get(many - 1).filter(|_| !hash.is_whole)
        {
            self.take_away(hash, end);
        }
    }

    /// What begins at `from` are keys, which a hash took in.
    fn give_back(&mut self, hash: &Hash, from: u64) {
        let kept = &mut self.found.kept;
        let end = kept.iter().position(|kept| kept.start <= hash.start && from < kept.end);
        let place = kept.iter().position(|kept| kept.start >= hash.end).unwrap_or(kept.len());
        match end {
            Some(place) if hash.is_whole => {
                let end = std::mem::replace(&mut kept[place].end, hash.start);
                kept.insert(place + 1, Kept::new(from..end, hash.db));
                self.found.losses.add(hash.start..from, hash.db, None, Why::WrongLength);
            }
            _ => {
                kept.insert(place, Kept::new(from..hash.end, hash.db));
                self.found.losses.cut(hash.start, from);
            }
        }
    }

    /// What stands before `end` are fields of a hash that is lost.
    fn take_away(&mut self, hash: &Hash, end: u64) {
        for kept in &mut self.found.kept {
            if kept.end > hash.end && kept.start < end {
                let start = kept.start.max(hash.end);
                let (lost, db) = (start..end.min(kept.end), kept.db);
                kept.start = lost.end;
                self.found.losses.add(lost, db, None, Why::Unreadable);
            }
        }
    }
}

/// Whether each field begins with the same half of its name as the one before.
fn are_alike(bytes: &[u8], fields: &[usize]) -> Vec<bool> {
    let names = || fields.iter().map(|at| unit::key(bytes, at + 1).unwrap_or_default());
    let is_alike = |(first, second): (Cow<'_, [u8]>, Cow<'_, [u8]>)| {
        let same = first.iter().zip(second.iter()).take_while(|(a, b)| a == b).count();
        2 * same >= second.len()
    };
    let of_others = names().zip(names().skip(1)).map(is_alike);
    std::iter::once(false).chain(of_others).take(fields.len()).collect()
}
