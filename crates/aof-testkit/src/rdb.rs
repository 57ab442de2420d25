//! Writes small RDB files, with every byte where the format says.

use aof_rdb::crc64;

/// Appends records to an RDB file.
///
/// ```
/// use aof_testkit::RdbBuilder;
///
/// let file = RdbBuilder::new(11).aux("redis-ver", "7.2.4").db(0).string("key", "value").finish();
/// assert!(file.starts_with(b"REDIS0011"));
/// ```
#[derive(Clone, Debug)]
pub struct RdbBuilder {
    bytes: Vec<u8>,
    version: u16,
}

impl RdbBuilder {
    /// An RDB file of Redis in this version of the format.
    #[must_use]
    pub fn new(version: u16) -> Self {
        Self { bytes: format!("REDIS{version:04}").into_bytes(), version }
    }

    /// A base as servers write it for a set: version 11, with its mark.
    #[must_use]
    pub fn base() -> Self {
        Self::new(11).aux("redis-ver", "7.2.4").aux("ctime", "1700000000").aux("aof-base", "1")
    }

    /// Says something of the file itself.
    #[must_use]
    pub fn aux(mut self, key: &str, value: &str) -> Self {
        self.bytes.push(0xfa);
        self.text(key.as_bytes());
        self.text(value.as_bytes());
        self
    }

    /// Begins a database.
    #[must_use]
    pub fn db(mut self, number: u8) -> Self {
        self.bytes.extend([0xfe, number & 0x3f]);
        self
    }

    /// A key with a string.
    #[must_use]
    pub fn string(mut self, key: &str, value: &str) -> Self {
        self.bytes.push(0);
        self.text(key.as_bytes());
        self.text(value.as_bytes());
        self
    }

    /// Any bytes, as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A string with its length before it.
    fn text(&mut self, text: &[u8]) {
        let length = u32::try_from(text.len()).expect("small files only");
        match length {
            0..64 => self.bytes.push(length as u8),
            _ => {
                self.bytes.push(0x80);
                self.bytes.extend(length.to_be_bytes());
            }
        }
        self.bytes.extend_from_slice(text);
    }

    /// The file, with its end and its checksum.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0xff);
        if self.version >= 5 {
            let crc = crc64(&self.bytes);
            self.bytes.extend(crc.to_le_bytes());
        }
        self.bytes
    }
}
