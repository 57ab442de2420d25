//! Parts that a good manifest does not name: what they are, and whether a start leaves data out.

use super::Placed;
use super::disk::{Disk, State};
use super::moment;
use super::words::counted;
use crate::finding::{CommandRange, Confidence, Finding, FindingId as Id, Loss, Severity};

/// What an unnamed part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stray {
    /// Nothing is in it.
    Empty,
    /// An increment that a rewrite made and nobody wrote to yet.
    Begun,
    /// A base that a rewrite finished and no manifest names yet.
    Finished,
    /// What a base superseded.
    Superseded,
    /// It belongs between parts that are named.
    Between,
    /// It came after all that is named.
    Newer,
    /// All of it is older than the base: the set was begun anew beside it.
    Older,
    /// It cannot be read, or nothing tells.
    Unclear,
}

/// The named parts, as far as unnamed ones are compared with them.
struct Named {
    base: Option<(i64, Option<usize>)>,
    first_incr: Option<i64>,
    last_incr: i64,
}

/// Findings about unnamed parts, and those of them that came after all that is named.
pub(super) fn findings(disk: &Disk<'_>) -> (Vec<Placed>, Vec<usize>) {
    let State::Good(_, manifest) = disk.state else {
        return (Vec::new(), Vec::new());
    };
    let listed = disk.listed();
    let base = listed.iter().find(|part| manifest.base() == Some(part.entry));
    let named = Named {
        base: base.map(|part| (part.entry.seq, part.file)),
        first_incr: manifest.incrs().next().map(|entry| entry.seq),
        last_incr: manifest.incrs().last().map_or(0, |entry| entry.seq),
    };
    let judged = judge_all(disk, &named);
    let newer = judged.iter().filter(|(_, stray)| *stray == Stray::Newer).map(|(index, _)| *index);
    let newer = newer.collect();
    let placed = judged
        .into_iter()
        .map(|(index, stray)| Placed { file: Some(index), finding: finding(disk, index, stray) });
    (placed.collect(), newer)
}

/// Parts of the set by name that neither stand in the manifest nor carry the name of one that does.
pub(super) fn unnamed(disk: &Disk<'_>, parts: Vec<(i64, usize)>) -> Vec<(i64, usize)> {
    let State::Good(..) = disk.state else {
        return Vec::new();
    };
    parts.into_iter().filter(|(_, index)| !disk.is_named(*index)).collect()
}

fn judge_all(disk: &Disk<'_>, named: &Named) -> Vec<(usize, Stray)> {
    let incrs = unnamed(disk, disk.incrs()).into_iter();
    let incrs: Vec<_> =
        incrs.map(|(seq, index)| (index, judge_incr(disk, named, seq, index))).collect();
    let is_continued = incrs.iter().any(|(_, stray)| *stray == Stray::Newer);
    let is_twin = |seq: i64| named.base.is_some_and(|(base, _)| base == seq);
    let bases = unnamed(disk, disk.bases()).into_iter().filter(|(seq, _)| !is_twin(*seq));
    let bases =
        bases.map(|(seq, index)| (index, judge_base(disk, named, seq, index, is_continued)));
    bases.chain(incrs).collect()
}

fn judge_incr(disk: &Disk<'_>, named: &Named, seq: i64, index: usize) -> Stray {
    if disk.is_known_empty(index) {
        return if seq == named.last_incr.saturating_add(1) { Stray::Begun } else { Stray::Empty };
    }
    if !disk.has_data(index) {
        return Stray::Unclear;
    }
    let is_older = precedes(disk, named, index);
    let Some(first) = named.first_incr else {
        return if is_older { Stray::Superseded } else { Stray::Newer };
    };
    if seq > named.last_incr {
        return if is_older { Stray::Older } else { Stray::Newer };
    }
    if seq > first {
        return Stray::Between;
    }
    let is_later = || disk.content(index).and_then(moment::begins) > created(disk, named);
    let has_clock = disk.content(index).and_then(moment::clock).is_some();
    let base_seq = named.base.map_or(0, |(seq, _)| seq);
    match () {
        () if is_older => Stray::Superseded,
        () if has_clock && created(disk, named).is_some() && is_later() => Stray::Between,
        () if base_seq <= 1 => Stray::Between,
        () if seq < base_seq => Stray::Superseded,
        () => Stray::Unclear,
    }
}

