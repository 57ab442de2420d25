//! A folder was named: a server's data folder, or the folder of a set.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use aof_log::forecast::Conf;
use aof_log::inventory::{Place, Scope};
use aof_log::manifest;
use aof_log::names::{Named, strip_container};
use aof_source::{Access, Entry, EntryKind, Feed, Folder, OpenError, Part};

use super::{Candidate, Target};
use crate::escape;

/// What servers call the first file, or the files of a set, unless they are told otherwise.
const USUAL_PREFIX: &[u8] = b"appendonly.aof";

/// What servers call the folder of a set.
const USUAL_FOLDER: &[u8] = b"appendonlydir";

/// The largest manifest that is read to learn which names it holds.
const LONGEST_MANIFEST: usize = 1 << 20;

/// Folders of a data folder that are looked into.
const LOOKED_INTO: usize = 100;

/// One of the two folders of a server.
struct Listed<'p> {
    folder: Folder,
    path: &'p Path,
    entries: Vec<Entry>,
}

impl<'p> Listed<'p> {
    fn new(folder: Folder, path: &'p Path) -> Result<Self, OpenError> {
        let listing = folder.entries()?;
        Ok(Self { folder, path, entries: listing.entries })
    }

    /// The names of its files, without the endings of archives.
    fn names(&self) -> impl Iterator<Item = &[u8]> {
        let files = self.entries.iter().filter(|entry| entry.kind == EntryKind::File);
        files.map(|entry| strip_container(entry.name.as_bytes()).0)
    }

    /// Whether it holds a set.
    fn is_set(&self) -> bool {
        self.names().any(|name| prefix_of(name).is_some())
    }
}

/// The prefix of a set's file.
fn prefix_of(name: &[u8]) -> Option<&[u8]> {
    let named = Named::of(name);
    named.prefix().filter(|_| !named.is_temporary())
}

/// Opens a folder; `manifest` is the one of its files that was named.
pub(super) fn open(
    path: &Path,
    conf: &Conf,
    manifest: Option<&OsStr>,
) -> Result<Target, OpenError> {
    let listed = Listed::new(Folder::open(path)?, path)?;
    if manifest.is_some() || listed.is_set() {
        return Ok(set_folder(&listed, conf, manifest));
    }
    data_folder(&listed, conf)
}

/// The folder of a set by itself; the data folder around it is not looked at.
fn set_folder(listed: &Listed<'_>, conf: &Conf, manifest: Option<&OsStr>) -> Target {
    let prefix = match manifest.map(OsStr::as_bytes) {
        Some(name) => name.strip_suffix(b".manifest").unwrap_or(name).to_vec(),
        None => prefix(listed, conf),
    };
    let name = listed.path.canonicalize().ok();
    let name = name.as_deref().and_then(Path::file_name).map(|name| name.as_bytes().to_vec());
    let mut target = Target {
        scope: Scope::SetFolder,
        set_folder: name.or_else(|| Some(USUAL_FOLDER.to_vec())),
        prefix,
        files: Vec::new(),
        manifest: None,
        assumptions: vec![
            "the data folder around this one was not looked at: name that to include a dump.rdb and an old log \
             in one file"
                .to_owned(),
        ],
    };
    add_set(&mut target, listed, "", manifest.map(OsStr::as_bytes));
    target
}

fn data_folder(listed: &Listed<'_>, conf: &Conf) -> Result<Target, OpenError> {
    let mut target = Target {
        scope: Scope::DataFolder,
        set_folder: None,
        prefix: USUAL_PREFIX.to_vec(),
        files: Vec::new(),
        manifest: None,
        assumptions: Vec::new(),
    };
    let inner = sets_in(listed, conf);
    let usual = conf.append_dirname.as_deref().unwrap_or(USUAL_FOLDER);
    let chosen = inner.iter().find(|(name, _)| name == usual).or_else(|| inner.first());
    if let Some((name, path)) = chosen {
        let folder = listed.folder.subfolder(OsStr::from_bytes(name))?;
        let set = Listed::new(folder, path)?;
        target.set_folder = Some(name.clone());
        target.prefix = prefix(&set, conf);
        add_set(&mut target, &set, &format!("{}/", escape::bytes(name)), None);
        let others = inner.iter().filter(|(other, _)| other != name);
        target.assumptions.extend(others.map(|(other, _)| {
            format!("the set in {} belongs to another server", escape::bytes(other))
        }));
    } else if let Some(name) = &conf.append_filename {
        target.prefix.clone_from(name);
    }
    add_data(&mut target, listed, conf);
    target.files.sort_by(|a, b| (a.place, &a.disk_name).cmp(&(b.place, &b.disk_name)));
    target.manifest = target.manifest.take().and_then(|_| manifest_in(&target));
    Ok(target)
}

