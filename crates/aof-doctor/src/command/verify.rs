//! `aof-doctor verify`: does a server hold what a log says?

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aof_keyspace::diff::Comparison;
use aof_keyspace::{Held, Keyspace};
use aof_replay::live::verify::{self, Check, Found};
use clap::{ArgAction, Args};

use super::diff::tolerance;
use crate::command::connect::ConnectArgs;
use crate::command::keys::KeyArgs;
use crate::command::reading::ReadingArgs;
use crate::convert::Filter;
use crate::execute::{self, Executed, Log};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::live::Target;
use crate::render::{json, verify as text};
use crate::signal;
use crate::ui::{Progress, Ui};

/// Say whether a server holds what a log, a set of logs or an RDB file says, key by key
///
/// The log is executed in memory. What the server holds is compared by DEBUG DIGEST-VALUE, where that is allowed and says
/// everything, and by reading it with DUMP otherwise: types, values, when keys and fields expire, groups of streams and
/// entries that wait to be acknowledged; and libraries of functions, unless only some keys are asked for. Nothing is
/// changed. What has expired by the clock of the server need not be there.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS, disable_help_flag = true)]
pub(crate) struct VerifyArgs {
    /// A log, a folder with a set of logs, a data folder, or an RDB file
    #[arg(value_name = "PATH")]
    path: PathBuf,

    #[command(flatten)]
    connect: ConnectArgs,

    /// Compare only some of the keys, such as 1%; keys that only the server has are not looked for then
    #[arg(long, value_name = "SHARE")]
    sample: Option<Sample>,

    /// Do not look for keys that only the server has
    #[arg(long)]
    subset: bool,

    /// How far apart times may be that count as equal, such as 500ms or 1s
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = tolerance)]
    ttl_tolerance: u64,

    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    reading: ReadingArgs,

    /// Connections side by side
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,

    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

const EXIT_STATUS: &str = "\
EXIT STATUS
  0   the server holds what the log says
  2   as far as that can be told: with --salvage, something could not be read;
      or commands of the log could not be executed here; or the server does not give some values
  4   it holds something else; or the log is damaged, and nothing was compared
  8   no connection, no login, or there is nothing to compare
  16  the arguments make no sense
  32  cancelled by a signal
It is a bit mask: treat every bit you do not know as failure.";

/// A share of all keys: `1%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample(f64);

impl Sample {
    /// Every how many keys one is taken.
    pub(crate) fn every(self) -> u64 {
        (100.0 / self.0).round().max(1.0) as u64
    }
}

impl FromStr for Sample {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let share = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
        let share = share.filter(|share| *share > 0.0 && *share <= 100.0);
        share.map(Self).ok_or("this is no share; write it like 1%")
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

/// How a server is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    /// Every how many keys one is.
    pub(crate) every: u64,
    /// Whether keys count that only the server has.
    pub(crate) seeks_extras: bool,
    /// How far apart times may be, in milliseconds.
    pub(crate) tolerance: u64,
    pub(crate) connections: usize,
    pub(crate) is_bar_wanted: bool,
}

impl Default for How {
    fn default() -> Self {
        Self { every: 1, seeks_extras: true, tolerance: 1000, connections: 4, is_bar_wanted: false }
    }
}

/// What came of a comparison with a server.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) how: How,
    pub(crate) found: Found<'static>,
    pub(crate) took: Duration,
}

impl Checked {
    pub(crate) fn exit(&self) -> Exit {
        let verdict = if self.found.is_different() { Exit::DAMAGE } else { Exit::CLEAN };
        verdict | if self.found.unread > 0 { Exit::ATTENTION } else { Exit::CLEAN }
    }
}

/// What was compared, and what came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) path: PathBuf,
    pub(crate) target: String,
    pub(crate) log: Log,
    pub(crate) keys: u64,
    pub(crate) is_filtered: bool,
    pub(crate) checked: Checked,
}

impl Outcome {
    fn exit(&self) -> Exit {
        let Log { replayed, is_damaged, .. } = &self.log;
        let is_uncertain = *is_damaged || replayed.failed + replayed.not_loaded > 0;
        self.checked.exit() | if is_uncertain { Exit::ATTENTION } else { Exit::CLEAN }
    }
}

/// Compares, and says what differs.
pub(crate) fn run(args: &VerifyArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    signal::listen();
    match work(args, ui) {
        Ok(outcome) => {
            let exit = outcome.exit();
            ui.result(&match args.reading.json {
                true => json::verify(&outcome, exit),
                false => text::outcome(&outcome, ui.width()),
            })?;
            Ok(exit)
        }
        // A program that reads the result always gets a document, unless the work was cancelled.
        Err(failure)
            if args.reading.json && !matches!(failure.exit, Exit::CANCELLED | Exit::USAGE) =>
        {
            ui.result(&json::failed_verify(&args.path, &failure))?;
            Ok(failure.exit)
        }
        Err(failure) => Err(failure),
    }
}

fn work(args: &VerifyArgs, ui: &mut Ui) -> Result<Outcome, Failure> {
    if args.path.as_os_str() == "-" {
        return Err(Failure::usage(
            "a log is read more than once, which standard input cannot be: put it into a file first",
        ));
    }
    let mut target = Target::reach(&args.connect, ui)?;
    let Executed { keyspace, log, .. } =
        execute::path(&args.path, &args.reading.options(&args.path), ui)?;
    let keyspace = Arc::new(keyspace);
    let filter = args.keys.filter();
    let how = How {
        every: args.sample.map_or(1, Sample::every),
        seeks_extras: args.sample.is_none() && !args.subset && filter.takes_all(),
        tolerance: args.ttl_tolerance,
        connections: usize::from(args.jobs),
        is_bar_wanted: args.reading.is_bar_wanted(),
    };
    let checked = compare(&mut target, &keyspace, &filter, &how)?;
    Ok(Outcome {
        path: args.path.clone(),
        target: target.shown(),
        log,
        keys: keyspace.len() as u64,
        is_filtered: !filter.takes_all(),
        checked,
    })
}

/// Compares a keyspace with what a server holds.
pub(crate) fn compare(
    target: &mut Target,
    keyspace: &Arc<Keyspace<'static>>,
    filter: &Filter,
    how: &How,
) -> Result<Checked, Failure> {
    let started = Instant::now();
    let comparison =
        Comparison { tolerance: how.tolerance, has_history: target.has_stream_history() };
    let check = Check::of(&mut target.connection, &target.server, comparison, how.every);
    let check = check.map_err(|error| target.lost(&error))?;
    let (seeks_extras, has_libraries) = (how.seeks_extras, filter.takes_all() && how.every == 1);
    let check = Check { seeks_extras, has_libraries, ..check };
    let connections =
        target.connections(how.connections).map_err(|error| target.unreached(&error))?;
    // It stays until the program ends: what differs is told in its names.
    let keyspace: &'static Keyspace<'static> = Box::leak(Box::new(Arc::clone(keyspace)));
    let takes = |held: &Held<'_, 'static>| {
        filter.takes_key(held.db, held.name(), Some(held.value().kind()))
    };
    let total = Some(keyspace.len() as u64);
    let bar = Progress::new("comparing", how.is_bar_wanted, total).of_keys();
    let found = verify::verify(connections, keyspace, &check, &takes, &bar);
    bar.done();
    let found = found.map_err(|error| target.lost(&error))?;
    let found =
        found.ok_or_else(|| Failure::cancelled("cancelled while the server was compared"))?;
    Ok(Checked { how: *how, found, took: started.elapsed() })
}
