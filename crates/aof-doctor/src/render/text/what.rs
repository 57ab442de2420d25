//! What was checked, in a few words and numbers.

use aof_log::Format;
use aof_log::inventory::Scope;
use aof_log::survey::Role;
use aof_source::Container;

use crate::figures;
use crate::report::{Report, Subject};

/// What it is, how large, and what is in it.
pub(super) fn of(report: &Report) -> Vec<String> {
    if report.is_folder() { folder(report) } else { file(report) }
}

fn file(report: &Report) -> Vec<String> {
    let mut facts: Vec<String> = report.subjects.iter().take(1).map(kind).collect();
    match report.inventory.files.first().and_then(|file| file.content.as_ref()) {
        Some(content) if content.bytes == 0 => {}
        Some(content) => {
            facts.push(figures::size(content.bytes));
            if content.rdb.is_some() {
                facts.push(figures::of(content.keys(), "key"));
            }
            if content.log.is_some() {
                facts.push(figures::of(content.commands(), "command"));
            }
        }
        None => {
            let lengths = report.findings.iter().map(|placed| placed.finding.length);
            facts.extend(lengths.max().filter(|&length| length > 0).map(figures::size));
        }
    }
    facts
}

/// What the input is.
fn kind(subject: &Subject) -> String {
    let kind = subject.kind.as_ref().map_or("unread".to_owned(), ToString::to_string);
    match subject.container {
        Container::Gzip => format!("{kind} in gzip"),
        Container::Zstd => format!("{kind} in zstd"),
        _ => kind,
    }
}

fn folder(report: &Report) -> Vec<String> {
    let count = |wanted: Role| {
        report.parts().filter(|(part, _)| part.role == wanted && part.file.is_some()).count() as u64
    };
    let named = [
        (Role::Base, "base"),
        (Role::Incr, "increment"),
        (Role::Single, "single log"),
        (Role::Rdb, "RDB file"),
        (Role::History, "superseded part"),
        (Role::Orphan, "orphan"),
        (Role::Temp, "temporary file"),
    ];
    let parts: Vec<String> = named
        .into_iter()
        .map(|(role, thing)| (count(role), thing))
        .filter(|(count, _)| *count > 0)
        .map(|(count, thing)| figures::of(count, thing))
        .collect();
    let scope = match report.inventory.scope {
        Scope::SetFolder => "AOF set",
        _ => "data folder",
    };
    let what = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    let mut facts = vec![format!("{scope}{what}")];
    let (mut bytes, mut commands, mut keys, mut has_rdb) = (0, 0, 0, false);
    for content in report.loaded() {
        bytes += content.bytes;
        commands += content.commands();
        keys += content.keys();
        has_rdb |= matches!(content.format, Format::Rdb | Format::RdbResp);
    }
    if bytes > 0 {
        facts.push(figures::size(bytes));
        facts.extend(has_rdb.then(|| figures::of(keys, "key")));
        facts.push(figures::of(commands, "command"));
    }
    facts
}
