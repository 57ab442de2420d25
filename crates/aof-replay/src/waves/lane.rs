//! A lane at work on its records.

use std::ops::Range;

use aof_keyspace::{Applied, Fail, Keyspace, Worker};
use aof_resp::{Class, Command, Table};
use aof_source::prefetch;

use super::block::Block;
use super::op::{Op, read};
use super::{State, Stretch};
use crate::doubt::Doubter;
use crate::report::{Failure, Report};

/// For so many operations at most a lane says what memory they will read before it executes them: the processor waits for
/// many places together.
const TOGETHER: usize = 64;

/// Numbers of operations as alike as can be, up to [`TOGETHER`]: a few left over would be waited for nearly one by one.
const fn together(all: usize) -> usize {
    if all == 0 { TOGETHER } else { all.div_ceil(all.div_ceil(TOGETHER)) }
}

/// A block, and what is known where it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Served<'b> {
    pub(super) block: &'b Block,
    state: State,
    stretch: Stretch<'b>,
}

/// What a lane has seen.
#[derive(Debug, Default)]
pub(super) struct Tally {
    changed: u64,
    failures: Vec<Failure>,
    /// Where records begin that had no effect.
    idle: Vec<u64>,
    pub(super) doubter: Doubter,
    /// Where records begin that several lanes have, and whether they changed anything in this one.
    shared: Vec<(u64, bool)>,
}

impl<'b> Served<'b> {
    /// Blocks in order; the state is that behind them then.
    pub(super) fn row(blocks: &'b [Block], state: &mut State, stretch: Stretch<'b>) -> Vec<Self> {
        let one = |block: &'b Block| {
            let served = Self { block, state: *state, stretch };
            state.db = block.db().unwrap_or(state.db);
            state.clock = block.clocks.last().map(|(_, clock)| *clock).or(state.clock);
            served
        };
        blocks.iter().map(one).collect()
    }

    /// Executes operations of a lane.
    pub(super) fn lane(
        &self,
        worker: &mut Worker<'_, '_>,
        tally: &mut Tally,
        lane: usize,
        range: Range<usize>,
    ) {
        let (ops, bytes) = (&self.block.ops[lane], self.stretch.bytes);
        let (mut args, mut own) = (Vec::new(), Vec::new());
        let mut clock = Clock { state: self.state.clock, rest: &self.block.clocks };
        let set_row = Table::get().lookup(b"SET").map_or(usize::MAX, Command::index);
        let all = &ops.all()[range];
        let together = together(all.len());
        for (at, op) in all.iter().enumerate() {
            if at % together == 0 {
                self.ahead(worker, &all[at..all.len().min(at + together)]);
            }
            let db = self.db(op);
            if let Some([key, value]) = ops.set(op, set_row, bytes)
                && tally.doubter.is_quiet()
            {
                worker.set(db, (key, op.hash), value);
                tally.changed += 1;
                continue;
            }
            ops.args(op, bytes, &mut args);
            let (seen, applied) = match op.row() {
                None => (&args[..], Err(Fail::Unknown)),
                Some(row) if !row.accepts(args.len() as u32) => (&args[..], Err(Fail::Arity)),
                Some(row) => {
                    let own: &[&[u8]] = match op.is_shared && row.class() != Class::Opaque {
                        true => keys_of(worker, row, &args, &mut own),
                        false => &args,
                    };
                    (own, worker.execute(db, clock.at(op.at), row, own))
                }
            };
            tally.doubter.see(db, seen, &applied, &|key| worker.has(key));
            tally.see(self.stretch, op, &args, applied);
        }
    }

    /// Has what operations will read brought into the cache, side by side: where their keys stand, what is there, and
    /// what that leads to. Their own bytes are there since they were distributed.
    fn ahead(&self, worker: &Worker<'_, '_>, ops: &[Op]) {
        worker.ahead(ops.iter().map(|op| (self.db(op), op.hash)), &mut prefetch);
    }

    fn db(&self, op: &Op) -> u64 {
        u64::from(self.block.db_of(op).unwrap_or(self.state.db))
    }

    /// Executes an operation with all lanes in hand.
    pub(super) fn alone(&self, keyspace: &mut Keyspace<'_>, tallies: &mut [Tally], op: &Op) {
        let mut args = Vec::new();
        read(&self.stretch.bytes[op.at as usize..], &mut args);
        let mut clock = Clock { state: self.state.clock, rest: &self.block.clocks };
        let Some(row) = op.row() else { return };
        let db = self.db(op);
        let applied = keyspace.execute(db, clock.at(op.at), row, &args);
        // The last key is the one that something is stored at.
        let lane = |key: &[u8]| keyspace.links().lane(key);
        let keys: Vec<&[u8]> = row.key_positions(&args).map(|at| args[at]).collect();
        let last = keys.last().map(|key| lane(key)).unwrap_or_default();
        if applied.is_err() {
            for (number, tally) in tallies.iter_mut().enumerate() {
                tally.doubter.see(db, &args, &applied, &|key| lane(key) == number);
            }
        } else {
            let others = keys.iter().filter(|key| lane(key) != last);
            let reason = |key: &&&'b [u8]| tallies[lane(key)].doubter.reason(db, key);
            let others: Vec<_> = others.filter_map(|key| Some((*key, reason(&key)?))).collect();
            tallies[last].doubter.see_among(db, &args, &applied, &others);
        }
        tallies[last].see(self.stretch, op, &args, applied);
    }
}

