//! Whether a target holds the data of a keyspace: key by key, by a digest where that says everything, by reading the key
//! otherwise.

mod extras;

use std::io::IoSlice;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use aof_keyspace::diff::{Comparison, Difference, missing};
use aof_keyspace::{Held, Keyspace, Scores, Share};
use aof_log::Watch;
use aof_rdb::{Dump, Key, Room, Target, ValueType};
use aof_resp::{Reply, request};

use super::connection::{Connection, LinkError, refusal};
use super::fleet::LISTED;
use super::marker;
use super::server::Server;

/// So many keys are asked for at once.
const TOGETHER: usize = 128;

/// How a target is compared.
#[derive(Debug, Clone)]
pub struct Check {
    /// What counts.
    pub how: Comparison,
    /// Every how many keys one is compared: 1 for all.
    pub every: u64,
    /// Whether keys count that only the target has.
    pub seeks_extras: bool,
    /// Now, in milliseconds since the Unix epoch by the clock of the target: what has expired by then may be gone.
    pub now: i64,
    /// Whether the target gives digests.
    pub has_digests: bool,
    /// How it prints scores in them.
    pub scores: Scores,
    /// Whether it tells when keys expire to the millisecond, as Redis from 7.0 on does.
    pub has_expiry_times: bool,
}

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct Found<'k> {
    /// Keys that were compared.
    pub checked: u64,
    /// Keys that are the same.
    pub equal: u64,
    /// Keys that are not there.
    pub missing: u64,
    /// Keys that are not the same.
    pub differ: u64,
    /// Keys that are not there, and would have expired by now.
    pub expired: u64,
    /// Keys that only the target has.
    pub extra: u64,
    /// Keys whose values the target does not give, with the reason it gives for the first.
    pub unread: u64,
    /// That reason.
    pub reason: Option<String>,
    /// The first differences.
    pub differences: Vec<Difference<'k>>,
    /// The first keys that only the target has: their databases and names.
    pub extras: Vec<(u64, Vec<u8>)>,
}

impl Found<'_> {
    /// Whether something differs.
    #[must_use]
    pub fn is_different(&self) -> bool {
        self.missing + self.differ + self.extra > 0
    }
}

impl Check {
    /// For a target.
    ///
    /// # Errors
    /// The connection cannot be used any longer.
    pub fn of(
        connection: &mut Connection,
        server: &Server,
        how: Comparison,
        every: u64,
    ) -> Result<Self, LinkError> {
        let asked: [&[u8]; 3] = [b"DEBUG", b"DIGEST-VALUE", b"aof-doctor:none"];
        let has_digests = connection.ask(&asked, |reply| matches!(reply, Reply::Array(_)))?;
        let now = connection.ask(&[b"TIME"], |reply| match reply {
            Reply::Array(parts) => {
                let number = |part: &Reply<'_>| match part {
                    Reply::Bulk(text) => std::str::from_utf8(text).ok()?.parse::<i64>().ok(),
                    _ => None,
                };
                let [seconds, micros] = &parts[..] else { return None };
                Some(number(seconds)? * 1000 + number(micros)? / 1000)
            }
            _ => None,
        })?;
        let scores = match (&server.product[..], server.format().map(Target::name)) {
            ("valkey", _) => Scores::Valkey,
            (_, Some("redis:6.2" | "redis:7.0")) => Scores::Seventeen,
            _ => Scores::Shortest,
        };
        let has_expiry_times = server.has("PEXPIRETIME");
        Ok(Self {
            how,
            every: every.max(1),
            seeks_extras: every <= 1,
            now: now.unwrap_or(0),
            has_digests,
            scores,
            has_expiry_times,
        })
    }
}

