//! The deep look at all keys of a file, beside the walk over it and on all threads.

use std::cmp::Reverse;
use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::Scope;

use crate::cursor::Cursor;
use crate::fault::{ValueFault, ValueFaultKind};
use crate::memory::memory_of_key;
use crate::payload::{Payload, Room};
use crate::records::{InPieces, Noted, Whole};
use crate::summary::{BadValue, Header, LargeKey, Values};
use crate::twin::Sample;
use crate::verify::Contents;

/// So many bytes make a batch, which one thread looks at.
const BATCH: usize = 512 << 10;

/// So many batches wait for each thread at most; then whoever walks helps out.
const WAITING: usize = 2;

/// A key whose record has more bytes than this is not looked into, unless all of them are.
const LARGEST: usize = 16 << 20;

/// Nor one whose record has more than this.
const LARGEST_OF_ALL: usize = 1 << 30;

/// Nor what takes more bytes than this when it is decompressed.
const LARGEST_UNPACKED: usize = 4 << 20;

/// So many keys are named that need the most memory.
const MOST_LARGE: usize = 10;

/// So many bad values are named.
const MOST_BAD: usize = 1000;

/// So many bytes of a name are kept.
const MOST_NAME: usize = 256;

/// How deep the look is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// The moment at which keys have expired or not, in milliseconds since the Unix epoch.
    pub now: Option<i64>,
    /// Whether every key is held against all others, and every value looked into, whatever memory that needs: 16 bytes
    /// for each key, and some for the largest record. Otherwise as many are that 64 MiB are enough.
    pub is_exhaustive: bool,
}

impl Depth {
    /// The largest record that is looked into, in bytes.
    pub(crate) fn largest(self) -> usize {
        if self.is_exhaustive { LARGEST_OF_ALL } else { LARGEST }
    }
}

/// Keys and the bytes that they stand in.
#[derive(Debug, Default)]
struct Batch {
    header: Option<Header>,
    bytes: Vec<u8>,
    keys: Vec<Whole>,
}

/// Looks at keys.
#[derive(Debug)]
pub(crate) struct Deep {
    depth: Depth,
    most_waiting: usize,
    waiting: AtomicUsize,
    /// Those who have nothing to do at the moment.
    workers: Mutex<Vec<Worker>>,
    spare: Mutex<Vec<Batch>>,
}

impl Deep {
    pub(crate) fn new(depth: Depth) -> Self {
        Self {
            depth,
            most_waiting: WAITING * rayon::current_num_threads(),
            waiting: AtomicUsize::new(0),
            workers: Mutex::default(),
            spare: Mutex::default(),
        }
    }

    fn work(&self, header: Header, bytes: &[u8], keys: &[Whole]) {
        self.with_worker(|worker| keys.iter().for_each(|key| worker.look(header, bytes, key)));
    }

    fn with_worker(&self, work: impl FnOnce(&mut Worker)) {
        let idle = self.workers.lock().ok().and_then(|mut idle| idle.pop());
        let mut worker = idle.unwrap_or_else(|| Worker::new(self.depth));
        work(&mut worker);
        if let Ok(mut idle) = self.workers.lock() {
            idle.push(worker);
        }
    }

    /// All that was seen.
    pub(crate) fn finish(self) -> Values {
        let mut workers = self.workers.into_inner().unwrap_or_default();
        let mut all = workers.pop().unwrap_or_else(|| Worker::new(self.depth));
        workers.into_iter().for_each(|worker| all.add(worker));
        all.finish()
    }
}

/// Gathers keys for a [`Deep`] look.
pub(crate) struct Gatherer<'s, 'scope> {
    deep: &'scope Deep,
    scope: &'s Scope<'scope>,
    batch: Batch,
}

impl<'s, 'scope> Gatherer<'s, 'scope> {
    pub(crate) fn new(deep: &'scope Deep, scope: &'s Scope<'scope>) -> Self {
        Self { deep, scope, batch: Batch::default() }
    }

    /// Takes the keys that were noted in `bytes`.
    pub(crate) fn take(&mut self, header: Header, bytes: &[u8], noted: &mut Noted) {
        for key in noted.in_pieces.drain(..) {
            self.deep.with_worker(|worker| worker.look_from_afar(key));
        }
        if noted.whole.is_empty() {
            return;
        }
        let is_busy = self.deep.waiting.load(Ordering::Relaxed) >= self.deep.most_waiting;
        if is_busy || bytes.len() > BATCH {
            self.deep.work(header, bytes, &noted.whole);
        } else {
            self.gather(header, bytes, &noted.whole);
        }
        noted.whole.clear();
        if self.batch.bytes.len() >= BATCH {
            self.hand_over();
        }
    }

    fn gather(&mut self, header: Header, bytes: &[u8], keys: &[Whole]) {
        self.batch.header = Some(header);
        let shift = self.batch.bytes.len() as u32;
        self.batch.bytes.extend_from_slice(bytes);
        self.batch.keys.extend(keys.iter().map(|key| Whole {
            at: key.at + shift,
            value: key.value + shift,
            end: key.end + shift,
            ..*key
        }));
    }

