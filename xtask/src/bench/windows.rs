//! How large the pieces should be in which a log is read.

use std::error::Error;
use std::fs;
use std::thread;
use std::time::Instant;

use aof_log::{Policy, diagnose};
use aof_source::{FilePart, Map, Part, guard_maps};
use aof_testkit::Workload;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::figures::best;
use super::logs::Log;
use super::race::{Contestant, Mark, race};
use super::table::{Cell, Section, Table};

/// Head of the column, and bytes of a window.
const WINDOWS: [(&str, usize); 4] =
    [("64 KiB", 64 << 10), ("128 KiB", 128 << 10), ("256 KiB", 256 << 10), ("1 MiB", 1 << 20)];

/// Larger logs are not taken into memory.
const MOST_IN_MEMORY: u64 = 1 << 30;

/// Those of the logs that the goals name.
pub(super) fn compare(logs: &[Log], runs: usize) -> Result<Section, Box<dyn Error>> {
    let mut head = vec!["log", "threads"];
    head.extend(WINDOWS.map(|(name, _)| name));
    head.extend(["mapped", "in memory"]);
    guard_maps()?;
    let mut table = Table::new(&head);
    let is_meant =
        |log: &&Log| matches!(log.workload, Workload::Set64 | Workload::Set1k | Workload::Mixed);
    let cores = thread::available_parallelism()?.get();
    let mut has_failures = false;
    for log in logs.iter().filter(is_meant) {
        println!("scanning {} in windows", log.name());
        for threads in if cores > 1 { vec![1, cores] } else { vec![1] } {
            let marks = run(log, threads, runs)?;
            has_failures |= marks.iter().any(|mark| mark.0.is_err());
            let mut row = vec![Cell::new(log.name()), Cell::new(threads.to_string())];
            row.extend(marks.iter().map(|mark| cell(mark, log.bytes)));
            table.add(row);
        }
    }
    Ok(Section { title: "Windows of positioned reads", notes: notes(runs), table, has_failures })
}

fn notes(runs: usize) -> Vec<String> {
    vec![
        format!("Seconds (nanoseconds a byte) of a whole diagnosis in this process, file in the page cache: the best of {runs} rounds, in which all take turns."),
        "*mapped* maps the file anew in each round. *in memory* scans bytes that were read before the clock started.".to_owned(),
    ]
}

/// One mark for each window, one for a mapping, and one for memory.
fn run(log: &Log, threads: usize, runs: usize) -> Result<Vec<Mark>, Box<dyn Error>> {
    let pool = &ThreadPoolBuilder::new().num_threads(threads).build()?;
    let part = FilePart::open(&log.path)?;
    let bytes = match log.bytes {
        ..=MOST_IN_MEMORY => fs::read(&log.path)?,
        _ => Vec::new(),
    };
    let mut contestants: Vec<Contestant<'_>> = WINDOWS
        .iter()
        .map(|&(_, window)| {
            let part = part.clone().with_window(window);
            Contestant::new(runs, move || scan(pool, &part, log))
        })
        .collect();
    contestants.push(Contestant::new(runs, || {
        let map = Map::of(&part).map_err(|why| why.to_string())?;
        let seconds = scan(pool, map.as_ref(), log)?;
        map.intact().map(|()| seconds).map_err(|changed| changed.to_string())
    }));
    let rounds = if bytes.is_empty() { 0 } else { runs };
    contestants.push(Contestant::new(rounds, || scan(pool, &bytes[..], log)));
    Ok(race(contestants))
}

/// Seconds; an error if the scan did not see what was written.
fn scan<P: Part + ?Sized + Sync>(pool: &ThreadPool, part: &P, log: &Log) -> Result<f64, String> {
    let begin = Instant::now();
    let diagnosis = pool.install(|| diagnose(part, &Policy::default(), &()));
    let seconds = begin.elapsed().as_secs_f64();
    if diagnosis.commands != log.commands {
        return Err(format!("read {} of {}", diagnosis.commands, log.commands));
    }
    Ok(seconds)
}

fn cell(mark: &Mark, bytes: u64) -> Cell {
    match &mark.0 {
        Ok(runs) => Cell::of(best(runs), |seconds| {
            format!("{seconds:.4} ({:.3})", seconds * 1e9 / bytes as f64)
        }),
        Err(problem) => Cell::new(format!("failed: {problem}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_a_mapping_and_memory_see_all_commands_and_a_wrong_count_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut file = fs::File::create(&path).unwrap();
        let written = Workload::Mixed.write(1, 300_000, &mut file).unwrap();
        let mut log = Log {
            workload: Workload::Mixed,
            path,
            bytes: written.bytes,
            commands: written.commands,
        };
        guard_maps().unwrap();
        let marks = run(&log, 2, 1).unwrap();
        assert_eq!(marks.len(), WINDOWS.len() + 2);
        assert!(marks.iter().all(|mark| mark.seconds().is_some()), "{marks:?}");

        log.commands += 1;
        let marks = run(&log, 1, 1).unwrap();
        assert!(marks.iter().all(|mark| mark.0.is_err()), "{marks:?}");
    }
}
