//! Whole files, and packed values: made here, damaged here, published by others, and written by real servers.

mod batches;
mod bitflip;
mod blobs;
mod build;
mod commands;
mod corpus;
mod damage;
mod deep;
mod encodings;
mod index;
mod mend;
pub(crate) mod pack;
mod published;
mod salvage;
mod servers;
mod twins;
mod unpack;
mod values;
mod windows;
mod written;

use crate::{Checksum, Record, Summary, read, walk};

/// Shows all records of a file that is whole.
fn each(file: &[u8], see: &mut impl FnMut(&Record<'_>)) {
    let checksum = read(&mut &file[..], 0, &mut |records| {
        records.iter().for_each(&mut *see);
        true
    });
    assert!(!matches!(checksum, Ok(Err(_) | Ok(Checksum::Wrong { .. }))), "{checksum:?}");
}

/// The walk over bytes in memory.
fn summary(bytes: &[u8]) -> Summary {
    let mut source = bytes;
    match walk(&mut source, 0, &mut |_| true) {
        Ok(summary) => summary,
        Err(never) => match never {},
    }
}
