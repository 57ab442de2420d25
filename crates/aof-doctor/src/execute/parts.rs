//! The parts of a set, or one file, executed in the order in which a server loads them.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::{Duration, Instant};

use aof_keyspace::{Inputs, LANES, Links, Space};
use aof_log::selection::{LeftOut, Selected};
use aof_log::{CommandRange, Content, FindingId, Keys};
use aof_rdb::Lost;
use aof_replay::{Replay, ReplayError, connect};
use aof_source::{Access, Feed, Input, Part as _};

use super::forecast;
use super::opened::{Opened, base_of, changed, is_damaged, records_of, unreadable};
use super::watch::{Behind, Guard, cancelled};
use super::{Executed, Log, Options, Phases};
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
    let parts = Parts::open(report, options)?;
    let guard = Guard::new(options.memory_limit);
    guard.allows_base(parts.rows().map(|(_, content)| content.keys()).sum())?;
    let started = Instant::now();
    let links = parts.links().map_err(|error| changed(report, &error))?;
    let connecting = started.elapsed();
    if let Some(limit) = options.memory_limit {
        forecast::within(limit, &parts, &links)?;
    }
    let phases = Phases { checking: report.took, connecting, ..Phases::default() };
    parts.execute(links, &guard, phases)
}

/// The parts of what is executed, in the order of loading.
pub(super) struct Parts<'r> {
    report: &'r Report,
    options: &'r Options,
    opened: Opened<'r>,
    inputs: &'static Inputs<'static>,
    /// Bytes of all of them.
    pub(super) total: u64,
}

impl<'r> Parts<'r> {
    fn open(report: &'r Report, options: &'r Options) -> Result<Self, Failure> {
        // A file that grows is never found intact.
        let is_still = report.live != Live::Yes;
        let opened = Opened::new(report, options.spool.as_ref(), is_still)?;
        let Opened { rows, maps, .. } = &opened;
        let inputs = (0..rows.len()).filter_map(|number| maps.bytes(number)).collect();
        let inputs = Box::leak(Box::new(Inputs::new(inputs)));
        let total = rows.iter().map(|(_, content)| content.bytes).sum();
        Ok(Self { report, options, opened, inputs, total })
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &'r Content)> {
        self.opened.rows.iter().copied()
    }

    /// A bar over all of them.
    pub(super) fn progress(&self, phase: &'static str) -> Progress {
        Progress::new(phase, self.options.is_bar_wanted, Some(self.total))
    }

    /// Nothing executed yet.
    pub(super) fn replay(&self, links: Links) -> Replay<'static> {
        let mut replay = Replay::new(Space::new(self.inputs), links);
        if let Some(databases) = self.options.databases {
            replay = replay.with_databases(databases.into());
        }
        self.options.hides_fields_before.iter().for_each(|at| replay.hide_fields_before(*at));
        replay
    }

    /// All of them, each with what is kept of it, and watched.
    pub(super) fn each<'p>(
        &'p self,
        progress: &'p Progress,
        guard: &'p Guard,
    ) -> impl Iterator<Item = Part<'p>> {
        let mut before = 0;
        let selected = self.opened.selection.parts.iter();
        self.rows().zip(selected).enumerate().map(move |(row, ((file, content), selected))| {
            let watch = Behind { before, progress, guard };
            before += content.bytes;
            let bytes = self.opened.maps.bytes(row);
            Part { file, bytes, content, selected, watch }
        })
    }

    fn execute(self, links: Links, guard: &Guard, mut phases: Phases) -> Result<Executed, Failure> {
        let Self { report, opened: Opened { maps, .. }, .. } = self;
        let (mut replay, progress) = (self.replay(links), self.progress("executing"));
        let mut left_out = Vec::new();
        for part in self.each(&progress, guard) {
            let subject = &report.subjects[part.file];
            let Loaded { lost, took } = part.execute(&mut replay, subject).map_err(|error| {
                match signal::is_cancelled() {
                    true => cancelled(),
                    false => {
                        guard.stopped(self.total).unwrap_or_else(|| unreadable(subject, &*error))
                    }
                }
            })?;
            phases.loading += took;
            let all = lost.into_iter().chain(part.selected.left_out.iter().cloned());
            left_out.extend(all.map(|out| (part.file, out)));
        }
        progress.done();
        phases.spent = replay.spent();
        let (keyspace, replayed) = replay.finish();
        maps.intact().map_err(|error| changed(report, &error))?;
        let log = Log {
            replayed,
            is_damaged: report.damage().next().is_some(),
            files: report.subjects.iter().map(|subject| subject.shown.clone()).collect(),
            bytes: self.total,
            left_out,
            assumptions: assumptions(&self.opened.rows),
            phases,
        };
        Ok(Executed { keyspace, maps, log })
    }

    /// Which keys must be in one lane. Where something is missing, and what is doubted for that must be followed from key
    /// to key, or where records cannot be read twice, that is all of them.
    fn links(&self) -> Result<Links, ReplayError> {
        let is_whole = |selected: &Selected| {
            selected.left_out.is_empty() && selected.kept.iter().all(|kept| !kept.is_loose)
        };
        let Opened { rows, selection, maps } = &self.opened;
        let is_sound =
            rows.iter().all(|(_, content)| !content.rdb.as_ref().is_some_and(is_damaged));
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
}

