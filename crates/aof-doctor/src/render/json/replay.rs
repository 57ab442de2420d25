//! The document of `replay --json`.

use std::path::Path;

use aof_replay::live::Origin;
use aof_replay::live::fleet::Rejected;
use aof_replay::live::history::Unknown;
use serde::Serialize;

use super::diff::{NameView, named};
use super::verify::{ComparedView, compared};
use super::{MOST, pretty};
use crate::command::replay::Outcome;
use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Serialize)]
struct Document<'o> {
    schema: &'static str,
    tool_version: &'static str,
    exit_code: u8,
    /// Why it did not come to its end.
    error: Option<&'o str>,
    path: String,
    server: Option<&'o str>,
    mode: Option<&'static str>,
    reason: Option<&'o str>,
    connections: Option<u64>,
    dry_run: Option<bool>,
    resumed: Option<bool>,
    /// The command that goes on, if it was interrupted.
    resume: Option<&'o str>,
    reconnects: Option<u64>,
    took_ms: Option<u64>,
    bytes: Option<u64>,
    commands: Option<CommandsView>,
    keys: Option<u64>,
    memory: Option<MemoryView>,
    failures: Vec<FailureView>,
    verified: Option<ComparedView>,
}

#[derive(Serialize)]
struct CommandsView {
    sent: u64,
    acknowledged: u64,
    failed: u64,
    /// Those that had been done before it was gone on.
    skipped: u64,
}

#[derive(Serialize)]
struct MemoryView {
    needed_estimate: u64,
    free: Option<u64>,
}

#[derive(Serialize)]
struct FailureView {
    file: Option<String>,
    offset: Option<u64>,
    command: Option<NameView>,
    key: Option<NameView>,
    reason: String,
}

/// The document of a replay.
pub(crate) fn replay(outcome: &Outcome, exit: Exit) -> String {
    let sums = &outcome.sums;
    let refused = outcome.rejected().map(|rejected| failure(rejected, outcome));
    let unknown = outcome.told.iter().flat_map(|told| &told.unknown_list);
    let unknown = unknown.map(|unknown| not_known(*unknown, outcome));
    let error = outcome.failure.as_ref();
    pretty(&Document {
        exit_code: exit.code(),
        error: error.map(|failure| &failure.message[..]),
        server: Some(&outcome.target),
        mode: Some(outcome.mode.word()),
        reason: outcome.reason.as_deref(),
        connections: Some(outcome.connections as u64),
        dry_run: Some(outcome.is_dry),
        resumed: Some(outcome.is_resumed),
        resume: error.and_then(|failure| failure.next.as_deref()),
        reconnects: Some(outcome.breaks as u64),
        took_ms: Some(outcome.took.as_millis() as u64),
        bytes: Some(sums.bytes),
        commands: Some(CommandsView {
            sent: sums.sent,
            acknowledged: sums.acknowledged,
            failed: outcome.refused(),
            skipped: sums.skipped,
        }),
        keys: outcome.tally.as_ref().map(|tally| tally.keys),
        memory: outcome.memory.map(|(needed_estimate, free)| MemoryView { needed_estimate, free }),
        failures: refused.chain(unknown).take(MOST).collect(),
        verified: outcome.checked.as_ref().map(compared),
        ..Document::empty(&outcome.path)
    })
}

/// The document of a replay that did not begin.
pub(crate) fn failed_replay(path: &Path, failure: &Failure) -> String {
    let (exit_code, error) = (failure.exit.code(), Some(&failure.message[..]));
    pretty(&Document { exit_code, error, ..Document::empty(path) })
}

impl Document<'_> {
    fn empty(path: &Path) -> Self {
        Self {
            schema: "aof-doctor/replay/1",
            tool_version: env!("CARGO_PKG_VERSION"),
            exit_code: 0,
            error: None,
            path: escape::path(path),
            server: None,
            mode: None,
            reason: None,
            connections: None,
            dry_run: None,
            resumed: None,
            resume: None,
            reconnects: None,
            took_ms: None,
            bytes: None,
            commands: None,
            keys: None,
            memory: None,
            failures: Vec::new(),
            verified: None,
        }
    }
}

fn failure(rejected: &Rejected, outcome: &Outcome) -> FailureView {
    let reason = escape::sentence(&rejected.reply);
    match &rejected.origin {
        Origin::Log { part, offset } => FailureView {
            file: outcome.files.get(*part).cloned(),
            offset: Some(*offset),
            command: None,
            key: None,
            reason,
        },
        Origin::Key { name, key } => FailureView {
            file: None,
            offset: None,
            command: Some(named(name)),
            key: Some(named(key)),
            reason,
        },
    }
}

fn not_known(unknown: Unknown, outcome: &Outcome) -> FailureView {
    FailureView {
        file: outcome.files.get(unknown.part).cloned(),
        offset: Some(unknown.offset),
        command: None,
        key: None,
        reason: "the server does not have the command".to_owned(),
    }
}
