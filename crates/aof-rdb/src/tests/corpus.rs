//! Files that other projects published, where they are at hand: they are not part of this project.

use std::fs;
use std::path::{Path, PathBuf};

use super::summary;
use super::values::verified;
use crate::{Checksum, DefectKind, Summary};

/// A row of the corpus' index.
pub(super) struct Row {
    pub(super) path: String,
    /// `rdb`, `payload`, `aof`, `manifest`, or `expected` for values that a project publishes beside a file.
    pub(super) kind: String,
    pub(super) magic: String,
    /// Keys by type, as `stringx3`, among other marks.
    pub(super) exercises: String,
    pub(super) validity: String,
    crc: String,
}

/// Files that the index calls valid and no server loads as they are.
const STOPS: [(&str, DefectKind); 3] = [
    // A version made up.
    ("516c83dc.encodings-rdb987-unknown-types.rdb", DefectKind::UnknownVersion),
    // A value in the form of release candidates of 4.0, which only its module can read.
    ("redis-replicator/src/test/resources/module.rdb", DefectKind::UnknownType(6)),
    // An opcode of Redis Enterprise.
    ("redis_ent_opcode_ram_lru.rdb", DefectKind::UnknownType(107)),
];

impl Row {
    /// How many keys the index counts; `None` if its own count stopped early.
    fn keys(&self) -> Option<u64> {
        if self.exercises.contains("walk stopped") {
            return None;
        }
        let marks = self.exercises.split(',').filter_map(|mark| mark.rsplit_once('x'));
        Some(marks.filter_map(|(_, count)| count.parse::<u64>().ok()).sum())
    }

    /// Where the walk stops in a file that the index calls valid.
    pub(super) fn stops(&self) -> Option<DefectKind> {
        // Functions in the form of release candidates of 7.0, which every server refuses.
        if self.exercises.contains("function_preGA") {
            return Some(DefectKind::UnknownType(246));
        }
        let known = STOPS.iter().find(|(name, _)| self.path.ends_with(name));
        known.map(|&(_, kind)| kind)
    }

    /// Files whose framing is whole although something is wrong, and what: a wrong checksum is seen, what is
    /// inside of a packed value is not.
    fn has_whole_framing(&self) -> bool {
        ["corrupt_ziplist.rdb", "zipmap_big_len.rdb", "invalid_chksum_v8.rdb"]
            .iter()
            .any(|name| self.path.ends_with(name))
    }

    /// Whether it is a log that was made of an RDB file.
    pub(super) fn is_output(&self) -> bool {
        let is_made = self.exercises.starts_with("expected output");
        is_made && self.kind == "aof" || self.exercises.starts_with("RESTORE command stream")
    }

    /// An RDB file that is not packed into something else.
    pub(super) fn is_file(&self) -> bool {
        self.kind == "rdb" && !self.magic.starts_with("PK")
    }

    fn says(&self, found: &Summary) -> bool {
        match self.crc.as_str() {
            "ok" => found.checksum == Checksum::Valid,
            "zero" => found.checksum == Checksum::Disabled,
            "none" => found.checksum == Checksum::None,
            "BAD" => matches!(found.checksum, Checksum::Wrong { .. }),
            _ => false,
        }
    }
}

/// `AOF_DOCTOR_CORPUS`, or a folder beside the workspace.
pub(super) fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("AOF_DOCTOR_CORPUS").map_or(beside, PathBuf::from);
    folder.join("INDEX.tsv").is_file().then_some(folder)
}

pub(super) fn rows(folder: &Path) -> Vec<Row> {
    let index = fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut lines = index.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|cell| *cell == name).unwrap();
    let columns = ["path", "kind", "magic", "exercises", "validity", "crc64"].map(column);
    lines
        .map(|row| {
            let [path, kind, magic, exercises, validity, crc] =
                columns.map(|column| row[column].to_owned());
            Row { path, kind, magic, exercises, validity, crc }
        })
        .collect()
}

