//! From what is stored to what is meant: every item of a value, whatever it is packed in.

use crate::blob::{BlobFault, Intset, Listpack, Ziplist, Zipmap};
use crate::fault::{ValueFault, ValueFaultKind, fault};
use crate::item::Item;
use crate::payload::{Packing, Part, Payload, Room, Shape, score_of};
use crate::stream;
use crate::text::Str;

impl Payload<'_> {
    /// Shows all items of the value.
    ///
    /// ```
    /// use aof_rdb::{Item, Payload, Room, Str, Header, Dialect};
    ///
    /// let header = Header { dialect: Dialect::Redis, version: 11 };
    /// let list = Payload { header, code: 1, bytes: b"\x02\x03one\xc0\x02" };
    /// let mut seen = Vec::new();
    /// list.items(&mut Room::default(), &mut |item| match item {
    ///     Item::Element(text) => seen.push(text.to_vec()),
    ///     other => panic!("a list has no {other:?}"),
    /// })?;
    /// assert_eq!(seen, [&b"one"[..], b"2"]);
    /// # Ok::<(), aof_rdb::ValueFault>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong; items before it were shown. Whether an item occurs twice is for [`Payload::verify`].
    pub fn items(&self, room: &mut Room, see: &mut impl FnMut(Item<'_>)) -> Result<(), ValueFault> {
        let shape = self.shape();
        let mut wrong = None;
        let parts = self.parts(room, &mut |part| {
            if wrong.is_none() {
                wrong = unpack(shape, part, see).err();
            }
        });
        match wrong {
            Some(kind) => Err(fault(0, kind)),
            None => parts,
        }
    }
}

/// Shows the items of one part.
#[inline]
fn unpack(
    shape: Shape,
    part: Part<'_>,
    see: &mut impl FnMut(Item<'_>),
) -> Result<(), ValueFaultKind> {
    match part {
        Part::Item(item) => see(item),
        Part::Node(first, listpack) => return stream::entries(first, listpack, see),
        Part::Packed(Packing::Listpack, blob) => return shaped(shape, Listpack::new(blob), see),
        Part::Packed(Packing::Ziplist, blob) => return shaped(shape, Ziplist::new(blob), see),
        Part::Packed(Packing::Intset, blob) => return shaped(shape, Intset::new(blob), see),
        Part::Packed(Packing::Zipmap, blob) => return shaped(shape, Zipmap::new(blob), see),
    }
    Ok(())
}

/// Takes what is in a blob as elements, members, or several at a time.
fn shaped<'a>(
    shape: Shape,
    blob: Result<impl Iterator<Item = Result<Str<'a>, BlobFault>>, BlobFault>,
    see: &mut impl FnMut(Item<'_>),
) -> Result<(), ValueFaultKind> {
    let mut blob = blob.map_err(ValueFaultKind::Blob)?;
    while let Some(first) = blob.next() {
        let first = first.map_err(ValueFaultKind::Blob)?;
        see(match shape {
            Shape::Elements => Item::Element(first),
            Shape::Members => Item::Member(first),
            Shape::Scores => Item::Scored(first, score(partner(&mut blob)?)?),
            Shape::Fields => Item::Field(first, partner(&mut blob)?, None),
            Shape::ExpiringFields => {
                Item::Field(first, partner(&mut blob)?, expiry(partner(&mut blob)?)?)
            }
        });
    }
    Ok(())
}

/// What belongs to the item before.
#[inline]
pub(crate) fn partner<'a>(
    blob: &mut impl Iterator<Item = Result<Str<'a>, BlobFault>>,
) -> Result<Str<'a>, ValueFaultKind> {
    match blob.next() {
        Some(item) => item.map_err(ValueFaultKind::Blob),
        None => Err(ValueFaultKind::Unpaired),
    }
}

#[inline]
pub(crate) fn score(text: Str<'_>) -> Result<f64, ValueFaultKind> {
    let score = match text {
        Str::Int(score) => Some(score as f64),
        Str::Bytes(text) => score_of(text).filter(|score| !score.is_nan()),
    };
    score.ok_or(ValueFaultKind::BadScore)
}

/// Milliseconds since the Unix epoch, or 0 for none.
pub(crate) fn expiry(text: Str<'_>) -> Result<Option<i64>, ValueFaultKind> {
    match text {
        Str::Int(0) => Ok(None),
        Str::Int(millis @ 1..) => Ok(Some(millis)),
        _ => Err(ValueFaultKind::BadExpiry),
    }
}
