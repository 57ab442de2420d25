//! Records by database, each of which is named once, with the numbers of its keys.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Stretch;
use super::twins::Twin;
use crate::record::{Record, RecordKind};
use crate::salvage::{Kept, Salvaged};
use crate::write::put;

/// From this version on the numbers of keys stand behind that of a database.
const FIRST_WITH_SIZES: u16 = 7;

const SELECT: u8 = 254;
const RESIZE: u8 = 251;

/// The records that are kept, as they will stand.
pub(super) struct Order<'f> {
    found: &'f Salvaged,
    pub(super) twins: &'f BTreeMap<u64, Twin>,
    pub(super) until: u64,
    /// Where the first damage is.
    damage: u64,
    /// The stretch that records are in.
    stretch: usize,
    /// Keys in each stretch, those behind `until` too.
    pub(super) in_stretch: Vec<u64>,
    /// What stands before the first database.
    front: Vec<Range<u64>>,
    dbs: Vec<Db>,
    places: BTreeMap<u64, usize>,
    current: Option<usize>,
    is_assumed: bool,
    pub(super) keys: u64,
    pub(super) assumed: u64,
    pub(super) behind_damage: u64,
}

/// A database.
#[derive(Default)]
struct Db {
    number: u64,
    /// Its number and the numbers of its keys, where they stand.
    head: Option<Range<u64>>,
    announced: Option<(u64, u64)>,
    keys: u64,
    expiring: u64,
    /// Keys of it that come twice.
    twins: u64,
    records: Vec<Range<u64>>,
}

impl<'f> Order<'f> {
    pub(super) fn new(found: &'f Salvaged, twins: &'f BTreeMap<u64, Twin>, until: u64) -> Self {
        Self {
            found,
            twins,
            until,
            damage: found.first_damage().unwrap_or(u64::MAX),
            stretch: 0,
            in_stretch: vec![0; found.kept.len()],
            front: Vec::new(),
            dbs: Vec::new(),
            places: BTreeMap::new(),
            current: None,
            is_assumed: false,
            keys: 0,
            assumed: 0,
            behind_damage: 0,
        }
    }

    /// Takes the next record.
    pub(super) fn take(&mut self, record: &Record<'_>) {
        let is_key = matches!(record.kind, RecordKind::Key(_));
        self.enter(record.at);
        if let Some(keys) = self.in_stretch.get_mut(self.stretch) {
            *keys += u64::from(is_key);
        }
        if record.at >= self.until {
            return;
        }
        match &record.kind {
            RecordKind::End(_) => {}
            RecordKind::Select(number) => self.select(*number, record),
            RecordKind::Resize { keys, expiring } => self.announce(*keys, *expiring, record),
            RecordKind::Key(key) => {
                self.go_to(key.db);
                self.key(key.expiry.is_some(), record);
            }
            _ if self.twins.contains_key(&record.at) => {}
            _ => self.keep(record.at..record.end),
        }
    }

    /// Goes to the stretch that a record at `at` stands in.
    fn enter(&mut self, at: u64) {
        let kept = &self.found.kept;
        while kept.get(self.stretch).is_some_and(|kept| kept.end <= at) {
            self.stretch += 1;
        }
        let Some(Kept { start, db, is_db_assumed, .. }) = kept.get(self.stretch) else { return };
        if *start == at {
            self.is_assumed = *is_db_assumed;
            if self.current.map_or(0, |current| self.dbs[current].number) != *db {
                self.go_to(*db);
            }
        }
    }

    fn go_to(&mut self, number: u64) {
        let place = *self.places.entry(number).or_insert(self.dbs.len());
        if place == self.dbs.len() {
            self.dbs.push(Db { number, ..Db::default() });
        }
        self.current = Some(place);
    }

    fn select(&mut self, number: u64, record: &Record<'_>) {
        self.is_assumed = false;
        self.go_to(number);
        let db = &mut self.dbs[self.current.unwrap_or_default()];
        if db.head.is_none() && db.records.is_empty() {
            db.head = Some(record.at..record.end);
        }
    }

    /// Numbers count right behind that of their database.
    fn announce(&mut self, keys: u64, expiring: u64, record: &Record<'_>) {
        let Some(db) = self.current.map(|current| &mut self.dbs[current]) else { return };
        match &mut db.head {
            Some(head) if head.end == record.at => head.end = record.end,
            Some(_) => return,
            None => {}
        }
        db.announced.get_or_insert((keys, expiring));
    }

    fn key(&mut self, is_expiring: bool, record: &Record<'_>) {
        let db = &mut self.dbs[self.current.unwrap_or_default()];
        if self.twins.contains_key(&record.at) {
            db.twins += 1;
            return;
        }
        db.keys += 1;
        db.expiring += u64::from(is_expiring);
        self.keys += 1;
        self.assumed += u64::from(self.is_assumed);
        self.behind_damage += u64::from(record.at > self.damage);
        self.keep(record.at..record.end);
    }

    fn keep(&mut self, bytes: Range<u64>) {
        let records = match self.current {
            Some(current) => &mut self.dbs[current].records,
            None => &mut self.front,
        };
        match records.last_mut() {
            Some(last) if last.end == bytes.start => last.end = bytes.end,
            _ => records.push(bytes),
        }
    }

    /// Keys that were announced and are neither kept nor twins of others; `None` if some database announces none.
    pub(super) fn missing(&self) -> Option<u64> {
        let missing = |db: &Db| Some(db.announced?.0.saturating_sub(db.keys + db.twins));
        self.dbs.iter().map(missing).sum()
    }

    /// All pieces of the file between its header and its end.
    pub(super) fn pieces(&self, push: &mut dyn FnMut(Stretch)) {
        let copy = |bytes: &Range<u64>| Stretch::Copy(bytes.clone());
        self.front.iter().map(copy).for_each(&mut *push);
        for (place, db) in self.dbs.iter().enumerate() {
            let is_named_by_default = place == 0 && db.number == 0 && db.head.is_none();
            match &db.head {
                _ if is_named_by_default || db.is_left_over() => {}
                Some(head) if db.announces_what_it_holds() => push(copy(head)),
                _ => push(Stretch::Put(db.head_anew(self.found.header.version))),
            }
            db.records.iter().map(copy).for_each(&mut *push);
        }
    }
}

impl Db {
    fn announces_what_it_holds(&self) -> bool {
        self.announced.is_none_or(|(keys, _)| keys == self.keys)
    }

    /// Whether nothing is left of it.
    fn is_left_over(&self) -> bool {
        self.records.is_empty() && (self.head.is_none() || !self.announces_what_it_holds())
    }

    fn head_anew(&self, version: u16) -> Vec<u8> {
        let mut head = vec![SELECT];
        put::length(self.number, &mut head);
        if version >= FIRST_WITH_SIZES {
            head.push(RESIZE);
            put::length(self.keys, &mut head);
            put::length(self.expiring, &mut head);
        }
        head
    }
}
