//! Taking repairs back.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::repair::{LOG, apply, read};
use super::room::{Room, clean, holed, torn};

#[test]
fn everything_is_what_it_was_time_and_permissions_too() {
    for (damaged, option) in [(torn(5), "--cut"), (holed(), "--salvage")] {
        let room = Room::new();
        let path = room.file(LOG, &damaged);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        let before = fs::metadata(&path).unwrap();
        assert_eq!(apply(&room, LOG, &[option, "--max-loss", "100cmds"]).code, Some(1));
        let told = room.run(&["undo", "--yes", LOG]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let after = fs::metadata(&path).unwrap();
        assert_eq!(read(&room, LOG), damaged);
        assert_eq!(after.mode(), before.mode());
        assert_eq!(after.ino(), before.ino(), "it is the same file");
        let time = |metadata: &fs::Metadata| (metadata.mtime(), metadata.mtime_nsec());
        assert_eq!(time(&after), time(&before));
    }
}

#[test]
fn repairs_are_taken_back_one_by_one_the_last_first() {
    let room = Room::new();
    room.file(LOG, &holed());
    apply(&room, LOG, &["--salvage", "--max-loss", "40cmds"]);
    let salvaged = read(&room, LOG);
    let mut file = OpenOptions::new().append(true).open(room.path().join(LOG)).unwrap();
    file.write_all(b"*3\r\n$3\r\nSET").unwrap();
    drop(file);
    super::room::age(&room.path().join(LOG));
    assert_eq!(apply(&room, LOG, &[]).code, Some(1));
    assert_eq!(read(&room, LOG), salvaged);
    assert_eq!(room.run(&["undo", "--yes", LOG]).code, Some(0));
    assert_eq!(read(&room, LOG), [&salvaged[..], b"*3\r\n$3\r\nSET"].concat());
}

#[test]
fn what_a_server_wrote_since_is_not_thrown_away() {
    let room = Room::new();
    let path = room.file(LOG, &torn(5));
    assert_eq!(apply(&room, LOG, &[]).code, Some(1));
    let more = b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";
    OpenOptions::new().append(true).open(&path).unwrap().write_all(more).unwrap();
    let told = room.run(&["undo", "--yes", LOG]);
    assert_eq!(told.code, Some(8), "{told:?}");
    assert!(told.err.contains("undo -o DIR"), "{}", told.err);
    assert_eq!(read(&room, LOG), [&clean(4)[..], more].concat());
    let told = room.run(&["undo", "-o", "before", LOG]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(read(&room, "before/appendonly.aof"), torn(5));
    assert_eq!(read(&room, LOG), [&clean(4)[..], more].concat());
}

#[test]
fn a_repair_of_another_file_is_not_meant() {
    let room = Room::new();
    room.file(LOG, &torn(5));
    room.file("other.aof", &torn(7));
    assert_eq!(apply(&room, LOG, &[]).code, Some(1));
    assert_eq!(apply(&room, "other.aof", &[]).code, Some(1));
    assert_eq!(room.run(&["undo", "--yes", LOG]).code, Some(0));
    assert_eq!((read(&room, LOG), read(&room, "other.aof")), (torn(5), clean(6)));
}

#[test]
fn without_a_repair_there_is_nothing_to_take_back() {
    let room = Room::new();
    room.file(LOG, &torn(5));
    let told = room.run(&["undo", "--yes", LOG]);
    assert_eq!(told.code, Some(8), "{told:?}");
    assert!(told.err.contains("no repair"), "{}", told.err);
    assert_eq!(apply(&room, LOG, &["--no-quarantine"]).code, Some(1));
    let told = room.run(&["undo", "--yes", LOG]);
    assert!(told.err.contains("was not kept"), "{}", told.err);
}
