//! Reading the input: what it is, what it says, and how its container ends.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use aof_log::{
    CommandRange, Diagnosis, Finding, FindingId, Loss, Policy, diagnose, diagnose_stream,
};
use aof_source::{Access, Container, Feed, Input, Kind, Part, ReadError};

use super::{flight, kind};
use crate::failure::Failure;
use crate::figures;
use crate::report::{Report, Subject};
use crate::signal;
use crate::ui::Progress;
use crate::verdict::Verdict;

/// How the work is done.
#[derive(Debug)]
pub(super) struct Job {
    /// How the log is scanned.
    pub(super) policy: Policy,
    /// Threads; 0 for one on each core.
    pub(super) jobs: usize,
    /// Whether somebody may want to see how far it is.
    pub(super) is_bar_wanted: bool,
}

/// Finds out all there is to know about an input.
pub(super) fn examine(path: &Path, input: &mut Input, job: &Job) -> Result<Report, Failure> {
    let mut subject = Subject::of(path, input);
    let mut findings = Vec::new();
    let log = match identify(input, &mut subject) {
        Ok(None) => Some(scan(input, job)?),
        Ok(Some(no_log)) => {
            findings.push(no_log);
            None
        }
        Err(error) => {
            findings.push(unreadable(&error));
            None
        }
    };
    if signal::is_cancelled() {
        return Err(cancelled(log.as_ref(), input));
    }
    // Nothing came out of it, which does not mean that nothing is in it.
    if subject.kind == Some(Kind::Empty) && log.as_ref().is_some_and(|log| !log.findings.is_empty())
    {
        subject.kind = Some(Kind::Unknown);
    }
    findings.splice(0..0, compressed(&subject, log.as_ref()));
    Ok(conclude(subject, findings, log, input))
}

/// Puts together what was found in the log and around it.
fn conclude(
    subject: Subject,
    mut findings: Vec<Finding>,
    log: Option<Diagnosis>,
    input: &mut Input,
) -> Report {
    let is_empty = log.as_ref().is_some_and(|log| log.bytes == 0 && log.findings.is_empty());
    let mut total_findings = 0;
    let mut log = log;
    let is_plain = subject.container == Container::Plain;
    let unfinished = is_plain && log.as_ref().is_some_and(flight::is_unfinished);
    let writers = flight::look(input, unfinished);
    findings.extend(writers.note.clone());
    if let Some(log) = &mut log {
        if is_plain {
            flight::excuse(log, &writers);
        }
        total_findings = log.total_findings.saturating_sub(log.findings.len() as u64);
        findings.append(&mut log.findings);
    }
    total_findings += findings.len() as u64;
    let verdict = Verdict::of(&findings, is_empty);
    let (live, took, dumps) = (writers.live, Duration::ZERO, Vec::new());
    Report { subject, log, findings, total_findings, live, verdict, took, dumps }
}

/// Tells what the input is; the finding if it is no log.
fn identify(input: &mut Input, subject: &mut Subject) -> Result<Option<Finding>, ReadError> {
    subject.container = input.container()?;
    let sniff = input.sniff()?;
    let length = match subject.container {
        Container::Plain => input.meta().bytes.unwrap_or(0),
        _ => 0,
    };
    let finding = kind::finding(&sniff, length);
    subject.kind = Some(sniff.kind);
    Ok(finding)
}

fn scan(input: &mut Input, job: &Job) -> Result<Diagnosis, Failure> {
    let access = match input.access() {
        Ok(access) => access,
        // It could be read a moment ago.
        Err(error) => return Err(Failure::operational(error.to_string())),
    };
    let feed = match access {
        Access::Random(part) => {
            let progress = Progress::new(job.is_bar_wanted, Some(part.len()));
            let threads = rayon::ThreadPoolBuilder::new().num_threads(job.jobs).build();
            let threads = threads.map_err(|error| Failure::operational(error.to_string()))?;
            let log = threads.install(|| diagnose(part, &job.policy, &progress));
            progress.done();
            return Ok(log);
        }
        Access::Stream(feed) => feed,
    };
    let progress = Progress::new(job.is_bar_wanted, None);
    let mut log = diagnose_stream(&mut *feed, &job.policy, &progress);
    progress.done();
    if let Err(ReadError::Decode { source, .. }) = feed.window(feed.read_so_far(), 1) {
        match source.kind() {
            ErrorKind::UnexpectedEof => short_copy(&mut log, feed.read_so_far()),
            _ => bad_container(&mut log),
        }
    }
    Ok(log)
}

/// The storage did not fail: there is no more of the copy.
fn short_copy(log: &mut Diagnosis, decoded: u64) {
    let whole = log.bytes.min(decoded);
    let torn = decoded - whole;
    let Some(found) = unread(log) else { return };
    let message = format!(
        "the compressed data end too early: {} could be decoded, with whole records up to byte {}",
        figures::of(decoded, "byte"),
        figures::count(whole)
    );
    let commands = CommandRange { min: 0, max: u64::from(torn > 0) };
    *found = Finding::new(FindingId::InputShortCopy, whole, torn, message)
        .cause("a copy or a download that was interrupted, or a compressor that was killed")
        .loss(Loss { bytes: torn, commands, ..Loss::default() });
    log.lost.bytes += torn;
    log.lost.commands.max += commands.max;
}

/// The storage did not fail: the compressed bytes are wrong.
fn bad_container(log: &mut Diagnosis) {
    if let Some(found) = unread(log) {
        found.cause =
            "flipped or missing bytes in the compressed file: a bad disk, or a copy in text mode";
    }
}

fn unread(log: &mut Diagnosis) -> Option<&mut Finding> {
    log.findings.iter_mut().find(|found| found.id == FindingId::PartUnreadable)
}

/// The note that offsets are those of the content.
fn compressed(subject: &Subject, log: Option<&Diagnosis>) -> Option<Finding> {
    let name = match subject.container {
        Container::Plain => return None,
        Container::Gzip => "gzip",
        Container::Zstd => "zstd",
        _ => "another container",
    };
    let message = format!("compressed with {name}: all offsets are those of the decoded bytes");
    let length = log.map_or(0, |log| log.bytes);
    Some(Finding::new(FindingId::InputCompressed, 0, length, message))
}

/// Not even the first bytes could be read.
fn unreadable(error: &ReadError) -> Finding {
    Finding::new(FindingId::PartUnreadable, error.offset(), 0, error.to_string())
        .cause("a failing disk or network storage, or a file that was truncated while it was read")
}

fn cancelled(log: Option<&Diagnosis>, input: &Input) -> Failure {
    let done = figures::of(log.map_or(0, |log| log.bytes), "byte");
    let of =
        input.meta().bytes.map_or(String::new(), |bytes| format!(" of {}", figures::count(bytes)));
    Failure::cancelled(format!("cancelled after {done}{of}; nothing was changed"))
}
