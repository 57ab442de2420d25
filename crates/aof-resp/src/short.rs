//! Commands with short names: which one it is, and the question a scan asks for every record of a log: is there anything to
//! it but to count it?

use crate::Command;
use crate::table::{NEVER, within};

/// Commands whose names are up to eight letters, found by them as numbers.
#[derive(Debug)]
pub(crate) struct ShortNames(Box<[Short; SLOTS]>);

/// A command.
#[derive(Debug, Clone, Copy)]
struct Short {
    /// Its name as [`word_of`] packs it; 0 for none.
    word: u64,
    /// The numbers of arguments with which it is plain.
    plain: (u32, u32),
    /// Its place in the table.
    index: u32,
}

const SLOTS: usize = 1024;

impl ShortNames {
    pub(crate) fn new(commands: &[Command]) -> Self {
        let mut slots = Box::new([Short { word: 0, plain: NEVER, index: 0 }; SLOTS]);
        for command in commands {
            let name = command.name().as_bytes();
            let is_letters = name.iter().all(u8::is_ascii_alphabetic);
            let Some(word) = word_of(name).filter(|_| is_letters) else { continue };
            let mut at = slot(word);
            while slots[at].word != 0 {
                at = (at + 1) % SLOTS;
            }
            slots[at] = Short { word, plain: command.plain(), index: command.index() as u32 };
        }
        Self(slots)
    }

    #[inline]
    fn find(&self, word: u64) -> Option<&Short> {
        let mut at = slot(word);
        loop {
            let short = &self.0[at];
            if short.word == word {
                return Some(short);
            }
            if short.word == 0 {
                return None;
            }
            at = (at + 1) % SLOTS;
        }
    }

    /// The place of a command in the table.
    #[inline]
    pub(crate) fn index(&self, word: u64) -> Option<usize> {
        Some(self.find(word)?.index as usize)
    }

    #[inline]
    pub(crate) fn is_plain(&self, word: u64, argc: u32) -> bool {
        self.find(word).is_some_and(|short| within(short.plain, argc))
    }
}

#[inline]
const fn slot(word: u64) -> usize {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize
}

/// A name of one to eight bytes as a number that no other such name has, case apart. Setting the bit that tells
/// the cases apart is exact for names that are letters only.
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

    #[test]
    fn short_names_are_found_whatever_their_case_and_nothing_else_is() {
        let table = Table::get();
        for command in table.commands().iter().filter(|command| command.name().len() <= 8) {
            let name = command.name();
            for text in [name.to_owned(), name.to_lowercase()] {
                let found = table.lookup(text.as_bytes()).map(Command::name);
                assert_eq!(found, Some(name), "{text}");
            }
            let mut other = name.as_bytes().to_vec();
            for bit in [0x01, 0x40, 0x80] {
                other[0] ^= bit;
                let found = table.lookup(&other).map(|command| command.name().as_bytes());
                assert!(found.is_none_or(|name| name == other.to_ascii_uppercase()), "{other:?}");
                other[0] ^= bit;
            }
        }
    }
}
