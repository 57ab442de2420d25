//! The value of a key, as it stands in a file or in a DUMP payload.

use crate::cursor::Cursor;
use crate::fault::{ValueFault, ValueFaultKind, fault};
use crate::item::{Item, Module, StreamId, ValueType};
use crate::stream;
use crate::summary::{Dialect, Header};
use crate::text::Str;

/// The value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload<'a> {
    /// Of which format it is: the numbers of types mean different things in different dialects.
    pub header: Header,
    /// The number of its type and encoding.
    pub code: u8,
    /// What stands behind the key.
    pub bytes: &'a [u8],
}

/// Memory for strings that were compressed, used again from value to value.
#[derive(Debug, Default)]
pub struct Room {
    first: Vec<u8>,
    second: Vec<u8>,
    /// For finding what occurs twice.
    pub(crate) hashes: Vec<u64>,
    pub(crate) table: Vec<u64>,
    /// The most bytes that a compressed string may have, if there is a limit.
    most: Option<u64>,
}

impl Room {
    /// One in which compressed strings of more bytes than this are not looked at.
    pub(crate) fn of_at_most(most: usize) -> Self {
        Self { most: Some(most as u64), ..Self::default() }
    }

    /// Before a payload that is to be read.
    pub(crate) fn cursor<'a>(&self, bytes: &'a [u8]) -> Cursor<'a> {
        Cursor::new(bytes).of_at_most(self.most.unwrap_or(u64::MAX))
    }

    /// For one string at a time.
    pub(crate) fn first(&mut self) -> &mut Vec<u8> {
        &mut self.first
    }
}

/// One piece of a value as it is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part<'a> {
    /// Something that is stored by itself.
    Item(Item<'a>),
    /// Several items in one string.
    Packed(Packing, &'a [u8]),
    /// Entries of a stream: the id that theirs are counted from, and a listpack.
    Node(StreamId, &'a [u8]),
}

/// How several items are packed into one string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// From RDB 2 to 3.
    Zipmap,
    /// From RDB 2 to 9.
    Ziplist,
    /// Sorted integers.
    Intset,
    /// From RDB 10 on.
    Listpack,
}

/// What the items are that a type has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Elements,
    Members,
    Scores,
    Fields,
    /// A field, its value, and its expiry or 0.
    ExpiringFields,
}

impl<'a> Payload<'a> {
    /// The type of the value; `None` if the dialect has no such number.
    #[must_use]
    pub fn value_type(&self) -> Option<ValueType> {
        let is_valkey = self.header.dialect == Dialect::Valkey;
        Some(match self.code {
            0 => ValueType::String,
            1 | 10 | 14 | 18 => ValueType::List,
            2 | 11 | 20 => ValueType::Set,
            3 | 5 | 12 | 17 => ValueType::SortedSet,
            4 | 9 | 13 | 16 | 22 => ValueType::Hash,
            23..=25 if !is_valkey => ValueType::Hash,
            7 => ValueType::Module,
            15 | 19 | 21 => ValueType::Stream,
            26 if !is_valkey => ValueType::Stream,
            _ => return None,
        })
    }

