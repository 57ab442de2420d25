//! Each rule of `docs/oracle.md`, "What loaders do", asked of every server.

use aof_log::Diagnosis;
use aof_log::forecast::Conf;
use aof_log::loader::Ending;
use aof_rdb::{Dialect, Header};
use aof_resp::{Command, LogForm, Table};
use aof_testkit::server::{Server, ServerKind, skip_unless};

use crate::loader::{Trial, is_foretold, judged, server_of};
use crate::trial::{Data, Layout, Loaded};

const SET: &str = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
const MULTI: &str = "*1\r\n$5\r\nMULTI\r\n";
const EXEC: &str = "*1\r\n$4\r\nEXEC\r\n";
const DISCARD: &str = "*1\r\n$7\r\nDISCARD\r\n";
const TORN: &str = "*3\r\n$3\r\nSE";

fn kinds() -> impl Iterator<Item = ServerKind> {
    ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some())
}

/// Every server does what its twin says, and its twin says something.
#[track_caller]
fn all_do_as_foretold(layout: Layout, text: &str) {
    let log = judged(text.as_bytes());
    for kind in kinds() {
        let trial = Trial::of(kind, layout, text.as_bytes(), &log);
        let told = trial.foretell(text.len() as u64, true);
        assert_ne!(told.ending, Ending::Unknown, "{kind}: {text:?}");
        let (_, problems) = trial.run();
        assert!(problems.is_empty(), "{text:?}: {problems}");
    }
}

fn record(words: &[&str]) -> String {
    let args = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
    format!("*{}\r\n{}", words.len(), args.collect::<String>())
}

#[test]
fn headers_are_read_with_the_functions_of_c() {
    let header = |text: &str| format!("{SET}{text}$4\r\nINCRXX$ 1z\na\r\n");
    for text in
        ["*2\n", "*+2x\r\n", "*02 \r\n", "*\x0b2\r\n", "*4294967298\r\n", "*0\r\n", "*-1\r\n"]
    {
        all_do_as_foretold(Layout::Increment, &header(text));
    }
    for length in [127, 128, 1023, 1024] {
        let text = format!("{SET}*2{}$4\r\nINCR\r\n$1\r\na\r\n", " ".repeat(length - 2));
        all_do_as_foretold(Layout::Increment, &text);
    }
}

#[test]
fn ends_of_files_are_torn_or_bad() {
    let nuls = |count: usize| format!("*{}", "\0".repeat(count));
    for tail in
        [TORN, "*", "*\r", "*\0\n", "\0", "\r\n", "*1\r\n$3\r\nabc\r", "*2\r\n*1\r\n", "#TS:1"]
    {
        all_do_as_foretold(Layout::Increment, &format!("{SET}{tail}"));
    }
    for count in [3, 125, 126, 1021, 1022, 2000] {
        all_do_as_foretold(Layout::Increment, &format!("{SET}{}", nuls(count)));
    }
}

#[test]
fn lengths_that_no_memory_holds_crash_every_server() {
    for length in ["-1", "99999999999999999999999"] {
        all_do_as_foretold(Layout::Increment, &format!("{SET}*1\r\n${length}\r\nx"));
    }
    all_do_as_foretold(Layout::Increment, &format!("{SET}*1\r\n$500000000\r\nx"));
}

#[test]
fn transactions_are_reverted_run_on_or_left_open() {
    for text in [
        format!("{SET}{MULTI}{SET}"),
        format!("{SET}{MULTI}{SET}{TORN}"),
        format!("{SET}{MULTI}{SET}{MULTI}{SET}"),
        format!("{SET}{MULTI}{SET}{MULTI}{SET}{TORN}"),
        format!("{SET}{MULTI}{SET}{MULTI}{SET}{EXEC}"),
        format!("{SET}{EXEC}{SET}"),
        format!("{SET}{MULTI}{SET}bad"),
        format!("{SET}{MULTI}{DISCARD}"),
        format!("{SET}{MULTI}{DISCARD}{EXEC}"),
        format!("{DISCARD}{SET}"),
    ] {
        all_do_as_foretold(Layout::Increment, &text);
        all_do_as_foretold(Layout::Single, &text);
    }
}

/// The RDB file that a server writes for one key.
fn snapshot(kind: ServerKind) -> Vec<u8> {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(kind, data.path(), &[]).unwrap();
    server.command(&["SET", "k", "v"]).unwrap();
    server.command(&["SAVE"]).unwrap();
    std::fs::read(data.path().join("dump.rdb")).unwrap()
}

fn header_of(rdb: &[u8]) -> Header {
    let digits = rdb[..9].iter().skip_while(|byte| !byte.is_ascii_digit());
    let version = digits.fold(0, |version, digit| version * 10 + u16::from(digit - b'0'));
    let dialect = if rdb.starts_with(b"REDIS") { Dialect::Redis } else { Dialect::Valkey };
    Header { dialect, version }
}

#[test]
fn rdb_files_are_taken_by_who_knows_their_version() {
    for writer in kinds() {
        let rdb = snapshot(writer);
        for reader in kinds() {
            let start = Data::with(reader, Layout::Single, &rdb).start(&[]);
            let is_taken = server_of(reader).accepts(&header_of(&rdb));
            let expected = if is_taken { Loaded::All } else { Loaded::Refuses };
            assert_eq!(start.loaded, expected, "{reader} reads what {writer} wrote");
        }
    }
}

