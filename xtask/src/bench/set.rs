//! `check` of a set of parts against `check` of one file of the same bytes.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use aof_testkit::Workload;

use super::figures::{Goal, spread, times};
use super::logs::{self, Log};
use super::options::Options;
use super::peers::{Tools, command, time};
use super::race::{Contestant, Mark, race};
use super::table::{Cell, Section, Table};

/// The set against the file.
const GOAL: Goal = Goal::AtMost(1.05);

/// Increments; the base is one part more, and all are of about the same size.
const INCREMENTS: u64 = 40;

/// So many bytes are written at once.
const PIECE: usize = 128 << 10;

/// What a record of this workload begins with. Its values hold no line ends.
const RECORD: &[u8] = b"\r\n*3\r\n";

const HEAD: [&str; 8] = [
    "log",
    "MiB",
    "parts",
    "one file s",
    "set s",
    "set by file",
    "reading the file s",
    "reading the set s",
];

/// The same log as one file and as a set, written side by side: how a file came into the page cache decides how fast
/// it is read from there.
#[derive(Debug)]
pub(super) struct Pair {
    log: Log,
    file: PathBuf,
    folder: PathBuf,
}

/// Makes what is not there with the right size.
pub(super) fn make(folder: &Path, options: &Options) -> Result<Pair, Box<dyn Error>> {
    let options = Options { workloads: vec![Workload::Set64], ..options.clone() };
    let log = logs::make(folder, &options)?.pop().ok_or("no log was made")?;
    let folder = folder.join("set64-parts");
    let file = folder.join("one.aof");
    let label = folder.join("bytes");
    let text = fs::read_to_string(&label).unwrap_or_default();
    if text != log.bytes.to_string() {
        println!("writing {}", folder.display());
        cut(&log.path, &file, &folder.join("appendonlydir"), INCREMENTS)?;
        fs::write(label, log.bytes.to_string())?;
    }
    Ok(Pair { log, file, folder: folder.join("appendonlydir") })
}

/// Cuts the log into a base and increments, each of whole records, names them in a manifest, and writes `one` of all
/// of them.
fn cut(log: &Path, one: &Path, folder: &Path, increments: u64) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let one = File::create(one)?;
    let mut log = File::open(log)?;
    let len = log.metadata()?.len();
    let mut manifest = String::new();
    let mut from = 0;
    for part in 0..=increments {
        let to = match part == increments {
            true => len,
            false => boundary(&mut log, len * (part + 1) / (increments + 1))?.max(from),
        };
        let (name, line) = match part {
            0 => ("appendonly.aof.1.base.aof".to_owned(), "seq 1 type b".to_owned()),
            seq => (format!("appendonly.aof.{seq}.incr.aof"), format!("seq {seq} type i")),
        };
        manifest.push_str(&format!("file {name} {line}\n"));
        log.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        (&mut log).take(to - from).read_to_end(&mut bytes)?;
        for mut file in [&one, &File::create(folder.join(name))?] {
            // As servers write: not all at once.
            bytes.chunks(PIECE).try_for_each(|piece| file.write_all(piece))?;
            file.sync_all()?;
        }
        from = to;
    }
    File::create(folder.join("appendonly.aof.manifest"))?.write_all(manifest.as_bytes())
}

/// Where the next record begins.
fn boundary(log: &mut File, at: u64) -> io::Result<u64> {
    log.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    log.take(4096).read_to_end(&mut bytes)?;
    let place = bytes.windows(RECORD.len()).position(|window| window == RECORD);
    let place = place.ok_or_else(|| io::Error::other("no record begins there"))?;
    Ok(at + place as u64 + 2)
}

/// Both in the page cache.
pub(super) fn compare(tools: &Tools, pair: &Pair, runs: usize) -> Result<Section, Box<dyn Error>> {
    let parts: Vec<PathBuf> =
        fs::read_dir(&pair.folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    let read_parts = || parts.iter().map(|part| logs::read(part)).sum::<io::Result<f64>>();
    logs::read(&pair.file)?;
    read_parts()?;
    let check = |path: &Path| time(&mut command(&tools.ours, &["check", "--quiet"], path));
    let marks = race(vec![
        Contestant::new(runs, || check(&pair.file)),
        Contestant::new(runs, || check(&pair.folder)),
        Contestant::new(runs, || logs::read(&pair.file)),
        Contestant::new(runs, read_parts),
    ]);
    let mut table = Table::new(&HEAD);
    // The manifest is no part.
    table.add(row(&pair.log, parts.len() - 1, &marks));
    let noise =
        marks[..2].iter().filter_map(|mark| spread(mark.0.as_ref().ok()?)).fold(0.0, f64::max);
    Ok(Section {
        title: "One file and a set of the same bytes, in the page cache",
        notes: vec![
            format!(
                "The median of {runs} rounds, in which both take turns, of `check --quiet` with its default flags, from the start of a process to its end."
            ),
            format!("The runs of one of them lie apart by {:.0} % of their median at worst.", noise * 100.0),
            "The set has a base of records and 40 increments, all of about the same size, and a manifest.".to_owned(),
            "*reading* is all cores reading the bytes by position, in this process, and doing nothing else: how files came to lie in the page cache makes the one or the other up to a tenth slower to read, each time that they are written anew.".to_owned(),
        ],
        table,
        has_failures: marks.iter().any(|mark| mark.0.is_err()),
    })
}

fn row(log: &Log, parts: usize, marks: &[Mark]) -> Vec<Cell> {
    vec![
        Cell::new(log.name()),
        Cell::new((log.bytes >> 20).to_string()),
        Cell::new(parts.to_string()),
        marks[0].cell(),
        marks[1].cell(),
        Cell::with(marks[1].by(&marks[0]), Some(GOAL), times),
        marks[2].cell(),
        marks[3].cell(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_log_cut_between_records() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        Workload::Set64.write(1, 100_000, &mut File::create(&log).unwrap()).unwrap();
        let set = folder.path().join("set");
        let one = folder.path().join("one");
        cut(&log, &one, &set, 4).unwrap();
        let manifest = fs::read_to_string(set.join("appendonly.aof.manifest")).unwrap();
        let parts: Vec<Vec<u8>> = manifest
            .lines()
            .map(|line| fs::read(set.join(line.split(' ').nth(1).unwrap())).unwrap())
            .collect();
        assert_eq!(parts.len(), 5);
        assert_eq!(parts.concat(), fs::read(&log).unwrap());
        assert_eq!(parts.concat(), fs::read(&one).unwrap());
        assert!(parts.iter().all(|part| part.starts_with(b"*") && part.ends_with(b"\r\n")));
        assert!(parts.iter().all(|part| part.len() > 15_000));
    }
}
