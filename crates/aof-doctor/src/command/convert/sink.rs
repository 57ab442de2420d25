//! Where the outputs of a conversion go: a pipe, a file, or the files of a folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};

use aof_source::{Draft, DraftFolder};

use crate::convert::Place;

/// Takes what is written.
pub(super) trait Sink {
    /// What comes next in an output.
    fn write(&mut self, place: Place, bytes: &[u8]) -> io::Result<()>;

    /// What is filled in behind that.
    fn patch(&mut self, place: Place, at: u64, bytes: &[u8]) -> io::Result<()>;
}

/// Standard output.
impl Sink for File {
    fn write(&mut self, _: Place, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn patch(&mut self, _: Place, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::NotSeekable.into())
    }
}

impl Sink for Draft {
    fn write(&mut self, _: Place, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn patch(&mut self, _: Place, at: u64, bytes: &[u8]) -> io::Result<()> {
        Self::patch(self, at, bytes)
    }
}

/// A file for each output.
pub(super) struct Files<'f> {
    folder: &'f DraftFolder,
    /// How the file of an output is called.
    name: &'f dyn Fn(Place) -> String,
    open: BTreeMap<Place, Draft>,
}

impl<'f> Files<'f> {
    pub(super) fn new(folder: &'f DraftFolder, name: &'f dyn Fn(Place) -> String) -> Self {
        Self { folder, name, open: BTreeMap::new() }
    }

    /// Flushes all of them to the disk.
    pub(super) fn finish(self) -> io::Result<()> {
        self.open.into_values().try_for_each(|draft| self.folder.end(draft))
    }

    fn at(&mut self, place: Place) -> io::Result<&mut Draft> {
        use std::collections::btree_map::Entry;
        Ok(match self.open.entry(place) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(free) => free.insert(self.folder.begin((self.name)(place))?),
        })
    }
}

impl Sink for Files<'_> {
    fn write(&mut self, place: Place, bytes: &[u8]) -> io::Result<()> {
        self.at(place)?.write_all(bytes)
    }

    fn patch(&mut self, place: Place, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.at(place)?.patch(at, bytes)
    }
}
