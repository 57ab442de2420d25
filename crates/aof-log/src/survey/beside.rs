//! What lies beside the set: leftovers, other sets, files that cannot be opened, or nothing at all.

use std::collections::BTreeMap;

use super::Placed;
use super::disk::{Disk, State};
use super::names::Kind;
use super::words::{counted, shown};
use crate::finding::{Confidence, Finding, FindingId as Id, Severity};
use crate::inventory::{File, Scope};

/// What unfinished rewrites and snapshots left.
pub(super) fn temporary(disk: &Disk<'_>) -> Vec<Placed> {
    let all = disk.kinds.iter().enumerate();
    all.filter_map(|(index, kind)| {
        Some(Placed { file: Some(index), finding: leftover(disk, index, kind)? })
    })
    .collect()
}

fn leftover(disk: &Disk<'_>, index: usize, kind: &Kind) -> Option<Finding> {
    let what = match kind {
        Kind::TempManifest => "a manifest that was not put in its place",
        Kind::TempIncr => "what was logged while the log was being switched on",
        Kind::TempFile => "what a rewrite or snapshot had written so far",
        _ => return None,
    };
    let (name, bytes) = (disk.shown(index), disk.bytes(index));
    let finding = |message: String| {
        Finding::new(Id::PartTempLeftover, 0, bytes, message)
            .cause("the server was stopped before it was done")
    };
    if *kind == Kind::TempIncr && disk.has_data(index) {
        let records = counted(disk.commands(index), "record");
        let message = format!(
            "{name} holds {records} that were logged while the log was being switched on: no \
             server reads them"
        );
        return Some(finding(message).severity(Severity::Attention));
    }
    let is_whole =
        *kind == Kind::TempFile && disk.has_data(index) && super::usable::is_whole(disk, index);
    let use_ = if is_whole { "it is whole, and can serve as a base" } else { "no server reads it" };
    Some(finding(format!("{name} is {what}, {}: {use_}", counted(bytes, "byte"))))
}

/// Several sets, or several files that could be the same part.
pub(super) fn ambiguous(disk: &Disk<'_>) -> Vec<Placed> {
    if disk.inventory.scope == Scope::File {
        return Vec::new();
    }
    let mut findings = other_prefixes(disk);
    findings.extend(single_beside_set(disk));
    findings.extend(same_base(disk));
    findings.extend(packed_and_plain(disk));
    findings.extend(misplaced(disk));
    findings
}

/// One for each other prefix, at its manifest or its first part.
fn other_prefixes(disk: &Disk<'_>) -> Vec<Placed> {
    let mut others: BTreeMap<&[u8], (usize, u64)> = BTreeMap::new();
    let manifests = |kind: &Kind| matches!(kind, Kind::OtherManifest(_));
    let all = disk.kinds.iter().enumerate();
    let (first, then): (Vec<_>, Vec<_>) = all.partition(|(_, kind)| manifests(kind));
    for (index, kind) in first.into_iter().chain(then) {
        if let Kind::OtherManifest(prefix) | Kind::OtherPart(prefix) = kind {
            others.entry(prefix).or_insert((index, 0)).1 += 1;
        }
    }
    let own = shown(&disk.inventory.prefix);
    let finding = |(prefix, (index, count)): (&[u8], (usize, u64))| {
        let message = format!(
            "{} of a set called {} beside {own}: a server reads the one that its appendfilename \
             names",
            match count {
                1 => "1 file lies here".to_owned(),
                count => format!("{count} files lie here"),
            },
            shown(prefix)
        );
        let finding = Finding::new(Id::SetAmbiguous, 0, disk.bytes(index), message)
            .confidence(Confidence::Certain)
            .cause("appendfilename was changed, or two sets were copied into one folder");
        Placed { file: Some(index), finding }
    };
    others.into_iter().map(finding).collect()
}

/// A log in one file, and a set that 7.0 and later read in its stead.
fn single_beside_set(disk: &Disk<'_>) -> Option<Placed> {
    let single = disk.of_kind(&Kind::Single).into_iter().next()?;
    let is_set = match disk.state {
        State::Good(..) => disk.listed().iter().all(|part| part.file != Some(single)),
        _ => disk.bases().iter().chain(&disk.incrs()).any(|(_, index)| disk.has_data(*index)),
    };
    if !is_set {
        return None;
    }
    let takes = match disk.state {
        State::Good(..) => "the set and never read it",
        State::Absent | State::Silent(_) => "it and leave the parts of the set out",
        _ => "the set and end with an error",
    };
    let message = format!(
        "{} of the data folder is a log of {} beside the set: Redis 6.2 reads only it, later \
         servers take {takes}",
        disk.shown(single),
        counted(disk.commands(single), "record"),
    );
    let severity = if disk.has_data(single) { Severity::Attention } else { Severity::Note };
    let finding = Finding::new(Id::SetAmbiguous, 0, disk.bytes(single), message)
        .severity(severity)
        .cause("a server before 7.0 was started again, or an old log was put back");
    Some(Placed { file: Some(single), finding })
}

