//! Sets that somebody tampered with: whatever was done to the files, no set is called clean that a server would
//! start with less than is on the disk.
//!
//! Left out is what leaves no trace in the files: a cut where whole records end, a log in one file that is gone or
//! that nobody can know by its name any more, and two parts of one kind that changed their names, where no clock line
//! tells which is the later one.

use std::fs;
use std::path::{Path, PathBuf};

use aof_testkit::Rng;
use aof_testkit::naive;
use aof_testkit::server::{Server, ServerKind, StartError, skip_unless};
use aof_testkit::set::{copy_folder, make_set, snapshot};
use tempfile::TempDir;

use crate::healthy::seed;
use crate::told;

/// Manipulations in all.
const TRIALS: u64 = 500;

/// Threads that share the work.
const WORKERS: u64 = 4;

/// Sets of every server, each with the digest of its data.
struct Healthy {
    kind: ServerKind,
    data: TempDir,
    digest: String,
}

fn healthy(kind: ServerKind) -> Healthy {
    let commands: Vec<Vec<String>> = (0..120)
        .map(|n| match n % 4 {
            0 => vec!["SET".to_owned(), format!("key:{n}"), format!("value {n}")],
            1 => vec!["APPEND".to_owned(), "log".to_owned(), format!("{n};")],
            2 => vec!["RPUSH".to_owned(), format!("list:{}", n % 7), format!("{n}")],
            _ => vec!["INCR".to_owned(), "counter".to_owned()],
        })
        .collect();
    let data = make_set(kind, &commands, 3).unwrap();
    let copy = tempfile::tempdir().unwrap();
    copy_folder(data.path(), copy.path()).unwrap();
    let digest = digest(kind, copy.path()).expect("a healthy set is loaded");
    Healthy { kind, data, digest }
}

/// The data of a server that starts here; `None` if it does not.
fn digest(kind: ServerKind, data: &Path) -> Option<String> {
    match Server::start(kind, data, &["--appendonly", "yes"]) {
        Ok(server) => Some(server.command(&["DEBUG", "DIGEST"]).unwrap().text()),
        Err(StartError::Died { .. }) => None,
        Err(error) => panic!("{kind}: {error}"),
    }
}

/// Does something to the files, and says what. `None` if it leaves no trace that anybody could see.
fn manipulate(data: &Path, rng: &mut Rng) -> Option<String> {
    let files: Vec<PathBuf> = snapshot(data).unwrap().into_keys().collect();
    let file = data.join(rng.pick(&files));
    let other = data.join(rng.pick(&files));
    let shown = file.strip_prefix(data).unwrap().display().to_string();
    let shown_other = other.strip_prefix(data).unwrap().display().to_string();
    let is_alone = files.len() == 1;
    let kind = |path: &Path| path.extension().map(ToOwned::to_owned);
    let is_manifest = file.extension().is_some_and(|ending| ending == "manifest");
    Some(match rng.below(7) {
        0 | 1 if is_alone => return None,
        0 => {
            fs::remove_file(&file).unwrap();
            format!("deleted {shown}")
        }
        1 => {
            fs::rename(&file, other.with_extension("moved")).unwrap();
            format!("renamed {shown}")
        }
        2 => return truncate(&file, rng).map(|to| format!("cut {shown} to {to}")),
        3 if kind(&file) == kind(&other) => return None,
        3 => {
            let spare = data.join("spare");
            fs::rename(&file, &spare).unwrap();
            fs::rename(&other, &file).unwrap();
            fs::rename(&spare, &other).unwrap();
            format!("swapped {shown} and {shown_other}")
        }
        4 => {
            let name = shown.replace(".1.", ".9.").replace(".2.", ".8.");
            if name == shown {
                return None;
            }
            fs::copy(&file, data.join(&name)).unwrap();
            format!("copied {shown} to {name}")
        }
        _ if is_manifest => edit(&file, rng)?,
        _ => {
            let mut bytes = fs::read(&file).unwrap();
            let at = bytes.len() - bytes.len() / 3;
            bytes.extend_from_within(at..);
            fs::write(&file, bytes).unwrap();
            format!("doubled the end of {shown}")
        }
    })
}

/// Cuts a file, but not where whole records end: that leaves no trace.
fn truncate(file: &Path, rng: &mut Rng) -> Option<u64> {
    let bytes = fs::read(file).unwrap();
    let to = rng.below(bytes.len() as u64 + 1);
    let kept = &bytes[..to as usize];
    let is_log = bytes.is_empty() || bytes.starts_with(b"*");
    if is_log && (kept.is_empty() || naive::checkpoints(kept).last() == Some(&kept.len())) {
        return None;
    }
    fs::write(file, kept).unwrap();
    Some(to)
}

fn edit(manifest: &Path, rng: &mut Rng) -> Option<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let at = rng.below(lines.len() as u64) as usize;
    let what = match rng.below(4) {
        0 => {
            let line = lines.remove(at);
            format!("took {line:?} out of the manifest")
        }
        1 => {
            let line = lines[at];
            lines.insert(at, line);
            format!("doubled {line:?} in the manifest")
        }
        2 if at > 0 => {
            lines.swap(at, at - 1);
            format!("swapped lines {at} and {} of the manifest", at - 1)
        }
        _ => {
            fs::write(manifest, text.trim_end()).unwrap();
            return Some("took the last line feed off the manifest".to_owned());
        }
    };
    fs::write(manifest, lines.join("\n") + "\n").unwrap();
    Some(what)
}

/// What is wrong with the verdict on one manipulated set.
fn trial(healthy: &Healthy, seed: u64) -> Option<String> {
    let mut rng = Rng::new(seed);
    let data = tempfile::tempdir().unwrap();
    copy_folder(healthy.data.path(), data.path()).unwrap();
    let done = manipulate(data.path(), &mut rng)?;
    let document = told::check(data.path(), &[]);
    let says_clean = ["clean", "empty"].contains(&document["verdict"].as_str().unwrap());
    let loaded = digest(healthy.kind, data.path());
    let is_whole = loaded.as_ref() == Some(&healthy.digest);
    (says_clean && !is_whole).then(|| {
        let kind = healthy.kind;
        format!("{kind}, seed {seed}: {done}: {}", told::shown(&document))
    })
}

#[test]
fn no_manipulated_set_is_clean_that_a_server_starts_with_less_than_it_was() {
    let kinds = ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some());
    let sets: Vec<Healthy> = kinds.map(healthy).collect();
    if sets.is_empty() {
        return;
    }
    let first = seed() * TRIALS;
    let problems: Vec<String> = std::thread::scope(|scope| {
        let share = |worker: u64| {
            let sets = &sets;
            scope.spawn(move || -> Vec<String> {
                let seeds = (first..first + TRIALS).skip(worker as usize).step_by(WORKERS as usize);
                seeds.filter_map(|seed| trial(&sets[seed as usize % sets.len()], seed)).collect()
            })
        };
        let workers: Vec<_> = (0..WORKERS).map(share).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no trial panics")).collect()
    });
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}
