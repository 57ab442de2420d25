//! Real servers load what the testkit writes, without one error.

use std::fs;

use crate::server::{Server, ServerKind, skip_unless};
use crate::{RandomLog, SizeProfile, Workload};

/// Loads a log as the old single file, and returns what the server said of it.
fn errors_of(kind: ServerKind, log: &[u8]) -> String {
    let data = tempfile::tempdir().expect("a temporary folder");
    fs::write(data.path().join("appendonly.aof"), log).expect("room for a log");
    let args = ["--appendonly", "yes", "--aof-use-rdb-preamble", "no"];
    let server = match Server::start(kind, data.path(), &args) {
        Ok(server) => server,
        Err(error) => return format!("{error:?}"),
    };
    let keys = server.command(&["INFO", "keyspace"]).expect("an answer").text();
    assert!(keys.contains("keys="), "{kind} loaded nothing: {}", server.log());
    let stats = server.command(&["INFO", "errorstats"]).expect("an answer").text();
    let log = server.log();
    // Up to the first PING it may say LOADING to us.
    let errors = stats.lines().filter(|it| it.starts_with("errorstat") && !it.contains("LOADING"));
    let critical = log.lines().filter(|it| it.contains("CRITICAL") || it.contains("rror"));
    errors.chain(critical).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_workload_loads_in_every_server() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        for workload in Workload::ALL {
            let log = workload.bytes(3, 3 << 20);
            assert_eq!(errors_of(kind, &log), "", "{kind}: {}", workload.name());
        }
    }
}

#[test]
fn random_logs_load_in_every_server() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        for seed in 0..4 {
            let sizes = if seed == 0 { SizeProfile::Tiny } else { SizeProfile::Varied };
            // Clock lines are read from 7.0 on.
            let clock = kind.version() >= (7, 0);
            let log = RandomLog::new(seed).records(8000).sizes(sizes).timestamps(clock).build();
            assert_eq!(errors_of(kind, &log.bytes), "", "{kind}: seed {seed}");
        }
    }
}
