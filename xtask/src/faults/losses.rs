//! Power losses: what was written and not flushed is not there afterwards, or is something else.
//!
//! The folder is taken as a killed process leaves it, and then everything is undone or spoilt that no flush has made
//! last: the bytes of a file until it is flushed, and a new name until its folder is flushed. What is not simulated: that
//! several unflushed names are lost in one order and kept in another; only the last name is lost by itself, or all are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::state::State;
use super::tracer::Call;

/// What is lost.
#[derive(Debug, Clone)]
pub(super) enum Loss {
    /// The bytes of a file that it did not have before: none of them are there.
    Dropped(PathBuf),
    /// They are NUL.
    Zeroed(PathBuf),
    /// The second half of them is gone.
    Torn(PathBuf),
    /// A name that was given to a file that had another one before.
    Renamed { from: PathBuf, to: PathBuf },
}

/// What can be lost behind these calls.
pub(super) fn at(calls: &[Call]) -> Vec<Loss> {
    let mut unflushed: Vec<PathBuf> = Vec::new();
    let mut renamed: Vec<(PathBuf, PathBuf)> = Vec::new();
    for call in calls.iter().filter(|call| !call.line.contains("= -1")) {
        match &*call.name {
            "write" | "pwrite64" => unflushed.extend(open_path(&call.line, 0)),
            "copy_file_range" => unflushed.extend(open_path(&call.line, 1)),
            "fsync" | "fdatasync" => {
                let flushed = open_path(&call.line, 0);
                unflushed.retain(|path| Some(path) != flushed.as_ref());
                renamed.retain(|(_, to)| to.parent() != flushed.as_deref());
            }
            "rename" | "renameat" | "renameat2" => {
                let [from, to] = &names(&call.line)[..] else { continue };
                renamed.push((from.clone(), to.clone()));
            }
            _ => {}
        }
    }
    // What is written to the terminal is not on a disk.
    unflushed.retain(|path| !path.starts_with("/dev"));
    unflushed.sort();
    unflushed.dedup();
    let spoilt = unflushed.into_iter().flat_map(|path| {
        [Loss::Dropped(path.clone()), Loss::Zeroed(path.clone()), Loss::Torn(path)]
    });
    let renamed = renamed.pop().map(|(from, to)| Loss::Renamed { from, to });
    spoilt.chain(renamed).collect()
}

/// The path of the nth open file that a call names.
fn open_path(line: &str, nth: usize) -> Option<PathBuf> {
    let mut paths = line.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    paths.nth(nth).filter(|path| path.starts_with('/')).map(PathBuf::from)
}

/// The names that a call is given.
fn names(line: &str) -> Vec<PathBuf> {
    line.split('"').skip(1).step_by(2).map(PathBuf::from).collect()
}

impl Loss {
    /// Lets it happen; `before` is what the folder held before the run. Paths are those of the run that was recorded, in
    /// another folder of the same shape.
    pub(super) fn happen(&self, folder: &Path, before: &State) -> io::Result<()> {
        match self {
            Self::Dropped(path) => spoil(folder, path, before, |_| Vec::new()),
            Self::Zeroed(path) => spoil(folder, path, before, |bytes| vec![0; bytes.len()]),
            Self::Torn(path) => {
                spoil(folder, path, before, |bytes| bytes[..bytes.len() / 2].to_vec())
            }
            Self::Renamed { from, to } => {
                let (Some(from), Some(to)) = (here(folder, from), here(folder, to)) else {
                    return Ok(());
                };
                let is_there = from.parent().is_some_and(Path::is_dir) && to.exists();
                if !is_there || from.exists() {
                    return Ok(());
                }
                if to.ends_with("journal") {
                    return earlier_journal(&to);
                }
                fs::rename(&to, &from)?;
                let below = to.strip_prefix(folder).unwrap_or(&to).to_path_buf();
                let Some(bytes) = before.0.get(&below) else { return Ok(()) };
                match kept(folder, bytes) {
                    Some(original) => fs::hard_link(original, &to),
                    None => fs::write(&to, bytes),
                }
            }
        }
    }
}

/// Puts the journal back that this one took the place of: it differs in how far the repair had come.
fn earlier_journal(path: &Path) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    let Some((_, document)) = text.split_once('\n') else { return Ok(()) };
    let mut journal: serde_json::Value = serde_json::from_str(document)?;
    let earlier = match journal["state"].as_str() {
        Some("committing") => "preparing",
        Some("applied") => "committing",
        // What came of a repair is written down when all is done.
        Some("undoing") if journal["after"].as_array().is_some_and(Vec::is_empty) => "committing",
        Some("undoing") => "applied",
        Some("undone") => "undoing",
        _ => return fs::remove_file(path),
    };
    journal["state"] = earlier.into();
    let document = journal.to_string();
    let hash = Sha256::digest(document.as_bytes());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(path, format!("aof-doctor/journal/1 sha256={hash}\n{document}\n"))
}

/// The other name of an original that was replaced: the file itself, with its time.
fn kept(folder: &Path, bytes: &[u8]) -> Option<PathBuf> {
    let repairs = fs::read_dir(folder.join(".aof-doctor")).ok()?.filter_map(Result::ok);
    let old = repairs.filter_map(|repair| fs::read_dir(repair.path().join("old")).ok());
    let mut files = old.flatten().filter_map(Result::ok).map(|entry| entry.path());
    files.find(|path| fs::read(path).is_ok_and(|found| found == bytes))
}

fn spoil(
    folder: &Path,
    path: &Path,
    before: &State,
    with: impl Fn(&[u8]) -> Vec<u8>,
) -> io::Result<()> {
    let Some(path) = here(folder, path).filter(|path| path.is_file()) else { return Ok(()) };
    let bytes = fs::read(&path)?;
    let before = path.strip_prefix(folder).ok().and_then(|below| before.0.get(below));
    let (flushed, unflushed) = bytes.split_at(before.map_or(0, Vec::len).min(bytes.len()));
    fs::write(path, [flushed, &with(unflushed)].concat())
}

/// The path in this folder: from its `.aof-doctor` or `appendonlydir` on, or its file. Repairs have names of their own,
/// so there the one that is there counts.
fn here(folder: &Path, recorded: &Path) -> Option<PathBuf> {
    let parts: Vec<_> = recorded.components().map(|part| part.as_os_str().to_owned()).collect();
    let room = parts.iter().position(|part| part == ".aof-doctor");
    if let Some(at) = room {
        let mut path = folder.join(".aof-doctor");
        let mut rest = parts[at + 1..].iter();
        let id = rest.next()?;
        let repair = fs::read_dir(&path).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        path = match id.to_str()?.contains('T') {
            true => repair.filter(|path| path.is_dir()).max()?,
            false => path.join(id),
        };
        return Some(rest.fold(path, |path, part| path.join(part)));
    }
    let set = parts.iter().position(|part| part == "appendonlydir");
    let from = set.unwrap_or(parts.len() - 1);
    Some(parts[from..].iter().fold(folder.to_path_buf(), |path, part| path.join(part)))
}
