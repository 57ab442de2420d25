//! Entries of streams.

use aof_testkit::Rng;
use aof_testkit::server::{ServerKind, skip_unless};

use crate::beside::{compare_digests, held, loads};
use crate::stream_info::{compare, hold_groups, hold_groups_on};

/// Those that know `ms-*`, and remember what a stream no longer has.
const REMEMBERING: [ServerKind; 4] =
    [ServerKind::Redis70, ServerKind::Redis82, ServerKind::Valkey81, ServerKind::Valkey91];

#[test]
fn entries_are_added_as_on_servers() {
    hold_groups(&[
        "XADD s 0-0 f v",
        "XADD s NOMKSTREAM 1-1 f v",
        "XADD s 1-1 f v",
        "XADD s 1-1 f v",
        "XADD s 0-5 f v",
        "XADD s NOMKSTREAM 1-2 f v g w f ",
        "XADD s 2 f v",
        "XADD s 2-1 f",
        "XADD s 2-1 f v g",
        "XADD s 2-1",
        "XADD s x f v",
        "XADD s + f v",
        "XADD s - f v",
        "XADD s 3-x f v",
        "XADD s 3-1-1 f v",
        "XADD s 03-+1 f v",
        "XADD s 18446744073709551616-1 f v",
        "XADD z 0 f v",
        "PEXPIREAT s 4102444800000",
        "XADD s 4--01 f v",
        "XADD s 18446744073709551615-18446744073709551615 f v",
        "XADD s 18446744073709551615-18446744073709551615 f v",
        "XADD s * f v",
        "SET t 1",
        "XADD t 1-1 f v",
        "XADD t 0-0 f v",
        "XDEL t 1-1",
        "XTRIM t MAXLEN 0",
        "XSETID t 1-1",
    ]);
}

#[test]
fn a_sequence_may_be_left_to_the_server() {
    let commands = [
        "XADD s 0-* f v",
        "XADD s 5-* f v",
        "XADD s 5-* f v",
        "XADD s 4-* f v",
        "XADD s 7-18446744073709551615 f v",
        "XADD s 7-* f v",
        "XADD s x-* f v",
        "XADD s -* f v",
        "XADD s 18446744073709551615-18446744073709551614 f v",
        "XADD s 18446744073709551615-* f v",
        "XADD s 18446744073709551615-* f v",
    ];
    REMEMBERING.iter().for_each(|kind| hold_groups_on(*kind, &commands));
}

#[test]
fn streams_are_trimmed_as_on_servers() {
    hold_groups(&[
        "XADD s 1-1 f 1",
        "XADD s MAXLEN 5 2-1 f 2",
        "XADD s MAXLEN = 2 3-1 f 3",
        "XADD s MINID 3 4-1 f 4",
        "XADD s MINID = 3-2 5-1 f 5",
        "XADD s MAXLEN ~ 1 6-1 f 6",
        "XADD s MINID ~ 6 6-2 f 6",
        "XADD s MAXLEN -1 7-1 f 7",
        "XADD s MAXLEN x 7-1 f 7",
        "XADD s MAXLEN 1 MINID 1 7-1 f 7",
        "XADD s MAXLEN 7-1 f 7",
        "XADD s LIMIT 5 7-1 f 7",
        "XADD s MAXLEN ~ 5 LIMIT -1 8-1 f 7",
        "XADD s MAXLEN ~ 5 LIMIT 100 NOMKSTREAM 8-1 f 7",
        "XTRIM s MAXLEN 3",
        "XTRIM s MAXLEN = 9",
        "XTRIM s MINID 7-1",
        "XTRIM s MINID x",
        "XTRIM s MAXLEN ~ 1",
        "XTRIM s FOO 3",
        "XTRIM s MAXLEN 3 FOO",
        "XTRIM s NOMKSTREAM MAXLEN 3",
        "XTRIM none MAXLEN 3",
        "XTRIM none MAXLEN x",
        "XTRIM s MAXLEN ~ 0",
        "XADD s 9-1 f v",
        "XTRIM s MINID ~ 10",
        "XADD s MAXLEN 0 10-1 f v",
        "XADD s 10-1 f v",
    ]);
}

#[test]
fn entries_are_deleted_and_ids_are_set_as_on_servers() {
    hold_groups(&[
        "XADD s 1-1 f 1",
        "XADD s 2-1 f 2",
        "XADD s 3-1 f 3",
        "XADD s 4-1 f 4",
        "XDEL s 1-1 1-1 9-9",
        "XDEL s 3-1 x",
        "XDEL s 3-1",
        "XDEL none x",
        "XSETID s 3-9",
        "XSETID s 4-1",
        "XSETID s 9-9",
        "XSETID s x",
        "XSETID s -",
        "XSETID none 1-1",
        "XADD s 9-9 f v",
        "XDEL s 2-1 4-1",
        "XSETID s 18446744073709551615-18446744073709551615",
        "XADD s * f v",
    ]);
}