fn judge_base(disk: &Disk<'_>, named: &Named, seq: i64, index: usize, is_continued: bool) -> Stray {
    let Some((base, file)) = named.base else {
        return if disk.is_known_empty(index) { Stray::Empty } else { Stray::Between };
    };
    let begun = |index: usize| disk.content(index).and_then(moment::begins);
    let is_older = match (begun(index), file.and_then(begun)) {
        (Some(this), Some(named)) => this.saturating_add(moment::SLACK) < named,
        _ => false,
    };
    match () {
        () if disk.is_known_empty(index) && seq <= base => Stray::Empty,
        () if seq < base => Stray::Superseded,
        () if is_older => Stray::Older,
        () if seq == base.saturating_add(1) && !is_continued => Stray::Finished,
        () => Stray::Newer,
    }
}

/// When the named base was begun.
fn created(disk: &Disk<'_>, named: &Named) -> Option<u64> {
    named.base.and_then(|(_, file)| disk.begins(file?))
}

/// Whether the file was last written before the named base was begun.
fn precedes(disk: &Disk<'_>, named: &Named, index: usize) -> bool {
    let Some((_, Some(base))) = named.base else {
        return false;
    };
    let plausible = disk.file(base).is_some_and(moment::is_plausible);
    let has_clock = disk.content(index).and_then(moment::clock).is_some();
    match (disk.ends(index), created(disk, named)) {
        (Some(end), Some(created)) => (has_clock || plausible) && end <= created,
        _ => false,
    }
}

fn finding(disk: &Disk<'_>, index: usize, stray: Stray) -> Finding {
    let (name, bytes) = (disk.shown(index), disk.bytes(index));
    let holds = holds(disk, index);
    let (severity, confidence, message) = match stray {
        Stray::Empty => (
            Severity::Note,
            Confidence::Certain,
            format!("{name} is not in the manifest, and holds no data"),
        ),
        Stray::Begun => (
            Severity::Note,
            Confidence::Certain,
            format!(
                "{name} is not in the manifest and holds no data: a rewrite that was about to \
                 begin made it"
            ),
        ),
        Stray::Finished => (
            Severity::Note,
            Confidence::Likely,
            format!(
                "{name} is a base that no manifest names yet: a server loads the parts that it \
                 would replace"
            ),
        ),
        Stray::Superseded => (
            Severity::Note,
            Confidence::Likely,
            format!("{name} is not in the manifest: the base superseded it"),
        ),
        Stray::Between => (
            Severity::Damage,
            Confidence::Likely,
            format!(
                "{name} belongs to the parts of the manifest and does not stand in it: a server \
                 leaves out {holds}"
            ),
        ),
        Stray::Newer => (
            Severity::Damage,
            Confidence::Likely,
            format!(
                "{name} came after the parts of the manifest and does not stand in it: a server \
                 leaves out {holds}"
            ),
        ),
        Stray::Older => (
            Severity::Damage,
            Confidence::Likely,
            format!(
                "{name} is older than the base of the manifest and no part of what led to it: a \
                 server leaves out {holds}"
            ),
        ),
        Stray::Unclear => (
            Severity::Attention,
            Confidence::Guess,
            format!(
                "{name} is not in the manifest, and nothing tells whether its {} are still needed",
                counted(bytes, "byte")
            ),
        ),
    };
    let is_lost = matches!(stray, Stray::Between | Stray::Newer | Stray::Older);
    let commands = CommandRange::exactly(if is_lost { disk.commands(index) } else { 0 });
    let loss = Loss { bytes: if is_lost { bytes } else { 0 }, commands, ..Loss::default() };
    Finding::new(Id::PartOrphan, 0, bytes, message)
        .severity(severity)
        .confidence(confidence)
        .cause(cause(stray))
        .loss(loss)
}

fn cause(stray: Stray) -> &'static str {
    match stray {
        Stray::Empty | Stray::Unclear => "",
        Stray::Begun | Stray::Finished => "the server was stopped in the middle of a rewrite",
        Stray::Superseded => {
            "the server was stopped before it deleted what a rewrite had superseded"
        }
        Stray::Between => {
            "a line of the manifest was removed, or the manifest comes from elsewhere"
        }
        Stray::Newer => "the manifest was restored from an older backup than the parts",
        Stray::Older => {
            "a server was started without the manifest and began anew beside the old parts"
        }
    }
}

/// How much of data.
fn holds(disk: &Disk<'_>, index: usize) -> String {
    let keys =
        disk.content(index).and_then(|content| content.rdb.as_ref()).map_or(0, |rdb| rdb.keys);
    match (keys, disk.commands(index)) {
        (0, commands) => counted(commands, "record"),
        (keys, 0) => counted(keys, "key"),
        (keys, commands) => format!("{} and {}", counted(keys, "key"), counted(commands, "record")),
    }
}
