//! A second look at the end of a part, where most damage is: was something written twice, or half?

use std::collections::VecDeque;

use aof_resp::{Frame, frame};
use aof_source::{Feed, ReadError};
use memchr::memmem;

use crate::mark::Tail;
use crate::timeline::Timeline;
use crate::words;

/// Bytes at the end in which a repetition is searched.
const LOOKED_AT: u64 = 4 << 20;

/// Bytes at the end of the records in which habits are studied.
const STUDIED: usize = 256 << 10;

/// Bytes that must repeat before it is called a repetition.
const SHORTEST_REPEAT: usize = 1024;

/// Records that must repeat.
const FEWEST_REPEATED: usize = 8;

/// Bytes at the very end whose earlier occurrence is searched.
const PROBE: usize = 256;

/// Earlier occurrences that are tried, the last ones first.
const TRIED: usize = 64;

/// Pairs of `SET` and `PEXPIREAT` that make a habit.
const HABIT: usize = 4;

/// Looks at the end of a part, now that it is known.
pub(crate) fn examine<F: Feed>(feed: &mut F, timeline: &mut Timeline) {
    // A second look that cannot read what the first one read has nothing to add.
    let _ = look(feed, timeline);
}

fn look<F: Feed>(feed: &mut F, timeline: &mut Timeline) -> Result<(), ReadError> {
    let end = timeline.at();
    let from = end.saturating_sub(LOOKED_AT).max(feed.earliest()).max(timeline.start());
    let window = feed.window(from, usize::try_from(end - from).unwrap_or(usize::MAX))?;
    let bytes = &window[..window.len().min(usize::try_from(end - from).unwrap_or(usize::MAX))];
    let records_end = timeline.records_end().saturating_sub(from);
    let kept = &bytes[..bytes.len().min(usize::try_from(records_end).unwrap_or(0))];
    let studied = kept.len().saturating_sub(STUDIED);
    let repeat = repeated(bytes);
    let pair = last_pair(&kept[studied..], timeline.tail.as_ref());
    if let Some(Repeat { length, records, sure }) = repeat {
        let before = &bytes[..bytes.len() - length as usize];
        let checkpoint = from + last_checkpoint(before) as u64;
        let finding = words::duplicated(end - length, length, sure);
        timeline.replace_behind(end - length, checkpoint, records, finding);
    }
    if let Some((offset, length, torn)) = pair {
        timeline.add(words::ttl_pair(from + studied as u64 + offset, length, torn));
    }
    Ok(())
}

/// The last bytes, which repeat those before them.
struct Repeat {
    length: u64,
    records: u64,
    /// Whether they hold something that a server writes only once.
    sure: bool,
}

fn repeated(bytes: &[u8]) -> Option<Repeat> {
    let (before, probe) = bytes.split_at(bytes.len().checked_sub(PROBE)?);
    let mut earlier = VecDeque::with_capacity(TRIED);
    for at in memmem::find_iter(before, probe) {
        earlier.truncate(TRIED - 1);
        earlier.push_front(before.len() - at);
    }
    let length = earlier.into_iter().find(|&length| {
        let start = bytes.len() - length;
        length >= SHORTEST_REPEAT
            && length <= start
            && bytes[start - length..start] == bytes[start..]
    })?;
    judge(&bytes[bytes.len() - length..])
}

fn judge(repeat: &[u8]) -> Option<Repeat> {
    let first = (0..repeat.len()).find(|&at| repeat[at] == b'*' && frame(&repeat[at..]).is_ok())?;
    let records = frames(&repeat[first..]).count();
    if records < FEWEST_REPEATED || is_periodic(repeat) {
        return None;
    }
    let sure = memmem::find(repeat, b"#TS:").is_some()
        || frames(&repeat[first..]).any(|(_, frame)| is_named(&frame, b"XADD"));
    Some(Repeat { length: repeat.len() as u64, records: records as u64, sure })
}

/// Whether bytes are themselves a repetition of something shorter, as a client that repeats itself writes.
fn is_periodic(bytes: &[u8]) -> bool {
    let quarter = bytes.len() / 4;
    let probe = &bytes[..PROBE.min(bytes.len())];
    memmem::find_iter(&bytes[1..(quarter + PROBE).min(bytes.len())], probe)
        .any(|at| bytes[at + 1..] == bytes[..bytes.len() - at - 1])
}

/// The `SET` that ends the records of the log, if its expiry should follow and does not: its offset, its
/// length, and whether the expiry is what was torn.
fn last_pair(records: &[u8], tail: Option<&Tail>) -> Option<(u64, u64, bool)> {
    let start = first_boundary(records)?;
    let mut habit = Habit::default();
    for (offset, frame) in frames(&records[start..]) {
        habit.take((start + offset) as u64, frame);
    }
    let (offset, set) = habit.pending?;
    let torn = tail.is_some_and(|tail| {
        tail.remains.expires
            && set.args().nth(1) == tail.remains.keys.sample.first().map(|key| key.name.as_slice())
    });
    let is_habit = habit.pairs >= HABIT && habit.alone == 0 && tail.is_none();
    (torn || is_habit).then(|| (offset, set.bytes().len() as u64, torn))
}

/// How a log writes values with an expiry.
#[derive(Default)]
struct Habit<'a> {
    /// A `SET` without options that no record follows yet.
    pending: Option<(u64, Frame<'a>)>,
    pairs: usize,
    alone: usize,
}

impl<'a> Habit<'a> {
    fn take(&mut self, offset: u64, frame: Frame<'a>) {
        if let Some((_, set)) = self.pending.take() {
            let expires =
                is_named(&frame, b"PEXPIREAT") && frame.args().nth(1) == set.args().nth(1);
            self.pairs += usize::from(expires);
            self.alone += usize::from(!expires);
        }
        if frame.argc() == 3 && is_named(&frame, b"SET") {
            self.pending = Some((offset, frame));
        }
    }
}

/// The end of the last whole record outside a transaction; 0 if none can be made out.
fn last_checkpoint(records: &[u8]) -> usize {
    let Some(start) = first_boundary(records) else { return 0 };
    let (mut checkpoint, mut is_open) = (start, false);
    for (offset, frame) in frames(&records[start..]) {
        is_open = is_named(&frame, b"MULTI") || (is_open && !is_named(&frame, b"EXEC"));
        if !is_open {
            checkpoint = start + offset + frame.bytes().len();
        }
    }
    checkpoint
}

fn is_named(frame: &Frame<'_>, name: &[u8]) -> bool {
    frame.args().next().is_some_and(|first| first.eq_ignore_ascii_case(name))
}

/// Where the first of a chain of records begins that reaches the end.
fn first_boundary(records: &[u8]) -> Option<usize> {
    (0..records.len().min(64 << 10)).find(|&at| {
        records[at] == b'*' && {
            let mut rest = &records[at..];
            let chain = std::iter::from_fn(|| {
                let (next, _) = frame(rest).ok()?;
                rest = next;
                Some(())
            });
            chain.take(HABIT).count() == HABIT || rest.is_empty()
        }
    })
}

/// The records at the start of `bytes`, annotations passed over, up to the first that is none.
fn frames(bytes: &[u8]) -> impl Iterator<Item = (usize, Frame<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while bytes.get(at) == Some(&b'#') {
            at += memchr::memchr(b'\n', &bytes[at..])? + 1;
        }
        let (_, frame) = frame(bytes.get(at..)?).ok()?;
        let start = at;
        at += frame.bytes().len();
        Some((start, frame))
    })
}
