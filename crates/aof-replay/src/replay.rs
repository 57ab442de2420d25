//! Records at work on an embedded keyspace.

use std::ops::Range;

use aof_keyspace::{Keyspace, Links, Space};
use aof_log::selection::{Kept, LeftOut};
use aof_log::{FindingId, Watch};
use aof_rdb::Room;
use aof_resp::{Table, frame};
use aof_source::Feed;

use crate::doubt::{Doubt, Doubter};
use crate::frames::{Formed, ReplayError, formed};
use crate::report::Report;
use crate::waves::{Passed, Spent, Stretch, Waves};

/// So many bytes are asked for at first; more where a record or a transaction needs them.
const WANT: usize = 16 << 20;

/// A replay under way: bases and increments in the order of loading.
#[derive(Debug)]
pub struct Replay<'i> {
    pub(crate) keyspace: Keyspace<'i>,
    pub(crate) waves: Waves,
    /// One for each lane.
    pub(crate) rooms: Vec<Room>,
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
pub fn connect<F: Feed>(
    feed: &mut F,
    kept: &Kept,
    links: &mut Links,
    watch: &dyn Watch,
) -> Result<(), ReplayError> {
    let mut waves = Waves::default();
    strict(feed, kept, watch, |_, bytes, _| waves.connect(bytes, links))
}

/// Reads strictly formed records with `pass`, which is given where bytes stand in the part, the bytes, and whether they
/// are the last.
fn strict<F: Feed>(
    feed: &mut F,
    kept: &Kept,
    watch: &dyn Watch,
    mut pass: impl FnMut(u64, &[u8], bool) -> Passed,
) -> Result<(), ReplayError> {
    let (mut at, mut want) = (kept.start, WANT);
    while at < kept.end {
        watch.reached(at);
        if watch.is_cancelled() {
            return Err(ReplayError::Cancelled);
        }
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
        let rooms = (0..links.lanes()).map(|_| Room::default()).collect();
        Self { keyspace: Keyspace::new(space, links), waves, rooms }
    }

    /// The same for a server that has so many databases, instead of 16.
    #[must_use]
    pub fn with_databases(mut self, databases: u64) -> Self {
        self.keyspace = self.keyspace.with_databases(databases);
        self
    }

    /// The same for the keys of these lanes alone: what they need tells what all of them will. Commands that read keys which
    /// they do not name are left out.
    #[must_use]
    pub fn trying(mut self, lanes: Range<usize>) -> Self {
        self.waves.served = lanes;
        self
    }

    /// The share of all operations that these lanes have had so far; `None` if there was none.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let all: u64 = self.waves.report.lanes.iter().sum();
        let tried: u64 = self.waves.report.lanes.get(self.waves.served.clone())?.iter().sum();
        (all > 0).then(|| tried as f64 / all as f64)
    }

    /// Fields of hashes whose time comes before this moment are there, but commands do not see them:
    /// [`Keyspace::hide_fields_before`].
    pub fn hide_fields_before(&mut self, moment: i64) {
        self.keyspace.hide_fields_before(moment);
    }

    pub(crate) fn doubt(&mut self, db: Option<u64>, name: &[u8], why: Doubt) {
        let lane = self.keyspace.links().lane(name);
        self.waves.doubters().skip(lane).take(1).for_each(|doubter| doubter.doubt(db, name, why));
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
        watch: &dyn Watch,
    ) -> Result<(), ReplayError> {
        kept.select.into_iter().for_each(|db| self.waves.select(db));
        self.waves.doubters().for_each(|doubter| doubter.is_db_assumed = kept.is_assumed);
        match kept.is_loose {
            true => self.loose(part, feed, kept, watch),
            false => self.strict(part, feed, kept, watch),
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
        let read = strict(feed, &Kept::whole(out.start, out.end), &(), |_, bytes, _| {
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
        watch: &dyn Watch,
    ) -> Result<(), ReplayError> {
        let Self { keyspace, waves, .. } = self;
        let mut is_open = kept.is_reopened;
        strict(feed, kept, watch, |at, bytes, is_last| {
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
        watch: &dyn Watch,
    ) -> Result<(), ReplayError> {
        for piece in formed(feed, kept)? {
            match piece {
                Formed::Verbatim(start, end) => {
                    let kept = Kept { is_left_open: true, ..Kept::whole(start, end) };
                    self.strict(part, feed, &kept, watch)?;
                }
                Formed::Anew(at, bytes) => {
                    let last = Some(true);
                    let stretch = Stretch { part, at, bytes: &bytes, is_open: false, last };
                    self.waves.run(&mut self.keyspace, stretch);
                }
            }
        }
        Ok(())
    }

    /// How long it took to read and to execute records so far.
    #[must_use]
    pub const fn spent(&self) -> Spent {
        self.waves.spent
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
        replay.records(0, &mut log.as_bytes(), &kept, &()).expect("a slice can be read");
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
