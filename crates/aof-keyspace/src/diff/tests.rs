//! What is said of two keyspaces that commands made.

use aof_rdb::{Key, Payload, Room, ValueType, encode};
use aof_testkit::{RandomLog, Rng, naive};

use super::*;
use crate::session::Session;

fn data(commands: &[&str]) -> Keyspace<'static> {
    let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
    for command in commands {
        let args: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        keyspace.apply(&mut session, &args).expect("the command is right");
    }
    keyspace
}

/// Counts and what differs, as `only first/only second/differ`.
fn told(first: &[&str], second: &[&str], how: Comparison) -> Vec<String> {
    let (first, second) = (data(first), data(second));
    let mut told = Vec::new();
    let mut see = |it: Difference<'_>| {
        let name = String::from_utf8_lossy(it.name).into_owned();
        match (it.first, it.second) {
            (Some(kind), None) => told.push(format!("{name}: {kind} only in first")),
            (None, Some(kind)) => told.push(format!("{name}: {kind} only in second")),
            _ => told.extend(it.changes.iter().map(|change| {
                let Change { what, only_first, only_second, differ, .. } = change;
                format!("{name}: {what:?} {only_first}/{only_second}/{differ}")
            })),
        }
    };
    how.functions(&first, &second, &mut see);
    how.keys(&first, &second, &|_| true, &mut see);
    // The order of keys is that of their hashes; what differs in one of them stays together.
    told.sort_by_key(|line| line.split(':').next().map(str::to_owned));
    told
}

fn exact(first: &[&str], second: &[&str]) -> Vec<String> {
    told(first, second, Comparison::default())
}

#[test]
fn nothing_differs_where_only_the_order_does() {
    let first = ["SADD s a b c", "HSET h f 1 g 2", "ZADD z 1 a 2 b", "SET k v"];
    let second = ["SET k v", "ZADD z 2 b 1 a", "HSET h g 2 f 1", "SADD s c a", "SADD s b"];
    assert_eq!(exact(&first, &second), [""; 0]);
}

#[test]
fn keys_of_one_side_are_told_with_their_type_and_their_database() {
    let found = exact(&["SET a 1", "SET b 1"], &["SELECT 1", "SET a 1", "SELECT 0", "SET b 1"]);
    assert_eq!(found, ["a: string only in first", "a: string only in second"]);
}

