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
type Key = (u64, Vec<u8>);

/// What nobody asks for and is in every fixture of a small dump.
const VERSION_9: [&str; 4] = ["rdb-value-bad", "rdb-crc", "rdb-crc-bitflip", "rdb-duplicate-key"];

fn start(kind: ServerKind, dump: &[u8]) -> Result<(tempfile::TempDir, Server), StartError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dump.rdb"), dump).unwrap();
    Server::start(kind, folder.path(), &[]).map(|server| (folder, server))
}

/// All keys that a server holds.
fn held(server: &Server) -> BTreeSet<Key> {
    let mut client = server.client().unwrap();
    let mut held = BTreeSet::new();
    for db in 0..16 {
        client.command(&["SELECT", &db.to_string()]).unwrap();
        let names = client.command(&["KEYS", "*"]).unwrap();
        held.extend(names.list().iter().map(|name| (db, name.text().into_bytes())));
    }
    held
}

/// The keys of a file that no byte of a range belongs to.
fn untouched(file: &[u8], from: usize, to: usize) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    let whole = read(&mut &file[..], 0, &mut |records| {
        for record in records.iter().filter(|it| it.end <= from as u64 || it.at >= to as u64) {
            if let RecordKind::Key(key) = &record.kind {
                keys.insert((key.db, key.name.to_vec()));
            }
        }
        true
    });
    assert!(matches!(whole, Ok(Ok(_))), "{whole:?}");
    keys
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
            expected = BTreeSet::from([(0, b"order:1".to_vec())]);
        }
        kinds().for_each(|kind| loads(kind, &damaged, &expected, id));
    }
}

#[test]
fn what_stands_on_both_sides_of_damage_in_the_dump_of_a_server_is_loaded_by_it() {
    for kind in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(kind, folder.path(), &["--rdbcompression", "no"]).unwrap();
        fill(&server).unwrap();
        server.command(&["SAVE"]).unwrap();
        let whole = fs::read(folder.path().join("dump.rdb")).unwrap();
        let mut rng = Rng::new(seed() ^ kind as u64);

        // Behind a record that is whole: the next one is torn.
        let torn = 2 * whole.len() / 3 + rng.below(1000) as usize;
        let expected = untouched(&whole, torn, whole.len());
        loads(kind, &whole[..torn], &expected, "a torn dump");

        let two = [&whole[..whole.len() - 9], b"\x00\x05twice\x01a\x00\x05twice\x01b\xff"].concat();
        let two = [&two[..], &aof_rdb::crc64(&two).to_le_bytes()].concat();
        let mut expected = untouched(&whole, 0, 0);
        expected.insert((15, b"twice".to_vec()));
        loads(kind, &two, &expected, "a dump with a key that comes twice");
    }
}
