//! What is wrong with the parts that a server loads, and between them.

use std::collections::BTreeSet;

use super::Placed;
use super::disk::{Disk, Listed, State};
use super::names::Kind;
use super::words::{counted, list, shown};
use crate::content::{Content, Format};
use crate::finding::{CommandRange, Confidence, Finding, FindingId as Id, Loss, Severity};
use crate::inventory::Place;
use crate::manifest::{Entry, EntryRole};
use crate::names::Named;

/// Findings about lines of the manifest.
pub(super) fn entries(disk: &Disk<'_>) -> Vec<Placed> {
    let State::Good(manifest, _) = disk.state else {
        return Vec::new();
    };
    let listed = disk.listed();
    let absent = listed.iter().filter_map(|part| missing(disk, part));
    let mut findings: Vec<Finding> = absent.chain(no_base(disk, listed)).collect();
    findings.extend(twice(listed));
    findings.extend(gaps(disk, listed));
    findings.extend(listed.iter().filter_map(|part| offsets(part, listed)));
    findings.into_iter().map(|finding| Placed { file: Some(manifest), finding }).collect()
}

fn missing(disk: &Disk<'_>, part: &Listed<'_>) -> Option<Finding> {
    let entry = part.entry;
    let name = shown(&entry.file);
    if part.file.is_some() {
        return None;
    }
    let lost = match entry.role {
        EntryRole::Base => "the data as of the last rewrite",
        _ => "its writes",
    };
    let elsewhere = elsewhere(disk, entry);
    let hint = match elsewhere.is_empty() {
        true => format!("{lost} are not in the folder"),
        false => format!("{lost} may be in {}", list(&elsewhere)),
    };
    let message = format!(
        "line {} names {name}, which is not there: servers end with an error, and {hint}",
        entry.line
    );
    let cause = "it was deleted, or was not copied with the others";
    Some(Finding::new(Id::PartMissing, 0, 0, message).cause(cause))
}

/// Files in which the data of a missing part may be found.
fn elsewhere(disk: &Disk<'_>, entry: &Entry) -> Vec<String> {
    let disk_name = |file: usize| disk.file(file).map(|file| shown(&file.disk_name));
    let mut found: Vec<String> =
        disk.find(Place::Data, &entry.file).and_then(disk_name).into_iter().collect();
    if entry.role == EntryRole::Base {
        let history = disk.history().into_iter().map(|(index, _)| index);
        let others = disk.bases().into_iter().map(|(_, index)| index);
        let temps = disk.of_kind(&Kind::TempFile).into_iter();
        let snapshots = disk.of_kind(&Kind::Rdb).into_iter();
        let all = history.chain(others).chain(temps).chain(snapshots);
        let others = all.filter(|index| disk.has_data(*index));
        found.extend(others.map(|index| disk.shown(index)));
    }
    let mut seen = BTreeSet::new();
    found.retain(|name| seen.insert(name.clone()));
    found
}

/// Every server that writes a manifest names a base first.
fn no_base(disk: &Disk<'_>, listed: &[Listed<'_>]) -> Option<Finding> {
    let first = listed.first().filter(|part| part.entry.role != EntryRole::Base)?;
    let has_base = disk.bases().iter().any(|(_, index)| disk.has_data(*index));
    let name = shown(&first.entry.file);
    let message = format!(
        "the manifest names no base: a server loads {name} first, and nothing that came before it"
    );
    let severity = if has_base { Severity::Damage } else { Severity::Attention };
    Some(
        Finding::new(Id::PartMissing, 0, 0, message)
            .severity(severity)
            .confidence(Confidence::Likely)
            .cause("a line of the manifest was removed"),
    )
}