#[test]
fn every_type_says_how_many_of_what_differ() {
    let found = exact(
        &["SADD s a b c", "HSET h f 1 g 2 i 3", "ZADD z 1 a 2 b 3 c", "SET k hello", "SET t 1"],
        &["SADD s c d", "HSET h f 1 g 3 j 4", "ZADD z 1 a 3 b 9 d", "SET k help", "RPUSH t 1"],
    );
    let expected = [
        "h: Fields 1/1/1",
        "k: Text 0/0/1",
        "s: Members 2/1/0",
        "t: Type 0/0/1",
        "z: Scores 1/1/1",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_list_is_compared_between_what_is_the_same_at_both_ends() {
    let of = |first: &str, second: &str| exact(&[first], &[second]);
    assert_eq!(of("RPUSH l a b c d", "RPUSH l a x b c d"), ["l: Elements 0/1/0"]);
    assert_eq!(of("RPUSH l a b c d", "RPUSH l a x c d"), ["l: Elements 0/0/1"]);
    assert_eq!(of("RPUSH l a a a", "RPUSH l a a"), ["l: Elements 1/0/0"]);
}

#[test]
fn times_are_equal_within_the_tolerance() {
    let first =
        ["SET k v PXAT 1900000000000", "HSET h f v", "HPEXPIREAT h 1900000000000 FIELDS 1 f"];
    let second =
        ["SET k v PXAT 1900000000900", "HSET h f v", "HPEXPIREAT h 1900000001000 FIELDS 1 f"];
    let near = |tolerance| Comparison { tolerance, ..Comparison::default() };
    assert_eq!(exact(&first, &second), ["h: FieldExpiries 0/0/1", "k: Expiry 0/0/1"]);
    assert_eq!(told(&first, &second, near(999)), ["h: FieldExpiries 0/0/1"]);
    assert_eq!(told(&first, &second, near(1000)), [""; 0]);
    assert_eq!(
        told(&first[..1], &["SET k v"], near(1000)),
        ["k: Expiry 0/0/1"],
        "never is not near"
    );
}

#[test]
fn streams_are_compared_with_groups_and_what_they_remember() {
    let first = [
        "XADD s 1-0 f v",
        "XADD s 2-0 f v",
        "XGROUP CREATE s g 0",
        "XGROUP CREATE s only 0",
        "XREADGROUP GROUP g ann COUNT 1 STREAMS s >",
    ];
    let second = [
        "XADD s 1-0 f v",
        "XADD s 2-0 f w",
        "XADD s 3-0 f v",
        "XDEL s 3-0",
        "XGROUP CREATE s g 0",
        "XGROUP CREATECONSUMER s g bob",
    ];
    let clock = |session: &mut Session| session.set_clock(1_900_000_000_000);
    let make = |commands: &[&str]| {
        let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
        clock(&mut session);
        for command in commands {
            let args: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
            keyspace.apply(&mut session, &args).expect("the command is right");
        }
        keyspace
    };
    let (first, second) = (make(&first), make(&second));
    let of = |how: Comparison| {
        let mut changes = Vec::new();
        how.keys(&first, &second, &|_| true, &mut |it| changes = it.changes);
        changes.iter().map(|it| it.what).collect::<Vec<_>>()
    };
    use What::{Added, Consumers, Delivered, Entries, Groups, LastId, MaxDeleted, Pending, Read};
    let all = [Entries, LastId, MaxDeleted, Added, Groups, Delivered, Read, Pending, Consumers];
    assert_eq!(of(Comparison::default()), all);
    let saved = [Entries, LastId, Groups, Delivered, Pending, Consumers];
    assert_eq!(of(Comparison { has_history: false, ..Comparison::default() }), saved);
}

#[test]
fn the_example_is_something_that_differs_if_there_is_such() {
    let (first, second) = (data(&["HSET h a 1 b 2"]), data(&["HSET h b 3 c 4"]));
    let mut found = Vec::new();
    Comparison::default().keys(&first, &second, &|_| true, &mut |it| found.push(it));
    let bytes = |text: &str| Some(Datum::Bytes(text.as_bytes().to_vec()));
    let place = Place::Name(b"b".to_vec());
    let example = Some(Example { place, first: bytes("2"), second: bytes("3") });
    assert_eq!(found[0].changes[0].example, example);
    assert_eq!(found[0].bytes, 6, "three fields, each with its value");
}

#[test]
fn a_text_is_shown_from_the_first_byte_on_that_differs() {
    let change = value::text(b"hello world", b"hello there").expect("they differ");
    let Some(Example { place, first, second }) = change.example else { panic!("there is one") };
    assert_eq!(place, Place::Offset(6));
    assert_eq!(first, Some(Datum::Bytes(b"world".to_vec())));
    assert_eq!(second, Some(Datum::Bytes(b"there".to_vec())));
    assert_eq!(change.bytes, 5);
}

#[test]
fn libraries_are_compared_by_their_sources() {
    let library = |body: &str| format!("#!lua\x20name=lib\nredis.register_function('f',{body})");
    let with = |source: &str| {
        let mut keyspace = Keyspace::default();
        let load: [&[u8]; 3] = [b"FUNCTION", b"LOAD", source.as_bytes()];
        keyspace.apply(&mut Session::default(), &load).expect("the library is right");
        keyspace
    };
    let (first, second) = (with(&library("one")), with(&library("two")));
    let count = |first: &Keyspace<'_>, second: &Keyspace<'_>| {
        let mut found = 0;
        let equal = Comparison::default().functions(first, second, &mut |_| found += 1);
        (equal, found)
    };
    assert_eq!(count(&first, &first), (1, 0));
    assert_eq!(count(&first, &second), (0, 1));
    assert_eq!(count(&first, &Keyspace::default()), (0, 1));
}

#[test]
fn only_what_was_asked_for_is_compared() {
    let (first, second) = (data(&["SET a 1", "SET b 1"]), data(&["SET a 2", "SET b 2", "SET c 2"]));
    let mut found = Vec::new();
    let takes = |held: &Held<'_, '_>| held.name() != b"a";
    let equal = Comparison::default().keys(&first, &second, &takes, &mut |it| found.push(it.name));
    assert_eq!((equal, found), (0, vec![&b"b"[..], b"c"]));
}

/// What random clients leave.
fn random(seed: u64) -> Keyspace<'static> {
    let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
    session.set_clock(1_900_000_000_000);
    let log = RandomLog::new(seed).records(300).timestamps(false).build();
    for frame in naive::parse(&log.bytes).frames {
        let args: Vec<&[u8]> = frame.argv.iter().map(Vec::as_slice).collect();
        let _ = keyspace.apply(&mut session, &args);
    }
    keyspace
}

/// Through the bytes of an RDB file and back.
fn reloaded(keyspace: &Keyspace<'_>) -> Keyspace<'static> {
    let (mut fresh, mut room) = (Keyspace::default(), Room::default());
    for held in keyspace.iter() {
        let (db, name) = (held.db, held.name());
        let mut bytes = Vec::new();
        let code = held.encode(&mut bytes);
        let value = Payload { header: encode::HEADER, code, bytes: &bytes };
        let (name, expiry) = (name.into(), held.expiry());
        let (idle, frequency, has_metadata) = (None, None, false);
        let key = Key { db, name, expiry, idle, frequency, has_metadata, value };
        fresh.load(&key, &mut room).expect("what was encoded can be read");
    }
    for (_, source) in keyspace.functions() {
        let load: [&[u8]; 3] = [b"FUNCTION", b"LOAD", source];
        fresh.apply(&mut Session::default(), &load).expect("it was taken before");
    }
    fresh
}

/// Changes one thing of a key, and says in which respect.
fn edit(keyspace: &mut Keyspace<'_>, db: u64, name: &[u8], rng: &mut Rng) -> Option<What> {
    let held = keyspace.get(db, name).expect("it is there");
    let (kind, is_expiring) = (held.value().kind(), held.expiry().is_some());
    let (what, args): (_, Vec<&[u8]>) = match (rng.below(4), kind) {
        (0, _) => (None, vec![b"DEL", name]),
        (1, _) if is_expiring => (Some(What::Expiry), vec![b"PERSIST", name]),
        (1, _) => (Some(What::Expiry), vec![b"PEXPIREAT", name, b"2000000000000"]),
        (_, ValueType::String) => (Some(What::Text), vec![b"APPEND", name, b"!"]),
        (_, ValueType::List) => (Some(What::Elements), vec![b"RPUSH", name, b"a new element"]),
        (_, ValueType::Set) => (Some(What::Members), vec![b"SADD", name, b"a new member"]),
        (_, ValueType::SortedSet) => {
            (Some(What::Scores), vec![b"ZADD", name, b"0.5", b"a new member"])
        }
        (_, ValueType::Hash) => (Some(What::Fields), vec![b"HSET", name, b"a new field", b"1"]),
        (_, ValueType::Stream) => {
            (Some(What::Groups), vec![b"XGROUP", b"CREATE", name, b"a new group", b"0"])
        }
        (_, ValueType::Module) => unreachable!("no value here is of a module"),
    };
    let mut session = Session::default();
    for args in [&[b"SELECT", db.to_string().as_bytes()][..], &args] {
        keyspace.apply(&mut session, args).expect("the command is right");
    }
    what
}

#[test]
fn data_that_went_through_a_file_are_equal_and_one_edit_is_found_and_named() {
    for seed in 0..200 {
        let (first, mut rng) = (random(seed), Rng::new(seed));
        let mut second = reloaded(&first);
        let mut found = Vec::new();
        let how = Comparison::default();
        let equal = how.keys(&first, &second, &|_| true, &mut |it| found.push(it));
        how.functions(&first, &second, &mut |it| found.push(it));
        assert_eq!((equal, found), (first.len() as u64, vec![]), "seed {seed}");
        let place = rng.below(first.len() as u64);
        let held = first.iter().nth(place as usize).expect("there are so many");
        let (db, name) = (held.db, held.name());
        let what = edit(&mut second, db, name, &mut rng);
        let mut found = Vec::new();
        how.keys(&first, &second, &|_| true, &mut |it| found.push(it));
        let [difference] = &found[..] else { panic!("seed {seed}: {found:?}") };
        assert_eq!((difference.db, difference.name), (Some(db), name), "seed {seed}");
        let whats: Vec<What> = difference.changes.iter().map(|change| change.what).collect();
        assert_eq!(whats, Vec::from_iter(what), "seed {seed}");
        assert_eq!(difference.second.is_none(), what.is_none(), "seed {seed}");
    }
}
