//! `aof-doctor replay`: a log into a server that is up.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::{ArgAction, Args, ValueEnum};

use crate::command::connect::ConnectArgs;
use crate::command::keys::KeyArgs;
use crate::command::reading::ReadingArgs;
use crate::command::route::RouteArgs;
use crate::command::verify::{Checked, Sample};
use crate::convert::{Expired, Tally};
use crate::execute::Log;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::live::Mode;
use crate::render::{json, replay as text};
use crate::signal;
use crate::ui::Ui;

use aof_replay::live::expiries::Timed;
use aof_replay::live::fleet::{Rejected, Sums};
use aof_replay::live::history::Told;

mod identity;
mod meanwhile;
mod request;
mod why;
mod work;

/// Send a log, a set of logs or an RDB file into a server that is up
///
/// In the mode `state` the log is executed in memory, and the data that it comes to are sent: less, and as often as you
/// like. In the mode `history` every record is sent as it stands in the log, also what only a server can execute, such
/// as scripts; when keys expire is told at the end, since a server that is up would expire them in between.
///
/// How far it is, keys in the server tell whose names begin with aof-doctor:replay: and that are taken away at the
/// end. After a crash of either side, --resume goes on from there; nothing is executed twice.
///
/// A server that holds something is left alone, unless you say --merge or --flush-target.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS, disable_help_flag = true)]
pub(crate) struct ReplayArgs {
    /// A log, a folder with a set of logs, a data folder, or an RDB file
    #[arg(value_name = "PATH")]
    path: PathBuf,

    #[command(flatten)]
    connect: ConnectArgs,

    /// What is sent. `auto`: the data, unless only a server can execute some of the log
    #[arg(long, value_enum, value_name = "MODE", default_value_t = ModeArg::Auto)]
    mode: ModeArg,

    /// Connections side by side
    #[arg(short, long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,

    /// In the mode history: set the times at which keys expire at the end (`deferred`), or as they stand in the log
    /// (`live`), so that the server expires keys in between
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Ttl::Deferred)]
    ttl: Ttl,

    /// In the mode state: send commands that make each key, instead of RESTORE
    #[arg(long)]
    commands: bool,

    /// Send into a server that holds something, and replace keys of the same names
    #[arg(long, conflicts_with_all = ["flush_target", "resume"])]
    merge: bool,

    /// Delete everything in the server first
    #[arg(long, conflicts_with = "resume")]
    flush_target: bool,

    /// Go on with a replay that was interrupted
    #[arg(long)]
    resume: bool,

    /// Say what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,

    /// So many commands a second and no more, such as 50k/s
    #[arg(long, value_name = "RATE")]
    rate: Option<RateArg>,

    /// How many seconds to wait for the server when a connection breaks, before the replay ends and can be resumed
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    retry: u64,

    /// Compare everything in the server with the log afterwards
    #[arg(long)]
    verify: bool,

    /// With --verify: compare only some of the keys, such as 1%
    #[arg(long, value_name = "SHARE", requires = "verify")]
    sample: Option<Sample>,

    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    route: RouteArgs,

    /// What becomes of expiries: `keep`; `drop` leaves out what has expired by now, which the server does as well;
    /// `shift=2h` moves all of them
    #[arg(long, value_name = "HOW", default_value = "keep")]
    expired: Expired,

    /// Refuse a log with commands that cannot be executed here
    #[arg(long)]
    strict: bool,

    /// Send although the server has not enough memory for the data
    #[arg(long)]
    ignore_memory: bool,

    #[command(flatten)]
    reading: ReadingArgs,

    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

const EXIT_STATUS: &str = "\
EXIT STATUS
  0   everything was sent, and executed; with --verify: the server holds what the log says
  1   with --salvage: the same, but for what could not be read
  2   the server refused some of it, or it could not hold it, or keys of the log are uncertain
  4   damaged, and nothing was sent; or with --verify: the server holds something else
  8   no connection, no login, a server that is not empty, has too little memory, or lacks a database
  16  the arguments make no sense
  32  interrupted: by a signal, or since the server takes nothing more; --resume goes on with it
It is a bit mask: treat every bit you do not know as failure.";

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeArg {
    Auto,
    /// The data that the log comes to
    State,
    /// The records of the log
    History,
}

/// When keys are told when they expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Ttl {
    /// At the end
    Deferred,
    /// As it stands in the log
    Live,
}

/// Commands a second: `50k/s`, `1m`, `2000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RateArg(u64);

