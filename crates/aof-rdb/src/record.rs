//! One record of a file at a time, out of bytes that hold it as a whole.

use std::borrow::Cow;

use crate::attribute::{self, Attribute, attribute};
use crate::cursor::Cursor;
use crate::fault::{ValueFault, ValueFaultKind};
use crate::layout;
use crate::length::{Fault, array, byte, length};
use crate::payload::Payload;
use crate::skip::skip;
use crate::summary::{Aux, Header};
use crate::tally;

/// A record, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where it begins; that of a key with what is said of the key before it.
    pub at: u64,
    /// The byte behind it.
    pub end: u64,
    /// What it is.
    pub kind: RecordKind<'a>,
}

/// What a record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordKind<'a> {
    /// A key and its value.
    Key(Key<'a>),
    /// A field about the file, or about what follows.
    Aux {
        /// The name.
        name: Cow<'a, [u8]>,
        /// The value.
        value: Cow<'a, [u8]>,
    },
    /// Further keys belong to this database.
    Select(u64),
    /// How many keys the database has.
    Resize {
        /// All of them.
        keys: u64,
        /// Those that expire.
        expiring: u64,
    },
    /// How many keys a slot of a cluster has, or which slots are being imported.
    Slots,
    /// The source of a library of functions.
    Function(Cow<'a, [u8]>),
    /// What a module says beside its keys.
    ModuleAux {
        /// The module.
        id: u64,
        /// Opcodes and values, as they stand in the file.
        bytes: &'a [u8],
    },
    /// The opcode for the end, and the checksum that stands behind it from RDB 5 on.
    End(Option<u64>),
}

impl Aux {
    /// Takes in what a field says of the file.
    pub fn note(&mut self, name: &[u8], value: &[u8]) {
        tally::note(self, name, value);
    }
}

/// A key, its value, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key<'a> {
    /// The database that it belongs to.
    pub db: u64,
    /// The key.
    pub name: Cow<'a, [u8]>,
    /// When it expires, in milliseconds since the Unix epoch.
    pub expiry: Option<i64>,
    /// For how many seconds nobody asked for it.
    pub idle: Option<u64>,
    /// How often it is asked for, on the logarithmic scale of the servers.
    pub frequency: Option<u8>,
    /// Whether modules keep something beside it, which is passed over (RDB 13).
    pub has_metadata: bool,
    /// The value.
    pub value: Payload<'a>,
}

/// Why there is no record at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRecord {
    /// The bytes end inside of it.
    Short,
    /// A length or an encoding that does not exist, at this place.
    Bad(usize),
    /// A type that is not known.
    Unknown(u8),
}

impl From<Fault> for NoRecord {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Short => Self::Short,
            Fault::Bad(at) => Self::Bad(at),
        }
    }
}

/// What is said of the next key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Said {
    /// Where the first thing was said.
    since: Option<u64>,
    expiry: Option<i64>,
    idle: Option<u64>,
    frequency: Option<u8>,
    has_metadata: bool,
}

impl Said {
    fn add(&mut self, attribute: Attribute, at: u64) {
        self.since.get_or_insert(at);
        match attribute {
            Attribute::Idle(idle) => self.idle = Some(idle),
            Attribute::Frequency(frequency) => self.frequency = Some(frequency),
            Attribute::Expiry(expiry) => self.expiry = expiry,
        }
    }
}

/// A place between records, and what was said before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    header: Header,
    db: u64,
    said: Said,
}

impl Place {
    /// Behind the header.
    pub(crate) fn new(header: Header) -> Self {
        Self::within(header, 0)
    }

    /// Among the keys of a database.
    pub(crate) fn within(header: Header, db: u64) -> Self {
        Self { header, db, said: Said::default() }
    }

    pub(crate) fn header(&self) -> Header {
        self.header
    }

    /// The database that keys belong to here.
    pub(crate) fn db(&self) -> u64 {
        self.db
    }

    /// Whether nothing was said of the next key.
    pub(crate) fn is_between(&self) -> bool {
        self.said == Said::default()
    }

    /// Where the first thing is said of a key that is still to come.
    pub(crate) fn said_since(&self) -> Option<u64> {
        self.said.since
    }

