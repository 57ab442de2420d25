//! The start script of the documentation.

use std::fs;
use std::process::Command;

use super::room::{PROGRAM, Room, Told, torn};
use super::set::{incr, set};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/snippets/preen-and-start.sh");

const LAST: &str = "appendonlydir/appendonly.aof.2.incr.aof";

/// Runs the script; the server that it starts is `touch started`.
fn start(room: &Room) -> (Told, bool) {
    let _ = fs::remove_file(room.path().join("started"));
    let mut script = Command::new("sh");
    script.arg(SCRIPT).args(["touch", "started"]).current_dir(room.path());
    script.env("AOF_DOCTOR", PROGRAM).env("DATA", ".");
    let told = Told::from(script.output().unwrap());
    let is_started = room.path().join("started").exists();
    (told, is_started)
}

#[test]
fn whole_data_are_started_on() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let (told, is_started) = start(&room);
    assert!(is_started, "{told:?}");
    assert_eq!(told.code, Some(0));
}

#[test]
fn padding_is_taken_off_before_the_start() {
    let room = Room::new();
    set(&room, "appendonlydir");
    room.file(LAST, &[&incr(4)[..], &[0; 8]].concat());
    let (told, is_started) = start(&room);
    assert!(is_started, "{told:?}");
    assert_eq!(fs::read(room.path().join(LAST)).unwrap(), incr(4));
}

#[test]
fn a_torn_last_record_is_left_to_the_server_which_cuts_it() {
    let room = Room::new();
    set(&room, "appendonlydir");
    room.file(LAST, &torn(3));
    let (told, is_started) = start(&room);
    assert!(is_started, "{told:?}");
    assert_eq!(fs::read(room.path().join(LAST)).unwrap(), torn(3));
}

#[test]
fn nothing_is_changed_and_nothing_started_where_data_would_be_lost() {
    let room = Room::new();
    set(&room, "appendonlydir");
    let bytes = [incr(4), vec![0; 512], incr(8)].concat();
    room.file(LAST, &bytes);
    let (told, is_started) = start(&room);
    assert!(!is_started, "{told:?}");
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("not starting the server"), "{}", told.err);
    assert_eq!(fs::read(room.path().join(LAST)).unwrap(), bytes);
}
