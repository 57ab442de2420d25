//! Plain strings, many of which are set by one command.

use aof_resp::{request_arg, request_head};

/// So many keys are set by one command.
const MOST: usize = 64;

/// Keys and values that wait to be set together.
#[derive(Debug, Default)]
pub struct Sets {
    /// Both, one behind the other, as arguments.
    pairs: Vec<u8>,
    count: usize,
}

impl Sets {
    /// Adds a key and its value.
    pub fn push(&mut self, key: &[u8], value: &[u8]) {
        request_arg(key, &mut self.pairs);
        request_arg(value, &mut self.pairs);
        self.count += 1;
    }

    /// Adds a key and its value that are arguments already.
    #[cfg(feature = "live")]
    pub(crate) fn push_rendered(&mut self, pair: &[u8]) {
        self.pairs.extend_from_slice(pair);
        self.count += 1;
    }

    /// How many keys wait.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether none does.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether they are as many as one command sets.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.count >= MOST
    }

    /// How many bytes they have.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.pairs.len()
    }

    /// Appends the command that sets them, if there are some, and is empty then.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        if self.count > 0 {
            request_head(1 + 2 * self.count, out);
            request_arg(b"MSET", out);
            out.append(&mut self.pairs);
            self.count = 0;
        }
    }
}
