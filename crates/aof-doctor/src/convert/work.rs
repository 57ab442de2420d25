//! A conversion under way.

use aof_keyspace::Keyspace;
use aof_log::Watch;
use aof_rdb::{Checksum, Expiries, Lost, Record, RecordKind, Why, encode};
use aof_source::Input;
use rayon::prelude::*;

use super::chunk::{Form, Rendered, Rules, cut, render, render_run};
use super::duplicates::{Duplicates, Names, Skips};
use super::held::{self, Run};
use super::outputs::{Outputs, Portion};
use super::reading::{End, each};
use super::tally::{Named, Tally};
use crate::execute::Maps;

use super::{Converted, Ends, Expired, Given, Job, Message, Original, Stop, Unread};

/// What an RDB file says of itself that is still so when it is written anew.
const SAID: [&str; 5] = ["redis-ver", "valkey-ver", "redis-bits", "ctime", "used-mem"];

/// What is shown of data in memory.
enum Seen<'s> {
    /// What there is beside keys.
    Beside(&'s [Record<'s>]),
    Keys(&'s [Run<'s, 's>]),
}

/// Takes it in.
type Look<'l, 'a> = dyn FnMut(&mut Work<'a>, Seen<'_>) -> Result<(), Stop> + 'l;

/// Takes in a batch of records.
type Take<'t, 'a> = dyn FnMut(&mut Work<'a>, &[Record<'_>]) -> Result<(), Stop> + 't;

/// What is done, and what came of it so far.
pub(super) struct Work<'a> {
    job: &'a Job,
    watch: &'a (dyn Watch + Sync),
    ends: Ends,
    /// Buffers that wait to be used again.
    spare: Vec<Vec<u8>>,
    outputs: Outputs<'a>,
    skips: Skips,
    done: Converted,
    /// Bytes of the inputs before this one.
    passed: u64,
    stop: Option<Stop>,
}

impl<'a> Work<'a> {
    pub(super) fn new(job: &'a Job, watch: &'a (dyn Watch + Sync), ends: Ends) -> Self {
        Self {
            job,
            watch,
            ends,
            spare: Vec::new(),
            outputs: Outputs::new(job.form, &job.route, job.has_counts),
            skips: Skips::none(),
            done: Converted::default(),
            passed: 0,
            stop: None,
        }
    }

    /// Looks for names that occur more than once.
    pub(super) fn compare(&mut self, inputs: Vec<Given>, which: Duplicates) -> Result<(), Stop> {
        let mut names = Names::default();
        for (at, input) in inputs.into_iter().enumerate() {
            let mut original = Original::default();
            match input {
                Given::File(file) => drop(self.read(file, &mut |work, records| {
                    work.note(&mut original, records)?;
                    names.add(&work.rules(at, &original), records);
                    Ok(())
                })?),
                Given::Data(keyspace, maps) => self.look(&keyspace, maps, &mut |work, seen| {
                    original.shift = work.shift(&original)?;
                    let rules = work.rules(at, &original);
                    match seen {
                        Seen::Beside(records) => names.add(&rules, records),
                        Seen::Keys(runs) => names.add_runs(&rules, runs),
                    }
                    Ok(())
                })?,
            }
        }
        self.skips = names.skips(which);
        Ok(())
    }

    /// Carries over all inputs, one after the other.
    pub(super) fn run(mut self, inputs: Vec<Given>) -> Result<Box<Converted>, Stop> {
        for (at, input) in inputs.into_iter().enumerate() {
            let mut original = Original::default();
            match input {
                Given::File(file) => {
                    let end = self.read(file, &mut |work, records| {
                        work.note(&mut original, records)?;
                        work.say(at, records);
                        work.batch(at, &original, records)
                    })?;
                    self.ended(at, &mut original, end)?;
                }
                Given::Data(keyspace, maps) => {
                    original.is_log = true;
                    self.look(&keyspace, maps, &mut |work, seen| {
                        work.say(at, &[]);
                        match seen {
                            Seen::Beside(records) => work.batch(at, &original, records),
                            Seen::Keys(runs) => {
                                original.header = Some(encode::HEADER);
                                original.shift = work.shift(&original)?;
                                work.runs(at, &original, runs)
                            }
                        }
                    })?;
                }
            }
            self.done.originals.push(original);
        }
        let mut portions = Vec::new();
        self.done.patches = self.outputs.end(&mut portions);
        self.send(portions)?;
        self.refuse()?;
        Ok(Box::new(self.done))
    }

