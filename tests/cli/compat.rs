//! The program in the place of the servers' own checker.

use std::fs;

use super::room::{Room, Told, clean, torn};
use super::set::base;

const NAMES: [&str; 2] = ["redis-check-aof", "valkey-check-aof"];

/// The same file under each name, and with the option.
fn each_way(room: &Room, file: &str) -> Vec<Told> {
    let mut told: Vec<Told> = NAMES.iter().map(|name| room.run_as(name, &[file])).collect();
    told.push(room.run(&["check", "--compat", file]));
    told
}

#[test]
fn a_clean_log_is_valid_in_the_old_words() {
    let room = Room::new();
    let log = clean(2);
    room.file("a.aof", &log);
    let (size, lines) = (log.len(), 1 + 5 + 2 * 7);
    for told in each_way(&room, "a.aof") {
        let expected = format!(
            "Start checking Old-Style AOF\n\
             AOF analyzed: filename=a.aof, size={size}, ok_up_to={size}, ok_up_to_line={lines}, diff=0\n\
             AOF a.aof is valid\n"
        );
        assert_eq!((told.code, told.out, told.err), (Some(0), expected, String::new()));
    }
}

#[test]
fn a_torn_log_is_not_valid_and_the_old_line_says_where_it_is_good_up_to() {
    let room = Room::new();
    let log = torn(2);
    room.file("a.aof", &log);
    let good = clean(1).len();
    for told in each_way(&room, "a.aof") {
        assert_eq!(told.code, Some(1));
        assert!(told.out.contains(&format!(" ok_up_to={good}, ")), "{}", told.out);
        assert!(told.out.contains(&format!(" diff={}\n", log.len() - good)), "{}", told.out);
        let last = "AOF a.aof is not valid. Use the --fix option to try fixing it.";
        assert_eq!(told.last_line(), last);
    }
}

#[test]
fn an_empty_log_is_good_and_one_that_is_not_there_is_not() {
    let room = Room::new();
    room.file("empty.aof", b"");
    for told in each_way(&room, "empty.aof") {
        assert_eq!((told.code, told.last_line()), (Some(0), "AOF empty.aof is empty"));
    }
    for told in each_way(&room, "none.aof") {
        let expected = "Cannot open file none.aof: No such file or directory\n";
        assert_eq!((told.code, told.out.as_str()), (Some(1), expected));
    }
    assert_eq!(room.run_as(NAMES[0], &["."]).out, "Cannot read file: .\n");
}

#[test]
fn a_manifest_has_its_parts_checked_in_order() {
    let room = Room::new();
    let part = clean(1);
    let (size, lines) = (part.len(), 1 + 5 + 7);
    room.file("base.aof", &part);
    room.file("1.incr.aof", b"");
    room.file("2.incr.aof", &part);
    let manifest = "file 1.incr.aof seq 1 type i\nfile old.aof seq 7 type h\n\
                    file base.aof seq 1 type b\nfile 2.incr.aof seq 2 type i startoffset 9\n";
    room.file("a.manifest", manifest.as_bytes());
    for told in each_way(&room, "a.manifest") {
        let analyzed = |file: &str, line: usize| {
            format!(
                "AOF analyzed: filename={file}, size={size}, ok_up_to={size}, ok_up_to_line={line}, diff=0\n"
            )
        };
        let expected = [
            "Start checking Multi Part AOF\nStart to check BASE AOF (RESP format).\n",
            &analyzed("base.aof", lines),
            "BASE AOF base.aof is valid\nStart to check INCR files.\nINCR AOF 1.incr.aof is empty\n",
            &analyzed("2.incr.aof", 2 * lines - 1),
            "INCR AOF 2.incr.aof is valid\nAll AOF files and manifest are valid\n",
        ];
        assert_eq!((told.code, told.out), (Some(0), expected.concat()));
    }
}

#[test]
fn a_log_that_begins_with_an_rdb_file_has_both_checked() {
    let room = Room::new();
    let (rdb, records) = (base(), clean(1));
    let log = [&rdb[..], &records].concat();
    room.file("a.aof", &log);
    let (end, size) = (rdb.len(), log.len());
    for told in each_way(&room, "a.aof") {
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{}", told.out);
        for line in [
            "[offset 0] Checking RDB file a.aof".to_owned(),
            format!(r"[offset {end}] \o/ RDB looks OK! \o/"),
            "[info] 2 keys read".to_owned(),
            "RDB preamble is OK, proceeding with AOF tail...".to_owned(),
            format!(
                "AOF analyzed: filename=a.aof, size={size}, ok_up_to={size}, ok_up_to_line=13, diff=0"
            ),
            "AOF a.aof is valid".to_owned(),
        ] {
            assert!(told.out.lines().any(|told| told == line), "{line}: {}", told.out);
        }
    }
    room.file("b.aof", &rdb[..end - 9]);
    for told in each_way(&room, "b.aof") {
        assert_eq!(told.code, Some(1), "{}", told.out);
        assert!(told.out.contains("--- RDB ERROR DETECTED ---"), "{}", told.out);
        assert_eq!(told.last_line(), "RDB preamble of AOF file is not sane, aborting.");
    }
}

#[test]
fn what_a_checker_would_change_is_refused_and_says_what_to_do_instead() {
    let room = Room::new();
    let log = torn(3);
    let path = room.file("it's.aof", &log);
    let asked: [(&[&str], [&str; 2]); 2] = [
        (&["--fix"], ["and how it can be taken back", r"aof-doctor repair 'it'\''s.aof'"]),
        (
            &["--truncate-to-timestamp", "1700000000"],
            [r"head -c BYTES 'it'\''s.aof' > COPY", r"aof-doctor check 'it'\''s.aof'"],
        ),
    ];
    for (option, instead) in asked {
        let args = [option, &["it's.aof"]].concat();
        let mut told: Vec<Told> = NAMES.iter().map(|name| room.run_as(name, &args)).collect();
        told.push(room.run(&[&["check", "--compat"], &args[..]].concat()));
        for told in told {
            assert_eq!((told.code, told.out.as_str()), (Some(1), ""));
            for part in [option[0], "nothing is changed", instead[0], instead[1]] {
                assert!(told.err.contains(part), "{part}: {}", told.err);
            }
            assert_eq!(fs::read(&path).unwrap(), log, "not one byte is changed");
        }
    }
}

#[test]
fn wrong_arguments_are_met_as_a_checker_meets_them() {
    let room = Room::new();
    for args in [&[][..], &["--foo", "a.aof"], &["--fix", "a.aof", "b"]] {
        let told = room.run_as("redis-check-aof", args);
        assert_eq!(told.code, Some(1));
        assert!(told.out.starts_with("Usage: "), "{}", told.out);
        let options =
            "redis-check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n";
        assert!(told.out.ends_with(options), "{}", told.out);
    }
    for option in ["-v", "--version"] {
        let told = room.run_as("valkey-check-aof", &[option]);
        assert_eq!(told.code, Some(0));
        assert!(told.out.starts_with("valkey-check-aof v="), "{}", told.out);
        assert!(told.out.contains("aof-doctor"), "it does not pass for the server's own");
    }
    assert_eq!(room.run(&["check", "--compat", "--json", "a.aof"]).code, Some(16));
    assert_eq!(room.run(&["check", "--fix", "a.aof"]).code, Some(16));
}

#[test]
fn a_name_cannot_write_to_the_terminal() {
    let room = Room::new();
    let name = "\x1b[2J.aof";
    room.file(name, &torn(1));
    for told in each_way(&room, name) {
        assert!(!told.out.contains('\x1b'), "{}", told.out);
    }
}
