//! The voice of `aof-doctor`: arguments in; words, tables and exit codes out.
//!
//! The crates below never print, and read neither the clock nor the environment. This one does it all:
//! [`run`] is the whole program but for `main`.

mod args;
mod command;
mod compat;
mod conf;
mod convert;
mod escape;
mod execute;
mod exit;
mod failure;
mod figures;
#[cfg(feature = "live")]
mod live;
mod look;
mod max_loss;
mod memory;
mod outlook;
mod remedy;
mod render;
mod report;
mod shell;
mod signal;
mod ui;
mod verdict;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Verb};
use exit::Exit;
use ui::Ui;

/// Runs the program on these arguments, the program's own name first, and returns what to tell the shell.
///
/// It speaks to standard output and standard error, and takes over the signals that end a process. Called
/// `redis-check-aof` or `valkey-check-aof`, it behaves like these.
pub fn run<I>(args: I) -> ExitCode
where
    I: IntoIterator<Item = OsString>,
{
    let args: Vec<OsString> = args.into_iter().collect();
    // Without it, files are read through windows.
    let _ = aof_source::guard_maps();
    if let Some(name) = args.first().and_then(|program| compat::name(program)) {
        return compat::run_as(name, &args);
    }
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => return told_by_clap(&error).into(),
    };
    let mut ui = Ui::new(args.color);
    if let Verb::Check(args) = &args.verb
        && let Some(request) = args.compat()
    {
        return compat::answer(&request, &mut ui);
    }
    let done = match &args.verb {
        Verb::Check(args) => command::check::run(args, &mut ui),
        Verb::Repair(args) => command::repair::run(args, &mut ui),
        Verb::Undo(args) => command::undo::run(args, &mut ui),
        Verb::Convert(args) => command::convert::run(args, &mut ui),
        Verb::Diff(args) => command::diff::run(args, &mut ui),
        #[cfg(feature = "live")]
        Verb::Replay(args) => command::replay::run(args, &mut ui),
        #[cfg(feature = "live")]
        Verb::Verify(args) => command::verify::run(args, &mut ui),
        Verb::Explain(args) => command::explain::run(args, &mut ui),
    };
    let exit = done.unwrap_or_else(|failure| {
        ui.fail(&failure);
        failure.exit
    });
    exit.into()
}

/// Prints help, the version, or what is wrong with the arguments.
fn told_by_clap(error: &clap::Error) -> Exit {
    let exit = if error.use_stderr() { Exit::USAGE } else { Exit::CLEAN };
    match error.print() {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => exit | Exit::ERROR,
        _ => exit,
    }
}
