//! How long each phase of a conversion takes, as ours tells it.

use std::error::Error;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use super::super::convert::remove;
use super::super::figures::{grouped, ratio};
use super::super::logs::Log;
use super::super::peers::command;
use super::super::table::{Cell, Section, Table};

const HEAD: [&str; 6] = ["log", "commands", "parse", "route", "apply", "serialise"];

/// A table that grows log by log.
pub(super) struct Phases {
    table: Table,
    has_failures: bool,
}

impl Phases {
    pub(super) fn new() -> Self {
        Self { table: Table::new(&HEAD), has_failures: false }
    }

    /// Converts a log once more, on one core.
    pub(super) fn add(&mut self, ours: &Path, options: &[&str], log: &Log, out: &Path) {
        let mut row = vec![Cell::new(log.name()), Cell::new(grouped(log.commands))];
        match measure(ours, options, out) {
            Ok(millis) => row.extend(millis.map(|millis| {
                Cell::of(ratio(millis * 1e6, log.commands as f64), |each| format!("{each:.0}"))
            })),
            Err(problem) => {
                self.has_failures = true;
                row.resize(HEAD.len(), Cell::new(format!("failed: {problem}")));
            }
        }
        self.table.add(row);
    }

    pub(super) fn section(self) -> Section {
        let notes = vec![
            "Nanoseconds of one core for each command of the log, of one run; nothing compressed.".to_owned(),
            "*parse* is the pass that looks at all of the log before anything is executed; *route* reads records once more, distributes them to lanes, and finds out which keys are connected; *apply* executes them; *serialise* is all behind that, until the file is flushed.".to_owned(),
        ];
        let Self { table, has_failures } = self;
        Section { title: "The phases", notes, table, has_failures }
    }
}

/// Milliseconds of each phase.
fn measure(ours: &Path, options: &[&str], out: &Path) -> Result<[f64; 4], Box<dyn Error>> {
    remove(out)?;
    let output = command(ours, options, out).stdout(Stdio::piped()).output()?;
    let document: Value = serde_json::from_slice(&output.stdout)?;
    let took = document["took_ms"].as_f64().ok_or("it does not say how long it took")?;
    let phases = &document["inputs"][0]["log"]["phases_ms"];
    let of = |name: &str| phases[name].as_f64().ok_or(format!("{name} is not told"));
    let parse = of("checking")?;
    let route = of("connecting")? + of("distributing")?;
    let apply = of("loading")? + of("executing")?;
    Ok([parse, route, apply, (took - parse - route - apply).max(0.0)])
}
