//! The document of `check --json`. `docs/json-output.md` is its contract, and `docs/schema/check-1.json` its
//! schema: a field, once there, stays.

use std::fmt::Write;
use std::path::Path;

use aof_log::{Diagnosis, Finding, Key, Loss};
use aof_source::{Container, Kind};
use serde::Serialize;

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::remedy;
use crate::render::table::{confidence, severity};
use crate::report::{Live, Report};
use crate::verdict::Verdict;

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    tool_version: &'static str,
    verdict: &'static str,
    exit_code: u8,
    error: Option<String>,
    input: InputView,
    live: &'static str,
    assumptions: Vec<String>,
    parts: Vec<PartView>,
    findings: Vec<FindingView>,
    total_findings: u64,
    totals: Totals,
    startup: [(); 0],
}

#[derive(Serialize)]
struct InputView {
    path: String,
    kind: Option<&'static str>,
    container: Option<&'static str>,
}

#[derive(Serialize)]
struct PartView {
    file: String,
    r#type: &'static str,
    seq: Option<u64>,
    format: &'static str,
    bytes: u64,
    commands: u64,
    checkpoint: u64,
    end_checkpoint: u64,
}

#[derive(Serialize)]
struct FindingView {
    id: &'static str,
    severity: &'static str,
    confidence: &'static str,
    file: String,
    offset: u64,
    length: u64,
    message: String,
    loss: LossView,
    remedy: Option<RemedyView>,
}

#[derive(Serialize)]
struct LossView {
    bytes: u64,
    commands: RangeView,
    keys: KeysView,
    seconds: Option<u64>,
}

#[derive(Serialize)]
struct RangeView {
    min: u64,
    max: u64,
}

#[derive(Serialize)]
struct KeysView {
    count: u64,
    sample: Vec<KeyView>,
}

#[derive(Serialize)]
struct KeyView {
    db: Option<u32>,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

#[derive(Serialize)]
struct RemedyView {
    argv: Option<Vec<String>>,
    text: String,
}

#[derive(Default, Serialize)]
struct Totals {
    bytes: Option<u64>,
    commands: Option<u64>,
    keys_in_base: Option<u64>,
}

/// The document of a check.
pub(crate) fn report(report: &Report, exit: Exit) -> String {
    let subject = &report.subject;
    let log = report.log.as_ref();
    let input = InputView {
        path: subject.shown(),
        kind: subject.kind.as_ref().map(kind),
        container: subject.kind.as_ref().map(|_| container(subject.container)),
    };
    document(&Document {
        verdict: report.verdict.as_str(),
        exit_code: exit.code(),
        live: live(report.live),
        assumptions: log.map(|log| log.assumptions.clone()).unwrap_or_default(),
        parts: log.map(|log| part(subject.shown(), log)).into_iter().collect(),
        findings: report.shown().into_iter().map(|found| finding(found, report)).collect(),
        total_findings: report.total_findings,
        totals: Totals {
            bytes: log.map(|log| log.bytes),
            commands: log.map(|log| log.commands),
            keys_in_base: None,
        },
        ..Document::empty(input)
    })
}

/// The document of a check that could not begin.
pub(crate) fn failure(path: &Path, failure: &Failure) -> String {
    let input = InputView { path: escape::path(path), kind: None, container: None };
    let error = Some(failure.message.clone());
    document(&Document { exit_code: failure.exit.code(), error, ..Document::empty(input) })
}

impl Document {
    fn empty(input: InputView) -> Self {
        Self {
            schema: "aof-doctor/check/1",
            tool_version: env!("CARGO_PKG_VERSION"),
            verdict: Verdict::Unreadable.as_str(),
            exit_code: Exit::ERROR.code(),
            error: None,
            input,
            live: live(Live::Unknown),
            assumptions: Vec::new(),
            parts: Vec::new(),
            findings: Vec::new(),
            total_findings: 0,
            totals: Totals::default(),
            startup: [],
        }
    }
}

fn document(document: &Document) -> String {
    let mut text = serde_json::to_string_pretty(document)
        .expect("neither a map with keys that are no strings nor a failing Serialize is in it");
    text.push('\n');
    text
}

fn part(file: String, log: &Diagnosis) -> PartView {
    PartView {
        file,
        r#type: "single",
        seq: None,
        format: "resp",
        bytes: log.bytes,
        commands: log.commands,
        checkpoint: log.checkpoint,
        end_checkpoint: log.end_checkpoint,
    }
}

fn finding(finding: &Finding, report: &Report) -> FindingView {
    let advice = remedy::for_finding(finding, report);
    FindingView {
        id: finding.id.as_str(),
        severity: severity(finding.severity),
        confidence: confidence(finding.confidence),
        file: report.subject.shown(),
        offset: finding.offset,
        length: finding.length,
        message: escape::sentence(&finding.message),
        loss: loss(&finding.loss),
        remedy: advice.map(|advice| RemedyView {
            argv: advice.command.and_then(|command| command.argv),
            text: advice.text.trim_end_matches(':').to_owned(),
        }),
    }
}

fn loss(loss: &Loss) -> LossView {
    LossView {
        bytes: loss.bytes,
        commands: RangeView { min: loss.commands.min, max: loss.commands.max },
        keys: KeysView {
            count: loss.keys.count,
            sample: loss.keys.sample.iter().map(key).collect(),
        },
        seconds: loss.seconds,
    }
}

/// The exact bytes are given where the text does not show them as they are.
fn key(key: &Key) -> KeyView {
    let text = escape::bytes(&key.name);
    let is_exact = text.as_bytes() == key.name;
    KeyView { db: key.db, text, hex: (!is_exact).then(|| hex(&key.name)) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

const fn live(live: Live) -> &'static str {
    match live {
        Live::Yes => "yes",
        Live::No => "no",
        Live::Unknown => "unknown",
    }
}

const fn container(container: Container) -> &'static str {
    match container {
        Container::Plain => "plain",
        Container::Gzip => "gzip",
        Container::Zstd => "zstd",
        _ => "other",
    }
}

const fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Empty => "empty",
        Kind::NulOnly => "nul",
        Kind::Resp(_) => "resp",
        Kind::Rdb { .. } => "rdb",
        Kind::Gzip => "gzip",
        Kind::Zstd => "zstd",
        Kind::Xz => "xz",
        Kind::Bzip2 => "bzip2",
        Kind::Lz4 => "lz4",
        Kind::Zip => "zip",
        Kind::Tar => "tar",
        Kind::SevenZip => "7z",
        Kind::Sqlite => "sqlite",
        Kind::Elf => "elf",
        Kind::Html => "html",
        Kind::Xml { .. } => "xml",
        Kind::Json => "json",
        Kind::LfsPointer => "lfs-pointer",
        Kind::Manifest => "manifest",
        Kind::RedisConf => "redis-conf",
        Kind::SentinelConf => "sentinel-conf",
        Kind::NodesConf => "nodes-conf",
        Kind::AclFile => "acl",
        Kind::Encrypted(_) => "encrypted",
        Kind::Text => "text",
        _ => "unknown",
    }
}
