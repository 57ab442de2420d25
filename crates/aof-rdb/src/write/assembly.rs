//! Puts pieces together to a file.

use std::collections::BTreeMap;

use super::piece::{Piece, Run};
use super::put::{plain, wide_length};
use super::target::Target;
use crate::crc::{crc64, power_of_x, product};
use crate::summary::{Dialect, Header};

/// A file that grows. It holds nothing of what was written but counts and checksums.
///
/// How many keys a database has stands before its keys, and is known behind them: room is left for it, and it is
/// filled in at the end.
///
/// ```
/// use aof_rdb::{Assembly, Piece, RecordKind, Writer, read, walk};
///
/// let target = "redis:7.0".parse()?;
/// let mut writer = Writer::new(target);
/// let (mut assembly, mut file) = Assembly::begin(target, &[("redis-ver", b"7.0.15")]);
/// let source = b"REDIS0011\xfe\x00\x00\x03key\x05value\xff\0\0\0\0\0\0\0\0";
/// read(&mut &source[..], 0, &mut |records| {
///     let mut piece = Piece::default();
///     for record in records {
///         if let RecordKind::Key(key) = &record.kind {
///             piece.key(&mut writer, key.db, key).expect("the value is sound");
///         }
///     }
///     assembly.add(piece.sealed(), &mut |bytes| file.extend(bytes));
///     true
/// })?;
/// assembly.end().complete(&mut file);
/// assert_eq!(walk(&mut &file[..], 0, &mut |_| true)?.dbs[0].announced, Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Assembly {
    /// The database of the keys that follow.
    db: Option<u64>,
    dbs: BTreeMap<u64, Counts>,
    at: u64,
    stretches: Vec<Stretch>,
    has_room: bool,
}

/// Of one database.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Where the room for them begins.
    at: u64,
    keys: u64,
    expiring: u64,
}

/// Bytes in a row, for the checksum.
#[derive(Debug, Clone, Copy)]
enum Stretch {
    Known {
        len: u64,
        crc: u64,
    },
    /// The counts of this database.
    Counts(u64),
}

/// Bytes to be put where room was left for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Where they belong, from the beginning of the file.
    pub at: u64,
    /// As many as were left room for.
    pub bytes: Vec<u8>,
}

/// What ends a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Its last bytes.
    pub bytes: Vec<u8>,
    /// What is filled in.
    pub patches: Vec<Patch>,
}

impl Ending {
    /// Completes a file that is held in memory: all that was shown before, and nothing else.
    pub fn complete(self, file: &mut Vec<u8>) {
        file.extend(self.bytes);
        for Patch { at, bytes } in self.patches {
            let at = at as usize;
            file[at..at + bytes.len()].copy_from_slice(&bytes);
        }
    }
}

impl Assembly {
    /// Begins a file with what is said of it, and returns its first bytes.
    #[must_use]
    pub fn begin(target: Target, aux: &[(&str, &[u8])]) -> (Self, Vec<u8>) {
        let mut first = magic(target.header());
        for (name, value) in aux {
            first.push(250);
            plain(name.as_bytes(), &mut first);
            plain(value, &mut first);
        }
        let mut assembly =
            Self { db: None, dbs: BTreeMap::new(), at: 0, stretches: Vec::new(), has_room: true };
        assembly.note(&first);
        (assembly, first)
    }

    /// Leaves no room for counts, for files that cannot be gone back in. Servers do without.
    #[must_use]
    pub fn without_counts(self) -> Self {
        Self { has_room: false, ..self }
    }

    /// How many bytes were written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.at
    }

    /// Adds a piece, and shows what is to be written next, in order. The piece must be [sealed](Piece::sealed).
    pub fn add(&mut self, piece: Piece, write: &mut impl FnMut(Vec<u8>)) {
        let Piece { mut bytes, runs } = piece;
        let mut begin = 0;
        for (place, run) in runs.iter().enumerate() {
            if let Some(db) = run.db.filter(|db| self.db != Some(*db)) {
                write(self.select(db));
            }
            self.count(run, begin);
            // Most pieces are one run, and need not be copied.
            if place + 1 == runs.len() {
                bytes.drain(..begin);
                write(std::mem::take(&mut bytes));
            } else {
                write(bytes[begin..run.end].to_vec());
            }
            begin = run.end;
        }
    }

    /// Begins another database, with room for its counts if it is for the first time.
    fn select(&mut self, db: u64) -> Vec<u8> {
        self.db = Some(db);
        let mut select = vec![254];
        super::put::length(db, &mut select);
        self.note(&select);
        if self.has_room && !self.dbs.contains_key(&db) {
            self.dbs.insert(db, Counts { at: self.at, ..Counts::default() });
            let room = Counts::default().bytes();
            self.stretches.push(Stretch::Counts(db));
            self.at += room.len() as u64;
            select.extend(room);
        }
        select
    }

    fn count(&mut self, run: &Run, begin: usize) {
        if let Some(counts) = run.db.and_then(|db| self.dbs.get_mut(&db)) {
            counts.keys += run.keys;
            counts.expiring += run.expiring;
        }
        self.known((run.end - begin) as u64, run.crc);
    }

    fn note(&mut self, bytes: &[u8]) {
        self.known(bytes.len() as u64, crc64(bytes));
    }

    fn known(&mut self, more: u64, next: u64) {
        self.at += more;
        match self.stretches.last_mut() {
            Some(Stretch::Known { len, crc }) => {
                *crc = joined(*crc, next, more);
                *len += more;
            }
            _ => self.stretches.push(Stretch::Known { len: more, crc: next }),
        }
    }

    /// Ends the file.
    #[must_use]
    pub fn end(mut self) -> Ending {
        self.note(&[255]);
        let crc = self.stretches.iter().fold(0, |crc, stretch| match stretch {
            Stretch::Known { len, crc: next } => joined(crc, *next, *len),
            Stretch::Counts(db) => {
                let bytes = self.dbs[db].bytes();
                joined(crc, crc64(&bytes), bytes.len() as u64)
            }
        });
        let patches =
            self.dbs.values().map(|counts| Patch { at: counts.at, bytes: counts.bytes() });
        Ending { bytes: [&[255][..], &crc.to_le_bytes()].concat(), patches: patches.collect() }
    }
}

impl Counts {
    /// As a hint for servers how large tables are to be. Always as many bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![251];
        wide_length(self.keys, &mut bytes);
        wide_length(self.expiring, &mut bytes);
        bytes
    }
}

/// The checksum of some bytes and `len` more, out of those of both.
fn joined(crc: u64, next: u64, len: u64) -> u64 {
    product(crc, power_of_x(len.wrapping_mul(8))) ^ next
}

fn magic(header: Header) -> Vec<u8> {
    match header.dialect {
        Dialect::Redis => format!("REDIS{:04}", header.version),
        Dialect::Valkey => format!("VALKEY{:03}", header.version),
    }
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn joined_checksums_are_that_of_the_whole_whatever_the_pieces(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..12),
        ) {
            let joined = pieces
                .iter()
                .fold(0, |crc, piece| joined(crc, crc64(piece), piece.len() as u64));
            prop_assert_eq!(joined, crc64(&pieces.concat()));
        }
    }
}
