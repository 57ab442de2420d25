//! Resynchronisation: where good records begin again behind bytes that are none.
//!
//! A place is believed when the next four records, or all up to the part's end, are strictly formed,
//! known, and have an acceptable number of arguments; NUL bytes up to the end count as the end. The outcome
//! depends on the bytes and the starting offset alone. The work is linear in the bytes passed: an allowance
//! of arguments grows with them, and what it does not cover is not believed.

use aof_resp::{Annotation, Table, annotation, argc, frame_with, next_candidate, plausible};
use aof_source::{Feed, ReadError};

use crate::remains::is_nul;
use crate::walk::{Bounds, Broken, HeadBuffer, Payload, Walk, walk};

/// Records in a row that prove a place.
const PROOF: u32 = 4;

/// Bytes asked for at once while searching.
const STRIDE: usize = 64 << 10;

/// Arguments that may be read in vain before any byte was passed.
const FREE_ARGS: u64 = 1 << 20;

/// What a skip out of the window costs, in arguments: it may take a read from the storage.
const SKIP: u64 = 2048;

/// A record of this size may always be read.
const MODEST: Bounds = Bounds { args: 8, payload: 8 << 10 };

/// The largest record that a chain may hold.
const GENEROUS: Bounds = Bounds { args: 1 << 20, payload: u64::MAX };

/// Values longer than this no server accepts, unless it is told to.
const LARGEST_VALUE: u64 = 512 << 20;

/// Bytes of `#TS:`, twenty digits, CRLF.
const LONGEST_CLOCK_LINE: u64 = 26;

/// The first place at or behind `from`, and before `until`, where a chain of records begins, or the clock lines
/// right before it.
pub(crate) fn find_chain<F: Feed>(
    feed: &mut F,
    from: u64,
    until: u64,
) -> Result<Option<u64>, ReadError> {
    let found = Search::new(feed, from).run(until, Search::proves)?;
    with_clock_lines(feed, from, found)
}

/// Where a record at or behind `from`, and before `until`, seems to begin: four strictly formed ones follow, of
/// whatever command. Clock lines right before it belong to it. Whoever asks must find out whether it is true.
pub(crate) fn guess<F: Feed>(
    feed: &mut F,
    from: u64,
    until: u64,
) -> Result<Option<u64>, ReadError> {
    let mut search = Search::new(feed, from);
    search.any_command = true;
    let found = search.run(until, Search::proves)?;
    with_clock_lines(feed, from, found)
}

/// Moves a place back over the clock lines before it, as far as `from`.
fn with_clock_lines<F: Feed>(
    feed: &mut F,
    from: u64,
    found: Option<u64>,
) -> Result<Option<u64>, ReadError> {
    let Some(mut at) = found else { return Ok(None) };
    while let Some(line) = clock_line_before(feed, from, at)? {
        at = line;
    }
    Ok(Some(at))
}

/// The start of the clock line that ends at `at` and begins at or behind `from`.
fn clock_line_before<F: Feed>(feed: &mut F, from: u64, at: u64) -> Result<Option<u64>, ReadError> {
    let start = from.max(feed.earliest()).max(at.saturating_sub(LONGEST_CLOCK_LINE));
    let window = feed.window(start, (at - start) as usize)?;
    let before = &window[..(at - start) as usize];
    let Some(hash) = memchr::memrchr(b'#', before) else {
        return Ok(None);
    };
    let line = annotation(&before[hash..]);
    Ok(matches!(line, Ok((b"", Annotation::Time(_)))).then_some(start + hash as u64))
}

/// As [`find_chain`], but where a record of the chain spans `across`: what begins before it is believed only if
/// it explains it.
pub(crate) fn find_chain_across<F: Feed>(
    feed: &mut F,
    from: u64,
    across: u64,
) -> Result<Option<u64>, ReadError> {
    Search::new(feed, from)
        .run(across, |search, at| Ok(search.proves(at)? && search.spans(at, across)?))
}

/// The first place behind the start of a cut-off `payload` from which records follow up to the very end: the
/// payload's length is wrong then. Chains that begin where the payload does are its content, unless no server would
/// accept a value so long.
pub(crate) fn find_chain_to_end<F: Feed>(
    feed: &mut F,
    from: u64,
    payload: Payload,
) -> Result<Option<u64>, ReadError> {
    let mut search = Search::new(feed, from.max(payload.start));
    if payload.length <= LARGEST_VALUE {
        search.dead = payload.start;
    }
    search.run(u64::MAX, |search, at| search.reaches_end(at, payload))
}

