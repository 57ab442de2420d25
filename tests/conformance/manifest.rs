//! Manifests, given to us and to every server that knows them: who starts, with which parts, in which order.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use aof_log::manifest::{Manifest, ManifestFault, ReadManifest, read, write};
use aof_log::server::{Product, Server as Version};
use aof_testkit::Rng;
use aof_testkit::client::{Value, encode};
use aof_testkit::server::{self, Server, ServerKind, StartError, skip_unless};
use aof_testkit::set::make_set;

#[path = "manifest/odd.rs"]
mod odd;
#[path = "manifest/texts.rs"]
mod texts;

/// Odd manifests for each seed.
const ODD: usize = 60;

const FOLDER: &str = "appendonlydir";
const NAME: &str = "appendonly.aof.manifest";

/// What a start came to.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// The names of the parts that were loaded, in order.
    Loads(Vec<Vec<u8>>),
    /// What the server said.
    Refuses(String),
}

fn kinds() -> impl Iterator<Item = ServerKind> {
    let with_parts = ServerKind::ALL.into_iter().filter(|kind| kind.has_parts());
    with_parts.filter(|kind| skip_unless(*kind).is_some())
}

fn version(kind: ServerKind) -> Version {
    let product = match kind.product() {
        server::Product::Redis => Product::Redis,
        server::Product::Valkey => Product::Valkey,
    };
    let (major, minor) = kind.version();
    Version::new(product, major, minor)
}

/// Every part that anybody reads a name of lies there, and says its name when it is loaded.
fn start(kind: ServerKind, text: &[u8], found: &ReadManifest) -> Seen {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join(FOLDER);
    fs::create_dir(&folder).unwrap();
    let readings = found.readings.iter().map(|(_, manifest)| manifest);
    for entry in readings.chain([&found.manifest]).flat_map(|manifest| &manifest.entries) {
        let mut part = Vec::new();
        encode(&[&b"RPUSH"[..], b"order", &entry.file], &mut part);
        fs::write(folder.join(path(&entry.file)), part).unwrap();
    }
    fs::write(folder.join(NAME), text).unwrap();
    match Server::start(kind, data.path(), &["--appendonly", "yes"]) {
        Ok(server) => Seen::Loads(order(&server)),
        Err(StartError::Died { log, .. }) => Seen::Refuses(log),
        Err(error) => panic!("{kind}: {error}"),
    }
}

fn path(name: &[u8]) -> &std::ffi::OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(name)
}

fn order(server: &Server) -> Vec<Vec<u8>> {
    let Value::List(names) = server.command(&["LRANGE", "order", "0", "-1"]).unwrap() else {
        panic!("no list");
    };
    let bytes = |name| match name {
        Value::Text(bytes) => bytes,
        other => panic!("{other:?}"),
    };
    names.into_iter().map(bytes).collect()
}

/// How the server's start differs from what we say, if it does.
fn disagreement(kind: ServerKind, found: &ReadManifest, seen: &Seen) -> Option<String> {
    let fault = found.stops(version(kind));
    match seen {
        Seen::Loads(order) => {
            let manifest = found.as_read_by(version(kind));
            let parts = manifest.base().into_iter().chain(manifest.incrs());
            let expected: Vec<Vec<u8>> = parts.map(|part| part.file.clone()).collect();
            let is_right = fault.is_none() && *order == expected;
            (!is_right).then(|| format!("loads {}", shown(order)))
        }
        Seen::Refuses(log) => {
            let is_right = fault.is_some_and(|fault| is_told(fault, log));
            (!is_right).then(|| format!("refuses: {log}"))
        }
    }
}

/// Whether the server says what we say that it says, of the same line. Of a line that is too long for it, and of a
/// part that it cannot open, it gives no number.
fn is_told(fault: &ManifestFault, log: &str) -> bool {
    let gives_a_number = log.contains("Reading the manifest file, at line");
    let has_number = log.contains(&format!("at line {}\n", fault.line));
    let is_numbered = !["too long line", "Unrecoverable", "empty"]
        .iter()
        .any(|message| fault.server_says.contains(message));
    !fault.server_says.is_empty()
        && log.contains(fault.server_says)
        && gives_a_number == is_numbered
        && has_number == is_numbered
}

fn shown(names: &[Vec<u8>]) -> String {
    names.iter().map(|name| name.escape_ascii().to_string()).collect::<Vec<_>>().join(", ")
}

