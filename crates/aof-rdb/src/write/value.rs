//! Values, as they are or in an encoding that the target reads.

use super::compress;
use super::hash;
use super::put::{self, Texts};
use super::stream;
use super::target::Target;
use super::writer::LeftOut;
use super::ziplist::Ziplist;
use crate::blob::Listpack;
use crate::commands::Expiries;
use crate::cursor::Cursor;
use crate::fault::{ValueFault, ValueFaultKind, fault};
use crate::item::Item;
use crate::layout;
use crate::length::Fault;
use crate::payload::{Part, Payload, Room};

/// Sets of strings that are not packed.
const SET: u8 = 2;
/// Ziplists, up to RDB 9: of a list, one for each node.
const ZSET_ZIPLIST: u8 = 12;
const HASH_ZIPLIST: u8 = 13;
const LIST_ZIPLISTS: u8 = 14;

/// Memory for values that are written in another encoding.
#[derive(Debug, Default)]
pub(crate) struct Rewriting {
    room: Room,
    ziplist: Ziplist,
}

/// Appends a value, and returns its type and what of it the target cannot hold.
pub(crate) fn write(
    payload: &Payload<'_>,
    target: Target,
    expiries: Expiries,
    texts: &mut Texts,
    rewriting: &mut Rewriting,
    out: &mut Vec<u8>,
) -> Result<(u8, LeftOut), ValueFault> {
    let Rewriting { room, ziplist } = rewriting;
    let has_times = matches!(payload.code, 22..=25);
    let are_kept = !has_times || expiries == Expiries::default();
    if are_kept && target.takes(payload.header, payload.code) {
        verbatim(payload, texts, out)?;
        return Ok((payload.code, LeftOut::default()));
    }
    let code = match payload.code {
        16 => packed(payload, HASH_ZIPLIST, texts, room, ziplist, out)?,
        17 => packed(payload, ZSET_ZIPLIST, texts, room, ziplist, out)?,
        18 => list(payload, texts, room, ziplist, out)?,
        20 => set(payload, texts, room, out)?,
        19 | 21 | 26 => return as_stream(payload, target, out),
        _ if has_times => {
            let (code, field_expiries) = hash::write(payload, target, expiries, texts, room, out)?;
            return Ok((code, LeftOut { field_expiries, ..LeftOut::default() }));
        }
        _ => return Err(fault(0, ValueFaultKind::UnknownType)),
    };
    Ok((code, LeftOut::default()))
}

fn verbatim(payload: &Payload<'_>, texts: &mut Texts, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let layout = layout::readable(payload.header, payload.code).filter(|_| texts.compresses());
    match layout {
        Some(layout) => {
            compress::copy(layout, payload.bytes, 0, texts, out).map(|_| ()).map_err(cut)
        }
        None => {
            out.extend_from_slice(payload.bytes);
            Ok(())
        }
    }
}

/// Of a hash or a sorted set in one listpack.
fn packed(
    payload: &Payload<'_>,
    code: u8,
    texts: &mut Texts,
    room: &mut Room,
    ziplist: &mut Ziplist,
    out: &mut Vec<u8>,
) -> Result<u8, ValueFault> {
    let mut written = Ok(());
    payload.parts(room, &mut |part| {
        if let Part::Packed(_, listpack) = part {
            written = repack(listpack, ziplist, texts, out);
        }
    })?;
    written.map(|()| code)
}

/// Of a list, node by node.
fn list(
    payload: &Payload<'_>,
    texts: &mut Texts,
    room: &mut Room,
    ziplist: &mut Ziplist,
    out: &mut Vec<u8>,
) -> Result<u8, ValueFault> {
    put::length(Cursor::new(payload.bytes).length()?, out);
    let mut written = Ok(());
    payload.parts(room, &mut |part| {
        let node = match part {
            Part::Packed(_, listpack) => repack(listpack, ziplist, texts, out),
            Part::Item(Item::Element(element)) => {
                ziplist.clear();
                ziplist.push(element);
                finish(ziplist, texts, out)
            }
            _ => Ok(()),
        };
        written = written.and(node);
    })?;
    written.map(|()| LIST_ZIPLISTS)
}

/// The items of a listpack as a ziplist.
fn repack(
    listpack: &[u8],
    ziplist: &mut Ziplist,
    texts: &mut Texts,
    out: &mut Vec<u8>,
) -> Result<(), ValueFault> {
    let bad = |found| fault(0, ValueFaultKind::Blob(found));
    ziplist.clear();
    for item in Listpack::new(listpack).map_err(bad)? {
        ziplist.push(item.map_err(bad)?);
    }
    finish(ziplist, texts, out)
}

fn finish(ziplist: &mut Ziplist, texts: &mut Texts, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let bytes = ziplist.finish().ok_or(fault(0, ValueFaultKind::Unwritable))?;
    texts.bytes(bytes, out);
    Ok(())
}

fn set(
    payload: &Payload<'_>,
    texts: &mut Texts,
    room: &mut Room,
    out: &mut Vec<u8>,
) -> Result<u8, ValueFault> {
    let mut count = 0;
    payload.items(room, &mut |_| count += 1)?;
    put::length(count, out);
    payload.items(room, &mut |item| {
        if let Item::Member(member) = item {
            texts.put(member, out);
        }
    })?;
    Ok(SET)
}

fn as_stream(
    payload: &Payload<'_>,
    target: Target,
    out: &mut Vec<u8>,
) -> Result<(u8, LeftOut), ValueFault> {
    let newest = [21, 19, 15].into_iter().find(|code| target.takes(payload.header, *code));
    let code = newest.ok_or(fault(0, ValueFaultKind::UnknownType))?;
    let unsaid = stream::write(payload.code, code, payload.bytes, out).map_err(cut)?;
    let left_out = LeftOut {
        message_names: unsaid.names,
        stream_history: unsaid.history,
        ..LeftOut::default()
    };
    Ok((code, left_out))
}

/// What a reader would say of such bytes.
fn cut(found: Fault) -> ValueFault {
    match found {
        Fault::Short => fault(0, ValueFaultKind::Short),
        Fault::Bad(at) => fault(at, ValueFaultKind::BadLength),
    }
}
