//! Keys as RESTORE commands for one target.

use super::writer::{LeftOut, Writer};
use crate::commands::arguments::{bulk, head};
use crate::fault::ValueFault;
use crate::record::Key;

impl Writer {
    /// Appends the command `RESTORE … REPLACE` that makes a key anew in the selected database: with its expiry, if that
    /// is wanted, and with what is said of when it was used last. Sending it twice does what sending it once does.
    ///
    /// ```
    /// use aof_rdb::{RecordKind, Writer, read};
    ///
    /// let file = b"REDIS0011\xfe\x00\x00\x03key\x05value\xff\0\0\0\0\0\0\0\0";
    /// let (mut writer, mut out) = (Writer::new("redis:7.0".parse()?), Vec::new());
    /// read(&mut &file[..], 0, &mut |records| {
    ///     for record in records {
    ///         if let RecordKind::Key(key) = &record.kind {
    ///             writer.restore(key, true, &mut out).expect("the value is sound");
    ///         }
    ///     }
    ///     true
    /// })?;
    /// assert!(out.starts_with(b"*5\r\n$7\r\nRESTORE\r\n$3\r\nkey\r\n$1\r\n0\r\n$17\r\n\x00\x05value\x0a\x00"));
    /// assert!(out.ends_with(b"$7\r\nREPLACE\r\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Writer::key`]; nothing is appended then.
    pub fn restore(
        &mut self,
        key: &Key<'_>,
        expires: bool,
        out: &mut Vec<u8>,
    ) -> Result<LeftOut, ValueFault> {
        let (dump, left_out) = self.dump(&key.value)?;
        let expiry = key.expiry.filter(|_| expires).map(|millis| self.expiry(millis));
        let used = match (key.idle, key.frequency) {
            (Some(seconds), _) => Some((&b"IDLETIME"[..], seconds)),
            (None, Some(frequency)) => Some((&b"FREQ"[..], frequency.into())),
            (None, None) => None,
        };
        let mut digits = itoa::Buffer::new();
        let count = 5 + usize::from(expiry.is_some()) + 2 * usize::from(used.is_some());
        head(out, b'*', count);
        bulk(out, b"RESTORE");
        bulk(out, &key.name);
        bulk(out, digits.format(expiry.unwrap_or(0)).as_bytes());
        bulk(out, &dump);
        bulk(out, b"REPLACE");
        if expiry.is_some() {
            bulk(out, b"ABSTTL");
        }
        if let Some((word, number)) = used {
            bulk(out, word);
            bulk(out, digits.format(number).as_bytes());
        }
        let left_out = LeftOut { module_metadata: key.has_metadata, ..left_out };
        Ok(left_out)
    }
}
