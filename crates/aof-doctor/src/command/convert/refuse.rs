//! What does not go together, what must not be written to, and why nothing was put in place.

use std::io::IsTerminal as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use aof_source::Container;

use super::{Base, ConvertArgs, To};
use crate::convert::{Given, Inputs, Named, NamedKeys, Stop};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{escape, figures, shell};

/// Keys that are named where something is refused for their sake.
const NAMED: usize = 10;

/// Refuses what does not go together.
pub(super) fn combination(args: &ConvertArgs, to: To) -> Result<(), Failure> {
    let is_rdb = to == To::Rdb || to == To::Aof && args.base == Base::Rdb;
    let wrong = [
        (args.compress && !is_rdb, "--compress is for RDB files"),
        (
            args.allow_loss && !is_rdb,
            "--allow-loss is for RDB files: commands and JSON hold all there is",
        ),
        (args.target.is_some() && !matches!(to, To::Rdb | To::Aof), "--target is for rdb and aof"),
        (
            args.base == Base::Resp && to != To::Aof,
            "--base is for aof: it says what the base of the set is made of",
        ),
        (
            args.split.is_some() && to == To::Aof,
            "a set cannot be split; --to rdb --split writes an RDB file for each part",
        ),
        (
            args.split.is_some() && args.is_to_stdout(),
            "--split writes several files, and needs a folder",
        ),
        (to == To::Aof && args.is_to_stdout(), "a set is a folder, which standard output is not"),
        (
            args.paths.iter().filter(|path| is_stdin(path)).count() > 1,
            "standard input can be read only once",
        ),
    ];
    match wrong.into_iter().find(|(is_wrong, _)| *is_wrong) {
        Some((_, why)) => Err(Failure::usage(why)),
        None => Ok(()),
    }
}

pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A log that came in a way in which it cannot be executed.
fn no_logs(what: String, path: &Path) -> Failure {
    let failure = Failure::operational(what)
        .hint("logs are executed before they are converted, for which they must be files that can be read again");
    let next = format!("aof-doctor check {}", shell::quoted(path));
    Failure { next: (!is_stdin(path)).then_some(next), ..failure }
}

/// Refuses outputs that make no sense.
pub(super) fn output(args: &ConvertArgs, to: To) -> Result<(), Failure> {
    if args.is_to_stdout() {
        if args.json {
            return Err(Failure::usage(
                "--json needs a file: with -o - standard output is taken by the keys",
            ));
        }
        if matches!(to, To::Resp | To::Rdb) && std::io::stdout().is_terminal() {
            return Err(Failure::usage(
                "the output holds any bytes, which a terminal would act on",
            )
            .hint("give a file with -o, or a pipe: --to resp -o - | redis-cli --pipe"));
        }
        return Ok(());
    }
    let there = std::fs::metadata(&args.output).ok();
    let is_same = |path: &Path| {
        let input = std::fs::metadata(path).ok();
        let both = there.as_ref().zip(input.as_ref());
        both.is_some_and(|(it, input)| (it.dev(), it.ino()) == (input.dev(), input.ino()))
    };
    match args.paths.iter().any(|path| is_same(path)) {
        true => Err(Failure::usage(format!("{} is an input itself", escape::path(&args.output)))
            .hint("give another name: inputs are never written to")),
        false => Ok(()),
    }
}

