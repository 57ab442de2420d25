//! Groups that read streams.

use aof_testkit::Rng;
use aof_testkit::server::ServerKind;

use crate::stream_info::{hold_groups, hold_groups_on};

#[test]
fn groups_and_consumers_come_and_go_as_on_servers() {
    hold_groups(&[
        "XGROUP CREATE s g 0",
        "XGROUP CREATE s g x MKSTREAM",
        "XGROUP CREATE s g $ MKSTREAM",
        "XGROUP CREATE s g 0 MKSTREAM",
        "XADD s 1-1 f v",
        "XGROUP CREATE s g 0",
        "XGROUP CREATE s h $",
        "XGROUP CREATE s i 7",
        "XGROUP CREATE s j -",
        "XGROUP CREATE s j 0 FOO",
        "XGROUP CREATE s ",
        "XGROUP CREATECONSUMER s g c",
        "XGROUP CREATECONSUMER s g c",
        "XGROUP CREATECONSUMER s none c",
        "XGROUP CREATECONSUMER none g c",
        "XGROUP SETID s h 0",
        "XGROUP SETID s i +",
        "XGROUP SETID s g $",
        "XGROUP SETID s none $",
        "XGROUP SETID none g x",
        "XGROUP SETID s g x",
        "XGROUP DELCONSUMER s g c",
        "XGROUP DELCONSUMER s g c",
        "XGROUP DELCONSUMER s none c",
        "XGROUP DESTROY s i",
        "XGROUP DESTROY s i",
        "XGROUP DESTROY none g",
        "XGROUP FOO s g",
        "xgroup destroy s h",
        "xGroup Create s g2 0 entriesread",
        "SET t 1",
        "XGROUP CREATE t g 0",
        "XGROUP CREATE t g 0 MKSTREAM",
        "XGROUP CREATECONSUMER t g c",
        "XGROUP DESTROY t g",
        "XACK t g 1-1",
        "XCLAIM t g c 0 1-1",
        "XAUTOCLAIM t g c 0 1-1",
        "XREADGROUP GROUP g c STREAMS t >",
    ]);
}

#[test]
fn entries_change_hands_as_on_servers() {
    hold_groups(&[
        "XADD s 1-1 f v",
        "XADD s 2-1 f v",
        "XADD s 3-1 f v",
        "XGROUP CREATE s g 0",
        "XCLAIM s g c 0 1-1 TIME 1000 RETRYCOUNT 3 FORCE JUSTID LASTID 1-1",
        "XCLAIM s g d 0 1-1 TIME 2000 RETRYCOUNT 4 FORCE JUSTID LASTID 0-1",
        "XCLAIM s g d 0 2-1 TIME 2000 JUSTID",
        "XCLAIM s g d 0 2-1 3-1 TIME 2000 FORCE",
        "XCLAIM s g d 0 1-1 TIME 3000",
        "XCLAIM s g c 99999999999999 1-1 TIME 4000",
        "XCLAIM s g c 1000 1-1 TIME 5000 JUSTID",
        "XCLAIM s g c -5 1-1 TIME 9223372036854775807 JUSTID",
        "XCLAIM s g c 0 2-1 IDLE 10 RETRYCOUNT -7",
        "XCLAIM s g c 0 2-1 IDLE -9223372036854775808",
        "XCLAIM s g c 0 3-1 TIME -5",
        "XCLAIM s g c 0 3-1 TIME x",
        "XCLAIM s g c 0 3-1 RETRYCOUNT x",
        "XCLAIM s g c 0 3-1 LASTID x",
        "XCLAIM s g c 0 3-1 FOO",
        "XCLAIM s g c 0 3-1 TIME",
        "XCLAIM s g c x 3-1",
        "XCLAIM s none c 0 3-1",
        "XCLAIM none g c x 3-1",
        "XCLAIM s g c 0 3-1 RETRYCOUNT 9223372036854775807",
        "XCLAIM s g c 0 3-1 LASTID 9-9",
        "XACK s g 1-1 1-1 9-9",
        "XACK s g 3-1 x",
        "XACK s none x",
        "XACK none g x",
        "XGROUP DELCONSUMER s g d",
        "XGROUP DELCONSUMER s g c",
    ]);
}

