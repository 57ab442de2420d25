//! A server and a keyspace side by side.

use std::time::SystemTime;

use aof_keyspace::{Keyspace, Scores, Session};
use aof_testkit::client::encode;
use aof_testkit::server::{Server, ServerKind, skip_unless};

/// As `DEBUG DIGEST` of a server prints scores.
fn scores(kind: ServerKind) -> Scores {
    match kind {
        ServerKind::Redis62 | ServerKind::Redis70 => Scores::Seventeen,
        ServerKind::Redis82 => Scores::Shortest,
        ServerKind::Valkey81 | ServerKind::Valkey91 => Scores::Valkey,
    }
}

/// Sends commands to every server and executes them here. Words are separated by one blank; what a server does not know
/// is passed over on that server.
pub(crate) fn hold(commands: &[&str]) {
    hold_among(&ServerKind::ALL, commands);
}

/// The same on these servers alone, where others differ.
pub(crate) fn hold_among(kinds: &[ServerKind], commands: &[&str]) {
    let commands = words(commands);
    for kind in kinds.iter().filter(|kind| skip_unless(**kind).is_some()) {
        hold_on(*kind, &commands);
    }
}

/// The arguments of commands whose words are separated by one blank.
pub(crate) fn words(commands: &[&str]) -> Vec<Vec<Vec<u8>>> {
    let words = |line: &&str| line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
    commands.iter().map(words).collect()
}

/// The same on one server, with any bytes.
pub(crate) fn hold_on(kind: ServerKind, commands: &[Vec<Vec<u8>>]) {
    held(kind, commands, |_, _| {});
}

/// The same, and then `check` is given the server and the data.
pub(crate) fn held(
    kind: ServerKind,
    commands: &[Vec<Vec<u8>>],
    check: impl FnOnce(&Server, &Keyspace<'_>),
) {
    let folder = tempfile::tempdir().unwrap();
    // Nothing expires by itself.
    let server = Server::start(kind, folder.path(), &[]).unwrap();
    let mut client = server.client().unwrap();
    client.command(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]).unwrap();
    let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
    session.set_clock(now());
    for command in commands {
        let reply = client.command(command).unwrap();
        let said = String::from_utf8_lossy(&command.join(&b' ')).into_owned();
        if reply.is_error() && reply.text().contains("unknown command") {
            continue;
        }
        let args: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
        let before = keyspace.clone();
        let applied = keyspace.apply(&mut session, &args);
        let is_unchanged = || keyspace.iter().eq(before.iter());
        assert!(applied.is_ok() || is_unchanged(), "{kind}: {said} failed and left traces");
        assert_eq!(reply.is_error(), applied.is_err(), "{kind}: {said}: {reply:?}, {applied:?}");
        if session.is_in_transaction() {
            continue;
        }
        let digest = client.command(&["DEBUG", "DIGEST"]).unwrap().text();
        let ours = keyspace.digest(scores(kind)).to_string();
        assert_eq!(ours, digest, "{kind}: {said}: {applied:?}");
    }
    check(&server, &keyspace);
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

/// Has servers of these kinds load the commands as their log, and gives `check` the server and our data.
pub(crate) fn loads(
    kinds: &[ServerKind],
    commands: &[&str],
    check: impl Fn(&Server, &Keyspace<'_>),
) {
    let (mut log, mut keyspace, mut session) =
        (Vec::new(), Keyspace::default(), Session::default());
    for command in words(commands) {
        encode(&command, &mut log);
        let args: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
        keyspace.apply(&mut session, &args).unwrap();
    }
    for kind in kinds.iter().copied().filter(|kind| skip_unless(*kind).is_some()) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("appendonly.aof"), &log).unwrap();
        // A replica lets nothing expire.
        let args = ["--appendonly", "yes", "--replicaof", "127.0.0.1", "1"];
        let server = Server::start(kind, folder.path(), &args).unwrap();
        check(&server, &keyspace);
    }
}

/// Whether a server has the data that we have.
pub(crate) fn compare_digests(server: &Server, keyspace: &Keyspace<'_>) {
    let theirs = server.command(&["DEBUG", "DIGEST"]).unwrap().text();
    let ours = keyspace.digest(scores(server.kind())).to_string();
    assert_eq!(ours, theirs, "{}", server.kind());
}
