//! Commands on real servers and here: after each of them the data are the same, and both take it or refuse it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "servers/beside.rs"]
mod beside;
#[path = "servers/hashes.rs"]
mod hashes;
#[path = "servers/stream_groups.rs"]
mod stream_groups;
#[path = "servers/stream_info.rs"]
mod stream_info;
#[path = "servers/streams.rs"]
mod streams;
#[path = "servers/strings.rs"]
mod strings;
