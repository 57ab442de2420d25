//! Records rendered chunk by chunk, on all threads. The chunks depend on the records alone, and so does what comes out.

use std::ops::Range;

use aof_rdb::{
    Expiries, Item, Key, LeftOut, Record, RecordKind, Room, Target, ValueFault, ValueFaultKind,
    ValueType,
};

use super::bodies::{Bodies, Body};
use super::duplicates::Skips;
use super::filter::Filter;
use super::held::Run;
use super::route::{Place, Route};
use super::tally::{Named, Tally};

/// So many bytes of records are a chunk, unless one record is larger.
const CHUNK: u64 = 256 << 10;

/// What records are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Commands, as clients send them.
    Resp,
    /// JSON, a line for each key.
    Jsonl,
    /// An RDB file.
    Rdb(RdbForm),
    /// Commands for this server that may be sent twice: values as it dumps them.
    #[cfg_attr(not(feature = "live"), expect(dead_code, reason = "servers that are up take it"))]
    Restore(Target),
}

/// What kind of RDB file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RdbForm {
    /// Who is to load it.
    pub(crate) target: Target,
    /// Whether long strings are compressed.
    pub(crate) compresses: bool,
    /// Whether it is the base of a log.
    pub(crate) is_base: bool,
}

/// What is carried over, and how.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    pub(super) form: Form,
    pub(super) filter: &'a Filter,
    pub(super) route: &'a Route,
    pub(super) skips: &'a Skips,
    /// Which of the inputs the records are of.
    pub(super) input: usize,
    pub(super) expiries: Expiries,
    /// Milliseconds since the Unix epoch.
    pub(super) now: i64,
    /// Whether every value is looked at as deeply as possible, since it may be damaged.
    pub(super) verifies: bool,
    /// Whether it is estimated what a server needs for what is written.
    pub(super) estimates: bool,
}

/// Why a key is not carried over although it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotTaken {
    Filtered,
    Expired,
}

impl Rules<'_> {
    /// Whether the key is asked for.
    pub(super) fn takes(&self, key: &Key<'_>) -> Result<(), NotTaken> {
        match () {
            () if !self.filter.takes(key) => Err(NotTaken::Filtered),
            () if self.expiries.over.is_some() && self.has_expired(key) => Err(NotTaken::Expired),
            () => Ok(()),
        }
    }

    fn has_expired(&self, key: &Key<'_>) -> bool {
        key.expiry.is_some_and(|millis| self.expiries.shifted(millis) <= self.now)
    }
}

/// What a chunk became: bodies for the outputs, or for all of them.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) bodies: Vec<(Option<Place>, Body)>,
    pub(super) tally: Tally,
}

/// Where chunks of at least so many bytes begin and end.
pub(super) fn cut(records: &[Record<'_>]) -> Vec<Range<usize>> {
    let (mut chunks, mut from, mut bytes) = (Vec::new(), 0, 0);
    for (at, record) in records.iter().enumerate() {
        bytes += record.end - record.at;
        if bytes >= CHUNK || at + 1 == records.len() {
            chunks.push(from..at + 1);
            (from, bytes) = (at + 1, 0);
        }
    }
    chunks
}

/// One chunk at work. It knows nothing of those before it, not even the database: commands begin with a SELECT.
struct Chunk<'a> {
    rules: &'a Rules<'a>,
    bodies: Bodies,
    room: Room,
    tally: Tally,
}

/// Renders what is carried over of these records, in memory that was used before, and counts.
pub(super) fn render(rules: &Rules<'_>, records: &[Record<'_>], buffer: Vec<u8>) -> Rendered {
    let mut chunk = Chunk::new(rules, buffer);
    records.iter().for_each(|record| chunk.record(record));
    chunk.finish()
}

/// The same with keys in memory.
pub(super) fn render_run(rules: &Rules<'_>, run: Run<'_, '_>, buffer: Vec<u8>) -> Rendered {
    let mut chunk = Chunk::new(rules, buffer);
    run.each(|record| chunk.record(record));
    chunk.finish()
}

impl<'a> Chunk<'a> {
    fn new(rules: &'a Rules<'a>, buffer: Vec<u8>) -> Self {
        let bodies = Bodies::new(rules.form, rules.expiries, buffer);
        Self { rules, bodies, room: Room::default(), tally: Tally::default() }
    }

    fn record(&mut self, record: &Record<'_>) {
        match &record.kind {
            RecordKind::Key(key) => self.key(record, key),
            RecordKind::Function(source) => self.function(record, source),
            RecordKind::ModuleAux { id, bytes } => self.module_aux(*id, bytes),
            _ => {}
        }
    }

    fn finish(self) -> Rendered {
        Rendered { bodies: self.bodies.finish(), tally: self.tally }
    }

