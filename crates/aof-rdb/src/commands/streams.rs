//! Streams as commands.

use std::collections::BTreeSet;

use super::arguments::{Batch, bulk, command, head};
use super::id;
use crate::fault::ValueFault;
use crate::item::{Group, Item, StreamId, StreamInfo};
use crate::payload::Room;
use crate::record::Key;
use crate::stream;
use crate::text::Str;

/// Whether commands can say all that is in a stream: they cannot name its messages.
pub(super) fn is_sayable(key: &Key<'_>) -> bool {
    key.value.code < stream::WITH_NAMES
}

/// Entries, what the stream remembers, and its groups.
///
/// A server gives an entry to a consumer only if the stream has it. So those that are gone and still pending are
/// added for a while, and removed when they are given to their consumers.
pub(super) fn write(key: &Key<'_>, room: &mut Room, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let gone = pending_and_gone(key, room)?;
    let mut ahead = gone.iter().copied().peekable();
    let (mut first, mut info) = (None, StreamInfo::default());
    key.value.items(room, &mut |item| match item {
        Item::Entry(at, fields) => {
            while let Some(before) = ahead.next_if(|&before| before < at) {
                placeholder(key, before, out);
            }
            first.get_or_insert(at);
            entry(key, at, fields, out);
        }
        Item::Stream(found) => {
            info = found;
            for rest in ahead.by_ref() {
                placeholder(key, rest, out);
            }
            if first.is_none() && gone.is_empty() {
                empty(key, info.last, out);
            }
            set_id(key, info, out);
        }
        Item::Group(group) => write_group(key, group, out),
        _ => {}
    })?;
    if !gone.is_empty() {
        remove(key, &gone, first, out);
        // What was deleted just now must not stay the last that was.
        set_id(key, info, out);
    }
    Ok(())
}

/// Removes what was added for a while; `first` is the first entry that stays.
///
/// What stood before it was trimmed, and is trimmed again: a stream does not remember that as it remembers what was
/// deleted, and cannot be told to forget it.
fn remove(key: &Key<'_>, gone: &BTreeSet<StreamId>, first: Option<StreamId>, out: &mut Vec<u8>) {
    let Some(first) = first else {
        return command(out, &[b"XTRIM", &key.name, b"MAXLEN", b"0"]);
    };
    if gone.first() < Some(&first) {
        command(out, &[b"XTRIM", &key.name, b"MINID", &id(first)]);
    }
    let mut batch = Batch::new(out, b"XDEL", &key.name, super::ITEMS);
    for deleted in gone.range(first..) {
        batch.item(&[Str::Bytes(&id(*deleted))]);
    }
    batch.finish();
}

/// Entries that were delivered and are no longer in the stream.
fn pending_and_gone(key: &Key<'_>, room: &mut Room) -> Result<BTreeSet<StreamId>, ValueFault> {
    let mut gone = BTreeSet::new();
    key.value.items(room, &mut |item| {
        if let Item::Group(group) = item {
            gone.extend(group.pending.iter().map(|pending| pending.id));
        }
    })?;
    if !gone.is_empty() {
        key.value.items(room, &mut |item| {
            if let Item::Entry(id, _) = item {
                gone.remove(&id);
            }
        })?;
    }
    Ok(gone)
}

fn entry(key: &Key<'_>, at: StreamId, fields: &[(Str<'_>, Str<'_>)], out: &mut Vec<u8>) {
    head(out, b'*', 3 + 2 * fields.len());
    bulk(out, b"XADD");
    bulk(out, &key.name);
    bulk(out, &id(at));
    let mut digits = itoa::Buffer::new();
    for &(field, value) in fields {
        bulk(out, field.text(&mut digits));
        bulk(out, value.text(&mut digits));
    }
}

fn placeholder(key: &Key<'_>, at: StreamId, out: &mut Vec<u8>) {
    entry(key, at, &[(Str::Bytes(b"x"), Str::Bytes(b"y"))], out);
}

/// A stream without entries; none has the id 0-0.
fn empty(key: &Key<'_>, last: StreamId, out: &mut Vec<u8>) {
    let at = id(last.max(StreamId { millis: 0, seq: 1 }));
    command(out, &[b"XADD", &key.name, b"MAXLEN", b"0", &at, b"x", b"y"]);
}

/// The id that was given last, and what the stream remembers. Redis 8.2 keeps how many entries a group has read only
/// if it was told before how many were added.
fn set_id(key: &Key<'_>, info: StreamInfo, out: &mut Vec<u8>) {
    let last = id(info.last);
    let Some(history) = info.history else {
        return command(out, &[b"XSETID", &key.name, &last]);
    };
    let (added, deleted) = (history.added.to_string(), id(history.max_deleted));
    let added = added.as_bytes();
    let (adding, deleting) = (b"ENTRIESADDED", b"MAXDELETEDID");
    command(out, &[b"XSETID", &key.name, &last, adding, added, deleting, &deleted]);
}

fn write_group(key: &Key<'_>, group: &Group<'_>, out: &mut Vec<u8>) {
    let last = id(group.last);
    match group.read {
        Some(read) => {
            let read = read.to_string();
            let read = read.as_bytes();
            let name = &group.name;
            command(out, &[b"XGROUP", b"CREATE", &key.name, name, &last, b"ENTRIESREAD", read]);
        }
        None => command(out, &[b"XGROUP", b"CREATE", &key.name, &group.name, &last]),
    }
    for consumer in &group.consumers {
        let name = &consumer.name;
        command(out, &[b"XGROUP", b"CREATECONSUMER", &key.name, &group.name, name]);
    }
    for pending in &group.pending {
        let owner = pending.owner.and_then(|owner| group.consumers.get(owner as usize));
        let Some(owner) = owner else { continue };
        let (at, time) = (id(pending.id), pending.delivered.to_string());
        let (time, count) = (time.as_bytes(), pending.count.to_string());
        let what: [&[u8]; 5] = [b"XCLAIM", &key.name, &group.name, &owner.name, b"0"];
        let how: [&[u8]; 7] =
            [&at, b"TIME", time, b"RETRYCOUNT", count.as_bytes(), b"JUSTID", b"FORCE"];
        command(out, &[&what[..], &how].concat());
    }
}
