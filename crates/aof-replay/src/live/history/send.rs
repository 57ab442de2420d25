//! Waves as batches, for all connections in turn.

use aof_keyspace::Links;
use aof_log::Watch;

use super::super::batch::Batch;
use super::super::fleet::{Fleet, Halt};
use super::super::pace::Rate;
use super::route::{Barrier, Item};
use super::wave::{Kind, Op, Wave};

/// So many commands are a batch of those that may be sent twice, or so many bytes.
const PLAIN: (usize, usize) = (512, 64 << 10);

/// So many are a batch of those that may not: servers keep them until the batch ends.
const EXACT: (usize, usize) = (128, 32 << 10);

/// The record so many places further on is brought into the cache.
const AHEAD: usize = 24;

/// Sends what comes, as fast as it may.
pub(super) struct Sender<'a, 'f, 's> {
    pub(super) links: &'a Links,
    pub(super) fleet: &'a mut Fleet<'f, 's>,
    pub(super) rate: Option<Rate>,
    pub(super) watch: &'a dyn Watch,
    /// Bytes that were sent so far.
    pub(super) bytes: u64,
}

/// One connection in a wave.
struct Share<'s> {
    connection: usize,
    /// Places in the order of the wave that are left.
    from: usize,
    to: usize,
    /// Commands that may be sent twice, and those that may not. They are on different keys.
    plain: Batch<'s>,
    exact: Batch<'s>,
}

impl<'s> Sender<'_, '_, 's> {
    pub(super) fn take(&mut self, item: &Item<'s>) -> Result<(), Halt> {
        match item {
            Item::Wave(wave) => self.wave(wave),
            Item::Barrier(barrier) => self.barrier(barrier),
        }
    }

    /// Each connection has the groups of its lane; they take turns.
    fn wave(&mut self, wave: &Wave<'s>) -> Result<(), Halt> {
        let place = |connection| wave.place(|group| self.links.lane_of_group(group) < connection);
        let share = |connection| Share {
            connection,
            from: place(connection),
            to: place(connection + 1),
            plain: Batch::new(wave.part, false),
            exact: Batch::new(wave.part, true),
        };
        let mut shares: Vec<Share<'s>> = (0..self.fleet.len()).map(share).collect();
        while !shares.is_empty() {
            for share in &mut shares {
                self.fill(wave, share)?;
            }
            shares.retain(|share| share.from < share.to);
        }
        Ok(())
    }

    /// Fills batches until one is sent, or nothing is left.
    fn fill(&mut self, wave: &Wave<'s>, share: &mut Share<'s>) -> Result<(), Halt> {
        let mut is_sent = false;
        while share.from < share.to && !is_sent {
            let group = wave.group(share.from);
            let is_steady = group.clone().all(|op| op.kind.is_steady());
            let mut has_set = false;
            for op in group {
                share.from += 1;
                wave.prefetch(share.from + AHEAD);
                self.fleet.allows(op.db.into())?;
                if op.kind == Kind::First {
                    self.send(share.connection, &mut share.exact)?;
                }
                let batch = if is_steady { &mut share.plain } else { &mut share.exact };
                // What follows on the same key must find what was set.
                if has_set && op.kind != Kind::Set {
                    batch.close_sets();
                    has_set = false;
                }
                has_set |= op.kind == Kind::Set;
                add(batch, wave, op);
                let is_open = is_in_transaction(op) && follows(wave, share.from);
                let (most, bytes) = if is_steady { PLAIN } else { EXACT };
                if !is_open
                    && (batch.len() >= most || batch.bytes() >= bytes || is_in_transaction(op))
                {
                    self.send(share.connection, batch)?;
                    is_sent = true;
                }
            }
        }
        if share.from >= share.to {
            self.send(share.connection, &mut share.plain)?;
            self.send(share.connection, &mut share.exact)?;
        }
        Ok(())
    }

    /// Sends a batch, if something is in it, and begins the next.
    pub(super) fn send(&mut self, connection: usize, batch: &mut Batch<'s>) -> Result<(), Halt> {
        if batch.is_empty() {
            return Ok(());
        }
        if self.watch.is_cancelled() {
            return Err(Halt::Cancelled);
        }
        self.bytes += batch.bytes() as u64;
        self.watch.reached(self.bytes);
        let batch = batch.take();
        if let Some(rate) = self.rate.as_mut().filter(|_| !self.fleet.is_done(connection)) {
            rate.wait(batch.len() as u64);
        }
        self.fleet.send(connection, batch)
    }

    /// Sends records when all before them are done, and waits until they are as well.
    fn barrier(&mut self, barrier: &Barrier) -> Result<(), Halt> {
        let is_done = self.fleet.is_done(0);
        if !is_done {
            self.fleet.drain()?;
        }
        // Its number counts: what is done behind it is marked so.
        let mut batch = Batch::new(barrier.part, true);
        for record in &barrier.records {
            self.fleet.allows(record.db.into())?;
            batch.select(record.db.into());
            batch.push_own(record.at, &record.bytes);
        }
        if barrier.empties {
            self.fleet.mark_all(&mut batch);
        }
        self.send(0, &mut batch)?;
        if is_done { Ok(()) } else { self.fleet.drain() }
    }
}

fn is_in_transaction(op: &Op) -> bool {
    matches!(op.kind, Kind::First | Kind::Next)
}

/// Whether the record at this place goes on with the transaction of the one before.
fn follows(wave: &Wave<'_>, place: usize) -> bool {
    wave.at(place).is_some_and(|op| op.kind == Kind::Next)
}

fn add<'s>(batch: &mut Batch<'s>, wave: &Wave<'s>, op: &Op) {
    batch.select(op.db.into());
    let at = wave.offset(op);
    match wave.standing(op) {
        _ if op.kind == Kind::Set => batch.push_set(at, wave.command(op)),
        Some(command) => batch.push(at, command),
        None => batch.push_own(at, wave.command(op)),
    }
}
