//! From an RDB file to commands or lines: read once, rendered on all threads, written in the order of the file.
//!
//! One thread reads records and has them rendered in pieces; the thread that asked writes what is ready meanwhile. What
//! is in memory at once is a few windows of the file, or its largest key, and what is made of them.

mod chunk;
mod expired;
mod filter;
mod glob;
mod json;
mod lines;
mod source;
mod tally;

use std::sync::mpsc::{Receiver, SyncSender};

use aof_log::Watch;
use aof_rdb::{
    Aux, BadRecord, Checksum, Expiries, Header, Lost, Record, RecordKind, Source as _, Why, read,
    salvage,
};
use aof_source::{Access, Feed, Input, Part, ReadError};
use rayon::prelude::*;

pub(crate) use chunk::Form;
pub(crate) use expired::Expired;
pub(crate) use filter::Filter;
pub(crate) use glob::Glob;
pub(crate) use tally::{LostKey, Tally};

use chunk::{Rules, cut, render};
use source::Windows;

/// Buffers that grew beyond this for one large key are not kept.
const KEPT: usize = 4 << 20;

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Job {
    /// What records are written as.
    pub(crate) form: Form,
    /// Which are.
    pub(crate) filter: Filter,
    /// What becomes of those whose time has come.
    pub(crate) expired: Expired,
    /// When that is: milliseconds since the Unix epoch.
    pub(crate) now: i64,
    /// Whether what cannot be read is left out, instead of ending the work.
    pub(crate) salvages: bool,
    /// Threads; 0 for one on each core.
    pub(crate) jobs: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Converted {
    /// What was carried over, and what was not.
    pub(crate) tally: Tally,
    /// What the checksum says.
    pub(crate) checksum: Checksum,
    /// The format of the keys, if there is one.
    pub(crate) header: Option<Header>,
    /// What the file says of itself.
    pub(crate) aux: Aux,
    /// So many milliseconds were added to every expiry.
    pub(crate) shift: i64,
    /// Where bytes begin that nothing could be read of, and how many there are in all.
    pub(crate) unread: Option<Unread>,
    /// Bytes behind the end of the file.
    pub(crate) has_more: bool,
    /// Behind the last record that was read.
    pub(crate) end: u64,
}

/// A part of the file that no record could be read from.
#[derive(Debug)]
pub(crate) struct Unread {
    /// Where it begins.
    pub(crate) at: u64,
    /// How many bytes it has, where that is known.
    pub(crate) bytes: Option<u64>,
    /// What is wrong.
    pub(crate) why: String,
}

/// Why the work ended without a result.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The storage failed.
    Storage(ReadError),
    /// A record cannot be read.
    Record(String),
    /// The value of a key cannot be read.
    Value(LostKey),
    /// The checksum is not that of the bytes.
    Checksum {
        /// As it stands in the file.
        stored: u64,
        /// Of the bytes.
        computed: u64,
    },
    /// It goes on as a log behind this byte.
    Log(u64),
    /// The file does not say when it was written.
    NoCreation,
    /// No threads can be had.
    Threads(String),
    /// A signal came, or whoever asked does not listen any longer.
    HungUp,
}

/// What passes from the thread that reads to the one that writes.
#[derive(Debug)]
pub(crate) enum Message {
    /// What comes next in the output.
    Pieces(Vec<Vec<u8>>),
    /// There is no more.
    Done(Result<Box<Converted>, Stop>),
}

/// The ends of two channels: what is ready goes out, buffers that were written come back.
#[derive(Debug)]
pub(crate) struct Ends {
    pub(crate) ready: SyncSender<Message>,
    pub(crate) written: Receiver<Vec<Vec<u8>>>,
}

/// Converts, and returns what came of it when all was sent.
///
/// # Errors
/// Why there is no result; what was sent is not whole then.
pub(crate) fn convert(
    mut input: Input,
    job: &Job,
    watch: &(dyn Watch + Sync),
    ends: Ends,
) -> Result<Box<Converted>, Stop> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(job.jobs).build();
    let pool = pool.map_err(|error| Stop::Threads(error.to_string()))?;
    pool.install(|| all(&mut input, Work::new(job, watch, ends)))
}

fn all(input: &mut Input, work: Work<'_>) -> Result<Box<Converted>, Stop> {
    match input.access().map_err(Stop::Storage)? {
        Access::Random(part) if work.job.salvages => work.salvage(part),
        Access::Random(part) => work.run(part.feed(), Some(part.len())),
        Access::Stream(feed) => work.run(feed, None),
    }
}

/// A conversion under way.
struct Work<'a> {
    job: &'a Job,
    watch: &'a (dyn Watch + Sync),
    ends: Ends,
    /// Buffers that wait to be used again.
    spare: Vec<Vec<u8>>,
    done: Converted,
    stop: Option<Stop>,
}

impl<'a> Work<'a> {
    fn new(job: &'a Job, watch: &'a (dyn Watch + Sync), ends: Ends) -> Self {
        Self { job, watch, ends, spare: Vec::new(), done: Converted::default(), stop: None }
    }

    /// Takes out whatever can be read, on both sides of damage.
    fn salvage(mut self, part: &impl Part) -> Result<Box<Converted>, Stop> {
        let length = part.len();
        let found = salvage(&mut Windows::new(part.feed(), true), 0..length);
        let found = found.map_err(Stop::Storage)?;
        let read = found.read(&mut Windows::new(part.feed(), true), &mut |records| {
            self.stop = self.batch(records).err();
            self.stop.is_none()
        });
        read.map_err(Stop::Storage)?;
        if let Some(stop) = self.stop.take() {
            return Err(stop);
        }
        for lost in &found.losses.list {
            self.lose(lost);
        }
        self.done.checksum = found.checksum;
        self.done.header.get_or_insert(found.header);
        self.done.has_more = found.next.is_some();
        Ok(Box::new(self.done))
    }