impl FromStr for RateArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "this is no rate; write it like 50k/s, or 2000";
        let number = text.strip_suffix("/s").unwrap_or(text).to_ascii_lowercase();
        let (digits, unit) = match number.strip_suffix(['k', 'm']) {
            Some(digits) if number.ends_with('k') => (digits, 1000),
            Some(digits) => (digits, 1_000_000),
            None => (&number[..], 1),
        };
        let rate = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
        rate.filter(|rate| *rate > 0).map(Self).ok_or(WRONG)
    }
}

impl fmt::Display for RateArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

/// What was asked for, and what came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) path: PathBuf,
    /// The server, with its version, and where it is.
    pub(crate) target: String,
    pub(crate) mode: Mode,
    /// Why it is this mode, if nobody asked for it.
    pub(crate) reason: Option<String>,
    pub(crate) connections: usize,
    pub(crate) is_dry: bool,
    /// Whether it went on with an earlier one.
    pub(crate) is_resumed: bool,
    /// How often connections broke and were made anew.
    pub(crate) breaks: usize,
    pub(crate) sums: Sums,
    /// In the mode state: what was rendered.
    pub(crate) tally: Option<Tally>,
    /// In the mode history: what was read.
    pub(crate) told: Option<Told>,
    pub(crate) timed: Option<Timed>,
    /// What is known of the log, if it was executed here.
    pub(crate) log: Option<Log>,
    /// Files, as the origins of commands number them.
    pub(crate) files: Vec<String>,
    /// Bytes of memory that the server will need, and how many it has left.
    pub(crate) memory: Option<(u64, Option<u64>)>,
    pub(crate) checked: Option<Checked>,
    /// Why it did not come to its end.
    pub(crate) failure: Option<Failure>,
    pub(crate) took: Duration,
}

impl Outcome {
    /// Whether something of the log is left out because it is damaged.
    pub(crate) fn has_lost(&self) -> bool {
        self.log.as_ref().is_some_and(|log| log.is_damaged)
    }

    /// The first commands that the server refused.
    pub(crate) fn rejected(&self) -> impl Iterator<Item = &Rejected> {
        self.sums.list.iter().chain(self.timed.iter().flat_map(|timed| &timed.list))
    }

    /// How many commands the server did not execute.
    pub(crate) fn refused(&self) -> u64 {
        let timed = self.timed.as_ref().map_or(0, |timed| timed.rejected);
        let unknown = self.told.as_ref().map_or(0, |told| told.unknown);
        self.sums.rejected + timed + unknown
    }

    /// Whether the server holds less than it was sent, or something else.
    fn is_doubtful(&self) -> bool {
        let reduced = self.told.as_ref().is_some_and(|told| told.reduced > 0);
        let unheld =
            self.tally.as_ref().is_some_and(|it| it.unheld.total + it.unheld_functions > 0);
        // In history, the server executes what cannot be executed here.
        let is_uncertain =
            self.mode == Mode::State && self.log.as_ref().is_some_and(Log::is_uncertain);
        self.refused() > 0 || reduced || unheld || is_uncertain
    }

    fn exit(&self) -> Exit {
        let mut exit = self.failure.as_ref().map_or(Exit::CLEAN, |failure| failure.exit);
        for (holds, bit) in
            [(self.has_lost(), Exit::REPAIRED), (self.is_doubtful(), Exit::ATTENTION)]
        {
            exit = if holds { exit | bit } else { exit };
        }
        self.checked.as_ref().map_or(exit, |checked| exit | checked.exit())
    }
}

/// Replays, and says what came of it.
pub(crate) fn run(args: &ReplayArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    signal::listen();
    signal::reading();
    let started = Instant::now();
    match work::replay(args, started, ui) {
        Ok(outcome) => {
            let exit = outcome.exit();
            let told = match args.reading.json {
                true => json::replay(&outcome, exit),
                false => text::outcome(&outcome, ui.width()),
            };
            ui.result(&told)?;
            if let (Some(failure), false) = (&outcome.failure, args.reading.json) {
                ui.fail(failure);
            }
            Ok(exit)
        }
        // A program that reads the result always gets a document, unless the work was cancelled.
        Err(failure)
            if args.reading.json && !matches!(failure.exit, Exit::CANCELLED | Exit::USAGE) =>
        {
            ui.result(&json::failed_replay(&args.path, &failure))?;
            Ok(failure.exit)
        }
        Err(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_of_commands_a_second() {
        let rate = |text: &str| text.parse::<RateArg>().map(|rate| rate.0).ok();
        assert_eq!(
            [rate("50k/s"), rate("2000"), rate("1M/s")],
            [Some(50_000), Some(2000), Some(1_000_000)]
        );
        for wrong in ["", "0", "k/s", "-1", "1.5k", "fast"] {
            assert_eq!(rate(wrong), None, "{wrong}");
        }
    }
}
