//! Commands that go to a server together.

use std::io::IoSlice;

use aof_resp::{frame, request};

use super::marker;
use crate::sets::Sets;

/// Payloads of so many bytes are not copied.
const FAR: usize = 32 << 10;

/// What a plain SET begins with, before its key and value.
pub(super) const SET: &[u8] = b"*3\r\n$3\r\nSET\r\n";

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
    /// SETs that are sent together, and not in it yet.
    sets: Sets,
    /// Where the first of them stands.
    first_set: u64,
    /// Commands of the log that are in it without an origin of their own: a SET in an MSET.
    joined: usize,
    /// The part that these are places of.
    part: usize,
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
    /// Commands of the log that have no origin of their own.
    joined: usize,
    part: usize,
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

    /// Takes what is in it, and leaves one of the same kind without commands.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self::new(self.part, self.is_exact);
        std::mem::replace(self, empty)
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
        self.origins.len() + self.joined + self.sets.len()
    }

    /// How many bytes it has.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
            + self.sets.bytes()
            + self.far.iter().map(|(_, far)| far.len()).sum::<usize>()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.origins.is_empty() && self.sets.is_empty()
    }

    /// What follows goes to this database.
    pub(super) fn select(&mut self, db: u64) {
        if self.db != Some(db) {
            self.close_sets();
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

    /// Adds a plain SET as it stands in the log. It is sent with others, before the end of the batch or what
    /// [`Batch::close_sets`] says: whoever adds something on the same key says so first.
    pub(super) fn push_set(&mut self, at: u64, command: &[u8]) {
        if self.sets.is_empty() {
            self.first_set = at;
        }
        self.sets.push_rendered(&command[SET.len()..]);
        if self.sets.is_full() {
            self.close_sets();
        }
    }

    /// Appends the SETs that wait, as one command.
    pub(super) fn close_sets(&mut self) {
        if self.sets.is_empty() {
            return;
        }
        self.origins.push(self.first_set);
        self.joined += self.sets.len() - 1;
        self.sets.flush(&mut self.bytes);
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
        self.close_sets();
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

    pub(super) fn sent(mut self, number: u64) -> Sent {
        self.close_sets();
        let bytes = self.bytes();
        let rendered = self.is_rendered.then_some(self.bytes);
        let Self { origins, joined, part, is_exact, .. } = self;
        Sent { origins, joined, part, is_exact, number, bytes, rendered }
    }
}

impl Sent {
    /// Where a command is from, if it is not of this program.
    pub(super) fn origin(&self, place: usize) -> Option<Origin> {
        let at = self.origins.get(place).copied().filter(|at| *at != OURS)?;
        Some(match &self.rendered {
            None => Origin::Log { part: self.part, offset: at },
            Some(bytes) => {
                // A transaction begins with a command that has no place.
                let nth = place + usize::from(self.is_exact);
                let (name, key) = words(bytes, nth).unwrap_or_default();
                Origin::Key { name, key }
            }
        })
    }

    /// How many of its commands are of the log.
    pub(super) fn commands(&self) -> u64 {
        (self.origins.iter().filter(|at| **at != OURS).count() + self.joined) as u64
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(batch: &Batch<'_>) -> String {
        let bytes: Vec<u8> = batch.slices().iter().flat_map(|slice| slice.to_vec()).collect();
        let mut rest = &bytes[..];
        let mut lines = Vec::new();
        while let Ok((behind, command)) = frame(rest) {
            rest = behind;
            let args: Vec<_> = command.args().map(String::from_utf8_lossy).collect();
            lines.push(args.join(" "));
        }
        assert!(rest.is_empty());
        lines.join("; ")
    }

    fn set(key: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        request(&["SET", key, "v"], &mut bytes);
        bytes
    }

    #[test]
    fn plain_sets_go_together_and_everything_is_counted() {
        let mut batch = Batch::new(0, false);
        batch.select(3);
        batch.push_set(10, &set("a"));
        batch.push_own(20, b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n");
        batch.push_set(30, &set("b"));
        assert_eq!(batch.len(), 4);
        batch.select(4);
        batch.push_set(40, &set("c"));
        batch.seal("run", 1, 0, 7);
        let sent =
            "SELECT 3; INCR n; MSET a v b v; SELECT 4; MSET c v; SET aof-doctor:replay:0 run 1 7";
        assert_eq!(text(&batch), sent);
        let sent = batch.sent(7);
        assert_eq!(sent.commands(), 4);
        assert_eq!(sent.origin(2), Some(Origin::Log { part: 0, offset: 10 }));
        assert_eq!((sent.origin(0), sent.origin(5)), (None, None));
    }

    #[test]
    fn what_is_far_stands_where_it_was_put() {
        let mut long = Vec::new();
        request(&["APPEND", "k", &"x".repeat(FAR)], &mut long);
        let mut batch = Batch::new(0, true);
        batch.push_own(0, b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n");
        batch.push(5, &long);
        batch.seal("run", 1, 0, 1);
        let text = text(&batch);
        assert!(
            text.starts_with("MULTI; INCR n; APPEND k xxx") && text.ends_with("run 1 1; EXEC"),
            "{}",
            &text[..60]
        );
    }
}