/// Files that two lines name.
fn twice(listed: &[Listed<'_>]) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let again = listed.iter().map(|part| part.entry).filter(|entry| !seen.insert(&entry.file));
    let finding = |entry: &Entry| {
        let message = format!(
            "line {} names {} a second time: a server loads it twice",
            entry.line,
            shown(&entry.file)
        );
        Finding::new(Id::SetAmbiguous, 0, 0, message)
            .confidence(Confidence::Certain)
            .cause("the manifest was edited by hand")
    };
    again.map(finding).collect()
}

/// Numbers between two increments that neither the manifest nor the folder has.
fn gaps(disk: &Disk<'_>, listed: &[Listed<'_>]) -> Vec<Finding> {
    let incrs: Vec<&Entry> = listed
        .iter()
        .map(|part| part.entry)
        .filter(|entry| entry.role == EntryRole::Incr)
        .collect();
    let on_disk: Vec<i64> = disk.incrs().into_iter().map(|(seq, _)| seq).collect();
    let gap = |(before, after): (&&Entry, &&Entry)| {
        let (first, last) = (before.seq.checked_add(1)?, after.seq.checked_sub(1)?);
        let next = on_disk.get(on_disk.partition_point(|seq| *seq < first));
        let is_there = next.is_some_and(|seq| *seq <= last);
        (first <= last && !is_there).then(|| seq_gap(first, last, before, after))
    };
    incrs.iter().zip(incrs.iter().skip(1)).filter_map(gap).collect()
}

fn seq_gap(first: i64, last: i64, before: &Entry, after: &Entry) -> Finding {
    let what = match first == last {
        true => format!("increment {first} is"),
        false => format!("increments {first} to {last} are"),
    };
    let message = format!(
        "{what} neither named nor there: a server goes from {} to {} and says nothing",
        shown(&before.file),
        shown(&after.file)
    );
    Finding::new(Id::PartSeqGap, 0, 0, message)
        .cause("a part and its line of the manifest were removed; servers count without gaps")
}

/// Offsets of replication that cannot be: only Redis 8.0 and later reads them.
fn offsets(part: &Listed<'_>, listed: &[Listed<'_>]) -> Option<Finding> {
    let entry = part.entry;
    let name = shown(&entry.file);
    let is_last = listed.last().is_some_and(|last| last.entry == entry);
    let what = match (entry.start_offset, entry.end_offset) {
        (Some(start), Some(end)) if end < start => {
            format!("endoffset {end} of {name} is less than its startoffset {start}")
        }
        (Some(start), _) if start < 0 => format!("startoffset {start} of {name} is negative"),
        (None, Some(end)) if end < 0 => format!("endoffset {end} of {name} is negative"),
        (_, Some(end)) if !is_last => {
            format!(
                "endoffset {end} of {name} says that it was closed in order, but parts follow it"
            )
        }
        _ => return None,
    };
    let message = format!("{what}: Redis 8.0 and later take their replication offset from there");
    Some(
        Finding::new(Id::PartOffsetRange, 0, 0, message)
            .cause("the manifest was edited, or put together from several"),
    )
}

/// Findings about parts in the order of loading: what they end with, and what an increment begins with.
pub(super) fn loaded(disk: &Disk<'_>, order: &[usize]) -> Vec<Placed> {
    let mut findings = Vec::new();
    for (place, index) in order.iter().enumerate() {
        let next = order.get(place + 1);
        let torn = next.and_then(|next| torn(disk, *index, *next));
        let rdb = rdb_in_incr(disk, *index, place);
        let found = empty_base(disk, *index, order.len()).into_iter().chain(rdb).chain(torn);
        findings.extend(found.map(|finding| Placed { file: Some(*index), finding }));
    }
    findings
}

/// A base that was to be an RDB file and has no byte, with increments behind it. One of records may be empty.
fn empty_base(disk: &Disk<'_>, index: usize, parts: usize) -> Option<Finding> {
    let file = disk.file(index)?;
    let is_rdb = matches!(Named::of(&file.name), Named::Base { is_rdb: true, .. });
    let content = file.content.as_ref().filter(|content| content.format == Format::Empty)?;
    if !is_rdb || content.findings.iter().any(|finding| finding.id == Id::RdbEmpty) {
        return None;
    }
    let increments = counted(parts.saturating_sub(1) as u64, "increment");
    let name = disk.shown(index);
    let message = format!(
        "{name} has no byte: servers load the {increments} behind it without the data of the last rewrite"
    );
    Some(
        Finding::new(Id::RdbEmpty, 0, 0, message)
            .cause("power loss before its data reached the disk, or a copy that did not begin"),
    )
}

