//! `aof-doctor convert`: RDB files as one for any server, as a set to start from, as commands, or as lines of JSON.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use aof_log::server::Server;
use aof_rdb::{Checksum, Target};
use clap::{Args, ValueEnum};

use crate::command::check::Bar;
use crate::command::keys::KeyArgs;
use crate::command::route::RouteArgs;
use crate::convert::{Converted, Expired, Form, Inputs, Job, Split, Tally};
use crate::execute::Log;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::memory::MemoryLimit;
use crate::render::{convert as text, json};
use crate::signal;
use crate::ui::Ui;

mod open;
mod refuse;
mod request;
mod set;
mod sink;
mod split;
mod write;

/// Turn RDB files into one for another server, a set to start from, commands, or JSON, one key a line
///
/// IN is an RDB file or a log, plain or in gzip or zstd, or a folder with a set of logs, whose records are executed in
/// memory, without a server; several are merged in their order. OUT is written beside itself,
/// flushed, and put in place whole or not at all; a file that is there already stays, unless you say --force. The order
/// is that of the file, whatever -j is, and memory does not grow with the file, only with its largest key.
///
/// `rdb` is an RDB file for --target: values go along as they are if that server reads them, and are written anew
/// otherwise. `aof` is an appendonlydir that it starts from at once (for redis:6.2, a log in one file). What it cannot
/// hold is listed, and refused unless you say --allow-loss.
///
/// `resp` is what `redis-cli --pipe` sends: types, expiries, expiring fields, streams with groups and pending entries,
/// functions. It is meant for a server without these keys. `jsonl` is documented in docs/jsonl.md.
///
/// Where a value, a record or the checksum is wrong, nothing is put in place; --salvage leaves out what cannot be read,
/// and lists it.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(crate) struct ConvertArgs {
    /// An RDB file, a log, a folder with a set of logs, or `-` for a file on standard input; several are merged
    #[arg(value_name = "IN", required = true)]
    paths: Vec<PathBuf>,

    /// The file or folder to write, or `-` for standard output
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,

    /// What to write [default: what the name of OUT ends in: .rdb, .resp, .jsonl, .ndjson or appendonlydir]
    #[arg(long, value_enum, value_name = "FORM")]
    to: Option<To>,

    /// For rdb and aof: the server that is to load it: redis:6.2, redis:7.0, redis:7.2, redis:7.4, redis:8.2, valkey:8.1
    /// or valkey:9.1 [default: one of the version that IN is of]
    #[arg(long, value_name = "SERVER")]
    target: Option<Target>,

    /// For rdb and aof: compress strings of more than 20 bytes, as servers do
    #[arg(long)]
    compress: bool,

    /// For aof: what the base is made of
    #[arg(long, value_enum, value_name = "KIND", default_value_t = Base::Rdb)]
    base: Base,

    /// Leave out what the target cannot hold, and list it
    #[arg(long)]
    allow_loss: bool,

    #[command(flatten)]
    route: RouteArgs,

    /// Which of several keys of one name goes along [default: refuse, if there is more than one IN]
    #[arg(long, value_enum, value_name = "WHICH")]
    duplicates: Option<Duplicates>,

    /// Write a folder with a file for each database (`db`), or for each range of slots: `slots:3` for three of one
    /// size, or `slots:0-5460,5461-16383`
    #[arg(long, value_name = "HOW")]
    split: Option<split::SplitBy>,

    #[command(flatten)]
    keys: KeyArgs,

    /// What becomes of expiries: `keep`; `drop` leaves out what has expired by now; `shift` moves all of them, so that as
    /// much time is left as when the file was written, and `shift=2h` by so much
    #[arg(long, value_name = "HOW", default_value = "keep")]
    expired: Expired,

    /// Leave out what cannot be read, and go on
    #[arg(long)]
    salvage: bool,

    /// Refuse a log with commands that cannot be executed: scripts, commands of modules, and what a server would refuse
    #[arg(long)]
    strict: bool,

    /// Execute a log as this server does that loads it now, such as redis:8.2. Redis from 7.4 on does not see fields of
    /// hashes whose time has passed when HINCRBY, HSETNX, HPERSIST or conditions ask for them, although they were there
    /// when the log was written; without this option they are. For other servers it makes no difference
    #[arg(long, value_name = "SERVER")]
    as_server: Option<Server>,

    /// Where a log on standard input is kept while it is read, and a compressed one is decoded to, in a file without a
    /// name [default: beside OUT, unless that lives in memory]
    #[arg(long, value_name = "DIR")]
    spool_dir: Option<PathBuf>,

    /// How much memory the data of a log may take, such as 4GB: what points into the log is not counted. If they need
    /// more, which is told from a share of the keys before it begins where it can be, nothing is written
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<MemoryLimit>,

    /// Replace OUT, if it is there already
    #[arg(long)]
    force: bool,

    /// Print one JSON document instead of text (docs/json-output.md)
    #[arg(long)]
    json: bool,

    /// Threads to convert with [default: one for each core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// Whether to show how far it is. `auto`: on a terminal, after a second
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Bar::Auto)]
    progress: Bar,
}

