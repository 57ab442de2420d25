//! Scanning one block: from bytes to marks.
//!
//! Nearly all records of a log are plain; they are counted in [`plain_run`] at the speed of memory. What is
//! not plain leaves that loop and is judged one by one: here if it is a record or an annotation, in
//! [`damage`](crate::damage) if it is neither.

use aof_resp::{Annotation, Command, Head, Opening, Replay, Table, annotation, frame, frame_like};
use aof_source::{Feed, ReadError};
use nom::Err;

use crate::demand::Demands;
use crate::ending::LOOKED_AT;
use crate::finding::FindingId;
use crate::mark::{BROKEN_CLOCK, Marks, What};
use crate::swallow::{is_suspect, true_end};
use crate::walk::{Bounds, HeadBuffer, Payload, SHORTEST_SUSPECT, Walk, walk, walk_inspecting};

/// Bytes asked for at once: a record that is longer is read piece by piece.
const USUAL: usize = 16 << 10;

/// Values that are all NUL are worth a note from this length on.
const SHORTEST_ZEROED: u64 = 32;

/// Where a scan stands: between two records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// 0, or the end of a record, annotation or gap.
    pub(crate) at: u64,
    /// Start of the record that ends at `at`, if it has no mark of its own: it may have to be taken back.
    pub(crate) previous: Option<u64>,
}

/// Scans the records that begin from `cursor` on and before `until`, adds their marks to those of what stands
/// before, and moves the cursor to where the next record begins; to the one that cannot be read, if it fails.
pub(crate) fn scan<F: Feed>(
    feed: &mut F,
    cursor: &mut Cursor,
    until: u64,
    marks: &mut Marks,
) -> Result<(), ReadError> {
    let mut scanner = Scanner::new(feed, *cursor, marks);
    let result = scanner.run(until);
    *cursor = Cursor { at: scanner.at, previous: scanner.previous };
    result
}

/// Scans all whole records from `from` to `end`, where the readable bytes end, and leaves out what they cut off.
pub(crate) fn scan_whole<F: Feed>(
    feed: &mut F,
    from: Cursor,
    end: u64,
    marks: &mut Marks,
) -> Result<(), ReadError> {
    let mut scanner = Scanner::new(feed, from, marks);
    scanner.goes_on = true;
    scanner.run(end)?;
    if marks.marks.last().is_some_and(|mark| matches!(mark.what, What::Tail(_))) {
        marks.marks.pop();
    }
    Ok(())
}

pub(crate) struct Scanner<'s, F> {
    pub(crate) feed: &'s mut F,
    pub(crate) at: u64,
    /// Start of the record that ends at `at`, if it has no mark of its own.
    pub(crate) previous: Option<u64>,
    pub(crate) marks: &'s mut Marks,
    pub(crate) head: HeadBuffer,
    /// Whether there is more behind the end, which cannot be read: nothing can be learned from a record that the
    /// end cuts off.
    pub(crate) goes_on: bool,
}

/// Plain records at the start of a window, and what follows them.
struct PlainRun {
    records: u64,
    bytes: usize,
    last: usize,
    next: Next,
}

/// Why a run of plain records ends.
enum Next {
    /// It has gone far enough.
    Limit,
    /// A whole record of so many bytes that is not plain.
    Record(usize, Judgement),
    /// Something that needs a closer look, or more than this window.
    Unclear,
}

/// Counts plain records that begin in the first `limit` bytes of a window, which begins at `at`, and notes those
/// that only some servers know.
fn plain_run(window: &[u8], limit: u64, at: u64, demands: &mut Demands) -> PlainRun {
    let table = Table::get();
    let (mut records, mut bytes, mut last) = (0, 0, 0);
    // Of a plain record.
    let mut opening = Opening::NONE;
    let next = loop {
        if bytes as u64 >= limit {
            break Next::Limit;
        }
        let input = &window[bytes..];
        let (mut name, mut is_odd) = (&input[..0], false);
        let known = Some(&opening).filter(|opening| opening.begins(input));
        let parsed = frame_like(input, known, |index, payload| {
            if index == 0 {
                name = payload;
            } else if payload.len() >= SHORTEST_SUSPECT {
                is_odd |= is_suspect(payload);
            }
        });
        match parsed {
            Ok((rest, argc)) if !is_odd => {
                let end = window.len() - rest.len();
                if known.is_some() {
                    // As plain as the one that it begins like.
                } else if table.is_plain(name, argc) {
                    opening.learn(records, input, argc, name);
                } else {
                    let start = at + bytes as u64;
                    match judge_other(name, argc, &window[bytes..end], start, demands) {
                        Some(Judgement::Plain) => {}
                        Some(judgement) => break Next::Record(end - bytes, judgement),
                        None => break Next::Unclear,
                    }
                }
                records += 1;
                (last, bytes) = (bytes, end);
            }
            _ => break Next::Unclear,
        }
    };
    PlainRun { records, bytes, last, next }
}