/// What ends a part that is not the last in anything but a whole record.
fn torn(disk: &Disk<'_>, index: usize, next: usize) -> Option<Finding> {
    let content = disk.content(index)?;
    let ends: Vec<&Finding> = endings(content);
    let (first, offset) = ends.iter().map(|end| (*end, end.offset)).min_by_key(|(_, at)| *at)?;
    let is_cut = ends.iter().all(|end| matches!(end.id, Id::AofTailTorn | Id::AofMultiOpen));
    let (name, next) = (disk.shown(index), disk.shown(next));
    let what = match first.id {
        Id::AofMultiOpen => "inside a transaction",
        Id::AofTailNul => "in zero bytes",
        Id::AofTailGarbage => "in bytes that are no record",
        _ => "inside a record",
    };
    let servers = match is_cut {
        true => {
            "servers cut it there and end with an error, and the start after that goes on \
             without the rest and says nothing"
        }
        false => "servers end with an error",
    };
    let message = format!("{name} ends {what} at byte {offset}, and {next} follows it: {servers}");
    let confidence = ends.iter().map(|end| end.confidence).min().unwrap_or(Confidence::Certain);
    Some(
        Finding::new(Id::PartNotLastTorn, offset, content.bytes.saturating_sub(offset), message)
            .confidence(confidence)
            .cause("power loss before the end of the part reached the disk, or a copy that was cut")
            .loss(sum(&ends)),
    )
}

/// The findings that reach to the end of the file and keep a server from going on to the next one. A torn
/// annotation does not: it counts as a whole one.
fn endings(content: &Content) -> Vec<&Finding> {
    let of_log = content.log.iter().flat_map(|log| &log.findings);
    let mut ends: Vec<&Finding> = Vec::new();
    for finding in content.findings.iter().chain(of_log) {
        let ends_badly = match finding.id {
            Id::AofTailTorn => finding.loss.commands.max > 0,
            Id::AofTailNul | Id::AofTailGarbage | Id::AofMultiOpen | Id::AofPreambleTail => true,
            _ => false,
        };
        let is_known = ends.iter().any(|end| (end.id, end.offset) == (finding.id, finding.offset));
        if ends_badly && !is_known {
            ends.push(finding);
        }
    }
    ends
}

fn sum(findings: &[&Finding]) -> Loss {
    let mut sum = Loss::default();
    for Finding { loss, .. } in findings {
        sum.bytes = sum.bytes.saturating_add(loss.bytes);
        sum.commands = CommandRange {
            min: sum.commands.min.saturating_add(loss.commands.min),
            max: sum.commands.max.saturating_add(loss.commands.max),
        };
        sum.keys.count = sum.keys.count.saturating_add(loss.keys.count);
        sum.keys.sample.extend(loss.keys.sample.iter().cloned());
        sum.seconds = sum.seconds.max(loss.seconds);
    }
    sum.keys.sample.truncate(crate::finding::Keys::SAMPLE);
    sum
}

fn rdb_in_incr(disk: &Disk<'_>, index: usize, place: usize) -> Option<Finding> {
    let content = disk.content(index)?;
    let begins_with_rdb = matches!(content.format, Format::Rdb | Format::RdbResp);
    if place == 0 || !begins_with_rdb {
        return None;
    }
    let rdb = content.rdb.as_ref();
    let keys = rdb.map_or(0, |rdb| rdb.keys);
    let message = format!(
        "{} follows other parts and begins with an RDB file of {}: servers crash at the first \
         key that is there already",
        disk.shown(index),
        counted(keys, "key")
    );
    let end = rdb.map_or(0, |rdb| rdb.end).min(content.bytes);
    Some(
        Finding::new(Id::PartRdbInIncr, 0, end, message)
            .cause("two files changed their names, or two lines of the manifest their types"),
    )
}