/// The folders of a data folder that hold a set, or are called as one is, and their paths.
fn sets_in(listed: &Listed<'_>, conf: &Conf) -> Vec<(Vec<u8>, std::path::PathBuf)> {
    let usual = conf.append_dirname.as_deref().unwrap_or(USUAL_FOLDER);
    let folders = listed.entries.iter().filter(|entry| entry.kind == EntryKind::Folder);
    let sets = folders.take(LOOKED_INTO).filter(|entry| {
        let name = entry.name.as_bytes();
        let holds_set = || {
            let folder = listed.folder.subfolder(&entry.name).ok();
            folder
                .and_then(|folder| Listed::new(folder, listed.path).ok())
                .is_some_and(|l| l.is_set())
        };
        name == usual || (conf.append_dirname.is_none() && holds_set())
    });
    sets.map(|entry| (entry.name.as_bytes().to_vec(), listed.path.join(&entry.name))).collect()
}

/// What the names of the set begin with: as configured, as the one manifest says, or as most files do.
fn prefix(set: &Listed<'_>, conf: &Conf) -> Vec<u8> {
    if let Some(name) = &conf.append_filename {
        return name.clone();
    }
    let mut votes: BTreeMap<&[u8], u64> = BTreeMap::new();
    for name in set.names() {
        let weight = if matches!(Named::of(name), Named::Manifest { .. }) { 1 << 20 } else { 1 };
        if let Some(prefix) = prefix_of(name) {
            *votes.entry(prefix).or_default() += weight;
        }
    }
    let most = votes.into_iter().max_by_key(|(prefix, votes)| (*votes, *prefix == USUAL_PREFIX));
    most.map_or_else(|| USUAL_PREFIX.to_vec(), |(prefix, _)| prefix.to_vec())
}

/// Adds the files of a set: those that are called like parts, and those that the manifest names.
fn add_set(target: &mut Target, set: &Listed<'_>, before: &str, manifest: Option<&[u8]>) {
    let usual = [&target.prefix[..], b".manifest"].concat();
    let manifest = manifest.map_or(usual, <[u8]>::to_vec);
    let named = names_in(&set.folder, &manifest);
    for entry in set.entries.iter().filter(|entry| entry.kind != EntryKind::Folder) {
        let disk_name = entry.name.as_bytes();
        let (name, _) = strip_container(disk_name);
        let is_named = named.iter().any(|known| known == name);
        if is_named || disk_name == manifest || !matches!(Named::of(name), Named::Other) {
            let shown = format!("{before}{}", escape::bytes(disk_name));
            let opened = set.folder.open_file(&entry.name);
            let path = set.path.join(&entry.name);
            target.files.push(Candidate::new(Place::Set, disk_name, path, shown, opened));
        }
    }
    target.manifest = target.files.iter().position(|file| file.disk_name == manifest);
}

fn manifest_in(target: &Target) -> Option<usize> {
    let name = [&target.prefix[..], b".manifest"].concat();
    target.files.iter().position(|file| file.place == Place::Set && file.disk_name == name)
}

/// The names that a manifest holds, which may be any.
fn names_in(folder: &Folder, manifest: &[u8]) -> Vec<Vec<u8>> {
    let Ok(mut input) = folder.open_file(OsStr::from_bytes(manifest)) else { return Vec::new() };
    let Ok(Access::Random(part)) = input.access() else { return Vec::new() };
    let mut feed = part.feed();
    let Ok(window) = feed.window(0, LONGEST_MANIFEST) else { return Vec::new() };
    let entries = manifest::read(window).manifest.entries;
    entries.into_iter().map(|entry| entry.file).collect()
}

/// Adds the files of the data folder that a server would read, or has left.
fn add_data(target: &mut Target, data: &Listed<'_>, conf: &Conf) {
    for entry in data.entries.iter().filter(|entry| entry.kind != EntryKind::Folder) {
        let disk_name = entry.name.as_bytes();
        let (name, _) = strip_container(disk_name);
        let is_wanted = name == target.prefix
            || name == conf.db_filename
            || !matches!(Named::of(name), Named::Other | Named::NodesConf);
        if is_wanted {
            let opened = data.folder.open_file(&entry.name);
            let (path, shown) = (data.path.join(&entry.name), escape::bytes(disk_name));
            target.files.push(Candidate::new(Place::Data, disk_name, path, shown, opened));
        }
    }
}
