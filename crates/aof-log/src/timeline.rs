//! What the marks mean, told in order: databases, transactions, the clock, checkpoints, damage.
//!
//! There is one timeline for a part, however many threads scanned it, so what it says does not depend on how
//! the part was cut into blocks.

mod assumed;
mod clock;
mod flushes;
mod tracing;

use assumed::Assumed;
use clock::Clock;
use flushes::Flushes;
use tracing::Tracing;

use crate::demand::Demands;
use crate::diagnosis::{Diagnosis, Sound};
use crate::finding::{CommandRange, Confidence, Finding, FindingId, Keys, Loss, Severity};
use crate::mark::{Gap, GapCause, Mark, Oddities, Tail, TailKind, What};
use crate::outline::{Nature, TailEnd};
use crate::scan::Policy;
use crate::words;

/// Reads marks and gathers a [`Diagnosis`].
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    diagnosis: Diagnosis,
    /// How many databases the server has.
    databases: u32,
    /// Where the records begin.
    start: u64,
    /// Where the last mark ended.
    at: u64,
    /// Where the last whole record ended.
    record_end: u64,
    db: u32,
    open: Option<OpenGroup>,
    is_damaged: bool,
    clock: Clock,
    flushes: Flushes,
    assumed: Assumed,
    /// Gaps whose loss in seconds is known when the clock is read next: index of the finding, clock before.
    unclocked: Vec<(usize, u64)>,
    /// Where RDB files begin, and what the bytes from there cost.
    second_logs: Vec<(u64, Loss)>,
    has_gap: bool,
    tracing: Tracing,
    pub(crate) tail: Option<Tail>,
    pub(crate) odd: Oddities,
    pub(crate) demands: Demands,
}

/// A transaction whose `EXEC` was not seen yet.
#[derive(Debug, Clone, Copy)]
struct OpenGroup {
    start: u64,
    /// Its records, `MULTI` included.
    records: u64,
    db_before: u32,
    /// The first gap that it crosses: where it begins, the records before it, and its stretch of the outline.
    crossed: Option<Crossing>,
}

#[derive(Debug, Clone, Copy)]
struct Crossing {
    gap: u64,
    records: u64,
    stretch: usize,
}

impl Timeline {
    pub(crate) fn new(policy: &Policy) -> Self {
        let (databases, start) = (policy.databases, policy.start);
        let diagnosis =
            Diagnosis { checkpoint: start, end_checkpoint: start, ..Diagnosis::default() };
        let tracing = Tracing::new(policy.outline, start);
        Self {
            diagnosis,
            databases,
            start,
            at: start,
            record_end: start,
            tracing,
            ..Self::default()
        }
    }

    /// Where the records begin.
    pub(crate) const fn start(&self) -> u64 {
        self.start
    }

    /// Where the last mark ended.
    pub(crate) const fn at(&self) -> u64 {
        self.at
    }

    /// Where the last whole record ended.
    pub(crate) const fn records_end(&self) -> u64 {
        self.record_end
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
            What::Aside => self.aside(start, end),
            What::Flaw => self.is_damaged = true,
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
        self.flushes.write(writes);
        self.record(end, count);
    }

    /// Whole records of any kind end here.
    fn record(&mut self, end: u64, count: u64) {
        self.diagnosis.commands += count;
        self.record_end = end;
        self.tracing.records(count);
        self.assumed.records(end, count);
        match &mut self.open {
            Some(open) => open.records += count,
            None => self.checkpoint(end),
        }
    }

    /// Something that is neither record nor damage stands here.
    fn aside(&mut self, start: u64, end: u64) {
        self.diagnosis.first_annotation.get_or_insert(start);
        if self.open.is_none() {
            self.checkpoint(end);
        }
    }

    fn checkpoint(&mut self, at: u64) {
        self.diagnosis.end_checkpoint = at;
        if !self.is_damaged {
            self.diagnosis.checkpoint = at;
            self.diagnosis.sound =
                Sound { end: self.record_end, commands: self.diagnosis.commands };
        }
    }

