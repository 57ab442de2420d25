//! Verdicts: the word, the reasons, the loss, and the next command to type.

use std::process::Command;

use aof_testkit::RandomLog;

use super::room::{PROGRAM, Room, clean, holed, log, torn};

#[test]
fn a_clean_log_is_called_clean_and_no_more_is_promised() {
    let told = Room::new().check("a.aof", &clean(200));
    assert_eq!(told.code, Some(0));
    assert!(told.out.starts_with("CLEAN  a.aof  (RESP log, "), "{}", told.out);
    assert!(told.out.contains("201 commands, checked in "), "{}", told.out);
    assert!(
        told.out.contains("RESP carries no checksum: a flip inside a value cannot be excluded.")
    );
    assert_eq!(told.err, "");
}

#[test]
fn a_torn_log_is_told_what_why_loss_and_next() {
    let room = Room::new();
    let bytes = torn(3);
    let told = room.check("a.aof", &bytes);
    assert_eq!(told.code, Some(4));
    let (head, rest) = told.out.split_once('\n').unwrap();
    assert!(
        head.starts_with("DAMAGED  a.aof  (RESP log, 152 bytes, 3 commands, checked in "),
        "{head}"
    );
    let expected = "
  What    at byte 117 (0x75): the log ends inside a record: argument 3 needs 5 bytes
  Why     the server was killed, or the disk was full, while it wrote
  Loss    1 command in 35 bytes; key \"session:2\" (db 0); last clock line before it
          2023-11-14T22:13:20Z

 Severity   Finding         Offset   Length   Message
-----------------------------------------------------------------------------------------------
 damage     AOF-TAIL-TORN      117       35   the log ends inside a record: argument 3 needs 5
 certain                      0x75            bytes
";
    assert!(rest.starts_with(expected), "{rest}");
    let next = "
  Next    before anything is cut, look for a replica that is still up or a backup with later data:
          either beats this file.
          plan to cut at byte 117: that keeps every whole record before it and drops the 35 bytes
          behind it (1 command); nothing is changed without --apply, and aof-doctor undo takes it
          back:

          aof-doctor repair 'a.aof'
";
    assert!(rest.ends_with(next), "{rest}");
    assert!(rest.contains("truncates: "), "what a start would do stands in between: {rest}");
}

/// Types the last line into a shell that knows the program.
fn typed(room: &Room, line: &str, more: &str) -> Option<i32> {
    let line = line.replacen("aof-doctor", "\"$0\"", 1);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{line} {more}"), PROGRAM]).current_dir(room.path());
    shell.output().unwrap().status.code()
}

#[test]
fn the_last_line_is_a_command_that_works_and_leaves_the_original_alone() {
    let room = Room::new();
    for (name, packed) in [("it's a log.aof", false), ("-log.aof.gz", true)] {
        let bytes = if packed { super::input::gzip(&torn(20)) } else { torn(20) };
        room.file(name, &bytes);
        let told = room.run(&["check", "--", name]);
        let code = if packed { 1 } else { 4 };
        assert_eq!(typed(&room, told.last_line(), ""), Some(code), "{}", told.last_line());
        assert_eq!(std::fs::read(room.path().join(name)).unwrap(), bytes);
    }
    let copy = "./-log.aof.repaired/-log.aof";
    assert_eq!(room.run(&["check", copy]).code, Some(0), "{copy}");
    let told = room.run(&["check", "it's a log.aof"]);
    assert_eq!(typed(&room, told.last_line(), "--apply -y --i-stopped-the-server"), Some(1));
    assert_eq!(room.run(&["check", "it's a log.aof"]).code, Some(0));
}

#[test]
fn a_copy_of_a_packed_log_overwrites_no_file() {
    let room = Room::new();
    room.file("a.aof.repaired", b"precious");
    let told = room.check("a.aof.gz", &super::input::gzip(&torn(3)));
    assert_eq!(told.last_line(), "aof-doctor repair 'a.aof.gz' -o 'a.aof.repaired.2'");
}

#[test]
fn a_part_of_a_set_is_repaired_with_its_set() {
    let room = Room::new();
    super::set::set(&room, "appendonlydir");
    let part = "appendonlydir/appendonly.aof.1.incr.aof";
    let bytes = [std::fs::read(room.path().join(part)).unwrap(), torn(3)].concat();
    let told = room.check(part, &bytes);
    assert_eq!(told.last_line(), "aof-doctor repair 'appendonlydir'");
    for path in [".", "appendonlydir"] {
        let told = room.run(&["check", path]);
        assert_eq!(told.last_line(), format!("aof-doctor repair '{path}'"));
    }
}

#[test]
fn damage_in_the_middle_is_answered_with_both_ways() {
    let told = Room::new().check("a.aof", &holed());
    assert_eq!(told.code, Some(4));
    assert!(told.out.contains("AOF-HOLE-NUL"), "{}", told.out);
    assert!(told.out.contains("--salvage and --cut, and what each of them"), "{}", told.out);
    assert_eq!(told.last_line(), "aof-doctor repair 'a.aof'");
}