/// What a record comes to.
enum Judgement {
    /// It is counted.
    Plain,
    /// It has a mark of its own.
    Mark(What),
    /// It is counted, and noted as odd under this name.
    Odd(FindingId, String),
}

/// Judges a record by its command and its arguments, the first of which is the name.
fn judge<'a>(
    command: Option<&Command>,
    head: &Head<'_>,
    args: impl Iterator<Item = &'a [u8]> + Clone,
) -> Judgement {
    let Some(command) = command else {
        return Judgement::Odd(FindingId::AofCmdUnknown, head.name.escape_ascii().to_string());
    };
    let odd = |id| Judgement::Odd(id, command.name().to_owned());
    match command.name() {
        _ if !command.accepts(head.argc) => odd(FindingId::AofCmdArity),
        "SELECT" => Judgement::Mark(What::Select(database(head.second))),
        "MULTI" => Judgement::Mark(What::Multi),
        "EXEC" => Judgement::Mark(What::Exec),
        "FLUSHALL" => Judgement::Mark(What::Flush { all: true }),
        "FLUSHDB" => Judgement::Mark(What::Flush { all: false }),
        _ if command.replay(args) != Replay::Exact => odd(FindingId::AofNondeterministic),
        _ => Judgement::Plain,
    }
}

/// Judges a whole record at `start` that is well formed and not plain for every server; nothing if its command
/// does not take it as it is.
fn judge_other(
    name: &[u8],
    argc: u32,
    bytes: &[u8],
    start: u64,
    demands: &mut Demands,
) -> Option<Judgement> {
    if let Some(command) = Table::get().nearly_plain(name, argc) {
        demands.note(command, start);
        return Some(Judgement::Plain);
    }
    let (_, frame) = frame(bytes).ok()?;
    let head = Head::from(frame);
    let command = Table::get().resolve(&head).filter(|command| command.accepts(head.argc))?;
    demands.note(command, start);
    Some(judge(Some(command), &head, frame.args()))
}

impl<'s, F: Feed> Scanner<'s, F> {
    fn new(feed: &'s mut F, from: Cursor, marks: &'s mut Marks) -> Self {
        let (Cursor { at, previous }, head) = (from, HeadBuffer::default());
        Self { feed, at, previous, marks, head, goes_on: false }
    }

    fn run(&mut self, until: u64) -> Result<(), ReadError> {
        loop {
            // The end is looked at once more, and what was decoded is not decoded again for that.
            let needed = self.previous.unwrap_or(self.at);
            self.feed.keep_from(needed.saturating_sub(LOOKED_AT));
            let window = self.feed.window(self.at, USUAL)?;
            if window.is_empty() || self.at >= until {
                return Ok(());
            }
            let run = plain_run(window, until - self.at, self.at, &mut self.marks.demands);
            if run.records > 0 {
                self.previous = Some(self.at + run.last as u64);
                self.at += run.bytes as u64;
                self.marks.records(self.at, run.records);
            }
            match run.next {
                Next::Record(length, judgement) => self.mark(self.at + length as u64, judgement),
                Next::Limit | Next::Unclear if run.records == 0 => self.single()?,
                Next::Limit | Next::Unclear => {}
            }
        }
    }

    /// Judges the one thing at the current offset.
    fn single(&mut self) -> Result<(), ReadError> {
        let window = self.feed.window(self.at, USUAL)?;
        if self.at == 0 && window.starts_with(b"\xef\xbb\xbf") {
            self.marks.oddity(FindingId::AofBom, "", 0, 3);
            self.aside(3);
            return Ok(());
        }
        if window[0] == b'#' {
            return self.annotation();
        }
        match walk(self.feed, self.at, Bounds::NONE, &mut self.head)? {
            Walk::Frame { end } => self.record(end),
            Walk::Fault(broken) => self.broken(broken),
            Walk::Cut { args, payload } => self.cut(args, payload),
        }
    }

    /// Passes over bytes that are neither record nor damage.
    pub(crate) fn aside(&mut self, end: u64) {
        self.marks.push(end, What::Aside);
        (self.at, self.previous) = (end, None);
    }

    fn annotation(&mut self) -> Result<(), ReadError> {
        let window = self.feed.window(self.at, 1024)?;
        let window = &window[..window.len().min(1024)];
        let end_of = |rest: &[u8]| self.at + (window.len() - rest.len()) as u64;
        match annotation(window) {
            Ok((rest, Annotation::Time(seconds))) => {
                let end = end_of(rest);
                self.marks.push(end, What::Time(seconds));
                (self.at, self.previous) = (end, None);
                Ok(())
            }
            Ok((rest, Annotation::Unknown(line))) => {
                let (end, line) = (end_of(rest), line.to_vec());
                self.unknown_annotation(end, &line)
            }
            Err(Err::Incomplete(_)) => self.torn_annotation(),
            Err(_) => self.broken_annotation(),
        }
    }

