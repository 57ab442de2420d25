//! Records as servers write them: what is strictly formed is passed on as it stands, what only another grammar can
//! read is formed anew.

use std::io;

use aof_resp::{Annotation, Grammar, Head, annotation};
use aof_source::{Feed, ReadError};
use thiserror::Error;

use crate::block::{clock, glued_header};
use crate::damage::LONGEST_OTHER;
use crate::walk::{Bounds, HeadBuffer, Walk, walk};

/// A piece of a transcript, in the order of the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The bytes of the part from `start` to `end`, as they stand.
    Verbatim {
        /// The first byte.
        start: u64,
        /// The byte behind the last.
        end: u64,
    },
    /// A record or annotation, formed anew.
    Formed {
        /// The first byte in the part.
        start: u64,
        /// The byte behind the last.
        end: u64,
        /// Its new form.
        bytes: &'a [u8],
    },
    /// A record that is left out because it was not wanted.
    Refused {
        /// The first byte.
        start: u64,
        /// The byte behind the last.
        end: u64,
    },
}

/// Why a transcript cannot be finished.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TranscriptError {
    /// The part cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Whoever takes the pieces cannot take them.
    #[error(transparent)]
    Write(#[from] io::Error),
    /// No record begins where there was one when the part was scanned.
    #[error("no record begins at byte {0}, where one began before: the file was changed")]
    Changed(u64),
}

/// Passes on the records of a part from `start` on up to the one that ends at or behind `end`, but for those that
/// `refuses` names, and returns where that one ends. Nothing but records and annotations must stand there.
///
/// ```
/// use aof_log::transcript::{Piece, transcribe};
///
/// let log = b"*1\r\n$5\r\nMULTI\r\n*1\n$4\nEXEC\n";
/// let mut out: Vec<u8> = Vec::new();
/// transcribe(&mut &log[..], 0, log.len() as u64, &|_| false, &mut |piece| {
///     match piece {
///         Piece::Verbatim { start, end } => out.extend(&log[start as usize..end as usize]),
///         Piece::Formed { bytes, .. } => out.extend(bytes),
///         Piece::Refused { .. } => {}
///     }
///     Ok(())
/// })?;
/// assert_eq!(out, b"*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n");
/// # Ok::<(), aof_log::transcript::TranscriptError>(())
/// ```
///
/// # Errors
/// See [`TranscriptError`].
pub fn transcribe<F: Feed>(
    feed: &mut F,
    start: u64,
    end: u64,
    refuses: &dyn Fn(&Head<'_>) -> bool,
    emit: &mut dyn FnMut(Piece<'_>) -> io::Result<()>,
) -> Result<u64, TranscriptError> {
    let mut scribe = Scribe { feed, at: start, verbatim: start, head: HeadBuffer::default(), emit };
    while scribe.at < end {
        scribe.feed.keep_from(scribe.verbatim);
        scribe.one(refuses)?;
    }
    scribe.flush(scribe.at)?;
    Ok(scribe.at)
}

struct Scribe<'s, F> {
    feed: &'s mut F,
    at: u64,
    /// Where the bytes begin that are still to be passed on as they stand.
    verbatim: u64,
    head: HeadBuffer,
    emit: &'s mut dyn FnMut(Piece<'_>) -> io::Result<()>,
}

