//! What a value is made of, whatever its encoding.

use std::borrow::Cow;
use std::fmt;

use crate::text::Str;

/// One piece of a value, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Item<'a> {
    /// All of a string.
    String(Str<'a>),
    /// The next element of a list, from its head.
    Element(Str<'a>),
    /// A member of a set.
    Member(Str<'a>),
    /// A member of a sorted set, and its score.
    Scored(Str<'a>, f64),
    /// A field of a hash, its value, and when it expires, in milliseconds since the Unix epoch.
    Field(Str<'a>, Str<'a>, Option<i64>),
    /// An entry of a stream that was not deleted, with its fields and values.
    Entry(StreamId, &'a [(Str<'a>, Str<'a>)]),
    /// What a stream says of itself, behind its entries.
    Stream(StreamInfo),
    /// A group that reads the stream.
    Group(&'a Group<'a>),
    /// A producer of a stream, and the named messages that it added.
    Producer(&'a Producer<'a>),
    /// How long and how many names of messages a stream keeps, so that none is added twice.
    Naming(Naming),
    /// What a module wrote.
    Module(Module<'a>),
}

/// The id of an entry of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// Milliseconds since the Unix epoch, mostly.
    pub millis: u64,
    /// Tells entries of one millisecond apart.
    pub seq: u64,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.seq)
    }
}

/// What a stream says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamInfo {
    /// How many entries it has.
    pub length: u64,
    /// The id that was given last.
    pub last: StreamId,
    /// What is known from RDB 10 on.
    pub history: Option<History>,
}

/// What a stream remembers of entries that it no longer has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    /// The id of the first entry that it has.
    pub first: StreamId,
    /// The largest id that was deleted.
    pub max_deleted: StreamId,
    /// How many entries were ever added.
    pub added: u64,
}

/// A group of consumers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group<'a> {
    /// Its name.
    pub name: Cow<'a, [u8]>,
    /// The id that was delivered last.
    pub last: StreamId,
    /// How many entries it has read, from RDB 10 on and if the server knew it.
    pub read: Option<u64>,
    /// Entries that were delivered and not acknowledged, in the order of their ids.
    pub pending: Vec<Pending>,
    /// Those who read.
    pub consumers: Vec<Consumer<'a>>,
}

/// An entry that was delivered and not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Its id.
    pub id: StreamId,
    /// When it was delivered last, in milliseconds since the Unix epoch.
    pub delivered: i64,
    /// How often it was delivered.
    pub count: u64,
    /// Whose it is: a place in the list of consumers. A sound group has one for each entry.
    pub owner: Option<u32>,
}

/// One who reads for a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer<'a> {
    /// The name.
    pub name: Cow<'a, [u8]>,
    /// When it asked last, in milliseconds since the Unix epoch.
    pub seen: i64,
    /// When it got something last, from RDB 11 on, if it ever did.
    pub active: Option<i64>,
}

/// How names of messages are kept (RDB 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Naming {
    /// How long a name is kept, in seconds.
    pub duration: u64,
    /// How many names of a producer are kept.
    pub most: u64,
    /// How many named messages were added.
    pub added: u64,
    /// How many were sent again and not added.
    pub repeated: u64,
}

/// One who adds named messages to a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Producer<'a> {
    /// The name.
    pub name: Cow<'a, [u8]>,
    /// The names of messages that are kept, and the entries that they became.
    pub messages: Vec<(Cow<'a, [u8]>, StreamId)>,
}

/// What a module wrote for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Module<'a> {
    /// The id of the module's type: nine letters and the version of the encoding.
    pub id: u64,
    /// Opcodes and their values as they stand in the file, up to and with opcode 0.
    pub bytes: &'a [u8],
}

impl Module<'_> {
    /// The nine letters that the type is registered under.
    #[must_use]
    pub fn name(&self) -> String {
        crate::tally::module_name(self.id)
    }

    /// The version of what the module wrote.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.id & 0x3ff
    }
}

/// The type of a value, as `TYPE` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// `string`.
    String,
    /// `list`.
    List,
    /// `set`.
    Set,
    /// `zset`.
    SortedSet,
    /// `hash`.
    Hash,
    /// `stream`.
    Stream,
    /// A type of a module.
    Module,
}

impl ValueType {
    /// The word that servers use for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "zset",
            Self::Hash => "hash",
            Self::Stream => "stream",
            Self::Module => "module",
        }
    }
}
