//! Records that are sent together, those on the same keys one after the other.
//!
//! A server spends most of its time waiting for memory. What is sent in the order of the log meets a cold key with
//! nearly every command; sent key by key, it finds a warm one with all but the first. Records on keys that nothing
//! connects may be exchanged without a difference.

use aof_source::prefetch;
use rayon::slice::ParallelSliceMut as _;

/// So many records are a wave, unless something ends it before: few at first, so that the target has something to do,
/// and then twice as many each time.
pub(super) const FIRST: usize = 1 << 17;
pub(super) const MOST: usize = 3 << 20;

/// So many bytes of a record are brought into the cache before it is sent.
const AHEAD_BYTES: usize = 512;

/// So many bytes of a part are a wave at most: places in it are 32 bits wide.
const BYTES: u64 = 1 << 31;

/// A record, and where it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Op {
    pub(super) group: u32,
    /// Where it stands, behind the beginning of the wave.
    pub(super) at: u32,
    pub(super) len: u32,
    /// Where its own form stands, if it has one, counted from 1.
    pub(super) own: u32,
    pub(super) db: u32,
    pub(super) kind: Kind,
}

/// How a record may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// More than once; it is a plain SET.
    Set,
    /// More than once.
    Steady,
    /// Once.
    Once,
    /// The first of a transaction.
    First,
    /// One behind the first.
    Next,
}

impl Kind {
    /// Whether it may be sent more than once.
    pub(super) const fn is_steady(self) -> bool {
        matches!(self, Self::Set | Self::Steady)
    }
}

/// Records that are sent together.
#[derive(Debug, Default)]
pub(super) struct Wave<'s> {
    pub(super) part: usize,
    /// So many records and no more.
    most: usize,
    /// The bytes of the part.
    pub(super) bytes: &'s [u8],
    /// Where the wave begins in them.
    pub(super) start: u64,
    /// Other forms of records.
    own: Vec<u8>,
    ops: Vec<Op>,
    /// Groups and places of the records, sorted.
    order: Vec<u64>,
}

impl<'s> Wave<'s> {
    pub(super) fn new(part: usize, bytes: &'s [u8], start: u64, most: usize) -> Self {
        Self { part, bytes, start, most, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether a record at this place still belongs to it.
    pub(super) fn has_room(&self, at: u64, len: usize) -> bool {
        self.ops.len() < self.most
            && at + len as u64 - self.start < BYTES
            && self.own.len() < BYTES as usize
    }

    /// Adds a record as it stands in the part.
    pub(super) fn push(&mut self, at: u64, len: usize, (group, db, kind): (u32, u32, Kind)) {
        let at = (at - self.start) as u32;
        self.ops.push(Op { group, at, len: len as u32, own: 0, db, kind });
    }

    /// Adds a record in another form.
    pub(super) fn push_own(
        &mut self,
        at: u64,
        command: &[u8],
        (group, db, kind): (u32, u32, Kind),
    ) {
        let own = self.own.len() as u32 + 1;
        self.own.extend_from_slice(command);
        let at = (at - self.start) as u32;
        self.ops.push(Op { group, at, len: command.len() as u32, own, db, kind });
    }

    /// Sorts the records: by group, and within one as they stand in the log.
    pub(super) fn sort(&mut self) {
        let keys =
            self.ops.iter().zip(0_u64..).map(|(op, place)| u64::from(op.group) << 32 | place);
        self.order = keys.collect();
        self.order.par_sort_unstable();
    }

    /// The places of the records in [`Wave::order`] whose groups `is_before` says yes to.
    pub(super) fn place(&self, is_before: impl Fn(u32) -> bool) -> usize {
        self.order.partition_point(|key| is_before((key >> 32) as u32))
    }

    /// The records of the group that begins at a place in the order.
    pub(super) fn group(&self, from: usize) -> impl Iterator<Item = &Op> + Clone {
        let group = self.order.get(from).map(|key| key >> 32);
        let keys = self.order[from..].iter().take_while(move |key| Some(*key >> 32) == group);
        keys.map(|key| &self.ops[*key as u32 as usize])
    }

    /// Has the record at a place in the order brought into the cache, if there is one: they stand anywhere in the log.
    pub(super) fn prefetch(&self, place: usize) {
        if let Some(bytes) = self.at(place).and_then(|op| self.standing(op)) {
            prefetch(bytes.as_ptr(), bytes.len().min(AHEAD_BYTES));
        }
    }

    /// The record at a place in the order.
    pub(super) fn at(&self, place: usize) -> Option<&Op> {
        self.order.get(place).map(|key| &self.ops[*key as u32 as usize])
    }

    /// Where a record stands in the part.
    pub(super) fn offset(&self, op: &Op) -> u64 {
        self.start + u64::from(op.at)
    }

    /// The bytes of the part that are sent, if the record goes as it stands there.
    pub(super) fn standing(&self, op: &Op) -> Option<&'s [u8]> {
        (op.own == 0).then(|| &self.bytes[self.offset(op) as usize..][..op.len as usize])
    }

    /// The bytes that are sent.
    pub(super) fn command(&self, op: &Op) -> &[u8] {
        let own = || &self.own[op.own as usize - 1..][..op.len as usize];
        self.standing(op).unwrap_or_else(own)
    }
}
