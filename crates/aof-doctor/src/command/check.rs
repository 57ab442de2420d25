//! `aof-doctor check`: the verdict on one log.

use std::path::PathBuf;
use std::time::Instant;

use aof_log::Policy;
use clap::{Args, ValueEnum};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{hexdump, json, text};
use crate::report::Report;
use crate::signal;
use crate::ui::Ui;

mod flight;
mod folder;
mod kind;
mod open;
mod scan;

/// Say what is wrong with a log, why, what it costs, and what to do next
///
/// Reads all of it, and reports every damage in one run with its offset and length. The log is opened
/// read-only, and a server may go on writing to it. gzip and zstd are decoded on the fly; offsets are those
/// of the decoded bytes.
///
/// RESP carries no checksum: a changed byte inside a value leaves no trace, so no check can exclude it.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(crate) struct CheckArgs {
    /// The log: a file, plain or in gzip or zstd, or `-` for standard input
    path: PathBuf,

    /// Print one JSON document instead of text (docs/json-output.md)
    #[arg(long, conflicts_with_all = ["verbose", "quiet"])]
    json: bool,

    /// Show the bytes around each finding, and what was taken for granted
    #[arg(short, long)]
    verbose: bool,

    /// Print no result; the exit status tells
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,

    /// Threads to scan with [default: one for each core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// How many databases the server has, as `databases` in its configuration
    #[arg(long, value_name = "N", default_value_t = 16)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    databases: u32,

    /// An empty log is damage (exit status 4)
    #[arg(long)]
    expect_data: bool,

    /// Whether to show how far it is. `auto`: on a terminal, after a second
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Bar::Auto)]
    progress: Bar,
}

const EXIT_STATUS: &str = "\
EXIT STATUS
  0   clean: every record is whole; or empty
  2   attention: a server loads it, perhaps not as it was meant
  4   damaged; or empty, with --expect-data
  8   unreadable, no log, or the result could not be written
  16  the arguments make no sense
  32  cancelled by a signal
It is a bit mask: treat every bit you do not know as failure.";

/// When to show how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bar {
    Auto,
    None,
}

/// Checks a log and prints the verdict.
pub(crate) fn run(args: &CheckArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    signal::listen();
    let failure = match examine(args, ui) {
        Ok(report) => return tell(&report, args, ui),
        Err(failure) => failure,
    };
    // A program that reads the result always gets a document, unless the check was cancelled.
    if args.json && failure.exit == Exit::ERROR {
        ui.result(&json::failure(&args.path, &failure))?;
        return Ok(failure.exit);
    }
    Err(failure)
}

fn examine(args: &CheckArgs, ui: &mut Ui) -> Result<Report, Failure> {
    let started = Instant::now();
    let mut input = open::open(&args.path)?;
    if input.waits() {
        ui.status("waiting for the log to come in");
    }
    let job = scan::Job {
        policy: Policy { databases: args.databases, ..Policy::default() },
        jobs: args.jobs.map_or(0, usize::from),
        is_bar_wanted: args.progress == Bar::Auto && !args.quiet,
    };
    let mut report = scan::examine(&args.path, &mut input, &job)?;
    if args.verbose {
        report.dumps = hexdump::dumps(&mut input, &report.findings);
    }
    report.took = started.elapsed();
    Ok(report)
}

fn tell(report: &Report, args: &CheckArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let exit = report.verdict.exit(args.expect_data);
    if args.json {
        ui.result(&json::report(report, exit))?;
    } else if !args.quiet {
        let view = text::View { width: ui.width(), is_verbose: args.verbose };
        ui.result(&text::report(report, exit, &view))?;
    }
    Ok(exit)
}