struct Search<'f, F> {
    feed: &'f mut F,
    from: u64,
    head: HeadBuffer,
    spent: u64,
    /// Whether records of unknown commands prove as much as others.
    any_command: bool,
    /// A record of a chain that is known to lead nowhere; the chain is followed as the search passes it.
    dead: u64,
}

impl<'f, F: Feed> Search<'f, F> {
    fn new(feed: &'f mut F, from: u64) -> Self {
        Self {
            feed,
            from,
            head: HeadBuffer::default(),
            spent: 0,
            any_command: false,
            dead: u64::MAX,
        }
    }

    fn run(
        mut self,
        until: u64,
        accept: impl Fn(&mut Self, u64) -> Result<bool, ReadError>,
    ) -> Result<Option<u64>, ReadError> {
        let mut at = self.from.max(self.feed.earliest());
        loop {
            let left = usize::try_from(until.saturating_sub(at)).unwrap_or(usize::MAX);
            let window = self.feed.window(at, STRIDE)?;
            let window = &window[..window.len().min(STRIDE)];
            let Some(skip) = next_candidate(window, 0).filter(|skip| *skip < left) else {
                if window.len() < STRIDE || window.len() >= left {
                    return Ok(None);
                }
                at += window.len() as u64;
                continue;
            };
            at += skip as u64;
            if accept(&mut self, at)? {
                return Ok(Some(at));
            }
            at += 1;
        }
    }

