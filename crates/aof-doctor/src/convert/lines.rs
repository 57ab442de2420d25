//! Records as JSON, one a line. `docs/jsonl.md` is the contract, `docs/schema/jsonl-1.json` its schema.

use aof_rdb::{Expiries, Item, Key, Room, ValueFault, ValueFaultKind, ValueType};

use super::json;

mod stream;

/// Writes records as lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    room: Room,
    expiries: Expiries,
}

impl Lines {
    /// Writes times as `expiries` says.
    pub(super) fn with_expiries(expiries: Expiries) -> Self {
        Self { expiries, ..Self::default() }
    }

    /// Appends the line of a key.
    ///
    /// # Errors
    /// The value cannot be read, or nothing is in it; nothing is appended then.
    pub(super) fn key(&mut self, key: &Key<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        let before = out.len();
        let written = self.open_line(key, out);
        match written {
            Ok(()) => out.extend_from_slice(b"}\n"),
            Err(_) => out.truncate(before),
        }
        written
    }

    /// Appends the line of a library of functions.
    pub(super) fn function(&mut self, source: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"function\":");
        json::bytes(source, out);
        out.extend_from_slice(b"}\n");
    }

    fn open_line(&mut self, key: &Key<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        out.extend_from_slice(b"{\"db\":");
        json::number(key.db, out);
        out.extend_from_slice(b",\"key\":");
        json::bytes(&key.name, out);
        out.extend_from_slice(b",\"type\":\"");
        // Every type that can be read has a name.
        let kind = key.value.value_type().map_or("unknown", ValueType::name);
        out.extend_from_slice(kind.as_bytes());
        out.push(b'"');
        let expiry = key.expiry.map(|millis| self.expiries.shifted(millis));
        for (name, number) in [
            (&b",\"expires\":"[..], expiry),
            (b",\"idle\":", key.idle.and_then(|idle| i64::try_from(idle).ok())),
            (b",\"freq\":", key.frequency.map(i64::from)),
        ] {
            if let Some(value) = number {
                out.extend_from_slice(name);
                json::number(value, out);
            }
        }
        out.extend_from_slice(b",\"value\":");
        self.value(key, out)
    }

    fn value(&mut self, key: &Key<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        match key.value.value_type() {
            Some(ValueType::Stream) => stream::write(&key.value, &mut self.room, out),
            Some(ValueType::String | ValueType::Module) | None => {
                key.value.items(&mut self.room, &mut |item| alone(item, out))
            }
            Some(_) => self.items(key, out),
        }
    }

    /// An array of elements, members or fields.
    fn items(&mut self, key: &Key<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        let expiries = self.expiries;
        let start = out.len();
        key.value.items(&mut self.room, &mut |item| match item {
            Item::Element(text) | Item::Member(text) => {
                out.push(b',');
                json::text(text, out);
            }
            Item::Scored(member, score) => {
                out.extend_from_slice(b",[");
                json::text(member, out);
                out.push(b',');
                json::score(score, out);
                out.push(b']');
            }
            Item::Field(_, _, expiry) if expiries.is_over(expiry) => {}
            Item::Field(field, value, expiry) => {
                out.extend_from_slice(b",[");
                json::text(field, out);
                out.push(b',');
                json::text(value, out);
                if let Some(millis) = expiry {
                    out.push(b',');
                    json::number(expiries.shifted(millis), out);
                }
                out.push(b']');
            }
            _ => {}
        })?;
        if out.len() == start {
            return Err(ValueFault { at: 0, kind: ValueFaultKind::Empty });
        }
        close(start, out);
        Ok(())
    }
}

/// Makes an array of what stands behind `start`, each item with a comma before it.
fn close(start: usize, out: &mut Vec<u8>) {
    match out.get_mut(start) {
        Some(comma) => *comma = b'[',
        None => out.push(b'['),
    }
    out.push(b']');
}

/// A value that is one item.
fn alone(item: Item<'_>, out: &mut Vec<u8>) {
    match item {
        Item::String(text) => json::text(text, out),
        Item::Module(module) => {
            out.extend_from_slice(b"{\"module\":");
            json::bytes(module.name().as_bytes(), out);
            out.extend_from_slice(b",\"version\":");
            json::number(module.version(), out);
            out.extend_from_slice(b",\"base64\":");
            json::base64(module.bytes, out);
            out.push(b'}');
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
