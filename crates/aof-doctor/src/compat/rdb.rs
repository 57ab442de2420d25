//! What redis-check-rdb of Redis 7.0.15 says of the RDB file that a log begins with.

use std::fmt::Write as _;

use aof_rdb::{Checksum, Defect, DefectKind, Remark, Said, Step, Summary};

use crate::escape;

/// What was said of an RDB file.
#[derive(Debug)]
pub(super) struct Told {
    /// The lines.
    pub(super) text: String,
    /// What the checker ends with, if the file is not sane.
    pub(super) end: Option<&'static str>,
}

const NOT_SANE: &str = "RDB preamble of AOF file is not sane, aborting.";

/// What ends a checker that meets a length that does not exist, without another word.
const TERMINATED: &str = "Terminating server after rdb file reading failure.";

/// The names of types that the checker knows; the last one of Redis 7.0, 19, is unknown to it.
const TYPES: [&str; 19] = [
    "string",
    "list-linked",
    "set-hashtable",
    "zset-v1",
    "hash-hashtable",
    "zset-v2",
    "module-pre-release",
    "module-value",
    "",
    "hash-zipmap",
    "list-ziplist",
    "set-intset",
    "zset-ziplist",
    "hash-ziplist",
    "quicklist",
    "stream",
    "hash-listpack",
    "zset-listpack",
    "quicklist-v2",
];

/// Says what was found in the RDB file `name`; `version` is what stands behind its magic, and `now` is in
/// milliseconds since the Unix epoch.
pub(super) fn tell(name: &str, rdb: &Summary, version: i64, now: i64) -> Told {
    let mut text = format!("[offset 0] Checking RDB file {name}\n");
    for remark in &rdb.remarks {
        line(&mut text, remark.behind, &said(remark));
    }
    let end = match (&rdb.defect, rdb.checksum) {
        (Some(defect), _) => {
            fault(&mut text, rdb, defect, version);
            Some(if let DefectKind::BadLength(_) = defect.kind { TERMINATED } else { NOT_SANE })
        }
        (None, Checksum::Wrong { .. }) => {
            error(&mut text, rdb.end, "RDB CRC error", Step::Checksum);
            reading(&mut text, rdb, None);
            Some(NOT_SANE)
        }
        (None, checksum) => {
            looks_ok(&mut text, rdb.end, checksum);
            None
        }
    };
    numbers(&mut text, rdb, now);
    Told { text, end }
}

fn line(text: &mut String, offset: u64, words: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "[offset {offset}] {words}");
}

fn said(remark: &Remark) -> String {
    match &remark.what {
        Said::Aux { name, value } => {
            format!("AUX FIELD {} = '{}'", c_string(name), c_string(value))
        }
        Said::Select(number) => format!("Selecting DB ID {number}"),
    }
}

/// As far as the C library prints it.
fn c_string(bytes: &[u8]) -> String {
    escape::bytes(bytes.split(|byte| *byte == 0).next().unwrap_or_default())
}

fn looks_ok(text: &mut String, end: u64, checksum: Checksum) {
    match checksum {
        Checksum::Disabled => {
            line(text, end, "RDB file was saved with checksum disabled: no check performed.");
        }
        Checksum::None => {}
        _ => line(text, end, "Checksum OK"),
    }
    line(text, end, r"\o/ RDB looks OK! \o/");
}

fn fault(text: &mut String, rdb: &Summary, defect: &Defect, version: i64) {
    let words = match defect.kind {
        DefectKind::Truncated => "Unexpected EOF reading RDB file".to_owned(),
        DefectKind::BadHeader | DefectKind::UnknownVersion => {
            format!("Can't handle RDB format version {version}")
        }
        DefectKind::UnknownType(code) => format!("Invalid object type: {code}"),
        DefectKind::BadLength(byte) => bad_length(byte),
    };
    error(text, defect.read_to, &words, defect.step);
    reading(text, rdb, Some(defect));
}

/// The lines of its source that the checker names are those of 7.0.15.
fn bad_length(byte: u8) -> String {
    let (at, what) = match byte {
        ..0xC0 => (236, format!("Unknown length encoding {} in rdbLoadLen()", byte >> 6)),
        _ => (529, format!("Unknown RDB string encoding type {}", byte & 0x3f)),
    };
    format!("Internal error in RDB reading offset 0, function at rdb.c:{at} -> {what}")
}

fn error(text: &mut String, offset: u64, words: &str, step: Step) {
    text.push_str("--- RDB ERROR DETECTED ---\n");
    line(text, offset, words);
    let doing = match step {
        Step::Header => "start",
        Step::Type => "read-type",
        Step::Expiry => "read-expire",
        Step::Number => "read-len",
        Step::Aux => "read-aux",
        Step::ModuleAux => "read-module-aux",
        Step::Function => "read-functions",
        Step::Key => "read-key",
        Step::Value => "read-object-value",
        Step::Checksum => "check-sum",
    };
    let _ = writeln!(text, "[additional info] While doing: {doing}");
}

/// The key and the type that were being read. Before the first key a checker takes type 0 for read.
fn reading(text: &mut String, rdb: &Summary, defect: Option<&Defect>) {
    let of_value = defect.filter(|defect| defect.step == Step::Value);
    if let Some(key) = of_value.and_then(|defect| defect.key.as_ref()) {
        let _ = writeln!(text, "[additional info] Reading key '{}'", c_string(key));
    }
    let before_any = (rdb.keys == 0).then_some(0);
    if let Some(code) = defect.and_then(|defect| defect.code).or(before_any) {
        let name = TYPES.get(usize::from(code)).unwrap_or(&"unknown");
        let _ = writeln!(text, "[additional info] Reading type {code} ({name})");
    }
}

/// A key counts as soon as its name is read. How many have expired is told where that is one answer for all.
fn numbers(text: &mut String, rdb: &Summary, now: i64) {
    let is_named = rdb.defect.as_ref().is_some_and(|defect| defect.step == Step::Value);
    let _ = writeln!(text, "[info] {} keys read", rdb.keys + u64::from(is_named));
    let _ = writeln!(text, "[info] {} expires", rdb.expiring);
    let census = &rdb.census;
    let expired = match (census.earliest_expiry, census.latest_expiry) {
        (_, Some(latest)) if latest < now => rdb.expiring,
        (Some(earliest), _) if earliest < now => return,
        _ => 0,
    };
    let _ = writeln!(text, "[info] {expired} already expired");
}
