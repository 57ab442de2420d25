//! The files of a log, opened once more to be executed or sent.

use std::error::Error;

use aof_log::selection::{Choice, Kept, Mode, Selected, Selection, select};
use aof_log::survey::Role;
use aof_log::{Content, databases};
use aof_replay::Base;
use aof_source::{Access, Feed, Input, Map, Part as _, ReadError, Spool, StreamFeed};

use super::{Maps, SpoolFolder};
use crate::escape;
use crate::failure::Failure;
use crate::report::{Report, Subject};
use crate::signal;

/// The files of a log, what is kept of them, and those of them that are mapped.
pub(crate) struct Opened<'r> {
    /// The numbers of the files, and what is in them.
    pub(crate) rows: Vec<(usize, &'r Content)>,
    pub(crate) selection: Selection,
    pub(crate) maps: Maps,
}

impl<'r> Opened<'r> {
    /// Opens what was looked at; the files are mapped, if that is wanted and possible.
    pub(crate) fn new(
        report: &'r Report,
        spool: Option<&SpoolFolder>,
        is_mapped: bool,
    ) -> Result<Self, Failure> {
        let rows = loaded(report);
        if rows.is_empty() {
            let path = report.shown_path();
            return Err(Failure::operational(format!("there is no log and no RDB file in {path}")));
        }
        let selection = selection(report, &rows)?;
        let mapped = |(file, _): &(usize, _)| {
            if is_mapped { mapped(&report.subjects[*file], spool) } else { None }
        };
        let maps = Maps::new(rows.iter().map(mapped).collect());
        Ok(Self { rows, selection, maps })
    }
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

/// What of them is executed: as a repair would carry it over that keeps what can be read.
fn selection(report: &Report, rows: &[(usize, &Content)]) -> Result<Selection, Failure> {
    let contents: Vec<&Content> = rows.iter().map(|(_, content)| *content).collect();
    let choice = Choice { mode: Mode::Salvage, keeps_uncommitted: false };
    let mut selection = select(&contents, choice);
    databases::settle(&contents, &mut selection, &mut |part, with| {
        let subject = &report.subjects[rows[part].0];
        with_feed(subject, with).map_err(|error| unreadable(subject, &*error))
    })?;
    Ok(selection)
}

/// A file, unless it must be read through windows.
fn mapped(subject: &Subject, spool: Option<&SpoolFolder>) -> Option<Map> {
    let mut input = Input::open(&subject.path).ok()?;
    match input.access().ok()? {
        Access::Random(file) => Map::of(file).ok(),
        Access::Stream(feed) => decoded(feed, spool?),
    }
}

/// A compressed file, decoded into one without a name, which lives as long as it is mapped.
fn decoded(feed: &mut StreamFeed, to: &SpoolFolder) -> Option<Map> {
    let spool = Spool::fill(feed, &to.folder, to.takes_memory, &signal::is_cancelled).ok()?;
    let mut input = Input::open(spool.path()).ok()?;
    match input.access().ok()? {
        Access::Random(file) => Map::of(file).ok(),
        Access::Stream(_) => None,
    }
}

/// What is kept of the records of a part.
pub(crate) fn records_of(content: &Content, selected: &Selected) -> impl Iterator<Item = Kept> {
    let from = content.records_from();
    let kept = selected.kept.iter().filter(move |kept| kept.end > from);
    kept.map(move |kept| Kept { start: kept.start.max(from), ..*kept })
}

/// How the RDB file is read that a part begins with, if it does. What only comes in order is read up to the first damage.
pub(crate) fn base_of(content: &Content, is_random: bool) -> Option<Base> {
    let Content { rdb, flip, log, bytes, .. } = content;
    let rdb = rdb.as_ref()?;
    Some(match flip {
        Some(flip) => Base::Flipped(*flip),
        None if !is_random || !is_damaged(rdb) => Base::Whole,
        None => Base::Damaged { len: if log.is_some() { rdb.end } else { *bytes } },
    })
}

pub(super) fn is_damaged(rdb: &aof_rdb::Summary) -> bool {
    let has_bad = |values: &aof_rdb::Values| values.total_bad + values.total_twins > 0;
    rdb.defect.is_some() || rdb.values.as_ref().is_some_and(has_bad)
}

pub(super) fn changed(report: &Report, error: &dyn Error) -> Failure {
    let error = escape::sentence(&error.to_string());
    Failure::operational(format!("{}: {error}", report.shown_path()))
}

/// Does something with the bytes of a file, however they are packed.
fn with_feed(
    subject: &Subject,
    with: &mut dyn FnMut(&mut dyn Feed) -> Result<(), ReadError>,
) -> Result<(), Box<dyn Error>> {
    let mut input = Input::open(&subject.path)?;
    Ok(match input.access()? {
        Access::Random(file) => with(&mut file.feed()),
        Access::Stream(feed) => with(feed),
    }?)
}

pub(super) fn unreadable(subject: &Subject, error: &dyn Error) -> Failure {
    let error = escape::sentence(&error.to_string());
    Failure::operational(format!("{}: {error}", escape::path(&subject.path)))
}
