//! What one file of a set holds: an RDB file, records, or an RDB file with records behind it.

use aof_source::{Feed, Part, ReadError};

use crate::diagnosis::Diagnosis;
use crate::finding::{Finding, FindingId, Severity};
use crate::scan::{Policy, Watch, diagnose, diagnose_stream};

mod flip;
mod snapshot;
mod values;

/// What a file is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// No byte.
    Empty,
    /// Records.
    Resp,
    /// An RDB file.
    Rdb,
    /// An RDB file, and records behind it.
    RdbResp,
}

/// What a file is for, as its name or its place says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// A log, or a part of one.
    Log,
    /// An RDB file by itself.
    Snapshot,
}

/// What one file holds.
#[derive(Debug, Clone)]
pub struct Content {
    /// What it is made of.
    pub format: Format,
    /// Decoded bytes.
    pub bytes: u64,
    /// The RDB file, if it begins with one.
    pub rdb: Option<aof_rdb::Summary>,
    /// The one bit of it that was flipped, if that is what is wrong: with it turned back all of it is sound.
    pub flip: Option<aof_rdb::Flip>,
    /// The records, if there are any; offsets are those of the file.
    pub log: Option<Diagnosis>,
    /// What is wrong or worth knowing, by offset, about the RDB file and the records.
    pub findings: Vec<Finding>,
    /// How many findings there are.
    pub total_findings: u64,
}

impl Content {
    /// Of a file of which nothing more is known.
    pub fn new(format: Format, bytes: u64) -> Self {
        let (rdb, flip, log, findings) = (None, None, None, Vec::new());
        Self { format, bytes, rdb, flip, log, findings, total_findings: 0 }
    }

    /// Commands in its records.
    pub fn commands(&self) -> u64 {
        self.log.as_ref().map_or(0, |log| log.commands)
    }

    /// Keys in its RDB file.
    pub fn keys(&self) -> u64 {
        self.rdb.as_ref().map_or(0, |rdb| rdb.keys)
    }

    /// Function libraries in its RDB file.
    pub fn functions(&self) -> u64 {
        self.rdb.as_ref().map_or(0, |rdb| rdb.functions)
    }

    /// Where the records begin: behind the RDB file, if there is one.
    pub fn records_from(&self) -> u64 {
        self.rdb.as_ref().map_or(0, |rdb| rdb.end)
    }

    /// The last place before the first damage where the file can be cut without tearing anything.
    pub fn checkpoint(&self) -> u64 {
        match (&self.log, &self.rdb) {
            (Some(log), _) => log.checkpoint,
            (None, Some(rdb)) if rdb.defect.is_none() => rdb.end,
            _ => 0,
        }
    }

    /// The last such place in the file.
    pub fn end_checkpoint(&self) -> u64 {
        self.log.as_ref().map_or_else(|| self.checkpoint(), |log| log.end_checkpoint)
    }

    /// How bad it is: the worst severity of all findings, if there are any.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// Examines a file with the threads of rayon's current pool.
pub fn examine<P: Part + ?Sized>(
    part: &P,
    usage: Usage,
    policy: &Policy,
    watch: &dyn Watch,
) -> Content {
    let mut feed = part.feed();
    let Some(mut content) = snapshot::read(&mut feed, usage, policy.depth, watch) else {
        return of_log(diagnose(part, policy, watch));
    };
    content.bytes = part.len();
    flip::look(part, &mut content);
    if let Some(start) = snapshot::records_behind(&mut feed, usage, part.len(), &mut content) {
        let policy = Policy { start, ..policy.clone() };
        with_log(&mut content, diagnose(part, &policy, watch));
    }
    content
}

/// Examines what can only be read forwards, on one thread.
pub fn examine_stream<F: Feed>(
    mut feed: F,
    usage: Usage,
    policy: &Policy,
    watch: &dyn Watch,
) -> Content {
    let Some(mut content) = snapshot::read(&mut feed, usage, policy.depth, watch) else {
        return of_log(diagnose_stream(feed, policy, watch));
    };
    if let Some(start) = snapshot::records_behind(&mut feed, usage, u64::MAX, &mut content) {
        let policy = Policy { start, ..policy.clone() };
        with_log(&mut content, diagnose_stream(feed, &policy, watch));
    }
    content
}

fn of_log(log: Diagnosis) -> Content {
    let format = if log.bytes == 0 { Format::Empty } else { Format::Resp };
    let blank = Content::new(format, log.bytes);
    let (findings, total_findings) = (log.findings.clone(), log.total_findings);
    Content { findings, total_findings, log: Some(log), ..blank }
}

/// Adds the records behind the RDB file.
fn with_log(content: &mut Content, log: Diagnosis) {
    content.format = Format::RdbResp;
    content.bytes = log.bytes;
    content.total_findings += log.total_findings;
    let start = content.records_from();
    let is_torn_at_once = log.checkpoint == start
        && log.findings.iter().any(|found| {
            let is_end = [FindingId::AofTailTorn, FindingId::AofMultiOpen].contains(&found.id);
            is_end && found.offset == start
        });
    if is_torn_at_once {
        let message = format!(
            "the first record behind the RDB preamble, which ends at byte {start}, is not whole"
        );
        let length = log.bytes - start;
        let cause = "the server was killed while it wrote the first records since a rewrite; Redis up to 8.2 and \
                     Valkey 8.1 then cut the whole file to 0 bytes when they start, preamble included";
        content.add(Finding::new(FindingId::AofPreambleTail, start, length, message).cause(cause));
    }
    content.findings.extend(log.findings.iter().cloned());
    content.log = Some(log);
}

impl Content {
    fn add(&mut self, finding: Finding) {
        self.total_findings += 1;
        self.findings.push(finding);
    }
}

/// Lets an RDB file be read through a feed.
#[derive(Debug)]
pub struct RdbWindows<F>(pub F);

impl<F: Feed> aof_rdb::Source for RdbWindows<F> {
    type Error = ReadError;

    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        self.0.keep_from(at);
        self.0.window(at, want)
    }
}
