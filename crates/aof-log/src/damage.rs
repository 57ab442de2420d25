//! What to make of bytes that are no record: another grammar, a gap, or the tail.

use std::fmt::Write as _;

use aof_resp::{Command, FaultKind, Grammar, Table};
use aof_source::{Feed, ReadError};

use crate::block::Scanner;
use crate::chain::{find_chain, find_chain_across, find_chain_to_end};
use crate::finding::FindingId;
use crate::mark::{Gap, GapCause, Tail, TailKind, What};
use crate::remains::{SHORTEST_HOLE, examine, is_nul};
use crate::walk::{Bounds, Broken, Payload, walk};

/// The longest record that is tried in another grammar.
pub(crate) const LONGEST_OTHER: usize = 1 << 20;

/// Other grammars in the order they are tried, and what a record that only they can read is called.
const OTHERS: [(Grammar, FindingId); 3] = [
    (Grammar::Loader, FindingId::AofFrameLoose),
    (Grammar::LineFeed, FindingId::AofCrlfStripped),
    (Grammar::AddedCr, FindingId::AofCrlfAdded),
];

impl<F: Feed> Scanner<'_, F> {
    /// Nothing strictly formed begins at the current offset.
    pub(crate) fn broken(&mut self, broken: Broken) -> Result<(), ReadError> {
        for (grammar, id) in OTHERS {
            if self.other_grammar(grammar, id)? {
                return Ok(());
            }
        }
        let fault = self.at;
        let detail = describe(&broken, fault);
        if self.is_at_rdb()? {
            return match find_chain(self.feed, fault + 1, u64::MAX)? {
                Some(next) => self.gap(fault, next, GapCause::Rdb, detail),
                None => self.tail(fault, TailKind::Rdb, detail),
            };
        }
        // One of the values of the record before may be too long, and end inside a later record.
        if let Some(start) = self.readable_previous()
            && let Some(next) = find_chain_across(self.feed, start + 1, fault)?
        {
            self.marks.take_back(start);
            // Now that it is known to be broken, records may stand between as well.
            let next = find_chain(self.feed, start + 1, next)?.unwrap_or(next);
            return self.gap(start, next, GapCause::BadFrame, detail);
        }
        match find_chain(self.feed, fault + 1, u64::MAX)? {
            Some(next) => {
                let start = self.miscounted_before()?.unwrap_or(fault);
                if start < fault {
                    self.marks.take_back(start);
                }
                self.gap(start, next, GapCause::BadFrame, detail)
            }
            None => self.tail(fault, TailKind::Garbage, detail),
        }
    }

    /// The part ends inside the record at the current offset.
    pub(crate) fn cut(&mut self, args: u32, payload: Option<Payload>) -> Result<(), ReadError> {
        if self.other_grammar(Grammar::LineFeed, FindingId::AofCrlfStripped)? {
            return Ok(());
        }
        let start = self.at;
        if let Some(payload) = payload.filter(|_| !self.goes_on)
            && let Some(next) = find_chain_to_end(self.feed, start + 1, payload)?
        {
            let detail = format!(
                "argument {} claims {} bytes, more than the file has, while whole records go on inside it",
                args + 1,
                payload.length
            );
            return self.gap(start, next, GapCause::BadFrame, detail);
        }
        let detail = match payload {
            Some(payload) => format!("argument {} needs {} bytes", args + 1, payload.length),
            None => format!("the header of argument {} is cut off", args + 1),
        };
        self.tail(start, TailKind::Torn, detail)
    }

    pub(crate) fn torn_annotation(&mut self) -> Result<(), ReadError> {
        self.tail(self.at, TailKind::TornAnnotation, "an annotation has no line end".to_owned())
    }

    pub(crate) fn broken_annotation(&mut self) -> Result<(), ReadError> {
        let (at, kind) = (self.at, FaultKind::Annotation);
        self.broken(Broken { at, kind, args: 0, payload: None })
    }

    /// The record at the current offset is well formed, but has a number of arguments that its command does not
    /// take, and more arguments follow at `end`: the number is wrong.
    pub(crate) fn miscounted(&mut self, end: u64) -> Result<(), ReadError> {
        let start = self.at;
        let detail = "its number of arguments is too small: one more follows".to_owned();
        match find_chain(self.feed, end, u64::MAX)? {
            Some(next) => self.gap(start, next, GapCause::BadFrame, detail),
            None => self.tail(start, TailKind::Garbage, detail),
        }
    }

    /// Argument `index` of the record at the current offset is too long and hides the records from `next` on.
    pub(crate) fn swallowing(
        &mut self,
        index: u32,
        payload: Payload,
        next: u64,
    ) -> Result<(), ReadError> {
        let detail = format!(
            "argument {} claims {} bytes, and so swallows whole records from byte {next} on",
            index + 1,
            payload.length
        );
        self.gap(self.at, next, GapCause::BadFrame, detail)
    }

    /// Reads the record at the current offset in another grammar, if what follows bears it out.
    fn other_grammar(&mut self, grammar: Grammar, id: FindingId) -> Result<bool, ReadError> {
        let (start, mut length) = (self.at, 64 << 10);
        if start < self.feed.earliest() {
            return Ok(false);
        }
        let end = loop {
            let window = self.feed.window(start, length)?;
            let window = &window[..window.len().min(length)];
            match grammar.frame(window) {
                Ok((rest, head)) => {
                    let consumed = window.len() - rest.len();
                    self.head.set(&head);
                    break start + consumed as u64;
                }
                Err(nom::Err::Incomplete(_))
                    if length < LONGEST_OTHER && window.len() == length =>
                {
                    length = LONGEST_OTHER;
                }
                Err(_) => return Ok(false),
            }
        };
        let command = Table::get().resolve(&self.head.head());
        let rest = self.feed.window(end, 256)?;
        if command.is_none() || !grammar.may_precede(&rest[..rest.len().min(256)]) {
            return Ok(false);
        }
        self.marks.oddity(id, "", start, end);
        self.command(end, command);
        Ok(true)
    }

    /// The record before, if an argument follows it and it may have been counted short.
    fn miscounted_before(&mut self) -> Result<Option<u64>, ReadError> {
        let Some(previous) = self.readable_previous() else {
            return Ok(None);
        };
        if self.feed.window(self.at, 1)?.first() != Some(&b'$') {
            return Ok(None);
        }
        walk(self.feed, previous, Bounds::NONE, &mut self.head)?;
        let head = self.head.head();
        let takes_more = |command: &Command| command.accepts(head.argc.saturating_add(1));
        Ok(Table::get().resolve(&head).is_some_and(takes_more).then_some(previous))
    }

    fn readable_previous(&self) -> Option<u64> {
        self.previous.filter(|at| *at >= self.feed.earliest())
    }

    fn is_at_rdb(&mut self) -> Result<bool, ReadError> {
        if self.at < self.feed.earliest() {
            return Ok(false);
        }
        let window = self.feed.window(self.at, 9)?;
        let version = |magic: &[u8], digits: usize| {
            let rest = window.strip_prefix(magic).and_then(|rest| rest.get(..digits));
            rest.is_some_and(|rest| rest.iter().all(u8::is_ascii_digit))
        };
        Ok(version(b"REDIS", 4) || version(b"VALKEY", 3))
    }

    fn gap(
        &mut self,
        start: u64,
        next: u64,
        cause: GapCause,
        detail: String,
    ) -> Result<(), ReadError> {
        self.feed.keep_from(start);
        let (remains, hole) = examine(self.feed, start, next)?;
        self.marks.push(next, What::Gap(Box::new(Gap { cause, detail, hole, remains })));
        (self.at, self.previous) = (next, None);
        Ok(())
    }

    fn tail(&mut self, start: u64, kind: TailKind, mut detail: String) -> Result<(), ReadError> {
        self.feed.keep_from(start);
        let (end, padding) = self.padding(start)?;
        let (mut remains, _) = examine(self.feed, start, end)?;
        let is_padded = padding == end - start || padding >= SHORTEST_HOLE;
        let kind = if is_padded && kind != TailKind::Rdb { TailKind::Nul } else { kind };
        match kind {
            TailKind::Torn => (remains.min, remains.max) = (1, 1),
            TailKind::TornAnnotation => (remains.min, remains.max) = (0, 0),
            TailKind::Nul => {
                detail.clear();
                let partial = end - start - padding;
                if partial > 0 {
                    write!(detail, "{partial} bytes of a record, then ")
                        .expect("a string takes it");
                }
                write!(detail, "{padding} zero bytes").expect("a string takes it");
            }
            TailKind::Garbage | TailKind::Rdb => {}
        }
        self.marks.push(end, What::Tail(Box::new(Tail { kind, detail, remains })));
        (self.at, self.previous) = (end, None);
        Ok(())
    }

    /// The end of the part, and how many of the bytes from `start` on, at the end, are NUL.
    fn padding(&mut self, start: u64) -> Result<(u64, u64), ReadError> {
        let from = start.max(self.feed.earliest());
        let (mut at, mut content_end) = (from, from);
        loop {
            let window = self.feed.window(at, 64 << 10)?;
            if window.is_empty() {
                return Ok((at, at - content_end));
            }
            if !is_nul(window)
                && let Some(last) = window.iter().rposition(|byte| *byte != 0)
            {
                content_end = at + last as u64 + 1;
            }
            at += window.len() as u64;
        }
    }
}

/// Why a record is broken, in words; it began at `start`.
fn describe(broken: &Broken, start: u64) -> String {
    let number = broken.args + 1;
    match (broken.kind, broken.payload) {
        (FaultKind::PayloadEnd, Some(payload)) => {
            format!(
                "argument {number} claims {} bytes, but no CRLF stands behind them",
                payload.length
            )
        }
        (FaultKind::Star, _) => "no record begins here".to_owned(),
        (kind, _) if broken.at <= start + 2 => kind.to_string(),
        (kind, _) => format!("argument {number}: {kind}"),
    }
}
