//! What must hold of every value, whatever its bytes are.

mod commands;
mod words;

use aof_rdb::{Contents, Dump, Item, Part, Payload, Room, Str, ValueFault, ValueFaultKind};

pub use words::{words, without};

/// Holds a value to all that is promised, and returns what it is found to be.
pub fn check(value: Payload<'_>) -> Result<Contents, ValueFault> {
    let mut room = Room::default();
    let (verified, mut seen) = (value.verify(&mut room), Contents::default());
    let items = value.items(&mut room, &mut |item| count(&item, &mut seen));
    match verified {
        Ok(contents) => {
            look_at_parts(&value, &mut seen);
            assert_eq!((items, seen), (Ok(()), contents));
        }
        Err(fault) if items.is_ok() => {
            use ValueFaultKind::{Duplicate, Empty, NoOwner};
            assert!(matches!(fault.kind, Duplicate | Empty | NoOwner), "{fault:?}");
        }
        // Of several faults another one may come first.
        Err(_) => assert!(items.is_err()),
    }
    let parts = value.parts(&mut room, &mut |_| {});
    assert!(parts.is_ok() || items.is_err());
    assert_eq!(Dump::new(&value.to_dump()).unwrap().value.bytes, value.bytes);
    commands::check(value, items.is_ok(), verified.is_ok());
    verified
}

fn count(item: &Item<'_>, seen: &mut Contents) {
    let bytes = match item {
        Item::String(text) | Item::Element(text) | Item::Member(text) => text.len(),
        Item::Scored(member, _) => member.len() + 8,
        Item::Field(field, value, _) => field.len() + value.len(),
        Item::Entry(_, fields) => {
            fields.iter().map(|(field, value)| field.len() + value.len()).sum()
        }
        Item::Module(module) => module.bytes.len(),
        _ => return,
    };
    seen.items += 1;
    seen.bytes += bytes as u64;
}

/// Adds what holds the items together.
fn look_at_parts(value: &Payload<'_>, seen: &mut Contents) {
    let parts = value.parts(&mut Room::default(), &mut |part| match part {
        Part::Packed(_, blob) | Part::Node(_, blob) => {
            seen.blobs += 1;
            seen.blob_bytes += blob.len() as u64;
        }
        Part::Item(Item::Group(group)) => seen.pending += group.pending.len() as u64,
        Part::Item(_) => {}
    });
    assert_eq!(parts, Ok(()));
}

/// Strings as a listpack, in the forms that hold any of them.
pub fn listpack(strings: &[Str<'_>]) -> Vec<u8> {
    let mut entries = Vec::new();
    for string in strings {
        let mut entry = match *string {
            Str::Bytes(bytes) => [&[0xF0], &(bytes.len() as u32).to_le_bytes()[..], bytes].concat(),
            Str::Int(value) => [&[0xF4], &value.to_le_bytes()[..]].concat(),
        };
        match entry.len() {
            len @ 0..128 => entry.push(len as u8),
            len => entry.extend([(len >> 7) as u8, len as u8 | 0x80]),
        }
        entries.extend(entry);
    }
    let size = entries.len() as u32 + 7;
    [&size.to_le_bytes()[..], &[255, 255], &entries, &[0xFF]].concat()
}

/// A length in four bytes.
pub fn len(value: usize) -> Vec<u8> {
    [&[0x80], &(value as u32).to_be_bytes()[..]].concat()
}

/// A plain string.
pub fn text(bytes: &[u8]) -> Vec<u8> {
    [&len(bytes.len()), bytes].concat()
}

/// Most bytes are no packed value unless its sizes are made right.
pub fn packed(code: u8, bytes: &[u8]) -> Vec<u8> {
    let size = |frame: usize| ((bytes.len() + frame) as u32).to_le_bytes();
    let listpack = [&size(7)[..], &[255, 255], bytes, &[0xFF]].concat();
    let tail = (10 + bytes.first().map_or(0, |&byte| usize::from(byte)) as u32).to_le_bytes();
    let ziplist = [&size(11)[..], &tail, &[255, 255], bytes, &[0xFF]].concat();
    match code {
        9 => text(&[&[254], bytes, &[0xFF]].concat()),
        10 | 12 | 13 => text(&ziplist),
        14 => [len(1), text(&ziplist)].concat(),
        11 => text(&[&[2, 0, 0, 0], &((bytes.len() / 2) as u32).to_le_bytes(), bytes].concat()),
        18 => [len(1), len(2), text(&listpack)].concat(),
        25 => [vec![0; 8], text(&listpack)].concat(),
        _ => text(&listpack),
    }
}