#[test]
fn a_preamble_goes_with_what_is_torn_right_behind_it() {
    let nothing = Diagnosis::default();
    for kind in kinds() {
        let rdb = snapshot(kind);
        for tail in [
            TORN.to_owned(),
            MULTI.to_owned(),
            format!("{MULTI}{SET}{TORN}"),
            format!("{SET}{TORN}"),
            format!("{SET}{MULTI}{SET}"),
        ] {
            let bytes = [&rdb[..], tail.as_bytes()].concat();
            for layout in [Layout::Single, Layout::Increment] {
                let trial = Trial::of(kind, layout, &bytes, &nothing);
                let (_, problems) = Trial { records_from: rdb.len() as u64, ..trial }.run();
                assert!(problems.is_empty(), "{tail:?}: {problems}");
            }
        }
    }
}

#[test]
fn configuration_renames_commands_and_forbids_to_cut() {
    let renamed =
        |new: &str| Conf { renamed: vec![("SET".to_owned(), new.to_owned())], ..Conf::default() };
    let strict = Conf { load_truncated: false, ..Conf::default() };
    let set = |name| record(&[name, "a", "1"]);
    for (args, conf, text) in [
        (["--rename-command SET", "FOO"], renamed("FOO"), set("SET")),
        (["--rename-command SET", "FOO"], renamed("FOO"), set("foo")),
        (["--rename-command SET", "GETEX2"], renamed("GETEX2"), set("SET")),
        (["--aof-load-truncated", "no"], strict.clone(), format!("{SET}{TORN}")),
        (["--aof-load-truncated", "no"], strict.clone(), format!("{SET}{MULTI}")),
        (["--aof-load-truncated", "no"], strict.clone(), SET.to_owned()),
    ] {
        let args: Vec<&str> = args.iter().flat_map(|arg| arg.split(' ')).collect();
        let log = judged(text.as_bytes());
        for kind in kinds() {
            let trial = Trial::of(kind, Layout::Increment, text.as_bytes(), &log);
            let (_, problems) = Trial { args: &args, conf: &conf, ..trial }.run();
            assert!(problems.is_empty(), "{args:?}: {text:?}: {problems}");
        }
    }
}

/// A record of a command with so many arguments.
fn call(command: &Command, argc: u32) -> String {
    let mut words: Vec<&str> = command.name().split(' ').collect();
    words.resize((argc as usize).max(words.len()), "1");
    record(&words)
}

/// All commands but containers, and the fewest arguments of each on this server.
fn commands(kind: ServerKind) -> impl Iterator<Item = (&'static Command, u32)> {
    let rows = Table::get().commands();
    let is_container = |command: &Command| {
        let prefix = format!("{} ", command.name());
        rows.iter().any(|row| row.name().starts_with(&prefix))
    };
    let label = server_of(kind).to_string();
    let leaves = rows.iter().filter(move |row| !is_container(row));
    leaves.map(move |row| (row, row.arity_on(&label).0))
}

#[test]
fn every_command_that_a_server_knows_is_queued() {
    for kind in kinds() {
        let server = server_of(kind);
        let is_queued = |row: &Command| !["MULTI", "EXEC"].contains(&row.name());
        let known = commands(kind).filter(|(row, _)| server.knows(row) && is_queued(row));
        let text: String = known.map(|(row, fewest)| call(row, fewest)).collect();
        let text = format!("{SET}{MULTI}{text}");
        let loaded = is_foretold(kind, text.as_bytes(), &judged(text.as_bytes()), "all commands");
        assert_eq!(loaded, Loaded::Cut(SET.len() as u64), "{kind}");
    }
}

#[test]
fn every_command_of_logs_that_a_server_lacks_is_refused() {
    for kind in kinds() {
        let server = server_of(kind);
        // Where only containers are looked up, a subcommand that is missing is no obstacle.
        let is_looked_up =
            |row: &Command| server.looks_up_subcommands() || !row.name().contains(' ');
        let lacking = commands(kind).filter(|(row, _)| {
            row.log_form() != LogForm::Never && !server.knows(row) && is_looked_up(row)
        });
        for (row, fewest) in lacking {
            let text = format!("{SET}{MULTI}{}", call(row, fewest));
            let place = row.name();
            let loaded = is_foretold(kind, text.as_bytes(), &judged(text.as_bytes()), place);
            assert_eq!(loaded, Loaded::Refuses, "{kind}: {place}");
        }
    }
}

#[test]
fn commands_that_only_read_and_arguments_too_many_do_no_harm() {
    for kind in kinds() {
        let is_harmless = |text: &String| {
            let log = judged(text.as_bytes());
            let trial = Trial::of(kind, Layout::Increment, text.as_bytes(), &log);
            trial.foretell(text.len() as u64, true).ending == Ending::Whole
        };
        let label = server_of(kind).to_string();
        let more = |row: &Command, fewest| fewest + u32::from(row.arity_on(&label).1 == fewest);
        let calls = commands(kind).filter(|(row, _)| !["MULTI", "EXEC"].contains(&row.name()));
        let calls =
            calls.flat_map(|(row, fewest)| [call(row, fewest), call(row, more(row, fewest))]);
        let text: String = calls.filter(is_harmless).collect();
        assert!(text.len() > 10_000, "{kind}");
        let loaded = is_foretold(kind, text.as_bytes(), &judged(text.as_bytes()), "harmless");
        assert_eq!(loaded, Loaded::All, "{kind}");
    }
}
