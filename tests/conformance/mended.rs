//! RDB files that servers refuse, repaired by the program and loaded by real servers: they start, and hold the keys that
//! were not damaged, and no others.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aof_rdb::{RecordKind, read};
use aof_testkit::Rng;
use aof_testkit::server::{Server, ServerKind, StartError, fill, skip_unless};

use crate::case::testdata;
use crate::healthy::seed;
use crate::repaired::{ALL_OF_IT, repair};

/// A database and a name.
type Key = (u64, String);

/// Fixtures that every server refuses, and reads when they are repaired.
const VERSION_9: [&str; 4] = ["rdb-value-bad", "rdb-crc", "rdb-crc-bitflip", "rdb-duplicate-key"];

/// With as many databases as the dump names: damage may have made a large number of a small one, and nobody can tell.
fn start(kind: ServerKind, dump: &[u8]) -> Result<(tempfile::TempDir, Server), StartError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dump.rdb"), dump).unwrap();
    let mut databases = 16;
    let _ = read(&mut &dump[..], 0, &mut |records| {
        for record in records {
            if let RecordKind::Select(db) = record.kind {
                databases = databases.max(db + 1);
            }
        }
        true
    });
    let options = ["--databases", &databases.to_string()];
    Server::start(kind, folder.path(), &options).map(|server| (folder, server))
}

/// All keys that a server holds.
fn held(server: &Server) -> BTreeSet<Key> {
    let mut client = server.client().unwrap();
    let mut held = BTreeSet::new();
    let keyspace = client.command(&["INFO", "keyspace"]).unwrap().text();
    let numbers = keyspace.lines().filter_map(|line| line.strip_prefix("db")?.split_once(':'));
    let numbers: Vec<u64> = numbers.map(|(number, _)| number.parse().unwrap()).collect();
    for db in numbers {
        client.command(&["SELECT", &db.to_string()]).unwrap();
        let names = client.command(&["KEYS", "*"]).unwrap();
        held.extend(names.list().iter().map(|name| (db, name.text())));
    }
    held
}

/// The keys of a file that no byte of a range belongs to.
fn untouched(file: &[u8], from: usize, to: usize) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    let whole = read(&mut &file[..], 0, &mut |records| {
        for record in records.iter().filter(|it| it.end <= from as u64 || it.at >= to as u64) {
            if let RecordKind::Key(key) = &record.kind {
                // What is made up of two records may have any time, and servers leave out what has expired.
                if key.expiry.is_none_or(|at| at > now()) {
                    keys.insert((key.db, String::from_utf8_lossy(&key.name).into_owned()));
                }
            }
        }
        true
    });
    assert!(matches!(whole, Ok(Ok(_))), "{whole:?}");
    keys
}

/// In milliseconds since the Unix epoch.
fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

/// The file after its repair.
fn repaired(damaged: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dump.rdb");
    fs::write(&path, damaged).unwrap();
    let (code, document) = repair(&path, &ALL_OF_IT);
    assert_eq!(code, 1, "{document:#}");
    assert_eq!(document["applied"]["verdict"], "clean", "{document:#}");
    fs::read(path).unwrap()
}

/// Holds a server to refuse the one file, and to hold what these keys are of the other.
fn loads(kind: ServerKind, damaged: &[u8], expected: &BTreeSet<Key>, what: &str) {
    assert!(start(kind, damaged).is_err(), "{kind} loads {what} as it is");
    let (_folder, server) = start(kind, &repaired(damaged))
        .unwrap_or_else(|error| panic!("{kind} refuses {what}: {error}"));
    assert_eq!(held(&server), *expected, "{kind}, {what}");
}

fn kinds() -> impl Iterator<Item = ServerKind> {
    ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some())
}

fn fixture(path: &Path) -> Vec<u8> {
    fs::read(testdata().join("rdb").join(path).join("dump.rdb")).unwrap()
}

#[test]
fn every_server_starts_on_repaired_fixtures_and_holds_their_keys() {
    for id in VERSION_9 {
        let [damaged, whole] =
            ["damaged", "near-miss"].map(|half| fixture(&Path::new(id).join(half)));
        // Where the files differ is where the damage is; a changed value is still a value.
        let is_loss = id == "rdb-value-bad";
        let at = damaged.iter().zip(&whole).position(|(one, other)| one != other).unwrap();
        let mut expected = match is_loss {
            true => untouched(&whole, at, at + 1),
            false => untouched(&whole, 0, 0),
        };
        if id == "rdb-duplicate-key" {
            expected = BTreeSet::from([(0, "order:1".to_owned())]);
        }
        kinds().for_each(|kind| loads(kind, &damaged, &expected, id));
    }
}

#[test]
fn what_stands_on_both_sides_of_damage_in_the_dump_of_a_server_is_loaded_by_it() {
    for kind in kinds() {
        let whole = dump(kind, &["--rdbcompression", "no"]);
        let mut rng = Rng::new(seed() ^ kind as u64);

        // Behind a record that is whole: the next one is torn.
        let torn = 2 * whole.len() / 3 + rng.below(1000) as usize;
        let expected = untouched(&whole, torn, whole.len());
        loads(kind, &whole[..torn], &expected, "a torn dump");

        let two = [&whole[..whole.len() - 9], b"\x00\x05twice\x01a\x00\x05twice\x01b\xff"].concat();
        let two = [&two[..], &aof_rdb::crc64(&two).to_le_bytes()].concat();
        let mut expected = untouched(&whole, 0, 0);
        expected.insert((15, "twice".to_owned()));
        loads(kind, &two, &expected, "a dump with a key that comes twice");
    }
}

/// The dump of a server that has everything in it.
fn dump(kind: ServerKind, settings: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(kind, folder.path(), settings).unwrap();
    fill(&server).unwrap();
    server.command(&["SAVE"]).unwrap();
    fs::read(folder.path().join("dump.rdb")).unwrap()
}

/// A block behind the libraries is zeroed, gone, there twice, or random: whether the text of a library can be compiled,
/// only a server can tell.
fn damaged(whole: &[u8], rng: &mut Rng) -> Vec<u8> {
    let libraries = whole.windows(3).position(|bytes| bytes == b"\xfe\x00\xfb").unwrap();
    let size = 1 + rng.below(600) as usize;
    let at = rng.between(libraries, whole.len() - size);
    let (before, block, behind) = (&whole[..at], &whole[at..at + size], &whole[at + size..]);
    let mut noise = Vec::new();
    rng.binary(&mut noise, size);
    match rng.below(4) {
        0 => [before, behind].concat(),
        1 => [before, block, block, behind].concat(),
        2 => [before, &vec![0; size], behind].concat(),
        _ => [before, &noise, behind].concat(),
    }
}

#[test]
fn a_server_starts_on_whatever_a_repair_makes_of_its_dump() {
    let rounds = if std::env::var_os("AOF_DOCTOR_ALL").is_some() { 200 } else { 6 };
    for kind in kinds() {
        for settings in [&[][..], &["--rdbcompression", "no"]] {
            let whole = dump(kind, settings);
            let mut rng = Rng::new(seed() ^ kind as u64);
            for round in 0..rounds {
                let damaged = damaged(&whole, &mut rng);
                if damaged == whole {
                    continue;
                }
                let repaired = repaired(&damaged);
                let what = format!("{kind}, {settings:?}, AOF_DOCTOR_SEED={}, {round}", seed());
                let (_folder, server) =
                    start(kind, &repaired).unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(held(&server), untouched(&repaired, 0, 0), "{what}");
            }
        }
    }
}
