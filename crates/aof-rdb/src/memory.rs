//! How much memory a server will need for a key, and how long it will take to load it: estimates.
//!
//! The figures are those of the structures of Redis 7.0 on a 64-bit machine with jemalloc. Other servers and other
//! thresholds need more or less; `docs/rdb.md` says how far off it was where it was measured.

use crate::blob::Listpack;
use crate::fault::ValueFault;
use crate::item::ValueType;
use crate::payload::{Part, Payload, Room};
use crate::record::Key;
use crate::verify::Contents;

/// An entry of a hash table, and its share of the table.
const ENTRY: u64 = 24 + 12;

/// What every value begins with.
const OBJECT: u64 = 16;

/// A hash table without entries.
const TABLE: u64 = 56;

/// A list without nodes, and a node without its elements.
const LIST: (u64, u64) = (48, 32);

/// An element of a skip list with its share of the upper levels, and the list itself.
const SKIPS: (u64, u64) = (48, 32);

/// A stream without entries, and what its tree needs for a node.
const STREAM: (u64, u64) = (168, 64);

/// An entry that was delivered and not acknowledged, in the trees of its group and its consumer.
const PENDING: u64 = 24 + 2 * 40;

/// Strings up to this length stand in the same piece of memory as the value that they are.
const LONGEST_EMBEDDED: u64 = 44;

/// Servers pack a small value when they load it: one of at most so many items, each of at most so many bytes.
const PACKED: (u64, u64) = (128, 64);

/// The same of a set of numbers.
const NUMBERS: u64 = 512;

/// So many bytes of a list are packed into one of its nodes.
const NODE: u64 = 8 << 10;

/// What holds packed items together: for all of them, and for each string.
const LISTPACK: (u64, u64) = (7, 2);

/// Nanoseconds for a key or an item of its own, and for an item that is packed. Redis 7.0 and Valkey 9.1 needed that
/// much of one core for a million keys, a million fields, and 200,000 hashes of ten; Redis 8.2 up to half more for keys.
const LOADED_ALONE: u64 = 900;
const LOADED_PACKED: u64 = 100;

/// Bytes in a microsecond, where values are large.
const LOADED_BYTES: u64 = 700;

/// What a server will need for keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Need {
    /// Bytes of memory.
    pub memory: u64,
    /// Nanoseconds to load them from an RDB file.
    pub loading: u64,
}

impl Key<'_> {
    /// An estimate of what a server needs for it that loads it, however it is stored here.
    ///
    /// # Errors
    /// What is wrong with the value, as far as it has to be read for that.
    pub fn need(&self, room: &mut Room) -> Result<Need, ValueFault> {
        let contents = self.value.outline(room)?;
        let memory = memory_of_key(self.name.len(), self.expiry.is_some(), &self.value, &contents);
        let Contents { items, bytes, blobs, .. } = contents;
        let of_items = match self.value.value_type() {
            Some(ValueType::String) => 0,
            Some(ValueType::List) => LOADED_PACKED * items,
            _ if blobs > 0 || is_small(items, bytes) => LOADED_PACKED * items,
            _ => LOADED_ALONE * items,
        };
        let loading = LOADED_ALONE + of_items + bytes * 1000 / LOADED_BYTES;
        Ok(Need { memory, loading })
    }
}

impl Payload<'_> {
    /// What is in the value. Listpacks are believed how many entries they have.
    fn outline(&self, room: &mut Room) -> Result<Contents, ValueFault> {
        let entries_each = match self.code {
            16 | 17 => 2,
            18 | 20 => 1,
            _ => return self.verify(room),
        };
        let (mut contents, mut is_known) = (Contents::default(), true);
        self.parts(room, &mut |part| {
            let Part::Packed(_, blob) = part else { return is_known = false };
            let announced = Listpack::new(blob).ok().and_then(|listpack| listpack.announced());
            let Some(entries) = announced else { return is_known = false };
            let (entries, size) = (entries as u64, blob.len() as u64);
            contents.items += entries / entries_each;
            contents.bytes += size.saturating_sub(listpack(entries, 0));
            contents.blobs += 1;
            contents.blob_bytes += size;
        })?;
        if is_known { Ok(contents) } else { self.verify(room) }
    }
}

/// Bytes that a server needs for a key with a name of `name` bytes, once it has loaded it.
pub(crate) fn memory_of_key(
    name: usize,
    expires: bool,
    value: &Payload<'_>,
    contents: &Contents,
) -> u64 {
    let expiry = if expires { ENTRY } else { 0 };
    ENTRY + text(name as u64) + expiry + OBJECT + of_value(value, contents)
}

