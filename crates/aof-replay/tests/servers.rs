//! What servers log, executed here: the data are those that the server has.

#![expect(clippy::unwrap_used, reason = "a server that cannot be set up has failed")]

use std::fs;
use std::path::Path;

use aof_keyspace::Scores;
use aof_log::selection::Kept;
use aof_replay::{Base, Replay};
use aof_testkit::RandomLog;
use aof_testkit::naive;
use aof_testkit::server::{Server, ServerKind, skip_unless};

/// The files of the set, or the one log, in the order of loading.
fn parts(kind: ServerKind, data: &Path) -> Vec<std::path::PathBuf> {
    if !kind.has_parts() {
        return vec![data.join("appendonly.aof")];
    }
    let folder = data.join("appendonlydir");
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending != "manifest"));
    files.sort();
    files
}

#[test]
fn a_log_that_random_clients_left_is_what_the_server_holds() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(kind, folder.path(), &["--appendonly", "yes"]).unwrap();
        let mut client = server.client().unwrap();
        let random = RandomLog::new(5).records(600).timestamps(false).build();
        for frame in naive::parse(&random.bytes).frames {
            client.command(&frame.argv).unwrap();
        }
        let digest = client.command(&["DEBUG", "DIGEST"]).unwrap().text();
        let mut replay = Replay::default();
        for (number, file) in parts(kind, folder.path()).iter().enumerate() {
            let bytes = fs::read(file).unwrap();
            replay.begin_part();
            let is_rdb = bytes.starts_with(b"REDIS") || bytes.starts_with(b"VALKEY");
            if is_rdb {
                replay.base(&mut &bytes[..], Base::Whole, &()).unwrap();
            } else {
                let whole = Kept::whole(0, bytes.len() as u64);
                replay.records(number, &mut &bytes[..], &whole, &()).unwrap();
            }
        }
        let (keyspace, report) = replay.finish();
        assert_eq!(report.failures, [], "{kind}");
        let scores = match kind {
            ServerKind::Redis62 | ServerKind::Redis70 => Scores::Seventeen,
            ServerKind::Redis82 => Scores::Shortest,
            _ => Scores::Valkey,
        };
        assert_eq!(keyspace.digest(scores).to_string(), digest, "{kind}");
    }
}
