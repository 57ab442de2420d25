//! Inputs that are no log, or cannot be read: a clear message, the right exit bit, never a panic.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use aof_testkit::hostile;

use super::room::{PROGRAM, Room, Told, age, clean, torn};

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// What cannot be opened is told on standard error in one line, with exit status 8 and no result.
fn is_refused(told: &Told, why: &str) {
    assert_eq!(told.code, Some(8), "{told:?}");
    assert_eq!(told.out, "");
    assert!(told.err.starts_with("error: "), "{}", told.err);
    assert!(told.err.contains(why), "{}", told.err);
}

#[test]
fn a_path_that_does_not_exist() {
    is_refused(&Room::new().run(&["check", "no.aof"]), "\"no.aof\" does not exist");
}

#[test]
fn a_link_to_nothing() {
    let room = Room::new();
    std::os::unix::fs::symlink("gone.aof", room.path().join("a.aof")).unwrap();
    is_refused(&room.run(&["check", "a.aof"]), "a symbolic link to \"gone.aof\"");
}

#[test]
fn a_character_device() {
    is_refused(&Room::new().run(&["check", "/dev/zero"]), "a character device");
}

#[test]
fn a_socket() {
    let room = Room::new();
    let _socket = UnixListener::bind(room.path().join("a.aof")).unwrap();
    is_refused(&room.run(&["check", "a.aof"]), "a socket");
}

/// Nothing is closed to `root`: where tests run as `root`, somebody else runs the program.
#[test]
fn a_log_without_permission_to_read_it() {
    let room = Room::new();
    let path = room.file("a.aof", &clean(3));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    let is_root = path.metadata().unwrap().uid() == 0;
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--", PROGRAM]);
        command
    } else {
        Command::new(PROGRAM)
    };
    let told = command.arg("check").arg(&path).current_dir("/").output().unwrap();
    is_refused(&Told::from(told), "no permission to read");
}

