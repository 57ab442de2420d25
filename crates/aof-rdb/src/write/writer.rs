//! Records as bytes, one after the other.

use super::put::{self, Texts};
use super::target::Target;
use super::value::{self, Rewriting};
use crate::commands::Expiries;
use crate::crc::crc64;
use crate::fault::ValueFault;
use crate::payload::Payload;
use crate::record::Key;
use crate::text::Str;

/// What of a key the target cannot hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Expiries of fields: the fields stay, and do not expire any more.
    pub field_expiries: u64,
    /// Names by which a stream tells messages that come twice.
    pub message_names: bool,
    /// What modules keep beside the key.
    pub module_metadata: bool,
    /// What a stream remembers of entries that it no longer has, how many of them groups have read, and when
    /// consumers were active. Servers that cannot hold it do without, and newer ones make it up when they load it.
    pub stream_history: bool,
}

impl LeftOut {
    /// Whether it is something that somebody has stored.
    #[must_use]
    pub fn is_data(&self) -> bool {
        self.field_expiries > 0 || self.message_names || self.module_metadata
    }
}

/// Writes records for one target.
///
/// ```
/// use aof_rdb::{RecordKind, Writer, read};
///
/// let file = b"REDIS0011\xfe\x00\x00\x03key\x05value\xff\0\0\0\0\0\0\0\0";
/// let (mut writer, mut out) = (Writer::new("redis:6.2".parse()?), Vec::new());
/// read(&mut &file[..], 0, &mut |records| {
///     for record in records {
///         if let RecordKind::Key(key) = &record.kind {
///             writer.key(key, &mut out).expect("the value is sound");
///         }
///     }
///     true
/// })?;
/// assert_eq!(out, b"\x00\x03key\x05value");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    target: Target,
    expiries: Expiries,
    texts: Texts,
    rewriting: Rewriting,
}

impl Writer {
    /// One that leaves strings as they are, and compresses none.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self {
            target,
            expiries: Expiries::default(),
            texts: Texts::default(),
            rewriting: Rewriting::default(),
        }
    }

    /// Compresses strings of more than 20 bytes, as servers do with `rdbcompression yes`.
    #[must_use]
    pub fn compressing(self) -> Self {
        Self { texts: Texts::compressing(), ..self }
    }

    /// Writes times as `expiries` says.
    #[must_use]
    pub fn with_expiries(self, expiries: Expiries) -> Self {
        Self { expiries, ..self }
    }

    /// For whom it writes.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// Appends a key with its value and what is said of it, but for the database. Returns what had to be left out.
    ///
    /// # Errors
    /// The value has to be written in another encoding, and cannot be read. Nothing is appended then.
    pub fn key(&mut self, key: &Key<'_>, out: &mut Vec<u8>) -> Result<LeftOut, ValueFault> {
        let start = out.len();
        self.said(key, out);
        let code_at = out.len();
        out.push(key.value.code);
        self.texts.put(Str::Bytes(&key.name), out);
        match self.value(&key.value, out) {
            Ok((code, left_out)) => {
                out[code_at] = code;
                Ok(LeftOut { module_metadata: key.has_metadata, ..left_out })
            }
            Err(found) => {
                out.truncate(start);
                Err(found)
            }
        }
    }

    /// The time to write for this one. Servers take 0 for none, and refuse what is below.
    pub(super) fn expiry(&self, millis: i64) -> i64 {
        self.expiries.shifted(millis).max(1)
    }

    /// What stands before a key.
    fn said(&self, key: &Key<'_>, out: &mut Vec<u8>) {
        if let Some(millis) = key.expiry {
            out.push(252);
            out.extend_from_slice(&self.expiries.shifted(millis).to_le_bytes());
        }
        if let Some(idle) = key.idle {
            out.push(248);
            put::length(idle, out);
        }
        if let Some(frequency) = key.frequency {
            out.extend_from_slice(&[249, frequency]);
        }
    }

    fn value(
        &mut self,
        value: &Payload<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(u8, LeftOut), ValueFault> {
        let Self { target, expiries, texts, rewriting } = self;
        value::write(value, *target, *expiries, texts, rewriting, out)
    }

    /// Appends a library of functions, if the target has such. Returns whether it has.
    pub fn function(&mut self, source: &[u8], out: &mut Vec<u8>) -> bool {
        if self.target.has_functions() {
            out.push(245);
            self.texts.bytes(source, out);
        }
        self.target.has_functions()
    }

    /// Appends what a module says beside its keys: opcodes and values as they stand in a file.
    pub fn module_aux(&mut self, id: u64, bytes: &[u8], out: &mut Vec<u8>) {
        out.push(247);
        put::length(id, out);
        out.extend_from_slice(bytes);
    }

    /// The value as a DUMP payload, as the target takes it for RESTORE, and what had to be left out.
    ///
    /// ```
    /// use aof_rdb::{Dump, Writer};
    ///
    /// let dump = b"\x14\x0f\x0f\x00\x00\x00\x02\x00\x81a\x02\x83bcd\x04\xff\x0b\x00\xcd\x24\xf9\xf8\x76\x26\xcf\x3f";
    /// let dump = Dump::new(dump)?;
    /// let (older, _) = Writer::new("redis:6.2".parse()?).dump(&dump.value)?;
    /// assert!(older.starts_with(b"\x02\x02\x01a\x03bcd\x09\x00"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Writer::key`].
    pub fn dump(&mut self, value: &Payload<'_>) -> Result<(Vec<u8>, LeftOut), ValueFault> {
        let mut dump = vec![value.code];
        let (code, left_out) = self.value(value, &mut dump)?;
        dump[0] = code;
        dump.extend_from_slice(&self.target.header().version.to_le_bytes());
        let crc = crc64(&dump);
        dump.extend_from_slice(&crc.to_le_bytes());
        Ok((dump, left_out))
    }
}
