//! Which keys are meant: the same arguments for every verb that chooses among keys.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use aof_rdb::ValueType;
use clap::{Args, ValueEnum};
use regex::bytes::Regex;

use crate::convert::{Filter, Glob};
use crate::shell;

/// Of each kind, one that holds is enough, and every kind that is there must hold.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Only keys whose name matches, as in KEYS: * ? [a-z] [^a] \x; may be repeated
    #[arg(long = "key", value_name = "GLOB")]
    globs: Vec<OsString>,

    /// Only keys whose name has a match of this regular expression; may be repeated
    #[arg(long = "key-regex", value_name = "REGEX")]
    regexes: Vec<Regex>,

    /// Only keys of this database; may be repeated
    #[arg(long = "db", value_name = "N")]
    dbs: Vec<u64>,

    /// Only keys of this type; may be repeated
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    types: Vec<Type>,
}

/// A type, as `TYPE` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Type {
    String,
    List,
    Set,
    Zset,
    Hash,
    Stream,
    Module,
}

impl From<Type> for ValueType {
    fn from(kind: Type) -> Self {
        match kind {
            Type::String => Self::String,
            Type::List => Self::List,
            Type::Set => Self::Set,
            Type::Zset => Self::SortedSet,
            Type::Hash => Self::Hash,
            Type::Stream => Self::Stream,
            Type::Module => Self::Module,
        }
    }
}

impl KeyArgs {
    /// The filter that was asked for.
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            globs: self.globs.iter().map(|glob| Glob::new(glob.as_bytes())).collect(),
            regexes: self.regexes.clone(),
            dbs: self.dbs.clone(),
            types: self.types.iter().map(|&kind| kind.into()).collect(),
        }
    }

    /// The same arguments, as they are typed into a shell.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut add = |option: &str, value: String| words.push(format!("{option} {value}"));
        for glob in &self.globs {
            add("--key", shell::quoted_word(glob));
        }
        for regex in &self.regexes {
            add("--key-regex", shell::quoted_word(regex.as_str().as_ref()));
        }
        for db in &self.dbs {
            add("--db", db.to_string());
        }
        for kind in self.types.iter().filter_map(Type::to_possible_value) {
            add("--type", kind.get_name().to_owned());
        }
        words
    }
}
