//! A server that is up: the target of a replay, or the other side of a comparison.

mod history;
mod mode;
mod plan;
mod send;
mod state;
mod target;

pub(crate) use history::parts;
pub(crate) use mode::Mode;
pub(crate) use plan::{Plan, needed};
pub(crate) use send::{Ended, attempts, halted, insist, no_database, rejection};
pub(crate) use state::StateJob;
pub(crate) use target::Target;
