//! From a recipe to the bytes of a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use aof_log::transcript::{self, TranscriptError, transcribe};
use aof_source::{Access, Container, Feed, Input, ReadError};

use crate::disk::{copy_range, make_like, new_file};
use crate::error::RepairError;
use crate::name::Name;
use crate::plan::Piece;
use crate::seen::path_of;

/// Bytes that are asked for at once.
const WINDOW: usize = 256 << 10;

/// Makes a new file out of a recipe, with the owner and permissions of another, and flushes it to the disk.
pub(crate) fn make(
    root: &Path,
    recipe: &[Piece],
    target: &Path,
    like: Option<&Name>,
) -> Result<(), RepairError> {
    let file = new_file(target)?;
    write(root, recipe, &file, target)?;
    if let Some(metadata) = like.and_then(|like| path_of(root, like).ok()?.metadata().ok()) {
        make_like(&file, target, &metadata)?;
    }
    file.sync_all().map_err(RepairError::io("flush", target))
}

/// Writes the pieces of a recipe into a file that has no byte yet.
fn write(root: &Path, recipe: &[Piece], file: &File, path: &Path) -> Result<(), RepairError> {
    let mut kitchen = Kitchen { root, inputs: BTreeMap::new(), file, path };
    recipe.iter().try_for_each(|piece| kitchen.add(piece))
}

/// Where files are made out of others.
struct Kitchen<'k> {
    root: &'k Path,
    /// Files that were opened.
    inputs: BTreeMap<Name, Input>,
    file: &'k File,
    path: &'k Path,
}

impl Kitchen<'_> {
    fn add(&mut self, piece: &Piece) -> Result<(), RepairError> {
        match piece {
            Piece::Put { bytes } => {
                let mut out = self.file;
                out.write_all(&bytes.0).map_err(RepairError::io("write", self.path))
            }
            Piece::Copy { file, start, end } => self.copy(file, *start, *end),
            Piece::Form { file, start, end } => self.form(file, *start, *end),
        }
    }

    fn copy(&mut self, name: &Name, start: u64, end: u64) -> Result<(), RepairError> {
        let (out, path) = (self.file, self.path);
        let source = path_of(self.root, name)?;
        let input = self.input(name)?;
        if matches!(input.container(), Ok(Container::Plain))
            && let Ok(Access::Random(part)) = input.access()
        {
            return copy_range(part.file(), start, end, out).map_err(|error| {
                let at = if error.kind() == io::ErrorKind::UnexpectedEof { &source } else { path };
                RepairError::io("copy into", at)(error)
            });
        }
        let mut out = BufWriter::with_capacity(WINDOW, out);
        let copied = self.each(name, |feed| copy_windows(feed, start, end, &mut out))?;
        copied.map_err(|error| failed(error, &source, path))?;
        out.flush().map_err(RepairError::io("write", path))
    }

    fn form(&mut self, name: &Name, start: u64, end: u64) -> Result<(), RepairError> {
        let (path, source) = (self.path, path_of(self.root, name)?);
        let mut out = BufWriter::with_capacity(WINDOW, self.file);
        let mut pieces = Vec::new();
        let done = self.each(name, |feed| -> Result<(), TranscriptError> {
            let mut at = start;
            while at < end {
                // Pieces are gathered for a while, and then written: the feed cannot be read twice at once.
                let until = end.min(at.saturating_add(WINDOW as u64 * 16));
                at = gather(feed, at, until, &mut pieces)?;
                for piece in pieces.drain(..) {
                    match piece {
                        Gathered::Verbatim(start, end) => copy_windows(feed, start, end, &mut out)?,
                        Gathered::Formed(bytes) => out.write_all(&bytes)?,
                    }
                }
            }
            Ok(())
        })?;
        done.map_err(|error| failed(error, &source, path))?;
        out.flush().map_err(RepairError::io("write", path))
    }

    fn input(&mut self, name: &Name) -> Result<&mut Input, RepairError> {
        if !self.inputs.contains_key(name) {
            let path = path_of(self.root, name)?;
            let input = Input::open(&path).map_err(|error| {
                RepairError::io("open", &path)(io::Error::other(error.to_string()))
            })?;
            self.inputs.insert(name.clone(), input);
        }
        Ok(self.inputs.get_mut(name).expect("it was opened above"))
    }

    /// Does something with the bytes of a file, however they are packed.
    fn each<T>(
        &mut self,
        name: &Name,
        mut with: impl FnMut(&mut dyn Feed) -> T,
    ) -> Result<T, RepairError> {
        let path = path_of(self.root, name)?;
        let access = self.input(name)?.access();
        let unreadable =
            |error: ReadError| RepairError::io("read", &path)(io::Error::other(error.to_string()));
        Ok(match access.map_err(unreadable)? {
            Access::Random(part) => with(&mut aof_source::Part::feed(part)),
            Access::Stream(stream) => with(stream),
        })
    }
}

/// A piece of a transcript that outlives the window it was read from.
enum Gathered {
    Verbatim(u64, u64),
    Formed(Vec<u8>),
}

/// Reads records from `at` on until one ends at or behind `until`, and returns where that is.
fn gather(
    mut feed: &mut dyn Feed,
    at: u64,
    until: u64,
    pieces: &mut Vec<Gathered>,
) -> Result<u64, TranscriptError> {
    transcribe(&mut feed, at, until, &|_| false, &mut |piece| {
        match piece {
            transcript::Piece::Verbatim { start, end } => {
                pieces.push(Gathered::Verbatim(start, end));
            }
            transcript::Piece::Formed { bytes, .. } => {
                pieces.push(Gathered::Formed(bytes.to_vec()));
            }
            transcript::Piece::Refused { .. } => {}
        }
        Ok(())
    })
}

fn copy_windows(
    feed: &mut dyn Feed,
    start: u64,
    end: u64,
    out: &mut dyn Write,
) -> Result<(), TranscriptError> {
    let mut at = start;
    while at < end {
        feed.keep_from(at);
        let window = feed.window(at, WINDOW)?;
        let left = usize::try_from(end - at).unwrap_or(usize::MAX);
        let piece = &window[..window.len().min(left)];
        if piece.is_empty() {
            return Err(TranscriptError::Changed(at));
        }
        out.write_all(piece)?;
        at += piece.len() as u64;
    }
    Ok(())
}

fn failed(error: TranscriptError, source: &Path, target: &Path) -> RepairError {
    match error {
        TranscriptError::Write(error) => RepairError::io("write", target)(error),
        other => RepairError::io("read", source)(io::Error::other(other.to_string())),
    }
}
