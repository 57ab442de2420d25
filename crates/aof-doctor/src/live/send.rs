//! Sending until everything is there, through connections that may break.

use std::thread;
use std::time::{Duration, Instant};

use aof_replay::live::fleet::{self, End, Fleet, Halt, Rejected, Sums};
use aof_replay::live::marker::{self, Progress};
use aof_replay::live::{LinkError, Origin};

use super::Target;
use crate::failure::Failure;
use crate::{escape, figures, signal};

/// How long it is waited before a broken connection is made anew: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// How sending ended.
pub(crate) struct Ended<T> {
    pub(crate) end: End<T>,
    /// How often connections were made anew.
    pub(crate) breaks: usize,
}

impl<T> Ended<T> {
    /// The same, with something else as its result.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Ended<U> {
        let Self { end: End { sums, result, is_resumable }, breaks } = self;
        Ended { end: End { sums, result: result.map(change), is_resumable }, breaks }
    }
}

impl<T, E> Ended<Result<T, E>> {
    /// The same, unless the work itself failed.
    pub(crate) fn transposed(self) -> Result<Ended<T>, E> {
        let Self { end: End { sums, result, is_resumable }, breaks } = self;
        let result = match result {
            Ok(done) => Ok(done?),
            Err(halt) => Err(halt),
        };
        Ok(Ended { end: End { sums, result, is_resumable }, breaks })
    }
}

/// Has `work` send everything, and does it again from where the target is when a connection breaks, as long as the
/// target comes back within `retry`.
pub(crate) fn attempts<T>(
    target: &mut Target,
    mut progress: Progress,
    retry: Duration,
    work: &dyn Fn(&mut Fleet<'_, 'static>) -> Result<T, Halt>,
) -> Result<Ended<T>, Failure> {
    let mut breaks = 0;
    loop {
        let end = attempt(target, &progress, work);
        let is_broken = matches!(end.result, Err(Halt::Link(_)));
        if !is_broken || signal::is_cancelled() || !end.is_resumable {
            return Ok(Ended { end, breaks });
        }
        breaks += 1;
        match wait(target, &progress, retry)? {
            Some(further) => progress = further,
            None => return Ok(Ended { end, breaks }),
        }
    }
}

fn attempt<T>(
    target: &Target,
    progress: &Progress,
    work: &dyn Fn(&mut Fleet<'_, 'static>) -> Result<T, Halt>,
) -> End<T> {
    match target.connections(progress.done.len()) {
        Ok(connections) => {
            fleet::run(connections, target.server.databases, progress, |fleet| work(fleet))
        }
        Err(error) => {
            let error = LinkError::Broken(std::io::Error::other(error.to_string()));
            End { sums: Sums::default(), result: Err(Halt::Link(error)), is_resumable: true }
        }
    }
}

/// Connects once more, and asks how far the target is; `None` if that cannot be found out in time.
fn wait(
    target: &mut Target,
    progress: &Progress,
    retry: Duration,
) -> Result<Option<Progress>, Failure> {
    let (began, mut pause) = (Instant::now(), PAUSE.0);
    while began.elapsed() + pause <= retry {
        thread::sleep(pause);
        pause = (pause * 2).min(PAUSE.1);
        if signal::is_cancelled() {
            break;
        }
        if target.again().is_err() || target.server.is_loading {
            continue;
        }
        let databases: Vec<u64> = target.server.keys.keys().copied().collect();
        let Ok(found) = marker::read(&mut target.connection, &databases) else { continue };
        return match found {
            Some(found) if found.run == progress.run => Ok(Some(found)),
            _ => Err(forgotten(target)),
        };
    }
    Ok(None)
}

/// Has `work` do something that may be done twice, once more if the connection breaks and the target comes back in time.
pub(crate) fn insist<T>(
    target: &mut Target,
    retry: Duration,
    work: &dyn Fn(&mut Target) -> Result<T, LinkError>,
) -> Result<T, Halt> {
    let (began, mut pause) = (Instant::now(), PAUSE.0);
    loop {
        match work(target) {
            Ok(done) => return Ok(done),
            Err(broken) if signal::is_cancelled() || began.elapsed() + pause > retry => {
                return Err(Halt::Link(broken));
            }
            Err(_) => {}
        }
        thread::sleep(pause);
        pause = (pause * 2).min(PAUSE.1);
        // If it is not there, the work fails once more.
        let _ = target.again();
    }
}

/// The target came up again without what was sent to it.
fn forgotten(target: &Target) -> Failure {
    Failure::operational(format!("{} has lost what was sent to it", target.shown()))
        .hint("it came up again without it: appendonly yes keeps what a server was told")
}

/// Why sending ended before everything was there.
pub(crate) fn halted(target: &Target, halt: &Halt, file: &dyn Fn(usize) -> String) -> Failure {
    let place = target.place();
    match halt {
        Halt::Cancelled => Failure::cancelled("cancelled"),
        Halt::Link(error) => {
            Failure::cancelled(format!("{place}: {}", escape::sentence(&error.to_string())))
        }
        Halt::Source(why) => Failure::operational(escape::sentence(why)),
        Halt::NoDatabase(db) => no_database(target, *db),
        Halt::Refused(rejected) => {
            let what = format!("{place} takes nothing more: {}", rejection(rejected, file));
            Failure::cancelled(what)
        }
        _ => Failure::operational("sending ended"),
    }
}

/// The log has keys in this database.
pub(crate) fn no_database(target: &Target, db: u64) -> Failure {
    let (place, databases) = (target.place(), figures::of(target.server.databases, "database"));
    Failure::operational(format!("the log has keys in database {db}, and {place} has {databases}"))
        .hint("the directive `databases` of the server says how many it has; --map-db moves keys")
}

/// A command that was refused, and what was said.
pub(crate) fn rejection(rejected: &Rejected, file: &dyn Fn(usize) -> String) -> String {
    let reply = escape::sentence(&rejected.reply);
    match &rejected.origin {
        Origin::Log { part, offset } => {
            format!("{reply} (the record at byte {} of {})", figures::offset(*offset), file(*part))
        }
        Origin::Key { name, key } => {
            format!("{reply} ({} of key {})", escape::name(name), escape::name(key))
        }
    }
}