/// Every text to every server, each server on a thread of its own; returns how often they start.
fn agree(texts: &[(String, Vec<u8>)]) -> usize {
    let trial = |kind: ServerKind| {
        let mut problems = String::new();
        let mut starts = 0;
        for (name, text) in texts {
            let found = read(text);
            let seen = start(kind, text, &found);
            starts += usize::from(matches!(seen, Seen::Loads(_)));
            if let Some(problem) = disagreement(kind, &found, &seen) {
                let text = text.escape_ascii();
                let _ = writeln!(problems, "{kind}: {name}: {problem}\n{text}\n{found:#?}");
            }
        }
        (problems, starts)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = kinds().map(|kind| scope.spawn(move || trial(kind))).collect();
        let results: Vec<(String, usize)> =
            threads.into_iter().map(|thread| thread.join().expect("no trial panics")).collect();
        let problems: String = results.iter().map(|(problems, _)| problems.as_str()).collect();
        assert!(problems.is_empty(), "{problems}");
        results.iter().map(|(_, starts)| starts).sum()
    })
}

#[test]
fn every_server_starts_with_the_manifests_that_we_find_right_and_loads_what_we_read() {
    let texts = texts::all();
    let names: BTreeSet<&String> = texts.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), texts.len(), "names are unique");
    let starts = agree(&texts);
    if kinds().count() == 4 {
        assert!((100..texts.len() * 4 - 100).contains(&starts), "{starts} of {}", texts.len() * 4);
    }
}

#[test]
fn every_server_reads_odd_manifests_as_we_do() {
    let seed = crate::healthy::seed();
    let mut rng = Rng::new(seed);
    let texts: Vec<(String, Vec<u8>)> = (0..ODD)
        .map(|index| (format!("AOF_DOCTOR_SEED={seed}, text {index}"), odd::text(&mut rng)))
        .collect();
    let (starts, trials) = (agree(&texts), texts.len() * kinds().count());
    assert!(
        trials == 0 || (trials / 10..trials * 9 / 10).contains(&starts),
        "{starts} of {trials}"
    );
}

#[test]
fn what_servers_write_is_read_and_written_again_byte_for_byte() {
    for kind in kinds() {
        let commands: Vec<Vec<&str>> = vec![vec!["INCR", "n"]; 9];
        let data = make_set(kind, &commands, 3).unwrap();
        let text = fs::read(data.path().join(FOLDER).join(NAME)).unwrap();
        let found = read(&text);
        assert_eq!(found.faults, [], "{kind}");
        assert_eq!(found.manifest.entries.len(), 6, "{kind}: {}", text.escape_ascii());
        let has_offsets = found.manifest.incrs().any(|incr| incr.start_offset.is_some());
        assert_eq!(has_offsets, kind == ServerKind::Redis82);
        assert_eq!(
            write(&found.manifest).escape_ascii().to_string(),
            text.escape_ascii().to_string()
        );
    }
}

/// What a server of this prefix writes, and whether it starts with it again.
fn twice(kind: ServerKind, prefix: &str) -> (Vec<u8>, bool) {
    let data = tempfile::tempdir().unwrap();
    let args = ["--appendonly", "yes", "--appendfilename", prefix];
    Server::start(kind, data.path(), &args).unwrap().shutdown_nosave().unwrap();
    let text = fs::read(data.path().join(FOLDER).join(format!("{prefix}.manifest"))).unwrap();
    (text, Server::start(kind, data.path(), &args).is_ok())
}

#[test]
fn names_are_quoted_as_servers_quote_them() {
    for kind in kinds() {
        for prefix in ["a b", "caf\u{e9}", "\"q\"", "tab\there", "#", "seq", "\u{7f}", "a=b;c"] {
            let (text, starts_again) = twice(kind, prefix);
            let found = read(&text);
            assert!(starts_again && found.faults.is_empty(), "{kind}: {prefix:?}");
            assert_eq!(found.manifest.entries[0].file, format!("{prefix}.1.base.rdb").as_bytes());
            assert_eq!(write(&found.manifest), text, "{kind}: {prefix:?}");
        }
    }
}

#[test]
fn a_single_quote_in_a_name_is_written_so_that_no_server_reads_it() {
    for kind in kinds() {
        let (text, starts_again) = twice(kind, "it's");
        let found = read(&text);
        assert!(!starts_again, "{kind}");
        assert!(found.stops(version(kind)).is_some(), "{kind}: {}", text.escape_ascii());
    }
}

#[test]
fn what_we_write_is_loaded_by_every_server() {
    let mut rng = Rng::new(crate::healthy::seed());
    let manifests: Vec<Manifest> = (0..12).map(|_| odd::manifest(&mut rng)).collect();
    let texts: Vec<(String, Vec<u8>)> = manifests
        .iter()
        .map(|manifest| (format!("seed {}", rng.seed()), write(manifest)))
        .collect();
    for ((_, text), manifest) in texts.iter().zip(&manifests) {
        assert_eq!(read(text).manifest, *manifest);
    }
    assert_eq!(agree(&texts), texts.len() * kinds().count());
}
