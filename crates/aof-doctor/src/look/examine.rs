//! Reading the files: what each is, what it says, and how its container ends.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};

use aof_log::{
    CommandRange, Content, Diagnosis, Finding, FindingId, Loss, Policy, Watch, examine_stream,
};
use aof_source::{Access, Container, Feed, Kind, ReadError};
use rayon::prelude::*;

use super::kind;
use super::target::Candidate;
use crate::failure::Failure;
use crate::figures;
use crate::signal;
use crate::ui::Progress;

/// How the work is done.
#[derive(Debug)]
pub(crate) struct Job {
    /// How logs are scanned.
    pub(crate) policy: Policy,
    /// Threads; 0 for one on each core.
    pub(crate) jobs: usize,
    /// Whether somebody may want to see how far it is.
    pub(crate) is_bar_wanted: bool,
}

/// What was found out about one file.
#[derive(Debug)]
pub(super) struct Examined {
    pub(super) container: Container,
    pub(super) kind: Option<Kind>,
    /// What is in it, if it is a log or an RDB file.
    pub(super) content: Option<Content>,
    /// What is to be said of the file itself.
    pub(super) findings: Vec<Finding>,
}

/// Examines all files, side by side.
pub(super) fn all(files: &mut [Candidate], job: &Job) -> Result<Vec<Examined>, Failure> {
    let total = files.iter().map(|file| file.disk_bytes).sum();
    let is_known = files.iter_mut().all(is_plain);
    let progress = Progress::new("reading", job.is_bar_wanted, is_known.then_some(total));
    let threads = rayon::ThreadPoolBuilder::new().num_threads(job.jobs).build();
    let threads = threads.map_err(|error| Failure::operational(error.to_string()))?;
    let sum = AtomicU64::new(0);
    let examined: Vec<Examined> = threads.install(|| {
        let one = |file: &mut Candidate| {
            self::one(
                file,
                &job.policy,
                &Share { progress: &progress, sum: &sum, of_file: AtomicU64::new(0) },
            )
        };
        files.par_iter_mut().map(one).collect()
    });
    progress.done();
    if signal::is_cancelled() {
        return Err(cancelled(sum.into_inner(), is_known.then_some(total)));
    }
    Ok(examined)
}

fn is_plain(file: &mut Candidate) -> bool {
    let Ok(input) = &mut file.input else { return true };
    input.meta().bytes.is_some() && matches!(input.container(), Ok(Container::Plain))
}

/// One file's share of the work, as the bar shows it.
struct Share<'p> {
    progress: &'p Progress,
    /// What was reached in all files together.
    sum: &'p AtomicU64,
    /// What was reached in this one.
    of_file: AtomicU64,
}

impl Watch for Share<'_> {
    fn reached(&self, offset: u64) {
        let before = self.of_file.swap(offset, Ordering::Relaxed);
        let step = offset.saturating_sub(before);
        self.progress.reached(self.sum.fetch_add(step, Ordering::Relaxed) + step);
    }

    fn is_cancelled(&self) -> bool {
        self.progress.is_cancelled()
    }
}

fn one(file: &mut Candidate, policy: &Policy, watch: &dyn Watch) -> Examined {
    let mut examined =
        Examined { container: Container::Plain, kind: None, content: None, findings: Vec::new() };
    if file.input.is_err() || !file.is_data {
        return examined;
    }
    match identify(file, &mut examined) {
        Ok(None) => match read(file, policy, watch) {
            Ok(content) => examined.content = Some(content),
            Err(error) => examined.findings.push(unreadable(&error)),
        },
        Ok(Some(no_log)) => examined.findings.push(no_log),
        Err(error) => examined.findings.push(unreadable(&error)),
    }
    let content = examined.content.as_ref();
    // Nothing came out of it, which does not mean that nothing is in it.
    if examined.kind == Some(Kind::Empty) && content.is_some_and(|c| !c.findings.is_empty()) {
        examined.kind = Some(Kind::Unknown);
    }
    let note = compressed(examined.container, content.map_or(0, |content| content.bytes));
    examined.findings.splice(0..0, note);
    examined
}

