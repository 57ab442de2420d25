//! The parts of a set, or one file, executed in the order in which a server loads them.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::{Duration, Instant};

use aof_keyspace::{Inputs, LANES, Links, Space};
use aof_log::selection::{LeftOut, Selected, Selection};
use aof_log::{CommandRange, Content, FindingId, Keys};
use aof_rdb::Lost;
use aof_replay::{Replay, ReplayError, connect};
use aof_source::{Access, Feed, Input, Part as _};

use super::opened::{Opened, base_of, changed, is_damaged, records_of, unreadable};
use super::watch::{Behind, Guard};
use super::{Executed, Log, Maps, Options, Phases};
use crate::failure::Failure;
use crate::report::{Live, Report, Subject};
use crate::signal;
use crate::ui::Progress;

/// Executes what is kept of every part, from the files as they are.
pub(super) fn execute(report: &Report, options: &Options) -> Result<Executed, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build();
    let pool =
        pool.map_err(|error| Failure::operational(format!("cannot start threads: {error}")))?;
    pool.install(|| in_pool(report, options))
}

fn in_pool(report: &Report, options: &Options) -> Result<Executed, Failure> {
    // A file that grows is never found intact.
    let is_still = report.live != Live::Yes;
    let Opened { rows, selection, maps } = Opened::new(report, options.spool.as_ref(), is_still)?;
    let inputs: Vec<&'static [u8]> =
        (0..rows.len()).filter_map(|number| maps.bytes(number)).collect();
    let total = rows.iter().map(|(_, content)| content.bytes).sum();
    let progress = Progress::new("executing", options.is_bar_wanted, Some(total));
    let guard = Guard::new(options.memory_limit);
    let keys = rows.iter().map(|(_, content)| content.keys()).sum();
    guard.allows_base(keys)?;
    let started = Instant::now();
    let links = links(&rows, &selection, maps).map_err(|error| changed(report, &error))?;
    let mut phases =
        Phases { checking: report.took, connecting: started.elapsed(), ..Phases::default() };
    let inputs = Box::leak(Box::new(Inputs::new(inputs)));
    let mut replay = Replay::new(Space::new(inputs), links);
    if let Some(databases) = options.databases {
        replay = replay.with_databases(databases.into());
    }
    let mut left_out = Vec::new();
    options.hides_fields_before.into_iter().for_each(|moment| replay.hide_fields_before(moment));
    let mut before = 0;
    for (number, ((file, content), selected)) in rows.iter().zip(selection.parts).enumerate() {
        let subject = &report.subjects[*file];
        let watch = Behind { before, progress: &progress, guard: &guard };
        let (lost, loading) = (Vec::new(), Duration::ZERO);
        let mut part = Part { number: *file, content, selected, lost, loading, watch };
        before += content.bytes;
        let executed = match maps.bytes(number) {
            Some(bytes) => part.execute_mapped(&mut replay, bytes).map_err(Box::from),
            None => part.execute(&mut replay, subject),
        };
        executed.map_err(|error| match signal::is_cancelled() {
            true => Failure::cancelled("cancelled; nothing was written"),
            false => guard.stopped(total).unwrap_or_else(|| unreadable(subject, &*error)),
        })?;
        phases.loading += part.loading;
        let all = part.lost.into_iter().chain(part.selected.left_out);
        left_out.extend(all.map(|out| (*file, out)));
    }
    progress.done();
    phases.spent = replay.spent();
    let (keyspace, replayed) = replay.finish();
    maps.intact().map_err(|error| changed(report, &error))?;
    let log = Log {
        replayed,
        is_damaged: report.damage().next().is_some(),
        files: report.subjects.iter().map(|subject| subject.shown.clone()).collect(),
        bytes: rows.iter().map(|(_, content)| content.bytes).sum(),
        left_out,
        assumptions: assumptions(&rows),
        phases,
    };
    Ok(Executed { keyspace, maps, log })
}

