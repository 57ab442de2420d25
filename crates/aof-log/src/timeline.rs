//! What the marks mean, told in order: databases, transactions, the clock, checkpoints, damage.
//!
//! There is one timeline for a part, however many threads scanned it, so what it says does not depend on how
//! the part was cut into blocks.

use crate::diagnosis::Diagnosis;
use crate::finding::{CommandRange, Finding, FindingId, Loss};
use crate::mark::{Gap, GapCause, Mark, Oddities, Tail, TailKind, What};
use crate::words;

/// Reads marks and gathers a [`Diagnosis`].
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    diagnosis: Diagnosis,
    /// How many databases the server has.
    databases: u32,
    /// Where the last mark ended.
    at: u64,
    /// Where the last whole record ended.
    record_end: u64,
    db: u32,
    open: Option<OpenGroup>,
    damaged: bool,
    clock: Clock,
    flushes: Flushes,
    assumed: Vec<Assumed>,
    /// Gaps whose loss in seconds is known when the clock is read next: index of the finding, clock before.
    unclocked: Vec<(usize, u64)>,
    last_gap: Option<u64>,
    pub(crate) tail: Option<Tail>,
    pub(crate) odd: Oddities,
}

/// A transaction whose `EXEC` was not seen yet.
#[derive(Debug, Clone, Copy)]
struct OpenGroup {
    start: u64,
    /// Its records, `MULTI` included.
    records: u64,
    db_before: u32,
    crossed_gap: bool,
}

#[derive(Debug, Default)]
struct Clock {
    last: Option<u64>,
    reversals: Vec<Reversal>,
    total_reversals: u64,
}

/// The clock went back.
#[derive(Debug, Clone, Copy)]
struct Reversal {
    offset: u64,
    end: u64,
    from: u64,
    to: u64,
    select_follows: bool,
}

#[derive(Debug, Default)]
struct Flushes {
    seen: Vec<Flushed>,
    /// Records since the last `FLUSHALL` that may have written data.
    writes: u64,
    /// The same since the start.
    writes_in_all: u64,
}

#[derive(Debug, Clone, Copy)]
struct Flushed {
    offset: u64,
    length: u64,
    all: bool,
    writes_before: u64,
    db: u32,
}

/// Records behind a gap, up to the next `SELECT`.
#[derive(Debug, Clone, Copy)]
struct Assumed {
    start: u64,
    end: u64,
    records: u64,
    db: u32,
    closed: bool,
}

impl Timeline {
    pub(crate) fn new(databases: u32) -> Self {
        Self {
            databases,
            ..Self::default()
        }
    }

    /// Takes the next mark, which begins where the one before ended.
    pub(crate) fn take(&mut self, mark: Mark) {
        let (start, end) = (self.at, mark.end);
        match mark.what {
            What::Records(count) => self.records(end, count, count),
            What::Groups { groups, records } => {
                self.seam(start);
                self.diagnosis.transactions += groups;
                self.records(end, records, records - 2 * groups);
            }
            What::Select(db) => self.select(start, end, db),
            What::Multi => self.multi(start, end),
            What::Exec => self.exec(start, end),
            What::Flush { all } => self.flush(start, end, all),
            What::Time(seconds) => self.time(start, end, seconds),
            What::Aside => self.aside(end),
            What::Flaw => self.damage(),
            What::Gap(gap) => self.gap(start, end, *gap),
            What::Tail(tail) => self.tail(start, end, *tail),
        }
        self.at = end;
    }

    /// Whole records end here, and `writes` of them are neither `MULTI` nor `EXEC`.
    fn records(&mut self, end: u64, count: u64, writes: u64) {
        if writes > 0 {
            self.diagnosis.databases.insert(self.db);
        }
        self.flushes.writes += writes;
        self.flushes.writes_in_all += writes;
        self.record(end, count);
    }

    /// Whole records of any kind end here.
    fn record(&mut self, end: u64, count: u64) {
        self.diagnosis.commands += count;
        self.record_end = end;
        if let Some(assumed) = self.assumed.last_mut().filter(|assumed| !assumed.closed) {
            (assumed.records, assumed.end) = (assumed.records + count, end);
        }
        match &mut self.open {
            Some(open) => open.records += count,
            None => self.checkpoint(end),
        }
    }

    /// Something that is neither record nor damage ends here.
    fn aside(&mut self, end: u64) {
        if self.open.is_none() {
            self.checkpoint(end);
        }
    }

    fn checkpoint(&mut self, at: u64) {
        self.diagnosis.end_checkpoint = at;
        if !self.damaged {
            self.diagnosis.checkpoint = at;
        }
    }