    /// Shows what is in memory.
    fn look(
        &mut self,
        keyspace: &Keyspace<'static>,
        maps: Maps,
        see: &mut Look<'_, 'a>,
    ) -> Result<(), Stop> {
        let beside = held::beside_keys(keyspace);
        if !beside.is_empty() {
            see(self, Seen::Beside(&beside))?;
        }
        held::runs(keyspace, &mut |runs| {
            see(self, Seen::Keys(runs))?;
            self.reached(runs.last().map_or(0, |last| last.first))
        })?;
        maps.intact().map_err(Stop::Storage)
    }

    fn read(&mut self, mut input: Box<Input>, see: &mut Take<'_, 'a>) -> Result<End, Stop> {
        let mut reached = 0;
        let end = each(&mut input, self.job.salvages, &mut |records| {
            reached = records.last().map_or(reached, |last| last.end);
            self.stop = see(self, records).and_then(|()| self.reached(reached)).err();
            self.stop.is_none()
        });
        self.passed += reached;
        let end = end.map_err(Stop::Storage)?;
        end.ok_or_else(|| self.stop.take().unwrap_or(Stop::HungUp))
    }

    fn reached(&self, at: u64) -> Result<(), Stop> {
        self.watch.reached(self.passed + at);
        if self.watch.is_cancelled() { Err(Stop::HungUp) } else { Ok(()) }
    }

