//! Logs whose data may take so much memory and no more.

use aof_testkit::{LogBuilder, RdbBuilder};

use super::super::room::{Room, clean};

#[test]
fn a_log_that_needs_more_memory_than_it_may_is_refused_and_nothing_is_left() {
    let room = Room::new();
    room.file("log.aof", &clean(2000));
    let convert = |limit: &str| {
        let args = ["--target", "redis:7.0", "--memory-limit", limit, "-o", "out.rdb"];
        room.run(&[&["convert", "log.aof"], &args[..]].concat())
    };
    let refused = convert("100KB");
    assert_eq!(refused.code, Some(8), "{refused:?}");
    assert!(refused.err.contains("the data need more than"), "{}", refused.err);
    assert!(refused.err.contains("of memory, and --memory-limit allows 100.0 KiB"));
    assert!(!room.path().join("out.rdb").exists());
    assert_eq!(convert("4GB").code, Some(0));
    let wrong = convert("much");
    assert_eq!(wrong.code, Some(16));
    assert!(wrong.err.contains("512MB"), "{}", wrong.err);
}

#[test]
fn what_data_need_is_told_from_some_of_the_keys_before_all_are_executed() {
    let room = Room::new();
    let mut log = LogBuilder::new();
    for n in 0..100_000 {
        log.command(&["SET", &format!("a key of some length:{n}"), "value"]);
    }
    room.file("log.aof", &log.finish().bytes);
    let convert = |limit: &str| {
        let args = ["-j2", "--target", "redis:7.0", "-o", "out.rdb", "--force", "--memory-limit"];
        room.run(&[&["convert", "log.aof"], &args[..], &[limit]].concat())
    };
    let refused = convert("6MB");
    assert_eq!(refused.code, Some(8), "{refused:?}");
    let told = refused.err.split("the data need about ").nth(1).expect(&refused.err);
    let needed: f64 = told.split(' ').next().unwrap().parse().expect(told);
    let right = |share: f64| convert(&format!("{}", (needed * share * f64::from(1 << 20)) as u64));
    assert_eq!(right(0.7).code, Some(8));
    let enough = right(1.4);
    assert_eq!(enough.code, Some(0), "{needed} MiB should do: {enough:?}");
}

#[test]
fn one_large_key_is_found_too_large_when_it_is() {
    let room = Room::new();
    let mut log = LogBuilder::new();
    for _ in 0..100_000 {
        log.command(&["RPUSH", "list", &"element ".repeat(7)]);
    }
    room.file("log.aof", &log.finish().bytes);
    let told = room.run(&["convert", "log.aof", "-o", "out.rdb", "--memory-limit", "8MB"]);
    assert_eq!(told.code, Some(8), "{told:?}");
    assert!(
        told.err.contains("more memory than the 8.0 MiB that --memory-limit allows"),
        "{told:?}"
    );
}

#[test]
fn bases_with_too_many_keys_are_refused_before_anything_is_executed() {
    let room = Room::new();
    let keys =
        (0..1000).fold(RdbBuilder::base().db(0), |base, n| base.string(&format!("k{n}"), "v"));
    room.file("log.aof", &[keys.finish(), clean(1)].concat());
    let told = room.run(&["convert", "log.aof", "-o", "out.rdb", "--memory-limit", "39kb"]);
    assert_eq!(told.code, Some(8), "{told:?}");
    assert!(told.err.contains("the bases have 1,000 keys, which need 39.1 KiB"), "{}", told.err);
}
