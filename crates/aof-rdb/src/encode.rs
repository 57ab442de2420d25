//! Values as bytes, for whoever has them in another form than a file.
//!
//! Each function appends what stands behind a key, and returns the number of the type in [`HEADER`]; with both of them,
//! the bytes are a [`Payload`](crate::Payload), which can be written for any target.
//!
//! ```
//! use aof_rdb::{Payload, Room, encode};
//!
//! let mut bytes = Vec::new();
//! let code = encode::list([&b"one"[..], b"2"].into_iter(), &mut bytes);
//! let value = Payload { header: encode::HEADER, code, bytes: &bytes };
//! assert_eq!(value.verify(&mut Room::default())?.items, 2);
//! # Ok::<(), aof_rdb::ValueFault>(())
//! ```

use crate::commands::arguments::number;
use crate::item::{Group, StreamId, StreamInfo};
use crate::summary::{Dialect, Header};
use crate::text::Str;
use crate::write::listpack::Listpack;
use crate::write::put::{self, Texts};

/// The format that the types are of.
pub const HEADER: Header = Header { dialect: Dialect::Redis, version: 12 };

/// Fields and values of an entry of a stream, in order.
pub trait Fields<'t>: ExactSizeIterator<Item = (&'t [u8], &'t [u8])> + Clone {}

impl<'t, F: ExactSizeIterator<Item = (&'t [u8], &'t [u8])> + Clone> Fields<'t> for F {}

/// So many entries go into one node of a stream, and so many bytes, as servers have it unless they are told otherwise.
const NODE_ENTRIES: usize = 100;
const NODE_BYTES: usize = 4096;

/// Hashes and sorted sets of so many items, none of which has more bytes, are packed: as servers do, unless they are told
/// otherwise. What they hold in another way they pack out when they load it.
const PACKED_ITEMS: usize = 128;
const PACKED_BYTES: usize = 64;

/// So many bytes go into one node of a list, as servers have it. An element of more than so many stands alone.
const LIST_NODE_BYTES: usize = 8 << 10;
const LARGE_BYTES: usize = 1 << 20;

/// What a node of a list is: one element, or elements in a listpack.
const PLAIN: u64 = 1;
const PACKED: u64 = 2;

/// An entry of a stream was not deleted, and has fields of its own.
const NO_FLAGS: i64 = 0;

/// Appends a string.
pub fn string(text: &[u8], out: &mut Vec<u8>) -> u8 {
    Texts::default().bytes(text, out);
    0
}

/// Appends a list, from its head: in packed nodes, which servers take as they are.
pub fn list<'t>(elements: impl ExactSizeIterator<Item = &'t [u8]>, out: &mut Vec<u8>) -> u8 {
    // Room for how many nodes there are, which is mostly one byte.
    let (at, mut count) = (out.len(), 0_u64);
    out.push(0);
    let mut node = |kind, bytes: &[u8]| {
        count += 1;
        put::length(kind, out);
        put::plain(bytes, out);
    };
    let mut open = Listpack::default();
    for element in elements {
        if !open.is_empty() && open.len() + element.len() > LIST_NODE_BYTES {
            node(PACKED, &std::mem::take(&mut open).finish());
        }
        match element.len() > LARGE_BYTES {
            true => node(PLAIN, element),
            false => open.push(Str::Bytes(element)),
        }
    }
    if !open.is_empty() {
        node(PACKED, &open.finish());
    }
    let mut length = Vec::new();
    put::length(count, &mut length);
    out.splice(at..=at, length);
    18
}

/// Appends a set.
pub fn set<'t>(members: impl ExactSizeIterator<Item = &'t [u8]>, out: &mut Vec<u8>) -> u8 {
    texts(members, out);
    2
}

fn texts<'t>(all: impl ExactSizeIterator<Item = &'t [u8]>, out: &mut Vec<u8>) {
    put::length(all.len() as u64, out);
    all.for_each(|text| Texts::default().bytes(text, out));
}

/// Appends a sorted set of `len` members, which come by their scores; packed, if it is small.
pub fn sorted_set<'t>(
    len: usize,
    members: impl Iterator<Item = (&'t [u8], f64)> + Clone,
    out: &mut Vec<u8>,
) -> u8 {
    if len <= PACKED_ITEMS && members.clone().all(|(member, _)| member.len() <= PACKED_BYTES) {
        let mut listpack = Listpack::default();
        for (member, score) in members {
            listpack.push(Str::Bytes(member));
            number(score, |text| listpack.push(Str::Bytes(text)));
        }
        put::plain(&listpack.finish(), out);
        return 17;
    }
    put::length(len as u64, out);
    for (member, score) in members {
        Texts::default().bytes(member, out);
        out.extend_from_slice(&score.to_le_bytes());
    }
    5
}

/// A field of a hash, its value, and when it expires, in milliseconds since the Unix epoch.
pub type Field<'t> = (&'t [u8], &'t [u8], Option<i64>);

