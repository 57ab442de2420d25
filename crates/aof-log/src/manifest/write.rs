//! Manifests as servers write them.

use std::io::Write as _;

use super::{Entry, EntryRole, Manifest};

/// The longest line that servers read, in bytes, its line end included.
const MAX_LINE: usize = 1024;

/// Writes a manifest, its lines in the order of the entries; servers write the base, what is history, and then the
/// increments.
///
/// Every name that a file can have is read again as it was. In two cases this takes more than servers do: they
/// do not quote names with a single quote, which they then cannot read, and they may write lines that are too
/// long for them when many bytes of a name need escapes.
pub fn write(manifest: &Manifest) -> Vec<u8> {
    manifest.entries.iter().flat_map(line).collect()
}

fn line(entry: &Entry) -> Vec<u8> {
    let file = match needs_quotes(&entry.file) {
        true => quoted(&entry.file, |byte| byte == b' ' || byte.is_ascii_graphic()),
        false => entry.file.clone(),
    };
    let usual = line_with(&file, entry);
    if usual.len() <= MAX_LINE {
        return usual;
    }
    line_with(&quoted(&entry.file, |byte| !matches!(byte, 0 | b'\n' | 0xff)), entry)
}

fn line_with(file: &[u8], entry: &Entry) -> Vec<u8> {
    let role = match entry.role {
        EntryRole::Base => "b",
        EntryRole::History => "h",
        EntryRole::Incr => "i",
    };
    let mut line = [b"file ", file].concat();
    let mut say = |key: &str, value: &dyn std::fmt::Display| {
        let _ = write!(line, " {key} {value}");
    };
    say("seq", &entry.seq);
    say("type", &role);
    for (key, offset) in [("startoffset", entry.start_offset), ("endoffset", entry.end_offset)] {
        if let Some(offset) = offset.filter(|offset| *offset != -1) {
            say(key, &offset);
        }
    }
    line.push(b'\n');
    line
}

/// The rule of servers, and single quotes.
fn needs_quotes(name: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\\\"'".contains(byte);
    name.is_empty() || !name.iter().all(is_plain)
}

/// Between double quotes, with an escape for all that is not to be shown.
fn quoted(name: &[u8], is_shown: fn(u8) -> bool) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in name {
        match byte {
            b'\\' | b'"' => quoted.extend([b'\\', *byte]),
            byte if is_shown(*byte) => quoted.push(*byte),
            b'\n' => quoted.extend(b"\\n"),
            b'\r' => quoted.extend(b"\\r"),
            b'\t' => quoted.extend(b"\\t"),
            0x07 => quoted.extend(b"\\a"),
            0x08 => quoted.extend(b"\\b"),
            byte => quoted.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    quoted.push(b'"');
    quoted
}