fn of_value(value: &Payload<'_>, contents: &Contents) -> u64 {
    let Contents { items, bytes, blobs, blob_bytes, pending, .. } = *contents;
    match value.value_type() {
        Some(ValueType::String) => string(value, bytes),
        Some(ValueType::List) => {
            let packed = if blobs == 0 { listpack(items, bytes) } else { blob_bytes.max(bytes) };
            let nodes = if blobs == 0 { packed.div_ceil(NODE).min(items) } else { blobs };
            LIST.0 + nodes * LIST.1 + packed
        }
        Some(ValueType::Set | ValueType::Hash | ValueType::SortedSet) if blobs > 0 => {
            allocated(blob_bytes)
        }
        Some(ValueType::Set) if contents.numbers == items && items <= NUMBERS => {
            allocated(8 + items * width(bytes, items))
        }
        Some(ValueType::Set) => table(items, 1, bytes),
        Some(ValueType::Hash) if is_small(items, bytes) => allocated(listpack(2 * items, bytes)),
        // A score that is packed has about half of its eight bytes.
        Some(ValueType::SortedSet) if is_small(items, bytes) => {
            allocated(listpack(2 * items, bytes.saturating_sub(4 * items)))
        }
        Some(ValueType::Hash) => table(items, 2, bytes),
        Some(ValueType::SortedSet) => {
            table(items, 1, bytes.saturating_sub(8 * items)) + skips(items)
        }
        Some(ValueType::Stream) => {
            STREAM.0 + blobs * STREAM.1 + allocated(blob_bytes) + pending * PENDING
        }
        Some(ValueType::Module) | None => value.bytes.len() as u64,
    }
}

fn string(value: &Payload<'_>, bytes: u64) -> u64 {
    let is_number = value.bytes.first().is_some_and(|&form| matches!(form, 0xC0..=0xC2));
    match bytes {
        _ if is_number => 0,
        ..=LONGEST_EMBEDDED => allocated(OBJECT + 3 + bytes + 1) - OBJECT,
        _ => text(bytes),
    }
}

/// Whether a value of so many items, each of two strings, is packed; the average stands for the longest.
fn is_small(items: u64, bytes: u64) -> bool {
    items <= PACKED.0 && bytes <= items * 2 * PACKED.1
}

fn listpack(texts: u64, bytes: u64) -> u64 {
    LISTPACK.0 + texts * LISTPACK.1 + bytes
}

/// Bytes for each number of a set of numbers that have `digits` digits in all.
fn width(digits: u64, items: u64) -> u64 {
    match digits.checked_div(items).unwrap_or_default() {
        ..5 => 2,
        5..10 => 4,
        _ => 8,
    }
}

/// A table of `items` entries, each of `texts` strings.
fn table(items: u64, texts: u64, bytes: u64) -> u64 {
    let Some(average) = bytes.checked_div(items * texts) else { return 0 };
    TABLE + items * (ENTRY + texts * text(average))
}

fn skips(items: u64) -> u64 {
    SKIPS.1 + items * SKIPS.0
}

/// A string of this length as servers keep it.
fn text(len: u64) -> u64 {
    let header = match len {
        ..32 => 1,
        32..256 => 3,
        256..65_536 => 5,
        _ => 9,
    };
    allocated(header + len + 1)
}

/// What the allocator sets aside for so many bytes.
fn allocated(bytes: u64) -> u64 {
    let step = match bytes {
        ..=64 => 8,
        _ => 1 << ((bytes - 1).ilog2() - 2),
    };
    bytes.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_packs_when_it_loads_it_needs_less() {
        let need = |fields: u64| {
            let mut bytes = Vec::new();
            let texts: Vec<[Vec<u8>; 2]> = (0..fields)
                .map(|n| [format!("f{n}").into(), format!("value:{n}").into()])
                .collect();
            let pairs = texts.iter().map(|[field, value]| (&field[..], &value[..], None));
            let code = crate::encode::hash(pairs, None, &mut bytes);
            let value = Payload { header: crate::encode::HEADER, code, bytes: &bytes };
            let name = b"hash".as_slice().into();
            let (idle, frequency, has_metadata) = (None, None, false);
            let key = Key { db: 0, name, expiry: None, idle, frequency, has_metadata, value };
            key.need(&mut Room::default()).expect("it is sound")
        };
        let (small, large) = (need(10), need(10_000));
        assert!((150..400).contains(&small.memory), "{small:?}");
        assert!((600_000..1_500_000).contains(&large.memory), "{large:?}");
        assert!(small.loading < 5_000 && large.loading > 5_000_000, "{small:?}, {large:?}");
    }

    #[test]
    fn the_allocator_has_four_sizes_between_powers_of_two() {
        let sizes = [1, 8, 9, 64, 65, 80, 81, 128, 129, 160, 1025, 1 << 20].map(allocated);
        assert_eq!(sizes, [8, 8, 16, 64, 80, 80, 96, 128, 160, 160, 1280, 1 << 20]);
    }
}