/// Appends a hash; packed, if it is small and nothing in it expires. Who has the fields knows without going over them that
/// the first that does expires at `earliest`.
pub fn hash<'t>(
    fields: impl ExactSizeIterator<Item = Field<'t>> + Clone,
    earliest: Option<i64>,
    out: &mut Vec<u8>,
) -> u8 {
    debug_assert_eq!(earliest, fields.clone().filter_map(|(_, _, expiry)| expiry).min());
    let is_small = |text: &[u8]| text.len() <= PACKED_BYTES;
    let is_packed =
        |(field, value, expiry): Field<'_>| expiry.is_none() && is_small(field) && is_small(value);
    if fields.len() <= PACKED_ITEMS && fields.clone().all(is_packed) {
        let mut listpack = Listpack::default();
        for (field, value, _) in fields {
            listpack.push(Str::Bytes(field));
            listpack.push(Str::Bytes(value));
        }
        put::plain(&listpack.finish(), out);
        return 16;
    }
    let mut texts = Texts::default();
    if let Some(earliest) = earliest {
        out.extend_from_slice(&earliest.to_le_bytes());
    }
    put::length(fields.len() as u64, out);
    for (field, value, expiry) in fields {
        if let Some(earliest) = earliest {
            let after = expiry.map_or(0, |millis| millis.wrapping_sub(earliest).wrapping_add(1));
            put::length(after.cast_unsigned(), out);
        }
        texts.bytes(field, out);
        texts.bytes(value, out);
    }
    if earliest.is_some() { 24 } else { 4 }
}

/// Appends a stream: its entries in order, each with its fields and values, and what is known beside them.
pub fn stream<'t>(
    entries: impl Iterator<Item = (StreamId, impl Fields<'t>)>,
    info: &StreamInfo,
    groups: &[Group<'_>],
    out: &mut Vec<u8>,
) -> u8 {
    let nodes = nodes(entries);
    put::length(nodes.len() as u64, out);
    for (first, node) in nodes {
        put::plain(&raw_id(first), out);
        put::plain(&node, out);
    }
    put::length(info.length, out);
    id(info.last, out);
    let history = info.history.unwrap_or_default();
    id(history.first, out);
    id(history.max_deleted, out);
    put::length(history.added, out);
    put::length(groups.len() as u64, out);
    groups.iter().for_each(|it| group(it, out));
    21
}

/// Entries gathered into listpacks, each with the id that its entries count from.
fn nodes<'t>(
    entries: impl Iterator<Item = (StreamId, impl Fields<'t>)>,
) -> Vec<(StreamId, Vec<u8>)> {
    let (mut nodes, mut open) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for (id, fields) in entries {
        let size: usize = fields.clone().map(|(field, value)| field.len() + value.len()).sum();
        if open.len() == NODE_ENTRIES || !open.is_empty() && bytes + size > NODE_BYTES {
            nodes.extend(node(&std::mem::take(&mut open)));
            bytes = 0;
        }
        bytes += size;
        open.push((id, fields));
    }
    nodes.extend(node(&open));
    nodes
}

/// How many entries there are and that none is deleted, no fields that they share, 0, and the entries.
fn node<'t>(entries: &[(StreamId, impl Fields<'t>)]) -> Option<(StreamId, Vec<u8>)> {
    let (first, _) = *entries.first()?;
    let mut listpack = Listpack::default();
    let number = |listpack: &mut Listpack, number: i64| listpack.push(Str::Int(number));
    [entries.len() as i64, 0, 0, 0].into_iter().for_each(|it| number(&mut listpack, it));
    for (id, fields) in entries {
        number(&mut listpack, NO_FLAGS);
        number(&mut listpack, id.millis.wrapping_sub(first.millis).cast_signed());
        number(&mut listpack, id.seq.wrapping_sub(first.seq).cast_signed());
        number(&mut listpack, fields.len() as i64);
        for (field, value) in fields.clone() {
            listpack.push(Str::Bytes(field));
            listpack.push(Str::Bytes(value));
        }
        number(&mut listpack, 2 * fields.len() as i64 + 4);
    }
    Some((first, listpack.finish()))
}

fn group(group: &Group<'_>, out: &mut Vec<u8>) {
    put::plain(&group.name, out);
    id(group.last, out);
    put::length(group.read.unwrap_or(u64::MAX), out);
    put::length(group.pending.len() as u64, out);
    for pending in &group.pending {
        out.extend_from_slice(&raw_id(pending.id));
        out.extend_from_slice(&pending.delivered.to_le_bytes());
        put::length(pending.count, out);
    }
    put::length(group.consumers.len() as u64, out);
    for (owner, consumer) in (0..).zip(&group.consumers) {
        put::plain(&consumer.name, out);
        out.extend_from_slice(&consumer.seen.to_le_bytes());
        out.extend_from_slice(&consumer.active.unwrap_or(-1).to_le_bytes());
        let owned = group.pending.iter().filter(|pending| pending.owner == Some(owner));
        put::length(owned.clone().count() as u64, out);
        owned.for_each(|pending| out.extend_from_slice(&raw_id(pending.id)));
    }
}

fn id(id: StreamId, out: &mut Vec<u8>) {
    put::length(id.millis, out);
    put::length(id.seq, out);
}

/// Sixteen bytes, the upper ones first.
fn raw_id(id: StreamId) -> [u8; 16] {
    (u128::from(id.millis) << 64 | u128::from(id.seq)).to_be_bytes()
}

#[cfg(test)]
mod tests;
