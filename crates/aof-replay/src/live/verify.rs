//! Whether a target holds the data of a keyspace: key by key, by a digest where that says everything, by reading the key
//! otherwise.

mod extras;
mod libraries;
mod worker;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::thread;

use aof_keyspace::diff::{Comparison, Difference};
use aof_keyspace::{Held, Keyspace, Scores};
use aof_log::Watch;
use aof_rdb::Target;
use aof_resp::Reply;

use super::connection::{Connection, LinkError};
use super::fleet::LISTED;
use super::server::Server;
use worker::Worker;

/// How a target is compared.
#[derive(Debug, Clone)]
pub struct Check {
    /// What counts.
    pub how: Comparison,
    /// Every how many keys one is compared: 1 for all.
    pub every: u64,
    /// Whether keys count that only the target has.
    pub seeks_extras: bool,
    /// Whether libraries of functions are compared too.
    pub has_libraries: bool,
    /// Now, in milliseconds since the Unix epoch by the clock of the target: what has expired by then may be gone.
    pub now: i64,
    /// Whether the target gives digests.
    pub has_digests: bool,
    /// How it prints scores in them.
    pub scores: Scores,
    /// Whether it tells when keys expire to the millisecond, as Redis from 7.0 on does.
    pub has_expiry_times: bool,
}

/// What came of a comparison. Libraries of functions are among what is missing, differs, is extra or unread.
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
    /// The first keys that only the target has: their databases and names. A library is in no database.
    pub extras: Vec<(Option<u64>, Vec<u8>)>,
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
            has_libraries: every <= 1,
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
                let mut worker = Worker::new(connection, check, seen);
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
    if let Some(connection) = connections.first_mut() {
        if check.has_libraries {
            libraries::compare(connection, keyspace, check, &mut found)?;
        }
        if check.seeks_extras {
            extras::find(connection, keyspace, &mut found)?;
        }
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

    fn note_extra(&mut self, db: Option<u64>, name: Vec<u8>) {
        self.extra += 1;
        if self.extras.len() < LISTED {
            self.extras.push((db, name));
        }
    }

    fn note_unread(&mut self, reason: String) {
        self.unread += 1;
        self.reason.get_or_insert(reason);
    }
}
