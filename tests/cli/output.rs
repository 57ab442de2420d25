//! Where the words go: terminals, pipes that close, disks that are full, and signals.

use std::fs::{self, OpenOptions};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::room::{PROGRAM, Room, Told, clean, log, torn};

#[test]
fn a_pipe_that_closes_early_is_no_failure() {
    let room = Room::new();
    room.file("a.aof", &torn(20));
    for args in [vec!["check", "a.aof"], vec!["check", "--json", "a.aof"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let told =
            Told::from(room.command(&args).stdout(writer).stderr(Stdio::piped()).output().unwrap());
        assert_eq!(told.code, Some(4), "the verdict stands");
        assert_eq!(told.err, "");
    }
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let room = Room::new();
    room.file("a.aof", &torn(20));
    for args in
        [vec!["check", "a.aof"], vec!["check", "--json", "a.aof"], vec!["explain", "AOF-GAP"]]
    {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let told = room.command(&args).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let told = Told::from(told);
        assert_eq!(told.code, Some(8), "{args:?}");
        assert!(told.err.starts_with("error: the result cannot be written"), "{}", told.err);
    }
}

#[test]
fn colour_is_for_terminals_and_for_who_asks() {
    let room = Room::new();
    room.file("a.aof", &torn(20));
    let escapes = |args: &[&str], no_color: bool| {
        let mut command = room.command(args);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        Told::from(command.output().unwrap()).out.contains('\x1b')
    };
    assert!(!escapes(&["check", "a.aof"], false), "a pipe is no terminal");
    assert!(escapes(&["check", "a.aof", "--color", "always"], false));
    assert!(escapes(&["--color", "always", "check", "a.aof"], true), "who asks gets it");
    assert!(!escapes(&["check", "a.aof", "--color", "never"], false));
}

#[test]
fn no_color_holds_on_a_terminal() {
    let room = Room::new();
    room.file("a.aof", &torn(20));
    let on_terminal = |variables: &str| {
        let line = format!("{variables} {PROGRAM} check a.aof");
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).current_dir(room.path()).stdin(Stdio::null());
        script.env_remove("NO_COLOR").env("TERM", "xterm");
        String::from_utf8(script.output().unwrap().stdout).unwrap()
    };
    assert!(on_terminal("").contains("\x1b[31mDAMAGED"));
    let plain = on_terminal("NO_COLOR=1");
    assert!(plain.contains("DAMAGED  a.aof") && !plain.contains('\x1b'), "{plain}");
}

#[test]
fn quiet_leaves_only_the_exit_status() {
    let room = Room::new();
    room.file("a.aof", &torn(20));
    let told = room.run(&["check", "-q", "a.aof"]);
    assert_eq!((told.code, told.out.as_str(), told.err.as_str()), (Some(4), "", ""));
}

#[test]
fn arguments_that_make_no_sense_are_told_from_all_other_failures() {
    let room = Room::new();
    let wrong: [&[&str]; 8] = [
        &[],
        &["chek"],
        &["check"],
        &["check", "a.aof", "--deepp"],
        &["check", "a.aof", "--jobs", "0"],
        &["check", "a.aof", "--databases", "many"],
        &["check", "a.aof", "--json", "--verbose"],
        &["check", "a.aof", "b.aof"],
    ];
    for args in wrong {
        let told = room.run(args);
        assert_eq!(told.code, Some(16), "{args:?}");
        assert_eq!(told.out, "", "{args:?}");
        assert!(!told.err.is_empty(), "{args:?}");
    }
}

#[test]
fn help_and_version_are_results() {
    let room = Room::new();
    for args in [["--help"], ["--version"]] {
        let told = room.run(&args);
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
        assert!(told.out.to_lowercase().contains("aof"), "{}", told.out);
    }
    let told = room.run(&["check", "--help"]);
    assert_eq!(told.code, Some(0));
    assert!(told.out.contains("EXIT STATUS"), "{}", told.out);
}

#[test]
fn no_key_ever_reaches_the_terminal_as_it_is() {
    let room = Room::new();
    let evil = "\x1b]0;owned\x07\u{202e}\u{9b}2J\r\n\0".as_bytes();
    let mut bytes = log(3);
    bytes.command(&[evil, evil, evil]).command(&[b"SET".as_slice(), evil, b"a value that is cut"]);
    let mut bytes = bytes.finish().bytes;
    bytes.truncate(bytes.len() - 9);
    room.file("a.aof", &bytes);
    for args in
        [vec!["check", "a.aof"], vec!["check", "a.aof", "-v"], vec!["check", "a.aof", "--json"]]
    {
        let told = room.run(&args);
        assert_eq!(told.code, Some(4));
        assert!(told.out.contains("owned"), "{}", told.out);
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!told.out.contains(acts), "{:?}", told.out);
    }
}

#[test]
fn a_signal_ends_a_check_that_waits_for_its_input() {
    let room = Room::new();
    let made = Command::new("mkfifo").arg(room.path().join("pipe")).status().unwrap();
    assert!(made.success());
    // Whoever runs the tests may ignore these signals.
    let mut command = Command::new("env");
    command.args(["--default-signal=INT,TERM,HUP", PROGRAM, "check", "pipe"]);
    command.current_dir(room.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let checked = command.spawn().unwrap();
    thread::sleep(Duration::from_millis(300));
    let pid = checked.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let told = Told::from(checked.wait_with_output().unwrap());
    assert_eq!(told.code, Some(32));
    assert_eq!(told.out, "");
    assert!(told.err.starts_with("cancelled"), "{}", told.err);
}

#[test]
fn nothing_but_the_result_is_written_anywhere() {
    let room = Room::new();
    room.file("a.aof", &clean(20));
    let before = fs::metadata(room.path().join("a.aof")).unwrap();
    let told = room.run(&["check", "a.aof"]);
    assert_eq!(told.err, "");
    let after = fs::metadata(room.path().join("a.aof")).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 1);
}
