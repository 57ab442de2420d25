//! Writes a log frame by frame and keeps the ledger.

use std::ops::Range;

use crate::ledger::{Entry, Ledger, What};

/// Appends frames to a log and records each of them.
///
/// ```
/// let mut log = aof_testkit::LogBuilder::new();
/// log.select(0).command(&["SET", "key", "value"]);
/// let ledger = log.finish();
/// assert_eq!(ledger.commands(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct LogBuilder {
    ledger: Ledger,
    db: u64,
}

impl LogBuilder {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a strictly formed record. `SELECT`, `MULTI` and `EXEC` are recorded as what they are.
    pub fn command<A: AsRef<[u8]>>(&mut self, argv: &[A]) -> &mut Self {
        let offset = self.len();
        self.line(b'*', argv.len());
        for arg in argv {
            let arg = arg.as_ref();
            self.line(b'$', arg.len());
            let start = self.len();
            self.ledger.bytes.extend_from_slice(arg);
            self.payload(start..self.len());
            self.ledger.bytes.extend_from_slice(b"\r\n");
        }
        let what = self.classify(argv);
        self.entry(offset, what)
    }

    /// Appends `SELECT db`.
    pub fn select(&mut self, db: u64) -> &mut Self {
        let db = db.to_string();
        self.command(&["SELECT", &db])
    }

    /// Appends `MULTI`.
    pub fn multi(&mut self) -> &mut Self {
        self.command(&["MULTI"])
    }

    /// Appends `EXEC`.
    pub fn exec(&mut self) -> &mut Self {
        self.command(&["EXEC"])
    }

    /// Appends the clock as `#TS:secs\r\n`.
    pub fn timestamp(&mut self, secs: u64) -> &mut Self {
        self.annotation(format!("TS:{secs}"))
    }

    /// Appends `#text\r\n`. If `text` is `TS:` and digits, this is [`timestamp`](Self::timestamp).
    pub fn annotation(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        let (offset, text) = (self.len(), text.as_ref());
        self.ledger.bytes.push(b'#');
        self.ledger.bytes.extend_from_slice(text);
        let seconds = seconds_of(text);
        if seconds.is_some() {
            self.payload(offset + 4..self.len());
        }
        self.ledger.bytes.extend_from_slice(b"\r\n");
        self.entry(offset, What::Annotation(seconds))
    }

    /// Appends bytes as they are; all of them count as framing. Nothing is recorded for no bytes.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        let offset = self.len();
        self.ledger.bytes.extend_from_slice(bytes);
        if bytes.is_empty() { self } else { self.entry(offset, What::Raw) }
    }

    /// The length so far, which is the offset of what comes next.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ledger.bytes.len()
    }

    /// Whether nothing was appended yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ledger.bytes.is_empty()
    }

    /// The log with its account.
    #[must_use]
    pub fn finish(self) -> Ledger {
        self.ledger
    }

    fn classify<A: AsRef<[u8]>>(&mut self, argv: &[A]) -> What {
        let name = argv.first().map(AsRef::as_ref).unwrap_or_default();
        let upper = name.to_ascii_uppercase();
        match (upper.as_slice(), argv) {
            (b"MULTI", [_]) => return What::Multi,
            (b"EXEC", [_]) => return What::Exec,
            (b"SELECT", [_, db]) => {
                if let Some(db) = number(db.as_ref()) {
                    self.db = db;
                    return What::Select(db);
                }
            }
            _ => {}
        }
        let keys = crate::keys::keys_of(argv);
        What::Command { name: name.to_vec(), keys, argc: argv.len(), db: self.db }
    }

    fn line(&mut self, sign: u8, n: usize) {
        self.ledger.bytes.push(sign);
        self.ledger.bytes.extend_from_slice(n.to_string().as_bytes());
        self.ledger.bytes.extend_from_slice(b"\r\n");
    }

    fn payload(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.ledger.payload.push(range);
        }
    }

    fn entry(&mut self, offset: usize, what: What) -> &mut Self {
        let len = self.len() - offset;
        self.ledger.frames.push(Entry { offset, len, what });
        self
    }
}

/// Reads decimal digits and nothing else.
fn number(text: &[u8]) -> Option<u64> {
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn seconds_of(text: &[u8]) -> Option<u64> {
    number(text.strip_prefix(b"TS:")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_written_as_servers_write_them() {
        let mut log = LogBuilder::new();
        assert!(log.is_empty());
        log.timestamp(1_700_000_000).select(3).multi().command(&["SET", "k", "a\r\nb"]).exec();
        let ledger = log.finish();
        let text = "#TS:1700000000\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*1\r\n$5\r\nMULTI\r\n\
                    *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n*1\r\n$4\r\nEXEC\r\n";
        assert_eq!(ledger.bytes, text.as_bytes());
        let what: Vec<&What> = ledger.frames.iter().map(|frame| &frame.what).collect();
        let set = What::Command {
            name: b"SET".to_vec(),
            keys: Some(vec![b"k".to_vec()]),
            argc: 3,
            db: 3,
        };
        let stamp = What::Annotation(Some(1_700_000_000));
        assert_eq!(what, [&stamp, &What::Select(3), &What::Multi, &set, &What::Exec]);
    }

    #[test]
    fn a_select_without_a_number_is_an_ordinary_command() {
        let mut log = LogBuilder::new();
        log.command(&["select", "x"]).command(&["select", "7"]).raw(b"").annotation("TS:x");
        let ledger = log.finish();
        assert!(matches!(ledger.frames[0].what, What::Command { argc: 2, .. }));
        assert_eq!(ledger.frames[1].what, What::Select(7));
        assert_eq!(ledger.frames[2].what, What::Annotation(None));
        assert_eq!(ledger.frames.len(), 3);
    }
}
