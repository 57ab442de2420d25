//! What came of files that were executed, as an object.

use aof_log::CommandRange;
use aof_log::selection::LeftOut;
use aof_replay::{Doubtful, Failure, Spent};
use serde::Serialize;

use super::{KeysView, MOST, RangeView, key, name};
use crate::escape;
use crate::execute::{Log, Phases};

#[derive(Serialize)]
pub(super) struct LogView {
    /// Of the files, decoded.
    bytes: u64,
    /// Keys of bases.
    loaded: u64,
    commands: u64,
    changed: u64,
    no_ops: u64,
    failed: FailedView,
    uncertain: UncertainView,
    left_out: LeftOutView,
    assumptions: Vec<String>,
    /// Operations of each lane.
    lanes: Vec<u64>,
    phases_ms: PhasesView,
}

/// Milliseconds.
#[derive(Serialize)]
struct PhasesView {
    checking: f64,
    connecting: f64,
    loading: f64,
    distributing: f64,
    executing: f64,
}

#[derive(Serialize)]
struct FailedView {
    /// The first of them.
    commands: Vec<FailureView>,
    total: u64,
    /// Of all, those that only a server can execute.
    opaque: u64,
    reasons: Vec<ReasonView>,
}

#[derive(Serialize)]
struct ReasonView {
    message: String,
    count: u64,
}

/// A command that was not executed.
#[derive(Serialize)]
pub(super) struct FailureView {
    file: String,
    offset: u64,
    command: String,
    message: String,
}

impl FailureView {
    pub(super) fn new(file: String, failure: &Failure) -> Self {
        let (command, message) = (escape::bytes(&failure.name), failure.why.to_string());
        Self { file, offset: failure.offset, command, message }
    }
}

#[derive(Serialize)]
struct UncertainView {
    keys: Vec<DoubtView>,
    total_keys: u64,
    /// Commands that were not executed and do not say which keys they change.
    unnamed_commands: u64,
}

#[derive(Serialize)]
struct DoubtView {
    db: Option<u64>,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
    message: String,
}

#[derive(Serialize)]
struct LeftOutView {
    ranges: Vec<OutView>,
    total_ranges: u64,
    bytes: u64,
    commands: RangeView,
}

#[derive(Serialize)]
struct OutView {
    file: String,
    offset: u64,
    bytes: u64,
    finding: &'static str,
    commands: RangeView,
    keys: KeysView,
}

/// What is known of files that were executed.
pub(super) fn log(log: &Log) -> LogView {
    let replayed = &log.replayed;
    LogView {
        bytes: log.bytes,
        loaded: replayed.loaded,
        commands: replayed.commands,
        changed: replayed.changed,
        no_ops: replayed.no_ops,
        failed: failed(log),
        uncertain: UncertainView {
            keys: replayed.doubts.keys.iter().take(MOST).map(doubt).collect(),
            total_keys: replayed.doubts.total,
            unnamed_commands: replayed.doubts.unnamed,
        },
        left_out: left_out(log),
        assumptions: log.assumptions.iter().take(MOST).cloned().collect(),
        lanes: replayed.lanes.clone(),
        phases_ms: phases(log.phases),
    }
}

fn phases(phases: Phases) -> PhasesView {
    let Phases { checking, connecting, loading, spent: Spent { distributing, executing } } = phases;
    let [checking, connecting, loading, distributing, executing] =
        [checking, connecting, loading, distributing, executing]
            .map(|phase| (phase.as_secs_f64() * 1e4).round() / 10.0);
    PhasesView { checking, connecting, loading, distributing, executing }
}

fn failed(log: &Log) -> FailedView {
    let replayed = &log.replayed;
    let failure = |it: &Failure| FailureView::new(log.file(it.part).to_owned(), it);
    let reason = |(why, count): &(_, u64)| {
        let why: &aof_keyspace::Fail = why;
        ReasonView { message: why.to_string(), count: *count }
    };
    FailedView {
        commands: replayed.failures.iter().take(MOST).map(failure).collect(),
        total: replayed.failed,
        opaque: replayed.opaque,
        reasons: replayed.reasons.iter().map(reason).collect(),
    }
}

fn doubt(key: &Doubtful) -> DoubtView {
    let (text, hex) = name(&key.name);
    DoubtView { db: key.db, text, hex, message: key.why.to_string() }
}

fn left_out(log: &Log) -> LeftOutView {
    let out = |(file, out): &(usize, LeftOut)| OutView {
        file: log.file(*file).to_owned(),
        offset: out.start,
        bytes: out.len(),
        finding: out.finding.as_str(),
        commands: range(out.commands),
        keys: KeysView { count: out.keys.count, sample: out.keys.sample.iter().map(key).collect() },
    };
    let all = || log.left_out.iter().map(|(_, out)| out);
    LeftOutView {
        ranges: log.left_out.iter().take(MOST).map(out).collect(),
        total_ranges: log.left_out.len() as u64,
        bytes: all().map(LeftOut::len).sum(),
        commands: RangeView {
            min: all().map(|out| out.commands.min).sum(),
            max: all().map(|out| out.commands.max).sum(),
        },
    }
}

fn range(commands: CommandRange) -> RangeView {
    RangeView { min: commands.min, max: commands.max }
}