    /// Damage begins behind the last checkpoint.
    fn damage(&mut self) {
        self.damaged = true;
    }

    fn select(&mut self, start: u64, end: u64, db: Option<u32>) {
        if self.open.is_some_and(|open| open.records > 1) && db == Some(self.db) {
            self.seam(start);
        }
        if let Some(reversal) = self.clock.reversals.last_mut() {
            reversal.select_follows |= reversal.end == start;
        }
        match db.filter(|db| *db < self.databases) {
            Some(db) => {
                self.db = db;
                self.diagnosis.databases.insert(db);
                if let Some(assumed) = self.assumed.last_mut() {
                    assumed.closed = true;
                }
            }
            None => {
                self.diagnosis
                    .add(words::select_range(start, end, db, self.databases, self.db))
            }
        }
        self.record(end, 1);
    }

    fn multi(&mut self, start: u64, end: u64) {
        self.seam(start);
        let db_before = self.db;
        self.open = Some(OpenGroup {
            start,
            records: 0,
            db_before,
            crossed_gap: false,
        });
        self.record(end, 1);
    }

    fn exec(&mut self, start: u64, end: u64) {
        if self.open.take().is_some() {
            self.diagnosis.transactions += 1;
        } else {
            self.diagnosis
                .add(words::exec_stray(start, end, self.last_gap));
        }
        self.record(end, 1);
    }

    /// A session begins here that knows nothing of a transaction that may be open.
    fn seam(&mut self, at: u64) {
        let Some(open) = self.open.take() else { return };
        self.damage();
        self.db = open.db_before;
        let commands = CommandRange::exactly(open.records);
        self.lose(at - open.start, commands);
        let loss = Loss {
            bytes: at - open.start,
            commands,
            ..Loss::default()
        };
        self.diagnosis
            .add(words::dangling(open.start, at, open.crossed_gap, loss));
    }

    fn flush(&mut self, start: u64, end: u64, all: bool) {
        let (length, db) = (end - start, self.db);
        if self.flushes.writes > 0 && self.flushes.seen.len() < Diagnosis::MOST_FINDINGS {
            let writes_before = self.flushes.writes_in_all;
            self.flushes.seen.push(Flushed {
                offset: start,
                length,
                all,
                writes_before,
                db,
            });
        }
        self.records(end, 1, 1);
        if all || self.diagnosis.databases.len() == 1 {
            self.flushes.writes = 0;
        }
    }

    fn time(&mut self, start: u64, end: u64, seconds: u64) {
        let first = self.diagnosis.clock.map_or(seconds, |(first, _)| first);
        self.diagnosis.clock = Some((first, seconds));
        if let Some(from) = self.clock.last.filter(|last| seconds < *last) {
            self.clock.total_reversals += 1;
            if self.clock.reversals.len() < Diagnosis::MOST_FINDINGS {
                let reversal = Reversal {
                    offset: start,
                    end,
                    from,
                    to: seconds,
                    select_follows: false,
                };
                self.clock.reversals.push(reversal);
            }
        }
        self.clock.last = Some(seconds);
        self.aside(end);
        for (index, before) in self.unclocked.drain(..) {
            if let Some(finding) = self.diagnosis.findings.get_mut(index) {
                finding.loss.seconds = Some(seconds.saturating_sub(before));
            }
        }
    }

    fn gap(&mut self, start: u64, end: u64, gap: Gap) {
        self.damage();
        self.diagnosis.add(match (gap.cause, gap.hole) {
            (GapCause::Rdb, _) => words::rdb_inside(start, end - start),
            (GapCause::BadFrame, Some((offset, length))) => words::hole(offset, length),
            (GapCause::BadFrame, None) => words::bad_frame(start, end - start, &gap.detail),
        });
        let loss = self.loss(
            end - start,
            gap.remains.min,
            gap.remains.max,
            gap.remains.keys,
        );
        self.lose(loss.bytes, loss.commands);
        let finding = words::gap(start, end - start, loss);
        if let Some(before) = self.clock.last {
            self.unclocked.push((self.diagnosis.findings.len(), before));
        }
        self.diagnosis.add(finding);
        self.last_gap = Some(start);
        if let Some(open) = &mut self.open {
            open.crossed_gap = true;
        }
        if let Some(assumed) = self.assumed.last_mut() {
            assumed.closed = true;
        }
        if self.assumed.len() < Diagnosis::MOST_FINDINGS {
            let db = self.db;
            self.assumed.push(Assumed {
                start: end,
                end,
                records: 0,
                db,
                closed: false,
            });
        }
    }

