//! What comes of the commands that are written for a file, on the server that wrote it.

use std::collections::BTreeMap;
use std::fs;

use aof_testkit::server::{Server, ServerKind, skip_unless};

use super::each;
use super::servers::{fill, run};
use crate::{
    Checksum, Commands, Dialect, Expiries, Group, Header, Item, Key, Payload, Record, RecordKind,
    Room, Str, ValueFaultKind, read,
};

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
    let refused = server.send(commands).unwrap();
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

#[test]
fn times_are_moved_and_fields_that_are_over_are_left_out() {
    // A hash of RDB 12 whose fields `a` and `b` expire at 1000 and 2000, `c` never; the key at 5000.
    let hash = b"\x18\x01h\xe8\x03\0\0\0\0\0\0\x03\x01\x01a\x011\x43\xe9\x01b\x012\x00\x01c\x013";
    let file = [&b"REDIS0012\xfc\x88\x13\0\0\0\0\0\0"[..], hash, b"\xff\0\0\0\0\0\0\0\0"].concat();
    let written = |expiries| {
        let (mut commands, mut out) = (Commands::with_expiries(expiries), Vec::new());
        let mut written = Ok(());
        each(&file, &mut |record| {
            written = std::mem::replace(&mut written, Ok(()))
                .and_then(|()| commands.write(&record.kind, &mut out));
        });
        written.map(|()| String::from_utf8(out).unwrap().replace("\r\n", " "))
    };
    let all = written(Expiries::default()).unwrap();
    assert!(all.contains("HSET $1 h $1 a $1 1 $1 b $1 2 $1 c $1 3 "), "{all}");
    assert!(all.contains("HPEXPIREAT $1 h $4 1000 $6 FIELDS $1 1 $1 a "), "{all}");
    let later = written(Expiries { shift: 500, over: Some(1500) }).unwrap();
    assert!(later.contains("HSET $1 h $1 b $1 2 $1 c $1 3 "), "{later}");
    assert!(later.contains("HPEXPIREAT $1 h $4 2500 $6 FIELDS $1 1 $1 b "), "{later}");
    assert!(later.ends_with("PEXPIREAT $1 h $4 5500 "), "{later}");
}

#[test]
fn what_nothing_is_in_has_no_command() {
    let (mut commands, mut out) = (Commands::default(), Vec::new());
    let empty = Record {
        at: 9,
        end: 13,
        kind: RecordKind::Key(Key {
            db: 0,
            name: b"l"[..].into(),
            expiry: Some(1),
            idle: None,
            frequency: None,
            has_metadata: false,
            value: Payload {
                header: Header { dialect: Dialect::Redis, version: 11 },
                code: 1,
                bytes: b"\0",
            },
        }),
    };
    let written = commands.write(&empty.kind, &mut out).map_err(|fault| fault.kind);
    assert_eq!((written, &out[..]), (Err(ValueFaultKind::Empty), &b""[..]));
}

#[test]
fn the_checksum_is_that_of_all_bytes_however_many_records_are_shown_at_once() {
    let mut file = b"REDIS0011".to_vec();
    for number in 0..40_000 {
        file.extend([&b"\0\x05"[..], format!("{number:05}").as_bytes(), b"\x01v"].concat());
    }
    file.push(255);
    file.extend(crate::crc64(&file).to_le_bytes());
    let checksum = |file: &[u8], most: usize| {
        let mut batches = 0;
        read(&mut &file[..], 0, &mut |_| {
            batches += 1;
            batches < most
        })
        .unwrap()
    };
    assert_eq!(checksum(&file, usize::MAX), Ok(Checksum::Valid));
    assert_eq!(checksum(&file, 1), Ok(Checksum::Unread));
    file[20] ^= 1;
    assert!(matches!(checksum(&file, usize::MAX), Ok(Checksum::Wrong { .. })));
    let end = file.len() - 8;
    file[end..].fill(0);
    assert_eq!(checksum(&file, usize::MAX), Ok(Checksum::Disabled));
    assert_eq!(checksum(b"REDIS0004\0\x01k\x01v\xff", usize::MAX), Ok(Checksum::None));
}
