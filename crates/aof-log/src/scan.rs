//! Scanning a part with all threads at once.
//!
//! The part is cut into blocks. A worker guesses where the first record of its block begins, and writes
//! marks from there to the first record that begins behind the block. Then the blocks are stitched in order: a
//! block whose guess is where the block before ended is believed, any other is scanned again from there.
//! So a guess costs time when it is wrong, and never changes the result.

use std::sync::Mutex;

use aof_source::{Feed, Part, ReadError};
use rayon::prelude::*;

use crate::block::{self, Cursor};
use crate::chain::guess;
use crate::diagnosis::Diagnosis;
use crate::ending;
use crate::mark::Marks;
use crate::timeline::Timeline;
use crate::words;

/// How a part is scanned.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How many databases the server has. Default: 16.
    pub databases: u32,
    /// Bytes that one thread scans at a time. Default: 2 MiB. Minimum: 1. It does not change the result.
    pub block: u64,
    /// Where the records begin: behind the RDB file that a part may begin with. Default: 0.
    pub start: u64,
    /// Whether an [`Outline`](crate::outline::Outline) is drawn, which grows with the damage. Default: no.
    pub outline: bool,
    /// How deep an RDB file is looked into.
    pub depth: aof_rdb::Depth,
}

impl Default for Policy {
    fn default() -> Self {
        let depth = aof_rdb::Depth::default();
        Self { databases: 16, block: 2 << 20, start: 0, outline: false, depth }
    }
}

/// Somebody who looks on while a part is scanned.
pub trait Watch: Sync {
    /// All bytes before `offset` were scanned. Called in order, from the thread that called [`diagnose`].
    fn reached(&self, offset: u64);

    /// Whether the scan should stop; it then ends where it is.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Nobody looks on.
impl Watch for () {
    fn reached(&self, _offset: u64) {}
}

/// Bytes at the start of a block among which its first record must begin, or it is scanned in its turn.
const GUESSED_AT: u64 = 256 << 10;

/// Blocks for each thread between two stitchings.
const BLOCKS_A_THREAD: usize = 16;

/// Scans a part with the threads of rayon's current pool.
///
/// Damage is a result. So is storage that fails: the finding says where, and what was read before stands.
pub fn diagnose<P: Part + ?Sized>(part: &P, policy: &Policy, watch: &dyn Watch) -> Diagnosis {
    let mut stitcher = Stitcher::new(part.feed(), policy);
    let block = policy.block.max(1);
    let threads = rayon::current_num_threads();
    let feeds: Vec<Mutex<P::Feed<'_>>> = (0..threads).map(|_| Mutex::new(part.feed())).collect();
    let mut slots: Vec<Slot> = Vec::new();
    slots.resize_with(threads * BLOCKS_A_THREAD, Slot::default);
    while !stitcher.is_done && stitcher.at() < part.len() && !watch.is_cancelled() {
        let first = stitcher.at();
        slots.par_iter_mut().enumerate().for_each(|(index, slot)| {
            let start = (first / block + index as u64).saturating_mul(block).max(first);
            let thread = rayon::current_thread_index().unwrap_or(0);
            let mut feed = feeds[thread].lock().expect("each thread has a feed of its own");
            slot.fill(&mut *feed, start, start.saturating_add(block));
        });
        for slot in &mut slots {
            if !stitcher.is_done && !watch.is_cancelled() {
                stitcher.stitch(slot);
                watch.reached(stitcher.at());
            }
        }
    }
    stitcher.finish(part.len(), watch.is_cancelled())
}

/// Scans a part that can only be read forwards, on one thread.
pub fn diagnose_stream<F: Feed>(feed: F, policy: &Policy, watch: &dyn Watch) -> Diagnosis {
    let mut stitcher = Stitcher::new(feed, policy);
    let mut slot = Slot::default();
    while !stitcher.is_done && !watch.is_cancelled() {
        slot.until = stitcher.at().saturating_add(policy.block.max(1));
        slot.scanned = None;
        stitcher.stitch(&mut slot);
        watch.reached(stitcher.at());
    }
    let length = stitcher.at();
    stitcher.finish(length, watch.is_cancelled())
}

/// One block and its marks; reused from block to block.
#[derive(Debug, Default)]
struct Slot {
    until: u64,
    /// Where the scan began and where the next block begins, if there is something to believe.
    scanned: Option<(u64, Cursor)>,
    marks: Marks,
}

impl Slot {
    fn fill<F: Feed>(&mut self, feed: &mut F, start: u64, until: u64) {
        (self.until, self.scanned) = (until, None);
        self.marks.clear();
        let within = until.min(start.saturating_add(GUESSED_AT));
        let Ok(Some(at)) = guess(feed, start, within) else {
            return;
        };
        // A guess begins with a whole record, so nothing before it is ever taken back.
        let mut cursor = Cursor { at, previous: None };
        if block::scan(feed, &mut cursor, until, &mut self.marks).is_ok() {
            self.scanned = Some((at, cursor));
        }
    }
}

struct Stitcher<F> {
    feed: F,
    cursor: Cursor,
    /// Marks that are not told yet: what follows may take back the last of them.
    marks: Marks,
    timeline: Timeline,
    is_done: bool,
    unreadable: Option<ReadError>,
}

/// Marks that a mark behind them may still change: a transaction is folded when its `EXEC` is seen.
const UNSETTLED: usize = 4;

impl<F: Feed> Stitcher<F> {
    fn new(feed: F, policy: &Policy) -> Self {
        Self {
            feed,
            cursor: Cursor { at: policy.start, previous: None },
            marks: Marks::default(),
            timeline: Timeline::new(policy),
            is_done: false,
            unreadable: None,
        }
    }

