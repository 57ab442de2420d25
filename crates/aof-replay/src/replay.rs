//! Records at work on an embedded keyspace.

use aof_keyspace::{Keyspace, Links, Session, Space};
use aof_log::selection::{Kept, LeftOut};
use aof_log::transcript::{Piece, transcribe};
use aof_log::{FindingId, RdbWindows};
use aof_rdb::{Corrected, Flip, Losses, Lost, Record, RecordKind, Room};
use aof_resp::{Table, frame};
use aof_source::Feed;

use crate::doubt::{Doubt, Doubter};
use crate::frames::ReplayError;
use crate::report::Report;
use crate::waves::{Passed, Stretch, Waves};

/// So many bytes are asked for at first; more where a record or a transaction needs them.
const WANT: usize = 16 << 20;

/// How the RDB file is read that a part begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// From its first byte to its end, or to what cannot be read: that was told when it was checked.
    Whole,
    /// The same, with one bit turned back.
    Flipped(Flip),
    /// Whatever can be read, on both sides of damage.
    Damaged {
        /// How many bytes it has.
        len: u64,
    },
}

/// A replay under way: bases and increments in the order of loading.
#[derive(Debug)]
pub struct Replay<'i> {
    keyspace: Keyspace<'i>,
    pub(crate) waves: Waves,
    room: Room,
}

impl Default for Replay<'_> {
    fn default() -> Self {
        Self::new(Space::default(), Links::default())
    }
}

/// Notes which keys are connected by the records of a part that are kept. All of them must be known before records are
/// executed in several lanes.
///
/// # Errors
/// See [`ReplayError`].
pub fn connect<F: Feed>(feed: &mut F, kept: &Kept, links: &mut Links) -> Result<(), ReplayError> {
    let mut waves = Waves::default();
    strict(feed, kept, |_, bytes, _| waves.connect(bytes, links))
}

/// Reads strictly formed records with `pass`, which is given where bytes stand in the part, the bytes, and whether they
/// are the last.
fn strict<F: Feed>(
    feed: &mut F,
    kept: &Kept,
    mut pass: impl FnMut(u64, &[u8], bool) -> Passed,
) -> Result<(), ReplayError> {
    let (mut at, mut want) = (kept.start, WANT);
    while at < kept.end {
        feed.keep_from(at);
        let left = usize::try_from(kept.end - at).unwrap_or(usize::MAX);
        let window = feed.window(at, want.min(left))?;
        let bytes = &window[..window.len().min(left)];
        let is_last = bytes.len() == left;
        let passed = pass(at, bytes, is_last);
        let is_short = bytes.len() < want.min(left);
        if passed.is_broken || passed.bytes == 0 && (is_short || is_last) {
            return Err(ReplayError::Changed(at + passed.bytes as u64));
        }
        want = if passed.bytes == 0 { want.saturating_mul(2) } else { WANT };
        at += passed.bytes as u64;
    }
    Ok(())
}

impl<'i> Replay<'i> {
    /// A replay of parts that stand in `space`, or come from elsewhere and are copied as far as needed; `links` must
    /// know which keys their records connect, unless there is one lane.
    #[must_use]
    pub fn new(space: Space<'i>, links: Links) -> Self {
        let waves = Waves::new(links.lanes());
        Self { keyspace: Keyspace::new(space, links), waves, room: Room::default() }
    }

    /// The same for a server that has so many databases, instead of 16.
    #[must_use]
    pub fn with_databases(mut self, databases: u64) -> Self {
        self.keyspace = self.keyspace.with_databases(databases);
        self
    }

    /// Fields of hashes whose time comes before this moment are there, but commands do not see them:
    /// [`Keyspace::hide_fields_before`].
    pub fn hide_fields_before(&mut self, moment: i64) {
        self.keyspace.hide_fields_before(moment);
    }

    /// Loads the RDB file that a part begins with, and returns what of it is lost.
    ///
    /// # Errors
    /// The part cannot be read.
    pub fn base<F: Feed + ?Sized>(
        &mut self,
        feed: &mut F,
        how: Base,
    ) -> Result<Losses, ReplayError> {
        let mut windows = RdbWindows(feed);
        let losses = match how {
            Base::Whole => {
                let _ = aof_rdb::read(&mut windows, 0, &mut |records| self.load(records))?;
                Losses::default()
            }
            Base::Flipped(flip) => {
                let mut corrected = Corrected::new(windows, 0, flip);
                let _ = aof_rdb::read(&mut corrected, 0, &mut |records| self.load(records))?;
                Losses::default()
            }
            Base::Damaged { len } => {
                let found = aof_rdb::salvage(&mut windows, 0..len)?;
                found.read(&mut windows, &mut |records| self.load(records))?;
                found.losses
            }
        };
        for Lost { db, key, .. } in &losses.list {
            key.iter().for_each(|name| self.doubt(Some(*db), name, Doubt::Unread));
        }
        if losses.total > 0 {
            self.waves.doubters().for_each(Doubter::gap);
        }
        Ok(losses)
    }