    /// Notes what is lost: a key, bytes that nothing can be read of, or both.
    fn lose(&mut self, lost: &Lost) {
        let Lost { start, end, db, key, why } = lost;
        if let Some(key) = key {
            self.done.tally.lose(*db, key, *start, why.to_string());
        }
        if !matches!(why, Why::BadValue(_)) {
            let why = why.to_string();
            let unread = self.done.unread.get_or_insert(Unread { at: *start, bytes: Some(0), why });
            unread.bytes = unread.bytes.map(|bytes| bytes + (end - start));
        }
    }

    fn run(mut self, feed: impl Feed, length: Option<u64>) -> Result<Box<Converted>, Stop> {
        let mut windows = Windows::new(feed, self.job.salvages);
        // What comes in order can be read up to the first damage only.
        let read = read(&mut windows, 0, &mut |records| match self.batch(records) {
            Ok(()) => true,
            Err(stop) => {
                self.stop = Some(stop);
                false
            }
        });
        let read = read.map_err(Stop::Storage)?;
        if let Some(stop) = self.stop.take() {
            return Err(stop);
        }
        match read {
            Ok(checksum) => self.ended(checksum, &mut windows)?,
            Err(bad) => self.broken(&bad, windows.fault(), length)?,
        }
        Ok(Box::new(self.done))
    }

    /// Has records rendered, and sends what comes of them.
    fn batch(&mut self, records: &[Record<'_>]) -> Result<(), Stop> {
        self.note(records)?;
        let rules = Rules {
            form: self.job.form,
            filter: &self.job.filter,
            expiries: self.expiries(),
            now: self.job.now,
            verifies: self.job.salvages,
        };
        let pieces = cut(records);
        let buffers: Vec<Vec<u8>> = pieces.iter().map(|_| self.buffer()).collect();
        let rendered: Vec<(Vec<u8>, Tally)> = pieces
            .into_par_iter()
            .zip(buffers)
            .with_max_len(1)
            .map(|(piece, mut out)| {
                let tally = render(&rules, &records[piece], &mut out);
                (out, tally)
            })
            .collect();
        let (pieces, tallies): (Vec<_>, Vec<_>) = rendered.into_iter().unzip();
        tallies.into_iter().for_each(|tally| self.done.tally.add(tally));
        if !self.job.salvages && !self.done.tally.lost.is_empty() {
            return Err(Stop::Value(self.done.tally.lost.remove(0)));
        }
        self.watch.reached(self.done.end);
        if self.watch.is_cancelled() {
            return Err(Stop::HungUp);
        }
        self.ends.ready.send(Message::Pieces(pieces)).map_err(|_| Stop::HungUp)
    }

    /// Notes what the file says of itself; that comes before the first key.
    fn note(&mut self, records: &[Record<'_>]) -> Result<(), Stop> {
        for record in records {
            match &record.kind {
                RecordKind::Aux { name, value } => self.done.aux.note(name, value),
                RecordKind::Key(key) if self.done.header.is_none() => {
                    self.done.header = Some(key.value.header);
                    self.done.shift = self.shift()?;
                }
                _ => {}
            }
        }
        self.done.end = records.last().map_or(self.done.end, |last| last.end);
        Ok(())
    }

    /// By how many milliseconds every expiry is moved.
    fn shift(&self) -> Result<i64, Stop> {
        match (self.job.expired, self.done.aux.created) {
            (Expired::Shift(Some(millis)), _) => Ok(millis),
            (Expired::Shift(None), Some(created)) => {
                let created = i64::try_from(created).unwrap_or(i64::MAX).saturating_mul(1000);
                Ok(self.job.now.saturating_sub(created))
            }
            (Expired::Shift(None), None) => Err(Stop::NoCreation),
            _ => Ok(0),
        }
    }

    fn expiries(&self) -> Expiries {
        let drops = self.job.expired == Expired::Drop;
        Expiries { shift: self.done.shift, over: drops.then_some(self.job.now) }
    }

    /// An empty buffer, one that was used before if there is one.
    fn buffer(&mut self) -> Vec<u8> {
        while let Ok(buffers) = self.ends.written.try_recv() {
            self.spare.extend(buffers.into_iter().filter(|buffer| buffer.capacity() <= KEPT));
        }
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    /// All records were read.
    fn ended(&mut self, checksum: Checksum, windows: &mut Windows<impl Feed>) -> Result<(), Stop> {
        self.done.checksum = checksum;
        if let (Checksum::Wrong { stored, computed }, false) = (checksum, self.job.salvages) {
            return Err(Stop::Checksum { stored, computed });
        }
        let behind = windows.window(self.done.end, 1).map_err(Stop::Storage)?;
        if matches!(behind.first(), Some(b'*' | b'#')) {
            return Err(Stop::Log(self.done.end));
        }
        self.done.has_more = !behind.is_empty();
        Ok(())
    }

    /// Nothing can be read from here on.
    fn broken(
        &mut self,
        bad: &BadRecord,
        fault: Option<&ReadError>,
        length: Option<u64>,
    ) -> Result<(), Stop> {
        let why = fault.map_or_else(|| bad.to_string(), ToString::to_string);
        if !self.job.salvages {
            return Err(Stop::Record(why));
        }
        let bytes = length.map(|length| length.saturating_sub(bad.at));
        self.done.unread = Some(Unread { at: bad.at, bytes, why });
        Ok(())
    }
}
