//! Logs on standard input, which are kept in a file meanwhile.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::input::{gzip, zstd};
use super::super::room::{PROGRAM, Room, Told, clean, holed};
use super::{dump, names};

/// Runs the program with bytes that come through a pipe.
fn piped(room: &Room, args: &[&str], bytes: &[u8]) -> Told {
    let mut command = room.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = command.spawn().unwrap();
    let mut stdin = program.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    // It may end before it has read everything.
    let writer = std::thread::spawn(move || stdin.write_all(&bytes).is_ok());
    let told = Told::from(program.wait_with_output().unwrap());
    writer.join().unwrap();
    told
}

#[test]
fn a_log_on_standard_input_is_converted_like_a_file_and_leaves_nothing_behind() {
    let room = Room::new();
    room.file("log.aof", &clean(200));
    let args = ["convert", "log.aof", "-o", "file.rdb", "--target", "redis:7.0"];
    assert_eq!(room.run(&args).code, Some(0));
    let expected = fs::read(room.path().join("file.rdb")).unwrap();
    let log = clean(200);
    for bytes in [log.clone(), gzip(&log), zstd(&log)] {
        let args = ["convert", "-", "-o", "out.rdb", "--target", "redis:7.0", "--force"];
        let told = piped(&room, &[&args[..], &["--spool-dir", "."]].concat(), &bytes);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert!(fs::read(room.path().join("out.rdb")).unwrap() == expected);
        assert_eq!(names(&room), ["file.rdb", "log.aof", "out.rdb"]);
    }
    let file = File::open(room.path().join("log.aof")).unwrap();
    let args = ["convert", "-", "-o", "out.rdb", "--target", "redis:7.0", "--force"];
    let told = Told::from(room.command(&args).stdin(file).output().unwrap());
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(fs::read(room.path().join("out.rdb")).unwrap() == expected);
}

#[test]
fn a_log_that_begins_with_an_rdb_file_is_told_from_one_that_is_all() {
    let room = Room::new();
    let preamble = |says: &[u8]| {
        let mut file = dump();
        let at = file.windows(2).position(|pair| pair == b"\xfa\x09").unwrap();
        file.splice(at..at, says.iter().copied());
        // The checksum is not that of these bytes any more: none is.
        let end = file.len() - 8;
        file[end..].fill(0);
        file
    };
    let args = ["convert", "-", "-o", "out.jsonl", "--force", "--spool-dir", "."];
    let log = [preamble(b"\xfa\x0caof-preamble\xc0\x01"), clean(20)].concat();
    let told = piped(&room, &args, &log);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("21 records executed on 5 keys"), "{}", told.out);
    let told = piped(&room, &args, &preamble(b"\xfa\x0caof-preamble\xc0\x00"));
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(!told.out.contains("executed"), "{}", told.out);
    let told = piped(&room, &[&args[..], &["--duplicates", "last"]].concat(), &dump());
    assert_eq!(told.code, Some(16), "{told:?}");
    assert!(told.err.contains("standard input can be read only once"), "{}", told.err);
}

#[test]
fn a_damaged_log_on_standard_input_is_refused_and_salvaged_as_a_file_is() {
    let room = Room::new();
    let args = ["convert", "-", "-o", "out.rdb", "--target", "redis:7.0", "--spool-dir", "."];
    let told = piped(&room, &args, &holed());
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.err.contains("- is damaged"), "{}", told.err);
    assert_eq!(names(&room), Vec::<String>::new());
    let told = piped(&room, &[&args[..], &["--salvage"]].concat(), &holed());
    assert_eq!(told.code.map(|code| code & 1), Some(1), "{told:?}");
    assert_eq!(room.run(&["check", "--deep", "out.rdb"]).code, Some(0));
}

#[test]
fn memory_is_no_place_for_a_log_unless_that_is_asked_for() {
    let shared = Path::new("/dev/shm");
    if !shared.is_dir() {
        return;
    }
    let room = Room::new();
    let folder = tempfile::tempdir_in(shared).unwrap();
    let output = folder.path().join("out.jsonl");
    let output = output.to_str().unwrap();
    let told = piped(&room, &["convert", "-", "-o", output], &clean(20));
    assert_eq!(told.code, Some(8), "{told:?}");
    assert!(
        told.err.contains("lives in memory") && told.err.contains("--spool-dir"),
        "{}",
        told.err
    );
    let there = folder.path().to_str().unwrap();
    let told = piped(&room, &["convert", "-", "-o", output, "--spool-dir", there], &clean(20));
    assert_eq!(told.code, Some(0), "{told:?}");
    let told = piped(&room, &["convert", "-", "-o", "-", "--to", "jsonl"], &clean(20));
    assert_eq!(told.code, Some(16), "{told:?}");
    assert!(told.err.contains("--spool-dir"), "{}", told.err);
}

#[test]
fn a_full_disk_ends_it_and_nothing_is_left() {
    let room = Room::new();
    // A file system of its own, which only this process sees, where that is allowed.
    let line = format!(
        "mkdir small && mount -t tmpfs -o size=2m none small && \
         {{ {PROGRAM} convert - -o out.jsonl --spool-dir small; code=$?; ls -A small; exit $code; }}"
    );
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &line]).current_dir(room.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut program) = command.spawn() else { return };
    let mut stdin = program.stdin.take().unwrap();
    let log = clean(200_000);
    assert!(log.len() > 4 << 20);
    let writer = std::thread::spawn(move || stdin.write_all(&log).is_ok());
    let told = Told::from(program.wait_with_output().unwrap());
    writer.join().unwrap();
    if told.err.contains("unshare") || told.err.contains("mount") {
        return;
    }
    assert_eq!((told.code, told.out.as_str()), (Some(8), ""), "{}", told.err);
    assert!(told.err.contains("no room left"), "{}", told.err);
    assert!(!room.path().join("out.jsonl").exists());
}

#[test]
fn a_signal_ends_the_wait_for_a_log_and_nothing_is_left() {
    let room = Room::new();
    let mut command = Command::new("env");
    command.args(["--default-signal=INT,TERM,HUP", PROGRAM, "convert", "-", "-o", "out.jsonl"]);
    command.args(["--spool-dir", "."]).current_dir(room.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut converting = command.spawn().unwrap();
    let mut stdin = converting.stdin.take().unwrap();
    // More than is in flight: what is read of it is under way into the file.
    stdin.write_all(&clean(100_000)).unwrap();
    let killed = Command::new("kill").args(["-INT", &converting.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let told = Told::from(converting.wait_with_output().unwrap());
    drop(stdin);
    assert_eq!((told.code, told.out.as_str()), (Some(32), ""), "{}", told.err);
    assert_eq!(names(&room), Vec::<String>::new());
}
