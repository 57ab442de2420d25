//! `cargo xtask faults repair`: what is left of the files when a repair, or taking one back, is killed at any of its
//! system calls, meets a full or failing disk there, or loses what was not flushed.
//!
//! After each of these a server must find either the original or the repaired files, and the next run must end what was
//! begun; and then `undo` must bring every byte, permission and time back. Calls are counted and disturbed by strace.

mod losses;
mod scenario;
mod state;
mod tracer;

use std::error::Error;
use std::path::Path;
use std::process::Command;

use crate::{Outcome, root};
use losses::Loss;
use scenario::{Scenario, Verb};
use state::{Originals, State};
use tracer::{Call, Fault, Tracer};

const USAGE: &str = "usage: cargo xtask faults repair [--every N]

  --every N   only every Nth call (1)";

/// Disturbs repairs as the arguments say.
pub(crate) fn run(args: &[String]) -> Outcome {
    let every = match args {
        [what] if what == "repair" => 1,
        [what, option, number] if what == "repair" && option == "--every" => number.parse()?,
        _ => return Err(USAGE.into()),
    };
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--package", "aof-doctor"])
        .current_dir(root())
        .status()?;
    if !built.success() {
        return Ok(false);
    }
    // A build that goes on meanwhile must not take the program away.
    let own = tempfile::tempdir()?;
    let program = own.path().join("aof-doctor");
    std::fs::copy(root().join("target/debug/aof-doctor"), &program)?;
    let figures = disturb(&program, every)?;
    Ok(figures.iter().all(|figures| figures.problems.is_empty()))
}

/// What was tried in one scenario, and what went wrong.
#[derive(Debug, Default)]
struct Figures {
    calls: usize,
    kills: usize,
    errors: usize,
    losses: usize,
    problems: Vec<String>,
}

/// Every scenario, forwards and back, at every nth call.
fn disturb(program: &Path, every: usize) -> Result<Vec<Figures>, Box<dyn Error>> {
    let mut all = Vec::new();
    println!(
        "{:<34} {:<6} {:>6} {:>6} {:>7} {:>7} {:>11}",
        "scenario", "verb", "calls", "kills", "errors", "losses", "violations"
    );
    for scenario in scenario::all() {
        for &verb in scenario.verbs() {
            let figures = Trial::new(program, scenario, verb)?.run(every)?;
            println!(
                "{:<34} {:<6} {:>6} {:>6} {:>7} {:>7} {:>11}",
                scenario.name,
                verb.name(),
                figures.calls,
                figures.kills,
                figures.errors,
                figures.losses,
                figures.problems.len()
            );
            figures.problems.iter().take(10).for_each(|problem| println!("    {problem}"));
            all.push(figures);
        }
    }
    Ok(all)
}

/// One scenario and verb.
struct Trial<'p> {
    tracer: Tracer<'p>,
    scenario: &'static Scenario,
    verb: Verb,
    /// The files before and after the repair.
    original: State,
    repaired: State,
}

impl<'p> Trial<'p> {
    fn new(
        program: &'p Path,
        scenario: &'static Scenario,
        verb: Verb,
    ) -> Result<Self, Box<dyn Error>> {
        let folder = scenario.make()?;
        let original = State::of(folder.path())?;
        let tracer = Tracer { program, scenario };
        let code = tracer.run(Verb::Repair, folder.path())?;
        if code != 1 {
            return Err(format!("{}: the repair alone ends with {code}", scenario.name).into());
        }
        let repaired = State::of(folder.path())?;
        Ok(Self { tracer, scenario, verb, original, repaired })
    }

    /// A folder in which the verb is about to run, and what it looked like before any repair.
    fn ready(&self) -> Result<(tempfile::TempDir, Originals), Box<dyn Error>> {
        let folder = self.scenario.make()?;
        if self.scenario.is_interrupted {
            self.tracer.interrupt(folder.path(), &self.original)?;
        }
        let originals = Originals::of(folder.path(), &self.original)?;
        if self.verb == Verb::Undo {
            self.tracer.run(Verb::Repair, folder.path())?;
        }
        Ok((folder, originals))
    }

