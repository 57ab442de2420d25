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
    /// Where the records of an open transaction begin, and their names.
    queued: Vec<(Range<u64>, Vec<u8>)>,
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
        self.queued.clear();
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
                Piece::Formed { start, end, bytes } => Err((start..end, bytes.to_vec())),
                Piece::Refused { end, .. } => Ok((end, end)),
            });
            Ok(())
        })?;
        for piece in pieces {
            match piece {
                Ok((start, end)) => each(feed, start, end, &mut |line| self.line(part, line))?,
                Err((place, bytes)) => {
                    let whole = bytes.len() as u64;
                    each(&mut &bytes[..], 0, whole, &mut |line| match line {
                        Line::Record(_, args) => self.line(part, Line::Record(place.clone(), args)),
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
        let offset = place.start;
        let name = || args.first().copied().unwrap_or_default().to_vec();
        let rate = match self.keyspace.apply(&mut self.session, args) {
            Ok(Applied::Changed) => {
                self.report.changed += 1;
                Some((0, 1))
            }
            Ok(Applied::Executed { changed, idle, failed }) => {
                self.report.changed += changed;
                let idle = idle + failed.len() as u64;
                self.failed(part, failed);
                Some((idle, changed + idle))
            }
            Ok(Applied::Queued) => {
                self.queued.push((place, name()));
                return;
            }
            Ok(Applied::Nothing) => Some((1, 1)),
            Ok(Applied::Noted) => None,
            // An EXEC without a transaction does nothing in any server.
            Err(Fail::Invalid(_)) if is_exec(args) => None,
            Err(why) => {
                self.report.fail(failure(part, place, name(), why));
                Some((1, 1))
            }
        };
        if let Some((idle, commands)) = rate {
            self.report.effects.note(part, offset, Rate { idle, commands });
        }
        if !self.session.is_in_transaction() {
            self.queued.clear();
        }
    }

    /// Tells which commands of a transaction failed, by their places in it.
    fn failed(&mut self, part: usize, failed: Vec<(usize, Fail)>) {
        for (number, why) in failed {
            let (place, name) = self.queued[number].clone();
            self.report.fail(failure(part, place, name, why));
        }
    }

    /// The data, and what came of the records.
    #[must_use]
    pub fn finish(self) -> (Keyspace, Report) {
        (self.keyspace, self.report)
    }
}

fn failure(part: usize, place: Range<u64>, name: Vec<u8>, why: Fail) -> Failure {
    Failure { part, offset: place.start, length: place.end - place.start, name, why }
}

fn is_exec(args: &[&[u8]]) -> bool {
    matches!(args, [name] if name.eq_ignore_ascii_case(b"EXEC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where failures are said to be, and the names of what failed.
    fn failures(log: &str, is_loose: bool) -> Vec<(u64, String)> {
        let mut replay = Replay::default();
        let kept = Kept { is_loose, ..Kept::whole(0, log.len() as u64) };
        replay.records(0, &mut log.as_bytes(), &kept).expect("a slice can be read");
        let failures = replay.finish().1.failures.into_iter();
        failures.map(|it| (it.offset, String::from_utf8_lossy(&it.name).into_owned())).collect()
    }

    const SET: &str = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nx\r\n";

    #[test]
    fn what_fails_in_a_transaction_fails_where_it_stands() {
        let before = format!("{SET}*1\r\n$5\r\nMULTI\r\n{SET}");
        let log = format!("{before}*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*1\r\n$4\r\nEXEC\r\n");
        assert_eq!(failures(&log, false), [(before.len() as u64, "INCR".to_owned())]);
    }

    #[test]
    fn records_that_are_formed_anew_fail_where_they_stand() {
        let loose = "*02\r\n$4\r\nINCR\r\n$1\r\na\r\n";
        let log = format!("{SET}{loose}{loose}");
        let place = |n: usize| ((SET.len() + n * loose.len()) as u64, "INCR".to_owned());
        assert_eq!(failures(&log, true), [place(0), place(1)]);
    }
}
