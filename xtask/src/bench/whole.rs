//! Whole programs over whole files: ours, the checkers of the servers, and `cat`.

use std::error::Error;
use std::path::Path;

use aof_testkit::Workload;

use super::figures::{Goal, grouped, spread, times, word};
use super::logs::{self, Log};
use super::peers::{Tools, command, peak_private, peer, program, time};
use super::race::{Contestant, Mark, race};
use super::table::{Cell, Section, Table};

/// Slow peers run no oftener than this.
const SLOW_ROUNDS: usize = 3;

/// How much faster two threads are than one, at least.
const SECOND_CORE: f64 = 1.5;

/// Or how much of the bandwidth of reading is used.
const BANDWIDTH: f64 = 0.8;

/// Private memory, whatever the size of the log.
const MEMORY: Goal = Goal::AtMost(64.0);

/// Cold, the storage decides.
const COLD: Goal = Goal::AtMost(1.1);

/// Head of the table of [`warm`].
const WARM: [&str; 13] = [
    "log",
    "commands",
    "ours s",
    "ours -j1 s",
    "second core",
    "redis-check-aof s",
    "by ours",
    "valkey-check-aof s",
    "by ours",
    "cat s",
    "ours by cat",
    "reading s",
    "RssAnon MiB",
];

/// Ours against redis-check-aof.
fn peer_goal(workload: Workload) -> Option<Goal> {
    matches!(workload, Workload::Set64 | Workload::Mixed).then_some(Goal::AtLeast(40.0))
}

/// Ours against `cat`.
fn cat_goal(workload: Workload) -> Option<Goal> {
    match workload {
        Workload::Set64 | Workload::Mixed => Some(Goal::AtMost(2.5)),
        Workload::Set1k => Some(Goal::AtMost(1.0)),
        _ => None,
    }
}

/// What came of everybody on one log.
struct Marks {
    ours: Mark,
    one: Mark,
    redis: Mark,
    valkey: Mark,
    cat: Mark,
    read: Mark,
    memory: Result<u64, String>,
}

impl Marks {
    fn all(&self) -> [&Mark; 6] {
        let Self { ours, one, redis, valkey, cat, read, .. } = self;
        [ours, one, redis, valkey, cat, read]
    }

    fn has_failures(&self) -> bool {
        self.memory.is_err() || self.all().iter().any(|mark| mark.0.is_err())
    }
}

/// All logs in the page cache.
pub(super) fn warm(tools: &Tools, logs: &[Log], runs: usize) -> Result<Section, Box<dyn Error>> {
    let mut table = Table::new(&WARM);
    let (mut has_failures, mut noise) = (false, 0.0_f64);
    for log in logs {
        println!("measuring {}", log.name());
        logs::read(&log.path)?;
        let marks = run_warm(tools, log, runs);
        has_failures |= marks.has_failures();
        let spread = marks.ours.0.as_ref().ok().and_then(|runs| spread(runs));
        noise = noise.max(spread.unwrap_or_default());
        table.add(row(log, &marks));
    }
    Ok(Section {
        title: "Whole files in the page cache",
        notes: warm_notes(runs, noise),
        table,
        has_failures,
    })
}

fn warm_notes(runs: usize, noise: f64) -> Vec<String> {
    vec![
        format!(
            "The median of {runs} rounds ({} for the servers' checkers), in which all take turns, from the start of a process to its end, output to /dev/null. Ours has its default flags.",
            SLOW_ROUNDS.min(runs)
        ),
        format!(
            "The runs of ours on one log lie apart by {:.0} % of their median at worst.",
            noise * 100.0
        ),
        "*second core* is ours with -j 1 by ours; *reading* is all cores reading the file by position, in this process, and doing nothing else.".to_owned(),
        "RssAnon is the peak of private memory, looked up every millisecond of one more run.".to_owned(),
    ]
}

fn run_warm(tools: &Tools, log: &Log, runs: usize) -> Marks {
    let file = log.path.as_path();
    let slow = runs.min(SLOW_ROUNDS);
    let marks = race(vec![
        program(&tools.ours, &["check"], file, runs),
        program(&tools.ours, &["check", "-j", "1"], file, runs),
        peer(tools.redis.as_deref(), file, slow),
        peer(tools.valkey.as_deref(), file, slow),
        program("cat".as_ref(), &[], file, runs),
        Contestant::new(runs, || logs::read(file)),
    ]);
    let [ours, one, redis, valkey, cat, read] =
        <[Mark; 6]>::try_from(marks).expect("a mark for each of the six contestants");
    let memory = peak_private(&mut command(&tools.ours, &["check"], file));
    Marks { ours, one, redis, valkey, cat, read, memory: memory.map_err(|error| error.to_string()) }
}