    fn run(&self, every: usize) -> Result<Figures, Box<dyn Error>> {
        let (folder, _) = self.ready()?;
        let calls = self.tracer.record(self.verb, folder.path())?;
        let first = calls.iter().position(Call::changes_something).unwrap_or(0);
        let mut figures = Figures { calls: calls.len() - first, ..Figures::default() };
        for number in (first..calls.len()).step_by(every) {
            figures.kills += 1;
            self.try_one(Fault::Kill, &calls[number], &mut figures.problems)?;
            for fault in [Fault::Full, Fault::Broken] {
                if calls[number].may_fail(fault) {
                    figures.errors += 1;
                    self.try_one(fault, &calls[number], &mut figures.problems)?;
                }
            }
            for loss in losses::at(&calls[..number]) {
                figures.losses += 1;
                self.lose(&calls[number], &loss, &mut figures.problems)?;
            }
        }
        Ok(figures)
    }

    /// One fault at one call.
    fn try_one(
        &self,
        fault: Fault,
        call: &Call,
        problems: &mut Vec<String>,
    ) -> Result<(), Box<dyn Error>> {
        let (folder, originals) = self.ready()?;
        let ended = self.tracer.disturb(self.verb, folder.path(), fault, call)?;
        let mut note = |what: String| problems.push(format!("{fault:?} at {call}: {what}"));
        if fault != Fault::Kill && !ended.is_graceful(self.verb) {
            note(format!("it ends with {ended:?}"));
        }
        self.judge(folder.path(), &originals, &mut note)
    }

    /// A power loss right before one call: what was not flushed is gone.
    fn lose(
        &self,
        call: &Call,
        loss: &Loss,
        problems: &mut Vec<String>,
    ) -> Result<(), Box<dyn Error>> {
        let (folder, originals) = self.ready()?;
        self.tracer.disturb(self.verb, folder.path(), Fault::Kill, call)?;
        // What an interrupted repair had put there is taken back before anything is written.
        let before = if self.verb == Verb::Repair { &self.original } else { &self.repaired };
        loss.happen(folder.path(), before)?;
        let mut note = |what: String| problems.push(format!("{loss:?} at {call}: {what}"));
        self.judge(folder.path(), &originals, &mut note)
    }

    /// What a server would find now, what the next run makes of it, and whether all comes back.
    fn judge(
        &self,
        folder: &Path,
        originals: &Originals,
        note: &mut dyn FnMut(String),
    ) -> Result<(), Box<dyn Error>> {
        let found = State::of(folder)?;
        if let Some(what) = found.is_neither(&self.original, &self.repaired, self.verb) {
            note(format!("a server would find {what}"));
        }
        self.tracer.run(self.verb, folder)?;
        let wanted = if self.verb == Verb::Repair { &self.repaired } else { &self.original };
        let ended = State::of(folder)?;
        if ended != *wanted {
            note(format!("the next run leaves {}", ended.differences(wanted)));
        }
        if self.verb == Verb::Repair {
            self.tracer.run(Verb::Undo, folder)?;
        }
        if let Some(what) = originals.difference(folder)? {
            note(format!("undo does not bring back {what}"));
        }
        Ok(())
    }
}

/// The program beside the one that runs: for tests.
#[cfg(test)]
fn built() -> Option<std::path::PathBuf> {
    let own = std::env::current_exe().ok()?;
    let program = own.ancestors().find_map(|folder| {
        let program = folder.join("aof-doctor");
        program.is_file().then_some(program)
    });
    program.filter(|_| Command::new("strace").arg("-V").output().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo xtask faults repair` tries every call.
    #[test]
    fn a_sample_of_interrupted_repairs_is_ended_by_the_next_run() {
        let Some(program) = built() else {
            println!("skipped: no strace, or no program");
            return;
        };
        let figures = disturb(&program, 11).expect("scenarios can be set up");
        let problems: Vec<&String> = figures.iter().flat_map(|it| &it.problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
        assert!(figures.iter().map(|figures| figures.kills).sum::<usize>() > 40);
    }
}