    /// Notes what the file says of itself; that comes before the first key.
    fn note(&self, original: &mut Original, records: &[Record<'_>]) -> Result<(), Stop> {
        for record in records {
            match &record.kind {
                RecordKind::Aux { name, value } => original.aux.note(name, value),
                RecordKind::Key(key) if original.header.is_none() => {
                    original.header = Some(key.value.header);
                    original.shift = self.shift(original)?;
                }
                _ => {}
            }
        }
        original.end = records.last().map_or(original.end, |last| last.end);
        Ok(())
    }

    /// Notes what is said of the first file, for those that are written.
    fn say(&mut self, input: usize, records: &[Record<'_>]) {
        let Form::Rdb(form) = self.job.form else { return };
        if input > 0 || self.outputs.has_begun() {
            return;
        }
        let said = &mut self.outputs.said;
        for record in records {
            let RecordKind::Aux { name, value } = &record.kind else { continue };
            if let Some(known) = SAID.into_iter().find(|known| known.as_bytes() == &**name) {
                said.push((known, value.to_vec()));
            }
        }
        let name = if form.target.has_functions() { "aof-base" } else { "aof-preamble" };
        if said.iter().all(|(known, _)| *known != name) {
            said.push((name, if form.is_base { b"1".to_vec() } else { b"0".to_vec() }));
        }
    }

    /// By how many milliseconds every expiry is moved.
    fn shift(&self, original: &Original) -> Result<i64, Stop> {
        match (self.job.expired, original.aux.created) {
            (Expired::Shift(Some(millis)), _) => Ok(millis),
            (Expired::Shift(None), Some(created)) => {
                let created = i64::try_from(created).unwrap_or(i64::MAX).saturating_mul(1000);
                Ok(self.job.now.saturating_sub(created))
            }
            (Expired::Shift(None), None) => Err(Stop::NoCreation),
            _ => Ok(0),
        }
    }

    fn rules(&self, input: usize, original: &Original) -> Rules<'_> {
        let drops = self.job.expired == Expired::Drop;
        Rules {
            form: self.job.form,
            filter: &self.job.filter,
            route: &self.job.route,
            skips: &self.skips,
            input,
            expiries: Expiries { shift: original.shift, over: drops.then_some(self.job.now) },
            now: self.job.now,
            verifies: self.job.salvages,
            estimates: original.is_log,
        }
    }

    /// Has records rendered, and sends what comes of them.
    fn batch(
        &mut self,
        input: usize,
        original: &Original,
        records: &[Record<'_>],
    ) -> Result<(), Stop> {
        self.render(input, original, cut(records), |rules, chunk, buffer| {
            render(rules, &records[chunk], buffer)
        })
    }

    /// The same with keys in memory.
    fn runs(
        &mut self,
        input: usize,
        original: &Original,
        runs: &[Run<'_, '_>],
    ) -> Result<(), Stop> {
        self.render(input, original, runs.to_vec(), render_run)
    }

    /// Has each of these rendered by `one`, side by side, counts, and sends what comes of them in order.
    fn render<T: Send>(
        &mut self,
        input: usize,
        original: &Original,
        pieces: Vec<T>,
        one: impl Fn(&Rules<'_>, T, Vec<u8>) -> Rendered + Sync,
    ) -> Result<(), Stop> {
        let buffers: Vec<Vec<u8>> = pieces.iter().map(|_| self.buffer()).collect();
        let rules = self.rules(input, original);
        let rendered: Vec<Rendered> = pieces
            .into_par_iter()
            .zip(buffers)
            .with_max_len(1)
            .map(|(piece, buffer)| one(&rules, piece, buffer))
            .collect();
        let mut portions = Vec::new();
        for mut chunk in rendered {
            self.done.tally.add(std::mem::take(&mut chunk.tally));
            self.outputs.add(chunk, &mut portions);
        }
        let lost = &mut self.done.tally.lost;
        if !self.job.salvages && lost.total > 0 {
            return Err(Stop::Value(lost.first.remove(0)));
        }
        self.send(portions)
    }

    fn send(&self, portions: Vec<Portion>) -> Result<(), Stop> {
        self.ends.ready.send(Message::Portions(portions)).map_err(|_| Stop::HungUp)
    }

    /// An empty buffer, one that was used before if there is one.
    fn buffer(&mut self) -> Vec<u8> {
        while let Ok(buffers) = self.ends.written.try_recv() {
            self.spare.extend(buffers);
        }
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    /// All that can be read of an input was read.
    fn ended(&mut self, input: usize, original: &mut Original, end: End) -> Result<(), Stop> {
        let salvages = self.job.salvages;
        original.checksum = end.checksum;
        original.corrected = end.corrected;
        original.header = original.header.or(end.header);
        original.has_more = end.next.is_some();
        match end.broken {
            Some(broken) if !salvages => return Err(Stop::Record(input, broken.why)),
            Some(broken) => {
                let (at, bytes, why) = (broken.at, broken.bytes, broken.why);
                original.unread = Some(Unread { at, bytes, why });
            }
            None => {}
        }
        if let (Checksum::Wrong { stored, computed }, false) = (end.checksum, salvages) {
            return Err(Stop::Checksum { input, stored, computed });
        }
        if matches!(end.next, Some(b'*' | b'#')) {
            return Err(Stop::Log(input, end.end));
        }
        for lost in &end.losses {
            lose(&mut self.done.tally, input, original, lost);
        }
        Ok(())
    }

    /// What makes the result none although all was read.
    fn refuse(&mut self) -> Result<(), Stop> {
        let tally = &mut self.done.tally;
        if self.job.duplicates == Some(Duplicates::Refuse) && tally.duplicates.total > 0 {
            return Err(Stop::Duplicates(std::mem::take(&mut tally.duplicates)));
        }
        if !self.job.allows_loss && tally.unheld.total + tally.unheld_functions > 0 {
            let functions = tally.unheld_functions;
            return Err(Stop::Unheld { keys: std::mem::take(&mut tally.unheld), functions });
        }
        Ok(())
    }
}

/// Notes what is lost: a key, bytes that nothing can be read of, or both.
fn lose(tally: &mut Tally, input: usize, original: &mut Original, lost: &Lost) {
    let Lost { start, end, db, key, why } = lost;
    if let Some(key) = key {
        tally.lose(Named::new(input, *db, key, *start).because(why.to_string()));
    }
    if !matches!(why, Why::BadValue(_)) {
        let why = why.to_string();
        let unread = original.unread.get_or_insert(Unread { at: *start, bytes: Some(0), why });
        unread.bytes = unread.bytes.map(|bytes| bytes + (end - start));
    }
}
