//! Buffers that a feed is done with, for the feeds of the next part: a set has many parts, and fresh memory costs a
//! fault for every page of it.

use std::sync::{Mutex, PoisonError};

use super::WINDOW;

/// So many buffers are kept at most: some for each thread of a large machine.
const MOST: usize = 64;

/// Buffers of [`WINDOW`] bytes.
static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A buffer of `size` bytes, if one is at hand. What is in it is old.
pub(super) fn take(size: usize) -> Option<Vec<u8>> {
    if size != WINDOW {
        return None;
    }
    SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

/// Keeps a buffer, unless it is of another size or there are enough.
pub(super) fn give_back(buffer: Vec<u8>) {
    if buffer.len() != WINDOW {
        return;
    }
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    if spare.len() < MOST {
        spare.push(buffer);
    }
}
