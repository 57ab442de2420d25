//! Connections side by side, each with its own thread.

mod back;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

use super::batch::{Batch, Origin, Sent};
use super::connection::{Connection, LinkError};
use super::marker::{self, Progress};
use super::pace::Depth;
use super::replies::{self, Answer};

/// So many batches wait for each connection.
const AHEAD: usize = 4;

/// So many commands are listed that were not executed.
pub(super) const LISTED: usize = 100;

/// What came of what was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Commands that were sent.
    pub sent: u64,
    /// Those that the target executed.
    pub acknowledged: u64,
    /// Those that it refused alone.
    pub rejected: u64,
    /// Those that an earlier replay had sent already.
    pub skipped: u64,
    /// Bytes that were sent.
    pub bytes: u64,
    /// The first of those that were refused.
    pub list: Vec<Rejected>,
}

/// A command that the target did not execute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where it is from.
    pub origin: Origin,
    /// What the target says.
    pub reply: String,
}

/// Why nothing more is sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum Halt {
    /// A connection cannot be used any longer.
    Link(LinkError),
    /// The target takes nothing any longer, for this reason.
    Refused(Box<Rejected>),
    /// The log has keys in a database that the target does not have.
    NoDatabase(u64),
    /// What is to be sent cannot be read, for this reason.
    Source(String),
    /// Whoever watches wants it to end.
    Cancelled,
}

/// How a fleet came to its end.
#[derive(Debug)]
pub struct End<T> {
    /// What came of what was sent.
    pub sums: Sums,
    /// What the work gave, or why it was not done.
    pub result: Result<T, Halt>,
    /// Whether what the target holds allows to go on from there. If not, its markers say something wrong, and must go.
    pub is_resumable: bool,
}

/// Connections that are at work.
#[derive(Debug)]
pub struct Fleet<'f, 's> {
    orders: Vec<SyncSender<Order<'s>>>,
    shared: &'f Shared,
    run: &'f str,
    /// Batches of each connection that were done before.
    before: Vec<u64>,
    /// Batches of each connection so far.
    numbers: Vec<u64>,
    databases: u64,
}

#[derive(Debug)]
enum Order<'s> {
    Send(Box<Batch<'s>>, u64),
    /// When all was answered, say so.
    Drain(SyncSender<()>),
}

/// What threads tell each other.
#[derive(Debug, Default)]
struct Shared {
    is_halted: AtomicBool,
    sums: Mutex<Sums>,
    halt: Mutex<Option<Halt>>,
    is_lost: AtomicBool,
}

/// Has `work` send batches through connections, all of which belong to one replay, and waits for the answers.
///
/// `databases` is how many the target has; `progress` says which batches were done before.
pub fn run<'s, T>(
    connections: Vec<Connection>,
    databases: u64,
    progress: &Progress,
    work: impl FnOnce(&mut Fleet<'_, 's>) -> Result<T, Halt>,
) -> End<T> {
    let shared = Shared::default();
    let all = connections.len();
    let result = thread::scope(|scope| {
        let orders = connections.into_iter().enumerate().map(|(number, connection)| {
            let (orders, taken) = sync_channel(AHEAD);
            let (shared, run) = (&shared, &progress.run[..]);
            let mut lane = Lane::new(connection, shared, Name { run, all, number, databases });
            // What an earlier replay sent is not known.
            lane.has_exact = progress.done.get(number).is_some_and(|done| *done > 0);
            scope.spawn(move || lane.serve(&taken));
            orders
        });
        let mut fleet = Fleet {
            orders: orders.collect(),
            shared: &shared,
            run: &progress.run,
            before: progress.done.clone(),
            numbers: vec![0; all],
            databases,
        };
        let done = work(&mut fleet).and_then(|value| fleet.drain().map(|()| value));
        if done.is_err() {
            shared.is_halted.store(true, Ordering::Relaxed);
        }
        done
    });
    // The reason why others had to stop comes first.
    let halt = shared.halt.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let sums = shared.sums.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let result = match halt {
        Some(halt) => Err(halt),
        None => result,
    };
    End { sums, result, is_resumable: !shared.is_lost.into_inner() }
}

impl Shared {
    fn sums(&self, change: impl FnOnce(&mut Sums)) {
        change(&mut self.sums.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    fn halt(&self, why: Halt) {
        let mut halt = self.halt.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        halt.get_or_insert(why);
        self.is_halted.store(true, Ordering::Relaxed);
    }

    fn is_halted(&self) -> bool {
        self.is_halted.load(Ordering::Relaxed)
    }
}

impl<'s> Fleet<'_, 's> {
    /// How many connections there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Sends a batch through a connection, unless it was done before.
    ///
    /// # Errors
    /// Nothing more can be sent.
    pub fn send(&mut self, connection: usize, mut batch: Batch<'s>) -> Result<(), Halt> {
        self.numbers[connection] += 1;
        let number = self.numbers[connection];
        if number <= self.before[connection] {
            self.shared.sums(|sums| sums.skipped += batch.sent(number).commands());
            return Ok(());
        }
        batch.seal(self.run, self.orders.len(), connection, number);
        self.order(connection, Order::Send(Box::new(batch), number))
    }

    /// Whether the next batch of a connection was done before.
    pub(super) fn is_done(&self, connection: usize) -> bool {
        self.numbers[connection] < self.before[connection]
    }

    /// Waits until all that was sent is answered.
    ///
    /// # Errors
    /// Nothing more can be sent.
    pub fn drain(&mut self) -> Result<(), Halt> {
        let (done, all) = sync_channel(self.orders.len());
        for connection in 0..self.orders.len() {
            self.order(connection, Order::Drain(done.clone()))?;
        }
        drop(done);
        for _ in 0..self.orders.len() {
            all.recv().map_err(|_| Halt::Cancelled)?;
        }
        if self.shared.is_halted() { Err(Halt::Cancelled) } else { Ok(()) }
    }

    /// Appends commands that say of all connections what is done of them: where all data vanish, that does as well.
    pub(super) fn mark_all(&self, batch: &mut Batch<'s>) {
        for (connection, number) in self.numbers.iter().enumerate() {
            batch.push_ours(|out| {
                marker::append(self.run, self.orders.len(), connection, *number, out);
            });
        }
    }

    /// Refuses a database that the target does not have.
    pub(super) fn allows(&self, db: u64) -> Result<(), Halt> {
        if db < self.databases { Ok(()) } else { Err(Halt::NoDatabase(db)) }
    }

    fn order(&self, connection: usize, order: Order<'s>) -> Result<(), Halt> {
        if self.shared.is_halted() {
            return Err(Halt::Cancelled);
        }
        // A thread that ended has said why.
        self.orders[connection].send(order).map_err(|_| Halt::Cancelled)
    }
}

/// Which connection of which replay.
#[derive(Debug, Clone, Copy)]
struct Name<'f> {
    run: &'f str,
    all: usize,
    number: usize,
    /// How many databases the target has.
    databases: u64,
}

