//! The question a scan asks for every record of a log: is there anything to it but to count it?

use crate::Command;
use crate::table::{NEVER, within};

/// Plain commands with names of up to eight letters, found with one multiplication and one comparison: a scan
/// asks for every record of a log.
#[derive(Debug)]
pub(crate) struct PlainCommands {
    factor: u64,
    slots: Box<[Plain; PLAIN_SLOTS]>,
}

/// A name as [`word_of`] packs it, and the numbers of arguments with which it is plain.
#[derive(Debug, Clone, Copy)]
struct Plain {
    word: u64,
    argc: (u32, u32),
}

const PLAIN_SLOTS: usize = 1024;

impl PlainCommands {
    pub(crate) fn new(commands: &[Command]) -> Self {
        let rows: Vec<Plain> = commands
            .iter()
            .filter(|command| command.plain() != NEVER)
            .filter_map(|command| {
                Some(Plain { word: word_of(command.name().as_bytes())?, argc: command.plain() })
            })
            .collect();
        (0..)
            .map(|attempt: u64| 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(2 * attempt + 1))
            .find_map(|factor| Self::place(&rows, factor))
            .expect("some factor sends a hundred names to different slots of a thousand")
    }

    /// Fills the slots if no two rows want the same one.
    fn place(rows: &[Plain], factor: u64) -> Option<Self> {
        let free = Plain { word: 0, argc: NEVER };
        let mut slots = Box::new([free; PLAIN_SLOTS]);
        for row in rows {
            let slot = &mut slots[plain_slot(row.word, factor)];
            if slot.word != 0 {
                return None;
            }
            *slot = *row;
        }
        Some(Self { factor, slots })
    }

    #[inline]
    pub(crate) fn accepts(&self, word: u64, argc: u32) -> bool {
        let slot = &self.slots[plain_slot(word, self.factor)];
        slot.word == word && within(slot.argc, argc)
    }
}

#[inline]
const fn plain_slot(word: u64, factor: u64) -> usize {
    (word.wrapping_mul(factor) >> 54) as usize
}

/// A name of one to eight bytes as a number that no other such name has, case apart. Setting the bit that tells
/// the cases apart is exact because the table's short names are letters only.
#[inline]
pub(crate) fn word_of(name: &[u8]) -> Option<u64> {
    let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    let word = match (name, name.first_chunk(), name.last_chunk()) {
        (_, Some(first), Some(last)) if name.len() <= 8 => half(first) | half(last) << 32,
        ([a, b, c], ..) => half(&[*a, *b, *c, 0]),
        ([a, b], ..) => half(&[*a, *b, 0, 0]),
        ([a], ..) => half(&[*a, 0, 0, 0]),
        _ => return None,
    };
    Some((word | 0x2020_2020_2020_2020) ^ name.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    #[test]
    fn plain_records_are_told_by_name_and_argument_count() {
        let table = Table::get();
        for (name, argc, plain) in [
            ("set", 3, true),
            ("SET", 5, false),
            ("SET", 2, false),
            ("DEL", 2, true),
            ("PEXPIREAT", 3, true),
            ("LPUSH", 900, true),
            ("SELECT", 2, false),
            ("MULTI", 1, false),
            ("SPOP", 2, false),
            ("RENAME", 3, false),
            ("GET", 2, false),
            ("XGROUP", 5, false),
            ("SEZ", 3, false),
        ] {
            assert_eq!(table.is_plain(name.as_bytes(), argc), plain, "{name} {argc}");
        }
    }

    #[test]
    fn short_names_of_plain_commands_are_letters_only() {
        for command in Table::get().commands().iter().filter(|command| command.plain() != NEVER) {
            let name = command.name();
            assert!(
                name.len() > 8 || name.bytes().all(|byte| byte.is_ascii_alphabetic()),
                "{name}"
            );
        }
    }
}
