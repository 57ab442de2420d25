//! A block of records, distributed to lanes.

use aof_keyspace::{Edge, LANES, Links};
use aof_resp::{Annotation, Class, Command, Opening, Table, annotation, frame_like};

use super::op::{Arg, NOTED, Op, Ops, read};

/// So many records are counted together when it is told which of them had an effect.
const TOGETHER: u64 = 64;

/// What a transaction begins or ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Multi,
    Exec,
    Discard,
}

/// Where a transaction begins or ends, and what is known before that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marked {
    pub(super) at: u32,
    pub(super) mark: Mark,
    selected: usize,
    records: u64,
    commands: u64,
}

/// The records that begin in a stretch of bytes.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Where the first record begins, and the byte behind the last; both in the bytes of the wave.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether something begins at the end that is neither a record nor an annotation.
    pub(super) is_broken: bool,
    pub(super) records: u64,
    /// Records that are no framing, such as `SELECT`.
    commands: u64,
    /// Where every [`TOGETHER`]th of them begins.
    starts: Vec<u32>,
    pub(super) ops: [Ops; LANES],
    /// Each record that reads keys which it does not name, and how many operations of each lane come before it.
    pub(super) barriers: Vec<(Op, [usize; LANES])>,
    /// Where the log tells the time, in milliseconds since the Unix epoch.
    pub(super) clocks: Vec<(u32, i64)>,
    /// Where transactions begin and end.
    pub(super) marks: Vec<Marked>,
    /// Which keys its commands connect.
    pub(super) edges: Vec<Edge>,
    /// Where databases are selected; none, if that is as it was before the block.
    selects: Vec<(u32, Option<u32>)>,
}

/// What routes go by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route<'l> {
    pub(super) links: &'l Links,
    pub(super) databases: u64,
}

/// A record like which the next may be.
struct Like {
    opening: Opening,
    /// Its command, if it is of one key.
    row: Option<&'static Command>,
    /// Its arguments, or those of the record that was read last.
    args: [Arg; NOTED],
}

impl Default for Like {
    fn default() -> Self {
        Self { opening: Opening::NONE, row: None, args: [Arg::default(); NOTED] }
    }
}

/// Whether the last key has all that belongs to it: of several keys, `MSET` sets none otherwise.
fn is_even(row: &Command, args: &[&[u8]]) -> bool {
    row.name() != "MSET" || args.len() % 2 == 1
}

impl Block {
    fn clear(&mut self, start: usize) {
        self.ops.iter_mut().for_each(Ops::clear);
        self.barriers.clear();
        self.clocks.clear();
        self.marks.clear();
        self.edges.clear();
        self.starts.clear();
        self.selects.clear();
        (self.start, self.end) = (start, start);
        (self.records, self.commands) = (0, 0);
        self.is_broken = false;
    }

    /// Takes in all whole records that begin from `start` on and before `until`.
    pub(super) fn fill(&mut self, route: Route<'_>, bytes: &[u8], start: usize, until: usize) {
        self.clear(start);
        let mut like = Like::default();
        while self.end < until {
            let input = &bytes[self.end..];
            let read = if input.first() == Some(&b'#') {
                self.annotation(input)
            } else {
                self.record(route, bytes, input, &mut like)
            };
            match read {
                Ok(rest) => self.end = bytes.len() - rest,
                Err(is_broken) => {
                    self.is_broken = is_broken;
                    break;
                }
            }
        }
    }

    /// How many bytes are left behind it; or whether it can never be one.
    fn annotation(&mut self, input: &[u8]) -> Result<usize, bool> {
        let (rest, found) = annotation(input).map_err(|error| !error.is_incomplete())?;
        if let Annotation::Time(seconds) = found {
            let millis = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
            self.clocks.push((self.end as u32, millis));
        }
        Ok(rest.len())
    }

