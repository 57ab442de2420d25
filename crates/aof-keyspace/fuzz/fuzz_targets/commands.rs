//! No commands make a keyspace panic, what is refused has changed nothing, and what is written of it to RDB is read
//! again and means the same.

#![no_main]

use aof_keyspace::{Applied, Keyspace, Scores, Session};
use aof_keyspace_fuzz::{Input, LONGEST};
use aof_rdb::{Key, Payload, Room, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
    if input.chance() {
        session.set_clock(1_700_000_000_000);
    }
    for _ in 0..LONGEST {
        let Some(command) = input.command() else { break };
        let args: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
        let before = keyspace.clone();
        match keyspace.apply(&mut session, &args) {
            Err(_) | Ok(Applied::Queued) => assert_eq!(keyspace, before, "{args:?}"),
            Ok(_) => {}
        }
    }
    comes_back(&keyspace);
});

fn comes_back(keyspace: &Keyspace<'_>) {
    let (mut again, mut room) = (Keyspace::default(), Room::default());
    for held in keyspace.iter() {
        let (db, name) = (held.db, held.name());
        let mut bytes = Vec::new();
        let code = held.encode(&mut bytes);
        let value = Payload { header: encode::HEADER, code, bytes: &bytes };
        value.verify(&mut room).unwrap_or_else(|fault| panic!("{name:?}: {fault:?}"));
        let (name, expiry) = (name.into(), held.expiry());
        let key = Key { db, name, expiry, idle: None, frequency: None, has_metadata: false, value };
        again.load(&key, &mut room).unwrap();
    }
    for scores in [Scores::Seventeen, Scores::Shortest, Scores::Valkey] {
        assert_eq!(again.digest(scores), keyspace.digest(scores));
    }
    assert!(again.iter().eq(keyspace.iter()));
}
