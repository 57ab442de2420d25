//! Servers start, answer, refuse, and end; their checkers judge copies only.

use std::fs;

use super::{
    Checker, Row, Server, ServerKind, StartError, compare_logs, compare_table, read_table,
    skip_unless,
};

const TORN: &[u8] = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nab";
const WHOLE: usize = 23;

/// The kinds that were brought.
fn servers() -> impl Iterator<Item = ServerKind> {
    ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some())
}

#[test]
fn a_server_starts_answers_and_leaves_a_log_that_its_checker_accepts() {
    for kind in servers() {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut server =
            Server::start(kind, data.path(), &["--appendonly", "yes"]).expect("a start");
        let mut client = server.client().expect("a connection");
        let replies = client
            .pipeline(&[vec!["SET", "k", "v"], vec!["GET", "k"], vec!["INCR", "k"]])
            .expect("three replies");
        assert_eq!(replies[1].text(), "v");
        assert!(replies[2].is_error());
        let digest = server.command(&["DEBUG", "DIGEST"]).expect("a digest");
        assert_eq!(digest.text().len(), 40, "{kind}: {digest:?}");
        assert!(server.exit_status().is_none());
        assert!(server.shutdown_nosave().expect("an end").success(), "{kind}");

        let log = kind.first_log(data.path());
        let text = fs::read(&log).expect("the log");
        assert!(text.ends_with(b"$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"), "{kind}");
        let checker = Checker::of(kind).expect("links").expect("a server");
        let checked = checker.aof(&log).expect("a verdict");
        assert_eq!(checked.code, Some(0), "{kind}: {}", checked.text);
    }
}

#[test]
fn a_server_that_refuses_shows_its_exit_status_and_why() {
    for kind in servers() {
        let data = tempfile::tempdir().expect("a temporary folder");
        fs::write(data.path().join("appendonly.aof"), b"SET k v\r\n").expect("a bad log");
        match Server::start(kind, data.path(), &["--appendonly", "yes"]) {
            Err(StartError::Died { status, log }) => {
                assert_eq!(status.code(), Some(1), "{kind}");
                assert!(log.contains("Bad file format"), "{kind}: {log}");
            }
            other => panic!("{kind}: {other:?} instead of a refusal"),
        }
    }
}

#[test]
fn a_killed_server_is_gone_and_its_data_load_again() {
    for kind in servers() {
        let data = tempfile::tempdir().expect("a temporary folder");
        let args = ["--appendonly", "yes", "--appendfsync", "always"];
        let mut server = Server::start(kind, data.path(), &args).expect("a start");
        server.command(&["RPUSH", "l", "a", "b"]).expect("a reply");
        assert!(server.kill9().expect("a kill").code().is_none(), "{kind}: ended by a signal");
        assert!(server.exit_status().is_some());
        assert!(server.command(&["PING"]).is_err());

        let again = Server::start(kind, data.path(), &args).expect("a second start");
        assert_eq!(again.command(&["LLEN", "l"]).expect("a reply").integer(), Some(2));
    }
}

#[test]
fn a_dropped_server_is_killed() {
    for kind in servers() {
        let data = tempfile::tempdir().expect("a temporary folder");
        let server = Server::start(kind, data.path(), &[]).expect("a start");
        let socket = server.socket();
        drop(server);
        assert!(crate::client::Client::connect(&socket).is_err(), "{kind}");
    }
}

#[test]
fn a_checker_fixes_a_copy_and_never_the_file() {
    for kind in servers() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("torn.aof");
        fs::write(&file, TORN).expect("a torn log");
        let checker = Checker::of(kind).expect("links").expect("a server");
        let checked = checker.aof(&file).expect("a verdict");
        assert_eq!(checked.code, Some(1), "{kind}: {}", checked.text);
        let fixed = checker.fix_aof(&file).expect("a verdict");
        assert_eq!(fixed.code, Some(0), "{kind}: {}", fixed.text);
        assert_eq!(fs::read(&fixed.copy).expect("the copy"), TORN[..WHOLE], "{kind}");
        assert_eq!(fs::read(&file).expect("the file"), TORN, "{kind}");
    }
}

#[test]
fn a_manifest_is_checked_together_with_its_parts() {
    for kind in servers().filter(|kind| kind.has_parts()) {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut server =
            Server::start(kind, data.path(), &["--appendonly", "yes"]).expect("a start");
        server.command(&["SET", "k", "v"]).expect("a reply");
        server.shutdown_nosave().expect("an end");
        let manifest = data.path().join("appendonlydir/appendonly.aof.manifest");
        let checker = Checker::of(kind).expect("links").expect("a server");
        let checked = checker.aof(&manifest).expect("a verdict");
        if kind == ServerKind::Valkey91 {
            // Its checker does not know the magic of its own bases: every healthy set is "not valid".
            assert_eq!(checked.code, Some(1), "{kind}: {}", checked.text);
            assert!(checked.text.contains("base.rdb is not valid"), "{kind}: {}", checked.text);
            continue;
        }
        assert_eq!(checked.code, Some(0), "{kind}: {}", checked.text);
        assert!(checked.text.contains("All AOF files and manifest are valid"), "{kind}");
    }
}

#[test]
fn check_rdb_accepts_a_snapshot_and_refuses_a_flipped_one() {
    for kind in servers() {
        let data = tempfile::tempdir().expect("a temporary folder");
        let server = Server::start(kind, data.path(), &[]).expect("a start");
        server.command(&["SET", "k", "some text"]).expect("a reply");
        server.command(&["SAVE"]).expect("a snapshot");
        let file = data.path().join("dump.rdb");
        let checker = Checker::of(kind).expect("links").expect("a server");
        assert_eq!(checker.rdb(&file).expect("a verdict").code, Some(0), "{kind}");
        let mut bytes = fs::read(&file).expect("the snapshot");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&file, bytes).expect("a flipped bit");
        assert_eq!(checker.rdb(&file).expect("a verdict").code, Some(1), "{kind}");
    }
}

fn rows() -> Vec<Row> {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../aof-resp/commands.tsv");
    read_table(&fs::read_to_string(table).expect("the table")).expect("rows")
}

#[test]
fn the_command_table_agrees_with_what_every_server_says_of_its_commands() {
    for kind in servers() {
        let differences = compare_table(&rows(), kind).expect("a server that answers");
        assert_eq!(differences, [""; 0], "{kind}");
    }
}

#[test]
fn the_command_table_agrees_with_what_every_server_logs() {
    for kind in servers() {
        let differences = compare_logs(&rows(), kind).expect("a server that logs");
        assert_eq!(differences, [""; 0], "{kind}");
    }
}
