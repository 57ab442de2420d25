//! From a log, a set of logs or an RDB file to the data that a server would have: executed in memory, without a server.
//!
//! Everything that asks what files come to asks here, so that the same is said of the same files. Files are looked at
//! first, and read once more to be executed.

use std::path::Path;

use aof_keyspace::Keyspace;
use aof_log::Policy;
use aof_replay::Report as Replayed;

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::look::{self, Asked, Job, Looked};
use crate::report::Report;
use crate::ui::Ui;

mod parts;

pub(crate) use parts::loaded;

/// How files are executed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    /// Whether what is damaged is left out, instead of refused.
    pub(crate) salvages: bool,
    /// How many databases the server has, if it is not as many as usual.
    pub(crate) databases: Option<u32>,
    /// Threads to look with; 0 for one on each core.
    pub(crate) jobs: usize,
    /// Whether somebody may want to see how far it is.
    pub(crate) is_bar_wanted: bool,
}

/// What files came to.
#[derive(Debug)]
pub(crate) struct Executed {
    pub(crate) keyspace: Keyspace,
    pub(crate) log: Log,
}

/// What is known of files that were executed.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) replayed: Replayed,
    /// Whether something of it is left out because it is damaged.
    pub(crate) is_damaged: bool,
    /// The files, as failures number them.
    pub(crate) files: Vec<String>,
}

/// How logs must be scanned that are to be executed.
pub(crate) fn policy() -> Policy {
    Policy { outline: true, depth: look::depth(), ..Policy::default() }
}

/// Looks at a path, and executes what is there.
///
/// # Errors
/// Those of [`report`]; or the path cannot be looked at.
pub(crate) fn path(path: &Path, options: &Options, ui: &mut Ui) -> Result<Executed, Failure> {
    let Options { jobs, is_bar_wanted, .. } = *options;
    let job = Job { policy: policy(), jobs, is_bar_wanted };
    let Looked { report, files } = look::look(path, &job, &Asked::new(&[], None, None), ui)?;
    // They are opened once more, and may be many.
    drop(files);
    self::report(&report, options)
}

/// Executes what was looked at, with [`policy`]: the set, the log in one file, or where there is neither the RDB file.
///
/// # Errors
/// [`Exit::DAMAGE`] if it is damaged, unless that is left out. [`Exit::ERROR`] if there is nothing to execute, or if a
/// file cannot be read once more.
pub(crate) fn report(report: &Report, options: &Options) -> Result<Executed, Failure> {
    if let Some(placed) = report.damage().next().filter(|_| !options.salvages) {
        return Err(damaged(report, &placed.finding.message));
    }
    parts::execute(report, options)
}

fn damaged(report: &Report, message: &str) -> Failure {
    let more = report.damage().count() - 1;
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let (path, message) = (report.shown_path(), escape::sentence(message));
    let message = format!("{path} is damaged: {message}{more}");
    Failure { exit: Exit::DAMAGE, ..Failure::operational(message) }
}
