//! One connection that asks for keys and compares them.

use std::io::IoSlice;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use aof_keyspace::diff::{Difference, missing};
use aof_keyspace::{Held, Keyspace, Share};
use aof_log::Watch;
use aof_rdb::{Dump, Key, Room, ValueType};
use aof_resp::{Reply, request};

use super::super::connection::{Connection, LinkError, refusal};
use super::super::marker;
use super::{Check, Found};

/// So many keys are asked for at once.
const TOGETHER: usize = 128;

/// One connection at work.
pub(super) struct Worker<'c, 'k> {
    pub(super) connection: Connection,
    check: &'c Check,
    /// Keys that all connections have looked at.
    seen: &'c AtomicU64,
    pub(super) found: Found<'k>,
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

impl<'c, 'k> Worker<'c, 'k> {
    pub(super) fn new(connection: Connection, check: &'c Check, seen: &'c AtomicU64) -> Self {
        let (found, room) = (Found::default(), Room::default());
        Self { connection, check, seen, found, db: None, room }
    }

    /// Compares shares until none is left.
    pub(super) fn work(
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
            Said::Refused(reason) => self.found.note_unread(reason),
            Said::Digest(_) => {}
            Said::Value(dump) => match self.difference(held, &dump, expiry) {
                Ok(None) => self.found.equal += 1,
                Ok(Some(difference)) => {
                    self.found.differ += 1;
                    self.found.differs(difference);
                }
                Err(reason) => self.found.note_unread(reason),
            },
        }
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
