//! What stands behind each type and opcode, in tables.
//!
//! The layouts are those of `rdb.c` of Redis and Valkey; `docs/rdb.md` says of each what proves it.

use crate::summary::{Dialect, Header};

/// One step through a record.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Atom {
    /// A string.
    Text,
    /// A string whose beginning is kept for the caller.
    Kept(Slot),
    /// A length.
    Len,
    /// This many bytes.
    Raw(u8),
    /// A number in ASCII behind one byte with its length, or one byte for infinities and no number.
    Score,
    /// A length, and so many times the layout.
    Many(Layout),
    /// The id of a module: the name in 54 bits, the version of its encoding in ten.
    ModuleId,
    /// When the data of a module belong: a length behind the opcode for lengths.
    When,
    /// What a module wrote: opcodes with their values, up to opcode 0.
    Module,
    /// The layout ends here because nobody knows how it goes on.
    Unknown,
}

/// Steps in their order.
pub(crate) type Layout = &'static [Atom];

/// Which of two strings is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A key, or the name of an aux field.
    Name = 0,
    /// The value of an aux field.
    Value = 1,
}

/// How deeply layouts nest, with the key above the value.
pub(crate) const DEPTH: usize = 4;

/// The key of a record.
pub(crate) const KEY: Layout = &[Kept(Slot::Name)];

/// A field that a server says about the file or about what follows.
pub(crate) const AUX: Layout = &[Kept(Slot::Name), Kept(Slot::Value)];

/// The source of a library.
pub(crate) const FUNCTION: Layout = TEXT;

/// What a module has to say beside its keys.
pub(crate) const MODULE_AUX: Layout = &[ModuleId, When, Module];

/// How many keys a slot of a cluster has, and how many of them expire.
pub(crate) const SLOT_INFO: Layout = &[Len, Len, Len];

/// Redis from 13 on: what modules keep beside a key; each class is named by four bytes.
const KEY_META: Layout = &[Many(&[Raw(4), Module])];

/// Valkey from 80 on: a running import, and the ranges of slots in it.
const SLOT_IMPORT: Layout = &[Text, Many(&[Len, Len])];

/// A type whose number is known and whose layout is not.
const UNKNOWN: Layout = &[Unknown];

use Atom::{Kept, Len, Many, Module, ModuleId, Raw, Score, Text, Unknown, When};

const TEXT: Layout = &[Text];
const TEXTS: Layout = &[Many(TEXT)];
const PAIRS: Layout = &[Many(&[Text, Text])];
const SCORES: Layout = &[Many(&[Text, Score])];
const DOUBLES: Layout = &[Many(&[Text, Raw(8)])];
const MODULE: Layout = &[ModuleId, Module];
/// How a node is packed, and the node.
const NODES: Layout = &[Many(&[Len, Text])];
/// The expiry of a field stands before it, in Redis.
const EXPIRING_FIELDS: Layout = &[Many(&[Len, Text, Text])];
/// The earliest expiry of a field stands before all of them.
const HASH_METADATA: Layout = &[Raw(8), Many(&[Len, Text, Text])];
const HASH_LISTPACK_EX: Layout = &[Raw(8), Text];
/// The expiry of a field stands behind it, in Valkey.
const HASH_2: Layout = &[Many(&[Text, Text, Raw(8)])];

/// An entry that was delivered and not yet acknowledged: id, time, and how often.
const PENDING: Layout = &[Raw(24), Len];
const OWNED: Layout = &[Raw(16)];
/// A consumer: name, when it was seen, its entries.
const CONSUMER: Layout = &[Text, Raw(8), Many(OWNED)];
/// Besides, when it was active.
const CONSUMER_3: Layout = &[Text, Raw(16), Many(OWNED)];
const GROUP: Layout = &[Text, Len, Len, Many(PENDING), Many(CONSUMER)];
/// Besides, how many entries it read.
const GROUP_2: Layout = &[Text, Len, Len, Len, Many(PENDING), Many(CONSUMER)];
const GROUP_3: Layout = &[Text, Len, Len, Len, Many(PENDING), Many(CONSUMER_3)];
const NODE: Layout = &[Text, Text];
/// Nodes, length, last id, groups.
const STREAM: Layout = &[Many(NODE), Len, Len, Len, Many(GROUP)];
/// Besides, first id, largest deleted id, entries added.
const STREAM_2: Layout = &[Many(NODE), Len, Len, Len, Len, Len, Len, Len, Len, Many(GROUP_2)];
const STREAM_3: Layout = &[Many(NODE), Len, Len, Len, Len, Len, Len, Len, Len, Many(GROUP_3)];
/// A message that a producer named, so that it is not added twice: its name, and the id it got.
const NAMED: Layout = &[Text, Len, Len];
const PRODUCER: Layout = &[Text, Many(NAMED)];
/// Besides, behind the groups: how long and how many names are kept, producers, names seen and seen again.
const STREAM_4: Layout = &[
    Many(NODE),
    Len,
    Len,
    Len,
    Len,
    Len,
    Len,
    Len,
    Len,
    Many(GROUP_3),
    Len,
    Len,
    Many(PRODUCER),
    Len,
    Len,
];

