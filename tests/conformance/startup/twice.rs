//! Two real starts, each compared with what was foretold of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use aof_log::forecast::{Changed, Forecast, Outcome, Start};
use aof_log::inventory::Place;
use aof_log::manifest;
use aof_testkit::server::{Server, ServerKind, StartError};
use aof_testkit::set::snapshot;

use super::found::Found;
use super::reference::{NOTHING, Reference, digest};
use super::situations::Situation;
use super::written::Files;

/// How long a server may take to delete what it deletes in the background.
const PATIENCE: Duration = Duration::from_secs(5);

const PAUSE: Duration = Duration::from_millis(20);

/// What a file must be after a start.
enum Must {
    Be(Vec<u8>),
    /// Made by the server: there, and not what was there before.
    Differ(Option<Vec<u8>>),
}

/// Every difference between what was foretold and what happens; none where nothing was foretold.
pub(crate) fn compare(
    situation: &Situation,
    kind: ServerKind,
    found: &Found,
    told: &Forecast,
    reference: &Reference,
) -> Vec<String> {
    let data = tempfile::tempdir().unwrap();
    for (path, bytes) in &situation.files {
        let path = data.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let mut problems = Vec::new();
    for (index, start) in told.starts.iter().enumerate() {
        let expected = expected(&files_in(data.path()), start);
        let ended = begin(kind, data.path(), &situation.args, &expected);
        let mut note = |what: String| problems.push(format!("start {}: {what}", index + 1));
        problems_of(&ended, start, situation, kind, found, reference)
            .into_iter()
            .for_each(&mut note);
        differing(&files_in(data.path()), &expected).into_iter().for_each(&mut note);
    }
    problems
}

/// How a real start ends.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Up { digest: String },
    Refuses,
    Crashes,
}

fn begin(kind: ServerKind, data: &Path, args: &[&str], expected: &BTreeMap<String, Must>) -> Ended {
    match Server::start(kind, data, args) {
        Ok(mut server) => {
            let digest = digest(&server);
            let begun = Instant::now();
            std::thread::sleep(PAUSE);
            while !differing(&files_in(data), expected).is_empty() && begun.elapsed() < PATIENCE {
                std::thread::sleep(PAUSE);
            }
            server.kill9().unwrap();
            Ended::Up { digest }
        }
        Err(StartError::Died { status, .. }) if status.signal().is_some() => Ended::Crashes,
        Err(StartError::Died { .. }) => Ended::Refuses,
        Err(error) => panic!("{kind}: {error}"),
    }
}

fn problems_of(
    ended: &Ended,
    start: &Start,
    situation: &Situation,
    kind: ServerKind,
    found: &Found,
    reference: &Reference,
) -> Vec<String> {
    let told = match start.outcome {
        Outcome::Refuses => Ended::Refuses,
        Outcome::Crashes => Ended::Crashes,
        _ => Ended::Up { digest: reference.of(kind, found, &start.loads, &situation.conf) },
    };
    let mut problems = Vec::new();
    // Which of its commands a transaction loses depends on the user; the forecast says how many at most.
    let may_differ = start.lost.commands.min != start.lost.commands.max;
    let is_up = |ended: &Ended| matches!(ended, Ended::Up { .. });
    match may_differ && is_up(&told) && is_up(ended) {
        true if told == *ended => problems.push("nothing is dropped".to_owned()),
        false if told != *ended => problems.push(format!("{ended:?}, foretold {told:?}")),
        _ => {}
    }
    if start.outcome == Outcome::StartsEmpty && *ended != (Ended::Up { digest: NOTHING.to_owned() })
    {
        problems.push(format!("it does not start empty: {ended:?}"));
    }
    problems
}

fn files_in(data: &Path) -> Files {
    let files = snapshot(data).unwrap().into_iter();
    files.map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes)).collect()
}

/// What the folder must look like after this start.
fn expected(before: &Files, start: &Start) -> BTreeMap<String, Must> {
    let mut after: BTreeMap<String, Must> =
        before.iter().map(|(path, bytes)| (path.clone(), Must::Be(bytes.clone()))).collect();
    for change in start.changes.iter().filter(|change| change.what == Changed::MovedIntoSet) {
        let name = String::from_utf8(change.name.clone()).unwrap();
        let bytes = after.remove(&name).expect("what is moved is there");
        after.insert(format!("appendonlydir/{name}"), bytes);
    }
    for change in &start.changes {
        let name = String::from_utf8(change.name.clone()).unwrap();
        let path = match change.place {
            Place::Data => name,
            Place::Set => format!("appendonlydir/{name}"),
        };
        let is_manifest = path == "appendonlydir/appendonly.aof.manifest"
            || path == "appendonlydir/other.aof.manifest";
        match change.what {
            Changed::MovedIntoSet => {}
            Changed::Deleted => drop(after.remove(&path)),
            Changed::CutTo(to) => {
                if let Some(Must::Be(bytes)) = after.get_mut(&path) {
                    bytes.truncate(to as usize);
                }
            }
            Changed::Created | Changed::Replaced if is_manifest => {
                let written = start.manifest.as_ref().expect("it is foretold");
                after.insert(path, Must::Be(manifest::write(written)));
            }
            Changed::Created if path.ends_with(".incr.aof") || !path.contains('/') => {
                after.insert(path, Must::Be(Vec::new()));
            }
            Changed::Created | Changed::Replaced => {
                let old = before.get(&path).cloned();
                after.insert(path, Must::Differ(old));
            }
        }
    }
    after
}

fn differing(now: &Files, expected: &BTreeMap<String, Must>) -> Vec<String> {
    let mut problems = Vec::new();
    for path in now.keys().filter(|path| !expected.contains_key(*path)) {
        problems.push(format!("{path} is there"));
    }
    for (path, must) in expected {
        let problem = match (now.get(path), must) {
            (None, _) => "it is not there".to_owned(),
            (Some(bytes), Must::Be(expected))
                if bytes != expected && path.ends_with("manifest") =>
            {
                format!("it says {:?}", String::from_utf8_lossy(bytes))
            }
            (Some(bytes), Must::Be(expected)) if bytes != expected => {
                format!("{} bytes, expected {}", bytes.len(), expected.len())
            }
            (Some(bytes), Must::Differ(Some(old))) if bytes == old => "it is the same".to_owned(),
            _ => continue,
        };
        problems.push(format!("{path}: {problem}"));
    }
    problems
}
