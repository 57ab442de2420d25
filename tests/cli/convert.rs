//! RDB files as commands, as lines of JSON, and as files for other servers.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use aof_testkit::RdbBuilder;

use super::room::{PROGRAM, Room, Told};

mod damaged;
mod expired;
mod log;
mod memory;
mod rdb;
mod stdin;

/// Two databases, three types, and a library of functions.
fn dump() -> Vec<u8> {
    RdbBuilder::new(11)
        .aux("redis-ver", "7.2.4")
        .aux("ctime", "1700000000")
        .raw(b"\xf5\x0f#!lua name=lib\n")
        .db(0)
        .string("user:1", "Ann")
        .string("user:2", "Bob")
        .raw(b"\x01\x05tasks\x02\x03one\xc0\x02")
        .db(3)
        .raw(b"\x02\x04tags\x01\x01a")
        .string("order:7", "\u{1b}[2J")
        .finish()
}

/// A file that takes several pieces and windows.
fn large() -> Vec<u8> {
    let mut file = RdbBuilder::new(11).db(0);
    for number in 0..20_000 {
        file = file.string(&format!("key:{number:05}"), &"v".repeat(number % 700));
    }
    file.finish()
}

/// The names of the keys in lines of JSON.
fn keys(lines: &[u8]) -> Vec<String> {
    let lines = std::str::from_utf8(lines).unwrap().lines();
    let values = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    values.filter_map(|value| value["key"].as_str().map(str::to_owned)).collect()
}

/// Runs `convert dump.rdb -o -` and returns what comes out.
fn lines(room: &Room, options: &[&str]) -> Vec<u8> {
    let args = [&["convert", "dump.rdb", "-o", "-", "--to", "jsonl"], options].concat();
    let output = room.command(&args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn keys_become_commands_and_the_last_line_says_where_to_send_them() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    let told = room.run(&["convert", "dump.rdb", "-o", "it's.resp"]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    assert!(told.out.starts_with("CONVERTED  dump.rdb  (5 keys in "), "{}", told.out);
    assert!(told.out.contains("5 keys and 1 library of functions of 2 databases"), "{}", told.out);
    assert_eq!(told.last_line(), r"redis-cli --pipe < 'it'\''s.resp'");
    let written = fs::read(room.path().join("it's.resp")).unwrap();
    let command = |words: &[&str]| {
        let mut bytes = Vec::new();
        aof_testkit::client::encode(words, &mut bytes);
        bytes
    };
    let expected = [
        command(&["FUNCTION", "LOAD", "REPLACE", "#!lua name=lib\n"]),
        command(&["SELECT", "0"]),
        command(&["SET", "user:1", "Ann"]),
        command(&["SET", "user:2", "Bob"]),
        command(&["RPUSH", "tasks", "one", "2"]),
        command(&["SELECT", "3"]),
        command(&["SADD", "tags", "a"]),
        command(&["SET", "order:7", "\u{1b}[2J"]),
    ];
    assert_eq!(written.escape_ascii().to_string(), expected.concat().escape_ascii().to_string());
}

#[test]
fn keys_become_lines_which_no_terminal_acts_on() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    let told = room.run(&["convert", "dump.rdb", "-o", "keys.ndjson"]);
    assert_eq!((told.code, told.last_line()), (Some(0), "head -n 3 'keys.ndjson'"));
    let expected = r##"{"function":"#!lua name=lib\n"}
{"db":0,"key":"user:1","type":"string","value":"Ann"}
{"db":0,"key":"user:2","type":"string","value":"Bob"}
{"db":0,"key":"tasks","type":"list","value":["one","2"]}
{"db":3,"key":"tags","type":"set","value":["a"]}
{"db":3,"key":"order:7","type":"string","value":"\u001b[2J"}
"##;
    assert_eq!(fs::read_to_string(room.path().join("keys.ndjson")).unwrap(), expected);
    assert_eq!(lines(&room, &[]), expected.as_bytes());
}

#[test]
fn keys_are_chosen_by_name_database_and_type() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    let chosen = |options: &[&str]| keys(&lines(&room, options)).join(" ");
    for (options, expected) in [
        (&["--key", "user:*"][..], "user:1 user:2"),
        (&["--key", "user:[^1]", "--key", "t?s*"], "user:2 tasks"),
        (&["--key-regex", "^(tag|task)s$"], "tasks tags"),
        (&["--key-regex", ":[0-9]", "--key", "*r:*", "--db", "3"], "order:7"),
        (&["--db", "3"], "tags order:7"),
        (&["--db", "0", "--db", "3", "--type", "set", "--type", "list"], "tasks tags"),
        (&["--key", "nothing"], ""),
    ] {
        assert_eq!(chosen(options), expected, "{options:?}");
    }
    let told = room.run(&["convert", "dump.rdb", "-o", "a.jsonl", "--type", "set"]);
    assert!(told.out.contains("4 keys that the filter does not take"), "{}", told.out);
    assert!(told.out.contains("1 library of functions, because there is a filter"), "{}", told.out);
    for wrong in [["--key-regex", "("], ["--type", "zest"], ["--db", "-1"]] {
        let args = [&["convert", "dump.rdb", "-o", "b.jsonl"][..], &wrong].concat();
        assert_eq!(room.run(&args).code, Some(16), "{wrong:?}");
    }
}