    fn tail(&mut self, start: u64, end: u64, tail: Tail) {
        self.damage();
        let remains = &tail.remains;
        let loss = self.loss(end - start, remains.min, remains.max, remains.keys.clone());
        self.lose(loss.bytes, loss.commands);
        let finding = words::tail(start, end - start, &tail, loss);
        self.diagnosis.add(finding);
        if tail.kind == TailKind::Rdb {
            self.diagnosis.add(words::rdb_inside(start, end - start));
        }
        self.tail = Some(tail);
    }

    fn loss(&self, bytes: u64, min: u64, max: u64, mut keys: crate::finding::Keys) -> Loss {
        for key in &mut keys.sample {
            key.db = Some(self.db);
        }
        Loss {
            bytes,
            commands: CommandRange { min, max },
            keys,
            seconds: None,
        }
    }

    fn lose(&mut self, bytes: u64, commands: CommandRange) {
        let lost = &mut self.diagnosis.lost;
        lost.bytes += bytes;
        lost.commands.min += commands.min;
        lost.commands.max += commands.max;
    }

    /// Where the last mark ended.
    pub(crate) const fn at(&self) -> u64 {
        self.at
    }

    /// Where the last whole record ended.
    pub(crate) const fn records_end(&self) -> u64 {
        self.record_end
    }

    /// The part ends where the last mark did.
    pub(crate) fn finish(mut self) -> Diagnosis {
        self.diagnosis.bytes = self.at;
        if let Some(open) = self.open.take() {
            self.damage();
            let commands = CommandRange::exactly(open.records);
            let length = self.record_end - open.start;
            self.lose(length, commands);
            let loss = Loss {
                bytes: length,
                commands,
                ..Loss::default()
            };
            self.diagnosis
                .add(words::open(open.start, length, open.crossed_gap, loss));
        }
        self.tell_clock();
        self.tell_flushes();
        self.tell_assumed();
        for oddity in &self.odd.0 {
            self.diagnosis.add(words::oddity(oddity));
        }
        self.diagnosis
            .assumptions
            .push(format!("the server has {} databases", self.databases));
        self.diagnosis
            .findings
            .sort_by_key(|finding| (finding.offset, finding.id));
        self.diagnosis
    }

    fn tell_clock(&mut self) {
        let Clock {
            reversals,
            total_reversals,
            ..
        } = &self.clock;
        if *total_reversals >= 3 {
            let (first, last) = (reversals[0], reversals[reversals.len() - 1]);
            let length = last.end - first.offset;
            self.diagnosis
                .add(words::two_writers(first.offset, length, *total_reversals));
            return;
        }
        for reversal in reversals {
            let Reversal {
                offset,
                end,
                from,
                to,
                select_follows,
            } = *reversal;
            self.diagnosis.add(if select_follows && from - to > 3600 {
                words::second_log(offset, self.at - offset, from - to)
            } else {
                words::backwards(offset, end - offset, from, to)
            });
        }
    }

    fn tell_flushes(&mut self) {
        for flushed in &self.flushes.seen {
            let most = flushed.writes_before * 2 > self.flushes.writes_in_all;
            let Flushed {
                offset,
                length,
                all,
                writes_before,
                db,
            } = *flushed;
            let finding = words::flush(offset, length, (!all).then_some(db), writes_before, most);
            self.diagnosis.add(finding);
        }
    }

    fn tell_assumed(&mut self) {
        if self.diagnosis.databases.len() < 2 {
            return;
        }
        for assumed in self.assumed.iter().filter(|assumed| assumed.records > 0) {
            let Assumed {
                start,
                end,
                records,
                db,
                ..
            } = *assumed;
            self.diagnosis
                .add(words::assumed(start, end - start, records, db));
        }
    }

    /// Adds a finding about the end of the part, which explains everything behind `from` better.
    pub(crate) fn replace_behind(&mut self, from: u64, finding: Finding) {
        let explained = [
            FindingId::AofFrameBad,
            FindingId::AofGap,
            FindingId::AofDbAssumed,
        ];
        let replaced = |known: &Finding| known.offset >= from && explained.contains(&known.id);
        let before = self.diagnosis.findings.len();
        self.diagnosis.findings.retain(|known| !replaced(known));
        self.diagnosis.total_findings -= (before - self.diagnosis.findings.len()) as u64;
        self.diagnosis.add(finding);
    }

    /// Adds a finding.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.diagnosis.add(finding);
    }
}
