//! What the next start of a server would do to what is on the disk, and the start after that.

mod disk;
mod empty;
mod foretell;
mod part;
mod stake;
mod start;
#[cfg(test)]
mod tests;

use crate::finding::CommandRange;
use crate::inventory::Place;
use crate::manifest::Manifest;
use crate::server::{Basis, Product, Server};

pub use empty::findings;
pub use foretell::{forecast, reads_log};

/// What a loader is asked: what this server does with the records of one file. What it does with an RDB file before
/// them is judged here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// Which server loads.
    pub server: Server,
    /// The file's place in the inventory.
    pub file: usize,
    /// Bytes of it that are there, an RDB file before the records included; more than 0. The start before may have
    /// cut the file.
    pub len: u64,
    /// Whether it is the last part of the log.
    pub is_last: bool,
}

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
    /// Of the cluster's nodes from Valkey 9 on: `cluster-databases`.
    pub cluster_databases: u32,
    /// Why the transactions of the log are dropped: the default user may write nothing. [`Conf::loads_as_default_user`]
    /// tells on which servers.
    pub restricted_user: Option<String>,
    /// The same where the default user may do some of it: commands are dropped one by one, the others run.
    pub partly_restricted_user: Option<String>,
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
            cluster_databases: 1,
            renamed: Vec::new(),
            restricted_user: None,
            partly_restricted_user: None,
            replica_of: None,
            modules: false,
            cluster: false,
            maxmemory: 0,
            saves: true,
        }
    }
}

impl Conf {
    /// How many databases this server has.
    pub const fn databases_of(&self, server: Server) -> u32 {
        match server.product {
            _ if !self.cluster => self.databases,
            Product::Valkey if server.major >= 9 => self.cluster_databases,
            _ => 1,
        }
    }

    /// Whether a server runs the commands of a transaction in a log as its default user, and leaves out what that
    /// one may not do; `None` where nobody looked. Later patches of the servers that do may do so no more.
    pub const fn loads_as_default_user(server: Server) -> Option<bool> {
        match (server.product, server.major, server.minor) {
            (Product::Redis, 6, 2) => Some(false),
            (Product::Redis, 7, _) | (Product::Redis, 8, 0..=2) => Some(true),
            (Product::Valkey, 7 | 8, _) => Some(true),
            (Product::Valkey, 9, 1) => Some(false),
            _ => None,
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
    /// The manifest that it leaves, if it writes one.
    pub manifest: Option<Manifest>,
    /// What was found on the disk, could be decoded, and is not among the data of the server afterwards: for the
    /// second start too this counts from before the first. Nothing if it does not start.
    pub lost: StartLoss,
    /// Why, in one clause; empty where there is nothing to say.
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

impl StartLoss {
    /// Whether nothing is left out.
    pub const fn is_nothing(&self) -> bool {
        self.commands.max == 0 && self.keys == 0
    }
}

/// Whether a start leaves out, or overwrites, data that can be decoded.
pub fn loses_data(forecast: &Forecast) -> bool {
    forecast.starts.iter().any(|start| !start.lost.is_nothing())
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