    const fn at(&self) -> u64 {
        self.cursor.at
    }

    /// Takes over what a block says, or scans it if its guess was wrong.
    fn stitch(&mut self, slot: &mut Slot) {
        let from = self.cursor;
        if from.at >= slot.until {
            return;
        }
        match slot.scanned {
            Some((guess, next)) if guess == from.at => {
                self.tell(0);
                std::mem::swap(&mut self.marks, &mut slot.marks);
                self.cursor = next;
            }
            _ => {
                let scanned =
                    block::scan(&mut self.feed, &mut self.cursor, slot.until, &mut self.marks);
                if let Err(error) = scanned {
                    return self.fail(error);
                }
            }
        }
        self.tell(UNSETTLED);
        self.is_done = self.at() == from.at || self.at() < slot.until;
    }

    /// Tells the timeline all marks but the last few.
    fn tell(&mut self, but: usize) {
        self.timeline.odd.append(&mut self.marks.odd);
        self.timeline.demands.append(&mut self.marks.demands);
        let settled = self.marks.marks.len().saturating_sub(but);
        for mark in self.marks.marks.drain(..settled) {
            self.timeline.take(mark);
        }
    }

    /// The storage failed; the records before the failing byte are still good.
    fn fail(&mut self, error: ReadError) {
        let end = error.offset();
        let mut readable = Truncated { feed: &mut self.feed, end };
        // A second failure, before the first, leaves what was scanned until then.
        let _ = block::scan_whole(&mut readable, self.cursor, end, &mut self.marks);
        self.unreadable = Some(error);
        self.is_done = true;
    }

    fn finish(mut self, length: u64, is_cancelled: bool) -> Diagnosis {
        self.tell(0);
        let end = self.timeline.at();
        if let Some(error) = &self.unreadable {
            self.timeline.add(words::unreadable(
                end,
                length.saturating_sub(end),
                &error.to_string(),
            ));
        } else if !is_cancelled {
            ending::examine(&mut self.feed, &mut self.timeline);
        }
        self.timeline.finish()
    }
}

/// A feed that ends where the storage fails.
struct Truncated<'f, F> {
    feed: &'f mut F,
    end: u64,
}

impl<F: Feed> Feed for Truncated<'_, F> {
    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        let left = usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(&[]);
        }
        let window = self.feed.window(at, want.min(left))?;
        Ok(&window[..window.len().min(left)])
    }

    fn keep_from(&mut self, at: u64) {
        self.feed.keep_from(at);
    }

    fn earliest(&self) -> u64 {
        self.feed.earliest()
    }

    fn look_back(&self) -> u64 {
        self.feed.look_back()
    }
}