/// What the log says of the time, read forwards.
struct Clock<'c> {
    state: Option<i64>,
    rest: &'c [(u32, i64)],
}

impl Clock<'_> {
    #[inline]
    fn at(&mut self, place: u32) -> Option<i64> {
        while let [(at, clock), rest @ ..] = self.rest {
            if *at > place {
                break;
            }
            (self.state, self.rest) = (Some(*clock), rest);
        }
        self.state
    }
}

/// The command with those of its keys alone that are in this lane.
fn keys_of<'a, 'b>(
    worker: &Worker<'_, '_>,
    row: &Command,
    args: &'a [&'b [u8]],
    own: &'a mut Vec<&'b [u8]>,
) -> &'a [&'b [u8]] {
    let mut keys = row.key_positions(args).peekable();
    let Some(first) = keys.peek().copied() else { return args };
    own.clear();
    own.extend(&args[..first]);
    while let Some(at) = keys.next() {
        let end = keys.peek().copied().unwrap_or(args.len());
        if worker.has(args[at]) {
            own.extend(&args[at..end]);
        }
    }
    own
}

impl Tally {
    #[inline]
    fn see(
        &mut self,
        stretch: Stretch<'_>,
        op: &Op,
        args: &[&[u8]],
        applied: Result<Applied, Fail>,
    ) {
        let offset = stretch.at + u64::from(op.at);
        let is_changed = applied == Ok(Applied::Changed);
        match (op.is_shared, is_changed) {
            (true, _) => self.shared.push((offset, is_changed)),
            (false, true) => self.changed += 1,
            (false, false) => self.idle.push(offset),
        }
        if let (Err(why), true) = (applied, op.is_counted) {
            self.fail(stretch, op, args, why);
        }
    }

    #[cold]
    fn fail(&mut self, stretch: Stretch<'_>, op: &Op, args: &[&[u8]], why: Fail) {
        let (part, offset) = (stretch.part, stretch.at + u64::from(op.at));
        let length = op.length(stretch.bytes);
        let name = args.first().copied().unwrap_or_default().to_vec();
        self.failures.push(Failure { part, offset, length, name, why });
    }

    /// Moves what lanes have seen of a wave to the report, in the order of the log, and returns where records begin that
    /// had no effect.
    pub(super) fn report(tallies: &mut [Self], report: &mut Report) -> Vec<u64> {
        let failures = tallies.iter_mut().flat_map(|tally| tally.failures.drain(..));
        let mut failures: Vec<Failure> = failures.collect();
        let failed = failures.len() as u64;
        failures.sort_by_key(|failure| failure.offset);
        failures.into_iter().for_each(|failure| report.fail(failure));
        let shared = tallies.iter_mut().flat_map(|tally| tally.shared.drain(..));
        let mut shared: Vec<(u64, bool)> = shared.collect();
        shared.sort_unstable();
        let mut idle: Vec<u64> =
            tallies.iter_mut().flat_map(|tally| tally.idle.drain(..)).collect();
        for group in shared.chunk_by(|one, other| one.0 == other.0) {
            let is_changed = group.iter().any(|(_, is_changed)| *is_changed);
            report.changed += u64::from(is_changed);
            idle.extend(group.first().filter(|_| !is_changed).map(|(at, _)| *at));
        }
        idle.sort_unstable();
        report.no_ops += (idle.len() as u64).saturating_sub(failed);
        report.changed +=
            tallies.iter_mut().map(|tally| std::mem::take(&mut tally.changed)).sum::<u64>();
        idle
    }
}
