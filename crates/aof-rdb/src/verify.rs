//! The deep look at a value: every encoding inside of it, and that nothing occurs twice.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;

use crate::blob::{BlobFault, Intset, Listpack, Ziplist, Zipmap};
use crate::cursor::Cursor;
use crate::distinct::are_some_equal;
use crate::fault::{ValueFault, ValueFaultKind, fault};
use crate::item::{Group, Item, ValueType};
use crate::payload::{Packing, Part, Payload, Room, Shape, double};
use crate::stream;
use crate::text::Str;
use crate::values::{expiry, partner, score};

/// Room for so many hashes is kept from value to value.
const MOST_KEPT: usize = 1 << 16;

/// What there is in a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// Elements, members, fields or entries; 1 for a string.
    pub items: u64,
    /// Bytes of all of them, without what holds them together.
    pub bytes: u64,
    /// Items that begin with a string which is written as a number.
    pub numbers: u64,
    /// Listpacks, ziplists, intsets and zipmaps that items are packed in.
    pub blobs: u64,
    /// Bytes of these, what holds the items together included.
    pub blob_bytes: u64,
    /// Entries of a stream that were delivered and not acknowledged, in all groups.
    pub pending: u64,
}

impl Payload<'_> {
    /// Reads all of the value, as deeply as a server can, and tells what is in it.
    ///
    /// # Errors
    /// What is wrong with it. A value that passes here is accepted by a server that knows its type.
    pub fn verify(&self, room: &mut Room) -> Result<Contents, ValueFault> {
        if self.value_type() == Some(ValueType::String) {
            return self.verify_string();
        }
        let mut look = Look { hashes: std::mem::take(&mut room.hashes), ..Look::default() };
        look.hashes.clear();
        let read = self.look(room, &mut look);
        let are_some_equal = are_some_equal(&mut look.hashes, &mut room.table);
        room.hashes = std::mem::take(&mut look.hashes);
        if room.hashes.capacity() > MOST_KEPT {
            room.hashes = Vec::new();
        }
        if let Some(kind) = look.wrong {
            return Err(fault(0, kind));
        }
        read?;
        let may_be_empty = self.value_type() == Some(ValueType::Stream);
        if look.contents.items == 0 && !may_be_empty {
            return Err(fault(0, ValueFaultKind::Empty));
        }
        // Equal hashes are no proof.
        if are_some_equal && self.has_twins(room)? {
            return Err(fault(0, ValueFaultKind::Duplicate));
        }
        Ok(look.contents)
    }

    fn verify_string(&self) -> Result<Contents, ValueFault> {
        let mut cursor = Cursor::new(self.bytes);
        let bytes = cursor.measure()?;
        cursor.end()?;
        Ok(Contents { items: 1, bytes, ..Contents::default() })
    }

    fn look(&self, room: &mut Room, look: &mut Look) -> Result<(), ValueFault> {
        if let 1 | 2 | 4 | 5 = self.code {
            return self.look_at_loose(room, look);
        }
        let shape = self.shape();
        self.parts(room, &mut |part| {
            if look.wrong.is_none()
                && let Err(kind) = look.part(shape, part)
            {
                look.wrong = Some(kind);
            }
        })
    }

    /// Looks at many items that stand by themselves, of which little needs to be decompressed.
    fn look_at_loose(&self, room: &mut Room, look: &mut Look) -> Result<(), ValueFault> {
        let (mut cursor, room) = (room.cursor(self.bytes), room.first());
        let items = cursor.length()?;
        // Doubling would take more memory than there are items for; none has fewer than two bytes.
        look.hashes.reserve_exact(self.bytes.len().div_ceil(2).min(items as usize));
        for _ in 0..items {
            match self.code {
                1 => look.count(cursor.measure()?),
                2 => look.name(cursor.string(room)?, 0),
                4 => {
                    let field = cursor.string(room)?;
                    look.name(field, cursor.measure()?);
                }
                _ => {
                    look.name(cursor.string(room)?, 8);
                    double(&mut cursor)?;
                }
            }
        }
        cursor.end()
    }

    /// Whether an item occurs twice.
    #[cold]
    fn has_twins(&self, room: &mut Room) -> Result<bool, ValueFault> {
        let (mut seen, mut has_twins) = (HashSet::new(), false);
        self.items(room, &mut |item| {
            if let Item::Member(text) | Item::Scored(text, _) | Item::Field(text, ..) = item {
                has_twins |= !seen.insert(text.to_vec());
            }
        })?;
        Ok(has_twins)
    }
}

