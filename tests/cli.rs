//! The program as its users meet it: one process for each story.

#![expect(clippy::unwrap_used, reason = "a story that cannot be set up has failed")]

mod cli {
    mod check;
    mod compat;
    mod convert;
    mod deep;
    mod diff;
    mod explain;
    mod flight;
    mod gate;
    mod input;
    mod json;
    mod kind;
    mod output;
    mod rdb;
    mod repair;
    mod repair_rdb;
    mod repair_sets;
    #[cfg(feature = "live")]
    mod replay;
    mod room;
    mod set;
    mod start;
    mod undo;
}
