//! The document of `convert --json`.

use std::path::{Path, PathBuf};

use aof_rdb::{Checksum, Flip};
use serde::Serialize;

use super::executed::{self, LogView};
use super::rdb::checksum;
use super::{MOST, name, pretty};
use crate::command::convert::{Forecast, Outcome};
use crate::convert::{Form, Named, NamedKeys, Original, Tally, Unread};
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
    inputs: Vec<InputView>,
    output: String,
    format: &'static str,
    target: Option<&'static str>,
    took_ms: Option<u64>,
    bytes: Option<u64>,
    keys_in: Option<u64>,
    keys: Option<u64>,
    functions: Option<u64>,
    databases: Option<u64>,
    expired: Option<ExpiredView>,
    left_out: Option<LeftOutView>,
    duplicates: Option<KeysView>,
    unheld: Option<UnheldView>,
    lost: Option<KeysView>,
    /// Of logs.
    forecast: Option<ForecastView>,
}

/// What a server will make of it.
#[derive(Serialize)]
struct ForecastView {
    keys: u64,
    memory_estimate: u64,
    load_ms_estimate: u64,
    log_bytes: u64,
    bytes: u64,
    /// Of the output to the logs.
    ratio: f64,
}

#[derive(Serialize)]
struct InputView {
    path: String,
    version: Option<u16>,
    written_by: Option<String>,
    created: Option<u64>,
    checksum: &'static str,
    shifted_ms: i64,
    /// The bit that was turned back.
    corrected: Option<BitView>,
    unread: Option<UnreadView>,
    /// Of a log.
    log: Option<LogView>,
}

#[derive(Serialize)]
struct BitView {
    offset: u64,
    bit: u8,
}

#[derive(Serialize)]
struct ExpiredView {
    mode: &'static str,
    /// Keys that were written although they have expired.
    written: u64,
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

/// What the target cannot hold.
#[derive(Serialize)]
struct UnheldView {
    functions: u64,
    /// Streams without what they remember of entries that are gone.
    stream_history: u64,
    #[serde(flatten)]
    keys: KeysView,
}

#[derive(Serialize)]
struct KeysView {
    keys: Vec<KeyView>,
    total_keys: u64,
}

#[derive(Serialize)]
struct KeyView {
    /// A place in the list of inputs.
    input: usize,
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
    let inputs = outcome.inputs.iter().zip(&converted.originals).zip(&outcome.logs);
    pretty(&Document {
        exit_code: exit.code(),
        inputs: inputs
            .map(|((path, original), log)| InputView {
                log: log.as_ref().map(executed::log),
                ..input(path, Some(original))
            })
            .collect(),
        target: match outcome.form {
            Form::Rdb(form) => Some(form.target.name()),
            _ => None,
        },
        took_ms: Some(outcome.took.as_millis() as u64),
        bytes: Some(outcome.bytes),
        keys_in: Some(tally.keys_in()),
        keys: Some(tally.keys),
        functions: Some(tally.functions),
        databases: Some(tally.dbs.len() as u64),
        expired: Some(ExpiredView { mode: outcome.expired.word(), written: tally.expired }),
        left_out: Some(left_out(tally)),
        duplicates: Some(keys(&tally.duplicates)),
        unheld: Some(UnheldView {
            functions: tally.unheld_functions,
            stream_history: tally.stream_history,
            keys: keys(&tally.unheld),
        }),
        lost: Some(keys(&tally.lost)),
        forecast: outcome.forecast().map(|it| forecast(&it, outcome)),
        ..Document::empty(&outcome.inputs, &outcome.output, outcome.format())
    })
}

/// The document of a conversion that put nothing in place.
pub(crate) fn failed_conversion(
    paths: &[PathBuf],
    output: &Path,
    format: &'static str,
    failure: &Failure,
) -> String {
    pretty(&Document {
        exit_code: failure.exit.code(),
        error: Some(&failure.message),
        ..Document::empty(paths, output, format)
    })
}

impl Document<'_> {
    fn empty(paths: &[PathBuf], output: &Path, format: &'static str) -> Self {
        Self {
            schema: "aof-doctor/convert/1",
            tool_version: env!("CARGO_PKG_VERSION"),
            exit_code: 0,
            error: None,
            inputs: paths.iter().map(|path| input(path, None)).collect(),
            output: escape::path(output),
            format,
            target: None,
            took_ms: None,
            bytes: None,
            keys_in: None,
            keys: None,
            functions: None,
            databases: None,
            expired: None,
            left_out: None,
            duplicates: None,
            unheld: None,
            lost: None,
            forecast: None,
        }
    }
}

fn forecast(forecast: &Forecast, outcome: &Outcome) -> ForecastView {
    let Forecast { memory, loading, log_bytes } = *forecast;
    let ratio = outcome.bytes as f64 / (log_bytes as f64).max(1.0);
    ForecastView {
        keys: outcome.converted.tally.keys,
        memory_estimate: memory,
        load_ms_estimate: loading.as_millis() as u64,
        log_bytes,
        bytes: outcome.bytes,
        ratio: (ratio * 1e4).round() / 1e4,
    }
}

fn input(path: &Path, original: Option<&Original>) -> InputView {
    let server = original.and_then(|original| original.aux.server.as_ref());
    InputView {
        path: escape::path(path),
        version: original.and_then(|original| original.header).map(|header| header.version),
        written_by: server.map(|name| escape::bytes(name.as_bytes())),
        created: original.and_then(|original| original.aux.created),
        checksum: checksum(original.map_or(Checksum::Unread, |original| original.checksum)),
        shifted_ms: original.map_or(0, |original| original.shift),
        corrected: original
            .and_then(|original| original.corrected)
            .map(|Flip { at, bit }| BitView { offset: at, bit }),
        unread: original.and_then(|original| original.unread.as_ref()).map(unread),
        log: None,
    }
}

fn unread(unread: &Unread) -> UnreadView {
    let Unread { at, bytes, why } = unread;
    UnreadView { offset: *at, bytes: *bytes, message: escape::sentence(why) }
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

fn keys(all: &NamedKeys) -> KeysView {
    let key = |key: &Named| {
        let (text, hex) = name(&key.name);
        let message = escape::sentence(&key.why);
        KeyView { input: key.input, db: key.db, text, hex, offset: key.at, message }
    };
    KeysView { keys: all.first.iter().take(MOST).map(key).collect(), total_keys: all.total }
}
