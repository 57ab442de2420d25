//! The way of a log into a server.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use aof_keyspace::{Keyspace, LANES};
use aof_rdb::Target as Format;
use aof_replay::live::expiries;
use aof_replay::live::fleet::{Halt, Sums};
use aof_replay::live::history::{self, Part, Told};
use aof_replay::live::marker::{self, Progress as Marked};

use super::meanwhile::Meanwhile;
use super::{Outcome, ReplayArgs, Ttl, identity, why};
use crate::command::verify::{self, Checked, Sample};
use crate::convert::{Form, Tally};
use crate::execute::{self, Executed, Log, Maps, Opened, Options};
use crate::failure::Failure;
use crate::live::{
    Ended, Mode, Plan, StateJob, Target, attempts, insist, needed, no_database, parts,
};
use crate::report::Report;
use crate::ui::{Progress, Ui};
use crate::{escape, figures, signal};

/// Markers are looked for in so many databases.
const MARKED: u64 = 1024;

/// What the log comes to, once it was executed here.
struct Data {
    keyspace: Arc<Keyspace<'static>>,
    maps: Maps,
    log: Log,
}

impl Data {
    fn new(Executed { keyspace, maps, log }: Executed) -> Self {
        Self { keyspace: Arc::new(keyspace), maps, log }
    }
}

/// Everything that is known before something is sent.
struct Work<'w> {
    args: &'w ReplayArgs,
    report: &'w Report,
    options: Options,
    target: Target,
    format: Format,
    opened: Opened<'w>,
    data: Option<Data>,
}

/// Replays what is at the path into the server.
pub(super) fn replay(args: &ReplayArgs, started: Instant, ui: &mut Ui) -> Result<Outcome, Failure> {
    args.combination()?;
    let mut target = Target::reach(&args.connect, ui)?;
    if target.server.is_replica {
        return Err(why::replica(&target));
    }
    let options = args.options();
    let report = execute::look(&args.path, &options, ui)?;
    execute::refuse_damage(&report, &options).map_err(|failure| {
        failure.hint("nothing was sent; --salvage sends what can be read on both sides of damage")
    })?;
    let earlier = args.plan().allows(&mut target)?;
    let opened = Opened::new(&report, None, false)?;
    let format = format(&target, args)?;
    let mut work = Work { args, report: &report, options, target, format, opened, data: None };
    let (mode, reason) = work.mode(earlier.as_ref())?;
    work.has_databases(mode)?;
    let memory = work.memory()?;
    let mut outcome = Outcome {
        path: args.path.clone(),
        target: work.target.shown(),
        mode,
        reason,
        connections: usize::from(args.jobs),
        is_dry: args.dry_run,
        is_resumed: earlier.is_some(),
        breaks: 0,
        sums: Sums::default(),
        tally: None,
        told: None,
        timed: None,
        log: None,
        files: report.subjects.iter().map(|subject| subject.shown.clone()).collect(),
        memory,
        checked: None,
        failure: None,
        took: started.elapsed(),
    };
    if !args.dry_run {
        if work.target.may_evict() {
            ui.say("warning: the server evicts keys when its memory is full, also those that say how far a replay is: after a crash, --resume may do something twice");
        }
        work.send(&mut outcome, earlier)?;
        if outcome.failure.is_none() {
            work.finish(&mut outcome)?;
        }
    }
    outcome.log = work.data.map(|data| data.log);
    outcome.took = started.elapsed();
    Ok(outcome)
}

/// The format in which the target takes values.
fn format(target: &Target, args: &ReplayArgs) -> Result<Format, Failure> {
    let format = target.server.format();
    // Commands are the same for all of them.
    let oldest = || Format::ALL.first().copied().filter(|_| args.commands);
    format.or_else(oldest).ok_or_else(|| {
        let message = format!("it is not known how {} takes values", target.shown());
        Failure::operational(message)
            .hint("--commands sends commands that make each key, which every server takes")
    })
}

