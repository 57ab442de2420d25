//! A server that is up: the target of a replay, or the other side of a comparison.

mod history;
mod plan;
mod send;
mod state;
mod target;

pub(crate) use history::parts;
pub(crate) use plan::{Mode, Plan};
pub(crate) use send::{Ended, attempts, halted, insist, no_database, rejection};
pub(crate) use state::{Rendered, StateJob};
pub(crate) use target::Target;
