//! Records rendered piece by piece, on all threads. The pieces depend on the records alone, and so does what comes out.

use std::ops::Range;

use aof_rdb::{
    Commands, Expiries, Item, Key, Record, RecordKind, Room, ValueFault, ValueFaultKind, ValueType,
};

use super::filter::Filter;
use super::lines::Lines;
use super::tally::Tally;

/// So many bytes of records are a piece, unless one record is larger.
const PIECE: u64 = 256 << 10;

/// What records are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Commands, as clients send them.
    Resp,
    /// JSON, a line for each key.
    Jsonl,
}

/// What is carried over, and how.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    pub(super) form: Form,
    pub(super) filter: &'a Filter,
    pub(super) expiries: Expiries,
    /// Milliseconds since the Unix epoch.
    pub(super) now: i64,
    /// Whether every value is looked at as deeply as possible, since it may be damaged.
    pub(super) verifies: bool,
}

/// Where pieces of at least so many bytes begin and end.
pub(super) fn cut(records: &[Record<'_>]) -> Vec<Range<usize>> {
    let (mut pieces, mut from, mut bytes) = (Vec::new(), 0, 0);
    for (at, record) in records.iter().enumerate() {
        bytes += record.end - record.at;
        if bytes >= PIECE || at + 1 == records.len() {
            pieces.push(from..at + 1);
            (from, bytes) = (at + 1, 0);
        }
    }
    pieces
}

/// One piece at work. It knows nothing of those before it, not even the database: commands begin with a SELECT.
struct Piece<'a> {
    rules: &'a Rules<'a>,
    writer: Writer,
    room: Room,
    tally: Tally,
}

enum Writer {
    Resp(Commands),
    Jsonl(Lines),
}

impl Writer {
    fn write(&mut self, record: &RecordKind<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        match self {
            Self::Resp(commands) => commands.write(record, out),
            Self::Jsonl(lines) => lines.write(record, out),
        }
    }
}

/// Appends what is carried over of these records to `out`, and counts.
pub(super) fn render(rules: &Rules<'_>, records: &[Record<'_>], out: &mut Vec<u8>) -> Tally {
    let writer = match rules.form {
        Form::Resp => Writer::Resp(Commands::with_expiries(rules.expiries)),
        Form::Jsonl => Writer::Jsonl(Lines::with_expiries(rules.expiries)),
    };
    let mut piece = Piece { rules, writer, room: Room::default(), tally: Tally::default() };
    for record in records {
        match &record.kind {
            RecordKind::Key(key) => piece.key(record, key, out),
            RecordKind::Function(_) => piece.function(record, out),
            RecordKind::ModuleAux { .. } => piece.tally.left_out.module_data += 1,
            _ => {}
        }
    }
    piece.tally
}

impl Piece<'_> {
    fn function(&mut self, record: &Record<'_>, out: &mut Vec<u8>) {
        if !self.rules.filter.takes_all() {
            self.tally.left_out.functions += 1;
        } else if self.writer.write(&record.kind, out).is_ok() {
            self.tally.functions += 1;
        }
    }

    fn key(&mut self, record: &Record<'_>, key: &Key<'_>, out: &mut Vec<u8>) {
        if !self.rules.filter.takes(key) {
            self.tally.left_out.filtered += 1;
            return;
        }
        let expiry = key.expiry.map(|millis| self.rules.expiries.shifted(millis));
        let has_expired = expiry.is_some_and(|millis| millis <= self.rules.now);
        if has_expired && self.rules.expiries.over.is_some() {
            self.tally.left_out.expired += 1;
            return;
        }
        match self.write(record, key, out) {
            Ok(Fields { over, left: 0 }) if over > 0 => self.tally.left_out.expired += 1,
            Ok(fields) => {
                self.tally.keys += 1;
                self.tally.dbs.insert(key.db);
                self.tally.expired += u64::from(has_expired);
                self.tally.left_out.expired_fields += fields.over;
            }
            Err(ValueFault { kind: ValueFaultKind::Empty, .. }) => self.tally.left_out.empty += 1,
            Err(fault) => self.tally.lose(key.db, &key.name, record.at, fault.to_string()),
        }
    }

    /// Writes the key, unless no field of it is left.
    fn write(
        &mut self,
        record: &Record<'_>,
        key: &Key<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Fields, ValueFault> {
        if self.rules.verifies || key.value.value_type() == Some(ValueType::Stream) {
            key.value.verify(&mut self.room)?;
        }
        let fields = self.fields(key)?;
        if fields.over == 0 || fields.left > 0 {
            self.writer.write(&record.kind, out)?;
        }
        Ok(fields)
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

/// Of a hash.
#[derive(Debug, Clone, Copy, Default)]
struct Fields {
    over: u64,
    left: u64,
}

#[cfg(test)]
mod tests;
