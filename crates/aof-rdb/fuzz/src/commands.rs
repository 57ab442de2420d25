//! Commands are held to the value that they are written for.

use std::borrow::Cow;
use std::collections::HashSet;

use aof_rdb::{Checksum, Commands, Dump, Item, Key, Payload, RecordKind, Room, Str, ValueType};

const NAME: &[u8] = b"the key";

type Words = Vec<Vec<u8>>;

/// Writes the commands, and compares them with the value; `is_read` if all of its items can be, `is_sound` if it
/// was also found sound.
pub(crate) fn check(value: Payload<'_>, is_read: bool, is_sound: bool) {
    let (db, name) = (3, Cow::Borrowed(NAME));
    let key = Key { db, name, expiry: None, idle: None, frequency: None, has_metadata: false, value };
    let mut out = b"before".to_vec();
    let written = Commands::default().write(&RecordKind::Key(key), &mut out);
    let commands = out.strip_prefix(b"before").unwrap();
    if written.is_err() {
        return assert!(commands.is_empty() && !is_sound);
    }
    let commands = read(commands);
    let (select, commands) = commands.split_first().unwrap();
    assert_eq!(select[..], [b"SELECT".to_vec(), b"3".to_vec()]);
    if commands.first().is_some_and(|it| it[0] == b"RESTORE") {
        assert!(is_sound);
        return is_restored(&commands[0], value);
    }
    assert!(is_read);
    match value.value_type() {
        Some(ValueType::Stream) => has_entries(commands, value),
        _ => has_items(commands, value),
    }
}

/// Commands as clients send them, and nothing between nor behind them.
fn read(mut bytes: &[u8]) -> Vec<Words> {
    fn number(bytes: &mut &[u8], kind: u8) -> usize {
        let end = bytes.iter().position(|&byte| byte == b'\r').unwrap();
        assert!(bytes[0] == kind && bytes[end + 1] == b'\n');
        let number = std::str::from_utf8(&bytes[1..end]).unwrap().parse().unwrap();
        *bytes = &bytes[end + 2..];
        number
    }
    let mut commands = Vec::new();
    while !bytes.is_empty() {
        let mut words = Vec::new();
        for _ in 0..number(&mut bytes, b'*') {
            let len = number(&mut bytes, b'$');
            words.push(bytes[..len].to_vec());
            assert_eq!(bytes[len..len + 2], *b"\r\n");
            bytes = &bytes[len + 2..];
        }
        commands.push(words);
    }
    commands
}

fn is_restored(command: &Words, value: Payload<'_>) {
    let dump = Dump::new(&command[3]).unwrap();
    assert_eq!(command[1..3], [NAME.to_vec(), b"0".to_vec()]);
    assert_eq!((dump.checksum, dump.value.bytes), (Checksum::Valid, value.bytes));
}

fn has_items(commands: &[Words], value: Payload<'_>) {
    let (mut words, mut expiries) = (Words::new(), 0);
    let is_read = value.items(&mut Room::default(), &mut |item| match item {
        Item::Scored(member, score) => {
            words.extend([score.to_bits().to_le_bytes().to_vec(), member.to_vec()])
        }
        Item::Field(field, value, expiry) => {
            words.extend([field.to_vec(), value.to_vec()]);
            expiries += usize::from(expiry.is_some());
        }
        Item::String(text) | Item::Element(text) | Item::Member(text) => words.push(text.to_vec()),
        other => panic!("{other:?}"),
    });
    assert_eq!(is_read, Ok(()));
    let (plain, expiring) = commands.split_at(commands.len() - expiries);
    assert!(expiring.iter().all(|it| it[0] == b"HPEXPIREAT" && it[1] == NAME && it.len() == 6));
    let is_scored = value.value_type() == Some(ValueType::SortedSet);
    let mut written = Words::new();
    for command in plain {
        assert!(command[0] != b"HPEXPIREAT" && command[1] == NAME && command.len() > 2);
        written.extend_from_slice(&command[2..]);
    }
    for score in written.iter_mut().step_by(2).filter(|_| is_scored) {
        let number: f64 = std::str::from_utf8(score).unwrap().parse().unwrap();
        *score = number.to_bits().to_le_bytes().to_vec();
    }
    assert_eq!(written, words);
}

/// All entries are added, and nothing else but those that are pending and gone.
fn has_entries(commands: &[Words], value: Payload<'_>) {
    let (mut entries, mut ids, mut gone) = (Vec::new(), HashSet::new(), HashSet::new());
    let words = |text: Str<'_>| text.to_vec();
    let is_read = value.items(&mut Room::default(), &mut |item| match item {
        Item::Entry(id, fields) => {
            let mut entry = vec![id.to_string().into_bytes()];
            ids.insert(entry[0].clone());
            fields.iter().for_each(|&(field, value)| entry.extend([words(field), words(value)]));
            entries.push(entry);
        }
        Item::Group(group) => {
            gone.extend(group.pending.iter().map(|pending| pending.id.to_string().into_bytes()));
        }
        _ => {}
    });
    assert_eq!(is_read, Ok(()));
    gone.retain(|id| !ids.contains(id));
    let added = commands.iter().filter(|it| it[0] == b"XADD" && it[2] != b"MAXLEN");
    let added: Vec<_> =
        added.filter(|it| !gone.contains(&it[2])).map(|it| it[2..].to_vec()).collect();
    assert_eq!(added, entries);
}
