//! Logs that somebody made to be slow, against one of ordinary records: no record may cost much more for it. And one
//! log that is larger than what it may take of memory.

mod records;

use std::error::Error;
use std::path::Path;

use super::convert::{Ran, convert, remove};
use super::execute::options;
use super::figures::{Goal, grouped, median, ratio, times};
use super::peers::{command, peak_private};
use super::table::{Cell, Section, Table};
use records::Shape;

/// By how much a record may cost more than an ordinary one.
const COST: Goal = Goal::AtMost(3.0);

const HEAD: [&str; 6] = [
    "log",
    "records",
    "-j 1 ns/record",
    "by an ordinary one",
    "two threads ns/record",
    "by an ordinary one",
];

/// Of the large log, in seconds and in MiB of private memory.
const LARGE: [Goal; 2] = [Goal::AtMost(30.0), Goal::AtMost(1024.0)];

/// Every shape, in a folder of its own below `folder`.
pub(super) fn compare(ours: &Path, folder: &Path, runs: usize) -> Result<Section, Box<dyn Error>> {
    let (mut table, mut ordinary) = (Table::new(&HEAD), [0.0; 2]);
    for shape in Shape::ALL {
        println!("measuring {}", shape.name());
        let room = tempfile::tempdir_in(folder)?;
        let log = room.path().join("log.aof");
        let records = shape.write(&log)?;
        let costs = [&["-j", "1"][..], &["-j", "2"]].map(|jobs| cost(ours, &log, jobs, runs));
        let [one, two] = costs.map(|seconds| seconds.map(|it| it * 1e9 / records as f64));
        let costs = [one?, two?];
        if shape.is_ordinary() {
            ordinary = costs;
        }
        let mut row = vec![Cell::new(shape.name()), Cell::new(grouped(records))];
        for (cost, least) in costs.into_iter().zip(ordinary) {
            let goal = (!shape.is_ordinary()).then_some(COST);
            row.push(Cell::new(format!("{cost:.0}")));
            row.push(Cell::with(ratio(cost, least), goal, times));
        }
        table.add(row);
        println!("{}", table.latest());
    }
    let notes = vec![
        format!("The median of {runs} runs of `convert --to rdb --target redis:7.0`, divided by the records."),
        "*colliding* are keys of one hash, made with the function that tables and lanes go by; *tied* are keys that `RENAME` connects to a single component; *switching* has a `SELECT` of another database before each record.".to_owned(),
    ];
    Ok(Section { title: "Logs that are made to be slow", notes, table, has_failures: false })
}

fn cost(ours: &Path, log: &Path, jobs: &[&str], runs: usize) -> Result<f64, Box<dyn Error>> {
    let out = log.with_file_name("dump.rdb");
    let options = options(log, jobs)?;
    let each = (0..runs).map(|_| Ok(convert(ours, &options, &out)?.seconds));
    let seconds = each.collect::<Result<Vec<f64>, Box<dyn Error>>>()?;
    remove(&out)?;
    median(&seconds).ok_or("no run".into())
}

/// One log of so many MiB, with values of 1 KiB for four million keys.
pub(super) fn large(ours: &Path, folder: &Path, mib: u64) -> Result<Section, Box<dyn Error>> {
    let room = tempfile::tempdir_in(folder)?;
    let (log, out) = (room.path().join("log.aof"), room.path().join("dump.rdb"));
    println!("writing {mib} MiB");
    let records = records::large(&log, mib << 20)?;
    let options = options(&log, &[])?;
    let Ran { seconds, bytes } = convert(ours, &options, &out)?;
    remove(&out)?;
    let private = peak_private(&mut command(ours, &options, &out))? as f64 / f64::from(1 << 20);
    let mut table = Table::new(&["log MiB", "records", "written MiB", "ours s", "RssAnon MiB"]);
    table.add(vec![
        Cell::new(mib.to_string()),
        Cell::new(grouped(records)),
        Cell::new((bytes >> 20).to_string()),
        Cell::with(Some(seconds), Some(LARGE[0]), |it| format!("{it:.1}")),
        Cell::with(Some(private), Some(LARGE[1]), |it| format!("{it:.0}")),
    ]);
    let notes = vec!["One run of `convert --to rdb --target redis:7.0` behind the writing of the log, until what it wrote is flushed, and one more that is looked at every millisecond.".to_owned()];
    Ok(Section {
        title: "A log that is larger than what it may take of memory",
        notes,
        table,
        has_failures: false,
    })
}
