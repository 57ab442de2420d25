//! Repairs append-only logs and sets of them: from what a check found to a plan, from a plan to files, and back.
//!
//! The promise: nothing is ever made worse. Four nouns:
//!
//! * A **plan** says what would be written, cut, put in place and left out, and what that costs. Making one changes
//!   nothing. It is plain data: it can be saved, read, and applied later, if the files are still what they were.
//! * The **room** is the folder `.aof-doctor` beside the files, with a folder for each repair: its journal, the
//!   originals of what was replaced, and the quarantine.
//! * The **journal** says how far a repair came. A repair that was interrupted is finished or taken back by the next
//!   one; until it reached its one moment of commitment, nothing is different.
//! * The **quarantine** holds every byte that was not carried over.
//!
//! What may change an existing file: the cut of a tail, which is saved first; everything else is written under a name
//! that nothing has, and takes effect with one rename: of the manifest, or of the single log.
//!
//! This crate reads no clock and asks no terminal: whoever calls it says what the repair is called, and has asked
//! whether a server holds the files.

mod after;
mod apply;
mod build;
mod copy;
mod disk;
mod error;
mod journal;
mod name;
mod plan;
mod quarantine;
mod resume;
mod room;
mod seen;
mod steps;
mod undo;
mod write;

pub use after::afterwards;
pub use apply::{Applied, Options, apply};
pub use build::{Goal, Planned, Request, StandIn, View, plan, stand_in};
pub use copy::write_copy;
pub use error::RepairError;
pub use journal::{Journal, State};
pub use name::Name;
pub use plan::{Action, Lost, Out, Piece, Plan, Unresolved};
pub use resume::{Resumed, resume};
pub use room::{Repair, last, pending};
pub use seen::{Seen, Span, ends_as_before};
pub use undo::{undo, undo_copy};