impl<F: Feed> Scribe<'_, F> {
    /// Takes the record or annotation at the current offset.
    fn one(&mut self, refuses: &dyn Fn(&Head<'_>) -> bool) -> Result<(), TranscriptError> {
        let window = self.feed.window(self.at, 1024)?;
        match window {
            [0xef, 0xbb, 0xbf, ..] if self.at == 0 => self.skip(3),
            [b'#', ..] => self.annotation(),
            _ => match walk(self.feed, self.at, Bounds::NONE, &mut self.head)? {
                Walk::Frame { end } if refuses(&self.head.head()) => self.refuse(end),
                Walk::Frame { end } => {
                    self.at = end;
                    Ok(())
                }
                Walk::Fault(_) | Walk::Cut { .. } => self.formed_otherwise(refuses),
            },
        }
    }

    /// Passes on what stands before the current offset.
    fn flush(&mut self, end: u64) -> Result<(), TranscriptError> {
        if end > self.verbatim {
            (self.emit)(Piece::Verbatim { start: self.verbatim, end })?;
        }
        self.verbatim = end;
        Ok(())
    }

    /// Leaves out so many bytes that are no record.
    fn skip(&mut self, bytes: u64) -> Result<(), TranscriptError> {
        self.flush(self.at)?;
        self.at += bytes;
        self.verbatim = self.at;
        Ok(())
    }

    fn refuse(&mut self, end: u64) -> Result<(), TranscriptError> {
        self.flush(self.at)?;
        (self.emit)(Piece::Refused { start: self.at, end })?;
        (self.at, self.verbatim) = (end, end);
        Ok(())
    }

    fn form(&mut self, end: u64, bytes: &[u8]) -> Result<(), TranscriptError> {
        self.flush(self.at)?;
        (self.emit)(Piece::Formed { start: self.at, end, bytes })?;
        (self.at, self.verbatim) = (end, end);
        Ok(())
    }

    fn annotation(&mut self) -> Result<(), TranscriptError> {
        let at = self.at;
        let window = self.feed.window(at, 1024)?;
        let window = &window[..window.len().min(1024)];
        let Ok((rest, annotation)) = annotation(window) else {
            return Err(TranscriptError::Changed(at));
        };
        let end = at + (window.len() - rest.len()) as u64;
        let Annotation::Unknown(line) = annotation else {
            self.at = end;
            return Ok(());
        };
        if let Some(seconds) = clock(line) {
            return self.form(end, format!("#TS:{seconds}\r\n").as_bytes());
        }
        let glued = glued_header(line).map(|glued| 1 + glued as u64);
        if let Some(glued) = glued
            && let Walk::Frame { .. } = walk(self.feed, at + glued, Bounds::NONE, &mut self.head)?
            && aof_resp::Table::get().resolve(&self.head.head()).is_some()
        {
            return self.skip(glued);
        }
        self.at = end;
        Ok(())
    }

    /// Takes a record that is not strictly formed.
    fn formed_otherwise(
        &mut self,
        refuses: &dyn Fn(&Head<'_>) -> bool,
    ) -> Result<(), TranscriptError> {
        let at = self.at;
        let window = self.feed.window(at, LONGEST_OTHER)?;
        let window = &window[..window.len().min(LONGEST_OTHER)];
        let mut record = Record::default();
        for grammar in [Grammar::Loader, Grammar::LineFeed, Grammar::AddedCr] {
            record.clear();
            let read = grammar.frame_with(window, |_, arg| record.push(&grammar.original(arg)));
            let Ok((rest, argc)) = read else { continue };
            if !grammar.may_precede(&rest[..rest.len().min(256)]) {
                continue;
            }
            let end = at + (window.len() - rest.len()) as u64;
            let is_refused = grammar.frame(window).is_ok_and(|(_, head)| refuses(&head));
            return match is_refused {
                true => self.refuse(end),
                false => self.form(end, &record.whole(argc)),
            };
        }
        Err(TranscriptError::Changed(at))
    }
}

/// The arguments of a record, strictly formed.
#[derive(Debug, Default)]
struct Record(Vec<u8>);

impl Record {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn push(&mut self, argument: &[u8]) {
        self.0.extend(format!("${}\r\n", argument.len()).bytes());
        self.0.extend(argument);
        self.0.extend(b"\r\n");
    }

    fn whole(&self, argc: u32) -> Vec<u8> {
        [format!("*{argc}\r\n").as_bytes(), &self.0].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(log: &[u8], refuses: &dyn Fn(&Head<'_>) -> bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut source = log;
        transcribe(&mut source, 0, log.len() as u64, refuses, &mut |piece| {
            match piece {
                Piece::Verbatim { start, end } => out.extend(&log[start as usize..end as usize]),
                Piece::Formed { bytes, .. } => out.extend(bytes),
                Piece::Refused { .. } => {}
            }
            Ok(())
        })
        .expect("a slice can be read");
        out
    }

    const STRICT: &[u8] = b"#TS:1700000000\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na\nb\r\n\
        *2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";

    #[test]
    fn a_strict_log_is_passed_on_as_it_stands() {
        assert_eq!(transcript(STRICT, &|_| false), STRICT);
        assert_eq!(transcript(b"", &|_| false), b"");
    }

    #[test]
    fn text_mode_copies_come_out_as_they_went_in() {
        let text = String::from_utf8(STRICT.to_vec()).expect("it is text");
        let added = text.replace('\n', "\r\n").replace("\r\r\n", "\r\n");
        let stripped = text.replace("\r\n", "\n");
        for copy in [added, stripped] {
            assert_eq!(transcript(copy.as_bytes(), &|_| false), STRICT, "{copy:?}");
        }
    }

    #[test]
    fn byte_order_marks_torn_annotations_and_loose_headers_are_gone() {
        let log = b"\xef\xbb\xbf*02\r\n$4\r\nINCR\r\n$1\r\nn\r\n#TS:17*1\r\n$5\r\nMULTI\r\n#x\r\n";
        let expected = b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*1\r\n$5\r\nMULTI\r\n#x\r\n";
        assert_eq!(transcript(log, &|_| false), expected);
    }

    #[test]
    fn a_refused_record_is_left_out() {
        let kept = transcript(STRICT, &|head| head.name == b"SET");
        assert_eq!(kept, b"#TS:1700000000\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n");
    }

    #[test]
    fn bytes_that_are_no_record_any_more_are_an_error_with_their_place() {
        let mut log = STRICT;
        let done = transcribe(&mut log, 3, 9, &|_| false, &mut |_| Ok(()));
        assert!(matches!(done, Err(TranscriptError::Changed(3))), "{done:?}");
    }
}
