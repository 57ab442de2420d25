//! Records in waves: all threads read blocks of them and distribute them to lanes, then all threads serve lanes.
//!
//! Each lane takes its records in the order of the log, and what connects keys has put them into one lane, so the data
//! are those that one record after the other would give.

mod block;
mod lane;
mod op;

use std::ops::Range;
use std::time::{Duration, Instant};

use aof_keyspace::{Keyspace, LANES, Links, Worker};
use rayon::prelude::*;

use crate::doubt::Doubter;
use crate::effects::Rate;
use crate::frames::guess;
use crate::report::Report;
use block::{Block, Mark, Marked, Route};
use lane::{Served, Tally};

/// Bytes of a block. What is read stays in the cache until it is executed.
const BLOCK: usize = 128 << 10;

/// Blocks of a wave for each thread.
const BLOCKS_A_THREAD: usize = 4;

/// How a stretch of bytes is cut into waves. It does not change the result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Bytes of a block.
    pub(crate) block: usize,
    /// Blocks of a wave.
    pub(crate) blocks: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { block: BLOCK, blocks: rayon::current_num_threads() * BLOCKS_A_THREAD }
    }
}

/// Positions in the bytes of a wave are 32 bits wide.
const LONGEST: usize = u32::MAX as usize;

/// What is known where a wave begins.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// The selected database.
    db: u32,
    /// When the log says that it is, in milliseconds since the Unix epoch.
    clock: Option<i64>,
}

/// Where records stand, and how far they may be executed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'b> {
    pub(crate) part: usize,
    /// Where the bytes begin in the part.
    pub(crate) at: u64,
    pub(crate) bytes: &'b [u8],
    /// Whether a transaction is open where they begin.
    pub(crate) is_open: bool,
    /// Whether nothing follows. A transaction that is open then is executed if this says so, and otherwise not.
    pub(crate) last: Option<bool>,
}

/// How far a wave came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passed {
    pub(crate) bytes: usize,
    /// Whether something stands there that is neither a record nor an annotation.
    pub(crate) is_broken: bool,
}

/// How long the two halves of all waves took so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Reading records and distributing them to lanes.
    pub distributing: Duration,
    /// Executing them.
    pub executing: Duration,
}

/// What goes on from wave to wave.
#[derive(Debug, Default)]
pub(crate) struct Waves {
    /// They are used again and again.
    blocks: Vec<Block>,
    /// One for each lane.
    tallies: Vec<Tally>,
    pub(crate) sizes: Sizes,
    /// The lanes that are executed; the operations of others are only counted.
    pub(crate) served: Range<usize>,
    state: State,
    pub(crate) report: Report,
    pub(crate) spent: Spent,
}

impl Waves {
    /// For so many lanes.
    pub(crate) fn new(lanes: usize) -> Self {
        let report = Report { lanes: vec![0; lanes], ..Report::default() };
        let tallies = (0..lanes).map(|_| Tally::default()).collect();
        Self { tallies, served: 0..lanes, report, ..Self::default() }
    }

    /// A part begins.
    pub(crate) fn begin_part(&mut self) {
        self.state = State::default();
    }

    /// The database that is selected.
    pub(crate) fn selected(&self) -> u32 {
        self.state.db
    }

    /// What is doubted, lane by lane.
    pub(crate) fn doubters(&mut self) -> impl Iterator<Item = &mut Doubter> {
        self.tallies.iter_mut().map(|tally| &mut tally.doubter)
    }

    /// What came of all records.
    pub(crate) fn finish(self) -> Report {
        let doubters = self.tallies.into_iter().map(|tally| tally.doubter);
        Report { doubts: Doubter::finish(doubters), ..self.report }
    }

    /// A database is selected.
    pub(crate) fn select(&mut self, db: u32) {
        self.state.db = db;
    }

    /// Executes records from the beginning of the bytes on: as many as are whole, but no transaction whose end is not
    /// there.
    pub(crate) fn run(&mut self, keyspace: &mut Keyspace<'_>, stretch: Stretch<'_>) -> Passed {
        let route = Route { links: keyspace.links(), databases: keyspace.databases() };
        let mut size = self.sizes.block * self.sizes.blocks;
        loop {
            let started = Instant::now();
            let passed = self.fill(route, stretch.bytes, size);
            let is_last = stretch.last.filter(|_| passed.bytes == stretch.bytes.len());
            let until = self.committed(stretch.is_open, passed.bytes, is_last);
            let is_stuck = until == 0 && passed.bytes > 0 && is_last.is_none();
            if is_stuck && !passed.is_broken && passed.bytes >= size && size < LONGEST {
                size *= 2;
                continue;
            }
            let filled = Instant::now();
            self.spent.distributing += filled - started;
            self.serve(keyspace, stretch);
            self.spent.executing += filled.elapsed();
            return Passed { bytes: until, is_broken: passed.is_broken && until == passed.bytes };
        }
    }

    /// Which keys are connected by the records from the beginning of the bytes on: as many as are in a wave.
    pub(crate) fn connect(&mut self, bytes: &[u8], links: &mut Links) -> Passed {
        let route = Route { links: &Links::default(), databases: 0 };
        let passed = self.fill(route, bytes, self.sizes.block * self.sizes.blocks);
        self.blocks.iter().for_each(|block| links.add(&block.edges));
        passed
    }

