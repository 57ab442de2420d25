//! What a walk over an RDB file comes to.

use std::collections::BTreeMap;

use crate::fault::ValueFault;

/// Bytes that can be read in windows, forwards.
pub trait Source {
    /// Why bytes cannot be read.
    type Error;

    /// The bytes from `at` on: at least `want` of them, fewer only where the file ends before; more where they
    /// are at hand. Empty if and only if `at` is at or behind the end.
    ///
    /// # Errors
    /// The storage failed.
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], Self::Error>;
}

/// Whose type and opcode numbers a file uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Magic `REDIS`.
    Redis,
    /// Magic `VALKEY`, or `REDIS` with a version that only Valkey writes.
    Valkey,
}

/// The first nine bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Whose numbers the file uses.
    pub dialect: Dialect,
    /// The version of the format.
    pub version: u16,
}

/// What the checksum says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Checksum {
    /// It is right.
    Valid,
    /// The writer computed none: eight NUL bytes.
    Disabled,
    /// It is not the one of the bytes.
    Wrong {
        /// As it stands in the file.
        stored: u64,
        /// Of the bytes.
        computed: u64,
    },
    /// Versions before 5 have none.
    None,
    /// The walk did not come so far.
    #[default]
    Unread,
}

impl Checksum {
    /// What a checksum that stands somewhere says of bytes whose checksum is `computed`.
    pub(crate) fn of(stored: u64, computed: u64) -> Self {
        match stored {
            0 => Self::Disabled,
            stored if stored == computed => Self::Valid,
            stored => Self::Wrong { stored, computed },
        }
    }
}

/// What the file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aux {
    /// `redis-ver` or `valkey-ver`: who wrote it.
    pub server: Option<String>,
    /// `ctime`: when it was begun, in seconds since the Unix epoch.
    pub created: Option<u64>,
    /// `used-mem`, in bytes.
    pub used_memory: Option<u64>,
    /// `aof-base` or `aof-preamble`: whether it was written for an append-only log.
    pub is_base: Option<bool>,
    /// `repl-id`.
    pub replication_id: Option<String>,
    /// `repl-offset`.
    pub replication_offset: Option<u64>,
}

/// One database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Db {
    /// Its number.
    pub number: u64,
    /// Keys that were walked over.
    pub keys: u64,
    /// Those of them with an expiry.
    pub expiring: u64,
    /// How many keys were announced by a resize hint.
    pub announced: Option<u64>,
}

/// What is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Where the record begins that cannot be read.
    pub record: u64,
    /// The byte that is wrong, or where the file ends.
    pub offset: u64,
    /// What is wrong.
    pub kind: DefectKind,
    /// The key of the record, or its beginning, if it could be read.
    pub key: Option<Vec<u8>>,
    /// The database that the record belongs to.
    pub db: u64,
    /// What was being read.
    pub step: Step,
    /// The type of the key, or of its value, that was being read.
    pub code: Option<u8>,
    /// Up to where the file could be read: of what is read at once, a payload for instance, nothing counts unless
    /// all of it is there.
    pub read_to: u64,
}

/// What is read next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Magic and version.
    Header,
    /// A type or an opcode, or what is said of the next key.
    Type,
    /// The expiry of the next key.
    Expiry,
    /// A number behind an opcode: a database, sizes.
    Number,
    /// A field about the file.
    Aux,
    /// What a module says beside its keys.
    ModuleAux,
    /// A library.
    Function,
    /// A key.
    Key,
    /// The value of a key, which was read as a whole.
    Value,
    /// The checksum.
    Checksum,
}

/// Something between the keys that a reader may want to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The byte behind it.
    pub behind: u64,
    /// What it says.
    pub what: Said,
}

/// What a remark says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A field about the file: the beginnings of its name and value, any bytes.
    Aux {
        /// The name.
        name: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// Further keys belong to this database.
    Select(u64),
}

