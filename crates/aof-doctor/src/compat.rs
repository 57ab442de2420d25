//! The way the servers' own checkers speak, for scripts that were written for them.
//!
//! Modelled on redis-check-aof of Redis 7.0.15, as it was seen to behave; where Redis 8.2 and Valkey do better (they
//! know `-v`, and tell a manifest by its first line), it is done their way. One thing is not done: nothing is ever
//! written, so `--fix` and `--truncate-to-timestamp` are refused. `docs/exit-codes.md` lists all differences.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::args::Color;
use crate::escape;
use crate::failure::Failure;
use crate::remedy::Command;
use crate::ui::Ui;

mod check;
mod part;
mod rdb;

/// The names under which the program behaves like a checker.
const NAMES: [&str; 2] = ["redis-check-aof", "valkey-check-aof"];

/// What a checker is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// Say whether the log is valid.
    Check(PathBuf),
    /// Change it, which is refused.
    Change {
        /// The option that asks for it.
        option: &'static str,
        path: PathBuf,
    },
    /// Say who we are.
    Version,
    /// There is nothing to do; how the program is called.
    Usage,
}

/// The name of the checker that a program with this path behaves like, if it has such a name.
pub(crate) fn name(program: &OsStr) -> Option<&'static str> {
    let name = Path::new(program).file_name()?;
    NAMES.into_iter().find(|known| name == *known)
}

/// Runs as the checker of this name; `args` begin with the path of the program.
pub(crate) fn run_as(name: &str, args: &[OsString]) -> ExitCode {
    let mut ui = Ui::new(Color::Never);
    let (program, args) = args.split_first().expect("the name was taken from the first of them");
    match request(args) {
        Request::Version => {
            say(&format!("{name} v={} (aof-doctor)\n", env!("CARGO_PKG_VERSION")), true, &mut ui)
        }
        Request::Usage => {
            let program = escape::path(Path::new(program));
            let options = "[--fix|--truncate-to-timestamp $timestamp]";
            let usage = format!("Usage: {program} {options} <file.manifest|file.aof>\n");
            say(&usage, false, &mut ui)
        }
        request => answer(&request, &mut ui),
    }
}

/// Reads arguments as checkers do: they count them.
fn request(args: &[OsString]) -> Request {
    match args {
        [only] if only == "-v" || only == "--version" => Request::Version,
        [path] => Request::Check(path.into()),
        [option, path] if option == "--fix" => {
            Request::Change { option: "--fix", path: path.into() }
        }
        [option, _, path] if option == "--truncate-to-timestamp" => {
            Request::Change { option: "--truncate-to-timestamp", path: path.into() }
        }
        _ => Request::Usage,
    }
}

/// Checks, or refuses to change, and tells the shell 0 or 1.
pub(crate) fn answer(request: &Request, ui: &mut Ui) -> ExitCode {
    let path = match request {
        Request::Check(path) => path,
        Request::Change { option, path } => {
            ui.fail(&refusal(option, path));
            return ExitCode::FAILURE;
        }
        Request::Version | Request::Usage => unreachable!("only a checker's own name asks for it"),
    };
    let checked = check::check(path);
    if let Some(trouble) = &checked.trouble {
        ui.fail(&Failure::operational(trouble));
    }
    say(&checked.text, checked.is_valid, ui)
}

fn say(text: &str, is_good: bool, ui: &mut Ui) -> ExitCode {
    match ui.result(text) {
        Ok(()) if is_good => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(failure) => {
            ui.fail(&failure);
            ExitCode::FAILURE
        }
    }
}

fn refusal(option: &str, path: &Path) -> Failure {
    let message = format!("{option} was not done: in the place of a checker, nothing is changed");
    let failure = Failure::operational(message);
    if option == "--fix" {
        let next = Command::on_file("aof-doctor repair {}", path).line;
        let failure = failure.hint(
            "what can be done instead, what it would cost, and how it can be taken back, says:",
        );
        return Failure { next: Some(next), ..failure };
    }
    let copy = Command::on_file("head -c BYTES {} > COPY", path).line;
    let mut failure = failure
        .hint(format!("what is good can be copied instead, and the log kept as it is: {copy}"))
        .hint("up to which byte it is good, what is wrong behind, and what it would cost, says:");
    failure.next = Some(Command::on_file("aof-doctor check {}", path).line);
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(args: &[&str]) -> Request {
        request(&args.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn only_the_last_part_of_the_path_makes_a_checker() {
        assert_eq!(name(OsStr::new("/usr/bin/redis-check-aof")), Some("redis-check-aof"));
        assert_eq!(name(OsStr::new("valkey-check-aof")), Some("valkey-check-aof"));
        for other in ["aof-doctor", "redis-check-aof/aof-doctor", "redis-check-rdb", ""] {
            assert_eq!(name(OsStr::new(other)), None, "{other}");
        }
    }

    #[test]
    fn arguments_are_counted_and_not_looked_for() {
        assert_eq!(asked(&[]), Request::Usage);
        assert_eq!(asked(&["--fix"]), Request::Check("--fix".into()));
        assert_eq!(asked(&["-h"]), Request::Check("-h".into()));
        assert_eq!(asked(&["-v"]), Request::Version);
        assert_eq!(asked(&["a.aof", "--fix"]), Request::Usage);
        assert_eq!(asked(&["--fix", "a.aof", "b.aof"]), Request::Usage);
        let change = |option| Request::Change { option, path: "a.aof".into() };
        assert_eq!(asked(&["--fix", "a.aof"]), change("--fix"));
        let option = "--truncate-to-timestamp";
        assert_eq!(asked(&[option, "5", "a.aof"]), change(option));
        assert_eq!(asked(&[option, "a.aof"]), Request::Usage);
    }
}
