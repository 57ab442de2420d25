//! Takes out of a damaged file whatever can be read on both sides of the damage.
//!
//! A file has no marks that say where records begin. Behind damage, a place counts as the beginning of records if several
//! can be read from there in a row, with all that is in their values; of several such places, the one counts whose
//! records look most like those of real files. A wrong length takes in the records behind it, and only a later one fails:
//! so records are also looked for within those that were read last.

mod fields;
mod gap;
mod guess;
mod inner;
mod items;
mod past;
mod plan;
mod reach;
mod search;
mod survey;
mod suspect;
mod unit;

use std::fmt;
use std::ops::Range;

use crate::fault::ValueFault;
use crate::kept::MOST as MOST_OF_KEY;
use crate::reader;
use crate::record::{Place, Record};
use crate::summary::{Checksum, Header, Source};

pub(crate) use survey::Windows;

/// So many losses are listed.
const MOST_LOSSES: usize = 4096;

/// What can be read of a damaged file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// The header, or what it must have been.
    pub header: Header,
    /// Whether the header is damaged, and was told from what the file says of its writer, or from its records.
    pub is_header_assumed: bool,
    /// What is kept, in the order of the file.
    pub kept: Vec<Kept>,
    /// What is not.
    pub losses: Losses,
    /// What the checksum says of all bytes before it, damaged ones too; `Unread` if there is no end.
    pub checksum: Checksum,
    /// Whether the opcode for the end was found. Without it the file is torn, whatever else is wrong.
    pub has_end: bool,
    /// The byte behind the checksum, or behind what was last looked at.
    pub end: u64,
    /// Bytes behind the end, or padding where the end should be.
    pub trailing: Option<Range<u64>>,
    /// Where another file begins behind the end. Servers do not read it; neither is it in what is kept, but it can be
    /// salvaged by itself.
    pub next: Option<u64>,
}

/// Records that stand one behind the other, all of them sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where the first one begins, with what is said of it.
    pub start: u64,
    /// The byte behind the last.
    pub end: u64,
    /// The database of the first key.
    pub db: u64,
    /// Whether that is a guess: the number of another database may be among what was lost before. Databases stand in
    /// ascending order, so it is this one, or one between this and the next that has a number.
    pub is_db_assumed: bool,
    is_behind_gap: bool,
    /// The next database is not known yet.
    is_db_open: bool,
}

/// What cannot be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    /// The first 4096, in the order of the file.
    pub list: Vec<Lost>,
    /// How many there are.
    pub total: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// A piece of the file that is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Where it begins.
    pub start: u64,
    /// The byte behind it.
    pub end: u64,
    /// The database that was the last to be named before.
    pub db: u64,
    /// The key that the record belongs to which begins there, if it can be read: its first 256 bytes. Further keys
    /// may be lost with it.
    pub key: Option<Vec<u8>>,
    /// Why.
    pub why: Why,
}

/// Why a piece of a file is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// No record can be read there.
    Unreadable,
    /// The value cannot be read to its end.
    BadValue(ValueFault),
    /// NUL bytes instead of records.
    Nul,
    /// The record is longer than it should be: it claims more than there is, or other records are found in it.
    WrongLength,
    /// The file ends within it.
    Truncated,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "no record can be read there",
            Self::BadValue(fault) => return fault.fmt(f),
            Self::Nul => "NUL bytes stand there instead of records",
            Self::WrongLength => {
                "its length is wrong: other records stand in it, or it is longer than the file"
            }
            Self::Truncated => "the file ends within it",
        })
    }
}

/// Finds out what can be read of the damaged file that begins at `extent.start` and ends at `extent.end` at the latest.
///
/// It is read once, forwards. [`Salvaged::read`] then shows the records. A file without damage is kept as a whole.
///
/// A key may be kept twice with different values, where a part of the file was written twice: the later one is right
/// then, as for a server that loads both. Damage within a plain string, and a record that was made up from the
/// beginning of one and the end of another, cannot be told from what a server wrote, unless the number of keys shows it.
///
/// Takes memory for a few times 4 MiB or the longest record, and 64 MiB at most while it looks for records in what is
/// none; records that are longer than that may be lost if damage stands right before them. Where each byte could begin
/// a record, 150 MiB more hold the ways through them. The time grows with the file and no faster.
///
/// # Errors
/// The source failed.
pub fn salvage<S: Source>(source: &mut S, extent: Range<u64>) -> Result<Salvaged, S::Error> {
    salvage_in(source, extent, Windows { want: 4 << 20, most: 64 << 20 })
}