    fn record(
        &mut self,
        route: Route<'_>,
        all: &[u8],
        input: &[u8],
        like: &mut Like,
    ) -> Result<usize, bool> {
        let Like { opening, row, args } = like;
        let known = Some(&*opening).filter(|opening| opening.begins(input));
        let parsed = frame_like(input, known, |at, payload| {
            if let Some(arg) = args.get_mut(at as usize) {
                *arg = Arg::new(payload, all);
            }
        });
        let (rest, argc) = parsed.map_err(|error| !error.is_incomplete())?;
        self.records += 1;
        let bytes = &input[..input.len() - rest.len()];
        if known.is_some() {
            args[0] = Arg::new(opening.name(input), all);
        } else {
            let name = args[0].of(all);
            *row = Table::get().lookup(name).filter(|row| row.is_of_one_key(argc));
            match row {
                Some(_) => opening.learn(self.records, bytes, argc, name),
                None => opening.forget(),
            }
        }
        let noted = args.get(..argc as usize).unwrap_or_default();
        match row {
            Some(row) => self.single(route, row, args[1].of(all), noted),
            None => self.other(route, all, bytes, noted),
        }
        Ok(rest.len())
    }

    fn single(&mut self, route: Route<'_>, row: &Command, key: &[u8], noted: &[Arg]) {
        self.count();
        let spot = route.links.spot(key);
        let op = self.op(Some(row), spot.hash);
        self.ops[spot.lane].push(op, noted);
    }

    fn count(&mut self) {
        if self.commands.is_multiple_of(TOGETHER) {
            self.starts.push(self.end as u32);
        }
        self.commands += 1;
    }

    fn op(&self, row: Option<&Command>, hash: u64) -> Op {
        Op::new(self.end, row, self.selects.len(), hash)
    }

    /// A record that is not of one key behind its name.
    fn other(&mut self, route: Route<'_>, all: &[u8], bytes: &[u8], noted: &[Arg]) {
        let (mut few, mut many) = ([&[][..]; NOTED], Vec::new());
        let args = if noted.is_empty() {
            read(bytes, &mut many);
            &many[..]
        } else {
            few.iter_mut().zip(noted).for_each(|(text, arg)| *text = arg.of(all));
            &few[..noted.len()]
        };
        self.command(route, args, noted);
    }

    fn command(&mut self, route: Route<'_>, args: &[&[u8]], noted: &[Arg]) {
        let named = Table::get().resolve_args(args);
        let row = named.filter(|row| row.accepts(args.len() as u32));
        let is_framing = row.is_some_and(|row| row.class() == Class::Control);
        if !is_framing {
            self.count();
        }
        match row.map(|row| (row, row.class())) {
            Some((row, Class::Control)) => self.control(route, row, args, noted),
            Some((row, Class::Global)) if !row.name().starts_with("FUNCTION") => {
                self.share(row, (0..route.links.lanes()).map(|lane| (lane, 0)), noted);
            }
            Some((row, Class::Scan)) => {
                let lens = std::array::from_fn(|lane| self.ops[lane].len());
                self.barriers.push((self.op(Some(row), 0), lens));
            }
            Some((row, Class::Split)) if is_even(row, args) => self.split(route, row, args, noted),
            Some((row, Class::Opaque)) => self.split(route, row, args, noted),
            Some((row, _)) => {
                let mut keys = row.key_positions(args).map(|at| args[at]);
                Links::edges(keys.clone(), &mut self.edges);
                let spot = keys.next().map(|key| route.links.spot(key)).unwrap_or_default();
                let op = self.op(Some(row), spot.hash);
                self.ops[spot.lane].push(op, noted);
            }
            // Whoever executes it finds out what is wrong with it.
            None => match named {
                Some(row) => self.split(route, row, args, noted),
                None => {
                    let op = self.op(None, 0);
                    self.ops[0].push(op, noted);
                }
            },
        }
    }

