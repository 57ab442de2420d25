//! `check` of an RDB file against the servers' own checkers, and the walk below it against reading and doing nothing.

use std::error::Error;
use std::fs;
use std::time::Instant;

use aof_rdb::{Checksum, Source, Summary, walk};
use aof_source::{Feed, FilePart, Part, ReadError};

use super::dumps::{self, Dump};
use super::figures::{Goal, grouped, spread, times};
use super::logs;
use super::peers::{Tools, peer, program};
use super::race::{Contestant, Mark, race};
use super::table::{Cell, Section, Table};

/// Ours against redis-check-rdb.
const GOAL: Goal = Goal::AtLeast(10.0);

const HEAD: [&str; 11] = [
    "file",
    "MiB",
    "keys",
    "ours s",
    "walk s",
    "in memory s",
    "reading s",
    "redis-check-rdb s",
    "by ours",
    "valkey-check-rdb s",
    "by ours",
];

/// A feed of a file as the walk wants it.
struct Fed<F>(F);

impl<F: Feed> Source for Fed<F> {
    type Error = ReadError;

    fn window(&mut self, at: u64, want: usize) -> Result<&[u8], ReadError> {
        self.0.window(at, want)
    }
}

/// The file in the page cache.
pub(super) fn compare(tools: &Tools, dump: &Dump, runs: usize) -> Result<Section, Box<dyn Error>> {
    logs::read(&dump.path)?;
    let bytes = fs::read(&dump.path)?;
    let part = FilePart::open(&dump.path)?;
    let marks = race(vec![
        program(&tools.ours, &["check"], &dump.path, runs),
        Contestant::new(runs, || from_file(&part, dump)),
        Contestant::new(runs, || from_memory(&bytes, dump)),
        Contestant::new(runs, || reading(&part)),
        peer(tools.redis.as_deref(), &dump.path, runs),
        peer(tools.valkey.as_deref(), &dump.path, runs),
    ]);
    let mut table = Table::new(&HEAD);
    table.add(row(dump, &marks));
    let noise = marks[0].0.as_ref().ok().and_then(|runs| spread(runs)).unwrap_or_default();
    Ok(Section {
        title: "A whole file in the page cache",
        notes: notes(runs, noise),
        table,
        has_failures: marks.iter().any(|mark| mark.0.is_err()),
    })
}

fn notes(runs: usize, noise: f64) -> Vec<String> {
    vec![
        format!(
            "The median of {runs} rounds, in which all take turns. Ours is `check` with its default flags, from the start of a process to its end: framing, checksum, every value, and keys that occur twice."
        ),
        format!("The runs of ours lie apart by {:.0} % of their median.", noise * 100.0),
        "*walk* is in this process, one thread, framing and checksum, without what is inside of packed values: it reads by position in windows of 256 KiB; *in memory* walks over bytes that were read before the clock started, *reading* reads as the walk does and does nothing else.".to_owned(),
        dumps::CONTENT.to_owned(),
    ]
}

fn from_file(part: &FilePart, dump: &Dump) -> Result<f64, String> {
    let begin = Instant::now();
    let found = walk(&mut Fed(part.feed()), 0, &mut |_| true);
    judge(begin, &found.map_err(|error| error.to_string())?, dump)
}

fn from_memory(mut bytes: &[u8], dump: &Dump) -> Result<f64, String> {
    let begin = Instant::now();
    match walk(&mut bytes, 0, &mut |_| true) {
        Ok(found) => judge(begin, &found, dump),
        Err(never) => match never {},
    }
}

/// Seconds; an error if the walk did not see what was written.
fn judge(begin: Instant, found: &Summary, dump: &Dump) -> Result<f64, String> {
    let seconds = begin.elapsed().as_secs_f64();
    let is_right = found.defect.is_none()
        && found.checksum == Checksum::Valid
        && (found.keys, found.end) == (dump.keys, dump.bytes);
    if !is_right {
        return Err(format!("walked over {} keys of {}: {found:?}", found.keys, dump.keys));
    }
    Ok(seconds)
}

fn reading(part: &FilePart) -> Result<f64, ReadError> {
    let begin = Instant::now();
    let (mut feed, mut at) = (part.feed(), 0);
    loop {
        match feed.window(at, 64 << 10)?.len() {
            0 => return Ok(begin.elapsed().as_secs_f64()),
            count => at += count as u64,
        }
    }
}

fn row(dump: &Dump, marks: &[Mark]) -> Vec<Cell> {
    let name = dump.path.file_name().unwrap_or_default().to_string_lossy();
    vec![
        Cell::new(name),
        Cell::new((dump.bytes >> 20).to_string()),
        Cell::new(grouped(dump.keys)),
        marks[0].cell(),
        marks[1].cell(),
        marks[2].cell(),
        marks[3].cell(),
        marks[4].cell(),
        Cell::with(marks[4].by(&marks[0]), Some(GOAL), times),
        marks[5].cell(),
        Cell::of(marks[5].by(&marks[0]), times),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::held::Held;
    use super::*;

    #[test]
    fn a_walk_that_does_not_see_every_key_has_no_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.rdb");
        let body = b"REDIS0011\x00\x01k\x01v\xff";
        let file = [&body[..], &aof_rdb::crc64(body).to_le_bytes()].concat();
        fs::write(&path, &file).unwrap();
        let dump =
            Dump { path: path.clone(), bytes: file.len() as u64, keys: 1, held: Held::default() };
        let part = FilePart::open(&path).unwrap();
        assert!(from_file(&part, &dump).is_ok() && from_memory(&file, &dump).is_ok());
        assert!(reading(&part).is_ok());
        let more = Dump { keys: 2, ..dump };
        assert!(from_file(&part, &more).is_err() && from_memory(&file, &more).is_err());
    }

    #[test]
    fn peers_that_are_missing_are_no_goal_met() {
        let dump = Dump { path: "x.rdb".into(), bytes: 1 << 20, keys: 5, held: Held::default() };
        let good = Mark(Ok(vec![1.0]));
        let mut marks = vec![good; 6];
        marks[4] = Mark(Err("not there".into()));
        let row = row(&dump, &marks);
        assert_eq!(row[7], Cell::new("failed: not there"));
        assert_eq!(row[8], Cell::with(None, Some(GOAL), times));
        assert_eq!(row[10], Cell::new("1.00×"));
    }
}
