//! The document of `repair --json`, whose plan can be saved and applied later.

use std::path::Path;

use aof_log::forecast::{Forecast, Start};
use aof_repair::{Plan, Planned};
use serde::Serialize;

use super::{FindingView, finding, pretty};
use crate::command::repair::{Done, Outcome};
use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::words;
use crate::verdict::Verdict;

#[derive(Serialize)]
struct Document<'o> {
    schema: &'static str,
    tool_version: &'static str,
    exit_code: u8,
    path: String,
    /// Why the work could not be done.
    error: Option<&'o str>,
    /// The verdict before.
    verdict: &'static str,
    plan: Option<&'o Plan>,
    choice: Option<Choice<'o>>,
    startup: Vec<AfterView>,
    refused: Option<&'o str>,
    applied: Option<AppliedView>,
}

#[derive(Serialize)]
struct Choice<'o> {
    salvage: &'o Plan,
    cut: &'o Plan,
}

#[derive(Serialize)]
struct AfterView {
    server: String,
    basis: &'static str,
    starts: Vec<StartView>,
    why: String,
}

#[derive(Serialize)]
struct StartView {
    n: usize,
    outcome: &'static str,
    writes_to_disk: bool,
}

#[derive(Serialize)]
struct AppliedView {
    id: Option<String>,
    quarantine: Option<String>,
    copy: Option<String>,
    /// The verdict afterwards.
    verdict: &'static str,
    findings: Vec<FindingView>,
    total_findings: u64,
    verified: Option<VerifiedView>,
}

#[derive(Serialize)]
struct VerifiedView {
    loads: bool,
    message: String,
}

/// The document of a repair.
pub(crate) fn repair(outcome: &Outcome, exit: Exit) -> String {
    let (plan, choice) = match &outcome.planned {
        Planned::Plan(plan) => (Some(&**plan), None),
        Planned::Choice { salvage, cut } => (None, Some(Choice { salvage, cut })),
    };
    pretty(&Document {
        schema: "aof-doctor/repair/1",
        tool_version: env!("CARGO_PKG_VERSION"),
        exit_code: exit.code(),
        path: outcome.before.shown_path(),
        error: None,
        verdict: outcome.before.verdict.as_str(),
        plan,
        choice,
        startup: outcome.startup.iter().map(after).collect(),
        refused: outcome.refused.as_deref(),
        applied: outcome.done.as_ref().map(applied),
    })
}

/// The document of a repair that could not be done.
pub(crate) fn failed_repair(path: &Path, failure: &Failure) -> String {
    pretty(&Document {
        schema: "aof-doctor/repair/1",
        tool_version: env!("CARGO_PKG_VERSION"),
        exit_code: failure.exit.code(),
        path: escape::path(path),
        error: Some(&failure.message),
        verdict: Verdict::Unreadable.as_str(),
        plan: None,
        choice: None,
        startup: Vec::new(),
        refused: None,
        applied: None,
    })
}

fn after(forecast: &Forecast) -> AfterView {
    let start = |(n, start): (usize, &Start)| StartView {
        n,
        outcome: words::outcome(start.outcome),
        writes_to_disk: !start.changes.is_empty(),
    };
    AfterView {
        server: forecast.server.to_string(),
        basis: words::basis(forecast.basis),
        starts: (1..).zip(&forecast.starts).map(start).collect(),
        why: escape::sentence(&forecast.why),
    }
}

fn applied(done: &Done) -> AppliedView {
    let report = &done.after;
    AppliedView {
        id: done.id.clone(),
        quarantine: done.quarantine.as_deref().map(escape::path),
        copy: done.copy.as_deref().map(escape::path),
        verdict: report.verdict.as_str(),
        findings: report.shown().into_iter().map(|placed| finding(placed, report)).collect(),
        total_findings: report.total_findings,
        verified: done.verified.as_ref().map(|said| VerifiedView {
            loads: said.is_ok(),
            message: escape::sentence(match said {
                Ok(said) | Err(said) => said,
            }),
        }),
    }
}
