//! From a log, a set of logs or an RDB file to the data that a server would have: executed in memory, without a server.
//!
//! Everything that asks what files come to asks here, so that the same is said of the same files. Files are looked at
//! first, and read once more to be executed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aof_keyspace::Keyspace;
use aof_log::Policy;
use aof_log::selection::LeftOut;
use aof_replay::{Report as Replayed, Spent};
use aof_source::{Map, ReadError};

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures;
use crate::look::{self, Asked, Job, Looked};
use crate::memory::MemoryLimit;
use crate::render::executed;
use crate::report::Report;
use crate::ui::Ui;

mod forecast;
mod opened;
mod parts;
mod watch;

pub(crate) use opened::loaded;
#[cfg(feature = "live")]
pub(crate) use opened::{Opened, base_of, records_of};

/// What a file on standard input is called.
const STDIN: &str = "-";

/// How files are executed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Whether what is damaged is left out, instead of refused.
    pub(crate) salvages: bool,
    /// Whether it is refused where a command could not be executed.
    pub(crate) is_strict: bool,
    /// Fields of hashes whose time comes before this moment, in milliseconds since the Unix epoch, are hidden from
    /// commands that ask for them; `None` if none is.
    pub(crate) hides_fields_before: Option<i64>,
    /// How many databases the server has, if it is not as many as usual.
    pub(crate) databases: Option<u32>,
    /// Where compressed files are decoded to, so that they can be mapped; if there is no room, or no such place, they are
    /// decoded while they are executed, in one lane.
    pub(crate) spool: Option<SpoolFolder>,
    /// How much memory the data may take.
    pub(crate) memory_limit: Option<MemoryLimit>,
    /// Threads to look with; 0 for one on each core.
    pub(crate) jobs: usize,
    /// Whether somebody may want to see how far it is.
    pub(crate) is_bar_wanted: bool,
}

/// A folder for files without a name.
#[derive(Debug, Clone)]
pub(crate) struct SpoolFolder {
    pub(crate) folder: PathBuf,
    /// Whether it may live in memory.
    pub(crate) takes_memory: bool,
}

impl SpoolFolder {
    /// The folder that was asked for, or that of the input, unless it lives in memory.
    pub(crate) fn beside(input: &Path, asked: Option<&Path>) -> Option<Self> {
        let folder = asked.or_else(|| input.parent())?;
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Some(Self { folder: folder.to_path_buf(), takes_memory: asked.is_some() })
    }
}

/// What files came to.
#[derive(Debug)]
pub(crate) struct Executed {
    pub(crate) keyspace: Keyspace<'static>,
    /// Files that the data point into.
    pub(crate) maps: Maps,
    pub(crate) log: Log,
}

/// Files that are mapped until the program ends: data that are made of them point into them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Maps(&'static [Option<Map>]);

impl Maps {
    fn new(maps: Vec<Option<Map>>) -> Self {
        Self(maps.leak())
    }

    /// The bytes of a file, if it is mapped.
    pub(crate) fn bytes(self, number: usize) -> Option<&'static [u8]> {
        self.0.get(number)?.as_ref().map(Map::as_ref)
    }

    /// Whether all that was seen of the files is what stood in them.
    pub(crate) fn intact(self) -> Result<(), ReadError> {
        let mut maps = self.0.iter().flatten();
        let intact = maps.try_for_each(Map::intact);
        intact
            .map_err(|changed| ReadError::Io { offset: 0, source: std::io::Error::other(changed) })
    }
}

/// What is known of files that were executed.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) replayed: Replayed,
    /// Whether something of it is left out because it is damaged.
    pub(crate) is_damaged: bool,
    /// The files, as failures number them.
    pub(crate) files: Vec<String>,
    /// Bytes of those that were executed, decoded.
    pub(crate) bytes: u64,
    /// What was not executed, and the number of its file.
    pub(crate) left_out: Vec<(usize, LeftOut)>,
    /// What had to be taken for granted.
    pub(crate) assumptions: Vec<String>,
    pub(crate) phases: Phases,
}

/// How long each phase took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Phases {
    /// Looking at all files, as `check` does.
    pub(crate) checking: Duration,
    /// Finding out which keys commands connect.
    pub(crate) connecting: Duration,
    /// Reading the keys of bases.
    pub(crate) loading: Duration,
    /// Records.
    pub(crate) spent: Spent,
}

impl Log {
    /// The file of this number, as it is told.
    pub(crate) fn file(&self, number: usize) -> &str {
        self.files.get(number).map_or("", String::as_str)
    }

    /// Whether there may be other keys and values than a server had, for another reason than that something is lost.
    pub(crate) fn is_uncertain(&self) -> bool {
        let Replayed { failed, not_loaded, doubts, .. } = &self.replayed;
        failed + not_loaded + doubts.unnamed + (doubts.total - doubts.left_out) > 0
    }
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
    self::report(&look(path, options, ui)?, options)
}

/// The same with what came in through standard input, and can be opened under this path.
///
/// # Errors
/// Those of [`path`].
pub(crate) fn stream(path: &Path, options: &Options, ui: &mut Ui) -> Result<Executed, Failure> {
    let mut report = look(path, options, ui)?;
    report.path = STDIN.into();
    report.subjects.iter_mut().for_each(|subject| subject.shown = STDIN.to_owned());
    self::report(&report, options)
}

/// Looks at a path, as it must be looked at to execute it.
///
/// # Errors
/// It cannot be looked at.
pub(crate) fn look(path: &Path, options: &Options, ui: &mut Ui) -> Result<Report, Failure> {
    let Options { jobs, is_bar_wanted, .. } = *options;
    let job = Job { policy: policy(), jobs, is_bar_wanted };
    let started = Instant::now();
    let Looked { mut report, files } = look::look(path, &job, &Asked::new(&[], None, None), ui)?;
    // They are opened once more, and may be many.
    drop(files);
    report.took = started.elapsed();
    Ok(report)
}

/// Executes what was looked at, with [`policy`]: the set, the log in one file, or where there is neither the RDB file.
///
/// # Errors
/// [`Exit::DAMAGE`] if it is damaged, unless that is left out. [`Exit::ERROR`] if there is nothing to execute, or if a
/// file cannot be read once more, or if a command cannot be executed and that is refused.
pub(crate) fn report(report: &Report, options: &Options) -> Result<Executed, Failure> {
    refuse_damage(report, options)?;
    let executed = parts::execute(report, options)?;
    match executed.log.replayed.failed {
        failed if failed > 0 && options.is_strict => Err(inexact(report, &executed.log)),
        _ => Ok(executed),
    }
}

/// Refuses what is damaged, unless that is left out.
///
/// # Errors
/// [`Exit::DAMAGE`] if it is.
pub(crate) fn refuse_damage(report: &Report, options: &Options) -> Result<(), Failure> {
    match report.damage().next().filter(|_| !options.salvages) {
        Some(placed) => Err(damaged(report, &placed.finding.message)),
        None => Ok(()),
    }
}

fn damaged(report: &Report, message: &str) -> Failure {
    let more = report.damage().count() - 1;
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let (path, message) = (report.shown_path(), escape::sentence(message));
    let message = format!("{path} is damaged: {message}{more}");
    Failure { exit: Exit::DAMAGE, ..Failure::operational(message) }
}

/// The data would not be those that a server has.
fn inexact(report: &Report, log: &Log) -> Failure {
    let (path, failed) = (report.shown_path(), figures::of(log.replayed.failed, "command"));
    let mut failure = Failure::operational(format!("{failed} of {path} cannot be executed"));
    failure.hints = executed::failures(log);
    failure
}