/// Compares a keyspace with what a target holds, through all connections. `takes` says which keys count.
///
/// # Errors
/// A connection cannot be used any longer; `Ok(None)` if whoever watches wants it to end.
pub fn verify<'k>(
    connections: Vec<Connection>,
    keyspace: &'k Keyspace<'static>,
    check: &Check,
    takes: &(dyn Fn(&Held<'_, 'static>) -> bool + Sync),
    watch: &(dyn Watch + Sync),
) -> Result<Option<Found<'k>>, LinkError> {
    let shares = keyspace.shares();
    let (next, seen) = (AtomicUsize::new(0), AtomicU64::new(0));
    let all = Mutex::new(Found::default());
    let ended = thread::scope(|scope| {
        let workers = connections.into_iter().map(|connection| {
            let (next, seen, all, shares) = (&next, &seen, &all, &shares);
            scope.spawn(move || {
                let mut worker = Worker {
                    connection,
                    check,
                    seen,
                    found: Found::default(),
                    db: None,
                    room: Room::default(),
                };
                let done = worker.work(shares, next, takes, watch);
                all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(worker.found);
                done.map(|()| worker.connection)
            })
        });
        let workers: Vec<_> = workers.collect();
        let joined = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.collect::<Result<Vec<Connection>, LinkError>>()
    });
    let mut connections = ended?;
    let mut found = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if watch.is_cancelled() {
        return Ok(None);
    }
    if let (true, Some(connection)) = (check.seeks_extras, connections.first_mut()) {
        extras::find(connection, keyspace, &mut found)?;
    }
    found.differences.sort_by(|one, other| (one.db, one.name).cmp(&(other.db, other.name)));
    found.differences.truncate(LISTED);
    Ok(Some(found))
}

impl<'k> Found<'k> {
    fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.equal += other.equal;
        self.missing += other.missing;
        self.differ += other.differ;
        self.expired += other.expired;
        self.unread += other.unread;
        self.reason = self.reason.take().or(other.reason);
        self.differences.extend(other.differences);
    }

    fn differs(&mut self, difference: Difference<'k>) {
        if self.differences.len() < LISTED {
            self.differences.push(difference);
        }
    }
}

/// One connection at work.
struct Worker<'c, 'k> {
    connection: Connection,
    check: &'c Check,
    /// Keys that all connections have looked at.
    seen: &'c AtomicU64,
    found: Found<'k>,
    db: Option<u64>,
    room: Room,
}

/// What the target says of a key.
enum Said {
    /// It is not there.
    Nothing,
    /// Its digest, in digits.
    Digest(Vec<u8>),
    /// Its value, as DUMP gives it.
    Value(Vec<u8>),
    /// It does not give it.
    Refused(String),
}

