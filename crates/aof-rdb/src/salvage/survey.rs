//! Goes over a damaged file and decides what of it is kept.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::fields::Hash;
use super::inner::Doubt;
use super::past::Past;
use super::plan::Plan;
use super::reach::least_end;
use super::search::{Begins, begins};
use super::suspect::{Broken, Suspect, may_end_in_keys};
use super::unit::{self, GOOD, Habits, Unit, WEAK};
use super::{Kept, Salvaged, Why, beginning};

use crate::crc::Crc;
use crate::payload::Room;
use crate::record::{NoRecord, Place, RecordKind};
use crate::summary::{Header, Source};

/// How many bytes are asked for, and how many at most to find out whether a record begins at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    pub(crate) want: usize,
    pub(crate) most: usize,
}

/// So many records are remembered that may have taken in others.
const MOST_SUSPECTS: usize = 1 << 16;

/// So many bytes may be read on trial for each byte of the file, and in any case.
const WORK_PER_BYTE: u64 = 256;
const WORK: u64 = 1 << 30;

/// So many steps of ways may be compared with what was passed for each byte of the file, and in any case.
const COMPARED_PER_BYTE: u64 = 4;
const COMPARED: u64 = 1 << 24;

/// The way through a file.
pub(super) struct Survey {
    start: u64,
    pub(super) end: u64,
    pub(super) windows: Windows,
    pub(super) begins: Begins,
    /// Where the window begins.
    pub(super) base: u64,
    pub(super) want: usize,
    /// What is to be read next.
    pub(super) at: u64,
    pub(super) place: Place,
    pub(super) past: VecDeque<Past>,
    pub(super) habits: Habits,
    /// Where that begins which could not be read; records are being looked for behind it.
    pub(super) gap: Option<(u64, Why)>,
    pub(super) crc: Crc,
    pub(super) crc_at: u64,
    /// No way leads back into the records that were passed before this place: one was taken there.
    pub(super) settled: u64,
    /// Ways through the window, if they were needed.
    pub(super) planned: Option<Planned>,
    /// So many bytes were read on trial.
    pub(super) work: u64,
    /// Records were looked for at so many places, the same place more than once.
    pub(super) looked_at: u64,
    /// So many steps of ways were compared with what was passed.
    pub(super) compared: u64,
    room: Room,
    pub(super) dbs: BTreeMap<u64, Count>,
    pub(super) suspects: Vec<Suspect>,
    /// The last bad value that ends in what may be a key, or stand there by chance.
    pub(super) broken: Option<Broken>,
    pub(super) hashes: Vec<Hash>,
    pub(super) found: Salvaged,
}

/// Keys of a database.
#[derive(Default)]
pub(super) struct Count {
    pub(super) kept: u64,
    /// So many of them stand before the first loss. What is found behind it may be made up, and so may keys right before
    /// it that are unlike all others.
    pub(super) before_loss: Option<u64>,
    /// Those that are lost by name.
    pub(super) lost: u64,
    pub(super) announced: Option<u64>,
    /// Those that expire.
    pub(super) expiring: u64,
    pub(super) announced_expiring: u64,
}

/// Ways through a window.
pub(super) struct Planned {
    pub(super) base: u64,
    pub(super) len: usize,
    pub(super) plan: Plan,
    /// Something that could be a record goes on behind the bytes.
    pub(super) is_short: bool,
}

/// What is needed next.
pub(super) enum Next {
    Shift(u64, usize),
    Done,
}

impl Survey {
    pub(super) fn new(header: Header, at: u64, extent: Range<u64>, windows: Windows) -> Self {
        Self {
            start: extent.start,
            end: extent.end,
            windows,
            begins: begins(header),
            base: extent.start,
            want: windows.want,
            at,
            place: Place::new(header),
            past: VecDeque::new(),
            habits: Habits::default(),
            gap: None,
            crc: Crc::new(),
            crc_at: extent.start,
            settled: 0,
            planned: None,
            work: 0,
            looked_at: 0,
            compared: 0,
            room: Room::default(),
            dbs: BTreeMap::new(),
            suspects: Vec::new(),
            broken: None,
            hashes: Vec::new(),
            found: Salvaged::new(header),
        }
    }

    pub(super) fn run<S: Source>(&mut self, source: &mut S) -> Result<(), S::Error> {
        loop {
            let left = usize::try_from(self.end - self.base).unwrap_or(usize::MAX);
            let bytes = source.window(self.base, self.want.min(left))?;
            let bytes = &bytes[..bytes.len().min(self.want).min(left)];
            let is_last = bytes.len() < self.want || bytes.len() == left;
            match self.step(bytes, is_last) {
                Next::Shift(base, want) => {
                    self.digest(bytes, base);
                    (self.base, self.want) = (base, want);
                }
                Next::Done => return Ok(()),
            }
        }
    }

    /// Takes bytes before `to` into the checksum.
    pub(super) fn digest(&mut self, bytes: &[u8], to: u64) {
        if to > self.crc_at {
            let [from, to] = [self.crc_at, to].map(|at| (at - self.base) as usize);
            self.crc.update(&bytes[from..to]);
            self.crc_at = self.base + to as u64;
        }
    }