/// A connection at work.
struct Lane<'f> {
    connection: Connection,
    shared: &'f Shared,
    name: Name<'f>,
    /// What was sent and is not answered.
    waiting: VecDeque<(Sent, std::time::Instant)>,
    depth: Depth,
    /// The batch that was refused, and what came behind it nevertheless.
    refused: Option<u64>,
    /// Whether an exact batch was executed, and whether one was behind that one.
    has_exact: bool,
    is_torn: bool,
    /// Whether a plain one was.
    is_passed: bool,
}

impl<'f> Lane<'f> {
    fn new(connection: Connection, shared: &'f Shared, name: Name<'f>) -> Self {
        Self {
            connection,
            shared,
            name,
            waiting: VecDeque::new(),
            depth: Depth::default(),
            refused: None,
            has_exact: false,
            is_torn: false,
            is_passed: false,
        }
    }

    fn serve(mut self, orders: &Receiver<Order<'_>>) {
        let served = self.follow(orders);
        let settled = served.and_then(|()| self.settle_all()).and_then(|()| self.step_back());
        if let Err(broken) = settled {
            self.shared.halt(Halt::Link(broken));
        }
    }

    /// Does what it is told until there is nothing more, or nothing more makes sense.
    fn follow(&mut self, orders: &Receiver<Order<'_>>) -> Result<(), LinkError> {
        while !self.shared.is_halted() {
            let order = if self.waiting.is_empty() {
                orders.recv().map_err(|_| TryRecvError::Disconnected)
            } else if self.depth.allows(self.waiting.len()) {
                orders.try_recv()
            } else {
                Err(TryRecvError::Empty)
            };
            match order {
                Ok(Order::Send(batch, number)) => self.send(*batch, number)?,
                Ok(Order::Drain(done)) => {
                    self.settle_all()?;
                    // Whoever asked may have given up.
                    let _ = done.send(());
                }
                Err(TryRecvError::Empty) => self.settle()?,
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        }
        Ok(())
    }

    fn send(&mut self, batch: Batch<'_>, number: u64) -> Result<(), LinkError> {
        self.connection.send(&mut batch.slices())?;
        let sent = batch.sent(number);
        self.shared.sums(|sums| {
            sums.sent += sent.commands();
            sums.bytes += sent.bytes as u64;
        });
        self.waiting.push_back((sent, std::time::Instant::now()));
        Ok(())
    }

    fn settle_all(&mut self) -> Result<(), LinkError> {
        while !self.waiting.is_empty() {
            self.settle()?;
        }
        Ok(())
    }

    /// Reads what is said to the oldest batch.
    fn settle(&mut self) -> Result<(), LinkError> {
        let Some((sent, since)) = self.waiting.pop_front() else { return Ok(()) };
        let answer = replies::read(&mut self.connection, &sent)?;
        self.depth.note(since.elapsed());
        match answer {
            Answer::Executed { rejected } => self.executed(&sent, rejected),
            Answer::Refused { place, reply } if self.refused.is_none() => {
                self.refused = Some(sent.number);
                // What stands behind the command in the batch may have been executed, the marker too.
                self.is_passed = !sent.is_exact;
                let origin = sent.origin(place).unwrap_or(Origin::Key {
                    name: b"SET".to_vec(),
                    key: marker::name(self.name.number).into_bytes(),
                });
                self.shared.halt(Halt::Refused(Box::new(Rejected { origin, reply })));
            }
            Answer::Refused { .. } => {}
        }
        Ok(())
    }

    fn executed(&mut self, sent: &Sent, rejected: Vec<(usize, String)>) {
        self.has_exact |= sent.is_exact;
        if self.refused.is_some() {
            self.is_torn |= sent.is_exact;
            self.is_passed = true;
        }
        let rejected: Vec<Rejected> = rejected
            .into_iter()
            .filter_map(|(place, reply)| Some(Rejected { origin: sent.origin(place)?, reply }))
            .collect();
        self.shared.sums(|sums| {
            sums.rejected += rejected.len() as u64;
            sums.acknowledged += sent.commands() - rejected.len() as u64;
            let room = LISTED.saturating_sub(sums.list.len());
            sums.list.extend(rejected.into_iter().take(room));
        });
    }
}

#[cfg(test)]
mod tests;