/// Tells what a file is; the finding if it is neither a log nor an RDB file.
fn identify(file: &mut Candidate, examined: &mut Examined) -> Result<Option<Finding>, ReadError> {
    let Ok(input) = &mut file.input else { return Ok(None) };
    examined.container = input.container()?;
    let sniff = input.sniff()?;
    let length = match examined.container {
        Container::Plain => input.meta().bytes.unwrap_or(0),
        _ => 0,
    };
    let finding = kind::finding(&sniff, length);
    examined.kind = Some(sniff.kind);
    Ok(finding)
}

fn read(file: &mut Candidate, policy: &Policy, watch: &dyn Watch) -> Result<Content, ReadError> {
    let usage = file.usage;
    let Ok(input) = &mut file.input else { unreachable!("only open files are read") };
    let feed = match input.access()? {
        Access::Random(part) => return Ok(aof_log::examine(part, usage, policy, watch)),
        Access::Stream(feed) => feed,
    };
    let mut content = examine_stream(&mut *feed, usage, policy, watch);
    if let Err(ReadError::Decode { source, .. }) = feed.window(feed.read_so_far(), 1) {
        match source.kind() {
            ErrorKind::UnexpectedEof => short_copy(&mut content, feed.read_so_far()),
            _ => bad_container(&mut content),
        }
    }
    Ok(content)
}

/// The storage did not fail: there is no more of the copy.
fn short_copy(content: &mut Content, decoded: u64) {
    let whole = content.bytes.min(decoded);
    let torn = decoded - whole;
    let message = format!(
        "the compressed data end too early: {} could be decoded, with whole records up to byte {}",
        figures::of(decoded, "byte"),
        figures::count(whole)
    );
    let commands = CommandRange { min: 0, max: u64::from(torn > 0) };
    let short = Finding::new(FindingId::InputShortCopy, whole, torn, message)
        .cause("a copy or a download that was interrupted, or a compressor that was killed")
        .loss(Loss { bytes: torn, commands, ..Loss::default() });
    if !replace_unread(content, |found| *found = short.clone()) {
        return;
    }
    if let Some(log) = &mut content.log {
        log.lost.bytes += torn;
        log.lost.commands.max += commands.max;
    }
}

/// The storage did not fail: the compressed bytes are wrong.
fn bad_container(content: &mut Content) {
    replace_unread(content, |found| {
        found.cause =
            "flipped or missing bytes in the compressed file: a bad disk, or a copy in text mode";
    });
}

/// Rewords what was called unreadable, in the content and in its records; whether there was such a thing.
fn replace_unread(content: &mut Content, mut reword: impl FnMut(&mut Finding)) -> bool {
    let mut is_found = false;
    let in_log = content.log.iter_mut().flat_map(|log: &mut Diagnosis| &mut log.findings);
    for found in content.findings.iter_mut().chain(in_log) {
        if found.id == FindingId::PartUnreadable {
            reword(found);
            is_found = true;
        }
    }
    is_found
}

/// The note that offsets are those of the content.
fn compressed(container: Container, length: u64) -> Option<Finding> {
    let name = match container {
        Container::Plain => return None,
        Container::Gzip => "gzip",
        Container::Zstd => "zstd",
        _ => "another container",
    };
    let message = format!("compressed with {name}: all offsets are those of the decoded bytes");
    Some(Finding::new(FindingId::InputCompressed, 0, length, message))
}

/// Not even the first bytes could be read.
fn unreadable(error: &ReadError) -> Finding {
    Finding::new(FindingId::PartUnreadable, error.offset(), 0, error.to_string())
        .cause("a failing disk or network storage, or a file that was truncated while it was read")
}

fn cancelled(done: u64, total: Option<u64>) -> Failure {
    let done = figures::of(done, "byte");
    let of = total.map_or(String::new(), |bytes| format!(" of {}", figures::count(bytes)));
    Failure::cancelled(format!("cancelled after {done}{of}; nothing was changed"))
}
