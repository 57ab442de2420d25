//! What is at stake: data that are on the disk and that a start leaves out.

use std::collections::BTreeSet;

use super::StartLoss;
use super::start::{Loaded, Machine};
use crate::content::Content;
use crate::diagnosis::Diagnosis;
use crate::finding::{CommandRange, FindingId};
use crate::inventory::{File, Inventory, Place, Scope};
use crate::manifest::{EntryRole, Manifest};
use crate::names::Named;

/// What a start leaves out, and the files that it does not load although they hold data.
pub(super) struct LeftOut {
    pub(super) loss: StartLoss,
    pub(super) ignored: Vec<usize>,
}

/// Compares what was found with what was loaded.
pub(super) fn left_out(machine: &Machine<'_>, loaded: &[Loaded]) -> LeftOut {
    let mut left_out = LeftOut { loss: StartLoss::default(), ignored: Vec::new() };
    let counts_already: BTreeSet<usize> = loaded.iter().map(|one| one.file).collect();
    for one in loaded {
        if let Some(content) = &machine.inventory.files[one.file].content {
            add(&mut left_out.loss, behind(content, one));
        }
    }
    for file in at_stake(machine, loaded) {
        let content = machine.inventory.files[file].content.as_ref();
        if let Some(content) = content.filter(|_| !counts_already.contains(&file)) {
            add(&mut left_out.loss, all_of(content));
            left_out.ignored.push(file);
        }
    }
    left_out
}

/// Whether there are records, or keys, in it.
pub(super) fn has_data(inventory: &Inventory, file: usize) -> bool {
    inventory.files[file].content.as_ref().is_some_and(|content| {
        let rdb = content.rdb.as_ref().is_some_and(|rdb| rdb.keys > 0 || rdb.functions > 0);
        rdb || content.log.as_ref().is_some_and(|log| log.commands > 0)
    })
}

/// Files with data that are no copies of what is loaded, as far as their names tell: parts, increments behind the
/// last one, and a single file. If none of these holds anything: what is left of other sets, an RDB file, or what a
/// rewrite left, whichever of these is there.
fn at_stake(machine: &Machine<'_>, loaded: &[Loaded]) -> Vec<usize> {
    let inventory = machine.inventory;
    let with_data: Vec<usize> =
        (0..inventory.files.len()).filter(|file| has_data(inventory, *file)).collect();
    if inventory.scope == Scope::File {
        return with_data;
    }
    let listed = inventory.manifest.as_ref().map(|(_, read)| &read.manifest);
    let roles = Roles::new(inventory, listed);
    let of = |rank: Rank| {
        let files = with_data.iter().copied();
        files.filter(|file| roles.rank(machine, &inventory.files[*file]) == rank).collect()
    };
    let parts: Vec<usize> = of(Rank::Part);
    if !parts.is_empty() || loaded.iter().any(|one| has_data(inventory, one.file)) {
        return parts;
    }
    let others = [Rank::OtherSet, Rank::Snapshot, Rank::Temp].map(of);
    others.into_iter().find(|files| !files.is_empty()).unwrap_or_default()
}

/// How much a file would be missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rank {
    /// A part of the log, or the log itself.
    Part,
    /// Of another set, or superseded.
    OtherSet,
    /// The RDB file.
    Snapshot,
    /// Left by what was not finished.
    Temp,
}

/// What the manifest and the names say.
struct Roles<'a> {
    listed: Option<&'a Manifest>,
    prefix: &'a [u8],
    /// The sequence number of the last increment that is named.
    last_incr: Option<i64>,
    /// The base with the highest number, if no base is named.
    newest_base: Option<&'a [u8]>,
}

