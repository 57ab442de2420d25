//! The chores of the workspace: `cargo xtask SUBCOMMAND`. One file a subcommand.
#![expect(clippy::print_stdout, reason = "a chore reports to the terminal of whoever started it")]
#![expect(clippy::print_stderr, reason = "a chore reports to the terminal of whoever started it")]

mod bench;
mod commands;
mod conformance;
mod demo;
mod faults;
mod servers;
mod test;
mod testdata;
mod tidy;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// What every subcommand returns: whether all is well. An error is trouble in finding that out.
type Outcome = Result<bool, Box<dyn Error>>;

/// A subcommand: its name, its line in the help, and what runs it with the arguments behind its name.
type Subcommand = (&'static str, &'static str, fn(&[String]) -> Outcome);

const SUBCOMMANDS: &[Subcommand] = &[
    ("bench", "measure a release build against its peers", bench::run),
    ("commands", "check the command table against the servers' COMMAND", commands::run),
    ("conformance", "run the suites on real servers (--all: every trial)", conformance::run),
    ("demo", "damage a set in four places and compare four ways to go on", demo::run),
    (
        "faults",
        "kill repairs at every system call, fail the disk, lose what was not flushed",
        faults::run,
    ),
    ("servers", "bring the servers that the tests use", servers::run),
    ("test", "bring the servers and run all tests", test::run),
    ("testdata", "make the damaged logs of testdata/ anew (--check: compare)", testdata::run),
    ("tidy", "check what no compiler checks", tidy::run),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        return usage();
    };
    let Some((.., run)) = SUBCOMMANDS.iter().find(|(known, ..)| known == name) else {
        return usage();
    };
    match run(rest) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo xtask {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: cargo xtask SUBCOMMAND\n");
    for (name, help, _) in SUBCOMMANDS {
        eprintln!("  {name:<11} {help}");
    }
    ExitCode::from(2)
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask lies in the workspace").to_owned()
}