/// Kinds of defects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefectKind {
    /// The file ends inside the record.
    Truncated,
    /// No RDB file: the magic or the version is not one.
    BadHeader,
    /// A version that this program does not know.
    UnknownVersion,
    /// A type that the dialect does not have, or whose layout is not known.
    UnknownType(u8),
    /// A length or an encoding that does not exist.
    BadLength(u8),
}

/// What there is in a file beside the numbers of keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Keys by the number of their type; types that do not occur are left out.
    pub types: BTreeMap<u8, u64>,
    /// The first expiry of a key, in milliseconds since the Unix epoch.
    pub earliest_expiry: Option<i64>,
    /// The last one.
    pub latest_expiry: Option<i64>,
    /// Where the largest record of a key begins, with its attributes, and how many bytes it has. The first
    /// of several.
    pub largest: Option<(u64, u64)>,
}

/// A value that a server cannot take, in a record that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValue {
    /// The database.
    pub db: u64,
    /// The key, or its first 256 bytes; empty if it is what cannot be read.
    pub key: Vec<u8>,
    /// The number of its type.
    pub code: u8,
    /// Where its record begins, with its attributes.
    pub record: u64,
    /// Where its value begins.
    pub value: u64,
    /// The byte behind the record.
    pub end: u64,
    /// What is wrong.
    pub fault: ValueFault,
}

/// A key that needs much memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeKey {
    /// The database.
    pub db: u64,
    /// The key, or its first 256 bytes.
    pub key: Vec<u8>,
    /// The number of its type.
    pub code: u8,
    /// Where its record begins, with its attributes.
    pub record: u64,
    /// How many bytes the record has.
    pub bytes: u64,
    /// Elements, members, fields or entries; `None` if the value was not looked into.
    pub items: Option<u64>,
    /// An estimate of the memory that a server needs for it, in bytes.
    pub memory: u64,
}

/// Two records with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// Where the record begins that a server would have loaded first.
    pub first: u64,
    /// Where the other one begins.
    pub second: u64,
    /// The key; `None` if the records could not be read again, so that only hashes say that they are the same.
    pub key: Option<Vec<u8>>,
}

/// What a deep look at all keys comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// Keys whose values were looked into and are sound.
    pub sound: u64,
    /// Keys whose records are too large to be looked into.
    pub passed: u64,
    /// Values that are bad, in the order of the file; the first 1000 of them.
    pub bad: Vec<BadValue>,
    /// How many there are.
    pub total_bad: u64,
    /// Keys that have expired at the moment that was asked about.
    pub expired: u64,
    /// An estimate of the memory that a server needs for all keys, in bytes.
    pub memory: u64,
    /// The keys that need most of it, the largest first.
    pub largest: Vec<LargeKey>,
    /// Keys that occur twice, in the order of their second records; the first 100 of them.
    pub twins: Vec<Twin>,
    /// How many there are among the keys that were compared.
    pub total_twins: u64,
    /// One of so many keys was compared with the others; 1 for all of them.
    pub compared_one_of: u64,
}

/// What a walk over an RDB file comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The first nine bytes; `None` if they are no header.
    pub header: Option<Header>,
    /// What the file says of itself.
    pub aux: Aux,
    /// What stands between the keys, in the order of the file; the first 4096 such things.
    pub remarks: Vec<Remark>,
    /// The databases, in the order of the file; the first 65,536 of them.
    pub dbs: Vec<Db>,
    /// Keys in all of them.
    pub keys: u64,
    /// Keys with an expiry.
    pub expiring: u64,
    /// Function libraries.
    pub functions: u64,
    /// Modules whose data are in the file: the names of their types, in the order of the file; the first 256.
    pub modules: Vec<String>,
    /// What else there is.
    pub census: Census,
    /// What is in the values, if somebody looked.
    pub values: Option<Values>,
    /// What the checksum says.
    pub checksum: Checksum,
    /// What stopped the walk; `None` if the file is whole, or if the walk was cancelled.
    pub defect: Option<Defect>,
    /// The byte behind the last whole record.
    pub sound: u64,
    /// The byte behind the checksum if the file is whole, or where the walk stopped.
    pub end: u64,
}
