//! Keys as commands that may be sent twice: plain strings many at a time, everything else as a server dumps it.

use aof_rdb::{Expiries, Item, Key, LeftOut, Room, Target, ValueFault, ValueType, Writer};
use aof_replay::Sets;
use aof_resp::request;

/// So many bytes of strings go into one command, unless one is longer.
const BYTES: usize = 64 << 10;

/// Writes keys for one server. A `SELECT` stands before them where the database changes.
pub(super) struct Restores {
    writer: Writer,
    expiries: Expiries,
    room: Room,
    db: Option<u64>,
    /// Strings that go into the next command.
    strings: Sets,
}

impl Restores {
    pub(super) fn new(target: Target, expiries: Expiries) -> Self {
        let writer = Writer::new(target).with_expiries(expiries);
        Self { writer, expiries, room: Room::default(), db: None, strings: Sets::default() }
    }

    /// Appends a key. Returns what of it the target cannot hold.
    pub(super) fn key(&mut self, key: &Key<'_>, out: &mut Vec<u8>) -> Result<LeftOut, ValueFault> {
        if self.db != Some(key.db) {
            self.strings.flush(out);
            request(&["SELECT", itoa::Buffer::new().format(key.db)], out);
            self.db = Some(key.db);
        }
        let is_plain = key.idle.is_none() && key.frequency.is_none();
        if !is_plain || key.value.value_type() != Some(ValueType::String) {
            return self.writer.restore(key, true, out);
        }
        match key.expiry {
            None => self.string(key)?,
            // Servers before 6.2 do not know PXAT.
            Some(millis) if self.writer.target().has_functions() => {
                self.expiring(key, millis, out)?;
            }
            Some(_) => return self.writer.restore(key, true, out),
        }
        if self.strings.is_full() || self.strings.bytes() >= BYTES {
            self.strings.flush(out);
        }
        Ok(LeftOut::default())
    }

    /// A server is quicker with this than with RESTORE.
    fn expiring(
        &mut self,
        key: &Key<'_>,
        millis: i64,
        out: &mut Vec<u8>,
    ) -> Result<(), ValueFault> {
        let millis = self.expiries.shifted(millis).max(1);
        key.value.items(&mut self.room, &mut |item| {
            if let Item::String(text) = item {
                let (mut value, mut time) = (itoa::Buffer::new(), itoa::Buffer::new());
                let (value, time) = (text.text(&mut value), time.format(millis).as_bytes());
                request(&[&b"SET"[..], &key.name, value, b"PXAT", time], out);
            }
        })
    }

    fn string(&mut self, key: &Key<'_>) -> Result<(), ValueFault> {
        let Self { room, strings, .. } = self;
        key.value.items(room, &mut |item| {
            if let Item::String(text) = item {
                strings.push(&key.name, text.text(&mut itoa::Buffer::new()));
            }
        })
    }

    /// Appends a library of functions; whether the target has such.
    pub(super) fn function(&mut self, source: &[u8], out: &mut Vec<u8>) -> bool {
        let is_held = self.writer.target().has_functions();
        if is_held {
            request(&[&b"FUNCTION"[..], b"LOAD", b"REPLACE", source], out);
        }
        is_held
    }

    /// Everything, with the strings that were left.
    pub(super) fn finish(mut self, mut out: Vec<u8>) -> Vec<u8> {
        self.strings.flush(&mut out);
        out
    }
}
