//! Looks for records behind a place where none can be read, or inside of one that cannot be right.
//!
//! From each byte that could begin a record, the record there is read as strictly as can be; the best way through the
//! bytes is the one with the most plausible records in a row.

use std::collections::BTreeMap;

use super::unit::{self, GOOD, Habits, Unit};
use crate::layout;
use crate::payload::Room;
use crate::record::{NoRecord, Place, RecordKind};
use crate::summary::Header;

/// So many records in a row are taken for records.
pub(super) const CHAIN: usize = 4;

/// So many in a row are taken for the rest of a file that goes on behind the bytes.
const MANY: usize = 16;

/// What they must count together at least.
const ENOUGH: i32 = 16;

/// So many bytes count for each record.
const LEAST_WORK: u64 = 64;

/// How far one record is read where there was too much work already.
const SLICE: usize = 256;

/// Which bytes a record can begin with.
pub(super) type Begins = [bool; 256];

/// Which bytes a record can begin with behind this header.
pub(super) fn begins(header: Header) -> Begins {
    std::array::from_fn(|code| {
        let code = code as u8;
        (code >= 243 && code != 246) || layout::readable(header, code).is_some()
    })
}

/// Bytes, and what is known of the file before them.
pub(super) struct Search<'a> {
    bytes: &'a [u8],
    base: u64,
    /// Whether the file ends where the bytes do.
    is_last: bool,
    place: Place,
    habits: Habits,
    begins: &'a Begins,
    /// So many bytes may be read as part of something that could be a record; each is, many times over.
    pub(super) work_left: u64,
    room: Room,
    /// Something that could be a record goes on behind the bytes.
    pub(super) is_short: bool,
    /// Whether records lead from a place to the end, where that was tried.
    leads: BTreeMap<usize, bool>,
}

/// A record that begins somewhere.
#[derive(Debug, Clone, Copy)]
struct Node {
    end: usize,
    score: i32,
    is_end: bool,
    /// Its fields, without expiries, are written as keys with strings are.
    is_like_strings: bool,
}

/// A way through bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) from: usize,
    pub(super) score: i32,
}

impl<'a> Search<'a> {
    /// `place` is where the file was last known to be right.
    pub(super) fn new(
        bytes: &'a [u8],
        base: u64,
        is_last: bool,
        place: Place,
        habits: Habits,
        begins: &'a Begins,
        work_left: u64,
    ) -> Self {
        let header = place.header();
        let place = Place::within(header, place.db());
        let (room, leads) = (Room::default(), BTreeMap::new());
        let is_short = false;
        Self { bytes, base, is_last, place, habits, begins, work_left, room, is_short, leads }
    }

    /// The record that begins at `at`, if there is a sound one.
    fn node(&mut self, at: usize) -> Option<Node> {
        if !self.begins[usize::from(*self.bytes.get(at)?)] {
            return None;
        }
        let whole = self.bytes;
        let bytes = if self.work_left > 0 { whole } else { &whole[..whole.len().min(at + SLICE)] };
        let unit = match unit::read(self.place, bytes, at, self.base) {
            Ok(unit) => unit,
            Err(short) => {
                self.is_short |= short == NoRecord::Short;
                self.spend(at, at + SLICE);
                return None;
            }
        };
        self.work_left = self.work_left.saturating_sub(work(&unit, at));
        if unit::is_nothing(&unit.record) || unit::fault(&unit.record, &mut self.room).is_some() {
            return None;
        }
        let (db, version) = (self.place.db(), self.place.header().version);
        let score = self.habits.score(&unit, self.bytes, at, db, version);
        let is_end = matches!(unit.record.kind, RecordKind::End(_));
        if is_end && !self.may_end(&unit) {
            return None;
        }
        let is_like_strings =
            matches!(&unit.record.kind, RecordKind::Key(key) if matches!(key.value.code, 22 | 24));
        Some(Node { end: unit.behind, score, is_end, is_like_strings })
    }

    fn spend(&mut self, from: usize, to: usize) {
        self.work_left = self.work_left.saturating_sub((to - from) as u64);
    }

    fn may_end(&self, unit: &Unit<'_>) -> bool {
        may_follow_the_end(&self.bytes[unit.behind..], self.is_last)
    }

    /// Whether nothing is left of the file.
    fn is_over(&self, at: usize) -> bool {
        self.is_last && at == self.bytes.len()
    }

    /// What up to [`CHAIN`] records from `at` on count, and the place behind them; `None` if there are not so many
    /// although the file goes on.
    pub(super) fn chain(&mut self, mut at: usize) -> Option<(i32, usize)> {
        let mut score = 0;
        for _ in 0..CHAIN {
            if self.is_over(at) {
                break;
            }
            let node = self.node(at)?;
            (score, at) = (score + node.score, node.end);
            if node.is_end {
                return Some((score + GOOD, at));
            }
        }
        Some((score, at))
    }

    /// The first place from `from` on where records begin that count as much as `enough`, and the place behind those.
    fn first(&mut self, from: usize, enough: i32, is_to_the_end: bool) -> Option<(usize, usize)> {
        (from..self.bytes.len()).find_map(|at| {
            let (score, end) = self.chain(at)?;
            let is_enough = score >= enough && end > at;
            (is_enough && (!is_to_the_end || self.leads_to_the_end(at))).then_some((at, end))
        })
    }

    /// Whether one record follows another from `at` on up to the opcode for the end. If the file goes on behind the
    /// bytes, up to where these end.
    pub(super) fn leads_to_the_end(&mut self, mut at: usize) -> bool {
        let mut passed = Vec::new();
        let leads = loop {
            if let Some(&known) = self.leads.get(&at) {
                break known;
            }
            passed.push(at);
            match self.node(at) {
                Some(node) if node.is_end => break true,
                Some(node) => at = node.end,
                None => break passed.len() > MANY && self.goes_on_behind(at),
            }
        };
        self.leads.extend(passed.into_iter().map(|at| (at, leads)));
        leads
    }

