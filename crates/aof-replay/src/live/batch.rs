//! Commands that go to a server together.

use std::io::IoSlice;

use aof_resp::{frame, request};

use super::marker;

/// Payloads of so many bytes are not copied.
const FAR: usize = 32 << 10;

/// A command that is not of the log.
const OURS: u64 = u64::MAX;

/// Commands that go to a server together, in one connection.
///
/// A *plain* batch may be sent a second time after a part of it was executed: the end is the same. An *exact* one is a
/// transaction with its marker in it, and is executed once or not at all.
#[derive(Debug, Default)]
pub struct Batch<'s> {
    bytes: Vec<u8>,
    /// Bytes that are not copied, and where they go in between.
    far: Vec<(usize, &'s [u8])>,
    /// Where each command stands in the log.
    origins: Vec<u64>,
    /// The part that these are places of.
    pub(super) part: usize,
    is_exact: bool,
    /// Whether its commands were rendered elsewhere, and stand in no log.
    is_rendered: bool,
    db: Option<u64>,
}

/// Where a command is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the log.
    Log {
        /// The part, as it was numbered by whoever replays.
        part: usize,
        /// The byte where it begins.
        offset: u64,
    },
    /// It was made for a key.
    Key {
        /// The command.
        name: Vec<u8>,
        /// Its first argument.
        key: Vec<u8>,
    },
}

/// What is known of a batch once it was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) origins: Vec<u64>,
    pub(super) part: usize,
    pub(super) is_exact: bool,
    pub(super) number: u64,
    pub(super) bytes: usize,
    /// The commands themselves, if they stand in no log.
    rendered: Option<Vec<u8>>,
}

impl<'s> Batch<'s> {
    /// One without commands.
    #[must_use]
    pub fn new(part: usize, is_exact: bool) -> Self {
        let mut batch = Self { part, is_exact, ..Self::default() };
        if is_exact {
            request(&[b"MULTI"], &mut batch.bytes);
        }
        batch
    }

    /// Commands that were rendered elsewhere, `count` of them. Where they stand in a log is not known.
    #[must_use]
    pub fn rendered(bytes: Vec<u8>, count: usize, is_exact: bool) -> Self {
        let mut batch = Self::new(0, is_exact);
        match is_exact {
            true => batch.bytes.extend_from_slice(&bytes),
            false => batch.bytes = bytes,
        }
        batch.origins = (0..count as u64).collect();
        batch.is_rendered = true;
        batch
    }

    /// How many commands are in it, those of its own included.
    pub(super) fn len(&self) -> usize {
        self.origins.len()
    }

    /// How many bytes it has.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len() + self.far.iter().map(|(_, far)| far.len()).sum::<usize>()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// What follows goes to this database.
    pub(super) fn select(&mut self, db: u64) {
        if self.db != Some(db) {
            request(&[b"SELECT", db.to_string().as_bytes()], &mut self.bytes);
            self.origins.push(OURS);
            self.db = Some(db);
        }
    }

    /// Appends a command as it stands in the log.
    pub(super) fn push(&mut self, at: u64, command: &'s [u8]) {
        self.origins.push(at);
        if command.len() < FAR {
            self.bytes.extend_from_slice(command);
        } else {
            self.far.push((self.bytes.len(), command));
        }
    }

    /// Appends a command that is made of one that stands in the log there.
    pub(super) fn push_own(&mut self, at: u64, command: &[u8]) {
        self.origins.push(at);
        self.bytes.extend_from_slice(command);
    }

    /// Appends a command of this program.
    pub(super) fn push_ours(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        self.origins.push(OURS);
        append(&mut self.bytes);
    }

    /// Appends the end, which says that it is done.
    pub(super) fn seal(&mut self, run: &str, all: usize, connection: usize, number: u64) {
        self.push_ours(|out| marker::append(run, all, connection, number, out));
        if self.is_exact {
            request(&[b"EXEC"], &mut self.bytes);
        }
    }

    /// What is sent, in order.
    pub(super) fn slices(&self) -> Vec<IoSlice<'_>> {
        let (mut slices, mut from) = (Vec::new(), 0);
        for (at, far) in &self.far {
            slices.extend([IoSlice::new(&self.bytes[from..*at]), IoSlice::new(far)]);
            from = *at;
        }
        slices.push(IoSlice::new(&self.bytes[from..]));
        slices
    }

    pub(super) fn sent(self, number: u64) -> Sent {
        let bytes = self.bytes();
        let rendered = self.is_rendered.then_some(self.bytes);
        let Self { origins, part, is_exact, .. } = self;
        Sent { origins, part, is_exact, number, bytes, rendered }
    }
}

impl Sent {
    /// Where a command is from, if it is not of this program.
    pub(super) fn origin(&self, place: usize) -> Option<Origin> {
        let at = self.origins.get(place).copied().filter(|at| *at != OURS)?;
        Some(match &self.rendered {
            None => Origin::Log { part: self.part, offset: at },
            Some(bytes) => {
                // Commands that are rendered together are followed by one that says that they are done.
                let nth = place + usize::from(self.is_exact);
                let (name, key) = words(bytes, nth).unwrap_or_default();
                Origin::Key { name, key }
            }
        })
    }

    /// How many of its commands are of the log.
    pub(super) fn commands(&self) -> u64 {
        self.origins.iter().filter(|at| **at != OURS).count() as u64
    }
}

/// The first two words of a command among others.
fn words(mut bytes: &[u8], nth: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    for _ in 0..nth {
        bytes = frame(bytes).ok()?.0;
    }
    let (_, command) = frame(bytes).ok()?;
    let mut args = command.args().map(<[u8]>::to_vec);
    Some((args.next()?, args.next().unwrap_or_default()))
}
