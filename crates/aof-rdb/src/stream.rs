//! Streams: entries in listpacks, what the stream remembers, and who has read how far.
//!
//! The layout is that of `rdbSaveObject` and of `t_stream.c`; `docs/rdb.md` says what proves it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::blob::Listpack;
use crate::cursor::Cursor;
use crate::fault::{ValueFault, ValueFaultKind, fault};
use crate::item::{
    Consumer, Group, History, Item, Naming, Pending, Producer, StreamId, StreamInfo,
};
use crate::payload::Part;
use crate::text::Str;

/// From this type on a stream remembers what it no longer has, and groups how many entries they read.
pub(crate) const WITH_HISTORY: u8 = 19;

/// From this type on consumers have the time when they last got something.
pub(crate) const WITH_ACTIVITY: u8 = 21;

/// From this type on producers may name their messages.
pub(crate) const WITH_NAMES: u8 = 26;

/// Not known, where a number of entries that were read stands.
const UNKNOWN: u64 = u64::MAX;

/// Shows the stream of type `code` that `cursor` stands before.
pub(crate) fn read(
    code: u8,
    cursor: &mut Cursor<'_>,
    room: &mut Vec<u8>,
    see: &mut impl FnMut(Part<'_>),
) -> Result<(), ValueFault> {
    for _ in 0..cursor.length()? {
        let (first, listpack) = (cursor.text()?, cursor.text()?);
        let id =
            node_id(first.bytes(room)?).ok_or(fault(first.at, ValueFaultKind::BadStreamNode))?;
        see(Part::Node(id, listpack.bytes(room)?));
    }
    let length = cursor.length()?;
    let last = cursor.stream_id()?;
    let history = if code >= WITH_HISTORY { Some(history(cursor)?) } else { None };
    see(Part::Item(Item::Stream(StreamInfo { length, last, history })));
    for _ in 0..cursor.length()? {
        let group = group(code, cursor)?;
        see(Part::Item(Item::Group(&group)));
    }
    if code >= WITH_NAMES {
        producers(cursor, see)?;
    }
    Ok(())
}

/// Sixteen bytes and nothing else.
fn node_id(bytes: &[u8]) -> Option<StreamId> {
    let mut cursor = Cursor::new(bytes);
    let id = cursor.raw_stream_id().ok()?;
    cursor.end().ok().map(|()| id)
}

fn history(cursor: &mut Cursor<'_>) -> Result<History, ValueFault> {
    Ok(History {
        first: cursor.stream_id()?,
        max_deleted: cursor.stream_id()?,
        added: cursor.length()?,
    })
}

fn group<'a>(code: u8, cursor: &mut Cursor<'a>) -> Result<Group<'a>, ValueFault> {
    let name = cursor.text()?.kept()?;
    let last = cursor.stream_id()?;
    let read = if code >= WITH_HISTORY { Some(cursor.length()?) } else { None };
    let read = read.filter(|&read| read != UNKNOWN);
    let mut group = Group { name, last, read, ..Group::default() };
    for _ in 0..cursor.length()? {
        let id = cursor.raw_stream_id()?;
        let (delivered, count) = (cursor.millis()?, cursor.length()?);
        group.pending.push(Pending { id, delivered, count, owner: None });
    }
    consumers(code, cursor, &mut group)?;
    Ok(group)
}

fn consumers<'a>(
    code: u8,
    cursor: &mut Cursor<'a>,
    group: &mut Group<'a>,
) -> Result<(), ValueFault> {
    // Servers write them in order; a lookup must not depend on it.
    let places: BTreeMap<StreamId, usize> =
        (0..).zip(&group.pending).map(|(place, it)| (it.id, place)).collect();
    for owner in 0..cursor.length()? {
        let name = cursor.text()?.kept()?;
        let seen = cursor.millis()?;
        let active = if code >= WITH_ACTIVITY { Some(cursor.millis()?) } else { None };
        group.consumers.push(Consumer { name, seen, active: active.filter(|&it| it != -1) });
        for _ in 0..cursor.length()? {
            let at = cursor.at;
            let id = cursor.raw_stream_id()?;
            let pending = places.get(&id).map(|&place| &mut group.pending[place]);
            let free = pending.filter(|pending| pending.owner.is_none());
            let free = free.ok_or(fault(at, ValueFaultKind::NotPending))?;
            free.owner = Some(owner as u32);
        }
    }
    Ok(())
}

