//! Real servers, the only judges of what a log means.
//!
//! `cargo xtask servers` brings five of them. A test that needs one asks with [`skip_unless`], starts it
//! with [`Server::start`] on a unix socket of its own (no port, so tests run side by side), and has its
//! files judged by the server's own tools with [`Checker`]. [`compare_table`] holds the command table
//! against what a server says of its commands, [`compare_logs`] against what it logs.

mod checker;
mod dataset;
mod kind;
mod process;
mod table;
mod trial;

pub use checker::{Checked, Checker};
pub use dataset::fill;
pub use kind::{Product, ServerKind, servers_folder, skip_unless};
pub use process::{Server, StartError};
pub use table::{Row, Since, Spec, commands_of, compare, compare_table, read_table};
pub use trial::compare_logs;

#[cfg(test)]
mod tests;
