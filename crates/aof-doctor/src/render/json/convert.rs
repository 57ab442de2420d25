//! The document of `convert --json`.

use std::path::Path;

use aof_rdb::Checksum;
use serde::Serialize;

use super::rdb::checksum;
use super::{MOST, name, pretty};
use crate::command::convert::Outcome;
use crate::convert::{Form, LostKey, Tally, Unread};
use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Serialize)]
struct Document<'o> {
    schema: &'static str,
    tool_version: &'static str,
    exit_code: u8,
    /// Why nothing was put in place.
    error: Option<&'o str>,
    input: InputView,
    output: String,
    format: &'static str,
    bytes: Option<u64>,
    keys: Option<u64>,
    functions: Option<u64>,
    databases: Option<u64>,
    expired: Option<ExpiredView>,
    left_out: Option<LeftOutView>,
    lost: Option<LostView>,
    checksum: &'static str,
}

#[derive(Serialize)]
struct InputView {
    path: String,
    version: Option<u16>,
    written_by: Option<String>,
    created: Option<u64>,
}

#[derive(Serialize)]
struct ExpiredView {
    mode: &'static str,
    /// Keys that were written although they have expired.
    written: u64,
    shifted_ms: i64,
}

#[derive(Serialize)]
struct LeftOutView {
    filtered: u64,
    functions: u64,
    expired: u64,
    expired_fields: u64,
    empty: u64,
    module_data: u64,
}

#[derive(Serialize)]
struct LostView {
    keys: Vec<LostKeyView>,
    total_keys: u64,
    unread: Option<UnreadView>,
}

#[derive(Serialize)]
struct LostKeyView {
    db: u64,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
    offset: u64,
    message: String,
}

#[derive(Serialize)]
struct UnreadView {
    offset: u64,
    bytes: Option<u64>,
    message: String,
}

/// The document of a conversion.
pub(crate) fn converted(outcome: &Outcome, exit: Exit) -> String {
    let (converted, tally) = (&outcome.converted, &outcome.converted.tally);
    let input = InputView {
        version: converted.header.map(|header| header.version),
        written_by: converted.aux.server.as_ref().map(|name| escape::bytes(name.as_bytes())),
        created: converted.aux.created,
        ..input(&outcome.input)
    };
    pretty(&Document {
        exit_code: exit.code(),
        input,
        bytes: Some(outcome.bytes),
        keys: Some(tally.keys),
        functions: Some(tally.functions),
        databases: Some(tally.dbs.len() as u64),
        expired: Some(ExpiredView {
            mode: outcome.expired.word(),
            written: tally.expired,
            shifted_ms: converted.shift,
        }),
        left_out: Some(left_out(tally)),
        lost: Some(lost(tally, converted.unread.as_ref())),
        checksum: checksum(converted.checksum),
        ..Document::empty(&outcome.input, &outcome.output, outcome.form)
    })
}

/// The document of a conversion that put nothing in place.
pub(crate) fn failed_conversion(
    path: &Path,
    output: &Path,
    form: Form,
    failure: &Failure,
) -> String {
    pretty(&Document {
        exit_code: failure.exit.code(),
        error: Some(&failure.message),
        ..Document::empty(path, output, form)
    })
}

impl Document<'_> {
    fn empty(path: &Path, output: &Path, form: Form) -> Self {
        Self {
            schema: "aof-doctor/convert/1",
            tool_version: env!("CARGO_PKG_VERSION"),
            exit_code: 0,
            error: None,
            input: input(path),
            output: escape::path(output),
            format: match form {
                Form::Resp => "resp",
                Form::Jsonl => "jsonl",
            },
            bytes: None,
            keys: None,
            functions: None,
            databases: None,
            expired: None,
            left_out: None,
            lost: None,
            checksum: checksum(Checksum::Unread),
        }
    }
}

fn input(path: &Path) -> InputView {
    InputView { path: escape::path(path), version: None, written_by: None, created: None }
}

fn left_out(tally: &Tally) -> LeftOutView {
    let left_out = tally.left_out;
    LeftOutView {
        filtered: left_out.filtered,
        functions: left_out.functions,
        expired: left_out.expired,
        expired_fields: left_out.expired_fields,
        empty: left_out.empty,
        module_data: left_out.module_data,
    }
}

fn lost(tally: &Tally, unread: Option<&Unread>) -> LostView {
    let key = |key: &LostKey| {
        let (text, hex) = name(&key.name);
        LostKeyView { db: key.db, text, hex, offset: key.at, message: escape::sentence(&key.why) }
    };
    LostView {
        keys: tally.lost.iter().take(MOST).map(key).collect(),
        total_keys: tally.total_lost,
        unread: unread.map(|unread| UnreadView {
            offset: unread.at,
            bytes: unread.bytes,
            message: escape::sentence(&unread.why),
        }),
    }
}
