//! Every fixture, given to every server.

use std::fmt::Write as _;
use std::path::Path;

use aof_log::{Policy, diagnose};
use aof_testkit::server::{ServerKind, skip_unless};

use crate::case::{Case, all};
use crate::law::Question;
use crate::observe::decoded;
use crate::table;
use crate::trial::{Checked, Loaded, check, load};

/// What one server does with one file.
type Seen = (Checked, Loaded);

/// One file and what the servers do with it.
struct Row {
    label: String,
    cells: Vec<Seen>,
    problems: String,
}

/// Files that are no log are shown to servers as they are, logs without their container.
fn bytes_of(case: &Case, path: &Path) -> Vec<u8> {
    match case.id.starts_with("INPUT-") {
        true => std::fs::read(path).unwrap(),
        false => decoded(path),
    }
}

/// What is expected of files that are no log. An RDB file is loaded as a preamble by who knows its version.
fn expected_of_no_log(case: &Case, kind: ServerKind) -> Seen {
    if case.id != "INPUT-WRONG-TYPE" {
        return (Checked::Stops(0), Loaded::Refuses);
    }
    match kind {
        ServerKind::Redis62 => (Checked::Fails, Loaded::Refuses),
        _ => (Checked::Valid, Loaded::All),
    }
}

fn judge(case: &Case, path: &Path, kinds: &[ServerKind]) -> Row {
    let bytes = bytes_of(case, path);
    let log = diagnose(&bytes[..], &Policy::default(), &());
    let is_no_log = case.id.starts_with("INPUT-") && !bytes.starts_with(b"*");
    let name = case.name.trim_start_matches("aof/");
    let what = path.file_stem().unwrap().to_string_lossy();
    let what = what.split('.').next().unwrap_or_default();
    let mut row =
        Row { label: format!("{name}, {what}"), cells: Vec::new(), problems: String::new() };
    for kind in kinds {
        let seen = (check(*kind, &bytes), load(*kind, &bytes));
        let (checker, loader) = if is_no_log {
            let (checker, loader) = expected_of_no_log(case, *kind);
            (checker, Some(loader))
        } else {
            let (bytes, log) = (&bytes[..], &log);
            let asked = Question { bytes, log, kind: *kind };
            let expected = asked.expected();
            (expected.checker, expected.loader)
        };
        if seen.0 != checker || loader.is_some_and(|loader| loader != seen.1) {
            let _ = writeln!(
                row.problems,
                "{}: {kind}: {}, {}; expected {checker}, {loader:?}",
                row.label, seen.0, seen.1
            );
        }
        row.cells.push(seen);
    }
    row
}

/// Everything at once would be a lot of servers; one at a time would take minutes.
fn judge_all(kinds: &[ServerKind]) -> Vec<Row> {
    let cases = all();
    let files: Vec<(&Case, &Path)> = cases
        .iter()
        .flat_map(|case| {
            let files = [Some(&case.damaged), case.near_miss.as_ref()];
            files.into_iter().flatten().map(move |file| (case, file.as_path()))
        })
        .collect();
    let workers = 4;
    std::thread::scope(|scope| {
        let share = |worker: usize| {
            let files = &files;
            scope.spawn(move || -> Vec<(usize, Row)> {
                let own = files.iter().enumerate().skip(worker).step_by(workers);
                own.map(|(index, (case, file))| (index, judge(case, file, kinds))).collect()
            })
        };
        let handles: Vec<_> = (0..workers).map(share).collect();
        let mut rows: Vec<(usize, Row)> = handles
            .into_iter()
            .flat_map(|handle| handle.join().expect("no worker panics"))
            .collect();
        rows.sort_by_key(|(index, _)| *index);
        rows.into_iter().map(|(_, row)| row).collect()
    })
}

#[test]
fn every_server_does_with_every_fixture_what_is_written_down() {
    let kinds: Vec<ServerKind> =
        ServerKind::ALL.into_iter().filter(|kind| skip_unless(*kind).is_some()).collect();
    let rows = judge_all(&kinds);
    let problems: String = rows.iter().map(|row| row.problems.as_str()).collect();
    assert!(problems.is_empty(), "\n{problems}");
    if kinds.len() == ServerKind::ALL.len() {
        let lines: Vec<String> = rows.iter().filter_map(line).collect();
        table::hold_to_the_page(&lines);
    }
}

/// A line of the page's table; none for a near miss that everybody takes.
fn line(row: &Row) -> Option<String> {
    let is_taken = row.cells.iter().all(|cell| *cell == (Checked::Valid, Loaded::All));
    if is_taken && row.label.ends_with("near-miss") {
        return None;
    }
    let mut line = format!("| {} |", row.label);
    for (checker, loader) in &row.cells {
        let _ = write!(line, " {checker}, {loader} |");
    }
    Some(line)
}
