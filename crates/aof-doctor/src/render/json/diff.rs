//! The document of `diff --json`.

use std::path::Path;

use aof_keyspace::diff::{Change, Difference, Place};
use serde::Serialize;

use super::{name, pretty};
use crate::command::diff::{Outcome, Side};
use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::diff::{aspect, datum, place};

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    tool_version: &'static str,
    verdict: Option<&'static str>,
    exit_code: u8,
    error: Option<&'d str>,
    a: SideView,
    b: SideView,
    ttl_tolerance_ms: Option<u64>,
    stream_history: Option<bool>,
    took_ms: Option<u64>,
    totals: Option<Totals>,
    differences: Vec<DifferenceView>,
    total_differences: Option<u64>,
}

#[derive(Serialize)]
struct SideView {
    path: String,
    kind: Option<&'static str>,
    keys: Option<u64>,
    damaged: Option<bool>,
    not_executed: Option<u64>,
    not_loaded: Option<u64>,
}

#[derive(Serialize)]
struct Totals {
    equal: u64,
    only_in_a: u64,
    only_in_b: u64,
    differ: u64,
}

#[derive(Serialize)]
pub(super) struct NameView {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

#[derive(Serialize)]
pub(super) struct DifferenceView {
    /// None for a library of functions.
    db: Option<u64>,
    #[serde(flatten)]
    name: NameView,
    /// The type on each side.
    a: Option<&'static str>,
    b: Option<&'static str>,
    bytes: u64,
    changes: Vec<ChangeView>,
}

#[derive(Serialize)]
struct ChangeView {
    what: &'static str,
    group: Option<NameView>,
    only_in_a: u64,
    only_in_b: u64,
    differ: u64,
    example: Option<ExampleView>,
}

#[derive(Serialize)]
struct ExampleView {
    at: Option<String>,
    a: Option<String>,
    b: Option<String>,
}

/// The document of a comparison.
pub(crate) fn diff(outcome: &Outcome<'_>, exit: Exit) -> String {
    let found = &outcome.found;
    pretty(&Document {
        verdict: Some(if outcome.is_equal() { "equal" } else { "different" }),
        exit_code: exit.code(),
        a: side(outcome.first),
        b: side(outcome.second),
        ttl_tolerance_ms: Some(outcome.how.tolerance),
        stream_history: Some(outcome.how.has_history),
        took_ms: Some(outcome.took.as_millis() as u64),
        totals: Some(Totals {
            equal: found.equal,
            only_in_a: found.only_first,
            only_in_b: found.only_second,
            differ: found.differ,
        }),
        differences: found.largest.iter().map(difference).collect(),
        total_differences: Some(found.total()),
        ..Document::empty([&outcome.first.path, &outcome.second.path])
    })
}

/// The document of a comparison that was none.
pub(crate) fn failed_diff(paths: [&Path; 2], failure: &Failure) -> String {
    let (exit_code, error) = (failure.exit.code(), Some(&failure.message[..]));
    pretty(&Document { exit_code, error, ..Document::empty(paths) })
}

impl Document<'_> {
    fn empty(paths: [&Path; 2]) -> Self {
        let [a, b] = paths.map(|path| SideView {
            path: escape::path(path),
            kind: None,
            keys: None,
            damaged: None,
            not_executed: None,
            not_loaded: None,
        });
        Self {
            schema: "aof-doctor/diff/1",
            tool_version: env!("CARGO_PKG_VERSION"),
            verdict: None,
            exit_code: 0,
            error: None,
            a,
            b,
            ttl_tolerance_ms: None,
            stream_history: None,
            took_ms: None,
            totals: None,
            differences: Vec::new(),
            total_differences: None,
        }
    }
}

fn side(side: &Side) -> SideView {
    SideView {
        path: escape::path(&side.path),
        kind: Some(if side.is_rdb { "rdb" } else { "log" }),
        keys: Some(side.keyspace.len() as u64),
        damaged: Some(side.log.is_damaged),
        not_executed: Some(side.log.replayed.failed),
        not_loaded: Some(side.log.replayed.not_loaded),
    }
}

pub(super) fn difference(it: &Difference<'_>) -> DifferenceView {
    let name = named(it.name);
    let changes = it.changes.iter().map(change).collect();
    DifferenceView { db: it.db, name, a: it.first, b: it.second, bytes: it.bytes, changes }
}

pub(super) fn named(bytes: &[u8]) -> NameView {
    let (text, hex) = name(bytes);
    NameView { text, hex }
}

fn change(change: &Change) -> ChangeView {
    ChangeView {
        what: aspect(change.what),
        group: change.group.as_deref().map(named),
        only_in_a: change.only_first,
        only_in_b: change.only_second,
        differ: change.differ,
        example: change.example.as_ref().map(|example| ExampleView {
            at: (example.place != Place::Whole).then(|| place(&example.place)),
            a: example.first.as_ref().map(datum),
            b: example.second.as_ref().map(datum),
        }),
    }
}
