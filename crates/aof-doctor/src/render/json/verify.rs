//! The document of `verify --json`, and the part of `replay --json` that is about it.

use std::path::Path;

use serde::Serialize;

use super::diff::{DifferenceView, difference};
use super::pretty;
use crate::command::verify::{Checked, Outcome};
use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Serialize)]
struct Document<'o> {
    schema: &'static str,
    tool_version: &'static str,
    verdict: Option<&'static str>,
    exit_code: u8,
    error: Option<&'o str>,
    path: String,
    server: Option<&'o str>,
    keys: Option<u64>,
    damaged: Option<bool>,
    not_executed: Option<u64>,
    #[serde(flatten)]
    compared: Option<ComparedView>,
}

/// What came of a comparison with a server. In differences, `a` is the log and `b` the server.
#[derive(Serialize)]
pub(super) struct ComparedView {
    ttl_tolerance_ms: u64,
    /// Every how many keys one was compared.
    sampled_one_of: u64,
    took_ms: u64,
    totals: Totals,
    unread_reason: Option<String>,
    differences: Vec<DifferenceView>,
    only_in_server: Vec<KeyView>,
}

#[derive(Serialize)]
struct Totals {
    compared: u64,
    equal: u64,
    missing: u64,
    differ: u64,
    expired: u64,
    only_in_server: Option<u64>,
    unread: u64,
}

#[derive(Serialize)]
struct KeyView {
    /// None for a library of functions.
    db: Option<u64>,
    #[serde(flatten)]
    name: super::diff::NameView,
}

/// The document of a comparison with a server.
pub(crate) fn verify(outcome: &Outcome, exit: Exit) -> String {
    let found = &outcome.checked.found;
    pretty(&Document {
        verdict: Some(if found.is_different() { "different" } else { "equal" }),
        exit_code: exit.code(),
        server: Some(&outcome.target),
        keys: Some(outcome.keys),
        damaged: Some(outcome.log.is_damaged),
        not_executed: Some(outcome.log.replayed.failed),
        compared: Some(compared(&outcome.checked)),
        ..Document::empty(&outcome.path)
    })
}

/// The document of a comparison that was none.
pub(crate) fn failed_verify(path: &Path, failure: &Failure) -> String {
    let (exit_code, error) = (failure.exit.code(), Some(&failure.message[..]));
    pretty(&Document { exit_code, error, ..Document::empty(path) })
}

impl Document<'_> {
    fn empty(path: &Path) -> Self {
        Self {
            schema: "aof-doctor/verify/1",
            tool_version: env!("CARGO_PKG_VERSION"),
            verdict: None,
            exit_code: 0,
            error: None,
            path: escape::path(path),
            server: None,
            keys: None,
            damaged: None,
            not_executed: None,
            compared: None,
        }
    }
}

pub(super) fn compared(checked: &Checked) -> ComparedView {
    let found = &checked.found;
    let key =
        |(db, text): &(Option<u64>, Vec<u8>)| KeyView { db: *db, name: super::diff::named(text) };
    ComparedView {
        ttl_tolerance_ms: checked.how.tolerance,
        sampled_one_of: checked.how.every,
        took_ms: checked.took.as_millis() as u64,
        totals: Totals {
            compared: found.checked,
            equal: found.equal,
            missing: found.missing,
            differ: found.differ,
            expired: found.expired,
            only_in_server: checked.how.seeks_extras.then_some(found.extra),
            unread: found.unread,
        },
        unread_reason: found.reason.as_deref().map(escape::sentence),
        differences: found.differences.iter().map(difference).collect(),
        only_in_server: found.extras.iter().map(key).collect(),
    }
}
