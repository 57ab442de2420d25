//! Commands on real servers and here: after each of them the data are the same, and both take it or refuse it.

#[path = "servers/beside.rs"]
mod beside;
#[path = "servers/copies.rs"]
mod copies;
#[path = "servers/strings.rs"]
mod strings;
