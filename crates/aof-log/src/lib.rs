//! What an append-only log says, where, and what is wrong with it.
//!
//! Damage is data: [`diagnose`] reads all of a part and returns what it says together with [`Finding`]s, each
//! with its offset, its length, how sure it is, and what it costs. It never writes and never prints, and it
//! asks neither the clock nor the environment.
//!
//! ```
//! use aof_log::{FindingId, Policy, diagnose};
//!
//! let torn = b"*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*1\r\n$4\r\nEXE";
//! let diagnosis = diagnose(&torn[..], &Policy::default(), &());
//!
//! assert_eq!(diagnosis.commands, 2);
//! assert_eq!(diagnosis.checkpoint, 0, "a transaction is kept whole or not at all");
//! let ids: Vec<FindingId> = diagnosis.findings.iter().map(|finding| finding.id).collect();
//! assert_eq!(ids, [FindingId::AofMultiOpen, FindingId::AofTailTorn]);
//! ```
//!
//! How it works: blocks of the part are turned into marks side by side, and one
//! timeline reads the marks in order.

mod block;
mod chain;
mod content;
mod damage;
pub mod databases;
mod demand;
mod diagnosis;
mod ending;
mod finding;
pub mod forecast;
pub mod inventory;
pub mod loader;
pub mod manifest;
mod mark;
pub mod names;
pub mod outline;
mod remains;
mod scan;
pub mod selection;
pub mod server;
pub mod survey;
mod swallow;
mod timeline;
pub mod transcript;
mod walk;
mod words;

pub use aof_resp::Head;
pub use content::{Content, Format, RdbWindows, Usage, examine, examine_stream};
pub use demand::Demand;
pub use diagnosis::{Diagnosis, Lost, Sound};
pub use finding::{
    CommandRange, Confidence, Finding, FindingId, Key, Keys, Loss, Remedy, Severity,
};
pub use scan::{Policy, Watch, diagnose, diagnose_stream};