#[test]
fn a_torn_tail_behind_a_hole_is_not_answered_with_a_cut_either() {
    let bytes = [holed(), torn(3)].concat();
    let told = Room::new().check("a.aof", &bytes);
    assert!(told.out.contains("AOF-TAIL-TORN"), "{}", told.out);
    assert!(told.out.contains("--salvage and --cut"), "{}", told.out);
}

#[test]
fn a_log_without_one_whole_record_is_not_cut_to_nothing() {
    let told = Room::new().check("a.aof", &[0; 5000]);
    assert_eq!(told.code, Some(4));
    assert_eq!(told.last_line(), "aof-doctor explain AOF-TAIL-NUL");
}

#[test]
fn an_open_transaction_goes_as_a_whole() {
    let mut bytes = log(3);
    let start = bytes.len();
    bytes.multi().command(&["INCR", "a"]).command(&["INCR", "b"]);
    let told = Room::new().check("a.aof", &bytes.finish().bytes);
    assert_eq!(told.code, Some(4));
    assert!(told.out.contains("AOF-MULTI-OPEN"), "{}", told.out);
    assert!(told.out.contains(&format!("plan to cut at byte {start}: ")), "{}", told.out);
}

#[test]
fn what_a_server_loads_but_not_as_meant_needs_attention() {
    let mut bytes = log(3);
    bytes.exec();
    let told = Room::new().check("a.aof", &bytes.finish().bytes);
    assert_eq!(told.code, Some(2));
    assert!(told.out.starts_with("ATTENTION  a.aof"), "{}", told.out);
    assert_eq!(told.last_line(), "aof-doctor repair 'a.aof'");
}

#[test]
fn an_empty_log_is_damage_only_where_data_were_expected() {
    let room = Room::new();
    let told = room.check("a.aof", b"");
    assert_eq!(told.code, Some(0));
    assert!(told.out.starts_with("EMPTY  a.aof"), "{}", told.out);
    let told = room.run(&["check", "a.aof", "--expect-data"]);
    assert_eq!(told.code, Some(4));
    assert!(told.out.contains("although data were expected"), "{}", told.out);
}

#[test]
fn the_number_of_databases_is_the_servers_choice() {
    let room = Room::new();
    let mut bytes = log(3);
    bytes.select(20).command(&["SET", "k", "v"]);
    let told = room.check("a.aof", &bytes.finish().bytes);
    assert_eq!(told.code, Some(2));
    assert!(told.out.contains("AOF-SELECT-RANGE"), "{}", told.out);
    assert_eq!(room.run(&["check", "a.aof", "--databases", "32"]).code, Some(0));
}

#[test]
fn the_number_of_threads_changes_nothing_but_the_time() {
    let room = Room::new();
    let mut bytes = RandomLog::new(7).records(100_000).build().bytes;
    let middle = bytes.len() / 2;
    bytes[middle..middle + 300].fill(0xff);
    bytes.truncate(bytes.len() - 2);
    room.file("a.aof", &bytes);
    let one = room.run(&["check", "a.aof", "--json", "-j", "1"]);
    let four = room.run(&["check", "a.aof", "--json", "-j", "4"]);
    assert_eq!(one.code, Some(4));
    assert_eq!(one.out, four.out);
}

#[test]
fn verbose_shows_the_damaged_bytes_in_brackets() {
    let room = Room::new();
    room.file("a.aof", &torn(3));
    let told = room.run(&["check", "a.aof", "-v"]);
    let rows = "
AOF-TAIL-TORN at byte 117 (0x75), 35 bytes
            64          40  30 0d 0a 24 35 0d 0a 76 61 6c 75 65 0d 0a 2a 33  |0..$5..value..*3|
            80          50  0d 0a 24 33 0d 0a 53 45 54 0d 0a 24 39 0d 0a 73  |..$3..SET..$9..s|
            96          60  65 73 73 69 6f 6e 3a 31 0d 0a 24 35 0d 0a 76 61  |ession:1..$5..va|
           112          70  6c 75 65 0d 0a[2a 33 0d 0a 24 33 0d 0a 53 45 54] |lue..*3..$3..SET|
           128          80 [0d 0a 24 39 0d 0a 73 65 73 73 69 6f 6e 3a 32 0d] |..$9..session:2.|
           144          90 [0a 24 35 0d 0a 76 61 6c]                         |.$5..val|

taken for granted: the server has 16 databases

  Next    ";
    assert!(told.out.contains(rows), "{}", told.out);
}

#[test]
fn verbose_shows_both_ends_of_a_long_gap() {
    let room = Room::new();
    room.file("a.aof", &holed());
    let told = room.run(&["check", "a.aof", "-v"]);
    assert!(told.out.contains("\n  ...\n"), "{}", told.out);
    assert_eq!(told.last_line(), "aof-doctor repair 'a.aof'");
}