#[test]
fn a_named_pipe_is_read_like_a_file() {
    let room = Room::new();
    let made = Command::new("mkfifo").arg(room.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let checked = room.command(&["check", "pipe"]).stdout(Stdio::piped()).spawn().unwrap();
    fs::write(room.path().join("pipe"), clean(200)).unwrap();
    let told = Told::from(checked.wait_with_output().unwrap());
    assert_eq!(told.code, Some(0));
    assert!(told.out.starts_with("CLEAN  pipe"), "{}", told.out);
}

#[test]
fn standard_input_from_a_pipe_and_from_a_file() {
    let room = Room::new();
    let path = room.file("a.aof", &torn(20));
    let mut piped = room.command(&["check", "-v", "-"]);
    let mut piped = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    piped.stdin.take().unwrap().write_all(&torn(20)).unwrap();
    let from_pipe = Told::from(piped.wait_with_output().unwrap());
    let mut redirected = room.command(&["check", "-v", "-"]);
    let redirected = redirected.stdin(File::open(path).unwrap()).output().unwrap();
    for told in [from_pipe, Told::from(redirected)] {
        assert_eq!(told.code, Some(4));
        assert!(told.out.starts_with("DAMAGED  -  (RESP log"), "{}", told.out);
        assert!(told.out.contains("AOF-TAIL-TORN"), "{}", told.out);
        assert!(told.last_line().starts_with("head -c "), "{}", told.out);
    }
}

#[test]
fn compressed_logs_are_decoded_on_the_fly() {
    let room = Room::new();
    for (name, bytes) in [("a.aof.gz", gzip(&torn(20))), ("a.aof.zst", zstd(&torn(20)))] {
        let told = room.check(name, &bytes);
        assert_eq!(told.code, Some(4));
        assert!(told.out.contains("INPUT-COMPRESSED"), "{}", told.out);
        assert!(told.out.contains("AOF-TAIL-TORN"), "{}", told.out);
        assert_eq!(told.last_line(), format!("aof-doctor repair '{name}' -o 'a.aof.repaired'"));
    }
    let told = room.check("b.aof.gz", &gzip(&clean(20)));
    assert_eq!(told.code, Some(0), "that it is compressed is no more than a note");
}

#[test]
fn a_compressed_log_that_ends_too_early_is_a_short_copy() {
    let room = Room::new();
    for (name, bytes) in [("a.aof.gz", gzip(&clean(20_000))), ("a.aof.zst", zstd(&clean(20_000)))] {
        let document = room.json(name, &bytes[..bytes.len() * 2 / 3]);
        assert_eq!(document["verdict"], "damaged", "{document}");
        let ids: Vec<_> =
            document["findings"].as_array().unwrap().iter().map(|f| &f["id"]).collect();
        assert_eq!(ids, ["INPUT-COMPRESSED", "INPUT-SHORT-COPY"]);
        assert!(document["totals"]["commands"].as_u64().unwrap() > 100, "{document}");
        let told = room.run(&["check", name]);
        assert_eq!(told.code, Some(4));
        assert_eq!(told.last_line(), format!("aof-doctor check '{name}'"));
    }
}

#[test]
fn a_compressed_log_of_which_nothing_is_left() {
    let told = Room::new().check("a.aof.gz", &gzip(&clean(20))[..12]);
    assert_eq!(told.code, Some(4));
    assert!(told.out.contains("INPUT-SHORT-COPY"), "{}", told.out);
    assert!(!told.out.contains("empty"), "{}", told.out);
}

#[test]
fn a_compressed_log_with_wrong_bytes_is_unreadable_from_there_on() {
    let mut bytes = gzip(&clean(100_000));
    let middle = bytes.len() / 2;
    bytes[middle..middle + 5000].fill(0xff);
    let told = Room::new().check("a.aof.gz", &bytes);
    assert_eq!(told.code, Some(8));
    assert!(told.out.starts_with("UNREADABLE"), "{}", told.out);
    assert!(told.out.contains("PART-UNREADABLE"), "{}", told.out);
    assert!(!told.out.contains(" 0 commands"), "what was checked before counts: {}", told.out);
}

#[test]
fn a_bomb_of_arguments_or_of_lengths_is_damage_and_costs_no_memory() {
    let room = Room::new();
    for (name, bomb) in hostile::argc_bombs().into_iter().chain(hostile::length_bombs()) {
        let bytes = [clean(10), bomb.clone(), clean(10)].concat();
        let path = room.file("a.aof", &bytes);
        let limited = "ulimit -v 1000000; exec \"$0\" check -j 1 \"$1\"";
        let told = Command::new("sh").args(["-c", limited, PROGRAM]).arg(path).output().unwrap();
        let told = Told::from(told);
        assert_eq!(told.code, Some(4), "{name}: {told:?}");
        assert_eq!(told.err, "", "{name}");
    }
}

#[test]
fn a_value_of_two_gibibytes_is_read_like_any_other() {
    let room = Room::new();
    let path = room.path().join("a.aof");
    let mut file = File::create(&path).unwrap();
    file.write_all(
        b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2147483648\r\nx",
    )
    .unwrap();
    // The file system keeps a hole in place of the zeros.
    file.seek(SeekFrom::Current((2 << 30) - 1)).unwrap();
    file.write_all(b"\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n").unwrap();
    drop(file);
    age(&path);
    let told = room.run(&["check", "a.aof"]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert!(told.out.contains("= 2.0 GiB, 3 commands"), "{}", told.out);
}

#[test]
fn a_path_of_any_bytes_is_shown_safely_and_can_be_typed() {
    let room = Room::new();
    let told = room.check("a\x1b[2J\n'b'.aof", &torn(3));
    assert!(told.out.starts_with("DAMAGED  a\\x1b[2J\\n'b'.aof  ("), "{}", told.out);
    let typed = told.last_line();
    assert_eq!(typed, r"aof-doctor repair $'a\033[2J\012\'b\'.aof'");
    let line = typed.replacen("aof-doctor", "\"$0\"", 1);
    let mut bash = Command::new("bash");
    let bash = bash.args(["-c", &line, PROGRAM]).current_dir(room.path()).output().unwrap();
    let told = Told::from(bash);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert_eq!(told.last_line(), format!("Next    stop the server, then: {typed} --apply"));
}