    /// Lets another thread look at what was gathered.
    pub(crate) fn hand_over(&mut self) {
        let Some(header) = self.batch.header else { return };
        let deep = self.deep;
        let spare = deep.spare.lock().ok().and_then(|mut spare| spare.pop());
        let mut batch = mem::replace(&mut self.batch, spare.unwrap_or_default());
        deep.waiting.fetch_add(1, Ordering::Relaxed);
        self.scope.spawn(move |_| {
            deep.work(header, &batch.bytes, &batch.keys);
            deep.waiting.fetch_sub(1, Ordering::Relaxed);
            batch.bytes.clear();
            batch.keys.clear();
            if let Ok(mut spare) = deep.spare.lock() {
                spare.push(batch);
            }
        });
    }
}

/// What one thread has seen.
#[derive(Debug)]
struct Worker {
    depth: Depth,
    room: Room,
    name: Vec<u8>,
    values: Values,
    sample: Sample,
}

impl Worker {
    fn new(depth: Depth) -> Self {
        let most = if depth.is_exhaustive { usize::MAX } else { LARGEST_UNPACKED };
        let (room, name, values) = (Room::of_at_most(most), Vec::new(), Values::default());
        Self { depth, room, name, values, sample: Sample::new(depth.is_exhaustive) }
    }

    fn look(&mut self, header: Header, bytes: &[u8], key: &Whole) {
        let payload =
            Payload { header, code: key.code, bytes: &bytes[key.value as usize..key.end as usize] };
        let mut room = mem::take(&mut self.name);
        // Compressed, it may be broken inside.
        let name = Cursor::new(&bytes[key.at as usize + 1..key.value as usize])
            .text()
            .and_then(|name| name.bytes(&mut room));
        self.values.expired += u64::from(self.has_expired(key.expiry));
        match name {
            Ok(name) => {
                self.sample.add(key.db, name, key.record);
                match payload.verify(&mut self.room) {
                    Ok(contents) => self.note(key, name, &payload, &contents),
                    Err(ValueFault { kind: ValueFaultKind::TooLarge, .. }) => {
                        self.pass(key.in_pieces(name));
                    }
                    Err(fault) => self.note_bad(key, name, fault),
                }
            }
            Err(fault) => self.note_bad(key, &[], fault),
        }
        self.name = room;
    }

    /// Counts a key in that is too large to be looked at.
    fn look_from_afar(&mut self, key: InPieces) {
        self.values.expired += u64::from(self.has_expired(key.expiry));
        // Of a longer name only the beginning is known.
        if key.name.len() < MOST_NAME {
            self.sample.add(key.db, &key.name, key.record);
        }
        self.pass(key);
    }

    fn pass(&mut self, key: InPieces) {
        let InPieces { record, bytes, db, code, name, .. } = key;
        self.values.passed += 1;
        let large = LargeKey { db, key: name, code, record, bytes, items: None, memory: bytes };
        self.values.memory += bytes;
        self.values.largest.push(large);
        rank(&mut self.values.largest);
    }

    fn has_expired(&self, expiry: Option<i64>) -> bool {
        matches!((expiry, self.depth.now), (Some(expiry), Some(now)) if expiry < now)
    }

    #[inline]
    fn note(&mut self, key: &Whole, name: &[u8], value: &Payload<'_>, contents: &Contents) {
        let memory = memory_of_key(name.len(), key.expiry.is_some(), value, contents);
        self.values.sound += 1;
        self.values.memory += memory;
        let largest = &mut self.values.largest;
        if largest.len() < MOST_LARGE || largest[MOST_LARGE - 1].memory <= memory {
            let Whole { db, code, record, offset, at, end, .. } = *key;
            let bytes = offset + u64::from(end - at) - record;
            let (key, items) = (beginning(name), Some(contents.items));
            largest.push(LargeKey { db, key, code, record, bytes, items, memory });
            rank(largest);
        }
    }

    #[cold]
    fn note_bad(&mut self, key: &Whole, name: &[u8], fault: ValueFault) {
        let Whole { record, offset, db, code, at, value, end, .. } = *key;
        self.values.total_bad += 1;
        self.values.bad.push(BadValue {
            db,
            key: beginning(name),
            code,
            record,
            value: offset + u64::from(value - at),
            end: offset + u64::from(end - at),
            fault,
        });
        if self.values.bad.len() > 2 * MOST_BAD {
            first(&mut self.values.bad);
        }
    }

    fn add(&mut self, other: Self) {
        let Values { sound, passed, memory, expired, largest, bad, total_bad, .. } = other.values;
        let all = &mut self.values;
        all.sound += sound;
        all.passed += passed;
        all.memory += memory;
        all.expired += expired;
        all.total_bad += total_bad;
        all.largest.extend(largest);
        all.bad.extend(bad);
        self.sample.merge(other.sample);
    }

    fn finish(self) -> Values {
        let mut values = self.values;
        rank(&mut values.largest);
        first(&mut values.bad);
        let (twins, total_twins, level) = self.sample.twins();
        Values { twins, total_twins, compared_one_of: 1 << level, ..values }
    }
}

fn beginning(name: &[u8]) -> Vec<u8> {
    name[..name.len().min(MOST_NAME)].to_vec()
}

/// The largest first, and of equals the first in the file.
fn rank(largest: &mut Vec<LargeKey>) {
    largest.sort_by_key(|key| (Reverse(key.memory), key.record));
    largest.truncate(MOST_LARGE);
}

/// The first in the file.
fn first(bad: &mut Vec<BadValue>) {
    bad.sort_by_key(|value| value.record);
    bad.truncate(MOST_BAD);
}