    /// Reads on, as far as the bytes go.
    fn step(&mut self, bytes: &[u8], is_last: bool) -> Next {
        loop {
            if let Some(gap) = self.gap
                && let Some(next) = self.look_beyond(bytes, is_last, gap)
            {
                return next;
            }
            let at = (self.at - self.base) as usize;
            if is_last && at >= bytes.len() {
                if self.has_swallowed_the_end(bytes) {
                    continue;
                }
                return Next::Done;
            }
            match unit::read(self.place, bytes, at, self.base) {
                Ok(unit) if matches!(unit.record.kind, RecordKind::End(_)) => {
                    if self.take_end(&unit, bytes, is_last) {
                        return Next::Done;
                    }
                }
                Ok(unit) if self.is_hole(&unit, bytes) => self.gap = Some((self.at, Why::Nul)),
                Ok(unit) if self.is_stray_number(&unit, bytes) => {
                    self.gap = Some((self.at, Why::Unreadable));
                }
                Ok(unit) => self.take(&unit, bytes, is_last),
                Err(NoRecord::Short) if !is_last => match self.need(bytes, at) {
                    Some(next) => return next,
                    None => self.gap = Some((self.at, Why::WrongLength)),
                },
                Err(NoRecord::Short) => self.gap = Some((self.at, Why::Truncated)),
                Err(_) => self.gap = Some((self.at, Why::Unreadable)),
            }
        }
    }

    /// Which bytes are needed to read the record at `at`; `None` if the file does not have them.
    fn need(&self, bytes: &[u8], at: usize) -> Option<Next> {
        let (mut place, mut last) = (self.place, at);
        while let Ok((_, behind)) = place.read(bytes, last, self.base) {
            last = behind;
        }
        let end = self.base.checked_add(least_end(self.place.header(), bytes, last))?;
        if end > self.end {
            return None;
        }
        let base = self.past.front().map_or(self.at, |past| past.start);
        let least = usize::try_from(end - base).ok()?;
        let grown = if base == self.base { self.want.saturating_mul(2) } else { self.windows.want };
        Some(Next::Shift(base, grown.max(least.saturating_add(self.windows.want / 2))))
    }

    /// Whether NUL bytes are taken for keys without name and value.
    fn is_hole(&self, unit: &Unit<'_>, bytes: &[u8]) -> bool {
        let RecordKind::Key(key) = &unit.record.kind else { return false };
        let is_run = unit::is_nothing(&unit.record)
            && bytes.get(unit.behind..unit.behind + 2).is_none_or(|next| next == [0, 0]);
        key.name.is_empty() && (self.habits.has_empty_key || is_run)
    }

    /// Takes a record as it comes, unless others within it or within those before are better.
    fn take(&mut self, unit: &Unit<'_>, bytes: &[u8], is_last: bool) {
        let (start, end) = (self.at, unit.record.end);
        if self.is_stray_size(unit)
            && self.is_followed(bytes, is_last)
            && let Some(way) = self.astray(bytes, Doubt::Size)
        {
            return self.resume(bytes, (start, Why::Unreadable), way);
        }
        let items = unit::items(&unit.record, &mut self.room);
        if items.is_ok()
            && let Some(way) = self.behind_field(unit, bytes)
        {
            return self.resume(bytes, (start, Why::WrongLength), way);
        }
        let score = match items {
            Ok(items) => self.take_sound(unit, bytes, items),
            Err(fault) => {
                self.lose(start..end, Why::BadValue(fault), key_of(unit));
                self.note_broken_hash(bytes, start..end);
                self.habits.score_bad(unit, bytes, (start - self.base) as usize, self.place)
            }
        };
        let is_kept = items.is_ok();
        self.pass(unit, bytes, score, is_kept);
        if matches!(unit.record.kind, RecordKind::Key(_))
            && let Some(way) = self.better(unit, bytes, is_last, score)
        {
            self.resume(bytes, (end, Why::Unreadable), way);
        }
    }

    /// Where others begin that are better than a key that was passed, if it is in doubt.
    fn better(&mut self, unit: &Unit<'_>, bytes: &[u8], is_last: bool, score: i32) -> Option<u64> {
        let is_kept = self.past.back().is_some_and(|past| past.is_kept);
        let is_odd = !is_kept || score < GOOD / 2;
        let is_too_many = self.is_one_too_many();
        // Where nothing can be read, more is looked at than these two do.
        if !(is_odd || is_too_many) || !self.is_followed(bytes, is_last) {
            return None;
        }
        let doubt = if is_too_many { Doubt::TooMany } else { Doubt::Odd };
        // Behind what is lost, a key that is unlike all others is likely to be made up of what is left of it.
        let least = if is_kept && self.is_behind_loss() { WEAK } else { GOOD };
        let way = self.astray(bytes, doubt);
        if way.is_some() || !is_odd {
            return way;
        }
        let inner = self.inner(unit, bytes, WEAK)?;
        if !is_kept {
            let (start, end, db) = (unit.record.at, unit.record.end, self.place.db());
            self.broken = Some(Broken { start, end, inner, db });
        }
        (inner.worth >= least).then_some(inner.at)
    }

