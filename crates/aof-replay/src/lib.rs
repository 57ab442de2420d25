//! From what is kept of a log to the data that a server would have: its records are executed in memory.
//!
//! ```
//! use aof_log::selection::Kept;
//! use aof_replay::Replay;
//!
//! let log = b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n";
//! let mut replay = Replay::default();
//! replay.records(0, &mut &log[..], &Kept::whole(0, log.len() as u64), &())?;
//! let (keyspace, report) = replay.finish();
//! assert_eq!((keyspace.len(), report.changed), (1, 2));
//! # Ok::<(), aof_replay::ReplayError>(())
//! ```

mod base;
mod doubt;
mod effect;
mod effects;
mod frames;
#[cfg(feature = "live")]
pub mod live;
mod replay;
mod report;
mod sets;
mod waves;

pub use base::Base;
pub use doubt::{Doubt, Doubtful, Doubts};
pub use effects::{Effects, Rate, Rise};
pub use frames::ReplayError;
pub use replay::{Replay, connect};
pub use report::{Failure, Refused, Report};
pub use sets::Sets;
pub use waves::Spent;