fn assumptions(rows: &[(usize, &Content)]) -> Vec<String> {
    let logs = rows.iter().filter_map(|(_, content)| content.log.as_ref());
    let all: BTreeSet<&String> = logs.flat_map(|log| &log.assumptions).collect();
    all.into_iter().cloned().collect()
}

/// Which keys must be in one lane. Where something is missing, and what is doubted for that must be followed from key to
/// key, or where records cannot be read twice, that is all of them.
fn links(
    rows: &[(usize, &Content)],
    selection: &Selection,
    maps: Maps,
) -> Result<Links, ReplayError> {
    let is_whole = |selected: &Selected| {
        selected.left_out.is_empty() && selected.kept.iter().all(|kept| !kept.is_loose)
    };
    let is_sound = rows.iter().all(|(_, content)| !content.rdb.as_ref().is_some_and(is_damaged));
    let is_mapped = (0..rows.len()).all(|number| maps.bytes(number).is_some());
    if !is_mapped || !is_sound || !selection.parts.iter().all(is_whole) {
        return Ok(Links::default());
    }
    let mut links = Links::new(LANES);
    for (number, ((_, content), selected)) in rows.iter().zip(&selection.parts).enumerate() {
        let has_ties = content.log.as_ref().is_some_and(|log| log.has_ties);
        let Some(mut bytes) = maps.bytes(number).filter(|_| has_ties) else { continue };
        for kept in records_of(content, selected) {
            connect(&mut bytes, &kept, &mut links, &())?;
        }
    }
    Ok(links)
}

/// One file.
struct Part<'p> {
    /// What failures call it.
    number: usize,
    content: &'p Content,
    selected: Selected,
    /// What of its RDB file cannot be read.
    lost: Vec<LeftOut>,
    /// How long that file took.
    loading: Duration,
    watch: Behind<'p>,
}

impl Part<'_> {
    fn execute(
        &mut self,
        replay: &mut Replay<'_>,
        subject: &Subject,
    ) -> Result<(), Box<dyn Error>> {
        let mut input = Input::open(&subject.path)?;
        match input.access()? {
            Access::Random(file) => {
                self.base(replay, &mut file.feed(), true)?;
                self.records(replay, &mut file.feed())?;
            }
            Access::Stream(feed) => {
                self.base(replay, feed, false)?;
                self.records(replay, feed)?;
            }
        }
        Ok(())
    }

    fn execute_mapped(
        &mut self,
        replay: &mut Replay<'_>,
        mut bytes: &[u8],
    ) -> Result<(), ReplayError> {
        self.base(replay, &mut bytes, true)?;
        self.records(replay, &mut bytes)
    }

    /// The RDB file that it begins with. What only comes in order is read up to the first damage.
    fn base(
        &mut self,
        replay: &mut Replay<'_>,
        feed: &mut impl Feed,
        is_random: bool,
    ) -> Result<(), ReplayError> {
        let Some(how) = base_of(self.content, is_random) else { return Ok(()) };
        let started = Instant::now();
        self.lost = replay.base(feed, how, &self.watch)?.list.into_iter().map(lost).collect();
        self.loading = started.elapsed();
        Ok(())
    }

    /// What is kept, and between it what is not.
    fn records(&self, replay: &mut Replay<'_>, feed: &mut impl Feed) -> Result<(), ReplayError> {
        replay.begin_part();
        let mut left_out = self.selected.left_out.iter().peekable();
        for kept in records_of(self.content, &self.selected) {
            while let Some(out) = left_out.next_if(|out| out.start < kept.start) {
                replay.leave_out(feed, out)?;
            }
            replay.records(self.number, feed, &kept, &self.watch)?;
        }
        left_out.try_for_each(|out| replay.leave_out(feed, out))
    }
}

fn lost(lost: Lost) -> LeftOut {
    let mut keys = Keys::default();
    if let Some(name) = &lost.key {
        keys.add(u32::try_from(lost.db).ok(), name);
    }
    LeftOut {
        start: lost.start,
        end: lost.end,
        finding: FindingId::RdbValueBad,
        commands: CommandRange::default(),
        keys,
        seconds: None,
        is_readable: false,
    }
}