/// Two bases of one number: the one that is not named, or the later one where nothing is named.
fn same_base(disk: &Disk<'_>) -> Vec<Placed> {
    let mut found: Vec<(i64, usize)> = Vec::new();
    for bases in disk.bases().chunk_by(|(one, _), (other, _)| one == other) {
        let is_named = |(_, index): &&(i64, usize)| disk.is_named(*index);
        let counts = bases.iter().find(is_named).or(bases.first());
        let name = |index: usize| disk.file(index).map(|file| &file.name);
        let others =
            bases.iter().filter(|(_, index)| name(*index) != counts.and_then(|it| name(it.1)));
        found.extend(others.filter(|base| !is_named(base)));
    }
    let is_decided = !disk.listed().is_empty();
    let finding = |(seq, index): (i64, usize)| {
        let (severity, decides) = match is_decided {
            true => (Severity::Note, "the manifest decides which one counts"),
            false => (Severity::Attention, "no manifest tells which one counts"),
        };
        let message = format!("{} is a second base of number {seq}: {decides}", disk.shown(index));
        let finding = Finding::new(Id::SetAmbiguous, 0, disk.bytes(index), message)
            .severity(severity)
            .cause("aof-use-rdb-preamble was changed between two rewrites");
        Placed { file: Some(index), finding }
    };
    found.into_iter().map(finding).collect()
}

/// A file, and an archive of it.
fn packed_and_plain(disk: &Disk<'_>) -> Vec<Placed> {
    let files = disk.inventory.files.iter().enumerate();
    let twin = |file: &File| disk.find(file.place, &file.name);
    let packed =
        files.filter(|(index, _)| disk.is_packed(*index) && disk.kinds[*index] != Kind::Other);
    let finding = |(index, file): (usize, &File)| {
        let plain = twin(file).filter(|plain| *plain != index)?;
        let is_same = disk.content(index).map(|it| (it.bytes, disk.commands(index)))
            == disk.content(plain).map(|it| (it.bytes, disk.commands(plain)));
        let compared = if is_same { "as long as" } else { "not as long as" };
        let message = format!(
            "{} lies beside {} and is {compared} it: a server reads only the file that is not \
             packed",
            shown(&file.disk_name),
            disk.shown(plain)
        );
        let severity = if is_same { Severity::Note } else { Severity::Attention };
        let finding = Finding::new(Id::SetAmbiguous, 0, disk.bytes(index), message)
            .severity(severity)
            .cause("an archive of the set was unpacked, or made, in its folder");
        Some(Placed { file: Some(index), finding })
    };
    packed.filter_map(finding).collect()
}

/// Files that could not be opened. Only the manifest and the parts that are loaded keep a server from starting.
pub(super) fn unreadable(disk: &Disk<'_>) -> Vec<Placed> {
    let listed = disk.listed();
    let finding = |(index, file): (usize, &File)| {
        let why = file.unreadable.as_deref()?;
        if disk.kinds[index] == Kind::Other && !listed.iter().any(|part| part.file == Some(index)) {
            return None;
        }
        let is_needed = disk.kinds[index] == Kind::Manifest
            || listed.is_empty()
            || listed.iter().any(|part| part.file == Some(index));
        let message = format!("{} cannot be opened: {}", disk.shown(index), why.escape_debug());
        let severity = if is_needed { Severity::Damage } else { Severity::Attention };
        let finding =
            Finding::new(Id::PartUnreadable, 0, file.disk_bytes, message).severity(severity).cause(
                "permissions, a security policy, or failing storage; nothing says that it is \
                damaged",
            );
        Some(Placed { file: Some(index), finding })
    };
    disk.inventory.files.iter().enumerate().filter_map(finding).collect()
}

/// A folder in which no server finds anything.
pub(super) fn nothing(disk: &Disk<'_>) -> Option<Placed> {
    let is_folder = disk.inventory.scope != Scope::File;
    let has_content = disk.inventory.files.iter().any(|file| file.content.is_some());
    if !is_folder || has_content || disk.kinds.iter().any(|kind| *kind != Kind::Other) {
        return None;
    }
    let message = match disk.inventory.files.len() {
        0 => "the folder holds no file of a server: a server starts empty".to_owned(),
        count => format!(
            "none of the {} here is one of a server: a server starts empty",
            counted(count as u64, "file")
        ),
    };
    Some(Placed { file: None, finding: Finding::new(Id::DataDirEmpty, 0, 0, message) })
}

/// Parts in the data folder, where no server looks for them.
fn misplaced(disk: &Disk<'_>) -> Vec<Placed> {
    let is_part = |index: usize| matches!(disk.kinds[index], Kind::Base(_) | Kind::Incr(_));
    let all = (0..disk.kinds.len()).filter(|index| is_part(*index) && !disk.is_in_set(*index));
    let finding = |index: usize| {
        let name = disk.shown(index);
        let message = format!("{name} lies in the data folder, where no server looks for parts");
        let is_set = matches!(disk.state, State::Good(..));
        let severity = match (disk.has_data(index), is_set) {
            (false, _) => Severity::Note,
            (true, true) => Severity::Attention,
            (true, false) => Severity::Damage,
        };
        let finding = Finding::new(Id::PartOrphan, 0, disk.bytes(index), message)
            .severity(severity)
            .confidence(Confidence::Certain)
            .cause("the files of the set were copied out of their folder");
        Placed { file: Some(index), finding }
    };
    all.map(finding).collect()
}
