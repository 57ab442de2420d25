//! The records of such logs.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use aof_resp::request;
use aof_testkit::{Rng, splitmix};

use super::super::logs::SEED;

/// Records of most logs, and keys that they are about.
const RECORDS: u64 = 1_000_000;
const KEYS: u64 = 200_000;

/// The buffer is written out when it holds this many bytes.
const FULL: usize = 1 << 20;

/// What somebody may do to be slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing.
    Ordinary,
    Colliding,
    Tied,
    Switching,
    TinyKeys,
    /// Nothing, with as large values as in the list.
    OrdinaryLarge,
    OneList,
}

/// Records on their way to a file.
struct Out {
    file: File,
    buffer: Vec<u8>,
    rng: Rng,
    records: u64,
    bytes: u64,
}

impl Out {
    fn new(path: &Path) -> io::Result<Self> {
        let (file, rng) = (File::create(path)?, Rng::new(SEED));
        Ok(Self { file, buffer: Vec::new(), rng, records: 0, bytes: 0 })
    }

    fn record(&mut self, args: &[&[u8]]) -> io::Result<()> {
        self.records += 1;
        request(args, &mut self.buffer);
        if self.buffer.len() >= FULL { self.flush() } else { Ok(()) }
    }

    fn set(&mut self, key: &[u8], length: usize) -> io::Result<()> {
        let mut value = Vec::new();
        self.rng.text(&mut value, length);
        self.record(&[b"SET", key, &value])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.bytes += self.buffer.len() as u64;
        self.file.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// How many records were written, which are on the disk now.
    fn finish(mut self) -> io::Result<u64> {
        self.flush()?;
        self.file.sync_all()?;
        Ok(self.records)
    }
}

impl Shape {
    pub(super) const ALL: [Self; 7] = [
        Self::Ordinary,
        Self::Colliding,
        Self::Tied,
        Self::Switching,
        Self::TinyKeys,
        Self::OrdinaryLarge,
        Self::OneList,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Colliding => "colliding",
            Self::Tied => "tied",
            Self::Switching => "switching",
            Self::TinyKeys => "ten million tiny keys",
            Self::OrdinaryLarge => "ordinary, 1 KiB",
            Self::OneList => "one list of 1 GiB",
        }
    }

    /// Whether those behind it are divided by this one.
    pub(super) const fn is_ordinary(self) -> bool {
        matches!(self, Self::Ordinary | Self::OrdinaryLarge)
    }

    /// Writes such a log, and returns how many records it has.
    pub(super) fn write(self, path: &Path) -> io::Result<u64> {
        let mut out = Out::new(path)?;
        let records = match self {
            Self::TinyKeys => 10 * RECORDS,
            // Every other one selects a database.
            Self::Switching => 2 * RECORDS,
            _ => RECORDS,
        };
        while out.records < records {
            self.step(&mut out)?;
        }
        out.finish()
    }

    fn step(self, out: &mut Out) -> io::Result<()> {
        let number = out.rng.below(KEYS);
        match self {
            Self::Ordinary => out.set(format!("key:{number:012}").as_bytes(), 64),
            Self::Colliding => out.set(&colliding(number), 64),
            Self::Tied => {
                let [one, other] = [number, (number + 1) % KEYS].map(|it| format!("key:{it:012}"));
                out.set(one.as_bytes(), 64)?;
                out.record(&[b"RENAME", one.as_bytes(), other.as_bytes()])
            }
            Self::Switching => {
                out.record(&[b"SELECT", (out.records / 2 % 16).to_string().as_bytes()])?;
                out.set(format!("key:{number:012}").as_bytes(), 64)
            }
            Self::OrdinaryLarge => {
                let key = format!("key:{:012}", out.records);
                out.set(key.as_bytes(), 1024)
            }
            Self::OneList => {
                let mut value = Vec::new();
                out.rng.text(&mut value, 1024);
                out.record(&[b"RPUSH", b"list", &value])
            }
            Self::TinyKeys => {
                let key = format!("{:x}", splitmix(out.records));
                out.record(&[b"SET", key.as_bytes(), b"1"])
            }
        }
    }
}

/// Factors of the hash of `aof-keyspace`, which whoever attacks it knows.
const FACTORS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93];

const fn fold(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    product as u64 ^ (product >> 64) as u64
}

/// A key of sixteen bytes; all of them have the same hash, since the second half takes back what the first one does.
fn colliding(number: u64) -> [u8; 16] {
    let state = fold(FACTORS[1], 16 ^ FACTORS[0]);
    let half = fold(state ^ number, FACTORS[0]);
    let mut key = [0; 16];
    key[..8].copy_from_slice(&number.to_le_bytes());
    key[8..].copy_from_slice(&(half ^ SEED).to_le_bytes());
    key
}

/// Values of 1 KiB for four million keys, up to a size.
pub(super) fn large(path: &Path, size: u64) -> io::Result<u64> {
    const LIVE: u64 = 4_000_000;
    let mut out = Out::new(path)?;
    while out.bytes < size {
        let number = out.rng.below(LIVE);
        out.set(format!("key:{number:08}").as_bytes(), 1024)?;
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aof_keyspace::Links;

    use super::*;

    #[test]
    fn keys_that_are_to_collide_do_and_are_not_the_same() {
        let keys: BTreeSet<[u8; 16]> = (0..1000).map(colliding).collect();
        let spots: BTreeSet<u64> = keys.iter().map(|key| Links::default().spot(key).hash).collect();
        assert_eq!((keys.len(), spots.len()), (1000, 1));
    }
}
