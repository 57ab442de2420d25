//! An account of a damaged log, kept by whoever damages it: which bytes are whole records, and which are not.

use std::error::Error;

use aof_testkit::naive::{self, End};

/// Offset and length.
pub(super) type Place = (u64, u64);

/// A log that is put together piece by piece, and what a reader has to find in it.
#[derive(Debug, Default, Clone)]
pub(super) struct Account {
    pub(super) bytes: Vec<u8>,
    /// Whole records.
    pub(super) commands: u64,
    pub(super) checkpoint: u64,
    pub(super) end_checkpoint: u64,
    is_open: bool,
    is_damaged: bool,
}

impl Account {
    /// Appends whole records and annotations.
    pub(super) fn good(&mut self, piece: &[u8]) -> Result<Place, Box<dyn Error>> {
        self.rewritten(piece, piece)
    }

    /// Appends the records `meant` in another form, which still tells them all: `written`.
    pub(super) fn rewritten(
        &mut self,
        meant: &[u8],
        written: &[u8],
    ) -> Result<Place, Box<dyn Error>> {
        let parsed = naive::parse(meant);
        if parsed.end != End::Clean {
            return Err(format!("these are no whole records: {:?}", parsed.end).into());
        }
        let mut names: Vec<(usize, &[u8])> = Vec::new();
        names
            .extend(parsed.frames.iter().map(|one| (one.offset + one.len, one.argv[0].as_slice())));
        names.extend(parsed.annotations.iter().map(|one| (one.offset + one.len, &b"#"[..])));
        names.sort_unstable();
        let start = self.bytes.len() as u64;
        for (end, name) in names {
            self.take(name);
            // In another form only the end of the piece is known.
            let known = meant == written;
            if known || end == meant.len() {
                let end = if known { end } else { written.len() };
                self.ends(start + end as u64);
            }
        }
        Ok(self.append(written))
    }

    fn take(&mut self, name: &[u8]) {
        self.commands += u64::from(name != b"#");
        if name.eq_ignore_ascii_case(b"MULTI") {
            self.is_open = true;
        } else if name.eq_ignore_ascii_case(b"EXEC") {
            self.is_open = false;
        }
    }

    fn ends(&mut self, at: u64) {
        if self.is_open {
            return;
        }
        self.end_checkpoint = at;
        if !self.is_damaged {
            self.checkpoint = at;
        }
    }

    /// Appends bytes that yield no command.
    pub(super) fn bad(&mut self, piece: &[u8]) -> Place {
        self.is_damaged = true;
        self.append(piece)
    }

    /// Appends whole records of a transaction that was never committed, and whose `EXEC` never comes.
    pub(super) fn uncommitted(&mut self, piece: &[u8]) -> Place {
        self.is_damaged = true;
        self.commands += naive::parse(piece).frames.len() as u64;
        self.append(piece)
    }

    /// Damage begins here although what follows is well formed.
    pub(super) fn damage(&mut self) -> &mut Self {
        self.is_damaged = true;
        self
    }

    fn append(&mut self, piece: &[u8]) -> Place {
        let place = (self.bytes.len() as u64, piece.len() as u64);
        self.bytes.extend_from_slice(piece);
        place
    }

    /// From `offset` to the end.
    pub(super) fn from(&self, offset: u64) -> Place {
        (offset, self.bytes.len() as u64 - offset)
    }
}
