//! A second look at the end of a part, where most damage is: was something written twice, or half?

use std::collections::VecDeque;

use aof_resp::{Frame, frame};
use aof_source::{Feed, ReadError, WINDOW};
use memchr::memmem;

use crate::mark::Tail;
use crate::timeline::Timeline;
use crate::words;

/// Bytes at the end in which a repetition is searched.
pub(crate) const LOOKED_AT: u64 = 4 << 20;

/// Bytes at the end of the records in which habits are studied, and in which signs of a repetition are searched: as
/// many as a feed reads at once.
const LAST: u64 = WINDOW as u64;

/// Bytes that must repeat before it is called a repetition.
const SHORTEST_REPEAT: usize = 1024;

/// Records that must repeat.
const FEWEST_REPEATED: usize = 8;

/// Bytes at the very end whose earlier occurrence is searched.
const PROBE: usize = 256;

/// Bytes of a sample of what stands before, which yields a key.
const SAMPLE: u64 = 4 << 10;

/// Bytes that are searched of a sample.
const KEY: usize = 64;

/// The end of a record and the beginning of the next one.
const BEGIN: &[u8] = b"\n*";

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
    if feed.look_back() < u64::MAX {
        // Whoever decodes begins anew for each step back: all that is looked at is held at once instead.
        exactly(feed, from, end)?;
    }
    let samples = samples(feed, from, end)?;
    let may_repeat =
        occurs_twice(exactly(feed, end.saturating_sub(LAST).max(from), end)?, &samples);
    let studied = timeline.records_end().saturating_sub(LAST).max(from);
    let kept = exactly(feed, studied, timeline.records_end())?;
    let pair = last_pair(kept, timeline.tail.as_ref());
    if may_repeat {
        let bytes = exactly(feed, from, end)?;
        if let Some(Repeat { length, records, sure }) = repeated(bytes) {
            let before = &bytes[..bytes.len() - length as usize];
            let checkpoint = from + last_checkpoint(before) as u64;
            let finding = words::duplicated(end - length, length, sure);
            timeline.replace_behind(end - length, checkpoint, records, finding);
        }
    }
    if let Some((offset, length, torn)) = pair {
        timeline.add(words::ttl_pair(studied + offset, length, torn));
    }
    Ok(())
}

/// The bytes from one place to another, or as many of them as there are.
fn exactly<F: Feed>(feed: &mut F, from: u64, to: u64) -> Result<&[u8], ReadError> {
    let want = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    if want == 0 {
        return Ok(&[]);
    }
    let window = feed.window(from, want)?;
    Ok(&window[..window.len().min(want)])
}

/// Keys from before the last bytes, at such distances that a repetition too long for the last bytes alone would have
/// made one of them occur there once more. A set has many ends, and to read all that is looked at would take a third
/// of the time of a part.
fn samples<F: Feed>(feed: &mut F, from: u64, end: u64) -> Result<Vec<[u8; KEY]>, ReadError> {
    // So much of a repetition is searched; one that is not as long lies in the last bytes as a whole.
    let covered = LAST - SAMPLE;
    // No further back than that: both copies have to be in what is looked at.
    let earliest = end.saturating_sub((end - from) / 2 + covered).max(from);
    let mut keys = Vec::new();
    let mut next = end.checked_sub(LAST);
    while let Some(at) = next.filter(|at| *at >= earliest) {
        keys.extend(key(exactly(feed, at, at + SAMPLE)?));
        next = at.checked_sub(covered - SAMPLE);
    }
    Ok(keys)
}

/// Bytes of a sample: those where a record begins, if one does, so that they need not be searched everywhere.
fn key(sample: &[u8]) -> Option<[u8; KEY]> {
    let begin = memmem::find(sample, BEGIN).unwrap_or_default();
    let from_begin = sample.get(begin..).and_then(<[u8]>::first_chunk);
    from_begin.or_else(|| sample.first_chunk()).copied()
}

