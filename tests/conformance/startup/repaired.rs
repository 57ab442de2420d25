//! The damaged halves of the fixtures, repaired by the program. Each repair is planned first, which must change nothing,
//! and is taken back in a copy, which must bring every byte back.

use std::fs;
use std::path::Path;

use aof_testkit::set::{Snapshot, copy_folder, snapshot};

use super::committed::{folders, of_folder, of_log};
use super::situations::Situation;
use super::written::SINGLE;
use crate::case::testdata;
use crate::repaired::{ALL_OF_IT, repair, run};

/// All that can be repaired, as they are afterwards.
pub(crate) fn all() -> Vec<Situation> {
    let of_sets = folders(&testdata().join("set")).into_iter();
    let of_sets = of_sets.filter_map(|fixture| set(&fixture.join("damaged")));
    let of_logs = folders(&testdata().join("aof")).into_iter();
    let of_logs = of_logs.filter_map(|fixture| log(&fixture.join("damaged.aof")));
    let of_dumps = folders(&testdata().join("rdb")).into_iter();
    let of_dumps = of_dumps.filter_map(|fixture| set(&fixture.join("damaged")));
    of_sets.chain(of_logs).chain(of_dumps).collect()
}

fn set(damaged: &Path) -> Option<Situation> {
    let original = of_folder(damaged);
    let files = repaired(damaged, "")?.into_iter();
    let files = files.map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes));
    Some(Situation { files: files.collect(), ..original })
}

fn log(damaged: &Path) -> Option<Situation> {
    if !damaged.is_file() {
        return None;
    }
    let original = of_log(damaged);
    let folder = tempfile::tempdir().unwrap();
    fs::copy(damaged, folder.path().join(SINGLE)).unwrap();
    let bytes = repaired(folder.path(), SINGLE)?.into_values().next().unwrap();
    Some(Situation { files: [(SINGLE.to_owned(), bytes)].into(), ..original })
}

/// The files of a folder after the repair of what is called so in it; nothing if there is nothing to repair.
fn repaired(damaged: &Path, name: &str) -> Option<Snapshot> {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(damaged, folder.path()).unwrap();
    let path = folder.path().join(name);
    let before = without_room(folder.path());
    run(&["repair", "--salvage"], &path);
    assert_eq!(without_room(folder.path()), before, "{}: a plan changed a file", damaged.display());
    let (code, document) = repair(&path, &ALL_OF_IT);
    document["applied"].as_object()?;
    let after = without_room(folder.path());
    let left = document["applied"]["verdict"].as_str().unwrap();
    assert!(code & 8 == 0 && left != "unreadable", "{}: {document:#}", damaged.display());
    run(&["undo", "--yes"], &path);
    assert_eq!(without_room(folder.path()), before, "{}: undo", damaged.display());
    Some(after)
}

/// All files but those of the repairs themselves.
fn without_room(folder: &Path) -> Snapshot {
    let mut files = snapshot(folder).unwrap();
    files.retain(|path, _| !path.starts_with(".aof-doctor"));
    files
}
