//! What a server's loader does with one part: a twin of the servers' own reading.
//!
//! The servers read a log with C's `fgets`, `strtol` and `fread`, believe every length, and do not look at the
//! bytes behind a payload. [`load`] reads as they do, from the last place before the first damage that a server
//! and [`diagnose`](crate::diagnose) read alike. Facts: `docs/formats.md`, "What loaders accept"; the proof, on five
//! servers, is `tests/conformance`.

mod line;
mod lookup;
mod twin;
mod words;

use aof_resp::Head;
use aof_source::{Feed, ReadError};

use crate::diagnosis::Diagnosis;
use crate::finding::FindingId;
use crate::forecast::Conf;
use crate::server::Server;

use lookup::{Found, Lookup, Run};
use twin::Twin;

/// How the loading of one part ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// All of it is loaded.
    Whole,
    /// The file is cut on the disk, so that this many bytes are left. If it is the last part, the server goes on;
    /// if not, it ends with an error all the same, after the cut.
    Cut {
        /// Bytes that are left.
        to: u64,
    },
    /// The server ends with an error.
    Refuses,
    /// The server ends by a signal.
    Crashes,
    /// What it does is not defined, or nobody looked.
    Unknown,
}

/// A part as a loader finds it on the disk.
#[derive(Debug, Clone, Copy)]
pub struct PartView<'d> {
    /// Its length: that of the file, or less if an earlier start has cut it.
    pub len: u64,
    /// Where its records begin: behind the RDB preamble, or 0. Whether the server reads the preamble is for
    /// [`Server::accepts`] to say.
    pub records_from: u64,
    /// Whether no other part of the set is loaded after it.
    pub is_last: bool,
    /// What is known of its records, over its whole length.
    pub log: &'d Diagnosis,
}

/// What a loader does with one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loading {
    /// How it ends.
    pub ending: Ending,
    /// The byte behind the last record that takes effect, or where the records begin if none does: with
    /// [`Ending::Cut`] inside an open transaction this is where the `MULTI` begins, and behind a preamble that is cut
    /// away with the whole file, where it ended. 0 where the ending is neither [`Ending::Whole`] nor
    /// [`Ending::Cut`].
    pub effective: u64,
    /// Records that take effect, `SELECT`, `MULTI` and `EXEC` included; 0 where `effective` is 0.
    pub commands: u64,
    /// The length of the file afterwards.
    pub left: u64,
    /// Whether the server goes on, with the next part or with its work. After [`Ending::Cut`] it does so only if the
    /// part is the last: otherwise the cut is on the disk, and the server ends with an error.
    pub goes_on: bool,
    /// Why it ends like this, in one clause, with the offset; empty for [`Ending::Whole`].
    pub why: String,
}

/// Foretells what this server does with the records of a part when it starts. An [`Ending::Unknown`] says so of
/// itself; how sure the rest is, [`Server::basis`] tells.
///
/// # Errors
/// The part cannot be read, or the feed is a stream that has passed the place.
pub fn load<F: Feed>(
    feed: &mut F,
    part: &PartView<'_>,
    server: Server,
    conf: &Conf,
) -> Result<Loading, ReadError> {
    let lookup = Lookup::new(server, conf);
    let stop = if part.len < part.records_from {
        preamble_gone(part)
    } else if let Some((offset, why)) = refused_before_damage(part, &lookup) {
        Stop { ending: Ending::Refuses, effective: offset, commands: 0, why }
    } else {
        let (from, commands) = start(part, &lookup);
        Twin::new(feed, part, lookup, conf).run(from, commands)?
    };
    Ok(stop.loading(part))
}

/// Why this server does not take a log in which a record of this kind stands: it does not have the command
/// ([`FindingId::AofCmdUnknown`]), or no server takes so many arguments, or this one counts them and takes another number
/// ([`FindingId::AofCmdArity`]).
pub fn refuses(server: Server, conf: &Conf, head: &Head<'_>) -> Option<FindingId> {
    let lookup = Lookup::new(server, conf);
    match lookup.find(head) {
        Found::Unknown => Some(FindingId::AofCmdUnknown),
        Found::Module => None,
        Found::Command(command) => {
            let is_wrong =
                !command.accepts(head.argc) || lookup.run(command, head.argc) == Run::Refuses;
            is_wrong.then_some(FindingId::AofCmdArity)
        }
    }
}

