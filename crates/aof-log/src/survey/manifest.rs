//! What is wrong with the manifest itself.

use super::Placed;
use super::disk::{Disk, State};
use super::names::Kind;
use super::words::{counted, list, shown};
use crate::finding::{Finding, FindingId as Id, Severity};
use crate::inventory::Scope;
use crate::manifest::{Dialect, ManifestFault, ReadManifest};

/// All about the manifest but how old it is.
pub(super) fn findings(disk: &Disk<'_>) -> Vec<Placed> {
    if disk.inventory.scope == Scope::File {
        return Vec::new();
    }
    match disk.state {
        State::Absent => missing(disk, None).into_iter().collect(),
        State::Silent(index) => missing(disk, Some(index)).into_iter().collect(),
        State::Empty(index) => vec![empty(disk, index)],
        State::Faulty(index, read) => syntax(disk, index, read),
        State::Good(index, _) => match &disk.inventory.manifest {
            Some((_, read)) => syntax(disk, index, read),
            None => Vec::new(),
        },
        State::Closed => Vec::new(),
    }
}

/// The parts of the set by name.
fn parts(disk: &Disk<'_>) -> Vec<usize> {
    let numbered = disk.bases().into_iter().chain(disk.incrs());
    numbered.map(|(_, index)| index).collect()
}

fn missing(disk: &Disk<'_>, manifest: Option<usize>) -> Option<Placed> {
    let parts = parts(disk);
    if parts.is_empty() {
        return None;
    }
    let is_harmless = parts.iter().all(|part| disk.is_known_empty(*part));
    let what = match manifest {
        None => "there is no manifest".to_owned(),
        Some(index) => format!("{} names none of them", disk.shown(index)),
    };
    let there = match parts.len() {
        1 => "1 part is there".to_owned(),
        count => format!("{count} parts are there"),
    };
    let message = format!("{there}, but {what}: {}", what_a_start_does(disk, is_harmless));
    let finding =
        Finding::new(Id::ManifestMissing, 0, manifest.map_or(0, |it| disk.bytes(it)), message);
    let finding = match is_harmless {
        true => {
            finding.severity(Severity::Note).cause("a server was stopped at its very first start")
        }
        false => finding.cause("the manifest was deleted, or was not copied with the parts"),
    };
    Some(Placed { file: manifest, finding })
}

/// What a server does that finds no part named.
fn what_a_start_does(disk: &Disk<'_>, is_harmless: bool) -> String {
    if is_harmless {
        return "they hold no data, and a server begins anew".to_owned();
    }
    let prefix = shown(&disk.inventory.prefix);
    if !disk.of_kind(&Kind::Single).is_empty() {
        return format!("a server takes {prefix} of the data folder instead and leaves them out");
    }
    let first = |list: Vec<(i64, usize)>| {
        let all = list.into_iter().filter(|(seq, _)| *seq == 1).map(|(_, index)| disk.shown(index));
        all.filter(|name| *name != prefix).collect::<Vec<_>>()
    };
    let (replaced, appended) = (first(disk.bases()), first(disk.incrs()));
    let mut does = vec!["a server starts empty".to_owned()];
    if !replaced.is_empty() {
        does.push(format!("replaces {}", list(&replaced)));
    }
    if !appended.is_empty() {
        does.push(format!("appends to {}", list(&appended)));
    }
    list(&does)
}

fn empty(disk: &Disk<'_>, index: usize) -> Placed {
    let message = format!(
        "{} has no byte: servers end with an error; deleting it would make them start empty",
        disk.shown(index)
    );
    let finding = Finding::new(Id::ManifestEmpty, 0, 0, message)
        .cause("power loss before its data reached the disk, or a disk that was full");
    Placed { file: Some(index), finding }
}

fn syntax(disk: &Disk<'_>, index: usize, read: &ReadManifest) -> Vec<Placed> {
    let finding = |fault: &ManifestFault| {
        let ManifestFault { offset, length, line, rule, .. } = fault;
        let name = disk.shown(index);
        let message =
            format!("line {line} of {name} breaks a rule, {}: {rule}", whom_it_stops(fault));
        let severity =
            if fault.dialects.is_empty() { Severity::Attention } else { Severity::Damage };
        let finding = Finding::new(Id::ManifestSyntax, *offset, *length, message)
            .severity(severity)
            .cause("it was edited by hand, or bytes of it were lost or changed");
        Placed { file: Some(index), finding }
    };
    read.faults.iter().map(finding).collect()
}

fn whom_it_stops(fault: &ManifestFault) -> String {
    let names = fault.dialects.iter().map(|dialect| match dialect {
        Dialect::Redis => "Redis",
        Dialect::Valkey8 => "Valkey 8.1",
        Dialect::Valkey9 => "Valkey 9.0 and later",
    });
    match fault.dialects.len() {
        0 => "which stops no server".to_owned(),
        all if all == Dialect::ALL.len() => "and servers end with an error".to_owned(),
        _ => format!(
            "at which {} end with an error",
            list(&names.map(str::to_owned).collect::<Vec<_>>())
        ),
    }
}

/// A manifest that knows nothing of parts that were written later.
pub(super) fn stale(disk: &Disk<'_>, newer: &[usize]) -> Option<Placed> {
    let State::Good(index, manifest) = disk.state else {
        return None;
    };
    if newer.is_empty() {
        return None;
    }
    let names: Vec<String> = newer.iter().map(|file| disk.shown(*file)).collect();
    let commands = newer.iter().map(|file| disk.commands(*file)).sum();
    let last = manifest.incrs().last().or(manifest.base()).map(|entry| shown(&entry.file));
    let message = format!(
        "{} ends with {}, but {} with {} came after it: a server loads none of them",
        disk.shown(index),
        last.unwrap_or_default(),
        list(&names),
        counted(commands, "record"),
    );
    let finding = Finding::new(Id::ManifestStale, 0, disk.bytes(index), message)
        .cause("it was restored from an older backup than the parts");
    Some(Placed { file: Some(index), finding })
}
