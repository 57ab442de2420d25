//! The program as its users meet it: one process for each story.

#![expect(clippy::unwrap_used, reason = "a story that cannot be set up has failed")]

mod cli {
    mod check;
    mod explain;
    mod flight;
    mod input;
    mod json;
    mod kind;
    mod output;
    mod room;
}