#[test]
fn entries_that_are_gone_are_no_longer_pending_once_they_are_claimed() {
    let commands = [
        "XADD s 1-1 f v",
        "XADD s 2-1 f v",
        "XGROUP CREATE s g 0",
        "XCLAIM s g c 0 1-1 2-1 FORCE JUSTID TIME 5",
        "XDEL s 1-1 2-1",
        "XCLAIM s g d 0 1-1 FORCE JUSTID TIME 5",
        "XAUTOCLAIM s g d 0 0",
        "XCLAIM s g e 0 9-9 FORCE JUSTID TIME 5",
    ];
    for kind in [ServerKind::Redis82, ServerKind::Valkey81, ServerKind::Valkey91] {
        hold_groups_on(kind, &commands);
    }
}

#[test]
fn very_many_entries_are_claimed_as_on_the_server_that_takes_the_number() {
    let commands = [
        "XADD s 1-1 f v",
        "XADD s 2-1 f v",
        "XGROUP CREATE s g 0",
        "XCLAIM s g c 0 1-1 2-1 FORCE JUSTID TIME 5",
        "XAUTOCLAIM s g d 0 0 COUNT 9223372036854775807 JUSTID",
    ];
    hold_groups_on(ServerKind::Redis62, &commands);
}

#[test]
fn pending_entries_are_claimed_in_order_as_on_servers() {
    hold_groups(&[
        "XADD s 1-1 f v",
        "XADD s 2-1 f v",
        "XADD s 3-1 f v",
        "XGROUP CREATE s g 0",
        "XCLAIM s g c 0 1-1 2-1 3-1 FORCE JUSTID TIME 5",
        "XAUTOCLAIM s g d 0 0 COUNT 1",
        "XAUTOCLAIM s g e 0 (1-1 COUNT 1 JUSTID",
        "XAUTOCLAIM s g f 1000 -",
        "XAUTOCLAIM s g g 99999999999999 -",
        "XAUTOCLAIM s g h 0 +",
        "XAUTOCLAIM s g d x 0",
        "XAUTOCLAIM s g d 0 x",
        "XAUTOCLAIM s g d 0 (",
        "XAUTOCLAIM s g d 0 (-",
        "XAUTOCLAIM s g d 0 (18446744073709551615-18446744073709551615",
        "XAUTOCLAIM s g d 0 0 COUNT 0",
        "XAUTOCLAIM s g d 0 0 FOO",
        "XAUTOCLAIM s none d 0 0",
        "XAUTOCLAIM none g d 0 0",
    ]);
}

#[test]
fn groups_read_as_on_servers() {
    hold_groups(&[
        "XADD s 1-1 f v",
        "XADD s 2-1 f v",
        "XADD t 1-1 f v",
        "XGROUP CREATE s g 0",
        "XGROUP CREATE t g $",
        "XREADGROUP GROUP g c COUNT 1 STREAMS s >",
        "XREADGROUP GROUP g c STREAMS s t > >",
        "XREADGROUP GROUP g d NOACK STREAMS s t > >",
        "XADD s 3-1 f v",
        "XADD t 3-1 f v",
        "XREADGROUP GROUP g d NOACK COUNT -1 STREAMS s t > >",
        "XREADGROUP GROUP g c STREAMS s 0",
        "XREADGROUP COUNT 1 GROUP g c STREAMS s 1-1",
        "XGROUP SETID s g 1",
        "XREADGROUP GROUP g e STREAMS s >",
        "XREADGROUP GROUP none c STREAMS s >",
        "XREADGROUP GROUP g c STREAMS none >",
        "XREADGROUP GROUP g c STREAMS s t >",
        "XREADGROUP GROUP g c STREAMS s $",
        "XREADGROUP GROUP g c STREAMS s -",
        "XREADGROUP GROUP g c COUNT x STREAMS s >",
        "XREADGROUP GROUP g c BLOCK x STREAMS s >",
        "XREADGROUP GROUP g c FOO STREAMS s >",
        "XREADGROUP GROUP g c NOACK NOACK NOACK s >",
        "XREADGROUP COUNT 1 COUNT 1 STREAMS s >",
    ]);
}

