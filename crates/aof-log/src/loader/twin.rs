//! The loop of a loader: lines, arguments, commands, transactions, and what it does at the end of the file.

use aof_resp::{Head, Table, frame_with};
use aof_source::{Feed, ReadError};

use crate::forecast::Conf;

use super::line::Line;
use super::lookup::{Found, Lookup, Run};
use super::{Ending, PartView, Stop, words};

/// Bytes asked for at once.
const USUAL: usize = 64 << 10;

/// Bytes kept of each of the first two arguments; longer than any command's name.
const KEPT: usize = 256;

/// The largest value that a server takes from a client unless it is told otherwise. It gets so much memory.
const SURE_OF_MEMORY: u64 = 512 << 20;

/// What no process can be given: the address space of today's machines.
const NO_MEMORY: u64 = 1 << 47;

/// Bytes that a loader takes for each argument before it reads it.
const POINTER: u64 = 8;

/// A loader at work.
pub(super) struct Twin<'t, F> {
    feed: &'t mut F,
    part: PartView<'t>,
    lookup: Lookup<'t>,
    conf: &'t Conf,
    /// Where it reads.
    at: u64,
    /// Where it would cut: behind the last record that it ran or queued. `None` where nobody knows what it
    /// remembers of a preamble.
    valid_up_to: Option<u64>,
    /// The same, when it read the last `MULTI`, be it nested.
    valid_before_multi: Option<u64>,
    group: Option<Group>,
    effective: u64,
    commands: u64,
}

/// A transaction whose `EXEC` was not read yet.
struct Group {
    start: u64,
    /// Its records, `MULTI` included.
    records: u64,
    /// How the server ends if it runs them.
    harm: Option<Halt>,
}

/// Why a loader does not go on.
enum Halt {
    /// No record, or no argument, stands where one must.
    BadFormat(String),
    /// The file ends inside the record that begins here.
    ShortRead(u64),
    Ends(Ending, String),
}

/// Why reading stopped.
enum Interrupt {
    Halt(Halt),
    Unreadable(ReadError),
}

