//! Keys as commands that make them anew on any server that has their type.
//!
//! The commands are those that servers themselves write when they rewrite a log without a preamble
//! (`rewriteAppendOnlyFileRio` of Redis 7.0), with two differences: nothing that commands can say is lost, and what
//! they cannot say comes as a RESTORE.

pub(crate) mod arguments;
mod streams;

use arguments::{Batch, command, number};

use crate::fault::{ValueFault, ValueFaultKind, fault};
use crate::item::{Item, StreamId, ValueType};
use crate::payload::Room;
use crate::record::{Key, RecordKind};
use crate::text::Str;

/// So many items go into one command, as in the logs that servers write.
const ITEMS: usize = 64;

/// Writes records as commands, in the form in which clients send them.
///
/// ```
/// use aof_rdb::{Commands, read};
///
/// let file = b"REDIS0011\xfe\x00\x00\x03key\x05value\xff\0\0\0\0\0\0\0\0";
/// let (mut commands, mut out) = (Commands::default(), Vec::new());
/// read(&mut &file[..], 0, &mut |records| {
///     for record in records {
///         commands.write(&record.kind, &mut out).expect("the value is sound");
///     }
///     true
/// })?;
/// assert!(out.ends_with(b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n"));
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Debug, Default)]
pub struct Commands {
    room: Room,
    expiries: Expiries,
    /// The database that further commands go to.
    db: Option<u64>,
}

/// What becomes of the times at which keys and fields expire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expiries {
    /// So many milliseconds are added to each.
    pub shift: i64,
    /// Fields that expire at this time or before, in milliseconds since the Unix epoch, are left out. Keys are not:
    /// whoever wants them left out does not write them.
    pub over: Option<i64>,
}

impl Expiries {
    /// The time to write instead of this one.
    #[must_use]
    pub fn shifted(&self, millis: i64) -> i64 {
        millis.saturating_add(self.shift)
    }

    /// Whether a field that expires at this time is left out.
    #[must_use]
    pub fn is_over(&self, millis: Option<i64>) -> bool {
        millis.zip(self.over).is_some_and(|(millis, over)| self.shifted(millis) <= over)
    }
}

impl Commands {
    /// Writes times as `expiries` says.
    #[must_use]
    pub fn with_expiries(expiries: Expiries) -> Self {
        Self { expiries, ..Self::default() }
    }

    /// Appends the commands for a record to `out`, with a SELECT before them where the database changes. Fields
    /// about the file, hints and what modules say beside their keys have no command. How long a key was idle, and
    /// when a consumer was seen, no command can say.
    ///
    /// # Errors
    /// The value cannot be read, or nothing is in it ([`ValueFaultKind::Empty`]), so that no command makes it; nothing
    /// is appended then.
    pub fn write(&mut self, record: &RecordKind<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        match record {
            RecordKind::Key(key) => self.key(key, out),
            RecordKind::Function(source) => {
                self.function(source, out);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Appends the commands for a key, with a SELECT before them where the database changes.
    ///
    /// # Errors
    /// As [`Commands::write`].
    pub fn key(&mut self, key: &Key<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        let before = (out.len(), self.db);
        self.select(key.db, out);
        let written = self.make(key, out);
        if written.is_err() {
            out.truncate(before.0);
            self.db = before.1;
        }
        written
    }

    /// Appends the command for a library of functions.
    pub fn function(&mut self, source: &[u8], out: &mut Vec<u8>) {
        command(out, &[b"FUNCTION", b"LOAD", b"REPLACE", source]);
    }

    fn select(&mut self, db: u64, out: &mut Vec<u8>) {
        if self.db != Some(db) {
            command(out, &[b"SELECT", db.to_string().as_bytes()]);
            self.db = Some(db);
        }
    }

    fn make(&mut self, key: &Key<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        match key.value.value_type() {
            Some(ValueType::Stream) if streams::is_sayable(key) => {
                streams::write(key, &mut self.room, out)?;
            }
            Some(ValueType::Stream | ValueType::Module) | None => {
                restore(key, &mut self.room, out)?;
            }
            Some(ValueType::String) => string(key, &mut self.room, out)?,
            Some(_) => plain(key, &self.expiries, &mut self.room, out)?,
        }
        if let Some(millis) = key.expiry {
            let millis = self.expiries.shifted(millis);
            let mut digits = itoa::Buffer::new();
            command(out, &[b"PEXPIREAT", &key.name, digits.format(millis).as_bytes()]);
        }
        Ok(())
    }
}

fn string(key: &Key<'_>, room: &mut Room, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    key.value.items(room, &mut |item| {
        if let Item::String(text) = item {
            command(out, &[b"SET", &key.name, text.text(&mut itoa::Buffer::new())]);
        }
    })
}

/// Collections of items that stand by themselves.
fn plain(
    key: &Key<'_>,
    expiries: &Expiries,
    room: &mut Room,
    out: &mut Vec<u8>,
) -> Result<(), ValueFault> {
    let before = out.len();
    let name: &[u8] = match key.value.value_type() {
        Some(ValueType::List) => b"RPUSH",
        Some(ValueType::Set) => b"SADD",
        Some(ValueType::SortedSet) => b"ZADD",
        _ => b"HSET",
    };
    let (mut batch, mut expiring) = (Batch::new(out, name, &key.name, ITEMS), Vec::new());
    key.value.items(room, &mut |item| match item {
        Item::Element(text) | Item::Member(text) => batch.item(&[text]),
        Item::Scored(member, score) => number(score, |score| {
            batch.item(&[Str::Bytes(score), member]);
        }),
        Item::Field(_, _, expiry) if expiries.is_over(expiry) => {}
        Item::Field(field, value, expiry) => {
            batch.item(&[field, value]);
            expiring.extend(expiry.map(|millis| (field.to_vec(), expiries.shifted(millis))));
        }
        _ => {}
    })?;
    batch.finish();
    if out.len() == before {
        return Err(fault(0, ValueFaultKind::Empty));
    }
    for (field, millis) in expiring {
        let millis = millis.to_string();
        command(out, &[b"HPEXPIREAT", &key.name, millis.as_bytes(), b"FIELDS", b"1", &field]);
    }
    Ok(())
}

/// What only a server of the same kind can read.
fn restore(key: &Key<'_>, room: &mut Room, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    key.value.verify(room)?;
    command(out, &[b"RESTORE", &key.name, b"0", &key.value.to_dump()]);
    Ok(())
}

/// As commands take ids.
fn id(id: StreamId) -> Vec<u8> {
    id.to_string().into_bytes()
}
