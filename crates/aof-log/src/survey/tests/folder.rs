//! Inventories, file by file.

use aof_rdb::{Aux, Checksum, Defect, DefectKind, Step, Summary};

use super::super::{Chain, Origin, Survey, survey};
use crate::content::{Content, Format};
use crate::diagnosis::Diagnosis;
use crate::finding::{CommandRange, Finding, FindingId, Loss, Severity};
use crate::inventory::{File, Inventory, Place, Scope};
use crate::manifest::{Dialect, Entry, EntryRole, Manifest, ManifestFault, ReadManifest};

/// A moment to count from, in seconds since the Unix epoch.
pub(in super::super) const NOW: u64 = 1_700_000_000;

/// Bytes of one record in the logs made here.
const RECORD: u64 = 30;

/// An inventory that grows.
#[derive(Debug, Clone)]
pub(in super::super) struct Folder {
    pub(in super::super) inventory: Inventory,
    place: Place,
}

impl Folder {
    /// An empty data folder.
    pub(in super::super) fn new() -> Self {
        let inventory = Inventory {
            scope: Scope::DataFolder,
            set_folder: Some(b"appendonlydir".to_vec()),
            prefix: b"appendonly.aof".to_vec(),
            files: Vec::new(),
            manifest: None,
        };
        Self { inventory, place: Place::Set }
    }

    /// What is added from here on lies in the data folder.
    pub(in super::super) fn in_data(mut self) -> Self {
        self.place = Place::Data;
        self
    }

    /// A file of any name; `{}` stands for the prefix.
    pub(in super::super) fn file(
        mut self,
        name: &str,
        bytes: u64,
        content: Option<Content>,
    ) -> Self {
        let name = name.replace("{}", "appendonly.aof").into_bytes();
        let disk_name = name.clone();
        let (place, disk_bytes) = (self.place, bytes);
        let file =
            File { place, name, disk_name, disk_bytes, modified: None, content, unreadable: None };
        self.inventory.files.push(file);
        self
    }

    /// A file without a byte.
    pub(in super::super) fn empty(self, name: &str) -> Self {
        self.file(name, 0, Some(Content::new(Format::Empty, 0)))
    }

    /// A whole RDB file with so many keys, begun so many seconds after [`NOW`].
    pub(in super::super) fn rdb(self, name: &str, keys: u64, created: u64) -> Self {
        let bytes = 100 + keys * 10;
        let summary = Summary {
            aux: Aux { created: Some(NOW + created), ..Aux::default() },
            keys,
            checksum: Checksum::Valid,
            sound: bytes - 9,
            end: bytes,
            ..Summary::default()
        };
        let content = Content { rdb: Some(summary), ..Content::new(Format::Rdb, bytes) };
        self.file(name, bytes, Some(content))
    }

    /// A log of so many records.
    pub(in super::super) fn log(self, name: &str, commands: u64) -> Self {
        let bytes = commands * RECORD;
        let (checkpoint, end_checkpoint) = (bytes, bytes);
        let log = Diagnosis { bytes, commands, checkpoint, end_checkpoint, ..Diagnosis::default() };
        let content = Content { log: Some(log), ..Content::new(Format::Resp, bytes) };
        self.file(name, bytes, Some(content))
    }

    fn last(&mut self) -> &mut File {
        self.inventory.files.last_mut().unwrap()
    }

    fn last_content(&mut self) -> &mut Content {
        self.last().content.as_mut().unwrap()
    }

    /// The clock of the last log, in seconds after [`NOW`].
    pub(in super::super) fn clock(mut self, first: u64, last: u64) -> Self {
        self.last_content().log.as_mut().unwrap().clock = Some((NOW + first, NOW + last));
        self
    }

    /// When the last file was written, in seconds after [`NOW`].
    pub(in super::super) fn written(mut self, seconds: u64) -> Self {
        self.last().modified = Some((NOW + seconds) * 1000);
        self
    }

    /// The last file under another name on the disk.
    pub(in super::super) fn packed(mut self) -> Self {
        self.last().disk_name.extend_from_slice(b".gz");
        self
    }

    /// The last file cannot be opened.
    pub(in super::super) fn closed(mut self) -> Self {
        self.last().content = None;
        self.last().unreadable = Some("permission denied".to_owned());
        self
    }

    /// The last log ends in something else, 12 bytes long.
    pub(in super::super) fn ends_in(mut self, id: FindingId, commands: u64) -> Self {
        self.last().disk_bytes += 12;
        let content = self.last_content();
        let loss = Loss { bytes: 12, commands: CommandRange::exactly(commands), ..Loss::default() };
        let finding = Finding::new(id, content.bytes, 12, "the end").loss(loss);
        content.bytes += 12;
        content.findings.push(finding.clone());
        let log = content.log.as_mut().unwrap();
        log.bytes = content.bytes;
        log.add(finding);
        self
    }