#[test]
fn the_output_does_not_depend_on_threads_nor_on_how_the_file_comes_in() {
    let room = Room::new();
    let file = large();
    room.file("dump.rdb", &file);
    room.file("dump.rdb.gz", &super::input::gzip(&file));
    room.file("dump.rdb.zst", &super::input::zstd(&file));
    for to in ["resp", "jsonl"] {
        let whole = |path: &str, jobs: &str, stdin: Stdio| {
            let args = ["convert", path, "-o", "-", "--to", to, "-j", jobs];
            let output = room.command(&args).stdin(stdin).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{told}");
            assert!(told.contains("20,000 keys of 1 database"), "{told}");
            output.stdout
        };
        let first = whole("dump.rdb", "1", Stdio::null());
        assert!(first.len() > 7_000_000);
        for jobs in ["2", "3", "4"] {
            assert!(whole("dump.rdb", jobs, Stdio::null()) == first, "-j {jobs}");
        }
        for path in ["dump.rdb.gz", "dump.rdb.zst"] {
            assert!(whole(path, "2", Stdio::null()) == first, "{path}");
        }
        let stdin = File::open(room.path().join("dump.rdb")).unwrap();
        assert!(whole("-", "2", stdin.into()) == first, "from a file as standard input");
        let mut cat = Command::new("cat")
            .arg(room.path().join("dump.rdb"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        assert!(whole("-", "2", cat.stdout.take().unwrap().into()) == first, "from a pipe");
        cat.wait().unwrap();
    }
}

#[test]
fn a_file_that_is_there_stays_unless_it_is_said_otherwise() {
    let room = Room::new();
    let input = room.file("dump.rdb", &dump());
    let output = room.file("out.resp", b"precious");
    let told = room.run(&["convert", "dump.rdb", "-o", "out.resp"]);
    assert_eq!(told.code, Some(8), "{}", told.err);
    assert!(told.err.contains("exists already") && told.err.contains("--force"), "{}", told.err);
    assert_eq!(fs::read(&output).unwrap(), b"precious");
    fs::set_permissions(&input, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(room.run(&["convert", "dump.rdb", "-o", "out.resp", "--force"]).code, Some(0));
    assert!(fs::read(&output).unwrap().starts_with(b"*4\r\n$8\r\nFUNCTION"));
    let mode = fs::metadata(&output).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640, "who could not read the input cannot read the output");
    for name in ["dump.rdb", "./dump.rdb"] {
        let told = room.run(&["convert", "dump.rdb", "-o", name, "--to", "resp", "--force"]);
        assert_eq!(told.code, Some(16), "{}", told.err);
        assert!(told.err.contains("is an input itself"), "{}", told.err);
    }
    assert_eq!(fs::read(&input).unwrap(), dump());
}

#[test]
fn what_can_not_be_converted_is_named_and_nothing_is_written() {
    let room = Room::new();
    room.file("empty.rdb", b"");
    room.file("page.rdb", b"<!DOCTYPE html><html>Not found</html>");
    fs::create_dir(room.path().join("data")).unwrap();
    for (path, words) in [
        ("data", "there is no log and no RDB file in data"),
        ("empty.rdb", "empty.rdb is empty"),
        ("page.rdb", "page.rdb is no RDB file, and no log"),
        ("missing.rdb", "does not exist"),
    ] {
        let told = room.run(&["convert", path, "-o", "out.resp"]);
        assert_eq!((told.code, told.out.as_str()), (Some(8), ""), "{path}");
        assert!(told.err.contains(words), "{path}: {}", told.err);
        assert!(!room.path().join("out.resp").exists(), "{path}");
    }
}

#[test]
fn what_to_write_must_be_said_where_the_name_does_not() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    for output in ["out.txt", "-"] {
        let told = room.run(&["convert", "dump.rdb", "-o", output]);
        assert_eq!(told.code, Some(16), "{output}");
        assert!(told.err.contains("--to resp"), "{}", told.err);
    }
    let told = room.run(&["convert", "dump.rdb", "-o", "-", "--to", "jsonl", "--json"]);
    assert_eq!(told.code, Some(16), "{}", told.err);
    let told = room.run(&["convert", "--help"]);
    assert!(told.out.contains("EXIT STATUS") && told.out.contains("--key-regex"), "{}", told.out);
}

#[test]
fn talk_goes_beside_keys_that_go_to_standard_output() {
    let room = Room::new();
    room.file("dump.rdb", &dump());
    let told = room.run(&["convert", "dump.rdb", "-o", "-", "--to", "jsonl", "--db", "0"]);
    assert_eq!(keys(told.out.as_bytes()), ["user:1", "user:2", "tasks"]);
    assert!(told.err.contains("Written standard output, as lines of JSON: 3 keys"), "{}", told.err);
}

#[test]
fn a_pipe_that_closes_early_is_no_failure() {
    let room = Room::new();
    room.file("dump.rdb", &large());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = room.command(&["convert", "dump.rdb", "-o", "-", "--to", "jsonl"]);
    let told = Told::from(command.stdout(writer).stderr(Stdio::piped()).output().unwrap());
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
}

#[test]
fn a_full_disk_is_a_failure_and_leaves_nothing() {
    let room = Room::new();
    room.file("dump.rdb", &large());
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = room.command(&["convert", "dump.rdb", "-o", "-", "--to", "jsonl"]);
    let told = Told::from(command.stdout(full).stderr(Stdio::piped()).output().unwrap());
    assert_eq!(told.code, Some(8));
    assert!(told.err.contains("the output cannot be written"), "{}", told.err);

    // A limit on the size of files stands for a disk: who ignores the signal gets an error from the write.
    let line = format!("trap '' XFSZ; ulimit -f 64; exec {PROGRAM} convert dump.rdb -o out.jsonl");
    let told = Command::new("sh").args(["-c", &line]).current_dir(room.path()).output().unwrap();
    let told = Told::from(told);
    assert_eq!((told.code, told.out.as_str()), (Some(8), ""));
    assert!(told.err.contains("out.jsonl") && told.err.contains("not touched"), "{}", told.err);
    assert_eq!(names(&room), ["dump.rdb"]);
}

/// What is in the folder, also what is hidden.
fn names(room: &Room) -> Vec<String> {
    let entries = fs::read_dir(room.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_signal_ends_a_conversion_and_nothing_is_left() {
    let room = Room::new();
    // Whoever runs the tests may ignore these signals.
    let mut command = Command::new("env");
    command.args(["--default-signal=INT,TERM,HUP", PROGRAM, "convert", "-", "-o", "out.jsonl"]);
    command.current_dir(room.path()).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut converting = command.stdout(Stdio::piped()).spawn().unwrap();
    let file = large();
    converting.stdin.as_mut().unwrap().write_all(&file[..file.len() - 1000]).unwrap();
    while names(&room).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let killed = Command::new("kill").args(["-INT", &converting.id().to_string()]).status();
    assert!(killed.unwrap().success());
    // Its standard input stays open: it must not wait for more.
    let stdin = converting.stdin.take();
    let told = Told::from(converting.wait_with_output().unwrap());
    drop(stdin);
    assert_eq!((told.code, told.out.as_str()), (Some(32), ""));
    assert!(told.err.contains("cancelled; nothing was put in place"), "{}", told.err);
    assert_eq!(names(&room), [""; 0]);
}

/// Milliseconds since the Unix epoch.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}