    fn function(&mut self, record: &Record<'_>, source: &[u8]) {
        if !self.rules.filter.takes_all() {
            self.tally.left_out.functions += 1;
        } else if self.rules.skips.has((self.rules.input, record.at)) {
            self.tally.duplicate(self.named(record, 0, super::duplicates::library(source)));
        } else if self.bodies.at(self.rules.route.only()).function(source) {
            self.tally.functions += 1;
        } else {
            self.tally.unheld_functions += 1;
        }
    }

    fn module_aux(&mut self, id: u64, bytes: &[u8]) {
        let is_wanted = self.rules.filter.takes_all();
        if !is_wanted || !self.bodies.at(self.rules.route.only()).module_aux(id, bytes) {
            self.tally.left_out.module_data += 1;
        }
    }

    fn named(&self, record: &Record<'_>, db: u64, name: &[u8]) -> Named {
        Named::new(self.rules.input, db, name, record.at)
    }

    fn key(&mut self, record: &Record<'_>, key: &Key<'_>) {
        match self.rules.takes(key) {
            Err(NotTaken::Filtered) => return self.tally.left_out.filtered += 1,
            Err(NotTaken::Expired) => return self.tally.left_out.expired += 1,
            Ok(()) => {}
        }
        let written = self.rules.route.apply(key);
        let Some(place) = self.rules.route.place(&written) else {
            return self.tally.left_out.filtered += 1;
        };
        if self.rules.skips.has((self.rules.input, record.at)) {
            return self.tally.duplicate(self.named(record, written.db, &written.name));
        }
        match self.write(place, &written) {
            Ok(Wrote { fields: Fields { over, left: 0 }, .. }) if over > 0 => {
                self.tally.left_out.expired += 1;
            }
            Ok(wrote) => self.count(record, &written, wrote),
            Err(ValueFault { kind: ValueFaultKind::Empty, .. }) => self.tally.left_out.empty += 1,
            Err(fault) => {
                let named = self.named(record, key.db, &key.name);
                self.tally.lose(named.because(fault.to_string()));
            }
        }
    }

    fn count(&mut self, record: &Record<'_>, key: &Key<'_>, Wrote { fields, left_out }: Wrote) {
        self.tally.keys += 1;
        self.tally.dbs.insert(key.db);
        self.tally.expired += u64::from(self.rules.has_expired(key));
        if let Some(Ok(need)) = self.rules.estimates.then(|| key.need(&mut self.room)) {
            self.tally.memory += need.memory;
            self.tally.loading += need.loading;
        }
        self.tally.left_out.expired_fields += fields.over;
        self.tally.stream_history += u64::from(left_out.stream_history);
        if left_out.is_data() {
            let named = self.named(record, key.db, &key.name);
            self.tally.not_hold(named.because(in_words(left_out)));
        }
    }

    /// Writes the key, unless no field of it is left.
    fn write(&mut self, place: Place, key: &Key<'_>) -> Result<Wrote, ValueFault> {
        if self.rules.verifies || self.must_be_sound(key) {
            key.value.verify(&mut self.room)?;
        }
        let fields = self.fields(key)?;
        let mut left_out = LeftOut::default();
        if fields.over == 0 || fields.left > 0 {
            left_out = self.bodies.at(Some(place)).key(key)?;
        }
        Ok(Wrote { fields, left_out })
    }

    /// Commands for a stream make no sense unless all of it does.
    fn must_be_sound(&self, key: &Key<'_>) -> bool {
        !matches!(self.rules.form, Form::Rdb(_) | Form::Restore(_))
            && key.value.value_type() == Some(ValueType::Stream)
    }

    /// How many fields have expired, and how many have not, where that matters.
    fn fields(&mut self, key: &Key<'_>) -> Result<Fields, ValueFault> {
        let mut fields = Fields::default();
        let expiries = self.rules.expiries;
        if expiries.over.is_some() && key.value.value_type() == Some(ValueType::Hash) {
            key.value.items(&mut self.room, &mut |item| {
                if let Item::Field(_, _, expiry) = item {
                    let is_over = expiries.is_over(expiry);
                    fields.over += u64::from(is_over);
                    fields.left += u64::from(!is_over);
                }
            })?;
        }
        Ok(fields)
    }
}

/// Of a key.
struct Wrote {
    fields: Fields,
    left_out: LeftOut,
}

/// Of a hash.
#[derive(Debug, Clone, Copy, Default)]
struct Fields {
    over: u64,
    left: u64,
}

/// What the target cannot hold of a key.
fn in_words(left_out: LeftOut) -> String {
    let LeftOut { field_expiries, message_names, module_metadata, .. } = left_out;
    let fields = match field_expiries {
        0 => None,
        1 => Some("the expiry of 1 field".to_owned()),
        number => Some(format!("the expiries of {number} fields")),
    };
    let names = message_names.then(|| "the names of messages".to_owned());
    let metadata = module_metadata.then(|| "what modules keep beside it".to_owned());
    [fields, names, metadata].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
