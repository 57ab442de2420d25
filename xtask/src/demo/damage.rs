//! What happens to the set, and which writes stand in the bytes that it hits.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use aof_testkit::naive;
use aof_testkit::set::copy_folder;
use tempfile::TempDir;

/// A damaged set.
pub(super) struct Damaged {
    pub(super) folder: TempDir,
    /// Keys of the writes whose records have damaged bytes.
    pub(super) touched: BTreeSet<Vec<u8>>,
}

const HOLE: usize = 4096;

/// Damages a copy of a set with three increments.
pub(super) fn of(healthy: &Path) -> Result<Damaged, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    copy_folder(healthy, folder.path())?;
    let set = folder.path().join("appendonlydir");
    fs::remove_file(set.join("appendonly.aof.manifest"))?;
    let mut touched = BTreeSet::new();
    let [first, second, third] = &increments(&set)?[..] else {
        return Err("the set has not three increments".into());
    };
    damage(first, &mut touched, |bytes| {
        let torn = bytes.len() - 9..bytes.len();
        bytes.truncate(torn.start);
        torn
    })?;
    damage(second, &mut touched, |bytes| {
        let at = bytes.len() / 2 / HOLE * HOLE;
        bytes[at..at + HOLE].fill(0);
        at..at + HOLE
    })?;
    damage(third, &mut touched, |bytes| {
        let middle = bytes.len() / 2;
        let length = bytes[middle..].windows(4).position(|window| window == b"\r\n$1");
        let at = middle + length.unwrap_or(0) + 3;
        bytes[at] = b'9';
        at..at + 1
    })?;
    Ok(Damaged { folder, touched })
}

/// The increments of the set by their numbers; those of before the rewrite are gone, as a server's own clearing up
/// leaves it.
fn increments(set: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut all: Vec<(u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(set)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let number = name.split('.').nth(2).and_then(|number| number.parse().ok());
        match number {
            Some(1) => fs::remove_file(path)?,
            Some(number) if name.ends_with(".incr.aof") => all.push((number, path)),
            _ => {}
        }
    }
    all.sort();
    Ok(all.into_iter().map(|(_, path)| path).collect())
}

fn damage(
    path: &Path,
    touched: &mut BTreeSet<Vec<u8>>,
    with: impl FnOnce(&mut Vec<u8>) -> Range<usize>,
) -> Result<(), Box<dyn Error>> {
    let original = fs::read(path)?;
    let mut bytes = original.clone();
    let hit = with(&mut bytes);
    for frame in naive::parse(&original).frames {
        let is_hit = frame.offset < hit.end && hit.start < frame.offset + frame.len;
        touched.extend(frame.argv.into_iter().nth(1).filter(|_| is_hit));
    }
    fs::write(path, bytes)?;
    Ok(())
}
