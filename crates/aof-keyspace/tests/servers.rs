//! Commands on real servers and here: after each of them the data are the same, and both take it or refuse it.

#![expect(clippy::unwrap_used, reason = "a server that cannot be set up has failed")]

#[path = "servers/beside.rs"]
mod beside;
#[path = "servers/bits.rs"]
mod bits;
#[path = "servers/chance.rs"]
mod chance;
#[path = "servers/copies.rs"]
mod copies;
#[path = "servers/floats.rs"]
mod floats;
#[path = "servers/geo.rs"]
mod geo;
#[path = "servers/hashes.rs"]
mod hashes;
#[path = "servers/hll.rs"]
mod hll;
#[path = "servers/lists.rs"]
mod lists;
#[path = "servers/sets.rs"]
mod sets;
#[path = "servers/sort.rs"]
mod sort;
#[path = "servers/stream_groups.rs"]
mod stream_groups;
#[path = "servers/stream_info.rs"]
mod stream_info;
#[path = "servers/streams.rs"]
mod streams;
#[path = "servers/strings.rs"]
mod strings;
#[path = "servers/zsets.rs"]
mod zsets;
