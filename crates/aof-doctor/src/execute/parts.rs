//! The parts of a set, or one file, executed in the order in which a server loads them.

use aof_log::Content;
use aof_log::selection::{Choice, Kept, Mode, Selected, select};
use aof_log::survey::Role;
use aof_replay::{Replay, ReplayError};
use aof_source::{Access, Feed, Input, Part as _};

use super::{Executed, Log, Options};
use crate::escape;
use crate::failure::Failure;
use crate::report::{Report, Subject};

/// Executes what is kept of every part, from the files as they are.
pub(super) fn execute(report: &Report, options: &Options) -> Result<Executed, Failure> {
    let rows = loaded(report);
    if rows.is_empty() {
        let path = report.shown_path();
        return Err(Failure::operational(format!("there is no log and no RDB file in {path}")));
    }
    let contents: Vec<&Content> = rows.iter().map(|(_, content)| *content).collect();
    let choice = Choice { mode: Mode::Salvage, keeps_uncommitted: false };
    let selection = select(&contents, choice);
    let mut replay = match options.databases {
        Some(databases) => Replay::with_databases(databases.into()),
        None => Replay::default(),
    };
    for ((file, content), selected) in rows.iter().zip(&selection.parts) {
        let subject = &report.subjects[*file];
        let part = Part { number: *file, content, selected };
        part.execute(&mut replay, subject).map_err(|error| unreadable(subject, &*error))?;
    }
    let (keyspace, replayed) = replay.finish();
    let files = report.subjects.iter().map(|subject| subject.shown.clone()).collect();
    let is_damaged = report.damage().next().is_some();
    Ok(Executed { keyspace, log: Log { replayed, is_damaged, files } })
}

/// The files of the set or the log, and what is in them; without a log, the RDB file.
pub(crate) fn loaded(report: &Report) -> Vec<(usize, &Content)> {
    let of = |is_loaded: fn(Role) -> bool| -> Vec<(usize, &Content)> {
        let parts = report.parts().filter(|(part, _)| is_loaded(part.role));
        parts.filter_map(|(part, content)| Some((part.file?, content?))).collect()
    };
    let log = of(|role| matches!(role, Role::Base | Role::Incr | Role::Single));
    if log.is_empty() { of(|role| role == Role::Rdb) } else { log }
}

fn unreadable(subject: &Subject, error: &dyn std::error::Error) -> Failure {
    let error = escape::sentence(&error.to_string());
    Failure::operational(format!("{}: {error}", escape::path(&subject.path)))
}

/// One file.
struct Part<'p> {
    /// What failures call it.
    number: usize,
    content: &'p Content,
    selected: &'p Selected,
}

impl Part<'_> {
    fn execute(
        &self,
        replay: &mut Replay,
        subject: &Subject,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let mut input = Input::open(&subject.path)?;
        match input.access()? {
            Access::Random(file) => {
                self.base(replay, &mut file.feed())?;
                self.records(replay, &mut file.feed())?;
            }
            Access::Stream(feed) => {
                self.base(replay, feed)?;
                self.records(replay, feed)?;
            }
        }
        Ok(())
    }

    /// The RDB file that it begins with.
    fn base(&self, replay: &mut Replay, feed: &mut impl Feed) -> Result<(), ReplayError> {
        if self.content.rdb.is_some() { replay.base(feed) } else { Ok(()) }
    }

    fn records(&self, replay: &mut Replay, feed: &mut impl Feed) -> Result<(), ReplayError> {
        replay.begin_part();
        let from = self.content.records_from();
        for kept in self.selected.kept.iter().filter(|kept| kept.end > from) {
            let kept = Kept { start: kept.start.max(from), ..*kept };
            replay.records(self.number, feed, &kept)?;
        }
        Ok(())
    }
}
