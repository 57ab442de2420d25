//! Whole files: made here, damaged here, published by others, and written by real servers.

mod build;
mod commands;
mod corpus;
mod damage;
mod encodings;
mod published;
mod servers;
mod values;
mod windows;

use crate::{Summary, walk};

/// The walk over bytes in memory.
fn summary(bytes: &[u8]) -> Summary {
    let mut source = bytes;
    match walk(&mut source, 0, &mut |_| true) {
        Ok(summary) => summary,
        Err(never) => match never {},
    }
}
