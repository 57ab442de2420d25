//! Reads records on trial, behind a place where none can be read, or inside of one that cannot be right: as strictly as
//! can be, from any byte that could begin one.

use super::reach::least_end;
use super::unit::{self, Habits, Unit};
use crate::layout;
use crate::payload::Room;
use crate::record::{NoRecord, Place, RecordKind};
use crate::summary::Header;

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

/// Bytes of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) bytes: &'a [u8],
    /// Where they stand.
    pub(super) base: u64,
    /// Whether the file ends where they do.
    pub(super) is_last: bool,
    /// Where the file ends.
    pub(super) end: u64,
}

/// Bytes, and what is known of the file before them.
pub(super) struct Search<'a> {
    view: View<'a>,
    /// Where padding begins with which the bytes end.
    padding: usize,
    place: Place,
    habits: Habits,
    begins: &'a Begins,
    /// So many bytes may be read as part of something that could be a record; each is, many times over.
    pub(super) work_left: u64,
    room: Room,
    /// Something that could be a record goes on behind the bytes.
    pub(super) is_short: bool,
}

/// A record that begins somewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) end: usize,
    pub(super) score: i32,
    pub(super) is_end: bool,
    /// Whether padding follows, so that a single byte is all that looks like the end.
    pub(super) is_padded: bool,
}

impl<'a> Search<'a> {
    /// `place` is where the file was last known to be right.
    pub(super) fn new(
        view: View<'a>,
        place: Place,
        habits: Habits,
        begins: &'a Begins,
        work_left: u64,
    ) -> Self {
        let place = Place::within(place.header(), place.db());
        let (room, padding) = (Room::default(), padding(view.bytes));
        Self { view, padding, place, habits, begins, work_left, room, is_short: false }
    }

    /// The record that begins at `at`, if there is a sound one; `Short` if it goes on behind the bytes.
    pub(super) fn node(&mut self, at: usize) -> Result<Node, NoRecord> {
        let code = *self.view.bytes.get(at).ok_or(NoRecord::Short)?;
        if !self.begins[usize::from(code)] {
            return Err(NoRecord::Bad(at));
        }
        let whole = self.view.bytes;
        let bytes = if self.work_left > 0 { whole } else { &whole[..whole.len().min(at + SLICE)] };
        let unit = match unit::read(self.place, bytes, at, self.view.base) {
            Ok(unit) => unit,
            Err(fault) => {
                self.work_left = self.work_left.saturating_sub(SLICE as u64);
                self.is_short |= fault == NoRecord::Short;
                let goes_on = fault == NoRecord::Short && self.may_go_on(at);
                return Err(if goes_on { fault } else { NoRecord::Bad(at) });
            }
        };
        self.work_left = self.work_left.saturating_sub(work(&unit, at));
        let items = unit::items(&unit.record, &mut self.room);
        let is_end = matches!(unit.record.kind, RecordKind::End(_));
        match items {
            Ok(items)
                if !unit::is_nothing(&unit.record)
                    && (!is_end || self.may_end(unit.behind))
                    && self.may_select(&unit) =>
            {
                let (place, bytes) = (self.place, self.view.bytes);
                let score = self.habits.weight(&unit, bytes, at, place, items);
                let is_padded = is_end && (self.padding..bytes.len()).contains(&unit.behind);
                Ok(Node { end: unit.behind, score, is_end, is_padded })
            }
            _ => Err(NoRecord::Bad(at)),
        }
    }

    /// Whether the file is long enough for what begins at `at` and goes on behind the bytes.
    fn may_go_on(&self, at: usize) -> bool {
        let behind = || least_end(self.place.header(), self.view.bytes, at);
        self.work_left > 0
            && !self.view.is_last
            && self.view.base.saturating_add(behind()) <= self.view.end
    }

    /// Whether a server may have written the number of a database there, if it is one.
    fn may_select(&self, unit: &Unit<'_>) -> bool {
        let version = self.place.header().version;
        !matches!(unit.record.kind, RecordKind::Select(_))
            || self.habits.is_announced(version, self.view.bytes, unit.behind)
    }

    /// Whether a file may end before the bytes at `at`: nothing, padding, another file, or commands of a log follow.
    fn may_end(&self, at: usize) -> bool {
        match &self.view.bytes[at..] {
            [] => self.view.is_last,
            rest => {
                at >= self.padding
                    || [&b"REDIS"[..], b"VALKEY", b"*", b"#"].iter().any(|it| rest.starts_with(it))
            }
        }
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

/// Where that begins with which bytes are padded.
fn padding(bytes: &[u8]) -> usize {
    let Some(&last) = bytes.last().filter(|last| matches!(last, 0 | 0xFF | b'\n')) else {
        return bytes.len();
    };
    bytes.len() - bytes.iter().rev().take_while(|&&byte| byte == last).count()
}