    /// Whether it is easily seen that nothing is in it: servers leave out such keys, but for streams.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let blob = |least: usize| matches!(self.bytes, [len, ..] if usize::from(*len) == least);
        match self.code {
            1..=5 | 14 | 18 | 22 => matches!(self.bytes, [0]),
            24 => matches!(self.bytes, [.., 0] if self.bytes.len() == 9),
            9 => blob(2),
            10 | 12 | 13 => blob(11),
            11 => blob(8),
            16 | 17 | 20 | 23 => blob(7),
            _ => false,
        }
    }

    /// Shows the value as it is stored, piece by piece: what is packed stays packed.
    ///
    /// # Errors
    /// What is wrong; pieces before it were shown.
    pub fn parts(&self, room: &mut Room, see: &mut impl FnMut(Part<'_>)) -> Result<(), ValueFault> {
        let mut cursor = room.cursor(self.bytes);
        self.read(&mut cursor, room, see)?;
        cursor.end()
    }

    fn read(
        &self,
        cursor: &mut Cursor<'a>,
        room: &mut Room,
        see: &mut impl FnMut(Part<'_>),
    ) -> Result<(), ValueFault> {
        use Packing::{Intset, Listpack, Ziplist, Zipmap};
        let is_redis = self.header.dialect == Dialect::Redis;
        match self.code {
            0 => see(Part::Item(Item::String(cursor.text()?.read(&mut room.first)?))),
            1 => return texts(cursor, room, |text| see(Part::Item(Item::Element(text)))),
            2 => return texts(cursor, room, |text| see(Part::Item(Item::Member(text)))),
            3 => return scores(cursor, room, ascii_score, see),
            5 => return scores(cursor, room, double, see),
            4 => return fields(cursor, room, Expiry::Never, see),
            22 if !is_redis => return fields(cursor, room, Expiry::Behind, see),
            22 => return fields(cursor, room, Expiry::Before(1), see),
            24 => return earliest_and_fields(cursor, room, see),
            7 => see(Part::Item(Item::Module(module(cursor)?))),
            9 => packed(Zipmap, cursor, room, see)?,
            10 | 12 | 13 => packed(Ziplist, cursor, room, see)?,
            11 => packed(Intset, cursor, room, see)?,
            16 | 17 | 20 => packed(Listpack, cursor, room, see)?,
            23 if is_redis => packed(Listpack, cursor, room, see)?,
            25 => {
                cursor.millis()?;
                packed(Listpack, cursor, room, see)?;
            }
            14 => {
                for _ in 0..cursor.length()? {
                    packed(Ziplist, cursor, room, see)?;
                }
            }
            18 => return nodes(cursor, room, see),
            15 | 19 | 21 | 26 => return stream::read(self.code, cursor, &mut room.first, see),
            _ => return Err(fault(0, ValueFaultKind::UnknownType)),
        }
        Ok(())
    }

    /// What is in the packed parts of this type.
    pub(crate) fn shape(&self) -> Shape {
        match self.code {
            11 | 20 => Shape::Members,
            12 | 17 => Shape::Scores,
            9 | 13 | 16 => Shape::Fields,
            23 | 25 => Shape::ExpiringFields,
            _ => Shape::Elements,
        }
    }
}

fn packed(
    packing: Packing,
    cursor: &mut Cursor<'_>,
    room: &mut Room,
    see: &mut impl FnMut(Part<'_>),
) -> Result<(), ValueFault> {
    see(Part::Packed(packing, cursor.text()?.bytes(&mut room.first)?));
    Ok(())
}

fn texts(
    cursor: &mut Cursor<'_>,
    room: &mut Room,
    mut see: impl FnMut(Str<'_>),
) -> Result<(), ValueFault> {
    for _ in 0..cursor.length()? {
        see(cursor.text()?.read(&mut room.first)?);
    }
    Ok(())
}

fn scores<'a>(
    cursor: &mut Cursor<'a>,
    room: &mut Room,
    score: impl Fn(&mut Cursor<'a>) -> Result<f64, ValueFault>,
    see: &mut impl FnMut(Part<'_>),
) -> Result<(), ValueFault> {
    for _ in 0..cursor.length()? {
        let member = cursor.text()?;
        let score = score(cursor)?;
        see(Part::Item(Item::Scored(member.read(&mut room.first)?, score)));
    }
    Ok(())
}

/// A score in eight bytes, the lower ones first.
#[inline]
pub(crate) fn double(cursor: &mut Cursor<'_>) -> Result<f64, ValueFault> {
    let at = cursor.at;
    let score = f64::from_le_bytes(cursor.array()?);
    if score.is_nan() { Err(fault(at, ValueFaultKind::BadScore)) } else { Ok(score) }
}

/// A number in ASCII behind its length, or one byte that stands for what is no number.
fn ascii_score(cursor: &mut Cursor<'_>) -> Result<f64, ValueFault> {
    let at = cursor.at;
    let [len] = cursor.array()?;
    let score = match len {
        253 => None,
        254 => Some(f64::INFINITY),
        255 => Some(f64::NEG_INFINITY),
        _ => score_of(cursor.take(len.into())?),
    };
    score.filter(|score| !score.is_nan()).ok_or(fault(at, ValueFaultKind::BadScore))
}

/// A score in ASCII.
#[inline]
pub(crate) fn score_of(text: &[u8]) -> Option<f64> {
    plain_score(text).or_else(|| std::str::from_utf8(text).ok()?.trim_start().parse().ok())
}

/// The number that so few digits and at most one point say that both its digits and the power of ten behind the point
/// are exact numbers: so the only division rounds correctly.
#[inline]
fn plain_score(text: &[u8]) -> Option<f64> {
    const MOST: usize = 15;
    if text.len() > MOST {
        return None;
    }
    let (mut digits, mut divisor, mut scale) = (0_u64, 1_u64, 1);
    let mut points = text.len();
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                digits = digits * 10 + u64::from(byte - b'0');
                divisor *= scale;
                points -= 1;
            }
            b'.' => scale = 10,
            _ => return None,
        }
    }
    let is_number = points <= 1 && text.len() > points;
    is_number.then(|| digits as f64 / divisor as f64)
}

/// Where the expiry of a field stands.
#[derive(Clone, Copy)]
enum Expiry {
    Never,
    /// Behind it: eight bytes, −1 if it has none.
    Behind,
    /// Before it: a length, 0 if it has none, otherwise counted from one millisecond before this moment.
    Before(i64),
}

fn fields(
    cursor: &mut Cursor<'_>,
    room: &mut Room,
    expiry: Expiry,
    see: &mut impl FnMut(Part<'_>),
) -> Result<(), ValueFault> {
    for _ in 0..cursor.length()? {
        let before = match expiry {
            Expiry::Before(base) => expiry_since(base, cursor)?,
            _ => None,
        };
        let (field, value) = (cursor.text()?, cursor.text()?);
        let behind = match expiry {
            Expiry::Behind => Some(cursor.millis()?).filter(|&millis| millis != -1),
            _ => None,
        };
        let field = field.read(&mut room.first)?;
        let value = value.read(&mut room.second)?;
        see(Part::Item(Item::Field(field, value, before.or(behind))));
    }
    Ok(())
}

fn expiry_since(base: i64, cursor: &mut Cursor<'_>) -> Result<Option<i64>, ValueFault> {
    let at = cursor.at;
    let after = cursor.length()?;
    if after == 0 {
        return Ok(None);
    }
    let millis = i64::try_from(after).ok().and_then(|after| (base - 1).checked_add(after));
    millis.map(Some).ok_or(fault(at, ValueFaultKind::BadExpiry))
}

/// The expiries of fields count from the earliest of them.
fn earliest_and_fields(
    cursor: &mut Cursor<'_>,
    room: &mut Room,
    see: &mut impl FnMut(Part<'_>),
) -> Result<(), ValueFault> {
    let earliest = cursor.millis()?;
    if earliest == i64::MIN {
        return Err(fault(0, ValueFaultKind::BadExpiry));
    }
    fields(cursor, room, Expiry::Before(earliest), see)
}

/// The nodes of a list: each is one element, or a listpack of them.
fn nodes(
    cursor: &mut Cursor<'_>,
    room: &mut Room,
    see: &mut impl FnMut(Part<'_>),
) -> Result<(), ValueFault> {
    for _ in 0..cursor.length()? {
        let at = cursor.at;
        let container = cursor.length()?;
        let text = cursor.text()?;
        match container {
            // Empty elements stand in listpacks.
            1 | 2 if text.is_empty() => return Err(fault(at, ValueFaultKind::BadNode)),
            1 => see(Part::Item(Item::Element(text.read(&mut room.first)?))),
            2 => see(Part::Packed(Packing::Listpack, text.bytes(&mut room.first)?)),
            _ => return Err(fault(at, ValueFaultKind::BadNode)),
        }
    }
    Ok(())
}

/// The module's id, and what it wrote up to opcode 0.
fn module<'a>(cursor: &mut Cursor<'a>) -> Result<Module<'a>, ValueFault> {
    let id = cursor.length()?;
    Ok(Module { id, bytes: cursor.module()? })
}

#[cfg(test)]
mod tests {
    use aof_testkit::Rng;

    use super::*;

    #[test]
    fn a_score_of_few_digits_is_the_number_that_all_others_read() {
        let mut rng = Rng::new(3);
        for _ in 0..100_000 {
            let len = rng.below(18);
            let text = Vec::from_iter(
                (0..len).map(|_| b"0123456789012345678909..-e "[rng.below(27) as usize]),
            );
            let text = String::from_utf8(text).unwrap();
            assert_eq!(score_of(text.as_bytes()), text.trim_start().parse().ok(), "{text}");
        }
        assert_eq!(plain_score(b"123456789.54321"), Some(123_456_789.543_21));
        for text in ["", ".", "1.2.3", "-1", "1e5", "1234567890123456"] {
            assert_eq!(plain_score(text.as_bytes()), None, "{text}");
        }
    }
}