#[test]
fn what_a_stream_remembers_is_set_as_on_servers() {
    let commands = [
        "XADD s 1-1 f 1",
        "XADD s 2-1 f 2",
        "XSETID s 5-1 ENTRIESADDED 7 MAXDELETEDID 3-1",
        "XSETID s 5-2 ENTRIESADDED 1",
        "XSETID s 5-2 ENTRIESADDED -1",
        "XSETID s 5-2 ENTRIESADDED x",
        "XSETID s 5-2 MAXDELETEDID 6-1",
        "XSETID s 5-2 MAXDELETEDID 0-0",
        "XSETID s 5-2 MAXDELETEDID",
        "XSETID s 5-2 FOO 3",
        "XDEL s 1-1 2-1",
        "XSETID s 3-1 ENTRIESADDED 0",
        "XADD s 6-1 f v",
        "XSETID s 6-1 ENTRIESADDED 9223372036854775807",
    ];
    REMEMBERING.iter().for_each(|kind| hold_groups_on(*kind, &commands));
}

#[test]
fn an_id_is_set_below_what_was_deleted_as_older_servers_do() {
    let commands = [
        "XADD s 1-1 f 1",
        "XADD s 2-1 f 2",
        "XADD s 3-1 f 2",
        "XDEL s 3-1 2-1",
        "XSETID s 2-1",
        "XADD s 2-2 f 1",
    ];
    for kind in [ServerKind::Redis62, ServerKind::Redis70] {
        hold_groups_on(kind, &commands);
    }
}

#[test]
fn a_log_may_have_a_limit_where_clients_may_not() {
    let commands = [
        "XADD s 1-1 f 1",
        "XADD s 2-1 f 2",
        "XADD s MAXLEN = 2 LIMIT 1 3-1 f 3",
        "XADD s 4-1 f 4",
        "XTRIM s MINID = 4-1 LIMIT 1",
        "XADD t 1-1 f 1",
        "XADD t MAXLEN ~ 0 LIMIT 1 2-1 f 1",
    ];
    loads(&ServerKind::ALL, &commands, |server, keyspace| {
        compare_digests(server, keyspace);
        compare(server, keyspace);
    });
}

#[test]
fn what_is_trimmed_roughly_keeps_a_short_stream_or_nothing() {
    let mut lines: Vec<String> = (1..=90).map(|n| format!("XADD s {n}-1 f v")).collect();
    lines.extend(["XTRIM s MAXLEN ~ 1", "XTRIM s MINID ~ 90-1"].map(str::to_owned));
    lines.push("XADD s MINID ~ 91-1 91-1 f v".to_owned());
    lines.push("XTRIM s MINID ~ 92".to_owned());
    hold_groups(&lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn long_streams_are_trimmed_exactly_where_that_is_asked_for() {
    let mut lines: Vec<String> = (1..=250).map(|n| format!("XADD s {n}-1 f v")).collect();
    lines
        .extend(["XDEL s 140-1", "XTRIM s MAXLEN = 120", "XTRIM s MINID = 200"].map(str::to_owned));
    hold_groups(&lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn ids_end_at_a_zero_byte_as_on_servers() {
    let ids: [&[u8]; 9] = [
        b"1-1\0junk",
        b"2\0-5",
        b"3-\0",
        b"\0",
        b" 4-\t1",
        b"5-1 ",
        b"6-1\0",
        &[b'0'; 127],
        &[b'7'; 128],
    ];
    let add = |id: &&[u8]| [b"XADD", &b"s"[..], id, b"f", b"v"].map(<[u8]>::to_vec).to_vec();
    let commands: Vec<Vec<Vec<u8>>> = ids.iter().map(add).collect();
    for kind in ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()) {
        held(kind, &commands, compare);
    }
}

/// A command that is mostly sound.
fn random(rng: &mut Rng, millis: &mut u64) -> String {
    let key = *rng.pick(&["a", "b", "c", "s"]);
    *millis += rng.below(2);
    let (seq, small) = (rng.below(4), rng.below(*millis + 1));
    let trim = match rng.below(5) {
        0 => format!("MAXLEN {} ", rng.below(6)),
        1 => format!("MINID = {small}-{seq} "),
        _ => String::new(),
    };
    match rng.below(8) {
        0..=3 => format!("XADD {key} {trim}{millis}-{seq} f {small}"),
        4 => format!("XDEL {key} {small}-{seq} {small}-1"),
        5 => format!("XTRIM {key} MAXLEN = {}", rng.below(8)),
        6 => format!("XTRIM {key} MINID {small}-{seq}"),
        _ => format!("XDEL {key} {millis}-{seq}"),
    }
}

#[test]
fn random_commands_make_the_same_streams() {
    let (mut rng, mut millis) = (Rng::new(0x7374_7265), 1);
    let mut lines = vec!["SET s 1".to_owned()];
    lines.extend((0..300).map(|_| random(&mut rng, &mut millis)));
    hold_groups(&lines.iter().map(String::as_str).collect::<Vec<_>>());
}
