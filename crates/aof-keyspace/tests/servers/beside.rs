//! A server and a keyspace side by side.

use aof_keyspace::{Keyspace, Scores, Session};
use aof_testkit::server::{Server, ServerKind, skip_unless};

/// As `DEBUG DIGEST` of a server prints scores.
fn scores(kind: ServerKind) -> Scores {
    match kind {
        ServerKind::Redis62 | ServerKind::Redis70 => Scores::Seventeen,
        _ => Scores::Shortest,
    }
}

/// Sends commands to every server and executes them here. Words are separated by one blank; what a server does not know
/// is passed over on that server.
pub(crate) fn hold(commands: &[&str]) {
    hold_among(&ServerKind::ALL, commands);
}

/// The same on these servers alone, where others differ.
pub(crate) fn hold_among(kinds: &[ServerKind], commands: &[&str]) {
    let words = |line: &&str| line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
    let commands: Vec<Vec<Vec<u8>>> = commands.iter().map(words).collect();
    for kind in kinds.iter().filter(|kind| skip_unless(**kind).is_some()) {
        hold_on(*kind, &commands);
    }
}

/// The same on one server, with any bytes.
pub(crate) fn hold_on(kind: ServerKind, commands: &[Vec<Vec<u8>>]) {
    let folder = tempfile::tempdir().unwrap();
    // Nothing expires by itself.
    let server = Server::start(kind, folder.path(), &[]).unwrap();
    let mut client = server.client().unwrap();
    client.command(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]).unwrap();
    let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
    for command in commands {
        let reply = client.command(command).unwrap();
        let said = String::from_utf8_lossy(&command.join(&b' ')).into_owned();
        if reply.is_error() && reply.text().contains("unknown command") {
            continue;
        }
        let args: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
        let applied = keyspace.apply(&mut session, &args);
        assert_eq!(reply.is_error(), applied.is_err(), "{kind}: {said}: {reply:?}, {applied:?}");
        if session.is_in_transaction() {
            continue;
        }
        let digest = client.command(&["DEBUG", "DIGEST"]).unwrap().text();
        assert_eq!(
            keyspace.digest(scores(kind)).to_string(),
            digest,
            "{kind}: {said}: {applied:?}"
        );
    }
}