impl Work<'_> {
    /// The mode, and why it is this one.
    fn mode(&mut self, earlier: Option<&Marked>) -> Result<(Mode, Option<String>), Failure> {
        if let Some(earlier) = earlier {
            let mode = if earlier.run.starts_with(Mode::History.letter()) {
                Mode::History
            } else {
                Mode::State
            };
            return Ok((mode, Some("the replay that is gone on with has it".to_owned())));
        }
        if let Some((mode, reason)) = self.args.asked_mode() {
            return Ok((mode, reason.map(str::to_owned)));
        }
        let replayed = &self.data()?.log.replayed;
        let (opaque, not_loaded) = (replayed.opaque, replayed.not_loaded);
        Ok(match (opaque, not_loaded) {
            (0, 0) => (
                Mode::State,
                Some(
                    "all of the log can be executed here, and its data are less than its records"
                        .to_owned(),
                ),
            ),
            (0, keys) => (
                Mode::History,
                Some(format!("{} of modules only a server can hold", figures::of(keys, "value"))),
            ),
            (opaque, _) => (
                Mode::History,
                Some(format!("{} only a server can execute", figures::of(opaque, "command"))),
            ),
        })
    }

    /// What the log comes to.
    fn data(&mut self) -> Result<&Data, Failure> {
        if self.data.is_none() {
            self.data = Some(Data::new(execute::report(self.report, &self.options)?));
        }
        self.data.as_ref().ok_or_else(|| Failure::operational("the log was not executed"))
    }

    /// Refuses a log with keys in a database that the server does not have.
    fn has_databases(&mut self, mode: Mode) -> Result<(), Failure> {
        let used: BTreeSet<u64> = match mode {
            Mode::State => {
                let job = self.args.job(Form::Resp);
                let filled = self.data()?.keyspace.filled();
                filled
                    .into_iter()
                    .filter(|db| job.filter.takes_db(*db))
                    .map(|db| job.route.db(db))
                    .collect()
            }
            Mode::History => {
                let logs = self.opened.rows.iter().filter_map(|(_, content)| content.log.as_ref());
                logs.flat_map(|log| &log.databases).map(|db| u64::from(*db)).collect()
            }
        };
        match used.last().filter(|db| **db >= self.target.server.databases) {
            Some(db) => Err(no_database(&self.target, *db)),
            None => Ok(()),
        }
    }

    /// What the data need in the server, where that is limited, and how much there is.
    fn memory(&mut self) -> Result<Option<(u64, Option<u64>)>, Failure> {
        let free = self.target.server.free_memory();
        if free.is_none() && !self.args.dry_run {
            return Ok(None);
        }
        let free =
            if self.args.flush_target { free.map(|_| self.target.server.max_memory) } else { free };
        let needed = needed(&self.data()?.keyspace);
        match free {
            Some(free) if needed > free && !self.args.ignore_memory && !self.args.resume => {
                let message = format!(
                    "the data need about {} in {}, which has {} left",
                    figures::rough(needed),
                    self.target.shown(),
                    figures::rough(free)
                );
                Err(Failure::operational(message)
                    .hint("a larger `maxmemory` of the server; --ignore-memory sends nevertheless"))
            }
            _ => Ok(Some((needed, free))),
        }
    }

    /// Sends everything, and notes what came of it.
    fn send(&mut self, outcome: &mut Outcome, earlier: Option<Marked>) -> Result<(), Failure> {
        let run = identity::run(self.args, self.report, &self.opened, (self.format, outcome.mode))?;
        let progress = match earlier {
            Some(earlier) if earlier.run != run => return Err(why::another(&self.target)),
            Some(earlier) => earlier,
            None => {
                if self.args.flush_target {
                    Plan::flush(&mut self.target)?;
                }
                let progress = Marked { run, done: vec![0; usize::from(self.args.jobs)] };
                let refused = marker::begin(&mut self.target.connection, &progress);
                match refused.map_err(|error| self.target.lost(&error))? {
                    Some(reply) => return Err(why::unwritable(&self.target, &reply)),
                    None => progress,
                }
            }
        };
        outcome.connections = progress.done.len();
        signal::replaying();
        let ended = match outcome.mode {
            Mode::State => self.state(progress)?.map(|tally| outcome.tally = Some(tally)),
            Mode::History => self.history(progress)?.map(|told| outcome.told = Some(told)),
        };
        (outcome.sums, outcome.breaks) = (ended.end.sums, ended.breaks);
        let is_resumable = ended.end.is_resumable;
        let why = |work: &Self, halt: &Halt| {
            why::interrupted(work.args, &work.target, (halt, is_resumable), &outcome.files)
        };
        if !is_resumable {
            self.remove_markers().map_err(|halt| why(self, &halt))?;
        }
        outcome.failure = ended.end.result.err().map(|halt| why(self, &halt));
        Ok(())
    }

    fn state(&mut self, progress: Marked) -> Result<Ended<Tally>, Failure> {
        let form = if self.args.commands { Form::Resp } else { Form::Restore(self.format) };
        let job = Arc::new(self.args.job(form));
        let (is_exact, rate) = (self.args.commands, self.args.rate.map(|rate| rate.0));
        let is_bar_wanted = self.args.reading.is_bar_wanted();
        let Data { keyspace, maps, .. } = self.data()?;
        let (keyspace, maps) = (Arc::clone(keyspace), *maps);
        let job = StateJob { keyspace, maps, job, is_exact, rate, is_bar_wanted };
        let retry = self.args.retry();
        let ended = attempts(&mut self.target, progress, retry, &|fleet| job.send(fleet))?;
        ended.transposed().map_err(|stop| why::stopped(&stop))
    }

    fn history(&mut self, progress: Marked) -> Result<Ended<Told>, Failure> {
        let opened = Opened::new(self.report, self.options.spool.as_ref(), true)?;
        let parts = parts(&opened)?;
        let lanes = progress.done.len().min(LANES);
        let links = match self.has_links(&parts) {
            true => history::connect(&parts, lanes)
                .map_err(|error| Failure::operational(escape::sentence(&error.to_string())))?,
            false => aof_keyspace::Links::new(lanes),
        };
        let options = history::Options {
            defers: self.args.ttl == Ttl::Deferred,
            databases: 16,
            format: self.format,
            rate: self.args.rate.map(|rate| rate.0),
        };
        let total = parts.iter().map(|part| part.bytes.len() as u64).sum();
        let bar = Progress::new("sending", self.args.reading.is_bar_wanted(), Some(total));
        let server = self.target.server.clone();
        let meanwhile = Meanwhile::new(self.report, &self.options);
        let (ended, executed) = thread::scope(|scope| {
            let is_needed = self.data.is_none();
            let executing = is_needed.then(|| scope.spawn(|| meanwhile.execute()));
            let ended = attempts(&mut self.target, progress, self.args.retry(), &|fleet| {
                history::send(&parts, &links, &options, &server, fleet, (&bar, &meanwhile.times))
            });
            meanwhile.end();
            (ended, executing.and_then(|thread| thread.join().ok().flatten()))
        });
        bar.done();
        if let Some(executed) = executed {
            self.data = Some(Data::new(executed?));
        }
        ended
    }

    /// Whether commands connect keys, or transactions do.
    fn has_links(&self, parts: &[Part<'_>]) -> bool {
        let logs = self.opened.rows.iter().filter_map(|(_, content)| content.log.as_ref());
        let is_reopened = parts
            .iter()
            .flat_map(|part| &part.kept)
            .any(|kept| kept.is_reopened || kept.is_left_open);
        is_reopened || logs.into_iter().any(|log| log.has_ties || log.transactions > 0)
    }

    /// Sets what expires, takes the markers away, and compares.
    fn finish(&mut self, outcome: &mut Outcome) -> Result<(), Failure> {
        let is_deferred = |told: &Told| told.deferred > 0 || told.keys > 0;
        if self.args.ttl == Ttl::Deferred && outcome.told.as_ref().is_some_and(is_deferred) {
            self.data()?;
        }
        match self.settle(outcome) {
            Ok(()) if self.args.verify => outcome.checked = Some(self.verify()?),
            Ok(()) => {}
            Err(halt) => {
                outcome.failure =
                    Some(why::interrupted(self.args, &self.target, (&halt, true), &outcome.files));
            }
        }
        Ok(())
    }

    /// Tells the server when keys expire, and takes the markers away.
    fn settle(&mut self, outcome: &mut Outcome) -> Result<(), Halt> {
        let retry = self.args.retry();
        // Whether they were executed tells whether something is to be said.
        if let (Mode::History, Ttl::Deferred, Some(data)) =
            (outcome.mode, self.args.ttl, &self.data)
        {
            let keyspace = Arc::clone(&data.keyspace);
            let bar = Progress::new("setting times", false, None);
            let timed = insist(&mut self.target, retry, &|target| {
                expiries::set(&mut target.connection, &keyspace, 0, &bar)
            })?;
            outcome.timed = Some(timed.ok_or(Halt::Cancelled)?);
        }
        self.remove_markers()
    }

    fn remove_markers(&mut self) -> Result<(), Halt> {
        let databases: Vec<u64> = (0..self.target.server.databases.min(MARKED)).collect();
        insist(&mut self.target, self.args.retry(), &|target| {
            marker::remove(&mut target.connection, &databases)
        })?;
        Ok(())
    }

    fn verify(&mut self) -> Result<Checked, Failure> {
        let keyspace = Arc::clone(&self.data()?.keyspace);
        let how = verify::How {
            every: self.args.sample.map_or(1, Sample::every),
            seeks_extras: !self.args.merge && self.args.keys.filter().takes_all(),
            connections: usize::from(self.args.jobs),
            is_bar_wanted: self.args.reading.is_bar_wanted(),
            ..verify::How::default()
        };
        verify::compare(&mut self.target, &keyspace, &self.args.keys.filter(), &how)
    }
}
