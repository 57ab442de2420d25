//! Every fixture, given to every server.

use std::fmt::Write as _;
use std::path::Path;

use aof_log::Diagnosis;
use aof_rdb::{Dialect, Header};
use aof_testkit::server::{ServerKind, skip_unless};

use crate::case::{Case, all};
use crate::law::Question;
use crate::loader::{Trial, judged, server_of};
use crate::observe::decoded;
use crate::table;
use crate::trial::{Checked, Layout, Loaded, check};

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

/// A server as the twin of its loader sees the file. An RDB file is a preamble without records, to who knows its
/// version; to others it is no log.
fn trial_of<'a>(kind: ServerKind, bytes: &'a [u8], log: &'a Diagnosis) -> Trial<'a> {
    let version = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse().ok();
    let version = bytes.strip_prefix(b"REDIS").and_then(|rest| version(rest.get(..4)?));
    let header = version.map(|version| Header { dialect: Dialect::Redis, version });
    let is_read = header.is_some_and(|header| server_of(kind).accepts(&header));
    let records_from = if is_read { bytes.len() as u64 } else { 0 };
    Trial { records_from, ..Trial::of(kind, Layout::Single, bytes, log) }
}

/// What the checker is expected to say; files that are no log have words of their own.
fn checked(case: &Case, bytes: &[u8], log: &Diagnosis, kind: ServerKind) -> Checked {
    match case.id.as_str() {
        id if id.starts_with("INPUT-") && !bytes.starts_with(b"*") => Checked::Stops(0),
        _ => Question { bytes, log, kind }.expected(),
    }
}

fn judge(case: &Case, path: &Path, kinds: &[ServerKind]) -> Row {
    let bytes = bytes_of(case, path);
    let log = judged(&bytes);
    let name = case.name.trim_start_matches("aof/");
    let what = path.file_stem().unwrap().to_string_lossy();
    let what = what.split('.').next().unwrap_or_default();
    let label = format!("{name}, {what}");
    let mut row = Row { label, cells: Vec::new(), problems: String::new() };
    for kind in kinds {
        let expected = checked(case, &bytes, &log, *kind);
        let checker = check(*kind, &bytes);
        let (loaded, problems) = trial_of(*kind, &bytes, &log).run();
        if checker != expected {
            let label = &row.label;
            let _ = writeln!(row.problems, "{label}: {kind}: {checker}; expected {expected}");
        }
        if !problems.is_empty() {
            let _ = write!(row.problems, "{}: {problems}", row.label);
        }
        row.cells.push((checker, loaded));
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
