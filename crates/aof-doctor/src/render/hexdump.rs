//! The bytes around findings.

use aof_log::Finding;
use aof_log::survey::Placed;
use aof_source::{Access, Feed, Input, Part, ReadError};

use crate::figures;
use crate::ui::{BAD, FAINT, LABEL};

/// Bytes in a row.
const ROW: u64 = 16;
/// Rows that are shown before and behind.
const AROUND: u64 = 3;
/// Findings whose bytes are shown.
const MOST: usize = 10;

/// The bytes around one finding, or why they cannot be shown.
#[derive(Debug)]
pub(crate) struct Dump {
    title: String,
    /// The damaged bytes.
    start: u64,
    end: u64,
    rows: Result<Vec<Rows>, String>,
}

/// Consecutive rows.
#[derive(Debug)]
struct Rows {
    at: u64,
    bytes: Vec<u8>,
}

/// Reads the bytes around the first findings that have a place in a file. For each file there is the input, where it
/// could be opened, and what it is called in the title.
pub(crate) fn dumps(findings: &[Placed], files: &mut [Option<(&mut Input, String)>]) -> Vec<Dump> {
    let mut dumps = Vec::new();
    for placed in findings.iter().filter(|placed| placed.has_place()).take(MOST) {
        let file = placed.file.and_then(|file| files.get_mut(file)?.as_mut());
        dumps.extend(file.map(|(input, name)| dump(input, name, &placed.finding)));
    }
    dumps
}

fn dump(input: &mut Input, name: &str, finding: &Finding) -> Dump {
    let (id, at, length) = (finding.id, figures::offset(finding.offset), finding.length);
    let file = if name.is_empty() { String::new() } else { format!(" of {name}") };
    let title = format!("{id} at byte {at}{file}, {}", figures::bytes(length));
    let read = |(from, to)| read(input, from, to);
    let rows = pieces(finding.offset, finding.end()).into_iter().map(read).collect();
    Dump { title, start: finding.offset, end: finding.end(), rows }
}

/// The rows around both ends of a range; one piece where they meet.
fn pieces(start: u64, end: u64) -> Vec<(u64, u64)> {
    let around = |at: u64| {
        let row = at / ROW;
        (row.saturating_sub(AROUND) * ROW, row.saturating_add(AROUND + 1).saturating_mul(ROW))
    };
    let (first, last) = (around(start), around(end.saturating_sub(1).max(start)));
    if first.1 >= last.0 { vec![(first.0, last.1)] } else { vec![first, last] }
}

fn read(input: &mut Input, from: u64, to: u64) -> Result<Rows, String> {
    let failed = |error: ReadError| match error {
        ReadError::Passed { .. } => {
            "a pipe cannot be read again: save it to a file to see these bytes".to_owned()
        }
        error => error.to_string(),
    };
    let want = usize::try_from(to - from).unwrap_or(usize::MAX);
    let bytes = match input.access().map_err(failed)? {
        Access::Random(part) => part.feed().window(from, want).map(|window| first(window, want)),
        Access::Stream(feed) => feed.window(from, want).map(|window| first(window, want)),
    };
    Ok(Rows { at: from, bytes: bytes.map_err(failed)? })
}

fn first(window: &[u8], want: usize) -> Vec<u8> {
    window[..window.len().min(want)].to_vec()
}

impl Dump {
    /// Adds the dump to a text. The damaged bytes stand in brackets.
    pub(crate) fn write(&self, text: &mut String) {
        text.push_str(&format!("{LABEL}{}{LABEL:#}\n", self.title));
        let pieces = match &self.rows {
            Ok(pieces) => pieces,
            Err(why) => {
                text.push_str(&format!("  {why}\n"));
                return;
            }
        };
        for (number, piece) in pieces.iter().enumerate() {
            if number > 0 {
                text.push_str("  ...\n");
            }
            for (row, bytes) in (0..).zip(piece.bytes.chunks(ROW as usize)) {
                self.write_row(piece.at + row * ROW, bytes, text);
            }
        }
    }

    fn write_row(&self, at: u64, bytes: &[u8], text: &mut String) {
        let is_damaged = |column: usize| {
            let offset = at + column as u64;
            column < bytes.len() && (self.start..self.end).contains(&offset)
        };
        text.push_str(&format!("{FAINT}{at:>14}  {at:>10x}{FAINT:#} "));
        for column in 0..=ROW as usize {
            let before = column > 0 && is_damaged(column - 1);
            let here = is_damaged(column);
            text.push_str(&match (before, here) {
                (false, true) => format!("{BAD}["),
                (true, false) => format!("]{BAD:#}"),
                _ => " ".to_owned(),
            });
            match bytes.get(column) {
                Some(byte) => text.push_str(&format!("{byte:02x}")),
                None if column < ROW as usize => text.push_str("  "),
                None => {}
            }
        }
        let shown = bytes
            .iter()
            .map(|&byte| if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '.' });
        text.push_str(&format!(" |{}|\n", shown.collect::<String>()));
    }
}
