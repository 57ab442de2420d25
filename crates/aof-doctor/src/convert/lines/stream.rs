//! Streams as JSON objects.

use aof_rdb::{
    Consumer, Group, Item, Naming, Payload, Pending, Producer, Room, Str, StreamId, StreamInfo,
    ValueFault,
};

use super::{close, json};

/// What stands in the object last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// An array whose items begin at this place.
    Entries(usize),
    Groups(usize),
    Producers(usize),
    /// Nothing is open.
    None,
}

/// Appends the object of a stream.
///
/// Its parts come in the order of the file: entries, what the stream says of itself, groups, producers.
pub(super) fn write(
    value: &Payload<'_>,
    room: &mut Room,
    out: &mut Vec<u8>,
) -> Result<(), ValueFault> {
    out.extend_from_slice(b"{\"entries\":");
    let mut part = Part::Entries(out.len());
    value.items(room, &mut |item| {
        part = match (item, part) {
            (Item::Entry(id, fields), part) => {
                entry(id, fields, out);
                part
            }
            (Item::Stream(stream), part) => {
                end(part, out);
                info(&stream, out);
                out.extend_from_slice(b",\"groups\":");
                Part::Groups(out.len())
            }
            (Item::Group(found), part) => {
                group(found, out);
                part
            }
            (Item::Producer(found), part) => {
                let part = producers(part, out);
                producer(found, out);
                part
            }
            (Item::Naming(found), part) => {
                end(producers(part, out), out);
                naming(&found, out);
                Part::None
            }
            (_, part) => part,
        };
    })?;
    end(part, out);
    out.push(b'}');
    Ok(())
}

fn end(part: Part, out: &mut Vec<u8>) {
    match part {
        Part::Entries(start) | Part::Groups(start) | Part::Producers(start) => close(start, out),
        Part::None => {}
    }
}

/// Opens the array of producers, unless it is open.
fn producers(part: Part, out: &mut Vec<u8>) -> Part {
    if let Part::Producers(_) = part {
        return part;
    }
    end(part, out);
    out.extend_from_slice(b",\"producers\":");
    Part::Producers(out.len())
}

fn entry(at: StreamId, fields: &[(Str<'_>, Str<'_>)], out: &mut Vec<u8>) {
    out.extend_from_slice(b",{\"id\":");
    id(at, out);
    out.extend_from_slice(b",\"fields\":");
    let start = out.len();
    for &(field, value) in fields {
        out.extend_from_slice(b",[");
        json::text(field, out);
        out.push(b',');
        json::text(value, out);
        out.push(b']');
    }
    close(start, out);
    out.push(b'}');
}

fn info(stream: &StreamInfo, out: &mut Vec<u8>) {
    field("length", stream.length, out);
    named_id("last", stream.last, out);
    if let Some(history) = stream.history {
        named_id("first", history.first, out);
        named_id("max_deleted", history.max_deleted, out);
        field("added", history.added, out);
    }
}

fn group(group: &Group<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b",{\"name\":");
    json::bytes(&group.name, out);
    named_id("last", group.last, out);
    if let Some(read) = group.read {
        field("read", read, out);
    }
    out.extend_from_slice(b",\"consumers\":");
    let start = out.len();
    for Consumer { name, seen, active } in &group.consumers {
        out.extend_from_slice(b",{\"name\":");
        json::bytes(name, out);
        field("seen", *seen, out);
        if let Some(active) = active {
            field("active", *active, out);
        }
        out.push(b'}');
    }
    close(start, out);
    out.extend_from_slice(b",\"pending\":");
    let start = out.len();
    for pending in &group.pending {
        self::pending(pending, group, out);
    }
    close(start, out);
    out.push(b'}');
}

fn pending(pending: &Pending, group: &Group<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b",{\"id\":");
    id(pending.id, out);
    field("delivered", pending.delivered, out);
    field("count", pending.count, out);
    let owner = pending.owner.and_then(|owner| group.consumers.get(owner as usize));
    if let Some(owner) = owner {
        out.extend_from_slice(b",\"consumer\":");
        json::bytes(&owner.name, out);
    }
    out.push(b'}');
}

fn producer(producer: &Producer<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b",{\"name\":");
    json::bytes(&producer.name, out);
    out.extend_from_slice(b",\"messages\":");
    let start = out.len();
    for (message, at) in &producer.messages {
        out.extend_from_slice(b",[");
        json::bytes(message, out);
        out.push(b',');
        id(*at, out);
        out.push(b']');
    }
    close(start, out);
    out.push(b'}');
}

fn naming(naming: &Naming, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"naming\":{\"seconds\":");
    json::number(naming.duration, out);
    field("most", naming.most, out);
    field("added", naming.added, out);
    field("repeated", naming.repeated, out);
    out.push(b'}');
}

/// A number behind its name, which needs no escape.
fn field(name: &str, number: impl itoa::Integer, out: &mut Vec<u8>) {
    head(name, out);
    json::number(number, out);
}

fn named_id(name: &str, at: StreamId, out: &mut Vec<u8>) {
    head(name, out);
    id(at, out);
}

fn head(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn id(id: StreamId, out: &mut Vec<u8>) {
    out.push(b'"');
    json::number(id.millis, out);
    out.push(b'-');
    json::number(id.seq, out);
    out.push(b'"');
}
