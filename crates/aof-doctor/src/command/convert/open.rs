//! Opens what is to be converted: RDB files as they are, logs by executing them.

use std::path::Path;
use std::sync::Arc;

use aof_source::{Access, Feed as _, Input, Kind, OpenError, Part as _, Spool, SpoolError};

use super::ConvertArgs;
use super::refuse::is_stdin;
use crate::convert::{Given, Inputs};
use crate::execute::{self, Executed, Log, SpoolFolder};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;
use crate::{escape, signal};

/// A log on standard input that is a file is opened once more under this name.
const STDIN: &str = "/dev/stdin";

/// Opens the inputs; twice, where names are to be compared before. Logs are executed.
pub(super) fn open(args: &ConvertArgs, ui: &mut Ui) -> Result<(Inputs, Vec<Option<Log>>), Failure> {
    let (mut carried, mut compared, mut logs) = (Vec::new(), Vec::new(), Vec::new());
    for path in &args.paths {
        match look(path, ui)? {
            Found::Rdb(input) => {
                carried.push(Given::File(input));
                if args.which().is_some() {
                    compared.push(Given::File(again(path, ui)?));
                }
                logs.push(None);
            }
            found => {
                let Executed { keyspace, maps, log } = executed(path, found, args, ui)?;
                let keyspace = Arc::new(keyspace);
                carried.push(Given::Data(Arc::clone(&keyspace), maps));
                compared.push(Given::Data(keyspace, maps));
                logs.push(Some(log));
            }
        }
    }
    let compared = args.which().is_some().then_some(compared);
    Ok((Inputs { carried, compared }, logs))
}

/// What a path leads to.
enum Found {
    Rdb(Box<Input>),
    /// A log, or a folder.
    Log,
    /// A log on standard input, which must be read more than once.
    Stream(Box<Input>),
}

fn look(path: &Path, ui: &mut Ui) -> Result<Found, Failure> {
    let opened = if is_stdin(path) { Input::stdin() } else { Input::open(path) };
    let mut input = match opened {
        Ok(input) => Box::new(input),
        Err(OpenError::Folder { .. }) => return Ok(Found::Log),
        Err(error) => return Err(Failure::operational(escape::sentence(&error.to_string()))),
    };
    if input.waits() {
        ui.status("waiting for the file to come in");
    }
    let sniff = input
        .sniff()
        .map_err(|error| Failure::operational(escape::sentence(&error.to_string())))?;
    let shown = escape::path(path);
    let is_log = match sniff.kind {
        Kind::Rdb { .. } => goes_on(&mut input),
        Kind::Resp(_) | Kind::Manifest => true,
        Kind::Empty => {
            let message = format!("{shown} is empty: there is nothing to convert");
            return Err(Failure::operational(message));
        }
        kind => {
            let message = format!("{shown} is no RDB file, and no log: {kind}");
            return Err(Failure::operational(message).hint(escape::sentence(&sniff.reason)));
        }
    };
    Ok(match is_log {
        false => Found::Rdb(input),
        true if is_stdin(path) => Found::Stream(input),
        true => Found::Log,
    })
}

/// An RDB file once more.
fn again(path: &Path, ui: &mut Ui) -> Result<Box<Input>, Failure> {
    if is_stdin(path) {
        return Err(Failure::usage(
            "names are compared before anything is written, and standard input can be read only once",
        ));
    }
    match look(path, ui)? {
        Found::Rdb(input) => Ok(input),
        _ => {
            let shown = escape::path(path);
            Err(Failure::operational(format!("{shown} was changed while it was read")))
        }
    }
}

/// Whether it may be a log that begins with an RDB file: in a file, those end as records do; in what comes in order,
/// the beginning says so.
fn goes_on(input: &mut Input) -> bool {
    if let Ok(Access::Random(part)) = input.access() {
        let end = part.len();
        let behind = part.feed().window(end.saturating_sub(2), 2).is_ok_and(|last| last == b"\r\n");
        return behind && end > 2;
    }
    const SAYS_SO: &[u8] = b"\xfa\x0caof-preamble\xc0\x01";
    let first = input.first().unwrap_or_default();
    first.windows(SAYS_SO.len()).any(|window| window == SAYS_SO)
}

/// What a log comes to.
fn executed(
    path: &Path,
    found: Found,
    args: &ConvertArgs,
    ui: &mut Ui,
) -> Result<Executed, Failure> {
    let options = args.options()?;
    let executed = match found {
        Found::Stream(mut input) => match input.access() {
            Ok(Access::Stream(stream)) => {
                let SpoolFolder { folder, takes_memory } = args.spool_folder()?;
                let spool = Spool::fill(stream, &folder, takes_memory, &signal::is_cancelled)
                    .map_err(not_kept)?;
                execute::stream(&spool.path(), &options, ui)
            }
            _ => execute::stream(Path::new(STDIN), &options, ui),
        },
        _ => execute::path(path, &options, ui),
    };
    executed.map_err(|failure| match failure.exit {
        Exit::DAMAGE => {
            let hint =
                "nothing was put in place; --salvage converts what can be read on both sides of damage";
            Failure { next: Some(args.again("--salvage")), ..failure.hint(hint) }
        }
        _ => failure,
    })
}

fn not_kept(error: SpoolError) -> Failure {
    let failure = Failure::operational(escape::sentence(&error.to_string()));
    match error {
        SpoolError::Cancelled => Failure::cancelled("cancelled; nothing was put in place"),
        SpoolError::InMemory { .. } => {
            failure.hint("a log on standard input is kept in a file, to be read more than once; --spool-dir says where")
        }
        SpoolError::Full { .. } => failure.hint("--spool-dir names another folder"),
        _ => failure,
    }
}
