//! The files of an inventory by their names, and what the manifest makes of them.

use std::collections::{BTreeMap, BTreeSet};

use super::moment;
use super::names::{Kind, kind_of};
use crate::content::Content;
use crate::inventory::{File, Inventory, Place};
use crate::manifest::{Dialect, Entry, EntryRole, Manifest, ManifestFault, ReadManifest};

/// What there is of a manifest.
#[derive(Debug, Clone, Copy)]
pub(super) enum State<'a> {
    /// No file of its name.
    Absent,
    /// A file that could not be opened.
    Closed,
    /// A file without a byte.
    Empty(usize),
    /// Servers refuse it.
    Faulty(usize, &'a ReadManifest),
    /// It is well formed and names no part that is loaded.
    Silent(usize),
    /// It names what is loaded.
    Good(usize, &'a Manifest),
}

/// A part that the manifest has a server load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed<'a> {
    pub(super) entry: &'a Entry,
    /// Its place in the inventory, if it is there.
    pub(super) file: Option<usize>,
}

/// An inventory with the meaning of its names.
#[derive(Debug)]
pub(super) struct Disk<'a> {
    pub(super) inventory: &'a Inventory,
    /// What each file is by its name.
    pub(super) kinds: Vec<Kind>,
    pub(super) state: State<'a>,
    /// Where each name is found: as it is rather than out of an archive.
    places: BTreeMap<(Place, &'a [u8]), usize>,
    listed: Vec<Listed<'a>>,
    named: BTreeSet<&'a [u8]>,
}