fn assumptions(rows: &[(usize, &Content)]) -> Vec<String> {
    let logs = rows.iter().filter_map(|(_, content)| content.log.as_ref());
    let all: BTreeSet<&String> = logs.flat_map(|log| &log.assumptions).collect();
    all.into_iter().cloned().collect()
}

/// One file.
pub(super) struct Part<'p> {
    /// What failures call it.
    file: usize,
    /// Its bytes, if it is mapped.
    bytes: Option<&'static [u8]>,
    content: &'p Content,
    selected: &'p Selected,
    watch: Behind<'p>,
}

/// What came of the RDB file that a part begins with.
#[derive(Default)]
pub(super) struct Loaded {
    /// What of it cannot be read.
    lost: Vec<LeftOut>,
    /// How long it took.
    took: Duration,
}

impl Part<'_> {
    /// Executes it, if it is mapped.
    pub(super) fn execute_mapped(&self, replay: &mut Replay<'_>) -> Result<Loaded, ReplayError> {
        let Some(mut bytes) = self.bytes else { return Ok(Loaded::default()) };
        self.read(replay, &mut bytes, true)
    }

    fn execute(
        &self,
        replay: &mut Replay<'_>,
        subject: &Subject,
    ) -> Result<Loaded, Box<dyn Error>> {
        if self.bytes.is_some() {
            return Ok(self.execute_mapped(replay)?);
        }
        let mut input = Input::open(&subject.path)?;
        match input.access()? {
            Access::Random(file) => {
                let loaded = self.base(replay, &mut file.feed(), true)?;
                self.records(replay, &mut file.feed())?;
                Ok(loaded)
            }
            Access::Stream(feed) => Ok(self.read(replay, feed, false)?),
        }
    }

    fn read(
        &self,
        replay: &mut Replay<'_>,
        feed: &mut impl Feed,
        is_random: bool,
    ) -> Result<Loaded, ReplayError> {
        let loaded = self.base(replay, feed, is_random)?;
        self.records(replay, feed)?;
        Ok(loaded)
    }

    /// The RDB file that it begins with. What only comes in order is read up to the first damage.
    fn base(
        &self,
        replay: &mut Replay<'_>,
        feed: &mut impl Feed,
        is_random: bool,
    ) -> Result<Loaded, ReplayError> {
        let Some(how) = base_of(self.content, is_random) else { return Ok(Loaded::default()) };
        let started = Instant::now();
        let lost = replay.base(feed, how, &self.watch)?.list.into_iter().map(lost).collect();
        Ok(Loaded { lost, took: started.elapsed() })
    }

    /// What is kept, and between it what is not.
    fn records(&self, replay: &mut Replay<'_>, feed: &mut impl Feed) -> Result<(), ReplayError> {
        replay.begin_part();
        let mut left_out = self.selected.left_out.iter().peekable();
        for kept in records_of(self.content, self.selected) {
            while let Some(out) = left_out.next_if(|out| out.start < kept.start) {
                replay.leave_out(feed, out)?;
            }
            replay.records(self.file, feed, &kept, &self.watch)?;
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