    /// Whether enough records follow.
    fn proves(&mut self, start: u64) -> Result<bool, ReadError> {
        let mut at = start;
        for _ in 0..PROOF {
            match self.step(at)? {
                Step::Record { end } => at = end,
                Step::End => return Ok(at > start),
                Step::Cut | Step::Nothing => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Whether the records from `at` on reach beyond `across`.
    fn spans(&mut self, mut at: u64, across: u64) -> Result<bool, ReadError> {
        while at < across {
            match self.step(at)? {
                Step::Record { end } => at = end,
                _ => return Ok(false),
            }
        }
        Ok(at > across)
    }

    /// Whether records follow up to the end, or so many up to a torn one that a slip of the payload's length is
    /// the better explanation.
    fn reaches_end(&mut self, start: u64, payload: Payload) -> Result<bool, ReadError> {
        if self.dead < self.feed.earliest() {
            self.dead = u64::MAX;
        }
        while self.dead < start {
            self.dead = match self.step(self.dead)? {
                Step::Record { end } => self.behind_clock_lines(end)?,
                _ => u64::MAX,
            };
        }
        if self.dead == start || (start < payload.start + 2 && self.dead != u64::MAX) {
            return Ok(false);
        }
        let mut at = start;
        let mut records = 0;
        let end = loop {
            match self.step(at)? {
                Step::Record { .. } if self.spent > self.allowance(at) => break Step::Nothing,
                Step::Record { end } => (at, records) = (end, records + 1),
                end => break end,
            }
        };
        let content = start.checked_sub(payload.start + 2);
        let slipped = matches!(end, Step::Cut)
            && records >= PROOF
            && content.is_some_and(|content| is_slip(payload.length, content))
            && self.feed.window(start - 2, 2)?.starts_with(b"\r\n");
        if (matches!(end, Step::End) && records > 0) || slipped {
            return Ok(true);
        }
        self.dead = self.dead.min(start);
        Ok(false)
    }

    /// The first place at or behind `at` where no clock line begins.
    fn behind_clock_lines(&mut self, mut at: u64) -> Result<u64, ReadError> {
        loop {
            let window = self.feed.window(at, 64)?;
            match annotation(window) {
                Ok((rest, Annotation::Time(_))) => at += (window.len() - rest.len()) as u64,
                _ => return Ok(at),
            }
        }
    }

    /// The record at `at`, clock lines before it passed over.
    fn step(&mut self, mut at: u64) -> Result<Step, ReadError> {
        loop {
            match self.feed.window(at, 64)? {
                [] => return Ok(Step::End),
                [0, ..] => {
                    return Ok(if self.is_nul_to_end(at)? { Step::End } else { Step::Nothing });
                }
                window @ [b'#', ..] => match annotation(window) {
                    Ok((rest, Annotation::Time(_))) => at += (window.len() - rest.len()) as u64,
                    _ => return Ok(Step::Nothing),
                },
                _ => break,
            }
        }
        if let Some(end) = self.plain_step(at)? {
            return Ok(Step::Record { end });
        }
        let mut bounds = if self.spent < self.allowance(at) { GENEROUS } else { MODEST };
        // A stream that skips further could not come back to the next place.
        bounds.payload = bounds.payload.min(self.feed.look_back() / 2);
        let step = walk(self.feed, at, bounds, &mut self.head)?;
        self.spent += match step {
            Walk::Frame { .. } => u64::from(self.head.head().argc),
            Walk::Fault(Broken { args, payload, .. }) | Walk::Cut { args, payload } => {
                let skips = payload.is_some_and(|payload| payload.length > MODEST.payload);
                u64::from(args) + 1 + if skips { SKIP } else { 0 }
            }
        };
        Ok(match step {
            Walk::Frame { end } if self.any_command || plausible(&self.head.head()).is_some() => {
                Step::Record { end }
            }
            Walk::Cut { .. } => Step::Cut,
            Walk::Frame { .. } | Walk::Fault(_) => Step::Nothing,
        })
    }

    /// The end of the record at `at` if it is a small one of the most frequent kind.
    fn plain_step(&mut self, at: u64) -> Result<Option<u64>, ReadError> {
        let window = self.feed.window(at, 256)?;
        let window = &window[..window.len().min(4096)];
        if !argc(window).is_ok_and(|(_, argc)| argc <= MODEST.args) {
            return Ok(None);
        }
        let mut name = &window[..0];
        let parsed = frame_with(window, |index, payload| {
            if index == 0 {
                name = payload;
            }
        });
        let Ok((rest, argc)) = parsed else {
            return Ok(None);
        };
        self.spent += u64::from(argc);
        let end = at + (window.len() - rest.len()) as u64;
        Ok(Table::get().is_plain(name, argc).then_some(end))
    }

    /// Grows with the bytes passed, faster than one chain of the densest records uses it up.
    fn allowance(&self, at: u64) -> u64 {
        FREE_ARGS + at.saturating_sub(self.from) / 4
    }

    fn is_nul_to_end(&mut self, mut at: u64) -> Result<bool, ReadError> {
        loop {
            let window = self.feed.window(at, STRIDE)?;
            if !is_nul(window) {
                return Ok(false);
            }
            if window.len() < STRIDE {
                return Ok(true);
            }
            at += window.len() as u64;
            self.spent += (window.len() / 64) as u64;
        }
    }
}

enum Step {
    /// A record that belongs in a log.
    Record { end: u64 },
    /// Nothing is left but perhaps NUL bytes.
    End,
    /// A record that the part's end cuts off.
    Cut,
    /// Anything else.
    Nothing,
}

/// Whether `declared` is what one wrong digit makes of `actual`, or larger than any value a server accepts.
pub(crate) fn is_slip(declared: u64, actual: u64) -> bool {
    let (wrong, right) = (declared.to_string(), actual.to_string());
    let differing = || wrong.bytes().zip(right.bytes()).filter(|(a, b)| a != b).count();
    let one_more = || (0..wrong.len()).any(|at| [&wrong[..at], &wrong[at + 1..]].concat() == right);
    declared > LARGEST_VALUE
        || (wrong.len() == right.len() && differing() == 1)
        || (wrong.len() == right.len() + 1 && one_more())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain_at(bytes: &[u8], from: u64) -> Option<u64> {
        find_chain(&mut &*bytes, from, u64::MAX).expect("a slice can be read")
    }

    #[test]
    fn four_records_prove_a_place_and_three_do_not() {
        let record = b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";
        let four = [&b"garbage"[..], &record.repeat(4), b"garbage"].concat();
        assert_eq!(chain_at(&four, 0), Some(7));
        let three = [&b"garbage"[..], &record.repeat(3), b"garbage"].concat();
        assert_eq!(chain_at(&three, 0), None);
    }

    #[test]
    fn fewer_records_prove_a_place_if_they_reach_the_end_or_its_padding() {
        let one = b"garbage*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";
        assert_eq!(chain_at(one, 1), Some(7));
        assert_eq!(chain_at(&[&one[..], &[0; 4096]].concat(), 1), Some(7));
    }

    #[test]
    fn unknown_commands_and_wrong_argument_counts_prove_nothing() {
        assert_eq!(chain_at(&b"*2\r\n$4\r\nINCX\r\n$1\r\nn\r\n".repeat(8), 0), None);
        assert_eq!(chain_at(&b"*1\r\n$4\r\nINCR\r\n".repeat(8), 0), None);
        assert_eq!(chain_at(&b"*1\r\n$4\r\nPING\r\n".repeat(8), 0), None);
    }

    #[test]
    fn a_slip_is_one_digit_or_beyond_belief() {
        assert!(is_slip(964, 64) && is_slip(94, 64) && is_slip(99_999_999_999, 64));
        assert!(!is_slip(999, 64) && !is_slip(64, 964) && !is_slip(98, 64));
    }
}