    fn control(&mut self, route: Route<'_>, row: &Command, args: &[&[u8]], noted: &[Arg]) {
        let mark = match row.name() {
            "MULTI" => Mark::Multi,
            "EXEC" => Mark::Exec,
            "DISCARD" => Mark::Discard,
            _ => {
                let number = std::str::from_utf8(args[1]).ok().and_then(|text| text.parse().ok());
                match number.filter(|number| u64::from(*number) < route.databases) {
                    Some(number) => self.selects.push((self.end as u32, Some(number))),
                    None => {
                        self.count();
                        let op = self.op(Some(row), 0);
                        self.ops[0].push(op, noted);
                    }
                }
                return;
            }
        };
        let (at, records) = (self.end as u32, self.records - 1);
        let (selected, commands) = (self.selects.len(), self.commands);
        self.marks.push(Marked { at, mark, selected, records, commands });
    }

    /// Several keys, each as if it were alone; the first lane, if there is none.
    fn split(&mut self, route: Route<'_>, row: &Command, args: &[&[u8]], noted: &[Arg]) {
        let mut hashes = [None; LANES];
        for at in row.key_positions(args) {
            let spot = route.links.spot(args[at]);
            hashes[spot.lane].get_or_insert(spot.hash);
        }
        if hashes.iter().all(Option::is_none) {
            hashes[0] = Some(0);
        }
        let lanes = (0..).zip(hashes).filter_map(|(lane, hash)| Some((lane, hash?)));
        self.share(row, lanes, noted);
    }

    fn share(
        &mut self,
        row: &Command,
        lanes: impl Iterator<Item = (usize, u64)> + Clone,
        noted: &[Arg],
    ) {
        let is_shared = lanes.clone().count() > 1;
        let mut is_counted = true;
        for (lane, hash) in lanes {
            let op = self.op(Some(row), hash);
            self.ops[lane].push(if is_shared { op.shared(is_counted) } else { op }, noted);
            is_counted = false;
        }
    }

    /// Commands some at a time: how many, and where the last of them ends.
    pub(super) fn together(&self) -> impl Iterator<Item = (u64, u32)> {
        let ends = self.starts.iter().skip(1).copied().chain([self.end as u32]);
        let counts = (0..).map(|number| TOGETHER.min(self.commands - number * TOGETHER));
        self.starts.iter().zip(counts.zip(ends)).map(|(_, counted)| counted)
    }

    /// The database of an operation, unless it is the one from before the block.
    #[inline]
    pub(super) fn db_of(&self, op: &Op) -> Option<u32> {
        let last = (op.selected as usize).checked_sub(1)?;
        self.selects.get(last)?.1
    }

    /// The database that is selected at the end, unless it is the one from before the block.
    pub(super) fn db(&self) -> Option<u32> {
        self.selects.last()?.1
    }

    /// Takes out the operations between two bytes.
    pub(super) fn discard(&mut self, from: u32, to: u32) {
        let mut before = None;
        for (at, db) in &mut self.selects {
            *db = if (from..=to).contains(at) { before } else { *db };
            before = *db;
        }
        let is_out = |op: &Op| (from..=to).contains(&op.at);
        self.barriers.retain(|(op, _)| !is_out(op));
        for (lane, ops) in self.ops.iter_mut().enumerate() {
            ops.discard(is_out, self.barriers.iter_mut().map(|(_, lens)| &mut lens[lane]));
        }
    }

    /// Takes back everything from the beginning of a transaction on.
    pub(super) fn cut(&mut self, from: u32) {
        let Some(place) = self.marks.iter().position(|marked| marked.at == from) else {
            // It began before these bytes.
            if from as usize <= self.start {
                self.clear(self.start);
            }
            return;
        };
        let Marked { selected, records, commands, .. } = self.marks[place];
        (self.records, self.commands) = (records, commands);
        self.selects.truncate(selected);
        self.marks.truncate(place);
        self.starts.truncate(commands.div_ceil(TOGETHER) as usize);
        self.clocks.retain(|(at, _)| *at < from);
        self.discard(from, u32::MAX);
        self.end = from as usize;
    }
}
