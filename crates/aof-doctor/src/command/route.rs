//! Under which names and in which databases keys are written: the same arguments for every verb that changes them.

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::str::FromStr;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser, ValueParserFactory};

use crate::convert::{Route, Split};
use crate::shell;

/// Changes of names and databases.
#[derive(Debug, Args)]
pub(crate) struct RouteArgs {
    /// Names that begin with A begin with B instead; may be repeated, the first that fits counts
    #[arg(long, value_name = "A=B")]
    rename_prefix: Vec<Rename>,

    /// Keys of database M go to database N; may be repeated
    #[arg(long, value_name = "M=N")]
    map_db: Vec<MapDb>,
}

impl RouteArgs {
    /// Whether nothing is changed; otherwise keys can meet that did not before.
    pub(crate) fn is_empty(&self) -> bool {
        self.rename_prefix.is_empty() && self.map_db.is_empty()
    }

    /// Where keys go, divided among outputs in this way.
    pub(crate) fn route(&self, split: Split) -> Route {
        Route {
            renames: self.rename_prefix.iter().cloned().map(|it| (it.from, it.to)).collect(),
            dbs: self.map_db.iter().map(|it| (it.0, it.1)).collect(),
            split,
        }
    }

    /// The same arguments, as they are typed into a shell.
    pub(crate) fn words(&self) -> impl Iterator<Item = String> {
        let renames =
            self.rename_prefix.iter().map(|it| format!("--rename-prefix {}", it.quoted()));
        renames.chain(self.map_db.iter().map(|it| format!("--map-db {it}")))
    }
}

/// `A=B`: names that begin with A begin with B instead.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rename {
    from: Vec<u8>,
    to: Vec<u8>,
}

impl Rename {
    fn parse(text: &OsString) -> Result<Self, String> {
        let bytes = text.as_bytes();
        let at = bytes.iter().position(|&byte| byte == b'=');
        let at = at.ok_or("write it like old:=new:, with what names begin with on both sides")?;
        Ok(Self { from: bytes[..at].to_vec(), to: bytes[at + 1..].to_vec() })
    }

    /// As it is typed into a shell.
    fn quoted(&self) -> String {
        let text = [&self.from[..], b"=", &self.to].concat();
        shell::quoted_word(&OsString::from_vec(text))
    }
}

/// Names are bytes, so this is no text.
impl ValueParserFactory for Rename {
    type Parser = clap::builder::ValueParser;

    fn value_parser() -> Self::Parser {
        OsStringValueParser::new().try_map(|text| Self::parse(&text)).into()
    }
}

/// `M=N`: keys of database M go to database N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MapDb(u64, u64);

impl FromStr for MapDb {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split_once('=');
        let numbers = numbers.and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        numbers.map(|(from, to)| Self(from, to)).ok_or("write it like 3=0, with two numbers")
    }
}

impl fmt::Display for MapDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_understood() {
        assert_eq!("3=0".parse(), Ok(MapDb(3, 0)));
        assert!("3".parse::<MapDb>().is_err());
        let rename = Rename::parse(&OsString::from("a=b=c"));
        assert_eq!(rename, Ok(Rename { from: b"a".into(), to: b"b=c".into() }));
    }
}
