//! The files of a data folder as a start finds them and leaves them.

use std::collections::BTreeMap;

use super::{Change, Changed};
use crate::inventory::{File, Inventory, Place};
use crate::manifest::Manifest;
use crate::server::Server;

/// Where a file lies, and its name.
pub(super) type Path = (Place, Vec<u8>);

/// What stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// The beginning of a file of the inventory.
    Old {
        /// Its place in the inventory.
        file: usize,
        /// Bytes that are left of it.
        len: u64,
    },
    /// A base without data, written by a start.
    EmptyBase,
    /// No byte: made by a start.
    NoByte,
    /// A manifest, written by a start.
    Manifest(Manifest),
}

/// What a server reads where its manifest should be.
pub(super) enum Listing {
    /// There is none.
    Missing,
    /// This.
    Read(Manifest),
    /// Something that it refuses: why.
    Refused(String),
    /// It could not be looked at.
    Unknown,
}

/// All files, by place and name.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    nodes: BTreeMap<Path, Node>,
}

impl Disk {
    /// The files as they were found. A server that has another folder for its set does not see the one that is there.
    pub(super) fn found(inventory: &Inventory, sees_set: bool) -> Self {
        let mut nodes = BTreeMap::new();
        for (index, file) in inventory.files.iter().enumerate() {
            if file.place == Place::Set && !sees_set {
                continue;
            }
            let node = Node::Old { file: index, len: length(file) };
            let path = (file.place, file.name.clone());
            // An archive is what a server would look for only if the file itself is not there.
            if file.disk_name == file.name || !nodes.contains_key(&path) {
                nodes.insert(path, node);
            }
        }
        Self { nodes }
    }

    /// One file alone, where the server would look for it.
    pub(super) fn alone(file: &File, name: &[u8]) -> Self {
        let node = Node::Old { file: 0, len: length(file) };
        Self { nodes: BTreeMap::from([((Place::Data, name.to_vec()), node)]) }
    }

    pub(super) fn node(&self, place: Place, name: &[u8]) -> Option<&Node> {
        self.nodes.get(&(place, name.to_vec()))
    }

    pub(super) fn has(&self, place: Place, name: &[u8]) -> bool {
        self.node(place, name).is_some()
    }

    pub(super) fn has_any(&self, place: Place) -> bool {
        self.nodes.keys().any(|(where_, _)| *where_ == place)
    }

    pub(super) fn put(&mut self, place: Place, name: &[u8], node: Node) {
        self.nodes.insert((place, name.to_vec()), node);
    }

    pub(super) fn remove(&mut self, place: Place, name: &[u8]) -> Option<Node> {
        self.nodes.remove(&(place, name.to_vec()))
    }

    /// Leaves so many bytes of a file of the inventory.
    pub(super) fn cut(&mut self, place: Place, name: &[u8], to: u64) {
        if let Some(Node::Old { len, .. }) = self.nodes.get_mut(&(place, name.to_vec())) {
            *len = to.min(*len);
        }
    }

    /// What the manifest of this name says.
    pub(super) fn listing(&self, inventory: &Inventory, server: Server, name: &[u8]) -> Listing {
        let (file, len) = match self.node(Place::Set, name) {
            None => return Listing::Missing,
            Some(Node::Manifest(manifest)) => return Listing::Read(manifest.clone()),
            Some(Node::Old { file, len }) => (*file, *len),
            Some(Node::EmptyBase | Node::NoByte) => return Listing::Unknown,
        };
        match &inventory.manifest {
            Some((place, read)) if *place == file => match read.stops(server) {
                Some(fault) => {
                    let (line, rule) = (fault.line, &fault.rule);
                    Listing::Refused(format!("line {line} of the manifest: {rule}"))
                }
                // Here it is only we who read no further.
                None if !read.faults.is_empty() => Listing::Unknown,
                None => Listing::Read(read.as_read_by(server).clone()),
            },
            _ if len == 0 => Listing::Refused("the manifest is empty".to_owned()),
            _ => Listing::Unknown,
        }
    }

    /// What is different here from what was `before`.
    pub(super) fn changes(&self, before: &Self) -> Vec<Change> {
        let gone = before.nodes.iter().filter(|(path, _)| !self.nodes.contains_key(*path));
        let gone = gone.map(|((place, name), node)| {
            let what = match self.holds(Place::Set, name, node) {
                true => Changed::MovedIntoSet,
                false => Changed::Deleted,
            };
            Change { place: *place, name: name.clone(), what }
        });
        let other = self.nodes.iter().filter_map(|((place, name), node)| {
            let old = before.node(*place, name);
            let moved = before.node(Place::Data, name);
            let moved = moved.filter(|_| *place == Place::Set && !self.has(Place::Data, name));
            let what = match (old, moved) {
                (Some(old), _) if is_beginning(old, node) => cut(old, node)?,
                (Some(_), _) => Changed::Replaced,
                (None, Some(moved)) if is_beginning(moved, node) => cut(moved, node)?,
                (None, _) => Changed::Created,
            };
            Some(Change { place: *place, name: name.clone(), what })
        });
        gone.chain(other).collect()
    }

    /// Whether the beginning of what was `old` stands there now.
    fn holds(&self, place: Place, name: &[u8], old: &Node) -> bool {
        self.node(place, name).is_some_and(|node| is_beginning(old, node))
    }
}

/// Whether the one is what the other was, or its beginning.
fn is_beginning(old: &Node, new: &Node) -> bool {
    match (old, new) {
        (Node::Old { file: one, .. }, Node::Old { file: other, .. }) => one == other,
        _ => old == new,
    }
}

fn cut(old: &Node, new: &Node) -> Option<Changed> {
    match (old, new) {
        (Node::Old { len: before, .. }, Node::Old { len: now, .. }) if now < before => {
            Some(Changed::CutTo(*now))
        }
        _ => None,
    }
}

/// Bytes as a server counts them.
fn length(file: &File) -> u64 {
    file.content.as_ref().map_or(file.disk_bytes, |content| content.bytes)
}
