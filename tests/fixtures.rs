//! The committed logs below `testdata/`: each is judged exactly as its maker says.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read has failed")]

#[path = "fixtures/case.rs"]
mod case;
#[path = "fixtures/corpus.rs"]
mod corpus;
#[path = "fixtures/kills.rs"]
mod kills;
#[path = "fixtures/observe.rs"]
mod observe;
#[path = "fixtures/prefixes.rs"]
mod prefixes;
#[path = "fixtures/program.rs"]
mod program;
#[path = "fixtures/sets.rs"]
mod sets;
#[path = "fixtures/stories.rs"]
mod stories;
