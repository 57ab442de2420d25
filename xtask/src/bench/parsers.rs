//! Parsers over bytes in memory: what one command costs each of them.

mod twin;

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use aof_testkit::{Workload, combinators, naive};

use super::figures::{Goal, best, ratio, times};
use super::logs::SEED;
use super::race::{Contestant, Mark, race};
use super::table::{Cell, Section, Table};

/// Bytes of each log.
const BYTES: usize = 64 << 20;

/// Of so many rounds the best counts.
const ROUNDS: usize = 7;

/// Ours against the obvious loop.
const TWIN: Goal = Goal::AtMost(1.15);

/// Steps over all records and returns how many there are.
type Parser = fn(&[u8]) -> usize;

/// Head of the column, and the parser. The places of the twin and of ours are used below.
const PARSERS: [(&str, Parser); 6] = [
    ("naive, owned ns", |bytes| {
        steps(bytes, |rest| {
            let frame = black_box(naive::frame(rest, 0).ok()?);
            Some((&rest[frame.len..], frame.argv.len()))
        })
    }),
    ("nom, owned ns", |bytes| {
        steps(bytes, |rest| {
            let (rest, argv) = combinators::command(rest).ok()?;
            Some((rest, black_box(argv).len()))
        })
    }),
    ("nom ns", |bytes| steps(bytes, |rest| combinators::skip(rest).ok())),
    ("naive twin ns", |bytes| steps(bytes, twin::skip)),
    ("frame ns", |bytes| {
        steps(bytes, |rest| {
            let (rest, frame) = aof_resp::frame(rest).ok()?;
            Some((rest, frame.argc() as usize))
        })
    }),
    ("frame_with ns", |bytes| {
        steps(bytes, |rest| {
            let mut payload = 0;
            let (rest, _) = aof_resp::frame_with(rest, |_, arg| payload += arg.len()).ok()?;
            Some((rest, payload))
        })
    }),
];

/// Calls `step` until nothing is left or it fails. Its number is used, so that no work can be left out.
#[inline(always)]
fn steps<'a>(mut rest: &'a [u8], step: impl Fn(&'a [u8]) -> Option<(&'a [u8], usize)>) -> usize {
    let (mut commands, mut sum) = (0, 0_usize);
    while let Some((behind, number)) = step(rest).filter(|_| !rest.is_empty()) {
        rest = behind;
        sum = sum.wrapping_add(number);
        commands += 1;
    }
    black_box(sum);
    commands
}

/// Of the wanted logs, those that the goals name.
pub(super) fn compare(workloads: &[Workload]) -> Result<Section, Box<dyn Error>> {
    let mut head = vec!["log", "commands"];
    head.extend(PARSERS.map(|(name, _)| name));
    head.extend(["frame by twin", "frame_with by twin", "nom by frame"]);
    let mut table = Table::new(&head);
    let is_meant = |it: &&Workload| matches!(it, Workload::Set64 | Workload::Mixed);
    let mut has_failures = false;
    for &workload in workloads.iter().filter(is_meant) {
        println!("parsing {} in memory", workload.name());
        let bytes = workload.bytes(SEED, BYTES);
        let commands = naive::parse(&bytes).frames.len();
        let marks = run(&bytes, commands, ROUNDS);
        has_failures |= marks.iter().any(|mark| mark.0.is_err());
        table.add(row(workload, commands, &marks));
    }
    Ok(Section { title: "Parsers in memory, on one thread", notes: notes(), table, has_failures })
}

fn notes() -> Vec<String> {
    vec![
        format!(
            "Nanoseconds a command on {} MiB: the best of {ROUNDS} rounds, in which all take turns.",
            BYTES >> 20
        ),
        "*owned* parsers hand out all arguments in a vector, the naive one copies them; the others step over the record. *nom* is plain combinators.".to_owned(),
        "*naive twin* is the obvious loop: one byte at a time through the numbers, no allocation, the same strict language. `frame` and `frame_with` are those of aof-resp.".to_owned(),
    ]
}

fn run(bytes: &[u8], commands: usize, rounds: usize) -> Vec<Mark> {
    let contestant = |(_, parser): (_, Parser)| {
        Contestant::new(rounds, move || {
            let begin = Instant::now();
            let count = parser(black_box(bytes));
            let seconds = begin.elapsed().as_secs_f64();
            match count == commands {
                true => Ok(seconds),
                false => Err(format!("read {count} of {commands}")),
            }
        })
    };
    race(PARSERS.into_iter().map(contestant).collect())
}

fn row(workload: Workload, commands: usize, marks: &[Mark]) -> Vec<Cell> {
    let seconds = |mark: &Mark| mark.0.as_ref().ok().and_then(|runs| best(runs));
    let cell = |mark: &Mark| match &mark.0 {
        Ok(_) => {
            Cell::of(seconds(mark), |seconds| format!("{:.1}", seconds * 1e9 / commands as f64))
        }
        Err(problem) => Cell::new(format!("failed: {problem}")),
    };
    let by = |a: usize, b: usize| {
        let (a, b) = seconds(&marks[a]).zip(seconds(&marks[b]))?;
        ratio(a, b)
    };
    let (nom, twin, frame, frame_with) = (2, 3, 4, 5);
    let goal = (workload == Workload::Set64).then_some(TWIN);
    let mut row = vec![Cell::new(workload.name()), Cell::new(commands.to_string())];
    row.extend(marks.iter().map(cell));
    row.push(Cell::with(by(frame, twin), goal, times));
    row.push(Cell::of(by(frame_with, twin), times));
    row.push(Cell::of(by(nom, frame), times));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parsers_read_all_commands_of_every_log() {
        for workload in Workload::ALL {
            let bytes = workload.bytes(SEED, 50_000);
            let commands = naive::parse(&bytes).frames.len();
            assert!(commands > 1, "{}", workload.name());
            for mark in run(&bytes, commands, 1) {
                assert!(mark.0.is_ok(), "{}: {mark:?}", workload.name());
            }
        }
    }

    #[test]
    fn a_parser_that_stops_early_fails() {
        let marks = run(b"*1\r\n$4\r\nEXEC\r\n*x", 2, 1);
        assert!(marks.iter().all(|mark| mark.0 == Err("read 1 of 2".to_owned())));
    }
}