impl From<ReadError> for Interrupt {
    fn from(error: ReadError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<Halt> for Interrupt {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

/// What a loader must know of a record.
struct Record {
    start: u64,
    argc: u32,
    /// The first two arguments, cut after [`KEPT`] bytes.
    head: [Vec<u8>; 2],
}

impl<'t, F: Feed> Twin<'t, F> {
    pub(super) fn new(
        feed: &'t mut F,
        part: &PartView<'t>,
        lookup: Lookup<'t>,
        conf: &'t Conf,
    ) -> Self {
        let first = match lookup.server().keeps_preamble() {
            Some(true) => Some(part.records_from),
            Some(false) => Some(0),
            None => (part.records_from == 0).then_some(0),
        };
        Self {
            feed,
            part: *part,
            lookup,
            conf,
            at: part.records_from,
            valid_up_to: first,
            valid_before_multi: first,
            group: None,
            effective: part.records_from,
            commands: 0,
        }
    }

    /// Loads from a place on before which `commands` records took effect, and no transaction is open.
    pub(super) fn run(mut self, from: u64, commands: u64) -> Result<Stop, ReadError> {
        if commands > 0 {
            (self.at, self.effective, self.commands) = (from, from, commands);
            self.valid_up_to = Some(from);
        }
        loop {
            self.feed.keep_from(self.at);
            match self.plain_run().and_then(|()| self.record()) {
                Ok(true) => {}
                Ok(false) => return Ok(self.end()),
                Err(Interrupt::Halt(halt)) => return Ok(self.halt(halt)),
                Err(Interrupt::Unreadable(error)) => return Err(error),
            }
        }
    }

    /// Bytes from the current place on, as far as the file goes.
    fn window(&mut self, want: usize) -> Result<&[u8], ReadError> {
        let left = usize::try_from(self.part.len.saturating_sub(self.at)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(&[]);
        }
        let window = self.feed.window(self.at, want.min(left))?;
        Ok(&window[..window.len().min(left)])
    }

    /// Passes over records that every server reads and runs alike.
    fn plain_run(&mut self) -> Result<(), Interrupt> {
        if self.lookup.has_renamed() {
            return Ok(());
        }
        let window = self.window(USUAL)?;
        let (table, mut rest, mut records) = (Table::get(), window, 0);
        loop {
            let mut name = &rest[..0];
            let parsed = frame_with(rest, |index, payload| {
                if index == 0 {
                    name = payload;
                }
            });
            match parsed {
                Ok((behind, argc)) if table.is_plain(name, argc) => rest = behind,
                _ => break,
            }
            records += 1;
        }
        let passed = (window.len() - rest.len()) as u64;
        if records > 0 {
            self.at += passed;
            self.taken(records);
        }
        Ok(())
    }

    /// Records that are neither `MULTI` nor `EXEC` end here, and are run or queued.
    fn taken(&mut self, records: u64) {
        match &mut self.group {
            Some(group) => group.records += records,
            None => self.took_effect(records),
        }
        self.valid_up_to = Some(self.at);
    }

    fn took_effect(&mut self, records: u64) {
        self.commands += records;
        self.effective = self.at;
    }

    /// Reads an annotation or a record, and runs it; false at the end of the file.
    fn record(&mut self) -> Result<bool, Interrupt> {
        let start = self.at;
        let Some(line) = self.line()? else {
            return Ok(false);
        };
        if line.marker == b'#' && self.lookup.server().accepts_annotations() {
            return Ok(true);
        }
        if line.marker != b'*' {
            return Err(Halt::BadFormat(words::no_record(start)).into());
        }
        if line.is_bare {
            // An error of the disk, to the server, unless it has seen the end of the file.
            return Err(match line.meets_end {
                true => Halt::ShortRead(start),
                false => Halt::Ends(Ending::Refuses, words::no_record(start)),
            }
            .into());
        }
        let argc = u32::try_from(line.argc()).ok().filter(|argc| *argc > 0);
        let argc = argc.ok_or_else(|| Halt::BadFormat(words::no_record(start)))?;
        if u64::from(argc) * POINTER > SURE_OF_MEMORY {
            return Err(Halt::Ends(Ending::Unknown, words::huge_length(start)).into());
        }
        let record = self.arguments(start, argc)?;
        self.execute(&record)?;
        Ok(true)
    }

    fn line(&mut self) -> Result<Option<Line>, ReadError> {
        let limit = self.lookup.server().line_limit();
        let line = Line::read(self.window(limit)?, limit);
        self.at += line.map_or(0, |line| line.length as u64);
        Ok(line)
    }

    fn arguments(&mut self, start: u64, argc: u32) -> Result<Record, Interrupt> {
        let mut record = Record { start, argc, head: [Vec::new(), Vec::new()] };
        for index in 0..argc {
            let at = self.at;
            let line = self.line()?.ok_or(Halt::ShortRead(start))?;
            if line.marker != b'$' {
                return Err(Halt::BadFormat(words::no_argument(at, start)).into());
            }
            let kept = record.head.get_mut(index as usize);
            let length = u64::try_from(line.number).unwrap_or(u64::MAX);
            self.payload(start, at, length, kept)?;
        }
        Ok(record)
    }

    /// Passes over a payload whose header stands at `header`, and the two bytes behind it.
    fn payload(
        &mut self,
        start: u64,
        header: u64,
        length: u64,
        kept: Option<&mut Vec<u8>>,
    ) -> Result<(), Interrupt> {
        if length >= NO_MEMORY {
            return Err(Halt::Ends(Ending::Crashes, words::bad_length(header)).into());
        }
        if let Some(kept) = kept {
            let shown = usize::try_from(length).unwrap_or(KEPT).min(KEPT);
            let window = self.window(shown)?;
            kept.extend_from_slice(&window[..window.len().min(shown)]);
        }
        let end = self.at + length + 2;
        if end > self.part.len && length > SURE_OF_MEMORY {
            return Err(Halt::Ends(Ending::Unknown, words::huge_length(header)).into());
        }
        if end > self.part.len {
            return Err(Halt::ShortRead(start).into());
        }
        self.at = end;
        Ok(())
    }

    fn execute(&mut self, record: &Record) -> Result<(), Interrupt> {
        let Record { start, argc, .. } = *record;
        let [name, second] = &record.head;
        let command = match self.lookup.find(&Head { argc, name, second }) {
            Found::Command(command) => command,
            Found::Unknown => {
                return Err(Halt::Ends(Ending::Refuses, words::unknown_bytes(name, start)).into());
            }
            Found::Module => {
                return Err(Halt::Ends(Ending::Unknown, words::module(name, start)).into());
            }
        };
        let (name, run) = (command.name(), self.lookup.run(command, argc));
        if run == Run::Refuses {
            return Err(Halt::Ends(Ending::Refuses, words::arity(name, argc, start)).into());
        }
        if name == "MULTI" {
            self.valid_before_multi = self.valid_up_to;
        }
        let harm = match run {
            Run::CrashesInGroup if self.group.is_some() => {
                Some(Halt::Ends(Ending::Crashes, words::discard(start)))
            }
            Run::Unknown => Some(Halt::Ends(Ending::Unknown, words::unforeseeable(name, start))),
            _ => None,
        };
        self.step(name, start, harm)
    }

    /// Runs a command, or queues it.
    fn step(&mut self, name: &str, start: u64, harm: Option<Halt>) -> Result<(), Interrupt> {
        match self.group.take() {
            Some(group) if name == "EXEC" => {
                if let Some(harm) = group.harm.or(harm) {
                    return Err(harm.into());
                }
                self.took_effect(group.records + 1);
            }
            Some(mut group) => {
                group.records += 1;
                group.harm = group.harm.or(harm);
                self.group = Some(group);
            }
            None if harm.is_none() && name == "MULTI" => {
                self.group = Some(Group { start, records: 1, harm: None });
            }
            None => {
                harm.map_or(Ok(()), Err)?;
                self.took_effect(1);
            }
        }
        self.valid_up_to = Some(self.at);
        Ok(())
    }

    /// The file ends behind a whole record.
    fn end(self) -> Stop {
        match &self.group {
            None => self.stop(Ending::Whole, String::new()),
            Some(group) => {
                let (to, why) = (self.valid_before_multi, words::open(group.start));
                self.cut(to, why)
            }
        }
    }

    fn halt(self, halt: Halt) -> Stop {
        match halt {
            Halt::Ends(ending, why) => self.stop(ending, why),
            Halt::BadFormat(why) => self.bad_format(why),
            Halt::ShortRead(start) => self.short_read(start),
        }
    }

    fn short_read(self, start: u64) -> Stop {
        let Some(group) = &self.group else {
            let to = self.valid_up_to;
            return self.cut(to, words::torn(start));
        };
        let why = words::torn_in_group(start, group.start);
        let to = match self.lookup.server().cuts_open_group_with_torn_record() {
            Some(true) => self.valid_before_multi,
            Some(false) => self.valid_up_to,
            None => None,
        };
        self.cut(to, why)
    }

    /// Since Redis 8.4 a bad tail may be cut like a torn one, if it is short and somebody allowed it. What happens
    /// at just the limit, and inside a transaction, nobody looked at.
    fn bad_format(self, why: String) -> Stop {
        let limit = self.conf.corrupt_tail_max;
        if !self.lookup.server().has_corrupt_tail_option() || limit == 0 {
            return self.stop(Ending::Refuses, why);
        }
        let tail = self.part.len - self.valid_up_to.unwrap_or(0);
        match self.valid_up_to {
            _ if tail > limit => self.stop(Ending::Refuses, why),
            Some(to) if tail < limit && self.group.is_none() => {
                self.stop(Ending::Cut { to }, words::corrupt_tail(&why, tail))
            }
            _ => self.stop(Ending::Unknown, words::doubtful_tail(&why)),
        }
    }

    /// The file ends too early: it is cut, if that is allowed.
    fn cut(self, to: Option<u64>, why: String) -> Stop {
        match to {
            _ if !self.conf.load_truncated => self.stop(Ending::Refuses, words::not_allowed(&why)),
            Some(to) if to < self.part.records_from => {
                self.stop(Ending::Cut { to }, words::whole_file(&why))
            }
            Some(to) => self.stop(Ending::Cut { to }, why),
            None => self.stop(Ending::Unknown, words::doubtful_cut(&why)),
        }
    }

    fn stop(self, ending: Ending, why: String) -> Stop {
        Stop { ending, effective: self.effective, commands: self.commands, why }
    }
}
