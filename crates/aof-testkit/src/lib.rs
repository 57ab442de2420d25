//! What the tests of `aof-doctor` are made of: logs with an account of every byte, named damage and its
//! judge, twins of the parser, feeds of every shape, faulty storage, hostile input, reckless clients and bench
//! workloads.
//!
//! Everything random comes from a seed, and prints it.

mod argv;
mod builder;
pub mod chaos;
pub mod client;
pub mod combinators;
mod damage;
mod faulty;
mod feeds;
pub mod hostile;
mod judge;
mod keys;
mod ledger;
#[cfg(test)]
mod loading;
pub mod naive;
mod random;
mod rdb;
mod rng;
pub mod server;
pub mod set;
mod workload;

pub use argv::Argv;
pub use builder::LogBuilder;
pub use damage::{Damage, MAX_BLOCK};
pub use faulty::{FaultyFeed, FaultyPart};
pub use feeds::{ChunkedFeed, ChunkedPart, Drip, DripPart, Forgetful, RandomFeed, RandomPart};
pub use judge::Touched;
pub use keys::keys_of;
pub use ledger::{Entry, Ledger, Role, What};
pub use random::{RandomLog, SizeProfile};
pub use rdb::RdbBuilder;
pub use rng::{Rng, splitmix};
pub use workload::{Workload, Written};