    /// The record at `at` in bytes that stand at `base` in the file, and the place behind it; no record where
    /// something is said of the next key. Nothing has changed where there is none.
    #[inline]
    pub(crate) fn read<'a>(
        &mut self,
        bytes: &'a [u8],
        at: usize,
        base: u64,
    ) -> Result<(Option<Record<'a>>, usize), NoRecord> {
        let code = byte(bytes, at)?;
        let (kind, behind) = match code {
            243 => match layout::opcode_243(self.header) {
                Some((layout, false)) => (RecordKind::Slots, skip(layout, bytes, at + 1)?),
                Some((layout, true)) => {
                    let behind = skip(layout, bytes, at + 1)?;
                    self.said.since.get_or_insert(base + at as u64);
                    self.said.has_metadata = true;
                    return Ok((None, behind));
                }
                None => return Err(NoRecord::Unknown(code)),
            },
            _ if attribute::is_one(code) => {
                let (attribute, behind) = attribute(code, bytes, at + 1)?;
                self.said.add(attribute, base + at as u64);
                return Ok((None, behind));
            }
            244..=255 => self.other(code, bytes, at + 1)?,
            _ => return self.key(code, bytes, at, base).map(|(key, at)| (Some(key), at)),
        };
        let record = Record { at: base + at as u64, end: base + behind as u64, kind };
        Ok((Some(record), behind))
    }

    #[inline]
    fn key<'a>(
        &mut self,
        code: u8,
        bytes: &'a [u8],
        at: usize,
        base: u64,
    ) -> Result<(Record<'a>, usize), NoRecord> {
        let Some(layout) = layout::readable(self.header, code) else {
            return Err(NoRecord::Unknown(code));
        };
        let (name, value_at) = text(bytes, at + 1)?;
        let behind = skip(layout, bytes, value_at)?;
        let value = Payload { header: self.header, code, bytes: &bytes[value_at..behind] };
        let Said { since, expiry, idle, frequency, has_metadata } = std::mem::take(&mut self.said);
        let key = Key { db: self.db, name, expiry, idle, frequency, has_metadata, value };
        let at = since.unwrap_or(base + at as u64);
        Ok((Record { at, end: base + behind as u64, kind: RecordKind::Key(key) }, behind))
    }

    fn other<'a>(
        &mut self,
        code: u8,
        bytes: &'a [u8],
        at: usize,
    ) -> Result<(RecordKind<'a>, usize), NoRecord> {
        match code {
            245 => text(bytes, at).map(|(source, at)| (RecordKind::Function(source), at)),
            250 => {
                let (name, at) = text(bytes, at)?;
                let (value, at) = text(bytes, at)?;
                Ok((RecordKind::Aux { name, value }, at))
            }
            251 => {
                let (keys, at) = length(bytes, at)?;
                let (expiring, at) = length(bytes, at)?;
                Ok((RecordKind::Resize { keys, expiring }, at))
            }
            254 => {
                let (db, at) = length(bytes, at)?;
                self.db = db;
                Ok((RecordKind::Select(db), at))
            }
            255 if self.header.has_checksum() => {
                let stored = u64::from_le_bytes(array(bytes, at)?);
                Ok((RecordKind::End(Some(stored)), at + 8))
            }
            255 => Ok((RecordKind::End(None), at)),
            244 => Ok((RecordKind::Slots, skip(layout::SLOT_INFO, bytes, at)?)),
            247 => {
                let (id, behind) = length(bytes, at)?;
                let end = skip(layout::MODULE_AUX, bytes, at)?;
                Ok((RecordKind::ModuleAux { id, bytes: &bytes[behind..end] }, end))
            }
            _ => Err(NoRecord::Unknown(code)),
        }
    }
}

/// A string that is needed as such, and the place behind it.
#[inline]
pub(crate) fn text(bytes: &[u8], at: usize) -> Result<(Cow<'_, [u8]>, usize), NoRecord> {
    let bad = |fault: ValueFault| match fault.kind {
        ValueFaultKind::Short => NoRecord::Short,
        _ => NoRecord::Bad(at + fault.at),
    };
    let mut cursor = Cursor::new(&bytes[at..]);
    let text = cursor.text().map_err(bad)?.kept().map_err(bad)?;
    Ok((text, at + cursor.at))
}
