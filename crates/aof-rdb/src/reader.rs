//! Reads a file record by record, through windows of its bytes.

use std::fmt;

use crate::crc::Crc;
use crate::header::{self, Start};
use crate::record::{NoRecord, Place, Record, RecordKind};
use crate::summary::{Checksum, DefectKind, Header, Source};

/// So many bytes are asked for at first; more where a record needs them.
const WANT: usize = 4 << 20;

/// So many records are shown at once at most.
const MOST: usize = 16 << 10;

/// Why reading ended before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRecord {
    /// Where the record begins that cannot be read; that of a key with what is said of the key before it.
    pub at: u64,
    /// The byte that is wrong, or where the file ends.
    pub offset: u64,
    /// What is wrong.
    pub kind: DefectKind,
}

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, offset, kind } = self;
        match kind {
            DefectKind::Truncated => {
                write!(f, "the file ends at byte {offset}, inside the record at {at}")
            }
            DefectKind::BadHeader => {
                write!(f, "byte {offset} does not belong to the header of an RDB file")
            }
            DefectKind::UnknownVersion => write!(f, "the version of the file is not known"),
            DefectKind::UnknownType(code) => {
                write!(f, "no record begins at byte {offset}: type {code} is not known")
            }
            DefectKind::BadLength(byte) => write!(f, "byte {offset} (0x{byte:02x}) is no length"),
        }
    }
}

impl std::error::Error for BadRecord {}

/// Shows the records of the RDB file that begins at `start`, many at a time and in their order, as long as `see`
/// returns true; then tells what the checksum says, or [`Checksum::Unread`] if `see` ended it. The memory that is
/// needed grows with the largest record, not with the file nor with what a length claims.
///
/// ```
/// use aof_rdb::{Checksum, RecordKind, read};
///
/// let file = b"REDIS0011\xfe\x00\x00\x03key\x05value\xff\0\0\0\0\0\0\0\0";
/// let mut names = Vec::new();
/// let checksum = read(&mut &file[..], 0, &mut |records| {
///     for record in records {
///         if let RecordKind::Key(key) = &record.kind {
///             names.push(key.name.to_vec());
///         }
///     }
///     true
/// })?;
/// assert_eq!((names, checksum), (vec![b"key".to_vec()], Ok(Checksum::Disabled)));
/// # Ok::<(), std::convert::Infallible>(())
/// ```
///
/// # Errors
/// The source failed. What is wrong with the file itself is the result; records before it were shown.
pub fn read<S: Source>(
    source: &mut S,
    start: u64,
    see: &mut dyn FnMut(&[Record<'_>]) -> bool,
) -> Result<Result<Checksum, BadRecord>, S::Error> {
    read_in(source, start, see, WANT)
}

/// [`read`] with windows that are at least so large, which must not matter.
pub(crate) fn read_in<S: Source>(
    source: &mut S,
    start: u64,
    see: &mut dyn FnMut(&[Record<'_>]) -> bool,
    least: usize,
) -> Result<Result<Checksum, BadRecord>, S::Error> {
    let mut crc = Crc::new();
    let header = match header(source, start, &mut crc)? {
        Ok(header) => header,
        Err(bad) => return Ok(Err(bad)),
    };
    let at = start + header::LEN as u64;
    Reading { at, place: Place::new(header), least, want: least, crc }.run(source, see)
}

/// [`read`] from a place between records on; the checksum is of the bytes behind it alone.
pub(crate) fn read_from<S: Source>(
    source: &mut S,
    at: u64,
    place: Place,
    see: &mut dyn FnMut(&[Record<'_>]) -> bool,
) -> Result<Result<Checksum, BadRecord>, S::Error> {
    Reading { at, place, least: WANT, want: WANT, crc: Crc::new() }.run(source, see)
}

/// The header that the file at `start` begins with, or what is wrong with it.
fn header<S: Source>(
    source: &mut S,
    start: u64,
    crc: &mut Crc,
) -> Result<Result<Header, BadRecord>, S::Error> {
    let bytes = source.window(start, header::LEN)?;
    crc.update(&bytes[..bytes.len().min(header::LEN)]);
    let found = header::read(bytes);
    let bad = |at: usize, kind| BadRecord { at: start, offset: start + at as u64, kind };
    Ok(match (found, found.fault()) {
        (_, Some((at, kind))) => Err(bad(at, kind)),
        (Start::Header(header, _), None) => Ok(header),
        (_, None) => Err(bad(bytes.len(), DefectKind::Truncated)),
    })
}

/// A place between two batches.
struct Reading {
    at: u64,
    place: Place,
    /// So many bytes are asked for, and more for a record that needs them.
    least: usize,
    want: usize,
    /// Of all bytes before.
    crc: Crc,
}

/// Where a batch ends.
enum Pause {
    /// Further records follow.
    More,
    /// There is not enough of the next one.
    Short,
    End(Checksum),
    Bad(u64, DefectKind),
}

impl Reading {
    fn run<S: Source>(
        mut self,
        source: &mut S,
        see: &mut dyn FnMut(&[Record<'_>]) -> bool,
    ) -> Result<Result<Checksum, BadRecord>, S::Error> {
        loop {
            let (at, want) = (self.at, self.want);
            let bytes = source.window(at, want)?;
            let is_last = bytes.len() < want;
            let bytes = &bytes[..bytes.len().min(want)];
            let (records, pause) = self.batch(bytes);
            if !records.is_empty() && !see(&records) {
                return Ok(Ok(Checksum::Unread));
            }
            let begin = self.place.said_since().unwrap_or(self.at);
            let bad = |offset, kind| Err(BadRecord { at: begin, offset, kind });
            match pause {
                Pause::More => {}
                Pause::End(checksum) => return Ok(Ok(checksum)),
                Pause::Bad(offset, kind) => return Ok(bad(offset, kind)),
                Pause::Short if is_last => {
                    return Ok(bad(at + bytes.len() as u64, DefectKind::Truncated));
                }
                Pause::Short if self.at == at => self.want = want.saturating_mul(2),
                Pause::Short => self.want = self.least,
            }
        }
    }

    /// As many records as the bytes hold.
    fn batch<'a>(&mut self, bytes: &'a [u8]) -> (Vec<Record<'a>>, Pause) {
        let (base, mut at) = (self.at, 0);
        let mut records = Vec::new();
        let pause = loop {
            if records.len() == MOST {
                break Pause::More;
            }
            match self.place.read(bytes, at, base) {
                Ok((record, behind)) => {
                    at = behind;
                    records.extend(record);
                    if let Some(Record { kind: RecordKind::End(stored), .. }) = records.last() {
                        break Pause::End(self.checksum(*stored, &bytes[..at]));
                    }
                }
                Err(NoRecord::Short) => break Pause::Short,
                Err(NoRecord::Bad(at)) => {
                    let byte = bytes.get(at).copied().unwrap_or_default();
                    break Pause::Bad(base + at as u64, DefectKind::BadLength(byte));
                }
                Err(NoRecord::Unknown(code)) => {
                    break Pause::Bad(base + at as u64, DefectKind::UnknownType(code));
                }
            }
        };
        self.at += at as u64;
        if !matches!(pause, Pause::End(_)) {
            self.crc.update(&bytes[..at]);
        }
        (records, pause)
    }

    /// What the checksum says that these bytes end with.
    fn checksum(&mut self, stored: Option<u64>, bytes: &[u8]) -> Checksum {
        let Some(stored) = stored else { return Checksum::None };
        self.crc.update(&bytes[..bytes.len() - size_of::<u64>()]);
        Checksum::of(stored, self.crc.value())
    }
}
