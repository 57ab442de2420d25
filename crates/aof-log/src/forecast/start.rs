//! One start, step by step as servers take them. `docs/startup.md` tells how each step was seen.

use std::collections::BTreeMap;

use super::disk::{Disk, Listing, Node};
use super::stake::has_data;
use super::{Ask, Conf};
use crate::inventory::{Inventory, Place};
use crate::loader::{Ending, Loading};
use crate::manifest::{Entry, EntryRole, Manifest};
use crate::server::{Product, Server};

/// Who starts, on what, and whom to ask what loading does.
pub(super) struct Machine<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) server: Server,
    pub(super) conf: &'a Conf,
    /// `appendfilename`.
    pub(super) prefix: Vec<u8>,
    /// `appendonly`.
    pub(super) has_log: bool,
    pub(super) loader: &'a mut dyn FnMut(Ask) -> Loading,
    /// What it was asked before: the second start asks the same.
    pub(super) asked: BTreeMap<Ask, Loading>,
}

/// What a start did, apart from the disk.
#[derive(Debug, Default)]
pub(super) struct Begun {
    pub(super) loaded: Vec<Loaded>,
    /// The manifest that it wrote last.
    pub(super) manifest: Option<Manifest>,
    /// What it did, a clause each.
    pub(super) notes: Vec<String>,
}

/// A file that was loaded.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) file: usize,
    pub(super) loading: Loading,
}

/// Why a server is not up.
#[derive(Debug)]
pub(super) enum Stop {
    Refuses(String),
    Crashes(String),
    /// Nobody knows, and why.
    Unknown(String),
}

/// A name that is safe to print.
pub(super) fn shown(name: &[u8]) -> String {
    name.escape_ascii().to_string()
}