/// The value of a key of type `code`; `None` if the dialect has no such type.
pub(crate) fn value(header: Header, code: u8) -> Option<Layout> {
    use Dialect::{Redis, Valkey};
    let layout = match (code, header.dialect, header.version) {
        (0 | 9..=13 | 16 | 17 | 20, ..) => TEXT,
        (1 | 2 | 14, ..) => TEXTS,
        (3, ..) => SCORES,
        (4, ..) => PAIRS,
        (5, ..) => DOUBLES,
        // What a module wrote for release candidates of 4.0, which only the module can read.
        (6, ..) => UNKNOWN,
        (7, ..) => MODULE,
        (15, ..) => STREAM,
        (18, ..) => NODES,
        (19, ..) => STREAM_2,
        (21, ..) => STREAM_3,
        (22, Redis, 12..) => EXPIRING_FIELDS,
        (23, Redis, 12..) => TEXT,
        (24, Redis, _) => HASH_METADATA,
        (25, Redis, _) => HASH_LISTPACK_EX,
        (22, Valkey, _) => HASH_2,
        (26, Redis, 13..) => STREAM_4,
        (27..=33, Redis, 14..) | (23..=33, Valkey, 81..) => UNKNOWN,
        _ => return None,
    };
    Some(layout)
}

/// The same, unless nobody knows how the value goes on.
#[inline]
pub(crate) fn readable(header: Header, code: u8) -> Option<Layout> {
    value(header, code).filter(|layout| !matches!(layout, [Unknown]))
}

/// Whether the value of a key of type `code` is one string, whatever the dialect.
#[inline]
pub(crate) fn is_text(code: u8) -> bool {
    const TEXTS: u32 = 1 << 20 | 1 << 17 | 1 << 16 | 0b11_1110_0000_0001;
    code < 32 && TEXTS >> code & 1 == 1
}

/// What stands behind opcode 243, which says different things in different dialects, and whether it is about
/// the next key.
pub(crate) fn opcode_243(header: Header) -> Option<(Layout, bool)> {
    match (header.dialect, header.version) {
        (Dialect::Redis, 13..) => Some((KEY_META, true)),
        (Dialect::Valkey, _) => Some((SLOT_IMPORT, false)),
        (Dialect::Redis, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Header; 5] = [
        Header { dialect: Dialect::Redis, version: 1 },
        Header { dialect: Dialect::Redis, version: 12 },
        Header { dialect: Dialect::Redis, version: 16 },
        Header { dialect: Dialect::Valkey, version: 80 },
        Header { dialect: Dialect::Valkey, version: 81 },
    ];

    fn depth(layout: Layout) -> usize {
        let inner = layout.iter().map(|atom| match atom {
            Many(layout) => depth(layout),
            _ => 0,
        });
        1 + inner.max().unwrap_or_default()
    }

    #[test]
    fn no_layout_nests_deeper_than_there_is_room() {
        for header in ALL {
            for layout in (0..=255).filter_map(|code| value(header, code)) {
                // The key stands above the first layout of the value.
                assert!(depth(layout).max(2) <= DEPTH, "{layout:?}");
            }
            if let Some((layout, _)) = opcode_243(header) {
                assert!(depth(layout) <= DEPTH);
            }
        }
        assert!(depth(MODULE_AUX) <= DEPTH);
    }

    #[test]
    fn a_type_is_one_string_exactly_where_the_table_says_so_for_all_dialects() {
        for code in 0..=255 {
            let is_one = |header| value(header, code).is_some_and(|it| matches!(it, [Text]));
            assert_eq!(is_text(code), ALL.into_iter().all(is_one), "type {code}");
        }
    }

    #[test]
    fn every_repeated_layout_takes_bytes_so_that_no_count_can_keep_the_walk_busy() {
        fn check(layout: Layout) {
            for atom in layout {
                if let Many(inner) = atom {
                    assert!(!inner.is_empty() && !matches!(inner, [Unknown | Raw(0), ..]));
                    check(inner);
                }
            }
        }
        for header in ALL {
            (0..=255).filter_map(|code| value(header, code)).for_each(check);
        }
    }

    #[test]
    fn numbers_mean_what_the_dialect_says() {
        let [old, redis, new, valkey, next] = ALL;
        assert!(value(old, 22).is_none() && value(new, 8).is_none());
        assert!(matches!(value(old, 6), Some([Unknown])));
        assert!(matches!(value(redis, 22), Some([Many([Len, Text, Text])])));
        assert!(matches!(value(valkey, 22), Some([Many([Text, Text, Raw(8)])])));
        assert!(value(valkey, 23).is_none() && value(valkey, 24).is_none());
        assert!(matches!(value(next, 23), Some([Unknown])));
        assert!(matches!(value(new, 27), Some([Unknown])));
        assert!(value(redis, 26).is_none() && value(valkey, 26).is_none());
        assert!(opcode_243(redis).is_none());
        assert!(opcode_243(new).is_some_and(|(_, is_attribute)| is_attribute));
        assert!(opcode_243(valkey).is_some_and(|(_, is_attribute)| !is_attribute));
    }
}
