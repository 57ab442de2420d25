//! `aof-doctor diff`: what two logs, sets or RDB files do not have in common.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use aof_keyspace::diff::Comparison;
use clap::Args;

use crate::command::check::Bar;
use crate::command::keys::KeyArgs;
use crate::convert::millis;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{diff as text, json};
use crate::ui::Ui;
use crate::{shell, signal};

mod found;
mod side;

pub(crate) use found::Found;
pub(crate) use side::Side;

/// Say what two logs, sets of logs or RDB files do not have in common, key by key
///
/// A and B are a log, a folder with a set of logs, its manifest, a data folder, or an RDB file, plain or in gzip or
/// zstd, in any combination. Logs are executed in memory, without a server; nothing expires meanwhile. The data of both
/// are held in memory.
///
/// What is compared is what the data mean: the order of keys, fields and members, and how values are packed, do not
/// count. Times do, those of fields and of entries that wait to be acknowledged as well, and so do groups of streams and
/// libraries of functions. When keys were used last does not count.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(crate) struct DiffArgs {
    /// A log, a folder with a set of logs, a data folder, or an RDB file
    #[arg(value_name = "A")]
    first: PathBuf,

    /// What to compare it with
    #[arg(value_name = "B")]
    second: PathBuf,

    /// How far apart times may be that count as equal, such as 500ms or 1s
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = tolerance)]
    ttl_tolerance: u64,

    #[command(flatten)]
    keys: KeyArgs,

    /// Compare what can be read of damaged files
    #[arg(long)]
    salvage: bool,

    /// Print one JSON document instead of text (docs/json-output.md)
    #[arg(long)]
    json: bool,

    /// Threads to look with [default: one for each core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// Whether to show how far it is. `auto`: on a terminal, after a second
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Bar::Auto)]
    progress: Bar,
}

const EXIT_STATUS: &str = "\
EXIT STATUS
  0   equal
  2   equal as far as that can be told: with --salvage, something could not be read;
      or commands of a log could not be executed
  4   different; or damaged, and nothing was compared
  6   different, and something could not be read or executed
  8   there is nothing to compare, or it cannot be read
  16  the arguments make no sense
  32  cancelled by a signal
It is a bit mask: treat every bit you do not know as failure.";

/// A duration in milliseconds, or 0.
pub(super) fn tolerance(text: &str) -> Result<u64, &'static str> {
    let span = if text == "0" { Some(0) } else { millis(text) };
    let span = span.and_then(|span| u64::try_from(span).ok());
    span.ok_or("this is no duration; write it like 500ms, 1s or 2m")
}

/// What was compared, and what came of it.
#[derive(Debug)]
pub(crate) struct Outcome<'k> {
    pub(crate) first: &'k Side,
    pub(crate) second: &'k Side,
    pub(crate) how: Comparison,
    /// Whether only some of the keys were compared.
    pub(crate) is_filtered: bool,
    pub(crate) found: Found<'k>,
    pub(crate) took: Duration,
    /// The same command with `--json`.
    pub(crate) as_json: String,
}

impl Outcome<'_> {
    /// Whether nothing differs.
    pub(crate) fn is_equal(&self) -> bool {
        self.found.total() == 0
    }

    /// Whether something could not be compared.
    pub(crate) fn is_uncertain(&self) -> bool {
        self.first.is_uncertain() || self.second.is_uncertain()
    }

    fn exit(&self) -> Exit {
        let verdict = if self.is_equal() { Exit::CLEAN } else { Exit::DAMAGE };
        verdict | if self.is_uncertain() { Exit::ATTENTION } else { Exit::CLEAN }
    }
}

impl DiffArgs {
    /// The same command with something more.
    fn again(&self, more: &str) -> String {
        let mut words = vec!["aof-doctor diff".to_owned()];
        words.extend(self.keys.words());
        if self.ttl_tolerance > 0 {
            words.push(format!("--ttl-tolerance {}ms", self.ttl_tolerance));
        }
        if self.salvage {
            words.push("--salvage".to_owned());
        }
        words.push(more.to_owned());
        words.extend([&self.first, &self.second].map(|path| shell::quoted(path)));
        words.join(" ")
    }
}

/// Compares, and says what differs.
pub(crate) fn run(args: &DiffArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    signal::listen();
    match compare(args, ui) {
        // A program that reads the result always gets a document, unless the work was cancelled.
        Err(failure) if args.json && !matches!(failure.exit, Exit::CANCELLED | Exit::USAGE) => {
            ui.result(&json::failed_diff([&args.first, &args.second], &failure))?;
            Ok(failure.exit)
        }
        done => done,
    }
}

fn compare(args: &DiffArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let started = Instant::now();
    let first = Side::read(&args.first, args, ui)?;
    let second = Side::read(&args.second, args, ui)?;
    let filter = args.keys.filter();
    let how = Comparison {
        tolerance: args.ttl_tolerance,
        has_history: first.has_history && second.has_history,
    };
    let outcome = Outcome {
        found: Found::new(&first.keyspace, &second.keyspace, how, &filter),
        is_filtered: !filter.takes_all(),
        first: &first,
        second: &second,
        how,
        took: started.elapsed(),
        as_json: args.again("--json"),
    };
    let exit = outcome.exit();
    let told = match args.json {
        true => json::diff(&outcome, exit),
        false => text::outcome(&outcome, ui.width()),
    };
    ui.result(&told)?;
    Ok(exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_a_duration_or_nothing() {
        assert_eq!(tolerance("0"), Ok(0));
        assert_eq!(tolerance("1s"), Ok(1000));
        assert_eq!(tolerance("250ms"), Ok(250));
        assert!(tolerance("1").is_err() && tolerance("-1s").is_err() && tolerance("s").is_err());
    }
}
