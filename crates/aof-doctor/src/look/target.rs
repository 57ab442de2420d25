//! From a path as it was typed to the files that are looked at.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use aof_log::Usage;
use aof_log::forecast::Conf;
use aof_log::inventory::{Place, Scope};
use aof_log::manifest;
use aof_log::names::{Named, strip_container};
use aof_source::{Input, Kind, OpenError};

use crate::escape;
use crate::failure::Failure;

mod folder;

/// What a path leads to.
#[derive(Debug)]
pub(super) struct Target {
    /// How much is looked at.
    pub(super) scope: Scope,
    /// The folder of the set, as the data folder names it.
    pub(super) set_folder: Option<Vec<u8>>,
    /// What the names of the set begin with.
    pub(super) prefix: Vec<u8>,
    /// The files, by place and name.
    pub(super) files: Vec<Candidate>,
    /// The manifest among them.
    pub(super) manifest: Option<usize>,
    /// What had to be taken for granted to get here.
    pub(super) assumptions: Vec<String>,
}

/// A file that is looked at.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(super) place: Place,
    /// Its name as a server would look for it.
    pub(super) name: Vec<u8>,
    /// Its name on the disk.
    pub(super) disk_name: Vec<u8>,
    pub(crate) path: PathBuf,
    /// As it is called in the report.
    pub(super) shown: String,
    pub(super) usage: Usage,
    /// Whether it should be a log or an RDB file.
    pub(super) is_data: bool,
    /// Bytes on the disk; 0 where that is not known.
    pub(super) disk_bytes: u64,
    /// The open file, or why it cannot be opened.
    pub(crate) input: Result<Input, String>,
}

impl Candidate {
    fn new(place: Place, disk_name: &[u8], path: PathBuf, shown: String, opened: Opened) -> Self {
        let (name, _) = strip_container(disk_name);
        let disk_bytes = opened.as_ref().ok().and_then(|input| input.meta().bytes).unwrap_or(0);
        Self {
            place,
            name: name.to_vec(),
            disk_name: disk_name.to_vec(),
            path,
            shown,
            usage: usage(name),
            is_data: !matches!(
                Named::of(name),
                Named::Manifest { .. } | Named::TempManifest { .. }
            ),
            disk_bytes,
            input: opened.map_err(|error| escape::sentence(&error.to_string())),
        }
    }
}

impl Candidate {
    /// Its input, where it could be opened, and its name where it has to be told from others.
    pub(crate) fn readable(&mut self, is_named: bool) -> Option<(&mut Input, String)> {
        let name = if is_named { self.shown.clone() } else { String::new() };
        self.input.as_mut().ok().map(|input| (input, name))
    }

    /// What stands under its path now, if it can be read and is no longer than a manifest.
    pub(super) fn bytes_now(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&self.path).ok()?;
        let most = manifest::MAX_BYTES as u64 + 1;
        std::io::Read::read_to_end(&mut std::io::Read::take(file, most), &mut bytes).ok()?;
        Some(bytes)
    }
}

type Opened = Result<Input, OpenError>;

/// An RDB file by itself is no part of a log, whatever lies behind it.
fn usage(name: &[u8]) -> Usage {
    match Named::of(name) {
        Named::Rdb | Named::TempRdb { .. } | Named::TempTransfer { .. } => Usage::Snapshot,
        _ => Usage::Log,
    }
}

/// Opens what a path leads to, `-` being standard input.
pub(super) fn resolve(path: &Path, conf: &Conf) -> Result<Target, Failure> {
    let failed =
        |error: OpenError| Failure::operational(crate::escape::sentence(&error.to_string()));
    if path.as_os_str() == "-" {
        return Ok(file(path, Input::stdin().map_err(failed)?));
    }
    if path.is_dir() {
        return folder::open(path, conf, None).map_err(failed);
    }
    let mut input = Input::open(path).map_err(failed)?;
    let is_manifest = !input.waits()
        && (is_named_manifest(path)
            || matches!(input.sniff(), Ok(sniff) if sniff.kind == Kind::Manifest));
    if is_manifest {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        return folder::open(parent.unwrap_or(Path::new(".")), conf, path.file_name())
            .map_err(failed);
    }
    Ok(file(path, input))
}

fn is_named_manifest(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_bytes();
    matches!(Named::of(name), Named::Manifest { .. })
}

/// One file by itself.
fn file(path: &Path, input: Input) -> Target {
    let disk_name = path.file_name().unwrap_or(path.as_os_str()).as_bytes();
    let shown = escape::path(path);
    let mut candidate =
        Candidate::new(Place::Data, disk_name, path.to_path_buf(), shown, Ok(input));
    candidate.is_data = true;
    Target {
        scope: Scope::File,
        set_folder: None,
        prefix: candidate.name.clone(),
        files: vec![candidate],
        manifest: None,
        assumptions: Vec::new(),
    }
}