    /// Reads blocks side by side, as long as each begins where the one before ends.
    fn fill(&mut self, route: Route<'_>, bytes: &[u8], size: usize) -> Passed {
        let length = self.sizes.block;
        let count = size.min(LONGEST).min(bytes.len()).div_ceil(length);
        self.blocks.resize_with(count.max(self.blocks.len()), Block::default);
        self.blocks.truncate(count);
        let until = |index: usize| ((index + 1) * length).min(bytes.len());
        self.blocks.par_iter_mut().enumerate().with_max_len(1).for_each(|(index, block)| {
            let start =
                if index == 0 { Some(0) } else { guess(bytes, index * length, until(index)) };
            match start {
                Some(start) => block.fill(route, bytes, start, until(index)),
                None => block.fill(route, bytes, index * length, index * length),
            }
        });
        let (mut end, mut is_broken) = (0, false);
        for (index, block) in self.blocks.iter_mut().enumerate() {
            if block.start != end || block.end == block.start {
                block.fill(route, bytes, end, until(index));
            }
            (end, is_broken) = (block.end, block.is_broken);
            if end < until(index) {
                self.blocks.truncate(index + 1);
                break;
            }
        }
        Passed { bytes: end, is_broken }
    }

    /// Leaves out what is not executed, and returns how far that goes: transactions that are discarded, and all that
    /// stands behind the beginning of one whose end is not there.
    fn committed(&mut self, is_open: bool, end: usize, is_last: Option<bool>) -> usize {
        let mut open = is_open.then_some(0);
        let mut discarded = Vec::new();
        let marks = self.blocks.iter().flat_map(|block| &block.marks);
        for Marked { at, mark, .. } in marks.copied() {
            match (mark, open) {
                (Mark::Multi, None) => open = Some(at),
                (Mark::Discard, Some(from)) => {
                    discarded.push((from, at));
                    open = None;
                }
                (Mark::Exec, _) => open = None,
                _ => {}
            }
        }
        let until = match (open, is_last) {
            (None, _) | (_, Some(true)) => end,
            (Some(from), Some(false)) => {
                discarded.push((from, u32::MAX));
                end
            }
            (Some(from), None) => self.cut(from),
        };
        for (from, to) in discarded {
            self.blocks.iter_mut().for_each(|block| block.discard(from, to));
        }
        until
    }

    /// Takes back all records from this byte on.
    fn cut(&mut self, from: u32) -> usize {
        let is_before = |block: &&mut Block| block.start <= from as usize;
        let before =
            self.blocks.iter_mut().take_while(is_before).map(|block| block.cut(from)).count();
        self.blocks.truncate(before);
        from as usize
    }

    /// All lanes up to the first record that reads keys which it does not name; that one with all lanes in hand; and
    /// so on.
    fn serve(&mut self, keyspace: &mut Keyspace<'_>, stretch: Stretch<'_>) {
        let Self { blocks, tallies, state, report, served: all, .. } = self;
        let is_whole = all.len() == tallies.len();
        report.commands += blocks.iter().map(|block| block.records).sum::<u64>();
        for (lane, total) in report.lanes.iter_mut().enumerate() {
            *total += blocks.iter().map(|block| block.ops[lane].len() as u64).sum::<u64>();
        }
        let served: Vec<Served<'_>> = Served::row(blocks, state, stretch);
        let mut from = [(0, 0); LANES];
        for (number, block) in blocks.iter().enumerate() {
            for (op, lens) in &block.barriers {
                let to = lens.map(|len| (number, len));
                lanes(keyspace, tallies, &served, all, (&from, &to));
                if is_whole {
                    served[number].alone(keyspace, tallies, op);
                }
                from = to;
            }
        }
        lanes(keyspace, tallies, &served, all, (&from, &[(blocks.len(), 0); LANES]));
        let idle = Tally::report(tallies, report);
        let (mut idle, part) = (&idle[..], stretch.part);
        for (commands, end) in blocks.iter().flat_map(Block::together) {
            let end = stretch.at + u64::from(end);
            let (these, rest) = idle.split_at(idle.partition_point(|at| *at < end));
            let rate = Rate { idle: these.len() as u64, commands };
            report.effects.note(part, these.first().copied(), rate);
            idle = rest;
        }
    }
}

/// Places among blocks and operations, for each lane.
type Places = [(usize, usize); LANES];

fn lanes(
    keyspace: &mut Keyspace<'_>,
    tallies: &mut [Tally],
    served: &[Served<'_>],
    all: &Range<usize>,
    (from, to): (&Places, &Places),
) {
    let workers = keyspace.workers().into_iter().zip(tallies).enumerate();
    let mut workers: Vec<(usize, (Worker<'_, '_>, &mut Tally))> =
        workers.filter(|(lane, _)| all.contains(lane)).collect();
    workers.par_iter_mut().with_max_len(1).for_each(|(lane, (worker, tally))| {
        let (from, to) = (from[*lane], to[*lane]);
        let last = served.len().min(to.0 + 1);
        for (number, served) in served[..last].iter().enumerate().skip(from.0) {
            let start = if number == from.0 { from.1 } else { 0 };
            let end = if number == to.0 { to.1 } else { served.block.ops[*lane].len() };
            served.lane(worker, tally, *lane, start..end);
        }
    });
}

#[cfg(test)]
mod tests;
