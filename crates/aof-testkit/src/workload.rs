//! The named logs of the benches, written at the speed of memory and equal for equal seeds.

mod frames;
mod kinds;

use std::io::{self, Write};

use crate::rng::Rng;
use frames::Frames;

/// A kind of log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Workload {
    /// `SET` of 64-byte values to a million keys: 101 bytes a record.
    Set64,
    /// `SET` of 1 KiB values to a million keys.
    Set1k,
    /// All types and many sizes in one database: the usual mix.
    Mixed,
    /// `LPUSH` and `RPOP`, in pairs.
    Queue,
    /// Streams with consumer groups, as a server logs them: `XADD`, `XCLAIM`, `XACK`, `XTRIM`.
    Streams,
    /// `MULTI` … `EXEC` around 3 to 10 records.
    Multi,
    /// Values of 1 MiB to 64 MiB, and few keys with many members.
    BigKeys,
    /// Tiny values, and no key twice.
    ManyKeys,
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes.
    pub bytes: u64,
    /// Records, `SELECT`, `MULTI` and `EXEC` included.
    pub commands: u64,
}

impl Workload {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Set64,
        Self::Set1k,
        Self::Mixed,
        Self::Queue,
        Self::Streams,
        Self::Multi,
        Self::BigKeys,
        Self::ManyKeys,
    ];

    /// The name that tables and command lines use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Set64 => "set64",
            Self::Set1k => "set1k",
            Self::Mixed => "mixed",
            Self::Queue => "queue",
            Self::Streams => "streams",
            Self::Multi => "multi",
            Self::BigKeys => "bigkeys",
            Self::ManyKeys => "manykeys",
        }
    }

    /// The workload of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Writes a log of at least `size` bytes that ends behind the first whole step there (a record, a pair, a
    /// group). Equal seeds and sizes give equal bytes. `to` needs no buffer of its own, and is flushed.
    ///
    /// # Errors
    /// What `to` reports.
    pub fn write(self, seed: u64, size: u64, to: &mut dyn Write) -> io::Result<Written> {
        let mut out = Frames::new(to);
        let rng = Rng::new(seed);
        out.command(&[b"SELECT", b"0"]);
        match self {
            Self::Set64 => kinds::sets(&mut out, rng, size, 64),
            Self::Set1k => kinds::sets(&mut out, rng, size, 1024),
            Self::Mixed => kinds::mixed(&mut out, rng, size),
            Self::Queue => kinds::queue(&mut out, rng, size),
            Self::Streams => kinds::streams(&mut out, rng, size),
            Self::Multi => kinds::multi(&mut out, rng, size),
            Self::BigKeys => kinds::big_keys(&mut out, rng, size),
            Self::ManyKeys => kinds::many_keys(&mut out, seed, size),
        }?;
        out.finish()
    }

    /// The log in memory.
    #[must_use]
    pub fn bytes(self, seed: u64, size: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(size + 4096);
        self.write(seed, size as u64, &mut bytes).expect("memory takes all bytes");
        bytes
    }
}

#[cfg(test)]
mod tests;
