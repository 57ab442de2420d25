//! What commands are made of: keys, values, numbers, and what servers should refuse.

use crate::argv::{Argv, argv};
use crate::rng::Rng;

/// What stands in the place of an argument now and then. No number here is a short while, or makes a long string.
const ODD: [&[u8]; 24] = [
    b"",
    b"0",
    b"-1",
    b"007",
    b"+1",
    b" 1",
    b"1 ",
    b"1.5",
    b"1e10",
    b"0x10",
    b"nan",
    b"inf",
    b"-inf",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"18446744073709551616",
    b"1e400",
    b"\xff\xfe\0\r\n",
    b"NX",
    b"LIMIT",
    b"COUNT",
    b"REPLACE",
    b"LEFT",
];

/// Names of keys that no client would choose.
const ODD_KEYS: [&[u8]; 5] = [b"", b"\0", b"a b\r\n*3", b"\xff\xfe\xfd", &[b'k'; 300]];

/// Types have three keys each that they prefer: strings, counters, bitmaps, HyperLogLogs, lists, lists of numbers, sets,
/// sorted sets, hashes, streams, places.
const TYPES: [char; 11] = ['s', 'n', 'b', 'p', 'l', 'q', 'e', 'z', 'h', 'x', 'g'];

/// Elements, members and fields that come again and again.
const ELEMENTS: [&[u8]; 12] =
    [b"a", b"b", b"c", b"d", b"", b"1", b"2", b"10", b"-7", b"1.5", b"x\r\ny", b"\0\xff"];

/// The last few of something.
#[derive(Debug, Default)]
pub(super) struct Memory(Vec<Vec<u8>>);

impl Memory {
    const MOST: usize = 24;

    pub(super) fn keep(&mut self, one: &[u8]) {
        if self.0.len() == Self::MOST {
            self.0.remove(0);
        }
        self.0.push(one.to_vec());
    }

    /// One of them, or something odd.
    pub(super) fn any(&self, rng: &mut Rng) -> Vec<u8> {
        match self.0.is_empty() || rng.chance(5) {
            true => rng.pick(&ODD).to_vec(),
            false => rng.pick(&self.0).clone(),
        }
    }
}

/// The hand that makes up arguments.
#[derive(Debug)]
pub(super) struct Draw {
    pub(super) rng: Rng,
    /// Whether nothing may be left to chance; see [`Chaos::exact`](super::Chaos::exact).
    pub(super) is_exact: bool,
    /// Whether a command that waits does so here: in a transaction none does.
    pub(super) may_wait: bool,
    /// What `DUMP` gave.
    pub(super) payloads: Memory,
    /// What `FUNCTION DUMP` gave.
    pub(super) libraries: Memory,
    /// Hashes of scripts.
    pub(super) scripts: Memory,
    /// Ids of entries.
    pub(super) ids: Memory,
    /// How far ids of entries have come.
    pub(super) entry: u64,
}

impl Draw {
    pub(super) fn new(rng: Rng) -> Self {
        let (payloads, libraries) = (Memory::default(), Memory::default());
        let (scripts, ids) = (Memory::default(), Memory::default());
        let (is_exact, may_wait, entry) = (false, false, 0);
        Self { rng, is_exact, may_wait, payloads, libraries, scripts, ids, entry }
    }

    /// The name of a command, its letters as some client may write them.
    pub(super) fn name(&mut self, name: &str) -> Argv {
        let lower = self.rng.chance(5);
        let words = name.split(' ').map(|word| match lower {
            true => word.to_ascii_lowercase().into_bytes(),
            false => word.as_bytes().to_vec(),
        });
        words.collect()
    }

    pub(super) fn select(&mut self) -> Argv {
        let odd = self.rng.chance(8);
        match odd {
            true => argv!["SELECT", self.word(&["15", "16", "-1", "01", "x"])],
            false => argv!["SELECT", self.db()],
        }
    }

    /// The number of a database; the first is chosen most of the time.
    pub(super) fn db(&mut self) -> String {
        (self.rng.below(8).saturating_sub(4)).to_string()
    }

    /// A key, mostly one that values of this type prefer.
    pub(super) fn key(&mut self, of: char) -> Vec<u8> {
        let of = match self.rng.below(100) {
            0..3 => return self.rng.pick(&ODD_KEYS).to_vec(),
            3..15 => *self.rng.pick(&TYPES),
            _ => of,
        };
        format!("{of}{}", self.rng.below(3)).into_bytes()
    }

    /// A key of any type.
    pub(super) fn any_key(&mut self) -> Vec<u8> {
        let of = *self.rng.pick(&TYPES);
        self.key(of)
    }

