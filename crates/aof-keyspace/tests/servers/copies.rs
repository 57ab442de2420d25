//! Copies, payloads and libraries.

use aof_testkit::server::{Server, ServerKind, skip_unless};

use crate::beside::{hold, hold_on};

#[test]
fn copies_are_as_on_servers() {
    hold(&[
        "SET a 1",
        "PEXPIREAT a 4102444800000",
        "COPY a b",
        "COPY a b",
        "COPY a b REPLACE",
        "COPY a a",
        "COPY a a DB 3",
        "COPY a a DB 3",
        "COPY none a REPLACE",
        "COPY a b DB 16",
        "COPY a b DB",
        "COPY a b NOW",
        "SELECT 3",
        "APPEND a x",
    ]);
}

#[test]
fn payloads_are_restored_as_on_servers() {
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(kind, folder.path(), &[]).unwrap();
        let mut client = server.client().unwrap();
        let mut commands = Vec::new();
        for (line, name) in [("SET s 12345", "s"), ("SET t text", "t"), ("SETRANGE u 70000 x", "u")]
        {
            client.command(&line.split(' ').collect::<Vec<_>>()).unwrap();
            let aof_testkit::client::Value::Text(dump) = client.command(&["DUMP", name]).unwrap()
            else {
                panic!("no payload of {name}");
            };
            let words = |more: &[&str]| -> Vec<Vec<u8>> {
                let first = [b"RESTORE".to_vec(), name.into(), b"0".to_vec(), dump.clone()];
                first.into_iter().chain(more.iter().map(|word| word.as_bytes().to_vec())).collect()
            };
            commands.extend([
                words(&[]),
                words(&[]),
                words(&["REPLACE"]),
                words(&["REPLACE", "FREQ", "256"]),
            ]);
            let mut until = words(&["REPLACE", "ABSTTL", "IDLETIME", "5"]);
            until[2] = b"4102444800000".to_vec();
            let mut broken = words(&["REPLACE"]);
            broken[3][1] ^= 1;
            commands.extend([until, broken]);
        }
        hold_on(kind, &commands);
    }
}

#[test]
fn libraries_are_kept_under_their_names() {
    let code = "#!lua name=lib\nredis.register_function('f',function()return(1)end)";
    let words =
        |line: &str| line.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
    let load = |more: &[&str]| {
        let words = [&["FUNCTION", "LOAD"], more, &[code]].concat();
        words.into_iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>()
    };
    let commands = [
        load(&[]),
        load(&[]),
        load(&["REPLACE"]),
        load(&["REPLACE", "replace"]),
        load(&["REPLACE", "once"]),
        words("FUNCTION DELETE none"),
        words("FUNCTION DELETE lib"),
        load(&[]),
        words("FUNCTION FLUSH now"),
        words("FLUSHALL"),
        load(&[]),
        words("FUNCTION FLUSH ASYNC"),
        load(&[]),
    ];
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        if kind.version() >= (7, 0) {
            hold_on(kind, &commands);
        }
    }
}