/// How the twin stopped.
struct Stop {
    ending: Ending,
    effective: u64,
    commands: u64,
    why: String,
}

impl Stop {
    fn loading(self, part: &PartView<'_>) -> Loading {
        let (left, goes_on) = match self.ending {
            Ending::Whole => (part.len, true),
            Ending::Cut { to } => (to, part.is_last),
            Ending::Refuses | Ending::Crashes | Ending::Unknown => (part.len, false),
        };
        let is_loaded = matches!(self.ending, Ending::Whole | Ending::Cut { .. });
        let (effective, commands) =
            if is_loaded { (self.effective, self.commands) } else { (0, 0) };
        Loading { ending: self.ending, effective, commands, left, goes_on, why: self.why }
    }
}

/// A file that was cut inside its preamble is an RDB file that ends too early, and one of no byte is nothing.
fn preamble_gone(part: &PartView<'_>) -> Stop {
    let (ending, why) = match part.len {
        0 => (Ending::Whole, String::new()),
        len => (Ending::Refuses, words::preamble_cut(len)),
    };
    Stop { ending, effective: 0, commands: 0, why }
}

/// Findings of records that a loader may read otherwise than we do, although they are no damage to us.
const READ_OTHERWISE: [FindingId; 3] =
    [FindingId::AofFrameLoose, FindingId::AofCmdUnknown, FindingId::AofCmdArity];

/// Whether this server reads the records before `at` as we do, but for what it refuses: all are strictly formed,
/// and of commands that are in the table.
fn is_read_alike(part: &PartView<'_>, at: u64, lookup: &Lookup<'_>) -> bool {
    let log = part.log;
    let is_listed = log.total_findings == log.findings.len() as u64;
    let odd =
        log.findings.iter().any(|found| found.offset < at && READ_OTHERWISE.contains(&found.id));
    is_listed && !odd && !lookup.has_renamed()
}

/// The first thing in the records before the first damage that the server refuses, and why.
fn refused_before_damage(part: &PartView<'_>, lookup: &Lookup<'_>) -> Option<(u64, String)> {
    let log = part.log;
    let sound = log.sound.end.min(part.len);
    if !is_read_alike(part, sound, lookup) {
        return None;
    }
    let line = log.first_annotation.filter(|_| !lookup.server().accepts_annotations());
    let line = line.map(|at| (at, words::no_record(at)));
    let unknown = log.demands.iter().filter(|demand| !lookup.has(demand.command));
    let unknown =
        unknown.map(|demand| (demand.offset, words::unknown(demand.command, demand.offset)));
    let first = line.into_iter().chain(unknown).min_by_key(|(at, _)| *at)?;
    let doubtful =
        log.demands.iter().any(|demand| demand.offset < first.0 && !lookup.takes(demand.command));
    (first.0 < sound && !doubtful).then_some(first)
}

/// Where the twin must begin, and how many records stand before.
fn start(part: &PartView<'_>, lookup: &Lookup<'_>) -> (u64, u64) {
    let (log, sound) = (part.log, part.log.sound);
    let all_taken = || {
        let before = log.demands.iter().filter(|demand| demand.offset < sound.end);
        let lines = log.first_annotation.is_some_and(|at| at < sound.end);
        before.into_iter().all(|demand| lookup.takes(demand.command))
            && (!lines || lookup.server().accepts_annotations())
    };
    let is_within = (part.records_from..=part.len).contains(&sound.end) && sound.commands > 0;
    if is_within && is_read_alike(part, sound.end, lookup) && all_taken() {
        (sound.end, sound.commands)
    } else {
        (part.records_from, 0)
    }
}

#[cfg(test)]
mod tests;