    /// One to four keys of a type.
    pub(super) fn keys(&mut self, of: char) -> Argv {
        (0..self.rng.between(1, 4)).map(|_| self.key(of)).collect()
    }

    /// A value of a string.
    pub(super) fn value(&mut self) -> Vec<u8> {
        let mut value = Vec::new();
        match self.rng.below(20) {
            0..8 => return self.element(),
            8..12 => return self.int().into_bytes(),
            12 => return self.float().into_bytes(),
            13..15 => {
                let length = self.rng.between(0, 50);
                self.rng.binary(&mut value, length);
            }
            15..19 => {
                let length = self.rng.between(0, 100);
                self.rng.text(&mut value, length);
            }
            _ => {
                let length = self.rng.between(100, 5000);
                self.rng.text(&mut value, length);
            }
        }
        value
    }

    /// An element, a member or a field.
    pub(super) fn element(&mut self) -> Vec<u8> {
        match self.rng.below(10) {
            0..7 => self.rng.pick(&ELEMENTS).to_vec(),
            7 => self.rng.below(500).to_string().into_bytes(),
            8 => {
                let (mut text, length) = (Vec::new(), self.rng.between(0, 80));
                self.rng.text(&mut text, length);
                text
            }
            _ => format!("m{}", self.rng.below(40)).into_bytes(),
        }
    }

    /// One to six elements.
    pub(super) fn elements(&mut self) -> Argv {
        (0..self.rng.between(1, 6)).map(|_| self.element()).collect()
    }

    /// An integer, mostly a small one.
    pub(super) fn int(&mut self) -> String {
        match self.rng.below(20) {
            0 => i64::MAX.to_string(),
            1 => i64::MIN.to_string(),
            2 => (self.rng.word() as i64).to_string(),
            3..6 => (self.rng.below(1_000_000) as i64 - 500_000).to_string(),
            _ => (self.rng.below(40) as i64 - 10).to_string(),
        }
    }

    /// How many, or at which place: mostly a few.
    pub(super) fn count(&mut self) -> String {
        match self.rng.below(20) {
            0 => "-9223372036854775808".to_owned(),
            1 => "9223372036854775807".to_owned(),
            2..5 => (-(self.rng.below(4) as i64)).to_string(),
            _ => self.rng.below(6).to_string(),
        }
    }

    /// A number. −0 is not among them: servers keep its sign, or do not (`docs/oracle.md`).
    pub(super) fn float(&mut self) -> String {
        match self.rng.below(20) {
            0 => "inf".to_owned(),
            1 => "-inf".to_owned(),
            2 => "1e308".to_owned(),
            3 => "3.0e-5".to_owned(),
            4 => "12345678901234567890".to_owned(),
            5 => self.word(&["nan", "x", "", "1e999", "+Infinity", "5.", ".5"]),
            6..11 => {
                let whole = self.rng.below(2000) as i64 - 1000;
                format!("{whole}.{:03}", 1 + self.rng.below(999))
            }
            _ => (1 + self.rng.below(30)).to_string(),
        }
    }

    /// One of these.
    pub(super) fn word(&mut self, from: &[&str]) -> String {
        (*self.rng.pick(from)).to_owned()
    }

    /// One of these in so many of 100 cases; an option may have several words.
    pub(super) fn option(&mut self, percent: u64, from: &[&str]) -> Argv {
        if !self.rng.chance(percent) {
            return Vec::new();
        }
        let words = self.word(from);
        words.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    /// Arguments and more of them, `from` to `to` times.
    pub(super) fn repeat(
        &mut self,
        (from, to): (usize, usize),
        make: impl Fn(&mut Self) -> Argv,
    ) -> Argv {
        let times = self.rng.between(from, to);
        (0..times).flat_map(|_| make(self)).collect()
    }

    /// How many there are, and then these; the number is wrong now and then.
    pub(super) fn counted(&mut self, all: Argv) -> Argv {
        let number = match self.rng.below(50) {
            0 => self.count(),
            _ => all.len().to_string(),
        };
        [argv![number], all].concat()
    }

    /// Makes something of a command that it should not be.
    pub(super) fn spoil(&mut self, command: &mut Argv) {
        if command.len() < 2 {
            return;
        }
        let place = self.rng.between(1, command.len() - 1);
        let odd = self.rng.pick(&ODD).to_vec();
        match self.rng.below(4) {
            0 => drop(command.remove(place)),
            1 => command.push(odd),
            2 => command.insert(place, odd),
            _ => command[place] = odd,
        }
    }
}