/// What was seen of a value.
#[derive(Default)]
struct Look {
    contents: Contents,
    /// Of all items that must not occur twice.
    hashes: Vec<u64>,
    wrong: Option<ValueFaultKind>,
}

impl Look {
    /// Looks at one piece of a value.
    fn part(&mut self, shape: Shape, part: Part<'_>) -> Result<(), ValueFaultKind> {
        let (packing, blob) = match part {
            Part::Item(item) => {
                self.take(item);
                return Ok(());
            }
            Part::Node(first, blob) => {
                self.count_blob(blob);
                return stream::entries(first, blob, &mut |item| self.take(item));
            }
            Part::Packed(packing, blob) => (packing, blob),
        };
        self.count_blob(blob);
        match packing {
            Packing::Listpack => self.blob(shape, Listpack::new(blob)),
            Packing::Ziplist => self.blob(shape, Ziplist::new(blob)),
            // They are in order, so none occurs twice.
            Packing::Intset => self.blob(Shape::Elements, Intset::new(blob)),
            Packing::Zipmap => self.blob(shape, Zipmap::new(blob)),
        }
    }

    fn count_blob(&mut self, blob: &[u8]) {
        self.contents.blobs += 1;
        self.contents.blob_bytes += blob.len() as u64;
    }

    /// Looks at all that is packed in a blob.
    #[inline(always)]
    fn blob<'a>(
        &mut self,
        shape: Shape,
        items: Result<impl Iterator<Item = Result<Str<'a>, BlobFault>>, BlobFault>,
    ) -> Result<(), ValueFaultKind> {
        let mut items = items.map_err(ValueFaultKind::Blob)?;
        if shape == Shape::Elements {
            return items.try_for_each(|item| {
                item.map(|item| self.count(item.len() as u64)).map_err(ValueFaultKind::Blob)
            });
        }
        while let Some(name) = items.next() {
            let name = name.map_err(ValueFaultKind::Blob)?;
            let more = match shape {
                Shape::Elements | Shape::Members => 0,
                Shape::Scores => score(partner(&mut items)?).map(|_| 8)?,
                Shape::Fields => partner(&mut items)?.len() as u64,
                Shape::ExpiringFields => {
                    let value = partner(&mut items)?;
                    expiry(partner(&mut items)?)?;
                    value.len() as u64
                }
            };
            self.name(name, more);
        }
        Ok(())
    }

    /// Counts an item in whose `name` must not occur twice, with what has `more` bytes beside it.
    #[inline]
    fn name(&mut self, name: Str<'_>, more: u64) {
        self.contents.numbers += u64::from(matches!(name, Str::Int(_)));
        let mut digits = itoa::Buffer::new();
        let name = name.text(&mut digits);
        self.count(name.len() as u64 + more);
        self.hashes.push(hash(name));
    }

    #[inline]
    fn count(&mut self, bytes: u64) {
        self.contents.items += 1;
        self.contents.bytes += bytes;
    }

    fn take(&mut self, item: Item<'_>) {
        match item {
            Item::Member(member) => self.name(member, 0),
            Item::Scored(member, _) => self.name(member, 8),
            Item::Field(field, value, _) => self.name(field, value.len() as u64),
            Item::String(text) | Item::Element(text) => self.count(text.len() as u64),
            Item::Entry(_, fields) => {
                let bytes = |(field, value): &(Str<'_>, Str<'_>)| field.len() + value.len();
                self.count(fields.iter().map(bytes).sum::<usize>() as u64);
            }
            Item::Group(group) => {
                self.contents.pending += group.pending.len() as u64;
                self.wrong = self.wrong.or(wrong_with(group));
            }
            Item::Module(module) => self.count(module.bytes.len() as u64),
            Item::Stream(_) | Item::Producer(_) | Item::Naming(_) => {}
        }
    }
}

#[inline]
fn hash(name: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(name);
    hasher.finish()
}

fn wrong_with(group: &Group<'_>) -> Option<ValueFaultKind> {
    let mut names = HashSet::new();
    // Of an entry that is pending twice, one of the two has no owner.
    if group.pending.iter().any(|pending| pending.owner.is_none()) {
        return Some(ValueFaultKind::NoOwner);
    }
    let is_twice = group.consumers.iter().any(|consumer| !names.insert(&consumer.name));
    is_twice.then_some(ValueFaultKind::Duplicate)
}