fn producers(cursor: &mut Cursor<'_>, see: &mut impl FnMut(Part<'_>)) -> Result<(), ValueFault> {
    let (duration, most) = (cursor.length()?, cursor.length()?);
    for _ in 0..cursor.length()? {
        let mut producer = Producer { name: cursor.text()?.kept()?, messages: Vec::new() };
        for _ in 0..cursor.length()? {
            let message: Cow<'_, [u8]> = cursor.text()?.kept()?;
            producer.messages.push((message, cursor.stream_id()?));
        }
        see(Part::Item(Item::Producer(&producer)));
    }
    let (added, repeated) = (cursor.length()?, cursor.length()?);
    see(Part::Item(Item::Naming(Naming { duration, most, added, repeated })));
    Ok(())
}

/// The entry was deleted.
const DELETED: i64 = 1;

/// It has the fields of the node.
const SAME_FIELDS: i64 = 2;

/// Shows the entries of a node that were not deleted. Places count from the start of the listpack.
///
/// A node begins with how many entries it has and how many are deleted, its fields behind their number, and 0. An
/// entry is its flags, how much its id is above that of the node, its fields and values (values alone where the
/// fields are those of the node), and the number of items that it has.
pub(crate) fn entries(
    first: StreamId,
    listpack: &[u8],
    see: &mut impl FnMut(Item<'_>),
) -> Result<(), ValueFaultKind> {
    let mut node = Node { items: Listpack::new(listpack).map_err(ValueFaultKind::Blob)? };
    let (live, deleted) = (node.number()?, node.number()?);
    let count = live.checked_add(deleted).filter(|_| live >= 0 && deleted >= 0);
    let count = count.ok_or(ValueFaultKind::BadStreamNode)?;
    // The values are those of the entry that was read last.
    let mut fields = Vec::new();
    for _ in 0..node.number()? {
        fields.push((node.item()?, Str::Int(0)));
    }
    expect(node.number()? == 0)?;
    let (mut own, mut gone) = (Vec::new(), 0);
    for _ in 0..count {
        let is_deleted = node.entry(first, &mut fields, &mut own, see)?;
        gone += i64::from(is_deleted);
    }
    expect(gone == deleted)?;
    match node.items.next() {
        None => Ok(()),
        Some(Ok(_)) => Err(ValueFaultKind::BadStreamNode),
        Some(Err(fault)) => Err(ValueFaultKind::Blob(fault)),
    }
}

fn expect(is_so: bool) -> Result<(), ValueFaultKind> {
    if is_so { Ok(()) } else { Err(ValueFaultKind::BadStreamNode) }
}

/// The items of a node that are still to be read.
struct Node<'a> {
    items: Listpack<'a>,
}

type Fields<'a> = Vec<(Str<'a>, Str<'a>)>;

impl<'a> Node<'a> {
    #[inline]
    fn item(&mut self) -> Result<Str<'a>, ValueFaultKind> {
        match self.items.next() {
            Some(Ok(item)) => Ok(item),
            Some(Err(fault)) => Err(ValueFaultKind::Blob(fault)),
            None => Err(ValueFaultKind::BadStreamNode),
        }
    }

    #[inline]
    fn number(&mut self) -> Result<i64, ValueFaultKind> {
        match self.item()? {
            Str::Int(number) => Ok(number),
            Str::Bytes(_) => Err(ValueFaultKind::BadStreamNode),
        }
    }

    /// Shows one entry, and returns whether it was deleted.
    fn entry(
        &mut self,
        first: StreamId,
        fields: &mut Fields<'a>,
        own: &mut Fields<'a>,
        see: &mut impl FnMut(Item<'_>),
    ) -> Result<bool, ValueFaultKind> {
        let flags = self.number()?;
        let id = StreamId {
            millis: first.millis.wrapping_add_signed(self.number()?),
            seq: first.seq.wrapping_add_signed(self.number()?),
        };
        let (shown, items) = if flags & SAME_FIELDS != 0 {
            for (_, value) in fields.iter_mut() {
                *value = self.item()?;
            }
            (&*fields, fields.len() as i64 + 3)
        } else {
            own.clear();
            for _ in 0..self.number()? {
                own.push((self.item()?, self.item()?));
            }
            (&*own, 2 * own.len() as i64 + 4)
        };
        let is_deleted = flags & DELETED != 0;
        if !is_deleted {
            see(Item::Entry(id, shown));
        }
        expect(self.number()? == items)?;
        Ok(is_deleted)
    }
}