    fn unknown_annotation(&mut self, end: u64, line: &[u8]) -> Result<(), ReadError> {
        let at = self.at;
        if let Some(seconds) = clock(line) {
            self.marks.oddity(FindingId::AofCrlfStripped, "", at, end);
            self.marks.push(end, What::Time(seconds));
            (self.at, self.previous) = (end, None);
            return Ok(());
        }
        if let Some(glued) = glued_header(line) {
            let start = at + 1 + glued as u64;
            let step = walk(self.feed, start, Bounds::NONE, &mut self.head)?;
            if let Walk::Frame { end } = step
                && Table::get().resolve(&self.head.head()).is_some()
            {
                self.marks.oddity(FindingId::AofTsGlued, "", at, end);
                self.aside(start);
                return Ok(());
            }
        }
        let label = if is_broken_clock(line) { BROKEN_CLOCK } else { "" };
        self.marks.oddity(FindingId::AofAnnotationUnknown, label, at, end);
        self.aside(end);
        Ok(())
    }

    /// Judges a strictly formed record, whose head was read.
    fn record(&mut self, end: u64) -> Result<(), ReadError> {
        let start = self.at;
        // A stream has passed a longer one, and does not go back for what one wrong digit may have done.
        if end - start <= self.feed.look_back() && self.inspect(end)? {
            return Ok(());
        }
        self.feed.keep_from(start);
        let argument_follows = self.feed.window(end, 1)?.first() == Some(&b'$');
        let command = Table::get().resolve(&self.head.head());
        if argument_follows
            && !command.is_some_and(|command| command.accepts(self.head.head().argc))
        {
            return self.miscounted(end);
        }
        self.command(end, command);
        Ok(())
    }

    /// Looks at the longer values of the record up to `end`; tells whether one of them hides other records.
    fn inspect(&mut self, end: u64) -> Result<bool, ReadError> {
        let (start, mut zeroed, mut slip) = (self.at, None, None);
        walk_inspecting(self.feed, start, |feed, index, payload| {
            if slip.is_none() {
                slip = true_end(feed, start, index, payload, end)?.map(|end| (index, payload, end));
            }
            if zeroed.is_none() && is_zeroed(feed, payload)? {
                zeroed = Some(payload);
            }
            Ok(())
        })?;
        if let Some((index, payload, true_end)) = slip {
            self.swallowing(index, payload, true_end)?;
            return Ok(true);
        }
        if let Some(Payload { start, length }) = zeroed {
            self.marks.oddity(FindingId::AofValueZeroed, "", start, start + length);
        }
        Ok(false)
    }

    /// Marks the record up to `end`, whose head was read, by what its command does.
    pub(crate) fn command(&mut self, end: u64, command: Option<&'static Command>) {
        if let Some(command) = command {
            self.marks.demands.note(command, self.at);
        }
        let judgement = judge(command, &self.head.head(), self.head.args());
        self.mark(end, judgement);
    }

    /// Marks the record up to `end`.
    fn mark(&mut self, end: u64, judgement: Judgement) {
        let start = self.at;
        (self.at, self.previous) = (end, None);
        match judgement {
            Judgement::Mark(What::Exec) => return self.marks.exec(end),
            Judgement::Mark(what) => return self.marks.push(end, what),
            Judgement::Odd(id, label) => self.marks.oddity(id, &label, start, end),
            Judgement::Plain => {}
        }
        self.previous = Some(start);
        self.marks.records(end, 1);
    }
}

/// Whether a payload is long and nothing but NUL.
fn is_zeroed<F: Feed>(feed: &mut F, payload: Payload) -> Result<bool, ReadError> {
    if payload.length < SHORTEST_ZEROED || feed.window(payload.start, 1)?.first() != Some(&0) {
        return Ok(false);
    }
    let end = payload.start + payload.length;
    let mut at = payload.start;
    while at < end {
        let window = feed.window(at, USUAL)?;
        let shown = usize::try_from(end - at).unwrap_or(usize::MAX).min(window.len());
        if shown == 0 || window[..shown].iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += shown as u64;
    }
    Ok(true)
}

/// The database that a `SELECT` names, read as servers read it.
fn database(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The seconds of a clock line that was not ended by CRLF.
pub(crate) fn clock(line: &[u8]) -> Option<u64> {
    let digits =
        line.strip_prefix(b"TS:").filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether one byte of a line is all that keeps it from being a clock line.
fn is_broken_clock(line: &[u8]) -> bool {
    let digits = line.len().saturating_sub(3);
    let wrong = line.iter().enumerate().filter(|(at, byte)| match at {
        0..3 => **byte != b"TS:"[*at],
        _ => !byte.is_ascii_digit(),
    });
    digits >= 3 && wrong.count() == 1
}

/// Where in an annotation's text the header of a record stands that was appended to it.
pub(crate) fn glued_header(line: &[u8]) -> Option<usize> {
    let star = memchr::memrchr(b'*', line)?;
    let digits = &line[star + 1..];
    (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then_some(star)
}