/// All RDB files.
fn rdb_rows(folder: &Path) -> Vec<Row> {
    rows(folder).into_iter().filter(Row::is_file).collect()
}

#[test]
fn files_of_other_projects_are_walked_to_their_end_and_counted_as_the_index_does() {
    let Some(folder) = folder() else { return };
    let rows = rdb_rows(&folder);
    assert!(rows.len() > 200, "the index lists hardly any files");
    let (mut whole, mut unlike) = (0, Vec::new());
    for row in rows.iter().filter(|row| row.validity == "valid" || row.has_whole_framing()) {
        let Ok(bytes) = fs::read(folder.join(&row.path)) else { continue };
        let found = summary(&bytes);
        let stop = found.defect.as_ref().map(|it| it.kind);
        if stop.is_some() || row.stops().is_some() {
            unlike.extend((stop != row.stops()).then(|| format!("{}: {stop:?}", row.path)));
            continue;
        }
        // The index stopped at a type that is known here.
        let counted = row.keys();
        assert!(counted.is_none() || row.says(&found), "{}: {:?}", row.path, found.checksum);
        assert!(!matches!(found.checksum, Checksum::Wrong { .. }) || row.crc == "BAD");
        assert_eq!(counted.unwrap_or(found.keys), found.keys, "{}", row.path);
        whole += 1;
    }
    assert!(unlike.is_empty(), "{unlike:#?}");
    assert!(whole > 190, "{whole} files were whole");
}

#[test]
fn every_value_in_files_of_other_projects_is_read_to_its_end() {
    let Some(folder) = folder() else { return };
    let rows = rdb_rows(&folder);
    let (mut values, mut unlike) = (0, Vec::new());
    for row in rows.iter().filter(|row| row.validity == "valid" && row.stops().is_none()) {
        let Ok(bytes) = fs::read(folder.join(&row.path)) else { continue };
        let found = verified(&bytes);
        assert_eq!(found.keys, summary(&bytes).keys, "{}", row.path);
        unlike.extend(found.faults.first().map(|fault| format!("{}: {fault:?}", row.path)));
        values += found.keys;
    }
    assert!(unlike.is_empty(), "{unlike:#?}");
    assert!(values > 3000, "{values} values were read");
}

#[test]
fn files_that_are_broken_on_purpose_are_not_taken_for_whole() {
    let Some(folder) = folder() else { return };
    let rows = rdb_rows(&folder);
    let mut broken = 0;
    for row in rows.iter().filter(|row| row.validity != "valid" && !row.has_whole_framing()) {
        let Ok(bytes) = fs::read(folder.join(&row.path)) else { continue };
        let kind = summary(&bytes).defect.map(|it| it.kind);
        let expected = match row.magic.as_str() {
            "REDIS0099" => DefectKind::UnknownVersion,
            _ => DefectKind::BadHeader,
        };
        assert_eq!(kind, Some(expected), "{}", row.path);
        broken += 1;
    }
    assert!(broken > 5, "{broken} files were broken");
}

#[test]
fn prefixes_of_published_files_are_torn_wherever_they_are_cut() {
    let Some(folder) = folder() else { return };
    let rows = rdb_rows(&folder);
    for row in rows.iter().filter(|row| row.validity == "valid" && row.stops().is_none()) {
        let Ok(bytes) = fs::read(folder.join(&row.path)) else { continue };
        let end = summary(&bytes).end as usize;
        let mut last = 0;
        let step = 1 + end / 150;
        for cut in (0..end).step_by(step) {
            let found = summary(&bytes[..cut]);
            let kind = found.defect.map(|it| it.kind);
            assert_eq!(kind, Some(DefectKind::Truncated), "{} at {cut}", row.path);
            assert!(found.sound >= last, "{} at {cut}", row.path);
            last = found.sound;
        }
    }
}