impl Machine<'_> {
    /// What this start does to the disk and loads, up to where it stops.
    pub(super) fn start(&mut self, disk: &mut Disk, begun: &mut Begun) -> Result<(), Stop> {
        match (self.has_log, self.server.has_parts()) {
            (false, _) => self.start_with_snapshot(disk, begun),
            (true, false) => self.start_with_single(disk, begun),
            (true, true) => self.start_with_set(disk, begun),
        }
    }

    /// `appendonly no`: nothing but the RDB file is looked at, and nothing is written.
    fn start_with_snapshot(&mut self, disk: &Disk, begun: &mut Begun) -> Result<(), Stop> {
        let name = &self.conf.db_filename;
        let Some(Node::Old { file, .. }) = disk.node(Place::Data, name) else {
            begun.notes.push(format!("appendonly is no, and there is no {}", shown(name)));
            return Ok(());
        };
        let (file, name) = (*file, shown(name));
        let loading = self.snapshot(file);
        match loading.ending {
            Ending::Whole => begun.loaded.push(Loaded { file, loading }),
            Ending::Crashes => return Err(Stop::Crashes(format!("{name}: {}", loading.why))),
            Ending::Refuses | Ending::Cut { .. } => {
                return Err(Stop::Refuses(format!("{name}: {}", loading.why)));
            }
            Ending::Unknown => return Err(Stop::Unknown(format!("{name}: {}", loading.why))),
        }
        Ok(())
    }

    /// Before 7.0 the log is one file, made if it is not there.
    fn start_with_single(&mut self, disk: &mut Disk, begun: &mut Begun) -> Result<(), Stop> {
        let name = self.prefix.clone();
        if disk.has(Place::Data, &name) {
            return self.load(disk, Place::Data, &name, true, begun);
        }
        begun.notes.push(format!("its log is one file, {}, and that is not there", shown(&name)));
        disk.put(Place::Data, &name, Node::NoByte);
        Ok(())
    }

    fn start_with_set(&mut self, disk: &mut Disk, begun: &mut Begun) -> Result<(), Stop> {
        let mut manifest = match disk.listing(self.inventory, self.server, &self.manifest_name()) {
            Listing::Missing => {
                self.note_missing(disk, begun);
                Manifest::default()
            }
            Listing::Read(manifest) => manifest,
            Listing::Refused(why) => return Err(Stop::Refuses(why)),
            Listing::Unknown => {
                let name = shown(&self.manifest_name());
                return Err(Stop::Unknown(format!("{name} could not be read to its end")));
            }
        };
        if self.upgrades(disk, &manifest) {
            self.upgrade(disk, &mut manifest, begun);
        }
        self.load_parts(disk, &manifest, begun)?;
        self.open_for_writing(disk, manifest, begun);
        Ok(())
    }

    fn manifest_name(&self) -> Vec<u8> {
        [&self.prefix[..], b".manifest"].concat()
    }

    fn note_missing(&self, disk: &Disk, begun: &mut Begun) {
        if disk.has(Place::Data, &self.prefix) {
            return;
        }
        begun.notes.push(match disk.has_any(Place::Set) {
            true => {
                format!("without {} no part counts as there", shown(&self.manifest_name()))
            }
            false => {
                "there is no log, and with appendonly yes nothing else is looked at".to_owned()
            }
        });
    }

    /// Whether the single file of an older server is taken over, or that was begun and not finished.
    fn upgrades(&self, disk: &Disk, manifest: &Manifest) -> bool {
        let has_incr = manifest.incrs().next().is_some();
        let is_begun = || match manifest.base() {
            None => true,
            Some(base) => base.file == self.prefix && !disk.has(Place::Set, &self.prefix),
        };
        disk.has(Place::Data, &self.prefix) && !has_incr && is_begun()
    }

    fn upgrade(&self, disk: &mut Disk, manifest: &mut Manifest, begun: &mut Begun) {
        if manifest.base().is_none() {
            manifest.entries.insert(0, entry(self.prefix.clone(), 1, EntryRole::Base));
            self.write_manifest(disk, manifest, begun);
        }
        if let Some(node) = disk.remove(Place::Data, &self.prefix) {
            disk.put(Place::Set, &self.prefix, node);
        }
        let name = shown(&self.prefix);
        begun
            .notes
            .push(format!("{name} is moved into the folder of the set and becomes its base"));
    }

    fn load_parts(
        &mut self,
        disk: &mut Disk,
        manifest: &Manifest,
        begun: &mut Begun,
    ) -> Result<(), Stop> {
        let parts: Vec<&Entry> = manifest.base().into_iter().chain(manifest.incrs()).collect();
        if let Some(missing) = parts.iter().find(|part| !disk.has(Place::Set, &part.file)) {
            let name = shown(&missing.file);
            return Err(Stop::Refuses(format!("the manifest names {name}, which is not there")));
        }
        for (index, part) in parts.iter().enumerate() {
            let is_last = index + 1 == parts.len();
            self.load(disk, Place::Set, &part.file, is_last, begun)?;
        }
        Ok(())
    }

    /// Loads one part. A part that is not the last one is cut just the same, and then the server gives up.
    fn load(
        &mut self,
        disk: &mut Disk,
        place: Place,
        name: &[u8],
        is_last: bool,
        begun: &mut Begun,
    ) -> Result<(), Stop> {
        let Some(Node::Old { file, len }) = disk.node(place, name) else {
            return Ok(());
        };
        let (file, len, name_shown) = (*file, *len, shown(name));
        if len == 0 {
            return Ok(());
        }
        let has_data_before = begun.loaded.iter().any(|one| has_data(self.inventory, one.file));
        if has_data_before && self.has_keys_in_rdb(file) {
            let name = shown(name);
            return Err(Stop::Unknown(format!(
                "{name} begins with an RDB file, and data come before it: a server crashes on a key that it has already"
            )));
        }
        let loading = self.part(file, len, is_last);
        let why = format!("{name_shown}: {}", loading.why);
        match loading.ending {
            Ending::Whole => {}
            Ending::Cut { to } => {
                disk.cut(place, name, to);
                if !is_last {
                    return Err(Stop::Refuses(format!(
                        "{why}; it is cut to {to} bytes, and then the server gives up because the part is not the last one"
                    )));
                }
                begun.notes.push(format!("{name_shown} is cut to {to} bytes: {}", loading.why));
            }
            Ending::Refuses => return Err(Stop::Refuses(why)),
            Ending::Crashes => return Err(Stop::Crashes(why)),
            Ending::Unknown => return Err(Stop::Unknown(why)),
        }
        begun.loaded.push(Loaded { file, loading });
        Ok(())
    }

    /// A server crashes on a key in an RDB file that it has already, and nobody compared the keys.
    fn has_keys_in_rdb(&self, file: usize) -> bool {
        let content = self.inventory.files[file].content.as_ref();
        content.and_then(|content| content.rdb.as_ref()).is_some_and(|rdb| rdb.keys > 0)
    }

    /// After loading: an empty base if there is no part at all, an increment if there is none, and no history.
    fn open_for_writing(&self, disk: &mut Disk, mut manifest: Manifest, begun: &mut Begun) {
        let mut is_changed = false;
        if manifest.base().is_none() && manifest.incrs().next().is_none() {
            let name = self.make_base(disk, begun);
            manifest.entries.push(entry(name, 1, EntryRole::Base));
            is_changed = true;
        }
        if manifest.incrs().next().is_none() {
            let name = self.make_incr(disk, begun);
            let start_offset = self.writes_offsets().then_some(0);
            manifest.entries.push(Entry { start_offset, ..entry(name, 1, EntryRole::Incr) });
            is_changed = true;
        } else if self.writes_offsets() {
            let incrs = manifest.entries.iter_mut().filter(|entry| entry.role == EntryRole::Incr);
            is_changed |= incrs.last().and_then(|last| last.end_offset.take()).is_some();
        }
        let (history, kept): (Vec<Entry>, Vec<Entry>) =
            manifest.entries.into_iter().partition(|entry| entry.role == EntryRole::History);
        for old in &history {
            self.delete_history(disk, old, &kept, begun);
        }
        manifest.entries = kept;
        if is_changed || !history.is_empty() {
            self.write_manifest(disk, &manifest, begun);
        }
    }

    fn make_base(&self, disk: &mut Disk, begun: &mut Begun) -> Vec<u8> {
        let (suffix, node) = match self.conf.rdb_preamble {
            true => (&b".1.base.rdb"[..], Node::EmptyBase),
            false => (&b".1.base.aof"[..], Node::NoByte),
        };
        let name = [&self.prefix[..], suffix].concat();
        if disk.has(Place::Set, &name) {
            begun.notes.push(format!("{} is replaced by a base without data", shown(&name)));
        }
        disk.put(Place::Set, &name, node);
        name
    }

    /// A file that has this name already is kept, appended to, and loaded at the next start.
    fn make_incr(&self, disk: &mut Disk, begun: &mut Begun) -> Vec<u8> {
        let name = [&self.prefix[..], b".1.incr.aof"].concat();
        if disk.has(Place::Set, &name) {
            let name = shown(&name);
            begun.notes.push(format!(
                "new records will be appended to the {name} that is there, and the next start replays all of it"
            ));
        } else {
            disk.put(Place::Set, &name, Node::NoByte);
        }
        name
    }

    /// Goes by the name alone, even if a part has it.
    fn delete_history(&self, disk: &mut Disk, old: &Entry, kept: &[Entry], begun: &mut Begun) {
        disk.remove(Place::Set, &old.file);
        if kept.iter().any(|part| part.file == old.file) {
            let name = shown(&old.file);
            begun.notes.push(format!("{name} is deleted as history although it is a part as well"));
        }
    }

    /// Bases first, then history, then increments; offsets only where the server knows them.
    fn write_manifest(&self, disk: &mut Disk, manifest: &Manifest, begun: &mut Begun) {
        let of = |role| manifest.entries.iter().filter(move |entry| entry.role == role);
        let all = of(EntryRole::Base).chain(of(EntryRole::History)).chain(of(EntryRole::Incr));
        let mut written = Manifest { entries: all.cloned().collect() };
        for (index, entry) in written.entries.iter_mut().enumerate() {
            entry.line = index + 1;
            if !self.writes_offsets() {
                (entry.start_offset, entry.end_offset) = (None, None);
            }
        }
        disk.put(Place::Set, &self.manifest_name(), Node::Manifest(written.clone()));
        begun.manifest = Some(written);
    }

    /// Redis 8.0 and later keep replication offsets in the manifest.
    fn writes_offsets(&self) -> bool {
        self.server.product == Product::Redis && self.server.major >= 8
    }
}

fn entry(file: Vec<u8>, seq: i64, role: EntryRole) -> Entry {
    Entry { line: 1, file, seq, role, start_offset: None, end_offset: None }
}