/// Redis 8.2 can delete entries together with what groups note of them, or only those that nobody waits for.
#[test]
fn entries_are_deleted_with_their_notes_as_on_redis() {
    let commands = [
        "XADD s 1-1 f v",
        "XADD s 2-1 f v",
        "XADD s 3-1 f v",
        "XADD s 4-1 f v",
        "XADD s 5-1 f v",
        "XGROUP CREATE s g 0",
        "XGROUP CREATE s h 0",
        "XREADGROUP GROUP g c COUNT 3 STREAMS s >",
        "XREADGROUP GROUP h c COUNT 2 STREAMS s >",
        "XDELEX s ACKED IDS 3 1-1 5-1 9-1",
        "XACK s g 1-1",
        "XACK s h 1-1",
        "XDELEX s ACKED IDS 1 1-1",
        "XDELEX s KEEPREF IDS 1 2-1",
        "XDELEX s DELREF IDS 1 2-1",
        "XACKDEL s g ACKED IDS 1 3-1",
        "XACKDEL s h IDS 2 3-1 4-1",
        "XREADGROUP GROUP h c COUNT 2 STREAMS s >",
        "XACKDEL s h ACKED IDS 1 4-1",
        "XACKDEL s h DELREF IDS 1 3-1",
        "XACKDEL none h IDS 1 x",
        "XACKDEL s none IDS 1 x",
        "XACKDEL s h IDS 1 x",
        "XDELEX s IDS 1 4-1 DELREF",
        "XDELEX s IDS 2 4-1",
        "XDELEX s IDS 1 4-1 5-1",
        "XDELEX s IDS 0 4-1",
        "XDELEX s IDS -1 4-1",
        "XDELEX s IDS 9223372036854775807 4-1",
        "XDELEX s ACKED DELREF IDS 1 4-1",
        "XDELEX none IDS 1 x",
        "XADD s 6-1 f v",
        "XADD s 7-1 f v",
        "XREADGROUP GROUP g c STREAMS s >",
        "XACK s g 6-1 7-1",
        "XADD s MAXLEN 1 ACKED 8-1 f v",
        "XREADGROUP GROUP h c COUNT 1 STREAMS s >",
        "XTRIM s MAXLEN 1 ACKED",
        "XTRIM s DELREF MINID 7-5",
        "XTRIM s DELREF ACKED MINID 7-5",
        "XADD s KEEPREF DELREF 9-1 f v",
        "XTRIM s MAXLEN 0 DELREF",
    ];
    hold_groups_on(ServerKind::Redis82, &commands);
}

/// A command that is mostly sound, as logs have it.
fn random(rng: &mut Rng, millis: &mut u64) -> String {
    let key = *rng.pick(&["a", "b", "s"]);
    let group = *rng.pick(&["g", "g", "h"]);
    let consumer = *rng.pick(&["c", "d", "e"]);
    *millis += rng.below(2);
    let (at, other) = (rng.below(*millis + 1), rng.below(*millis + 1));
    match rng.below(14) {
        0..=2 => format!("XADD {key} {millis}-1 f v"),
        3 => format!("XGROUP CREATE {key} {group} {at}-1 MKSTREAM"),
        4..=7 => format!(
            "XCLAIM {key} {group} {consumer} 0 {at}-1 TIME {} RETRYCOUNT {other} FORCE JUSTID LASTID {at}-1",
            rng.below(9)
        ),
        8 => format!("XACK {key} {group} {at}-1 {other}-1"),
        9 => format!("XGROUP SETID {key} {group} {at}-1"),
        10 => format!("XGROUP CREATECONSUMER {key} {group} {consumer}"),
        11 if rng.chance(30) => format!("XGROUP DESTROY {key} {group}"),
        11 => format!("XGROUP DELCONSUMER {key} {group} {consumer}"),
        12 => format!("XCLAIM {key} {group} {consumer} 0 {at}-1 {other}-1 TIME 7"),
        _ => format!("XREADGROUP GROUP {group} {consumer} NOACK COUNT 1 STREAMS {key} >"),
    }
}