    /// Keeps a sound record. What it counts.
    fn take_sound(&mut self, unit: &Unit<'_>, bytes: &[u8], items: u64) -> i32 {
        let (start, db) = (self.at, self.place.db());
        let inner = if may_end_in_keys(unit) { self.inner(unit, bytes, WEAK) } else { None };
        let score =
            self.habits.weight(unit, bytes, (start - self.base) as usize, self.place, items);
        self.note_db(unit);
        self.keep(start..unit.record.end);
        self.habits.learn(&unit.record);
        self.count(unit);
        self.note_whole_hash(unit, bytes);
        if let Some(inner) = inner.filter(|_| self.suspects.len() < MOST_SUSPECTS) {
            let key = key_of(unit).map(beginning);
            let is_behind_gap = self.is_first_behind_gap();
            self.suspects.push(Suspect { start, inner, db, key, is_behind_gap });
        }
        score
    }

    pub(super) fn db_behind(&self, unit: &Unit<'_>) -> u64 {
        if let RecordKind::Select(number) = unit.record.kind { number } else { self.place.db() }
    }

    /// How many bytes may still be read on trial, so that all of it takes a time that grows with the file and no faster.
    pub(super) fn work_left(&self, reached: u64) -> u64 {
        let granted = (reached - self.start).saturating_mul(WORK_PER_BYTE).saturating_add(WORK);
        granted.saturating_sub(self.work)
    }

    /// Whether so many more steps may be compared: those within a long record are anew with each one behind it.
    pub(super) fn may_compare(&self, steps: u64) -> bool {
        let granted = (self.at - self.start).saturating_mul(COMPARED_PER_BYTE);
        self.compared + steps <= granted.saturating_add(COMPARED)
    }

    /// Whether what stands right before the record that is read is lost.
    fn is_first_behind_gap(&self) -> bool {
        self.found.kept.last().is_some_and(|kept| kept.is_behind_gap && kept.start == self.at)
    }

    /// Learns what a record says of databases. A size stands behind the number of its database: where it does not,
    /// the number was lost, and is that of the next one at least. So it is with a key behind a gap if all keys of the
    /// database stand before.
    fn note_db(&mut self, unit: &Unit<'_>) {
        let is_first = self.is_first_behind_gap();
        match &unit.record.kind {
            RecordKind::Resize { .. } if self.is_out_of_place(is_first) => {
                if !is_first {
                    self.open(self.at);
                }
                self.enter_next_db();
            }
            RecordKind::Key(_) if is_first && self.is_complete() => self.enter_next_db(),
            RecordKind::Select(number) => {
                if let Some(kept) = self.found.kept.last_mut().filter(|_| is_first) {
                    (kept.is_db_open, kept.is_db_assumed) = (false, false);
                }
                self.settle(*number);
            }
            _ => {}
        }
    }

    /// What is kept from here on belongs to another database, whose number was lost.
    fn enter_next_db(&mut self) {
        let db = self.place.db() + 1;
        self.place = Place::within(self.place.header(), db);
        if let Some(kept) = self.found.kept.last_mut() {
            kept.db = db;
        }
    }

    /// The next database is known: whether records behind the last gaps belong to the one before.
    fn settle(&mut self, next: u64) {
        for kept in self.found.kept.iter_mut().rev().skip_while(|kept| !kept.is_db_open) {
            if !kept.is_db_open {
                break;
            }
            kept.is_db_open = false;
            kept.is_db_assumed = next != kept.db + 1;
        }
    }

    fn keep(&mut self, record: Range<u64>) {
        match self.found.kept.last_mut() {
            Some(kept) if kept.end == record.start => kept.end = record.end,
            _ => {
                let db = self.place.db();
                self.found.kept.push(Kept::new(record, db));
            }
        }
    }

    /// Further records begin behind a gap.
    pub(super) fn open(&mut self, at: u64) {
        let kept = Kept::new(at..at, self.place.db());
        self.found.kept.push(Kept {
            is_behind_gap: true,
            is_db_open: true,
            is_db_assumed: true,
            ..kept
        });
    }

    pub(super) fn lose(&mut self, bytes: Range<u64>, why: Why, key: Option<&[u8]>) {
        let db = self.place.db();
        let odd = || self.past.iter().rev().take_while(|past| past.is_odd()).count() as u64;
        if let Some(count) = self.dbs.get_mut(&db) {
            count.before_loss.get_or_insert_with(|| count.kept.saturating_sub(odd()));
        }
        self.found.losses.add(bytes, db, key, why);
    }
}

/// The key of a record, if it has one.
fn key_of<'a>(unit: &'a Unit<'_>) -> Option<&'a [u8]> {
    match &unit.record.kind {
        RecordKind::Key(key) => Some(&key.name),
        _ => None,
    }
}
