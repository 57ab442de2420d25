//! RESP as it stands in append-only logs and on the wire, borrowed from the bytes it came in.
//!
//! Four nouns carry this crate:
//!
//! - a **frame** is one command as a server writes it, `*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n`;
//! - a **grammar** says how forgiving the reader of frames is ([`Grammar`]);
//! - an **annotation** is a `#` line between two frames ([`Annotation`]);
//! - the **command table** ([`Table`]) knows every command that can stand in a log: how many arguments it
//!   takes, where its keys are, and whether replaying it gives the same result every time.
//!
//! Every parser has nom's shape over `&[u8]`, reports a [`Fault`], and composes with nom's combinators:
//!
//! ```
//! use aof_resp::{frame, Table};
//!
//! let log = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*1\r\n$4\r\nEXEC\r\n";
//! let (rest, set) = frame(log)?;
//! assert_eq!(set.argc(), 3);
//! assert_eq!(set.args().collect::<Vec<_>>(), [&b"SET"[..], b"k", b"v"]);
//!
//! let command = Table::get().find(&set).expect("SET is in the table");
//! assert_eq!(command.name(), "SET");
//! let args: Vec<_> = set.args().collect();
//! assert_eq!(command.key_positions(&args).collect::<Vec<_>>(), [1]);
//!
//! let (rest, _exec) = frame(rest)?;
//! assert!(rest.is_empty());
//! # Ok::<(), nom::Err<aof_resp::Fault>>(())
//! ```
//!
//! Nothing here opens a file, and no length is believed before its bytes are there: what is missing is
//! reported as nom's `Incomplete`, never allocated.

mod annotation;
mod candidate;
mod fault;
mod frame;
mod grammar;
mod keys;
mod length;
mod opening;

mod replay;
mod reply;
mod request;
mod short;
mod table;

pub use annotation::{Annotation, annotation};
pub use candidate::{SHORTEST_FRAME, next_candidate, plausible};
pub use fault::{Fault, FaultKind};
pub use frame::{Args, Frame, Head, frame, frame_with};
pub use grammar::Grammar;
pub use keys::{KeyPositions, KeyRule};
pub use length::{MAX_ARGC, MAX_BULK, argc, bulk_length};
pub use opening::{Opening, frame_like};
pub use replay::Replay;
pub use reply::{Reply, reply};
pub use request::{request, request_arg, request_head};
pub use table::{Class, Command, LogForm, Table};