impl<'a> Disk<'a> {
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let kind = |file: &File| kind_of(inventory, file);
        let kinds: Vec<Kind> = inventory.files.iter().map(kind).collect();
        let state = state_of(inventory, &kinds);
        let mut places = BTreeMap::new();
        for (index, file) in inventory.files.iter().enumerate() {
            let place = places.entry((file.place, file.name.as_slice())).or_insert(index);
            let first = &inventory.files[*place];
            if first.disk_name != first.name && file.disk_name == file.name {
                *place = index;
            }
        }
        let mut disk =
            Self { inventory, kinds, state, places, listed: Vec::new(), named: BTreeSet::new() };
        if let State::Good(_, manifest) = state {
            disk.listed = disk.list(manifest);
            disk.named = manifest.entries.iter().map(|entry| entry.file.as_slice()).collect();
        }
        disk
    }

    pub(super) fn file(&self, index: usize) -> Option<&'a File> {
        self.inventory.files.get(index)
    }

    pub(super) fn content(&self, index: usize) -> Option<&'a Content> {
        self.file(index)?.content.as_ref()
    }

    /// Its name, safe to print.
    pub(super) fn shown(&self, index: usize) -> String {
        self.file(index).map(|file| file.name.escape_ascii().to_string()).unwrap_or_default()
    }

    /// Decoded bytes, or those on the disk where nothing was decoded.
    pub(super) fn bytes(&self, index: usize) -> u64 {
        let decoded = self.content(index).map(|content| content.bytes);
        decoded.or_else(|| self.file(index).map(|file| file.disk_bytes)).unwrap_or(0)
    }

    /// Whether there are keys, functions or commands in it.
    pub(super) fn has_data(&self, index: usize) -> bool {
        let commands = self.commands(index);
        let rdb = self.content(index).and_then(|content| content.rdb.as_ref());
        commands > 0 || rdb.is_some_and(|rdb| rdb.keys > 0 || rdb.functions > 0)
    }

    /// Whether all of it was read and there is nothing in it.
    pub(super) fn is_known_empty(&self, index: usize) -> bool {
        let is_empty = |file: &File| file.disk_bytes == 0 && file.unreadable.is_none();
        let is_whole = |content: &Content| {
            content.rdb.as_ref().is_none_or(|rdb| rdb.defect.is_none())
                && content.log.as_ref().is_none_or(|log| log.findings.is_empty())
        };
        self.file(index).is_some_and(is_empty)
            || (self.content(index).is_some_and(is_whole) && !self.has_data(index))
    }

    /// Records in it.
    pub(super) fn commands(&self, index: usize) -> u64 {
        let log = self.content(index).and_then(|content| content.log.as_ref());
        log.map_or(0, |log| log.commands)
    }

    /// The file of this name; as it is rather than out of an archive.
    pub(super) fn find(&self, place: Place, name: &[u8]) -> Option<usize> {
        self.places.get(&(place, name)).copied()
    }

    /// Whether a line of the manifest carries the name of this file.
    pub(super) fn is_named(&self, index: usize) -> bool {
        self.file(index).is_some_and(|file| self.named.contains(file.name.as_slice()))
    }

    /// Whether a server would not find it under its name.
    pub(super) fn is_packed(&self, index: usize) -> bool {
        self.file(index).is_some_and(|file| file.disk_name != file.name)
    }

    /// The parts that the manifest has a server load, in order; none if servers refuse the manifest.
    pub(super) fn listed(&self) -> &[Listed<'a>] {
        &self.listed
    }

    fn list(&self, manifest: &'a Manifest) -> Vec<Listed<'a>> {
        let entries: Vec<&Entry> = manifest.base().into_iter().chain(manifest.incrs()).collect();
        let is_upgrade = entries.len() == 1
            && entries[0].role == EntryRole::Base
            && entries[0].file == self.inventory.prefix;
        let found = |entry: &'a Entry| {
            let beside = || self.find(Place::Data, &entry.file).filter(|_| is_upgrade);
            self.find(Place::Set, &entry.file).or_else(beside)
        };
        entries.into_iter().map(|entry| Listed { entry, file: found(entry) }).collect()
    }

    /// Files that the manifest calls superseded and that are still there.
    pub(super) fn history(&self) -> Vec<(usize, i64)> {
        let State::Good(_, manifest) = self.state else {
            return Vec::new();
        };
        let old = manifest.entries.iter().filter(|entry| entry.role == EntryRole::History);
        let found = |entry: &Entry| Some((self.find(Place::Set, &entry.file)?, entry.seq));
        old.filter_map(found).collect()
    }

    /// Bases of the set by name, by sequence number and name.
    pub(super) fn bases(&self) -> Vec<(i64, usize)> {
        self.parts(|kind| if let Kind::Base(seq) = kind { Some(*seq) } else { None })
    }

    /// Increments of the set by name, by sequence number and name.
    pub(super) fn incrs(&self) -> Vec<(i64, usize)> {
        self.parts(|kind| if let Kind::Incr(seq) = kind { Some(*seq) } else { None })
    }

    fn parts(&self, seq: impl Fn(&Kind) -> Option<i64>) -> Vec<(i64, usize)> {
        let all = self.kinds.iter().enumerate().filter(|(index, _)| self.is_in_set(*index));
        let mut parts: Vec<(i64, usize)> =
            all.filter_map(|(index, kind)| Some((seq(kind)?, index))).collect();
        parts.sort_by_key(|(seq, index)| (*seq, *index));
        parts
    }

    pub(super) fn is_in_set(&self, index: usize) -> bool {
        self.file(index).is_some_and(|file| file.place == Place::Set)
    }

    /// Files of one kind, in the order of the inventory.
    pub(super) fn of_kind(&self, wanted: &Kind) -> Vec<usize> {
        let all = self.kinds.iter().enumerate();
        all.filter(|(_, kind)| *kind == wanted).map(|(index, _)| index).collect()
    }

    /// When its records begin, in seconds: the clock of its RDB file or of its first line.
    pub(super) fn begins(&self, index: usize) -> Option<u64> {
        moment::begins(self.content(index)?)
    }

    /// When its last record was written, in seconds: by its clock, or when the file was last written.
    pub(super) fn ends(&self, index: usize) -> Option<u64> {
        let file = self.file(index)?;
        let clock = file.content.as_ref().and_then(moment::clock);
        clock.or_else(|| moment::written(file))
    }
}

fn state_of<'a>(inventory: &'a Inventory, kinds: &[Kind]) -> State<'a> {
    let Some((index, read)) = &inventory.manifest else {
        let is_there = kinds.contains(&Kind::Manifest);
        return if is_there { State::Closed } else { State::Absent };
    };
    let has_no_byte = inventory.files.get(*index).is_some_and(|file| file.disk_bytes == 0);
    // What `manifest` says is what Redis reads; a line at which only others end does not take that away.
    let stops = |fault: &ManifestFault| fault.dialects.contains(&Dialect::Redis);
    let loads = |entry: &Entry| entry.role != EntryRole::History;
    if has_no_byte {
        State::Empty(*index)
    } else if read.faults.iter().any(stops) {
        State::Faulty(*index, read)
    } else if read.manifest.entries.iter().any(loads) {
        State::Good(*index, &read.manifest)
    } else {
        State::Silent(*index)
    }
}