#[test]
fn random_commands_make_the_same_groups() {
    let (mut rng, mut millis) = (Rng::new(0x6772_6f75), 1);
    let mut lines = vec!["SET s 1".to_owned()];
    lines.extend((0..300).map(|_| random(&mut rng, &mut millis)));
    hold_groups(&lines.iter().map(String::as_str).collect::<Vec<_>>());
}

/// Newer servers agree also on what becomes of entries that are gone, and on how much groups have read.
fn random_of_clients(rng: &mut Rng, millis: &mut u64) -> String {
    let key = *rng.pick(&["a", "b", "s"]);
    let group = *rng.pick(&["g", "g", "h"]);
    let consumer = *rng.pick(&["c", "d"]);
    *millis += rng.below(2);
    let (at, other) = (rng.below(*millis + 1), rng.below(*millis + 1));
    match rng.below(15) {
        0..=2 => format!("XADD {key} MAXLEN 9 {millis}-1 f v"),
        3 => format!("XGROUP CREATE {key} {group} {at}-1 MKSTREAM"),
        4..=6 => {
            format!("XREADGROUP GROUP {group} {consumer} COUNT {at} STREAMS {key} {key} > {other}")
        }
        7 => format!("XREADGROUP GROUP {group} {consumer} NOACK COUNT 1 STREAMS {key} >"),
        8 => format!("XACK {key} {group} {at}-1 {other}-1"),
        9 => format!("XDEL {key} {at}-1"),
        10 => format!("XTRIM {key} MINID {other}-1"),
        11 => format!("XGROUP SETID {key} {group} {at}-1 ENTRIESREAD 0"),
        12 => format!("XAUTOCLAIM {key} {group} {consumer} 0 {at} COUNT 2"),
        13 => format!("XSETID {key} {millis}-1 MAXDELETEDID {other}-1"),
        _ => format!("XCLAIM {key} {group} {consumer} 0 {at}-1 {other}-1 FORCE"),
    }
}

#[test]
fn random_commands_of_clients_make_the_same_groups_on_newer_servers() {
    for seed in 1..=4 {
        let (mut rng, mut millis) = (Rng::new(seed), 1);
        let mut lines = vec!["SET s 1".to_owned()];
        lines.extend((0..300).map(|_| random_of_clients(&mut rng, &mut millis)));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for kind in [ServerKind::Redis82, ServerKind::Valkey81, ServerKind::Valkey91] {
            hold_groups_on(kind, &lines);
        }
    }
}

#[test]
fn random_deletions_keep_the_same_notes_on_redis() {
    let (mut rng, mut millis) = (Rng::new(82), 1);
    let mut lines = Vec::new();
    for _ in 0..300 {
        let references = *rng.pick(&["KEEPREF", "DELREF", "ACKED"]);
        let (at, other) = (rng.below(millis + 1), rng.below(millis + 1));
        lines.push(match rng.below(8) {
            0 => format!("XDELEX s {references} IDS 2 {at}-1 {other}-1"),
            1 => format!("XACKDEL s g {references} IDS 2 {at}-1 {other}-1"),
            2 => format!("XACKDEL s h IDS 1 {at}-1 {references}"),
            3 => format!("XTRIM s {references} MAXLEN {}", rng.below(12)),
            4 => format!("XADD s MINID {at} {references} {millis}-1 f v"),
            _ => {
                random_of_clients(&mut rng, &mut millis).replace(" a ", " s ").replace(" b ", " s ")
            }
        });
    }
    hold_groups_on(ServerKind::Redis82, &lines.iter().map(String::as_str).collect::<Vec<_>>());
}
