//! The grammar of lines, includes and values.

use std::path::Path;

use super::{folder, settings, settings_in, warnings};
use crate::conf::{Start, read, read_for};

fn db_filename(value: &str) -> Vec<u8> {
    settings(&format!("dbfilename {value}\n")).conf.db_filename
}

#[test]
fn a_stock_configuration_changes_nothing_and_earns_no_warning() {
    let stock = "# Redis\n\nport 6379\nbind 127.0.0.1 -::1\nsave 3600 1\nsave 300 100\ndir ./\nmaxclients 10\n";
    let settings = settings(stock);
    assert_eq!(settings.conf, aof_log::forecast::Conf::default());
    assert_eq!(settings.warnings, []);
}

#[test]
fn names_count_in_any_case_and_the_last_line_wins() {
    let conf = settings("  APPENDONLY yes\r\nDataBases 5\n\tdatabases 7").conf;
    assert_eq!((conf.appendonly, conf.databases), (Some(true), 7));
}

#[test]
fn quotation_marks_and_escapes_are_those_of_the_servers() {
    assert_eq!(db_filename(r#""a b""#), b"a b");
    assert_eq!(db_filename(r#""\x41\n\q\"""#), b"A\nq\"");
    assert_eq!(db_filename(r#""\x4g""#), b"x4g");
    assert_eq!(db_filename(r"'it\'s'"), b"it's");
    assert_eq!(db_filename(r#"a"b c""#), b"ab c");
    assert_eq!(db_filename("\"a\\x00b\""), b"a");
}

#[test]
fn what_servers_refuse_is_told_with_its_line_and_changes_nothing() {
    let said = warnings("appendonly maybe\n\nmaxmemory 1.5gb\ndatabases 0\nappendfilename a/b\n");
    assert_eq!(
        said,
        [
            ", line 1: appendonly: \"maybe\" is neither yes nor no; no server starts with it",
            ", line 3: maxmemory: \"1.5gb\" is no amount of memory; no server starts with it",
            ", line 4: databases: 0 is not between 1 and 2147483647; no server starts with it",
            ", line 5: appendfilename: \"a/b\" is a path, and only a name is allowed; no server starts with it",
        ]
    );
    assert_eq!(settings("databases 3\ndatabases 016\n").conf.databases, 3);
}

#[test]
fn a_value_cannot_act_on_the_terminal() {
    let said = warnings("appendonly \"\\x1b]0;owned\\x07\"\n");
    assert!(said[0].contains("\\x1b]0;owned\\x07"), "{said:?}");
    assert!(!said[0].contains('\x1b'));
}

#[test]
fn text_behind_a_quotation_mark_is_read_as_valkey_9_does_and_noted() {
    let settings = settings("dbfilename \"a\"b\n");
    assert_eq!(settings.conf.db_filename, b"ab");
    assert!(!settings.warnings[0].refused);
    assert!(warnings("dbfilename \"a\n")[0].contains("is not closed; no server starts with it"));
}

#[test]
fn units_count_in_thousands_or_in_1024s() {
    let maxmemory = |value: &str| settings(&format!("maxmemory {value}\n")).conf.maxmemory;
    for (value, bytes) in [
        ("7", 7),
        ("2B", 2),
        ("1k", 1000),
        ("1KB", 1024),
        ("1m", 1_000_000),
        ("1mb", 1 << 20),
        ("3g", 3_000_000_000),
        ("3Gb", 3 << 30),
        ("kb", 0),
        ("20000000000gb", 3_028_092_406_290_448_384),
    ] {
        assert_eq!(maxmemory(value), bytes, "{value}");
    }
}

#[test]
fn saves_are_those_of_the_last_lines() {
    let saves = |conf: &str| settings(conf).conf.saves;
    assert!(saves(""));
    assert!(saves("save 900 1 300 10\n"));
    assert!(saves("save \"\"\nsave 900 1\n"));
    assert!(saves("save 900 1\nsave\n"));
    assert!(!saves("save 900 1\nsave \"\"\n"));
    assert!(!saves("save\n"));
    assert!(warnings("save 900 1 300 10\n")[0].contains("Redis 6.2 takes one pair a line"));
    assert!(warnings("save 0 1\n")[0].contains("no server starts with it"));
}

#[test]
fn includes_count_where_they_stand_and_are_relative_to_the_last_dir() {
    let files = [("a/x.conf", "databases 5\n"), ("x.conf", "databases 6\nappendonly yes\n")];
    let databases = |conf: &[u8]| {
        let folder = folder(conf, &files);
        settings_in(folder.path()).unwrap().conf.databases
    };
    assert_eq!(databases(b"databases 3\ninclude x.conf\n"), 6);
    assert_eq!(databases(b"include x.conf\ndatabases 3\n"), 3);
    assert_eq!(databases(b"dir a\ninclude x.conf\n"), 5);
    assert_eq!(databases(b"include x.conf\ndir a\n"), 6);
}

#[test]
fn patterns_name_files_in_their_order_and_may_name_none() {
    let files =
        [("2.conf", "databases 7\n"), ("1.conf", "databases 6"), (".0.conf", "databases 9\n")];
    let folder = folder(b"include [0-9].conf\n", &files);
    assert!(settings_in(folder.path()).unwrap().warnings.len() == 1, "the files run together");
    std::fs::write(folder.path().join("1.conf"), "databases 6\n").unwrap();
    assert_eq!(settings_in(folder.path()).unwrap().conf.databases, 7);
    std::fs::write(folder.path().join("redis.conf"), "include nothing*\ninclude 1.conf\n").unwrap();
    let settings = settings_in(folder.path()).unwrap();
    assert_eq!((settings.conf.databases, settings.sources.len()), (6, 2));
}

#[test]
fn dir_leads_on_from_dir() {
    let folder = folder(b"dir a\ndir b\n", &[("a/b/", "")]);
    let settings = settings_in(folder.path()).unwrap();
    assert_eq!(settings.folder, Some(folder.path().join("a/b")));
    assert_eq!(settings.start, Some(Start::CurrentFolder));
    assert_eq!(settings.warnings, []);
}

#[test]
fn a_relative_path_is_taken_from_the_conf_where_the_current_folder_has_none() {
    let folder = folder(b"dir data\n", &[("data/", "")]);
    let elsewhere = tempfile::tempdir().unwrap();
    let settings = read_for(&folder.path().join("redis.conf"), elsewhere.path()).unwrap();
    assert_eq!(settings.folder, Some(folder.path().join("data")));
    assert_eq!(settings.start, Some(Start::HomeOfConf));
}

#[test]
fn a_missing_configuration_says_what_to_do() {
    let failure = read(Path::new("/nowhere/redis.conf")).unwrap_err();
    assert!(failure.message.starts_with("cannot read the configuration /nowhere/redis.conf: "));
    assert_eq!(failure.hints, ["name the file that the server is started with"]);
    let folder = folder(b"\ninclude gone.conf\n", &[]);
    let failure = settings_in(folder.path()).unwrap_err();
    assert!(failure.message.contains("gone.conf"), "{failure:?}");
    assert!(failure.hints[0].starts_with("line 2 of "), "{failure:?}");
}

#[test]
fn files_that_include_each_other_come_to_an_end() {
    let twice = "include redis.conf\ninclude redis.conf\n";
    let failure = settings_in(folder(twice.as_bytes(), &[]).path()).unwrap_err();
    assert!(failure.message.starts_with("files include each other 16 deep"), "{failure:?}");
    let wide: String = "include x\n".repeat(1001);
    let failure = settings_in(folder(wide.as_bytes(), &[("x", "")]).path()).unwrap_err();
    assert!(failure.message.starts_with("more than 1000 files are included"), "{failure:?}");
}

#[test]
fn a_nul_byte_hides_the_rest_of_its_line_and_joins_it_to_the_next() {
    let settings = settings("appendonly \0no\nyes\nloadmodule \0\n/x.so\n");
    assert_eq!((settings.conf.appendonly, settings.conf.modules), (Some(true), true));
}

#[test]
fn renamed_commands_are_followed_through_every_line() {
    let conf =
        settings("rename-command flushall fa\nrename-command FA \"\"\nrename-command set Put\n")
            .conf;
    let pairs = [("FLUSHALL", ""), ("SET", "Put")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(conf.renamed, pairs);
    let swapped = "rename-command set x\nrename-command get set\nrename-command x get\n";
    let pairs = [("GET", "set"), ("SET", "get")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(settings(swapped).conf.renamed, pairs);
    assert!(
        warnings("rename-command flushall set\n")[0].contains("the new name is that of another")
    );
    assert!(warnings("rename-command zzz a\n")[0].contains("no command is called \"zzz\""));
}

#[test]
fn a_replica_is_found_with_the_line_that_makes_it_one() {
    let of = |conf: &str| settings(conf).conf.replica_of;
    assert!(of("replicaof 10.0.0.1 6379\n").unwrap().starts_with("10.0.0.1:6379 ("));
    assert!(of("\nslaveof \"a 06379\"\n").unwrap().ends_with("redis.conf, line 2)"));
    assert_eq!(of("replicaof a 1\nslaveof NO one\n"), None);
    assert!(warnings("replicaof a 70000\n")[0].contains("\"70000\" is no port"));
    let both = warnings("replicaof a 1\ncluster-enabled yes\n");
    assert!(both[0].starts_with(", line 1: replicaof: it is not allowed together"), "{both:?}");
    let finding = settings("replicaof a 1\n").resync_finding().unwrap();
    assert!(finding.message.starts_with("this server is a replica of a:1 ("));
}