const EXIT_STATUS: &str = "\
EXIT STATUS
  0   everything that was asked for was written
  1   with --salvage: it was written, but for what could not be read, or with a flipped bit turned back
  2   with --salvage: the checksum is wrong, so values may be altered;
      with --allow-loss: something was left out that the target cannot hold;
      keys of a log are uncertain: commands could not be executed, or their database is not known
  4   damaged: nothing was put in place
  8   no RDB file, unreadable, names that occur twice, or more than the target can hold; with --strict, commands of a
      log that cannot be executed; or OUT could not be written; nothing was put in place
  16  the arguments make no sense
  32  cancelled by a signal; nothing was put in place
It is a bit mask: treat every bit you do not know as failure.";

/// A form, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// An RDB file for a server
    Rdb,
    /// An appendonlydir that a server starts from
    Aof,
    /// Commands, for redis-cli --pipe
    Resp,
    /// JSON, one key a line
    Jsonl,
}

impl To {
    /// As it is typed.
    const fn word(self) -> &'static str {
        match self {
            Self::Rdb => "rdb",
            Self::Aof => "aof",
            Self::Resp => "resp",
            Self::Jsonl => "jsonl",
        }
    }
}

/// What the base of a set is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Base {
    /// An RDB file
    Rdb,
    /// Commands
    Resp,
}

/// Which of several keys of one name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Duplicates {
    /// The one that comes last
    Last,
    /// The one that comes first
    First,
    /// None: they are listed, and nothing is put in place
    Refuse,
}

/// What was asked for, and what came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) inputs: Vec<PathBuf>,
    pub(crate) output: PathBuf,
    pub(crate) form: Form,
    /// Whether the output is a set that a server starts from, or a log in one file.
    pub(crate) is_log: bool,
    pub(crate) split: Split,
    pub(crate) expired: Expired,
    /// What is known of the inputs that are logs.
    pub(crate) logs: Vec<Option<Log>>,
    pub(crate) converted: Converted,
    /// Bytes that were written.
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
}

/// What a server will make of what came of logs: estimates.
#[derive(Debug)]
pub(crate) struct Forecast {
    /// Bytes of memory for the keys.
    pub(crate) memory: u64,
    /// How long it will load an RDB file of them.
    pub(crate) loading: Duration,
    /// Bytes of the logs.
    pub(crate) log_bytes: u64,
}

impl Outcome {
    /// Whether something could not be read.
    pub(crate) fn has_lost(&self) -> bool {
        let has_unread = self.converted.originals.iter().any(|it| it.unread.is_some());
        let is_damaged = self.logs.iter().flatten().any(|log| log.is_damaged);
        self.converted.tally.lost.total > 0 || has_unread || is_damaged
    }

