//! Bytes as commands: any name of the table, and arguments that fit often enough to do something.

use aof_rdb::{Payload, encode};
use aof_resp::{Class, Table};

/// So many commands are taken at the most.
pub const LONGEST: usize = 64;

/// Places in strings are below this: zeros up to a place far away take their time.
const FAR: u64 = 1 << 16;

/// What stands in commands: keys, elements, numbers, options.
const WORDS: [&str; 118] = [
    "a",
    "b",
    "c",
    "d",
    "s",
    "z",
    "",
    "0",
    "1",
    "2",
    "3",
    "-1",
    "5",
    "10",
    "1.5",
    "-2.5",
    "inf",
    "-inf",
    "nan",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "0-0",
    "1-1",
    "1-2",
    "2-1",
    "5-5",
    "9-*",
    "18446744073709551615-18446744073709551615",
    "*",
    "$",
    ">",
    "-",
    "+",
    "[a",
    "(b",
    "(1",
    "(2.5",
    "NX",
    "XX",
    "GT",
    "LT",
    "CH",
    "INCR",
    "GET",
    "KEEPTTL",
    "EX",
    "PX",
    "EXAT",
    "PXAT",
    "PERSIST",
    "IFEQ",
    "REPLACE",
    "DB",
    "ABSTTL",
    "LEFT",
    "RIGHT",
    "BEFORE",
    "AFTER",
    "COUNT",
    "LIMIT",
    "BY",
    "STORE",
    "ALPHA",
    "ASC",
    "DESC",
    "w_*",
    "nosort",
    "#",
    "h_*->f",
    "MIN",
    "MAX",
    "WEIGHTS",
    "AGGREGATE",
    "SUM",
    "BYSCORE",
    "BYLEX",
    "REV",
    "FIELDS",
    "FNX",
    "FXX",
    "MAXLEN",
    "MINID",
    "=",
    "~",
    "NOMKSTREAM",
    "MKSTREAM",
    "ENTRIESREAD",
    "ENTRIESADDED",
    "MAXDELETEDID",
    "GROUP",
    "NOACK",
    "STREAMS",
    "BLOCK",
    "IDLE",
    "TIME",
    "RETRYCOUNT",
    "FORCE",
    "JUSTID",
    "LASTID",
    "IDS",
    "KEEPREF",
    "DELREF",
    "ACKED",
    "AND",
    "NOT",
    "DIFF",
    "ONE",
    "SET",
    "INCRBY",
    "OVERFLOW",
    "SAT",
    "u8",
    "i64",
    "m",
    "km",
    "BYRADIUS",
    "FROMMEMBER",
];

/// What is left of the bytes.
pub struct Input<'a> {
    rest: &'a [u8],
    names: Vec<&'static str>,
}

impl<'a> Input<'a> {
    /// Begins at the first byte.
    pub fn new(rest: &'a [u8]) -> Self {
        let rows = Table::get().commands().iter().filter(|row| row.class() != Class::Inert);
        Self { rest, names: rows.map(|row| row.name()).collect() }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Decides something.
    pub fn chance(&mut self) -> bool {
        self.byte().is_some_and(|byte| byte % 2 == 1)
    }

    /// The next command.
    pub fn command(&mut self) -> Option<Vec<Vec<u8>>> {
        let at = usize::from(self.byte()?);
        let name = self.names[at % self.names.len()];
        let number = self.byte()? % 12;
        let mut command: Vec<Vec<u8>> =
            name.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        for _ in 0..number {
            command.push(self.argument()?);
        }
        if ["SETBIT", "SETRANGE", "BITFIELD"].contains(&name) {
            command.iter_mut().for_each(bring_near);
        }
        Some(command)
    }

    fn argument(&mut self) -> Option<Vec<u8>> {
        let byte = usize::from(self.byte()?);
        if let Some(word) = WORDS.get(byte) {
            return Some(word.as_bytes().to_vec());
        }
        let length = usize::from(self.byte()?);
        Some(match byte % 4 {
            0 => self.take(length)?.to_vec(),
            1 => i64::from(length as u8 as i8).to_string().into_bytes(),
            2 => format!("{}-{}", length / 16, length % 16).into_bytes(),
            _ => self.payload(length)?,
        })
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// A value as `DUMP` gives it, its checksum right.
    fn payload(&mut self, length: usize) -> Option<Vec<u8>> {
        let code = self.byte()? % 28;
        let bytes = self.take(length)?;
        Some(Payload { header: encode::HEADER, code, bytes }.to_dump())
    }
}

fn bring_near(argument: &mut Vec<u8>) {
    let text = std::str::from_utf8(argument).unwrap_or_default();
    let number = text.strip_prefix('#').unwrap_or(text).parse::<u64>();
    if number.is_ok_and(|number| number > FAR) {
        *argument = b"#9".to_vec();
    }
}
