//! `aof-doctor convert`: an RDB file as commands for any server, or as lines of JSON.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aof_rdb::ValueType;
use clap::{Args, ValueEnum};
use regex::bytes::Regex;

use crate::command::check::Bar;
use crate::convert::{Converted, Expired, Filter, Form, Glob, Job};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{convert as text, json};
use crate::signal;
use crate::ui::Ui;

mod refuse;
mod request;
mod write;

/// Turn an RDB file into commands for any server, or into JSON, one key a line
///
/// IN is an RDB file, plain or in gzip or zstd. OUT is written beside itself, flushed, and put in place whole or not at
/// all; a file that is there already stays, unless you say --force. The order is that of the file, whatever -j is, and
/// memory does not grow with the file, only with its largest key.
///
/// `resp` is what `redis-cli --pipe` sends: types, expiries, expiring fields, streams with groups and pending entries,
/// functions. It is meant for a server without these keys. `jsonl` is documented in docs/jsonl.md.
///
/// Where a value, a record or the checksum is wrong, nothing is put in place; --salvage leaves out what cannot be read,
/// and lists it.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(crate) struct ConvertArgs {
    /// An RDB file, or `-` for standard input
    #[arg(value_name = "IN")]
    path: PathBuf,

    /// The file to write, or `-` for standard output
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,

    /// What to write [default: what the name of OUT ends in: .resp, .jsonl or .ndjson]
    #[arg(long, value_enum, value_name = "FORM")]
    to: Option<To>,

    /// Only keys whose name matches, as in KEYS: * ? [a-z] [^a] \x; may be repeated
    #[arg(long = "key", value_name = "GLOB")]
    globs: Vec<OsString>,

    /// Only keys whose name has a match of this regular expression; may be repeated
    #[arg(long = "key-regex", value_name = "REGEX")]
    regexes: Vec<Regex>,

    /// Only keys of this database; may be repeated
    #[arg(long = "db", value_name = "N")]
    dbs: Vec<u64>,

    /// Only keys of this type; may be repeated
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    types: Vec<Type>,

    /// What becomes of expiries: `keep`; `drop` leaves out what has expired by now; `shift` moves all of them, so that as
    /// much time is left as when the file was written, and `shift=2h` by so much
    #[arg(long, value_name = "HOW", default_value = "keep")]
    expired: Expired,

    /// Leave out what cannot be read, and go on
    #[arg(long)]
    salvage: bool,

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
  1   with --salvage: it was written, but for what could not be read
  2   with --salvage: the checksum is wrong, so values may be altered
  4   damaged: nothing was put in place
  8   no RDB file, unreadable, or OUT could not be written; nothing was put in place
  16  the arguments make no sense
  32  cancelled by a signal; nothing was put in place
It is a bit mask: treat every bit you do not know as failure.";

/// A form, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// Commands, for redis-cli --pipe
    Resp,
    /// JSON, one key a line
    Jsonl,
}

/// A type, as `TYPE` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Type {
    String,
    List,
    Set,
    Zset,
    Hash,
    Stream,
    Module,
}

impl From<Type> for ValueType {
    fn from(kind: Type) -> Self {
        match kind {
            Type::String => Self::String,
            Type::List => Self::List,
            Type::Set => Self::Set,
            Type::Zset => Self::SortedSet,
            Type::Hash => Self::Hash,
            Type::Stream => Self::Stream,
            Type::Module => Self::Module,
        }
    }
}

/// What was asked for, and what came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) input: PathBuf,
    pub(crate) output: PathBuf,
    pub(crate) form: Form,
    pub(crate) expired: Expired,
    pub(crate) converted: Converted,
    /// Bytes that were written.
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
}

impl Outcome {
    /// Whether something could not be read.
    pub(crate) fn has_lost(&self) -> bool {
        self.converted.tally.total_lost > 0 || self.converted.unread.is_some()
    }

    /// Whether values may be other than those that were saved.
    pub(crate) fn is_doubtful(&self) -> bool {
        matches!(self.converted.checksum, aof_rdb::Checksum::Wrong { .. })
    }

    fn exit(&self) -> Exit {
        let lost = if self.has_lost() { Exit::REPAIRED } else { Exit::CLEAN };
        let doubtful = if self.is_doubtful() { Exit::ATTENTION } else { Exit::CLEAN };
        lost | doubtful
    }
}

/// Converts, and says what was written.
pub(crate) fn run(args: &ConvertArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    signal::listen();
    signal::converting(!args.is_to_stdout());
    let form = args.form()?;
    match convert(args, form, ui) {
        Ok(Some(outcome)) => tell(&outcome, args, ui),
        // Whoever closed the pipe has seen enough.
        Ok(None) => Ok(Exit::CLEAN),
        // A program that reads the result always gets a document, unless the work was cancelled.
        Err(failure) if args.json && !matches!(failure.exit, Exit::CANCELLED | Exit::USAGE) => {
            ui.result(&json::failed_conversion(&args.path, &args.output, form, &failure))?;
            Ok(failure.exit)
        }
        Err(failure) => Err(failure),
    }
}

/// `None` if standard output was closed early.
fn convert(args: &ConvertArgs, form: Form, ui: &mut Ui) -> Result<Option<Outcome>, Failure> {
    let started = Instant::now();
    let input = refuse::open(&args.path, ui)?;
    refuse::output(args, &input)?;
    let job = args.job(form)?;
    let Some((converted, bytes)) = write::write(args, input, job)? else { return Ok(None) };
    Ok(Some(Outcome {
        input: args.path.clone(),
        output: args.output.clone(),
        form,
        expired: args.expired,
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