    /// Whether a flipped bit was turned back.
    pub(crate) fn is_corrected(&self) -> bool {
        self.converted.originals.iter().any(|it| it.corrected.is_some())
    }

    /// Whether values may be other than those that were saved.
    pub(crate) fn is_doubtful(&self) -> bool {
        let checksums = self.converted.originals.iter().map(|it| it.checksum);
        checksums.into_iter().any(|it| matches!(it, Checksum::Wrong { .. }))
    }

    /// Whether keys of a log may be other ones than a server had.
    pub(crate) fn is_uncertain(&self) -> bool {
        self.logs.iter().flatten().any(Log::is_uncertain)
    }

    /// What a server will make of what came of logs.
    pub(crate) fn forecast(&self) -> Option<Forecast> {
        let log_bytes = self.logs.iter().flatten().map(|log| log.bytes).sum();
        let Tally { memory, loading, .. } = self.converted.tally;
        let is_one = self.logs.iter().any(Option::is_some);
        is_one.then(|| Forecast { memory, loading: Duration::from_nanos(loading), log_bytes })
    }

    /// Whether something was left out that the target cannot hold.
    pub(crate) fn is_reduced(&self) -> bool {
        let tally = &self.converted.tally;
        tally.unheld.total + tally.unheld_functions > 0
    }

    /// What was asked for, as it is typed.
    pub(crate) fn format(&self) -> &'static str {
        let to = match self.form {
            _ if self.is_log => To::Aof,
            Form::Rdb(_) => To::Rdb,
            Form::Resp | Form::Restore(_) => To::Resp,
            Form::Jsonl => To::Jsonl,
        };
        to.word()
    }

    fn exit(&self) -> Exit {
        let is_repaired = self.has_lost() || self.is_corrected();
        let repaired = if is_repaired { Exit::REPAIRED } else { Exit::CLEAN };
        let is_doubtful = self.is_doubtful() || self.is_reduced() || self.is_uncertain();
        repaired | if is_doubtful { Exit::ATTENTION } else { Exit::CLEAN }
    }
}

/// Converts, and says what was written.
pub(crate) fn run(args: &ConvertArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    signal::listen();
    signal::reading();
    match convert(args, ui) {
        Ok(Some(outcome)) => tell(&outcome, args, ui),
        // Whoever closed the pipe has seen enough.
        Ok(None) => Ok(Exit::CLEAN),
        // A program that reads the result always gets a document, unless the work was cancelled.
        Err(failure) if args.json && !matches!(failure.exit, Exit::CANCELLED | Exit::USAGE) => {
            ui.result(&json::failed_conversion(
                &args.paths,
                &args.output,
                args.format()?.word(),
                &failure,
            ))?;
            Ok(failure.exit)
        }
        Err(failure) => Err(failure),
    }
}

/// `None` if standard output was closed early.
fn convert(args: &ConvertArgs, ui: &mut Ui) -> Result<Option<Outcome>, Failure> {
    let started = Instant::now();
    let to = args.format()?;
    refuse::combination(args, to)?;
    refuse::output(args, to)?;
    let (mut inputs, logs) = open::open(args, ui)?;
    let form = args.form(to, &mut inputs)?;
    let job = args.job(form)?;
    let split = job.route.split.clone();
    signal::converting(!args.is_to_stdout());
    let Some((converted, bytes)) = write::write(args, inputs, job)? else { return Ok(None) };
    Ok(Some(Outcome {
        inputs: args.paths.clone(),
        output: args.output.clone(),
        form,
        is_log: to == To::Aof,
        split,
        expired: args.expired,
        logs,
        converted,
        bytes,
        took: started.elapsed(),
    }))
}

fn tell(outcome: &Outcome, args: &ConvertArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let exit = outcome.exit();
    if args.json {
        ui.result(&json::converted(outcome, exit))?;
    } else if args.is_to_stdout() {
        ui.note(&text::outcome(outcome, ui.width()));
    } else {
        ui.result(&text::outcome(outcome, ui.width()))?;
    }
    Ok(exit)
}
