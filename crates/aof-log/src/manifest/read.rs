//! The reading of a whole manifest, in each dialect.

use std::ops::Range;

use super::fields::{Broken, entry};
use super::lines::{Line, line};
use super::{Dialect, Entry, EntryRole, ManifestFault, ReadManifest};

/// Bytes of a manifest that are read at most. Servers know no such limit; what they write is far below it.
pub const MAX_BYTES: usize = 16 << 20;

/// Lines of a manifest that are read at most.
pub const MAX_LINES: usize = 100_000;

/// What servers say of a line without a line end, whyever they see none.
const TOO_LONG: &str = "The AOF manifest file contains too long line";

/// What servers say of a folder in the place of a part.
const UNREADABLE: &str = "Unrecoverable error reading the append only file";

/// What a manifest says, and what servers refuse in it.
///
/// Servers end at the first fault. Here the lines behind it are read as well: what they name may still lie on
/// the disk. A part that has the name of a folder is told behind everything else, because servers try to
/// open it when they have read all of the manifest.
pub fn read(bytes: &[u8]) -> ReadManifest {
    let mut found = read_as(bytes, Dialect::Redis);
    let is_plain = !bytes.iter().any(|byte| matches!(byte, b'"' | b'\'' | 0xff));
    if is_plain {
        let stopping = found.faults.iter_mut().filter(|fault| !fault.dialects.is_empty());
        stopping.for_each(|fault| fault.dialects = Dialect::ALL.to_vec());
        return found;
    }
    for dialect in [Dialect::Valkey8, Dialect::Valkey9] {
        let other = read_as(bytes, dialect);
        found.faults.extend(other.faults);
        if other.manifest != found.manifest {
            found.readings.push((dialect, other.manifest));
        }
    }
    sort(&mut found.faults);
    found.faults = unite(found.faults);
    found
}

/// What servers of one dialect read.
pub fn read_as(bytes: &[u8], dialect: Dialect) -> ReadManifest {
    let mut reader = Reader::new(dialect);
    reader.read(bytes);
    sort(&mut reader.found.faults);
    reader.found
}

/// Whole lines, if there are any.
fn within_limit(bytes: &[u8]) -> &[u8] {
    let Some((kept, _)) = bytes.split_at_checked(MAX_BYTES) else {
        return bytes;
    };
    match memchr::memrchr(b'\n', kept) {
        Some(last) => &kept[..=last],
        None => kept,
    }
}

fn sort(faults: &mut [ManifestFault]) {
    faults.sort_by_key(|fault| (fault.server_says == UNREADABLE, fault.offset));
}

/// Takes what several dialects find wrong in one line for one fault.
fn unite(sorted: Vec<ManifestFault>) -> Vec<ManifestFault> {
    let mut united: Vec<ManifestFault> = Vec::new();
    for fault in sorted {
        let mut of_the_line =
            united.iter_mut().rev().take_while(|other| other.offset == fault.offset);
        match of_the_line.find(|other| other.server_says == fault.server_says) {
            Some(same) => same.dialects.extend(fault.dialects),
            None => united.push(fault),
        }
    }
    united
}

/// A server on its way through the lines.
struct Reader {
    dialect: Dialect,
    found: ReadManifest,
    /// Lines so far.
    number: usize,
    /// The line of the base.
    base: Option<usize>,
    /// The largest sequence number of an increment so far.
    last_seq: i64,
}

impl Reader {
    fn new(dialect: Dialect) -> Self {
        Self { dialect, found: ReadManifest::default(), number: 0, base: None, last_seq: 0 }
    }

    fn read(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            self.number = 1;
            self.fault(0..0, Broken::new("it is empty", "Found an empty AOF manifest"));
        }
        let kept = within_limit(bytes);
        let mut rest = kept;
        while self.number < MAX_LINES
            && let Ok((behind, found)) = line(rest)
        {
            self.number += 1;
            self.line(found, kept.len() - rest.len()..kept.len() - behind.len());
            rest = behind;
        }
        let read = kept.len() - rest.len();
        if read < bytes.len() {
            self.end_at_limit(read..bytes.len());
        }
    }

    fn line(&mut self, line: Line<'_>, place: Range<usize>) {
        match line {
            Line::Comment => {}
            Line::Whole(text) => match entry(text, self.dialect) {
                Ok(entry) => self.add(entry, place),
                Err(broken) => self.fault(place, broken),
            },
            Line::Endless(text) => {
                self.fault(place.clone(), Broken::new("the last line has no line end", TOO_LONG));
                if let Ok(entry) = entry(text, self.dialect) {
                    self.add(entry, place);
                }
            }
            Line::Nul => self.fault(place, Broken::new("the line holds a zero byte", TOO_LONG)),
            Line::Long => {
                self.fault(place, Broken::new("the line is longer than 1024 bytes", TOO_LONG));
            }
        }
    }

    /// Compares a line that is right by itself with those before it.
    fn add(&mut self, entry: Entry, place: Range<usize>) {
        if entry.role != EntryRole::History && is_a_folder(&entry.file) {
            let broken = Broken::new("the name of the file is that of a folder", UNREADABLE);
            self.fault(place.clone(), broken);
        }
        match (entry.role, self.base) {
            (EntryRole::Base, None) => self.base = Some(self.number),
            (EntryRole::Base, Some(first)) => {
                let rule = format!("it is a second base; the first stands in line {first}");
                self.fault(place, Broken::new(rule, "Found duplicate base file information"));
            }
            (EntryRole::Incr, _) if entry.seq <= self.last_seq => {
                let rule =
                    format!("seq {} of an increment is not above {}", entry.seq, self.last_seq);
                self.fault(place, Broken::new(rule, "Found a non-monotonic sequence number"));
            }
            (EntryRole::Incr, _) => self.last_seq = entry.seq,
            (EntryRole::History, _) => {}
        }
        if !is_a_folder(&entry.file) {
            self.found.manifest.entries.push(Entry { line: self.number, ..entry });
        }
    }

    fn fault(&mut self, place: Range<usize>, broken: Broken) {
        let Broken { rule, server_says } = broken;
        self.found.faults.push(ManifestFault {
            offset: place.start as u64,
            length: place.len() as u64,
            line: self.number,
            rule,
            server_says,
            dialects: vec![self.dialect],
        });
    }

    fn end_at_limit(&mut self, place: Range<usize>) {
        let rule = format!("no more than {MAX_BYTES} bytes and {MAX_LINES} lines are read");
        self.number += 1;
        self.fault(place, Broken::new(rule, ""));
        self.found.faults.iter_mut().rev().take(1).for_each(|fault| fault.dialects.clear());
    }
}

/// The folder of the set itself, or the one that it lies in.
fn is_a_folder(name: &[u8]) -> bool {
    matches!(name, b"" | b"." | b"..")
}