/// [`salvage`] with windows of other sizes.
pub(crate) fn salvage_in<S: Source>(
    source: &mut S,
    extent: Range<u64>,
    windows: Windows,
) -> Result<Salvaged, S::Error> {
    let (header, at, is_assumed) = guess::header(source, &extent, windows)?;
    let mut survey = survey::Survey::new(header, at, extent, windows);
    survey.run(source)?;
    let mut found = survey.finish();
    found.is_header_assumed = is_assumed;
    Ok(found)
}

/// What it takes to salvage a file: bytes read on trial, places at which records were looked for, steps compared.
#[cfg(test)]
pub(crate) fn effort(mut file: &[u8]) -> [u64; 3] {
    let (extent, windows) = (0..file.len() as u64, Windows { want: 4 << 20, most: 64 << 20 });
    let Ok((header, at, _)) = guess::header(&mut file, &extent, windows);
    let mut survey = survey::Survey::new(header, at, extent, windows);
    let Ok(()) = survey.run(&mut file);
    [survey.work, survey.looked_at, survey.compared]
}

impl Salvaged {
    pub(crate) fn new(header: Header) -> Self {
        Self {
            header,
            is_header_assumed: false,
            kept: Vec::new(),
            losses: Losses::default(),
            checksum: Checksum::Unread,
            has_end: false,
            end: 0,
            trailing: None,
            next: None,
        }
    }

    /// Whether all of the file is kept, and its end was found.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.losses.total == 0 && self.has_end && !self.is_header_assumed
    }

    /// Shows the records that are kept, many at a time and in the order of the file, as long as `see` returns true.
    /// `source` has the same bytes as the one that they were found in.
    ///
    /// # Errors
    /// The source failed.
    pub fn read<S: Source>(
        &self,
        source: &mut S,
        see: &mut dyn FnMut(&[Record<'_>]) -> bool,
    ) -> Result<(), S::Error> {
        let mut goes_on = true;
        for Kept { start, end, db, .. } in &self.kept {
            let mut part = Part { source, end: *end };
            let place = Place::within(self.header, *db);
            // That the part ends without the opcode for the end is no news.
            let _ = reader::read_from(&mut part, *start, place, &mut |records| {
                goes_on = see(records);
                goes_on
            })?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }
}

impl Kept {
    pub(crate) fn new(bytes: Range<u64>, db: u64) -> Self {
        let Range { start, end } = bytes;
        Self { start, end, db, is_db_assumed: false, is_behind_gap: false, is_db_open: false }
    }
}

impl Losses {
    /// Of what was lost from `start` on, only what stands before `end` is.
    fn cut(&mut self, start: u64, end: u64) {
        if let Some(lost) =
            self.list.last_mut().filter(|lost| lost.start == start && lost.end > end)
        {
            self.bytes -= lost.end - end;
            lost.end = end;
        }
    }

    /// What begins at `from` or behind is not lost: it is read anew.
    fn take_back(&mut self, from: u64) {
        // Those that the list has no room for stand behind all in it.
        if self.list.len() as u64 == self.total {
            while let Some(lost) = self.list.pop_if(|lost| lost.start >= from) {
                self.total -= 1;
                self.bytes -= lost.end - lost.start;
            }
        }
    }

    pub(crate) fn add(&mut self, bytes: Range<u64>, db: u64, key: Option<&[u8]>, why: Why) {
        let Range { start, end } = bytes;
        self.total += 1;
        self.bytes += end - start;
        if self.list.len() < MOST_LOSSES {
            self.list.push(Lost { start, end, db, key: key.map(beginning), why });
        }
    }
}

/// As much of a key as is told.
fn beginning(key: &[u8]) -> Vec<u8> {
    key[..key.len().min(MOST_OF_KEY)].to_vec()
}

/// A source that ends earlier.
struct Part<'a, S> {
    source: &'a mut S,
    end: u64,
}

impl<S: Source> Source for Part<'_, S> {
    type Error = S::Error;

    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], S::Error> {
        let left = usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(&[]);
        }
        let bytes = self.source.window(at, want.min(left))?;
        Ok(&bytes[..bytes.len().min(left)])
    }
}
