//! A log, executed in memory before it is converted.

use std::path::Path;

use aof_keyspace::Keyspace;
use aof_log::selection::{Choice, Mode, Selected, select};
use aof_log::survey::Role;
use aof_log::{Content, Policy};
use aof_replay::{Replay, ReplayError, Report as Replayed};
use aof_source::{Access, Feed, Input, Part as _};

use super::ConvertArgs;
use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::look::{self, Asked, Job, Looked};
use crate::report::Report;
use crate::ui::Ui;

/// What a log came to.
#[derive(Debug)]
pub(super) struct Executed {
    pub(super) keyspace: Keyspace,
    pub(super) log: Log,
}

/// What is known of a log that was executed.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) replayed: Replayed,
    /// Whether something of it is left out because it is damaged.
    pub(crate) is_damaged: bool,
    /// The files, as failures number them.
    pub(crate) files: Vec<String>,
}

/// Executes what is kept of the log, or set of them, at `path`.
pub(super) fn execute(path: &Path, args: &ConvertArgs, ui: &mut Ui) -> Result<Executed, Failure> {
    let asked = Asked::new(&[], None, None);
    let job = Job {
        policy: Policy { outline: true, depth: look::depth(), ..Policy::default() },
        jobs: args.jobs.map_or(0, usize::from),
        is_bar_wanted: args.is_bar_wanted(),
    };
    let Looked { report, files } = look::look(path, &job, &asked, ui)?;
    drop(files);
    if let Some(placed) = report.damage().next().filter(|_| !args.salvage) {
        return Err(damaged(path, &report, &placed.finding.message, args));
    }
    replay(&report)
}

fn damaged(path: &Path, report: &Report, message: &str, args: &ConvertArgs) -> Failure {
    let more = report.damage().count() - 1;
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let message = format!("{} is damaged: {}{more}", escape::path(path), escape::sentence(message));
    let hint =
        "nothing was put in place; --salvage converts what can be read on both sides of damage";
    let failure = Failure { exit: Exit::DAMAGE, ..Failure::operational(message) }.hint(hint);
    Failure { next: Some(args.again("--salvage")), ..failure }
}

/// The parts in the order of loading, from the files as they are.
fn replay(report: &Report) -> Result<Executed, Failure> {
    let is_loaded = |role| matches!(role, Role::Base | Role::Incr | Role::Single);
    let parts = report.survey.parts.iter().filter(|part| is_loaded(part.role));
    let files: Vec<usize> = parts.filter_map(|part| part.file).collect();
    if files.is_empty() {
        return Err(Failure::operational(format!(
            "there is no log in {}",
            escape::path(&report.path)
        ))
        .hint("give an RDB file by its own name"));
    }
    let contents: Vec<&Content> =
        files.iter().filter_map(|file| report.inventory.files[*file].content.as_ref()).collect();
    let choice = Choice { mode: Mode::Salvage, keeps_uncommitted: false };
    let selection = select(&contents, choice);
    let mut replay = Replay::default();
    let rows = files.iter().zip(contents).zip(&selection.parts);
    for ((file, content), selected) in rows {
        let path = &report.subjects[*file].path;
        one(&mut replay, *file, path, content, selected)
            .map_err(|error| Failure::operational(format!("{}: {error}", escape::path(path))))?;
    }
    let (keyspace, replayed) = replay.finish();
    let files = report.subjects.iter().map(|subject| subject.shown.clone()).collect();
    let is_damaged = report.damage().next().is_some();
    Ok(Executed { keyspace, log: Log { replayed, is_damaged, files } })
}

fn one(
    replay: &mut Replay,
    part: usize,
    path: &Path,
    content: &Content,
    selected: &Selected,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut input = Input::open(path)?;
    match input.access()? {
        Access::Random(file) => {
            if content.rdb.is_some() {
                replay.base(&mut file.feed())?;
            }
            records(replay, part, &mut file.feed(), content, selected)?;
        }
        Access::Stream(feed) => {
            if content.rdb.is_some() {
                replay.base(feed)?;
            }
            records(replay, part, feed, content, selected)?;
        }
    }
    Ok(())
}

fn records(
    replay: &mut Replay,
    part: usize,
    feed: &mut impl Feed,
    content: &Content,
    selected: &Selected,
) -> Result<(), ReplayError> {
    replay.begin_part();
    let from = content.records_from();
    for kept in selected.kept.iter().filter(|kept| kept.end > from) {
        let kept = aof_log::selection::Kept { start: kept.start.max(from), ..*kept };
        replay.records(part, feed, &kept)?;
    }
    Ok(())
}