    /// Whether what begins at `at` may be a record that is not all there.
    fn goes_on_behind(&self, at: usize) -> bool {
        !self.is_last
            && matches!(unit::read(self.place, self.bytes, at, self.base), Err(NoRecord::Short))
    }

    /// The best way that begins at or behind `low` and leads beyond `failed`, where a record could not be read.
    /// `before` tells what the records that end at or before a place count; they would be kept.
    ///
    /// Within large values much looks like a few records in a row. Those that lead to the end of the file are the real
    /// ones, unless there is further damage before it.
    pub(super) fn beyond(
        &mut self,
        low: usize,
        failed: usize,
        before: &dyn Fn(usize) -> i32,
    ) -> Option<usize> {
        let found = self.beyond_to_the_end(low, failed, before);
        let found = found.or_else(|| self.through(low, failed, before, 2 * GOOD, false));
        let found = found.or_else(|| self.through(low, failed, before, ENOUGH, false));
        found.or_else(|| self.up_to_the_end_of_the_file(low))
    }

    /// The same, if there is one that leads to the end of the file.
    pub(super) fn beyond_to_the_end(
        &mut self,
        low: usize,
        failed: usize,
        before: &dyn Fn(usize) -> i32,
    ) -> Option<usize> {
        let found = self.through(low, failed, before, 2 * GOOD, true);
        found.or_else(|| self.through(low, failed, before, ENOUGH, true))
    }

    /// The same, where the first records that are found count as much as `enough`, and lead to the end if they must.
    fn through(
        &mut self,
        low: usize,
        failed: usize,
        before: &dyn Fn(usize) -> i32,
        enough: i32,
        is_to_the_end: bool,
    ) -> Option<usize> {
        let (mut from, mut any) = (failed, None);
        for _ in 0..CHAIN {
            let Some((first, end)) = self.first(from, enough, is_to_the_end) else { break };
            any.get_or_insert(first);
            let goes_on = &mut |search: &mut Self, at| {
                let (score, _) = search.chain(at)?;
                (!is_to_the_end || search.leads_to_the_end(at)).then_some(score)
            };
            let ways = self.ways(low, end, goes_on);
            let best = ways.into_iter().max_by_key(|way| {
                (way.score.saturating_add(before(way.from)), std::cmp::Reverse(way.from))
            });
            if best.is_some() {
                return best.map(|way| way.from);
            }
            from = first + 1;
        }
        any
    }

    /// The best way that begins at or behind `low` and leads to the opcode for the end, and the end of the file.
    fn up_to_the_end_of_the_file(&mut self, low: usize) -> Option<usize> {
        if !self.is_last {
            return None;
        }
        let ways = self.ways(low, self.bytes.len(), &mut |_, _| None);
        let best = ways.into_iter().max_by_key(|way| (way.score, std::cmp::Reverse(way.from)));
        best.filter(|way| way.score >= 2 * GOOD).map(|way| way.from)
    }

    /// The best way that begins behind the first of `bytes` and leads right to their end; `None` if it does not count
    /// as much as one good record.
    pub(super) fn up_to_end(&mut self) -> Option<Way> {
        let end = self.bytes.len();
        let ways = self.ways(1, end, &mut |_, at| (at == end).then_some(0));
        let best = ways.into_iter().max_by_key(|way| (way.score, std::cmp::Reverse(way.from)));
        best.filter(|way| way.score >= GOOD)
    }

    /// All ways that begin from `low` to `high` and go on there as `behind` tells.
    fn ways(
        &mut self,
        low: usize,
        high: usize,
        behind: &mut dyn FnMut(&mut Self, usize) -> Option<i32>,
    ) -> Vec<Way> {
        let mut best: BTreeMap<usize, Option<i32>> = BTreeMap::new();
        let (mut ways, mut most) = (Vec::new(), 0);
        for from in (low..high).rev() {
            let Some(node) = self.node(from) else { continue };
            let rest = if node.is_end {
                Some(GOOD)
            } else if node.end >= high {
                *best.entry(node.end).or_insert_with(|| behind(self, node.end))
            } else {
                best.get(&node.end).copied().flatten()
            };
            let mut score = rest.map(|rest| rest.saturating_add(node.score));
            if node.is_like_strings && node.score >= GOOD {
                // What is within counts no more than all of it.
                score = score.map(|score| score.max(most + 1));
            }
            most = most.max(score.unwrap_or_default());
            best.insert(from, score);
            ways.extend(score.map(|score| Way { from, score }));
        }
        ways
    }
}

/// How many bytes are read of a record: a plain string is passed over, and what is packed mostly fails at its first bytes.
fn work(unit: &Unit<'_>, at: usize) -> u64 {
    let len = (unit.behind - at) as u64;
    match &unit.record.kind {
        RecordKind::Key(key) if key.value.code == 0 && key.value.bytes[0] < 0xC0 => LEAST_WORK,
        RecordKind::Key(key) if layout::is_text(key.value.code) => LEAST_WORK + len / 8,
        _ => LEAST_WORK + len,
    }
}

/// Whether a file may end before these bytes: nothing, padding, another file, or commands of a log follow.
fn may_follow_the_end(bytes: &[u8], is_last: bool) -> bool {
    if bytes.is_empty() {
        return is_last;
    }
    let few = &bytes[..bytes.len().min(9)];
    [&b"REDIS"[..], b"VALKEY", b"*", b"#"].iter().any(|magic| few.starts_with(magic))
        || few.iter().all(|&byte| byte == few[0]) && matches!(few[0], 0 | 0xFF | b'\n')
}