    fn doubt(&mut self, db: Option<u64>, name: &[u8], why: Doubt) {
        let lane = self.keyspace.links().lane(name);
        self.waves.doubters().skip(lane).take(1).for_each(|doubter| doubter.doubt(db, name, why));
    }

    fn load(&mut self, records: &[Record<'_>]) -> bool {
        for record in records {
            match &record.kind {
                RecordKind::Key(key) if self.keyspace.load(key, &mut self.room).is_ok() => {
                    self.waves.report.loaded += 1;
                }
                RecordKind::Key(key) => {
                    self.waves.report.not_loaded += 1;
                    self.doubt(Some(key.db), &key.name, Doubt::Unread);
                }
                RecordKind::Function(source) => {
                    // A library that does not say its name cannot be in a file that a server wrote.
                    let load: [&[u8]; 4] = [b"FUNCTION", b"LOAD", b"REPLACE", source];
                    let _ = self.keyspace.apply(&mut Session::default(), &load);
                }
                RecordKind::ModuleAux { id, bytes } => self.keyspace.load_module_data(*id, bytes),
                _ => {}
            }
        }
        true
    }

    /// A part begins: servers read each with database 0 selected and no transaction open.
    pub fn begin_part(&mut self) {
        self.waves.begin_part();
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
        kept.select.into_iter().for_each(|db| self.waves.select(db));
        self.waves.doubters().for_each(|doubter| doubter.is_db_assumed = kept.is_assumed);
        match kept.is_loose {
            true => self.loose(part, feed, kept),
            false => self.strict(part, feed, kept),
        }
    }

    /// Takes note of what is not executed here, so that it is known which keys may be other ones for it.
    ///
    /// # Errors
    /// The part cannot be read.
    pub fn leave_out<F: Feed>(&mut self, feed: &mut F, out: &LeftOut) -> Result<(), ReplayError> {
        match out.finding {
            // Nothing is missing without these.
            FindingId::AofExecStray | FindingId::AofTailDuplicated => return Ok(()),
            FindingId::AofMultiOpen | FindingId::AofMultiDangling => {
                let db = u64::from(self.waves.selected());
                return self.quarantine(feed, out, Some(db));
            }
            FindingId::AofDbAssumed => return self.quarantine(feed, out, None),
            _ => {}
        }
        for key in &out.keys.sample {
            self.doubt(key.db.map(u64::from), &key.name, Doubt::LeftOut(out.finding));
        }
        if out.commands.max > 0 {
            self.waves.doubters().for_each(Doubter::gap);
        }
        Ok(())
    }

    /// Whole records, each of which names its keys.
    fn quarantine<F: Feed>(
        &mut self,
        feed: &mut F,
        out: &LeftOut,
        mut db: Option<u64>,
    ) -> Result<(), ReplayError> {
        let read = strict(feed, &Kept::whole(out.start, out.end), |_, bytes, _| {
            let mut rest = bytes;
            while let Ok((behind, found)) = frame(rest) {
                rest = behind;
                self.quarantined(&found.args().collect::<Vec<_>>(), out.finding, &mut db);
            }
            let is_broken = !rest.is_empty() && !frame(rest).is_err_and(|it| it.is_incomplete());
            Passed { bytes: bytes.len() - rest.len(), is_broken }
        });
        match read {
            // What is not strictly formed is not looked into.
            Err(ReplayError::Changed(_)) => Ok(()),
            read => read,
        }
    }

    fn quarantined(&mut self, args: &[&[u8]], finding: FindingId, db: &mut Option<u64>) {
        let Some(row) = Table::get().resolve_args(args) else { return };
        if let ("SELECT", [_, number]) = (row.name(), args) {
            *db = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        }
        for at in row.key_positions(args) {
            self.doubt(*db, args[at], Doubt::LeftOut(finding));
        }
    }

    fn strict<F: Feed>(
        &mut self,
        part: usize,
        feed: &mut F,
        kept: &Kept,
    ) -> Result<(), ReplayError> {
        let Self { keyspace, waves, .. } = self;
        let mut is_open = kept.is_reopened;
        strict(feed, kept, |at, bytes, is_last| {
            let last = is_last.then_some(kept.is_left_open);
            let passed = waves.run(keyspace, Stretch { part, at, bytes, is_open, last });
            is_open &= passed.bytes == 0;
            passed
        })
    }

    /// Records that are not all strictly formed, in the form that servers write. Their transactions are complete.
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
                Piece::Formed { start, bytes, .. } => Err((start, bytes.to_vec())),
                Piece::Refused { end, .. } => Ok((end, end)),
            });
            Ok(())
        })?;
        for piece in pieces {
            match piece {
                Ok((start, end)) => {
                    let kept = Kept { is_left_open: true, ..Kept::whole(start, end) };
                    self.strict(part, feed, &kept)?;
                }
                Err((at, bytes)) => {
                    let last = Some(true);
                    let stretch = Stretch { part, at, bytes: &bytes, is_open: false, last };
                    self.waves.run(&mut self.keyspace, stretch);
                }
            }
        }
        Ok(())
    }

    /// The data, and what came of the records.
    #[must_use]
    pub fn finish(self) -> (Keyspace<'i>, Report) {
        (self.keyspace, self.waves.finish())
    }
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