    fn select(&mut self, start: u64, end: u64, db: Option<u32>) {
        if self.open.is_some_and(|open| open.records > 1) && db == Some(self.db) {
            self.seam(start);
        }
        self.clock.select(start);
        match db.filter(|db| *db < self.databases) {
            Some(db) => {
                self.db = db;
                self.diagnosis.databases.insert(db);
                self.assumed.select();
                self.tracing.select(start, db);
            }
            None => {
                let finding = words::select_range(start, end, db, self.databases, self.db);
                self.diagnosis.add(finding);
            }
        }
        self.record(end, 1);
    }

    fn multi(&mut self, start: u64, end: u64) {
        self.seam(start);
        let db_before = self.db;
        self.open = Some(OpenGroup { start, records: 0, db_before, crossed: None });
        self.record(end, 1);
    }

    fn exec(&mut self, start: u64, end: u64) {
        if let Some(open) = self.open.take() {
            self.diagnosis.transactions += 1;
            if let Some(crossing) = open.crossed {
                self.tracing.committed(crossing.stretch);
            }
            return self.record(end, 1);
        }
        self.diagnosis.add(words::exec_stray(start, end, self.has_gap));
        self.record(end, 1);
        self.tracing.carve(start, end, Nature::StrayExec, 1, self.db);
    }

    /// A session begins here that knows nothing of a transaction that may be open.
    fn seam(&mut self, at: u64) {
        let Some(open) = self.open.take() else { return };
        let (end, loss) = self.never_committed(open, at);
        self.diagnosis.add(words::dangling(open.start, end, open.crossed.is_some(), loss));
    }

    /// Where an open transaction that is never closed ends, and what it costs: what stands behind a gap inside it is
    /// taken for records of their own, since its `EXEC` is more likely to have stood in the gap than not at all.
    fn never_committed(&mut self, open: OpenGroup, at: u64) -> (u64, Loss) {
        self.is_damaged = true;
        let (end, records) = match open.crossed {
            Some(Crossing { gap, records, .. }) => (gap, records),
            None => (at, open.records),
        };
        match open.crossed {
            Some(_) => self.checkpoint(self.record_end),
            None => {
                self.db = open.db_before;
                self.tracing.carve(open.start, at, Nature::Uncommitted, records, self.db);
            }
        }
        let commands = CommandRange::exactly(records);
        (end, self.lose(Loss { bytes: end - open.start, commands, ..Loss::default() }))
    }

    fn flush(&mut self, start: u64, end: u64, all: bool) {
        let removes_all = all || self.diagnosis.databases.iter().all(|db| *db == self.db);
        self.flushes.flush(start, end - start, (!all).then_some(self.db), removes_all);
        self.diagnosis.databases.insert(self.db);
        self.record(end, 1);
    }

    fn time(&mut self, start: u64, end: u64, seconds: u64) {
        self.clock.read(start, end, seconds, self.diagnosis.end_checkpoint);
        self.aside(start, end);
        for (index, before) in self.unclocked.drain(..) {
            if let Some(finding) = self.diagnosis.findings.get_mut(index) {
                finding.loss.seconds = Some(seconds.saturating_sub(before));
            }
        }
    }

    fn gap(&mut self, start: u64, end: u64, gap: Gap) {
        self.is_damaged = true;
        let length = end - start;
        let loss = self.loss(length, gap.remains.min, gap.remains.max, gap.remains.keys);
        match (gap.cause, gap.hole) {
            (GapCause::Rdb, _) => self.second_logs.push((start, Loss::default())),
            (GapCause::BadFrame, Some((offset, length))) => {
                self.diagnosis.add(words::hole(offset, length));
            }
            (GapCause::BadFrame, None) => {
                self.diagnosis.add(words::bad_frame(start, length, &gap.detail));
            }
        }
        if let Some(before) = self.clock.last() {
            self.unclocked.push((self.diagnosis.findings.len(), before));
        }
        let commands = loss.commands;
        self.diagnosis.add(words::gap(start, length, loss));
        self.has_gap = true;
        if let Some(open) = self.open.as_mut().filter(|open| open.crossed.is_none()) {
            let stretch = self.tracing.undecided(open.start, start, open.records, self.db);
            open.crossed = Some(Crossing { gap: start, records: open.records, stretch });
        }
        let is_rdb = gap.cause == GapCause::Rdb;
        self.tracing.gap(start, end, Nature::Gap { is_rdb, commands }, self.db);
        self.assumed.gap(end, self.db);
    }