impl<'a> Roles<'a> {
    fn new(inventory: &'a Inventory, listed: Option<&'a Manifest>) -> Self {
        let prefix = &inventory.prefix[..];
        let is_named = listed.is_some_and(|manifest| manifest.base().is_some());
        let bases = inventory.files.iter().filter(|file| file.place == Place::Set && !is_named);
        let bases = bases.filter_map(|file| match part(prefix, &file.name) {
            Some((EntryRole::Base, seq)) => Some((seq, &file.name[..])),
            _ => None,
        });
        Self {
            listed,
            prefix,
            last_incr: listed.and_then(|manifest| manifest.incrs().last().map(|incr| incr.seq)),
            newest_base: bases.max().map(|(_, name)| name),
        }
    }

    fn rank(&self, machine: &Machine<'_>, file: &File) -> Rank {
        let name = &file.name[..];
        if Named::of(name).is_temporary() {
            return Rank::Temp;
        }
        if file.place == Place::Data {
            return match name == machine.prefix || name == self.prefix {
                true => Rank::Part,
                false => Rank::Snapshot,
            };
        }
        let named = self.listed.and_then(|listed| {
            let mut named = listed.entries.iter().filter(|entry| entry.file == name);
            named.next().map(|entry| entry.role)
        });
        match (named, part(self.prefix, name)) {
            (Some(EntryRole::Base | EntryRole::Incr), _) => Rank::Part,
            (None, Some((EntryRole::Incr, seq)))
                if self.last_incr.is_none_or(|last| seq > last) =>
            {
                Rank::Part
            }
            (None, Some((EntryRole::Base, _))) if self.newest_base == Some(name) => Rank::Part,
            _ => Rank::OtherSet,
        }
    }
}

/// What a part is by its name; a base that was a single file is called like the set.
fn part(prefix: &[u8], name: &[u8]) -> Option<(EntryRole, i64)> {
    match Named::of(name) {
        _ if name == prefix => Some((EntryRole::Base, 1)),
        Named::Base { prefix: own, seq, .. } if own == prefix => Some((EntryRole::Base, seq)),
        Named::Incr { prefix: own, seq } if own == prefix => Some((EntryRole::Incr, seq)),
        _ => None,
    }
}

fn all_of(content: &Content) -> StartLoss {
    let log = content.log.as_ref();
    StartLoss {
        bytes: log.map_or(content.bytes, |log| content.bytes.saturating_sub(log.lost.bytes)),
        commands: CommandRange::exactly(log.map_or(0, |log| committed(log, 0))),
        keys: content.rdb.as_ref().map_or(0, |rdb| rdb.keys),
    }
}

/// What stands behind the place up to which a file took effect. Records of a transaction that was never committed
/// are no data.
fn behind(content: &Content, loaded: &Loaded) -> StartLoss {
    let effective = loaded.loading.effective;
    let commands = content.log.as_ref().map_or(0, |log| {
        let is_whole = effective >= content.bytes;
        if is_whole { 0 } else { committed(log, effective).saturating_sub(loaded.loading.commands) }
    });
    let rdb = content.rdb.as_ref().filter(|rdb| rdb.end > effective);
    let end = content.log.as_ref().map_or(0, |log| log.end_checkpoint);
    StartLoss {
        bytes: if commands > 0 || rdb.is_some() { end.saturating_sub(effective) } else { 0 },
        commands: CommandRange::exactly(commands),
        keys: rdb.map_or(0, |rdb| rdb.keys),
    }
}

/// Whole records but those of transactions without an end, from a place on.
fn committed(log: &Diagnosis, from: u64) -> u64 {
    let open = log.of(FindingId::AofMultiOpen).chain(log.of(FindingId::AofMultiDangling));
    let open = open.filter(|finding| finding.offset >= from);
    let uncommitted: u64 = open.map(|finding| finding.loss.commands.max).sum();
    log.commands.saturating_sub(uncommitted)
}

fn add(sum: &mut StartLoss, more: StartLoss) {
    sum.bytes += more.bytes;
    sum.keys += more.keys;
    sum.commands.min += more.commands.min;
    sum.commands.max += more.commands.max;
}