    /// The last RDB file ends 50 bytes too early.
    pub(in super::super) fn cut(mut self) -> Self {
        self.last().disk_bytes -= 50;
        let content = self.last_content();
        content.bytes -= 50;
        let rdb = content.rdb.as_mut().unwrap();
        (rdb.sound, rdb.end) = (content.bytes - 5, content.bytes);
        let (record, offset) = (rdb.sound, content.bytes);
        let kind = DefectKind::Truncated;
        let (step, read_to) = (Step::Type, offset);
        rdb.defect =
            Some(Defect { record, offset, kind, key: None, db: 0, step, code: None, read_to });
        self
    }

    /// The manifest, a line a part: `b 1`, `i 2`, `h 1` and, with another name, `b 1 NAME`.
    pub(in super::super) fn manifest(self, lines: &[&str]) -> Self {
        let entries = lines.iter().enumerate().map(|(index, line)| entry(index + 1, line));
        let manifest = Manifest { entries: entries.collect() };
        self.read_manifest(ReadManifest { manifest, ..ReadManifest::default() }, 40)
    }

    /// A manifest that servers refuse.
    pub(in super::super) fn faulty_manifest(self, faults: &[(u64, u64)]) -> Self {
        let fault = |(index, (offset, length)): (usize, &(u64, u64))| ManifestFault {
            offset: *offset,
            length: *length,
            line: index + 1,
            rule: "a line has no line end".to_owned(),
            server_says: "",
            dialects: Dialect::ALL.to_vec(),
        };
        let faults = faults.iter().enumerate().map(fault).collect();
        self.read_manifest(ReadManifest { faults, ..ReadManifest::default() }, 40)
    }

    pub(in super::super) fn read_manifest(mut self, read: ReadManifest, bytes: u64) -> Self {
        self.place = Place::Set;
        let mut folder = self.file("{}.manifest", bytes, None);
        folder.inventory.manifest = Some((folder.inventory.files.len() - 1, read));
        folder
    }

    /// The entry of the manifest in this line.
    pub(in super::super) fn entry(&mut self, line: usize) -> &mut Entry {
        let (_, read) = self.inventory.manifest.as_mut().unwrap();
        &mut read.manifest.entries[line - 1]
    }

    pub(in super::super) fn survey(&self) -> Survey {
        survey(&self.inventory)
    }

    fn name(&self, file: Option<usize>) -> String {
        let file = file.map(|file| self.inventory.files[file].name.clone());
        let name = file.map(|name| String::from_utf8(name).unwrap()).unwrap_or_default();
        name.replace("appendonly.aof", "{}")
    }

    /// Findings as id, severity and file.
    pub(in super::super) fn findings(&self) -> Vec<(&'static str, Severity, String)> {
        let survey = self.survey();
        let placed = survey.findings.iter();
        placed.map(|it| (it.finding.id.as_str(), it.finding.severity, self.name(it.file))).collect()
    }

    /// The one finding of this kind, in full.
    pub(in super::super) fn one(&self, id: FindingId) -> Finding {
        let survey = self.survey();
        let mut found = survey.findings.into_iter().filter(|placed| placed.finding.id == id);
        let one = found.next().unwrap_or_else(|| panic!("no {id}"));
        assert_eq!(found.next(), None, "one {id} only");
        one.finding
    }

    /// Chains as origin and files.
    pub(in super::super) fn chains(&self) -> Vec<(Origin, String)> {
        let files = |chain: &Chain| {
            let links = chain.links.iter().map(|link| self.name(Some(link.file)));
            links.collect::<Vec<_>>().join(" ").replace("{}.", "")
        };
        self.survey().chains.iter().map(|chain| (chain.origin, files(chain))).collect()
    }

    /// The worst severity of all findings.
    pub(in super::super) fn worst(&self) -> Option<Severity> {
        self.survey().findings.iter().map(|placed| placed.finding.severity).max()
    }
}

fn entry(number: usize, line: &str) -> Entry {
    let words: Vec<&str> = line.split(' ').collect();
    let (role, usual) = match words[0] {
        "b" => (EntryRole::Base, "base.rdb"),
        "h" => (EntryRole::History, "incr.aof"),
        _ => (EntryRole::Incr, "incr.aof"),
    };
    let name = words.get(2).map_or_else(
        || format!("appendonly.aof.{}.{usual}", words[1]),
        |name| name.replace("{}", "appendonly.aof"),
    );
    Entry {
        line: number,
        file: name.into_bytes(),
        seq: words[1].parse().unwrap(),
        role,
        start_offset: None,
        end_offset: None,
    }
}