    fn tail(&mut self, start: u64, end: u64, tail: Tail) {
        self.is_damaged = true;
        if tail.kind == TailKind::TornAnnotation {
            self.diagnosis.first_annotation.get_or_insert(start);
        }
        let remains = &tail.remains;
        let loss = self.loss(end - start, remains.min, remains.max, remains.keys.clone());
        if let Some(open) = self.open.filter(|open| open.crossed.is_none()) {
            let OpenGroup { start: multi, records, db_before, .. } = open;
            self.tracing.carve(multi, start, Nature::Uncommitted, records, db_before);
        }
        let kind = TailEnd::from(tail.kind);
        self.tracing.gap(start, end, Nature::Tail { kind, commands: loss.commands }, self.db);
        if tail.kind == TailKind::Rdb {
            self.second_logs.push((start, loss));
        } else {
            self.diagnosis.add(words::tail(start, end - start, &tail, loss));
        }
        self.tail = Some(tail);
    }

    /// A loss of bytes that yield no command, in the current database.
    fn loss(&mut self, bytes: u64, min: u64, max: u64, mut keys: Keys) -> Loss {
        for key in &mut keys.sample {
            key.db = Some(self.db);
        }
        self.lose(Loss { bytes, commands: CommandRange { min, max }, keys, seconds: None })
    }

    /// Adds a loss to the sum.
    fn lose(&mut self, loss: Loss) -> Loss {
        let lost = &mut self.diagnosis.lost;
        lost.bytes += loss.bytes;
        lost.commands.min += loss.commands.min;
        lost.commands.max += loss.commands.max;
        loss
    }

    /// The part ends where the last mark did.
    pub(crate) fn finish(mut self) -> Diagnosis {
        if let Some(open) = self.open.take() {
            let (end, loss) = self.never_committed(open, self.record_end);
            let finding = words::open(open.start, end - open.start, open.crossed.is_some(), loss);
            self.diagnosis.add(finding);
        }
        let mut diagnosis = self.diagnosis;
        diagnosis.outline = self.tracing.finish(self.at, &self.odd);
        for (offset, loss) in self.second_logs {
            diagnosis.add(words::rdb_inside(offset, self.at - offset).loss(loss));
        }
        for finding in self.clock.findings(self.at) {
            if finding.severity == Severity::Damage
                && let Some(checkpoint) = self.clock.checkpoint_before(finding.offset)
            {
                diagnosis.checkpoint = diagnosis.checkpoint.min(checkpoint);
            }
            diagnosis.add(finding);
        }
        self.flushes.findings().for_each(|finding| diagnosis.add(finding));
        if diagnosis.databases.len() > 1 {
            self.assumed.findings().for_each(|finding| diagnosis.add(finding));
        }
        self.odd.0.iter().for_each(|oddity| diagnosis.add(words::oddity(oddity)));
        diagnosis.bytes = self.at;
        diagnosis.has_ties = self.demands.ties;
        diagnosis.demands = self.demands.into_vec();
        diagnosis.clock = self.clock.span;
        diagnosis.assumptions.push(format!("the server has {} databases", self.databases));
        diagnosis.findings.sort_by_key(|finding| (finding.offset, finding.id));
        diagnosis
    }

    /// Adds damage at the end of the part, which explains everything behind `from` better, with so many `records`; the
    /// last checkpoint before it is at `checkpoint`.
    pub(crate) fn replace_behind(
        &mut self,
        from: u64,
        checkpoint: u64,
        records: u64,
        finding: Finding,
    ) {
        self.diagnosis.checkpoint = self.diagnosis.checkpoint.min(checkpoint);
        let explained = [FindingId::AofFrameBad, FindingId::AofGap];
        let is_replaced =
            |known: &mut Finding| known.offset >= from && explained.contains(&known.id);
        for replaced in self.diagnosis.findings.extract_if(.., is_replaced) {
            self.diagnosis.total_findings -= 1;
            self.diagnosis.lost.bytes -= replaced.loss.bytes;
            self.diagnosis.lost.commands.min -= replaced.loss.commands.min;
            self.diagnosis.lost.commands.max -= replaced.loss.commands.max;
        }
        self.assumed.forget_behind(from);
        let is_certain = finding.confidence >= Confidence::Likely;
        self.tracing.repeated(checkpoint, self.at, records, is_certain);
        self.diagnosis.add(finding);
    }

    /// Adds a finding.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.diagnosis.add(finding);
    }
}
