//! What the next start of a server would do to what is on the disk, and the start after that.

use crate::finding::CommandRange;
use crate::inventory::Place;
use crate::server::{Basis, Server};

/// How a server is configured, as far as it changes what a start does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conf {
    /// `appendonly`; `None` where that is not known: then it is `yes` if there is a log.
    pub appendonly: Option<bool>,
    /// `appendfilename`.
    pub append_filename: Option<Vec<u8>>,
    /// `appenddirname`.
    pub append_dirname: Option<Vec<u8>>,
    /// `dbfilename`.
    pub db_filename: Vec<u8>,
    /// `aof-load-truncated`.
    pub load_truncated: bool,
    /// `aof-load-corrupt-tail-max-size` (Redis 8.4), in bytes.
    pub corrupt_tail_max: u64,
    /// `aof-use-rdb-preamble`.
    pub rdb_preamble: bool,
    /// `databases`.
    pub databases: u32,
    /// `rename-command`: the table's name in upper case, and the new name; empty where it is disabled.
    pub renamed: Vec<(String, String)>,
    /// Why a transaction of the log is dropped: the default user may not do everything.
    pub restricted_user: Option<String>,
    /// Whom it replicates, and where that is said: a replica's start replaces the data by those of its primary.
    pub replica_of: Option<String>,
    /// Whether modules are loaded: commands and data of modules are then known.
    pub modules: bool,
    /// `cluster-enabled`: only database 0.
    pub cluster: bool,
    /// `maxmemory` in bytes; 0 is no limit.
    pub maxmemory: u64,
    /// Whether points of time are set at which the server saves an RDB file.
    pub saves: bool,
}

impl Default for Conf {
    fn default() -> Self {
        Self {
            appendonly: None,
            append_filename: None,
            append_dirname: None,
            db_filename: b"dump.rdb".to_vec(),
            load_truncated: true,
            corrupt_tail_max: 0,
            rdb_preamble: true,
            databases: 16,
            renamed: Vec::new(),
            restricted_user: None,
            replica_of: None,
            modules: false,
            cluster: false,
            maxmemory: 0,
            saves: true,
        }
    }
}

/// What one server would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Which one.
    pub server: Server,
    /// How that is known.
    pub basis: Basis,
    /// The first start and the second, with nothing written in between; empty where nothing is known.
    pub starts: Vec<Start>,
    /// Why, in a sentence or two.
    pub why: String,
}

/// How a start ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It loads all that it is meant to load.
    LoadsEverything,
    /// It starts, and cuts the last part on the disk.
    Truncates,
    /// It starts without some of the data that are on the disk, and says nothing.
    LoadsPart,
    /// It starts without data, although there are some on the disk.
    StartsEmpty,
    /// It ends with an error.
    Refuses,
    /// It ends by a signal.
    Crashes,
}

/// One start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// How it ends.
    pub outcome: Outcome,
    /// What makes up the data afterwards, in the order of loading; empty if it does not start.
    pub loads: Vec<Piece>,
    /// What is different on the disk afterwards.
    pub changes: Vec<Change>,
    /// What was on the disk before this start, could be decoded, and is not among the data of the server afterwards.
    /// Nothing if it does not start.
    pub lost: StartLoss,
    /// Why, in one clause.
    pub why: String,
}

/// The beginning of a file of the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Its place in the inventory.
    pub file: usize,
    /// The byte behind the last record that takes effect.
    pub to: u64,
}

/// What a start leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StartLoss {
    /// Bytes of whole records and RDB files.
    pub bytes: u64,
    /// Commands in them.
    pub commands: CommandRange,
    /// Keys of RDB files.
    pub keys: u64,
}

/// What is different on the disk after a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where the file lies.
    pub place: Place,
    /// Its name.
    pub name: Vec<u8>,
    /// What happens to it.
    pub what: Changed,
}

/// What happens to a file at a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It is new.
    Created,
    /// It is cut to so many bytes.
    CutTo(u64),
    /// Its content is replaced.
    Replaced,
    /// It is moved into the folder of the set.
    MovedIntoSet,
    /// It is deleted.
    Deleted,
}
