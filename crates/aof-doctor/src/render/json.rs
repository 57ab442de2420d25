//! The document of `check --json`. `docs/json-output.md` is its contract, and `docs/schema/check-1.json` its
//! schema: a field, once there, stays.

use std::fmt::Write;
use std::path::Path;

use aof_log::inventory::Scope;
use aof_log::survey::{Placed, Role, SetPart};
use aof_log::{Content, Format, Key, Loss};
use aof_source::{Container, Kind};
use serde::Serialize;

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::remedy;
use crate::render::table::{confidence, severity};
use crate::report::{Live, Report};
use crate::verdict::Verdict;

mod chains;
mod convert;
mod deep;
mod diff;
mod executed;
mod outlook;
mod rdb;
mod repair;
#[cfg(feature = "live")]
mod replay;
mod startup;
#[cfg(feature = "live")]
mod verify;

pub(crate) use convert::{converted, failed_conversion};
pub(crate) use diff::{diff, failed_diff};
pub(crate) use repair::{failed_repair, repair};
#[cfg(feature = "live")]
pub(crate) use replay::{failed_replay, replay};
#[cfg(feature = "live")]
pub(crate) use verify::{failed_verify, verify};

use chains::ChainView;
use startup::ForecastView;

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
    startup: Vec<ForecastView>,
    do_not_start: Option<String>,
    chains: Vec<ChainView>,
    total_chains: u64,
    deep: Option<deep::DeepView>,
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
    bytes: Option<u64>,
    commands: Option<u64>,
    checkpoint: Option<u64>,
    end_checkpoint: Option<u64>,
    rdb: Option<rdb::View>,
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

/// How many items a list holds at most.
const MOST: usize = 100;

/// The document of a check.
pub(crate) fn report(report: &Report, exit: Exit) -> String {
    pretty(&Document {
        verdict: report.verdict.as_str(),
        exit_code: exit.code(),
        live: live(report.live),
        assumptions: report.assumptions.iter().take(MOST).cloned().collect(),
        parts: parts(report),
        findings: report.shown().into_iter().map(|placed| finding(placed, report)).collect(),
        total_findings: report.total_findings,
        totals: totals(report),
        startup: report.startup.iter().take(MOST).map(|f| startup::view(f, report)).collect(),
        do_not_start: report.do_not_start.as_deref().map(escape::sentence),
        chains: report.survey.chains.iter().take(MOST).map(|c| chains::view(c, report)).collect(),
        total_chains: report.survey.chains.len() as u64,
        deep: report.deep.as_ref().map(|deep| deep::view(deep, report)),
        ..Document::empty(input(report))
    })
}

fn input(report: &Report) -> InputView {
    let path = report.shown_path();
    let folder = match report.inventory.scope {
        Scope::File => None,
        Scope::SetFolder => Some("aof-set"),
        Scope::DataFolder => Some("data-folder"),
    };
    let subject = report.subjects.first();
    let of_file = subject.and_then(|subject| subject.kind.as_ref().map(kind));
    let packed = subject.filter(|subject| subject.kind.is_some());
    InputView {
        path,
        kind: folder.or(of_file),
        container: packed.filter(|_| folder.is_none()).map(|subject| container(subject.container)),
    }
}

fn totals(report: &Report) -> Totals {
    let loaded: Vec<&Content> = report.loaded().collect();
    if loaded.is_empty() {
        return Totals::default();
    }
    let is_read = |content: &&&Content| content.rdb.is_some();
    let keys = loaded.iter().filter(is_read).map(|content| content.keys());
    Totals {
        bytes: Some(loaded.iter().map(|content| content.bytes).sum()),
        commands: Some(loaded.iter().map(|content| content.commands()).sum()),
        keys_in_base: loaded.iter().any(|content| content.rdb.is_some()).then(|| keys.sum()),
    }
}

/// The document of a check that could not begin.
pub(crate) fn failure(path: &Path, failure: &Failure, exit: Exit) -> String {
    let input = InputView { path: escape::path(path), kind: None, container: None };
    let error = Some(failure.message.clone());
    pretty(&Document { exit_code: exit.code(), error, ..Document::empty(input) })
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
            startup: Vec::new(),
            do_not_start: None,
            chains: Vec::new(),
            total_chains: 0,
            deep: None,
        }
    }
}

fn pretty(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document)
        .expect("neither a map with keys that are no strings nor a failing Serialize is in it");
    text.push('\n');
    text
}

fn parts(report: &Report) -> Vec<PartView> {
    let is_part = |content: Option<&Content>| content.is_some() || report.is_folder();
    let listed = report.parts().filter(|(_, content)| is_part(*content)).take(MOST);
    listed.map(|(part, content)| self::part(part, content, report)).collect()
}

fn part(part: &SetPart, content: Option<&Content>, report: &Report) -> PartView {
    let subject = part.file.and_then(|file| report.subjects.get(file));
    PartView {
        file: subject.map_or_else(|| escape::bytes(&part.name), |subject| subject.shown.clone()),
        r#type: role(part.role),
        seq: part.seq.and_then(|seq| u64::try_from(seq).ok()),
        format: content.map_or("unknown", |content| format(content.format)),
        bytes: content.map(|content| content.bytes),
        commands: content.map(Content::commands),
        checkpoint: content.map(Content::checkpoint),
        end_checkpoint: content.map(Content::end_checkpoint),
        rdb: content.and_then(|content| content.rdb.as_ref()).map(rdb::view),
    }
}

/// The word that scripts rely on.
const fn role(role: Role) -> &'static str {
    match role {
        Role::Base => "base",
        Role::Incr => "incr",
        Role::History => "history",
        Role::Orphan => "orphan",
        Role::Temp => "temp",
        Role::Single => "single",
        Role::Rdb => "rdb",
    }
}

const fn format(format: Format) -> &'static str {
    match format {
        Format::Empty => "empty",
        Format::Resp => "resp",
        Format::Rdb => "rdb",
        Format::RdbResp => "rdb+resp",
    }
}

fn finding(placed: &Placed, report: &Report) -> FindingView {
    let advice = remedy::for_finding(placed, report);
    let finding = &placed.finding;
    FindingView {
        id: finding.id.as_str(),
        severity: severity(finding.severity),
        confidence: confidence(finding.confidence),
        file: report.place(placed),
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
    let (text, hex) = name(&key.name);
    KeyView { db: key.db, text, hex }
}

fn name(name: &[u8]) -> (String, Option<String>) {
    let text = escape::bytes(name);
    let is_exact = text.as_bytes() == name;
    (text, (!is_exact).then(|| hex(name)))
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
