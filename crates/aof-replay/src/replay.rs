//! Records at work on an embedded keyspace.

use std::ops::Range;

use aof_keyspace::{Applied, Fail, Keyspace, Session};
use aof_log::RdbWindows;
use aof_log::selection::Kept;
use aof_log::transcript::{Piece, transcribe};
use aof_rdb::{RecordKind, Room};
use aof_source::Feed;

use crate::effects::Rate;
use crate::frames::{Line, ReplayError, each};
use crate::report::{Failure, Report};

/// A replay under way: bases and increments in the order of loading.
#[derive(Debug, Default)]
pub struct Replay {
    keyspace: Keyspace,
    session: Session,
    report: Report,
    room: Room,
}

impl Replay {
    /// One for a server that has so many databases, instead of 16.
    #[must_use]
    pub fn with_databases(databases: u64) -> Self {
        Self { keyspace: Keyspace::with_databases(databases), ..Self::default() }
    }

    /// Loads the RDB file that a part begins with. What cannot be read of it was told when it was checked; here it is
    /// left out.
    ///
    /// # Errors
    /// The part cannot be read.
    pub fn base<F: Feed + ?Sized>(&mut self, feed: &mut F) -> Result<(), ReplayError> {
        let Self { keyspace, report, room, .. } = self;
        // Where it cannot be read any further was told when it was checked.
        let _ = aof_rdb::read(&mut RdbWindows(feed), 0, &mut |records| {
            for record in records {
                match &record.kind {
                    RecordKind::Key(key) if keyspace.load(key, room).is_ok() => report.loaded += 1,
                    RecordKind::Key(_) => report.not_loaded += 1,
                    RecordKind::Function(source) => {
                        // A library that does not say its name cannot be in a file that a server wrote.
                        let load: [&[u8]; 4] = [b"FUNCTION", b"LOAD", b"REPLACE", source];
                        let _ = keyspace.apply(&mut Session::default(), &load);
                    }
                    _ => {}
                }
            }
            true
        })?;
        Ok(())
    }

    /// A part begins: servers read each with database 0 selected and no transaction open.
    pub fn begin_part(&mut self) {
        self.session = Session::default();
    }

    /// Executes the records of a part that are kept. `part` is what failures call it.
    ///
    /// # Errors
    /// See [`ReplayError`].
    pub fn records<F: Feed>(
        &mut self,
        part: usize,
        feed: &mut F,
        kept: &Kept,
    ) -> Result<(), ReplayError> {
        if let Some(db) = kept.select {
            self.apply(part, kept.start..kept.start, &[b"SELECT", db.to_string().as_bytes()]);
        }
        if kept.is_reopened {
            self.apply(part, kept.start..kept.start, &[b"MULTI"]);
        }
        if kept.is_loose {
            self.loose(part, feed, kept)?;
        } else {
            each(feed, kept.start, kept.end, &mut |line| self.line(part, line))?;
        }
        if kept.is_left_open {
            self.apply(part, kept.end..kept.end, &[b"EXEC"]);
        }
        Ok(())
    }

    /// Records that are not all strictly formed, in the form that servers write.
    fn loose<F: Feed>(
        &mut self,
        part: usize,
        feed: &mut F,
        kept: &Kept,
    ) -> Result<(), ReplayError> {
        let mut pieces = Vec::new();
        transcribe(feed, kept.start, kept.end, &|_| false, &mut |piece| {
            pieces.push(match piece {
                Piece::Verbatim { start, end } => Ok((start, end)),
                Piece::Formed(bytes) => Err(bytes.to_vec()),
                Piece::Refused { end, .. } => Ok((end, end)),
            });
            Ok(())
        })?;
        let mut at = kept.start;
        for piece in pieces {
            match piece {
                Ok((start, end)) => {
                    each(feed, start, end, &mut |line| self.line(part, line))?;
                    at = end;
                }
                Err(bytes) => {
                    let whole = bytes.len() as u64;
                    each(&mut &bytes[..], 0, whole, &mut |line| match line {
                        Line::Record(_, args) => self.line(part, Line::Record(at..at, args)),
                        clock => self.line(part, clock),
                    })?;
                }
            }
        }
        Ok(())
    }

    fn line(&mut self, part: usize, line: Line<'_>) {
        match line {
            Line::Record(place, args) => {
                self.report.commands += 1;
                self.apply(part, place, &args);
            }
            Line::Clock(seconds) => {
                self.session
                    .set_clock(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000));
            }
        }
    }

    fn apply(&mut self, part: usize, place: Range<u64>, args: &[&[u8]]) {
        let (offset, length) = (place.start, place.end - place.start);
        let failure = |name: &[u8], why| Failure { part, offset, length, name: name.to_vec(), why };
        let rate = |idle, commands| Rate { idle, commands };
        let report = &mut self.report;
        let rate = match self.keyspace.apply(&mut self.session, args) {
            Ok(Applied::Changed) => {
                report.changed += 1;
                rate(0, 1)
            }
            Ok(Applied::Executed { changed, idle, failed }) => {
                report.changed += changed;
                let refused = failed.len() as u64;
                failed.into_iter().for_each(|(_, why)| report.fail(failure(b"EXEC", why)));
                rate(idle + refused, changed + idle + refused)
            }
            Ok(Applied::Nothing) => rate(1, 1),
            Ok(Applied::Queued | Applied::Noted) => return,
            // An EXEC without a transaction does nothing in any server.
            Err(Fail::Invalid(_)) if is_exec(args) => return,
            Err(why) => {
                report.fail(failure(args.first().copied().unwrap_or_default(), why));
                rate(1, 1)
            }
        };
        report.effects.note(part, offset, rate);
    }

    /// The data, and what came of the records.
    #[must_use]
    pub fn finish(self) -> (Keyspace, Report) {
        (self.keyspace, self.report)
    }
}

fn is_exec(args: &[&[u8]]) -> bool {
    matches!(args, [name] if name.eq_ignore_ascii_case(b"EXEC"))
}