impl<'k> Worker<'_, 'k> {
    fn work(
        &mut self,
        shares: &[Share<'k, 'static>],
        next: &AtomicUsize,
        takes: &(dyn Fn(&Held<'_, 'static>) -> bool + Sync),
        watch: &(dyn Watch + Sync),
    ) -> Result<(), LinkError> {
        while let Some(share) = shares.get(next.fetch_add(1, Ordering::Relaxed)) {
            let keys = share.keys();
            let all = keys.len() as u64;
            let is_asked =
                |held: &Held<'k, 'static>| takes(held) && is_sampled(held.name(), self.check.every);
            let keys: Vec<Held<'k, 'static>> = keys.into_iter().filter(is_asked).collect();
            for some in keys.chunks(TOGETHER) {
                if watch.is_cancelled() {
                    return Ok(());
                }
                self.compare(some)?;
            }
            watch.reached(self.seen.fetch_add(all, Ordering::Relaxed) + all);
        }
        Ok(())
    }

    fn compare(&mut self, keys: &[Held<'k, 'static>]) -> Result<(), LinkError> {
        let Some(first) = keys.first() else { return Ok(()) };
        if self.db != Some(first.db) {
            self.db = Some(first.db);
            self.connection.ask(&[b"SELECT", first.db.to_string().as_bytes()], |_| ())?;
        }
        let by_digest = keys.iter().map(|held| self.is_in_digest(held)).collect::<Vec<_>>();
        let said = self.ask(keys, &by_digest)?;
        let mut doubtful = Vec::new();
        for (held, (said, expiry)) in keys.iter().zip(said) {
            match said {
                Said::Digest(digits) => {
                    let is_same = digits == held.digest(self.check.scores).to_string().as_bytes();
                    match is_same && self.is_in_time(held, expiry) {
                        true => self.equal(),
                        false => doubtful.push(*held),
                    }
                }
                said => self.judge(held, said, expiry),
            }
        }
        // What differs is read, so that it can be said how.
        let by_value = vec![false; doubtful.len()];
        let said = self.ask(&doubtful, &by_value)?;
        for (held, (said, expiry)) in doubtful.iter().zip(said) {
            self.judge(held, said, expiry);
        }
        Ok(())
    }

    /// Whether the digest of a key changes with everything that is compared.
    fn is_in_digest(&self, held: &Held<'_, 'static>) -> bool {
        self.check.has_digests
            && !matches!(
                held.value().kind(),
                ValueType::Stream | ValueType::Hash | ValueType::Module
            )
    }

    fn equal(&mut self) {
        self.found.checked += 1;
        self.found.equal += 1;
    }

    /// Whether a key expires when it should.
    fn is_in_time(&self, held: &Held<'_, '_>, expiry: Option<i64>) -> bool {
        match (held.expiry(), expiry) {
            (None, None) => true,
            (Some(here), Some(there)) => self.check.how.is_near(here, there),
            _ => false,
        }
    }

    fn judge(&mut self, held: &Held<'k, 'static>, said: Said, expiry: Option<i64>) {
        self.found.checked += 1;
        match said {
            Said::Nothing if held.expiry().is_some_and(|millis| millis <= self.check.now) => {
                self.found.expired += 1;
            }
            Said::Nothing => {
                self.found.missing += 1;
                self.found.differs(missing(held));
            }
            Said::Refused(reason) => self.unread(reason),
            Said::Digest(_) => {}
            Said::Value(dump) => match self.difference(held, &dump, expiry) {
                Ok(None) => self.found.equal += 1,
                Ok(Some(difference)) => {
                    self.found.differ += 1;
                    self.found.differs(difference);
                }
                Err(reason) => self.unread(reason),
            },
        }
    }

    fn unread(&mut self, reason: String) {
        self.found.unread += 1;
        self.found.reason.get_or_insert(reason);
    }

    fn difference(
        &mut self,
        held: &Held<'k, 'static>,
        dump: &[u8],
        expiry: Option<i64>,
    ) -> Result<Option<Difference<'k>>, String> {
        let value = Dump::new(dump).map_err(|error| error.to_string())?.value;
        let name = held.name().into();
        let key = Key {
            db: held.db,
            name,
            expiry,
            idle: None,
            frequency: None,
            has_metadata: false,
            value,
        };
        let mut there = Keyspace::default();
        there.load(&key, &mut self.room).map_err(|fault| fault.to_string())?;
        let other = there.get(held.db, held.name());
        let Some(other) = other else { return Err("the value is empty".to_owned()) };
        Ok(self.check.how.pair(held, &other))
    }

    /// Asks for keys, and when they expire.
    fn ask(
        &mut self,
        keys: &[Held<'k, 'static>],
        by_digest: &[bool],
    ) -> Result<Vec<(Said, Option<i64>)>, LinkError> {
        let time: &[u8] = if self.check.has_expiry_times { b"PEXPIRETIME" } else { b"PTTL" };
        let mut bytes = Vec::new();
        for (held, by_digest) in keys.iter().zip(by_digest) {
            match by_digest {
                true => request(&[&b"DEBUG"[..], b"DIGEST-VALUE", held.name()], &mut bytes),
                false => request(&[&b"DUMP"[..], held.name()], &mut bytes),
            }
            request(&[time, held.name()], &mut bytes);
        }
        self.connection.send(&mut [IoSlice::new(&bytes)])?;
        let mut said = Vec::with_capacity(keys.len());
        for _ in keys {
            let value = self.connection.receive(said_of)?;
            let expiry = self.connection.receive(|reply| match reply {
                Reply::Integer(millis) => Some(*millis),
                _ => None,
            })?;
            let expiry = expiry.filter(|millis| *millis >= 0).map(|millis| {
                match self.check.has_expiry_times {
                    true => millis,
                    false => self.check.now + millis,
                }
            });
            said.push((value, expiry));
        }
        Ok(said)
    }
}

fn said_of(reply: &Reply<'_>) -> Said {
    match reply {
        Reply::Null => Said::Nothing,
        Reply::Bulk(dump) => Said::Value(dump.to_vec()),
        Reply::Array(digests) => match &digests[..] {
            [Reply::Simple(digits) | Reply::Bulk(digits)]
                if digits.iter().any(|digit| *digit != b'0') =>
            {
                Said::Digest(digits.to_vec())
            }
            _ => Said::Nothing,
        },
        other => Said::Refused(refusal(other).unwrap_or_default()),
    }
}

/// Whether a key is among those that are compared: by its name, so that it is the same every time.
fn is_sampled(name: &[u8], every: u64) -> bool {
    every == 1 || marker::hash(name).is_multiple_of(every)
}