/// Whether the end of the last bytes occurs among them once more, or one of the keys does.
fn occurs_twice(last: &[u8], keys: &[[u8; KEY]]) -> bool {
    let Some(before) = last.len().checked_sub(PROBE) else { return false };
    let (before, probe) = last.split_at(before);
    if memmem::find(before, probe).is_some() {
        return true;
    }
    // The first sample is what the last bytes begin with.
    let behind = last.get(SAMPLE as usize..).unwrap_or_default();
    let (of_records, others): (Vec<&[u8; KEY]>, Vec<_>) =
        keys.iter().partition(|key| key.starts_with(BEGIN));
    others.into_iter().any(|key| memmem::find(behind, &key[..]).is_some())
        || begins_with_one_of(behind, &of_records)
}

/// Whether a record begins as one of these does.
fn begins_with_one_of(bytes: &[u8], keys: &[&[u8; KEY]]) -> bool {
    // Records begin alike, so the ends of the keys are compared first.
    let mark = |key: &[u8; KEY]| key.last_chunk().map_or(0, |end| u64::from_le_bytes(*end));
    let marks: Vec<u64> = keys.iter().map(|key| mark(key)).collect();
    let is_one = |found: &[u8; KEY]| marks.contains(&mark(found)) && keys.contains(&found);
    !keys.is_empty()
        && memmem::find_iter(bytes, BEGIN).any(|at| bytes[at..].first_chunk().is_some_and(is_one))
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
    let may_be_torn = tail.is_some_and(|tail| tail.remains.expires);
    for (offset, frame) in frames(&records[start..]) {
        habit.take((start + offset) as u64, frame);
        if habit.alone > 0 && !may_be_torn {
            return None;
        }
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

#[cfg(test)]
mod tests {
    use aof_source::Part as _;

    use super::*;

    /// Bytes that are like no others: a number in every eight of them, and none that begins a record.
    fn unlike(from: u64, count: usize) -> Vec<u8> {
        let number = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
        let bytes = (from..).flat_map(number).map(|byte| if byte == b'*' { b'+' } else { byte });
        bytes.take(count).collect()
    }

    /// The same as records of sixty bytes.
    fn records(from: u64, count: usize) -> Vec<u8> {
        let record = |number: u64| {
            format!("*3\r\n$3\r\nSET\r\n$20\r\n{number:020}\r\n$10\r\n{:010}\r\n", number % 97)
        };
        let bytes = (from..).flat_map(|number| record(number).into_bytes());
        bytes.take(count).collect()
    }

    fn shows_signs(bytes: &[u8]) -> bool {
        let (mut feed, end) = (bytes.feed(), bytes.len() as u64);
        let from = end.saturating_sub(LOOKED_AT);
        let samples = samples(&mut feed, from, end).unwrap();
        let last = exactly(&mut feed, end.saturating_sub(LAST).max(from), end).unwrap();
        occurs_twice(last, &samples)
    }

    #[test]
    fn a_repetition_of_any_length_that_is_looked_for_shows_signs() {
        let (sample, last, half) = (SAMPLE as usize, LAST as usize, LOOKED_AT as usize / 2);
        let lengths = [
            SHORTEST_REPEAT,
            100_000,
            last / 2,
            last - PROBE - 1,
            last - PROBE,
            last - PROBE + 1,
            last - sample - 1,
            last - sample,
            last - sample + 1,
            last - 1,
            last,
            last + 1,
            2 * last - 2 * sample,
            2 * last - sample + 1,
            1 << 20,
            half - last,
            half - PROBE,
            half - 1,
            half,
        ];
        for length in lengths {
            for make in [unlike, records] {
                let block = make(7, length);
                for before in [0, 300 << 10] {
                    let bytes = [&make(1 << 32, before)[..], &block, &block].concat();
                    assert!(shows_signs(&bytes), "{length} bytes behind {before}");
                }
            }
        }
    }

    #[test]
    fn what_does_not_repeat_shows_none_and_is_not_read_once_more() {
        for count in [0, 1, PROBE, 5000, 256 << 10, 1 << 20, 5 << 20] {
            assert!(!shows_signs(&unlike(0, count)), "{count} bytes");
            assert!(!shows_signs(&records(0, count)), "{count} bytes of records");
        }
    }
}
