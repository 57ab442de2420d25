//! From what can be read of a damaged file to the pieces of a sound one: its own bytes wherever that is possible, with
//! numbers of keys, an end and a checksum that are right.

mod examined;
mod gone;
mod order;
mod twins;

use std::ops::Range;

use crate::crc::Crc;
use crate::header;
use crate::salvage::{Salvaged, Why};
use crate::summary::{Checksum, Dialect, Header, Source};

pub use examined::salvage_examined;
use order::Order;

/// So many bytes are asked for at once.
const WANT: usize = 1 << 20;

/// The opcode for the end.
const END: u8 = 255;

/// How a sound file is made of a damaged one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mended {
    /// What it is made of, in order.
    pub pieces: Vec<Stretch>,
    /// How many keys it holds.
    pub keys: u64,
    /// Keys of these whose database is a guess.
    pub assumed: u64,
    /// Keys of these that stand behind the first damage.
    pub behind_damage: u64,
    /// Records that are not carried over, in the order of the file. Numbers of keys and the checksum are not among
    /// them: they are written anew.
    pub gone: Vec<Gone>,
    /// Whether `gone` tells how many keys are lost at the most. If not, the file ends before its end, and does not say
    /// how many keys should follow.
    pub is_bounded: bool,
}

/// A piece of a file that is made of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stretch {
    /// Bytes of the other one, as they stand there.
    Copy(Range<u64>),
    /// These bytes.
    Put(Vec<u8>),
}

/// Bytes that are not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Where they stand.
    pub bytes: Range<u64>,
    /// Why.
    pub cause: Cause,
    /// At least so many keys are lost with them.
    pub least: u64,
    /// At most so many.
    pub most: u64,
    /// The first of these, if it is known: its database, and its first 256 bytes.
    pub key: Option<(u64, Vec<u8>)>,
}

/// Why bytes are not carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// They cannot be read.
    Lost(Why),
    /// The file ends before its end.
    Torn,
    /// Their key comes twice.
    Twin {
        /// Whether the other one has the same value and the same expiry.
        is_same: bool,
    },
    /// They can be read, and stand behind damage.
    BehindDamage,
    /// They stand behind the end of the file.
    BehindEnd,
    /// Another file begins there.
    NextFile,
}

impl Salvaged {
    /// Where the first thing stands that is lost.
    #[must_use]
    pub fn first_damage(&self) -> Option<u64> {
        self.losses.list.iter().map(|lost| lost.start).min()
    }

    /// How a sound file is made of this one: of all that is kept, or of what stands before `until`. `source` has the
    /// same `len` bytes as the one that it was found in, and can go back.
    ///
    /// A key that comes twice stays once, since servers crash on it: the first of those that are the same in all, else
    /// the last. For each key 16 bytes are needed to find that out.
    ///
    /// ```
    /// use aof_rdb::{Stretch, crc64, salvage};
    ///
    /// let torn = b"REDIS0011\xfe\x00\x00\x03key\x05value\x00\x05other\x05va";
    /// let len = torn.len() as u64;
    /// let found = salvage(&mut &torn[..], 0..len)?;
    /// let mended = found.mend(&mut &torn[..], len, None)?;
    /// let end = [&[255][..], &crc64(b"REDIS0011\xfe\x00\x00\x03key\x05value\xff").to_le_bytes()].concat();
    /// assert_eq!(mended.pieces, [Stretch::Copy(0..22), Stretch::Put(end)]);
    /// assert_eq!(mended.gone[0].key, Some((0, b"other".to_vec())));
    /// # Ok::<(), std::convert::Infallible>(())
    /// ```
    ///
    /// # Errors
    /// The source failed.
    pub fn mend<S: Source>(
        &self,
        source: &mut S,
        len: u64,
        until: Option<u64>,
    ) -> Result<Mended, S::Error> {
        let until = until.unwrap_or(u64::MAX);
        let twins = twins::find(self, source, until)?;
        let mut order = Order::new(self, &twins, until);
        self.read(source, &mut |records| {
            records.iter().for_each(|record| order.take(record));
            true
        })?;
        let mut pieces = vec![head(self)];
        order.pieces(&mut |piece| push(&mut pieces, piece));
        let (gone, is_bounded) = gone::of(self, &order, source, len)?;
        if !ends_as_it_stands(self, &mut pieces) {
            let end = end(&pieces, self.header, source)?;
            pieces.push(Stretch::Put(end));
        }
        let Order { keys, assumed, behind_damage, .. } = order;
        Ok(Mended { pieces, keys, assumed, behind_damage, gone, is_bounded })
    }
}

/// The header: as it stands, or what it must have been.
fn head(found: &Salvaged) -> Stretch {
    let Header { dialect, version } = found.header;
    match (found.is_header_assumed, dialect) {
        (false, _) => Stretch::Copy(0..header::LEN as u64),
        (true, Dialect::Redis) => Stretch::Put(format!("REDIS{version:04}").into_bytes()),
        (true, Dialect::Valkey) => Stretch::Put(format!("VALKEY{version:03}").into_bytes()),
    }
}

/// Joins what follows without a seam.
fn push(pieces: &mut Vec<Stretch>, piece: Stretch) {
    match (pieces.last_mut(), piece) {
        (Some(Stretch::Copy(last)), Stretch::Copy(next)) if last.end == next.start => {
            last.end = next.end;
        }
        (_, piece) => pieces.push(piece),
    }
}

/// Whether the end stands right behind all that is kept, and its checksum is not wrong: then it is kept too.
fn ends_as_it_stands(found: &Salvaged, pieces: &mut [Stretch]) -> bool {
    let is_right = !matches!(found.checksum, Checksum::Wrong { .. } | Checksum::Unread);
    let len = if found.header.has_checksum() { 9 } else { 1 };
    match pieces {
        [Stretch::Copy(all)] if is_right && found.has_end && all.end + len == found.end => {
            all.end = found.end;
            true
        }
        _ => false,
    }
}

/// The end, with the checksum of all that stands before it.
fn end<S: Source>(pieces: &[Stretch], header: Header, source: &mut S) -> Result<Vec<u8>, S::Error> {
    let mut end = vec![END];
    if !header.has_checksum() {
        return Ok(end);
    }
    let mut crc = Crc::new();
    for piece in pieces {
        match piece {
            Stretch::Put(bytes) => crc.update(bytes),
            Stretch::Copy(bytes) => digest(&mut crc, bytes.clone(), source)?,
        }
    }
    crc.update(&end);
    end.extend(crc.value().to_le_bytes());
    Ok(end)
}

fn digest<S: Source>(crc: &mut Crc, bytes: Range<u64>, source: &mut S) -> Result<(), S::Error> {
    let Range { start: mut at, end } = bytes;
    while at < end {
        let left = usize::try_from(end - at).unwrap_or(usize::MAX);
        let window = source.window(at, WANT.min(left))?;
        let window = &window[..window.len().min(left)];
        // A file that has become shorter is told by whoever copies its bytes.
        if window.is_empty() {
            break;
        }
        crc.update(window);
        at += window.len() as u64;
    }
    Ok(())
}