/// Why nothing was put in place, for the one who typed it.
pub(super) fn stopped(stop: Stop, args: &ConvertArgs) -> Failure {
    match stop {
        Stop::Storage(error @ aof_source::ReadError::Decode { .. }) => {
            damaged(escape::sentence(&error.to_string()), args)
        }
        Stop::Storage(error) => Failure::operational(escape::sentence(&error.to_string())),
        Stop::Record(input, why) => {
            damaged(format!("{}{}", of(args, input), escape::sentence(&why)), args)
        }
        Stop::Value(key) => {
            let Named { input, db, name, at, why } = &key;
            damaged(
                format!(
                    "{}the value of key {} (db {db}) cannot be read: {}; its record begins at byte {}",
                    of(args, *input),
                    escape::name(name),
                    escape::sentence(why),
                    figures::offset(*at)
                ),
                args,
            )
        }
        Stop::Checksum { input, stored, computed } => damaged(
            format!(
                "{}the checksum is wrong: {stored:016x} stands in the file, its bytes have {computed:016x}; every \
                 record can be read, but values may be altered",
                of(args, input)
            ),
            args,
        ),
        Stop::Log(input, end) => {
            let path = &args.paths[input];
            no_logs(
                format!(
                    "{} is a log that begins with an RDB file: commands follow at byte {}",
                    escape::path(path),
                    figures::offset(end)
                ),
                path,
            )
        }
        Stop::NoCreation => Failure::operational("the file does not say when it was written")
            .hint("say by how much expiries are to be moved, such as --expired shift=2h"),
        Stop::Duplicates(keys) => duplicates(&keys, args),
        Stop::Unheld { keys, functions } => unheld(&keys, functions, args),
        Stop::Threads(why) => Failure::operational(escape::sentence(&why)),
        Stop::HungUp => Failure::cancelled(match args.is_to_stdout() {
            true => "cancelled: what was written so far is not whole",
            false => "cancelled; nothing was put in place",
        }),
    }
}

/// Which of the inputs it is about, where there are several.
fn of(args: &ConvertArgs, input: usize) -> String {
    match args.paths.get(input).filter(|_| args.paths.len() > 1) {
        Some(path) => format!("{}: ", escape::path(path)),
        None => String::new(),
    }
}

/// What was refused of the first keys, a line each.
fn listed(keys: &NamedKeys, args: &ConvertArgs) -> String {
    let line = |key: &Named| {
        let (place, name) = (of(args, key.input), escape::name(&key.name));
        let why = if key.why.is_empty() { String::new() } else { format!(": {}", key.why) };
        format!("\n  {place}{name} (db {}){why}", key.db)
    };
    let rest = keys.total.saturating_sub(NAMED as u64);
    let more =
        if rest > 0 { format!("\n  and {} more", figures::count(rest)) } else { String::new() };
    keys.first.iter().take(NAMED).map(line).collect::<String>() + &more
}

fn duplicates(keys: &NamedKeys, args: &ConvertArgs) -> Failure {
    let message = format!(
        "{} would occur more than once, and servers refuse such a file:{}",
        figures::of(keys.total, "name"),
        listed(keys, args)
    );
    let failure = Failure::operational(message).hint(
        "nothing was put in place; --duplicates last takes the one that comes last, --duplicates first the other",
    );
    Failure { next: Some(args.again("--duplicates last")), ..failure }
}

fn unheld(keys: &NamedKeys, functions: u64, args: &ConvertArgs) -> Failure {
    let functions = match functions {
        0 => None,
        1 => Some("1 library of functions".to_owned()),
        number => Some(format!("{} libraries of functions", figures::count(number))),
    };
    let of_keys = (keys.total > 0).then(|| format!("all of {}", figures::of(keys.total, "key")));
    let what: Vec<String> = functions.into_iter().chain(of_keys).collect();
    let what = format!("the target cannot hold {}", what.join(" and "));
    let list = listed(keys, args);
    let message = if list.is_empty() { what } else { format!("{what}:{list}") };
    let failure = Failure::operational(message).hint(
        "nothing was put in place; --allow-loss leaves out what it cannot hold, and lists it",
    );
    Failure { next: Some(args.again("--allow-loss")), ..failure }
}

fn damaged(message: String, args: &ConvertArgs) -> Failure {
    let hint = match args.is_to_stdout() {
        true => {
            "what was written so far is not whole; --salvage leaves out what cannot be read, and lists it"
        }
        false => "nothing was put in place; --salvage leaves out what cannot be read, and lists it",
    };
    let failure = Failure { exit: Exit::DAMAGE, ..Failure::operational(message) }.hint(hint);
    Failure { next: Some(args.again("--salvage")), ..failure }
}

/// Bytes in all that are read, where offsets count bytes on the disk.
pub(super) fn length(inputs: &mut Inputs) -> Option<u64> {
    let all = inputs.carried.iter_mut().chain(inputs.compared.iter_mut().flatten());
    all.map(|given| match given {
        Given::File(input) => match input.container() {
            Ok(Container::Plain) => input.meta().bytes,
            _ => None,
        },
        Given::Data(..) => None,
    })
    .sum()
}
