//! What the write commands of Redis and Valkey mean: they are executed on data in memory, as a server does that loads
//! a log. There is no server, no clock and no chance: nothing expires, and the same commands give the same data.
//!
//! ```
//! use aof_keyspace::{Applied, Keyspace, Session};
//!
//! let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
//! let applied = keyspace.apply(&mut session, &[b"MSET", b"tasks", b"one", b"users", b"2"]);
//! assert_eq!(applied, Ok(Applied::Changed));
//! assert!(keyspace.apply(&mut session, &[b"INCR", b"tasks"]).is_err(), "this is no number");
//! assert_eq!(keyspace.len(), 2);
//! ```

mod ahead;
mod arguments;
mod call;
mod commands;
mod db;
pub mod diff;
mod digest;
mod fail;
mod floats;
mod held;
mod item;
mod keyspace;
mod lane;
mod links;
mod rdb;
mod session;
mod shelf;
mod space;
mod stored;
mod stream;
mod table;
mod text;
mod touch;
mod value;

pub use ahead::ahead;
pub use digest::{Digest, Scores};
pub use fail::Fail;
pub use held::{Held, Share};
pub use keyspace::{Applied, Keyspace, Worker};
pub use links::{Edge, LANES, Links, Spot};
pub use session::Session;
pub use space::{Inputs, Space};
pub use stream::{Consumer, Entries, Fields, Group, Pending, Stream};
pub use text::{Name, Text};
pub use value::{Entry, Field, Hash, List, Opaque, Set, SortedSet, Value};
