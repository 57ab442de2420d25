//! What comes of the commands that are written for a file, on the server that wrote it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use aof_testkit::server::{Server, ServerKind, skip_unless};

use super::each;
use super::servers::{fill, run};
use crate::{Commands, Group, Item, Key, RecordKind, Room, Str};

/// Keys of databases, when they expire, and all items in the order of their words.
type Meaning = BTreeMap<(u64, String), (Option<i64>, Vec<String>)>;

/// What a file says, apart from how it is written and from when somebody asked.
fn meaning(file: &[u8]) -> Meaning {
    let mut meaning = Meaning::new();
    each(file, &mut |record| {
        if let RecordKind::Key(key) = &record.kind {
            let name = String::from_utf8_lossy(&key.name).into_owned();
            meaning.insert((key.db, name), (key.expiry, words(key)));
        }
    });
    meaning
}

fn words(key: &Key<'_>) -> Vec<String> {
    let mut words = Vec::new();
    let text = |text: Str<'_>| format!("{:?}", text.to_vec());
    key.value
        .items(&mut Room::default(), &mut |item| {
            words.push(match item {
                Item::String(it) | Item::Element(it) | Item::Member(it) => text(it),
                Item::Scored(member, score) => format!("{} {score:?}", text(member)),
                Item::Field(field, value, expiry) => {
                    format!("{} {} {expiry:?}", text(field), text(value))
                }
                Item::Entry(id, fields) => {
                    let fields: Vec<_> =
                        fields.iter().map(|&(field, value)| (text(field), text(value))).collect();
                    format!("{id} {fields:?}")
                }
                Item::Group(group) => group_words(group),
                other => format!("{other:?}"),
            });
        })
        .unwrap();
    words.sort();
    words
}

/// Everything but when consumers were seen.
fn group_words(group: &Group<'_>) -> String {
    let name = |owner: u32| group.consumers[owner as usize].name.clone();
    let pending: Vec<_> = group
        .pending
        .iter()
        .map(|it| (it.id, it.delivered, it.count, it.owner.map(name)))
        .collect();
    let mut consumers: Vec<_> = group.consumers.iter().map(|it| &it.name).collect();
    consumers.sort();
    format!("{:?} {} {:?} {pending:?} {consumers:?}", group.name, group.last, group.read)
}

/// The file as commands.
fn commands(file: &[u8]) -> Vec<u8> {
    let (mut commands, mut out) = (Commands::default(), Vec::new());
    each(file, &mut |record| commands.write(&record.kind, &mut out).unwrap());
    out
}

/// Sends commands as they are, and holds the server to taking all of them.
fn send(server: &Server, commands: &[u8]) {
    const LAST: &[u8] = b"*2\r\n$4\r\nECHO\r\n$12\r\nno more then\r\n";
    let mut socket = UnixStream::connect(server.socket()).unwrap();
    let mut writer = socket.try_clone().unwrap();
    let commands = [commands, LAST].concat();
    let sender = std::thread::spawn(move || writer.write_all(&commands).unwrap());
    let (mut replies, mut piece) = (Vec::new(), [0; 64 << 10]);
    while !replies.ends_with(b"no more then\r\n") {
        let count = socket.read(&mut piece).unwrap();
        assert!(count > 0, "the server hung up");
        replies.extend_from_slice(&piece[..count]);
    }
    sender.join().unwrap();
    let replies = String::from_utf8_lossy(&replies).into_owned();
    let refused: Vec<_> = replies.lines().filter(|line| line.starts_with('-')).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

/// What a server holds, by its own digest and by the file that it writes.
fn state(server: &Server) -> (String, Meaning) {
    run(server, "SAVE");
    let digest = server.command(&["DEBUG", "DIGEST"]).unwrap().text();
    (digest, meaning(&fs::read(server.data().join("dump.rdb")).unwrap()))
}

fn comes_back(kind: ServerKind, args: &[&str]) {
    if skip_unless(kind).is_none() {
        return;
    }
    let (folder, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Server::start(kind, folder.path(), args).unwrap();
    fill(&first);
    let expected = state(&first);
    let file = fs::read(folder.path().join("dump.rdb")).unwrap();
    let second = Server::start(kind, fresh.path(), args).unwrap();
    send(&second, &commands(&file));
    let found = state(&second);
    for (key, value) in &expected.1 {
        assert_eq!(found.1.get(key), Some(value), "{kind}: {key:?}");
    }
    assert_eq!(found.1.len(), expected.1.len(), "{kind}");
    assert_eq!(found.0, expected.0, "{kind}");
}

#[test]
fn a_server_that_is_fed_the_commands_holds_what_the_file_held() {
    for kind in ServerKind::ALL {
        comes_back(kind, &[]);
    }
}

#[test]
fn encodings_do_not_matter_to_what_comes_back() {
    for kind in ServerKind::ALL {
        let unpacked = ["--hash-max-ziplist-entries", "0", "--zset-max-ziplist-entries", "0"];
        let small = ["--list-max-ziplist-size", "-1", "--rdbcompression", "no"];
        comes_back(kind, &[unpacked, small].concat());
        let packed = ["--hash-max-ziplist-entries", "9999", "--zset-max-ziplist-entries", "9999"];
        comes_back(
            kind,
            &[packed, ["--set-max-intset-entries", "0", "--stream-node-max-entries", "7"]].concat(),
        );
    }
}
