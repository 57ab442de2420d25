//! The names that servers give to what they have not finished.

use std::path::Path;

use aof_log::names::Named;
use aof_testkit::server::{Server, ServerKind, skip_unless};
use aof_testkit::set::snapshot;

/// Slow enough to be seen, in microseconds for each key.
const DELAY: &str = "2000000";

/// The temporary files in a data folder and below, once there are any.
fn temporary(data: &Path) -> Vec<Vec<u8>> {
    for _ in 0..500 {
        // A file may go away while the folder is read.
        let files = snapshot(data).unwrap_or_default();
        let names = files.keys().map(|path| path.file_name().unwrap().as_encoded_bytes().to_vec());
        let found: Vec<Vec<u8>> = names.filter(|name| name.starts_with(b"temp-")).collect();
        if !found.is_empty() {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Vec::new()
}

fn names_of(found: &[Vec<u8>]) -> Vec<Named<'_>> {
    found.iter().map(|name| Named::of(name)).collect()
}

fn slow_server(kind: ServerKind, data: &Path) -> Server {
    let server = Server::start(kind, data, &["--rdb-key-save-delay", DELAY]).unwrap();
    server.command(&["MSET", "a", "1", "b", "2", "c", "3"]).unwrap();
    server
}

#[test]
fn a_snapshot_that_is_being_written_is_told_by_its_name() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let data = tempfile::tempdir().unwrap();
        let mut server = slow_server(kind, data.path());
        server.command(&["BGSAVE"]).unwrap();
        let found = temporary(data.path());
        assert!(matches!(names_of(&found)[..], [Named::TempRdb { .. }]), "{kind}: {found:?}");
        server.shutdown_nosave().unwrap();
    }
}

#[test]
fn a_log_that_is_being_rewritten_is_told_by_its_name() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let data = tempfile::tempdir().unwrap();
        let mut server = slow_server(kind, data.path());
        server.command(&["CONFIG", "SET", "appendonly", "yes"]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        let found = temporary(data.path());
        let rewrite = Named::TempRewrite { pid: 0, is_done: false };
        let mut seen = names_of(&found);
        for named in &mut seen {
            if let Named::TempRewrite { pid, .. } = named {
                *pid = 0;
            }
        }
        let incr = Named::TempIncr { prefix: b"appendonly.aof" };
        let expected = if kind.has_parts() { vec![incr, rewrite] } else { vec![rewrite] };
        seen.sort();
        assert_eq!(seen, expected, "{kind}: {found:?}");
        server.command(&["CONFIG", "SET", "appendonly", "no"]).unwrap();
        server.shutdown_nosave().unwrap();
    }
}