fn row(log: &Log, marks: &Marks) -> Vec<Cell> {
    vec![
        Cell::new(log.name()),
        Cell::new(grouped(log.commands)),
        marks.ours.cell(),
        marks.one.cell(),
        second_core(marks.one.by(&marks.ours), marks.read.by(&marks.ours)),
        marks.redis.cell(),
        Cell::with(marks.redis.by(&marks.ours), peer_goal(log.workload), times),
        marks.valkey.cell(),
        Cell::of(marks.valkey.by(&marks.ours), times),
        marks.cat.cell(),
        Cell::with(marks.ours.by(&marks.cat), cat_goal(log.workload), times),
        marks.read.cell(),
        memory_cell(&marks.memory),
    ]
}

/// Two threads can be no faster than the memory that they read: either the second core counts, or the
/// share of the bandwidth that is used.
fn second_core(gain: Option<f64>, bandwidth: Option<f64>) -> Cell {
    let goal = Goal::AtLeast(SECOND_CORE);
    match (gain, bandwidth) {
        (Some(gain), Some(used)) if !goal.is_met(gain) => {
            let is_met = used >= BANDWIDTH;
            let verdict = format!(
                "≥ {SECOND_CORE} or {:.0} % of reading; {:.0} %: {}",
                BANDWIDTH * 100.0,
                used * 100.0,
                word(is_met)
            );
            Cell::new(times(gain)).judged(&verdict, is_met)
        }
        _ => Cell::with(gain, Some(goal), times),
    }
}

fn memory_cell(memory: &Result<u64, String>) -> Cell {
    match memory {
        Ok(bytes) => {
            let mib = *bytes as f64 / f64::from(1 << 20);
            Cell::with(Some(mib), Some(MEMORY), |mib| format!("{mib:.1}"))
        }
        Err(problem) => Cell::new(format!("failed: {problem}")),
    }
}

/// Two logs that are read from the storage.
pub(super) fn cold(tools: &Tools, logs: &[Log], runs: usize) -> Result<Section, Box<dyn Error>> {
    let mut table = Table::new(&["log", "ours s", "cat s", "ours by cat"]);
    let mut has_failures = false;
    let is_meant = |log: &&Log| matches!(log.workload, Workload::Set64 | Workload::Set1k);
    for log in logs.iter().filter(is_meant) {
        println!("measuring {} cold", log.name());
        let marks = race(vec![
            from_storage(&tools.ours, &["check"], &log.path, runs),
            from_storage("cat".as_ref(), &[], &log.path, runs),
        ]);
        has_failures |= marks.iter().any(|mark| mark.0.is_err());
        let verdict = Cell::with(marks[0].by(&marks[1]), Some(COLD), times);
        table.add(vec![Cell::new(log.name()), marks[0].cell(), marks[1].cell(), verdict]);
    }
    Ok(Section {
        title: "Whole files, cold",
        notes: vec![
            "Before each run the file is evicted from the page cache of this system; a hypervisor below may still hold it, for both alike.".to_owned(),
        ],
        table,
        has_failures,
    })
}

fn from_storage<'a>(
    program: &'a Path,
    options: &'a [&str],
    file: &'a Path,
    rounds: usize,
) -> Contestant<'a> {
    // A hypervisor may hold the file for whoever comes second: the first reading does not count.
    let mut is_first = true;
    Contestant::new(rounds, move || {
        if std::mem::take(&mut is_first) {
            logs::evict(file)?;
            logs::read(file)?;
        }
        logs::evict(file)?;
        time(&mut command(program, options, file))
    })
}

#[cfg(test)]
mod tests {
    use super::super::table::goals;
    use super::*;

    fn judged(cell: Cell) -> (usize, usize) {
        let mut table = Table::new(&["x"]);
        table.add(vec![cell]);
        goals(&[Section { title: "", notes: Vec::new(), table, has_failures: false }])
    }

    #[test]
    fn the_second_core_is_excused_by_bandwidth_only() {
        assert_eq!(judged(second_core(Some(1.6), Some(0.1))), (1, 0));
        assert_eq!(judged(second_core(Some(1.2), Some(0.85))), (1, 0));
        assert_eq!(judged(second_core(Some(1.2), Some(0.7))), (0, 1));
        assert_eq!(judged(second_core(None, Some(0.9))), (0, 1));
    }

    #[test]
    fn a_failed_peer_has_no_seconds_and_no_ratio() {
        let good = || Mark(Ok(vec![1.0]));
        let marks = Marks {
            ours: good(),
            one: good(),
            redis: Mark(Err("exit status: 1".to_owned())),
            valkey: good(),
            cat: good(),
            read: good(),
            memory: Ok(1 << 20),
        };
        let log = Log { workload: Workload::Queue, path: "x".into(), bytes: 1, commands: 1 };
        let row = row(&log, &marks);
        assert!(marks.has_failures());
        assert_eq!(row[5], Cell::new("failed: exit status: 1"));
        assert_eq!(row[6], Cell::new("–"));
    }
}
