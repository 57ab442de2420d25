//! `aof-doctor check`: the verdict on one log, one RDB file, or all that a server leaves in its folder.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use aof_log::Policy;
use aof_log::server::Server;
use aof_rdb::Depth;
use clap::{Args, ValueEnum};

use crate::compat::Request;
use crate::execute::Options;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::look::{self, Asked, Job, Looked};
use crate::max_loss::MaxLoss;
use crate::render::{hexdump, json, text};
use crate::report::Report;
use crate::signal;
use crate::ui::Ui;

mod deep;
pub(crate) mod gate;

pub(crate) use deep::{Deep, Digests};

/// Say what is wrong with a log, why, what it costs, what the next start would do, and what to do next
///
/// PATH is an AOF file, an RDB file, a folder with a manifest (`appendonlydir`), a manifest, or a server's data folder.
/// Reads all of it, and reports every damage in one run with its offset and length. Files are opened read-only, and a
/// server may go on writing to them. gzip and zstd are decoded on the fly; offsets are those of the decoded bytes.
///
/// RESP carries no checksum: a changed byte inside a value leaves no trace, so no check can exclude it.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(crate) struct CheckArgs {
    /// A file, plain or in gzip or zstd, a folder, or `-` for standard input
    path: PathBuf,

    /// Print one JSON document instead of text (docs/json-output.md)
    #[arg(long, conflicts_with_all = ["verbose", "quiet"])]
    json: bool,

    /// Show the bytes around each finding, what every server would do, and what was taken for granted
    #[arg(short, long)]
    verbose: bool,

    /// Print no result; the exit status tells
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,

    /// Foretell the start of this server alone, such as redis:7.2 or valkey:8.1; may be repeated
    #[arg(long = "for", value_name = "SERVER")]
    servers: Vec<Server>,

    /// Exit with 0 if this server will load everything within --max-loss, else with 1
    #[arg(long, value_name = "SERVER", conflicts_with = "servers")]
    gate: Option<Server>,

    /// With --gate: what may be lost, such as 1MB,5s,100cmds; all of it must hold [default: the torn last record or
    /// transaction]
    #[arg(long, value_name = "LIMITS", requires = "gate")]
    max_loss: Option<MaxLoss>,

    /// The server's configuration: what it says enters the forecast (docs/configuration.md)
    #[arg(long, value_name = "FILE")]
    conf: Option<PathBuf>,

    /// Threads to scan with [default: one for each core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// How many databases the server has [default: as in --conf, or 16]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    databases: Option<u32>,

    /// Execute a log in memory, which needs as much as its data: which commands a server would refuse, which have no
    /// effect, the digest of the data, and what a server needs for them. Compare all keys of an RDB file with each other,
    /// and look into values of any size; without it as many and as large ones as 64 MiB of memory are enough for
    #[arg(long)]
    deep: bool,

    /// No data is damage (exit status 4)
    #[arg(long)]
    expect_data: bool,

    /// Speak like redis-check-aof: its lines, and exit status 0 or 1 (docs/exit-codes.md). Nothing is ever changed
    #[arg(long, conflicts_with_all = ["json", "verbose", "quiet", "deep", "expect_data"])]
    compat: bool,

    /// What a checker's own options ask for, which is refused
    #[arg(long, hide = true, requires = "compat")]
    fix: bool,

    #[arg(long, hide = true, requires = "compat", conflicts_with = "fix")]
    truncate_to_timestamp: Option<OsString>,

    /// Whether to show how far it is. `auto`: on a terminal, after a second
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Bar::Auto)]
    progress: Bar,
}

const EXIT_STATUS: &str = "\
EXIT STATUS
  0   clean: every record is whole; or empty; with --gate: the server will load it
  1   with --gate: the server will not load it, or would lose more than it may
  2   attention: a server loads it, perhaps not as it was meant
  4   damaged; or empty, with --expect-data
  8   unreadable, no log, or the result could not be written
  16  the arguments make no sense
  32  cancelled by a signal
It is a bit mask: treat every bit you do not know as failure.";

impl CheckArgs {
    /// What a checker is asked to do, if it is one that speaks.
    pub(crate) fn compat(&self) -> Option<Request> {
        let option = match (self.fix, &self.truncate_to_timestamp) {
            (true, _) => Some("--fix"),
            (_, Some(_)) => Some("--truncate-to-timestamp"),
            _ => None,
        };
        let path = self.path.clone();
        self.compat.then_some(match option {
            Some(option) => Request::Change { option, path },
            None => Request::Check(path),
        })
    }
}

/// When to show how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bar {
    Auto,
    None,
}

/// Checks a path and prints the verdict.
pub(crate) fn run(args: &CheckArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    signal::listen();
    let failure = match examine(args, ui) {
        Ok(report) => return tell(&report, args, ui),
        Err(failure) => failure,
    };
    // A start script asks one question, and whatever keeps it from being answered is a no.
    let exit = match args.gate {
        Some(_) if failure.exit == Exit::ERROR => Exit::REFUSED,
        _ => failure.exit,
    };
    // A program that reads the result always gets a document, unless the check was cancelled.
    if args.json && failure.exit == Exit::ERROR {
        ui.result(&json::failure(&args.path, &failure, exit))?;
        return Ok(exit);
    }
    Err(Failure { exit, ..failure })
}

fn examine(args: &CheckArgs, ui: &mut Ui) -> Result<Report, Failure> {
    let started = Instant::now();
    let settings = look::settings(args.conf.as_deref(), &args.path, ui)?;
    let mut asked = Asked::new(&args.servers, args.gate, settings);
    if let Some(databases) = args.databases {
        asked.conf.databases = databases;
    }
    let job = Job {
        policy: Policy {
            databases: asked.conf.databases,
            depth: Depth { is_exhaustive: args.deep, ..look::depth() },
            outline: args.deep,
            ..Policy::default()
        },
        jobs: args.jobs.map_or(0, usize::from),
        is_bar_wanted: args.progress == Bar::Auto && !args.quiet,
    };
    let Looked { mut report, mut files } = look::look(&args.path, &job, &asked, ui)?;
    if args.verbose {
        let is_folder = report.is_folder();
        let mut inputs: Vec<_> = files.iter_mut().map(|file| file.readable(is_folder)).collect();
        report.dumps = hexdump::dumps(&report.findings, &mut inputs);
    }
    if args.deep {
        let databases = Some(job.policy.databases);
        let options = Options { salvages: true, databases, ..Options::default() };
        deep::look(&mut report, &options, ui);
    }
    report.took = started.elapsed();
    Ok(report)
}

fn tell(report: &Report, args: &CheckArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let exit = match args.gate {
        Some(server) => {
            let limits = args.max_loss.as_ref();
            match gate::refusal(report, server, limits, args.expect_data) {
                None => Exit::CLEAN,
                Some(why) => {
                    ui.say(&why);
                    Exit::REFUSED
                }
            }
        }
        None => report.verdict.exit(args.expect_data),
    };
    if args.json {
        ui.result(&json::report(report, exit))?;
    } else if !args.quiet {
        let view = text::View { width: ui.width(), is_verbose: args.verbose };
        ui.result(&text::report(report, exit, &view))?;
    }
    Ok(exit)
}
