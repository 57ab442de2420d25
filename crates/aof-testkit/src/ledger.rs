//! What stands where in a log that the testkit wrote.

use std::ops::Range;

/// A log and the account of every byte in it.
///
/// The frames lie one behind the other and cover all bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The log.
    pub bytes: Vec<u8>,
    /// What was appended, in order.
    pub frames: Vec<Entry>,
    /// Payload bytes as ascending ranges, none of them empty.
    pub(crate) payload: Vec<Range<usize>>,
}

/// One appended thing: where it stands, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Offset of its first byte.
    pub offset: usize,
    /// Length in bytes.
    pub len: usize,
    /// What it is.
    pub what: What,
}

/// What an [`Entry`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A record that is none of the three below.
    Command {
        /// The name as it was written.
        name: Vec<u8>,
        /// Its keys; `None` if the testkit does not know the command.
        keys: Option<Vec<Vec<u8>>>,
        /// Number of arguments, the name included.
        argc: usize,
        /// The database that was selected last.
        db: u64,
    },
    /// `SELECT`, and the database it names.
    Select(u64),
    /// `MULTI`.
    Multi,
    /// `EXEC`.
    Exec,
    /// A `#` line, and the clock if it is a `#TS` one.
    Annotation(Option<u64>),
    /// Bytes of which nothing is known.
    Raw,
}

/// What a byte of a log is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Part of a header, of a line end, of an annotation's name, or of raw bytes.
    Framing,
    /// Inside an argument (a command's name is one), or a digit of a `#TS` line's clock.
    Payload,
}

impl Entry {
    /// The bytes it covers.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.offset..self.end()
    }

    /// Offset of the first byte behind it.
    #[must_use]
    pub fn end(&self) -> usize {
        self.offset + self.len
    }

    /// Whether it is a record: `SELECT`, `MULTI` and `EXEC` are, annotations are not.
    #[must_use]
    pub fn is_command(&self) -> bool {
        !matches!(self.what, What::Annotation(_) | What::Raw)
    }
}

impl Ledger {
    /// The frames that have at least one byte in `bytes`; empty if it covers none.
    #[must_use]
    pub fn frames_touching(&self, bytes: Range<usize>) -> Range<usize> {
        if bytes.is_empty() {
            let place = self.frames.partition_point(|frame| frame.end() <= bytes.start);
            return place..place;
        }
        let first = self.frames.partition_point(|frame| frame.end() <= bytes.start);
        let last = self.frames.partition_point(|frame| frame.offset < bytes.end);
        first..last
    }

    /// The frame that `offset` lies in, or `None` behind the end.
    #[must_use]
    pub fn frame_at(&self, offset: usize) -> Option<usize> {
        let place = self.frames.partition_point(|frame| frame.end() <= offset);
        (place < self.frames.len()).then_some(place)
    }

    /// The frame that a cut at `offset` would split, or `None` if a frame begins or the log ends there.
    #[must_use]
    pub fn split_at(&self, offset: usize) -> Option<usize> {
        self.frame_at(offset).filter(|&frame| self.frames[frame].offset < offset)
    }

    /// What the byte at `offset` is there for.
    #[must_use]
    pub fn role(&self, offset: usize) -> Role {
        let place = self.payload.partition_point(|range| range.end <= offset);
        match self.payload.get(place) {
            Some(range) if range.start <= offset => Role::Payload,
            _ => Role::Framing,
        }
    }

    /// Whether any byte of `bytes` is framing.
    #[must_use]
    pub fn any_framing(&self, bytes: Range<usize>) -> bool {
        let place = self.payload.partition_point(|range| range.end <= bytes.start);
        !bytes.is_empty()
            && !self
                .payload
                .get(place)
                .is_some_and(|range| range.start <= bytes.start && range.end >= bytes.end)
    }

    /// The bytes of one frame.
    ///
    /// # Panics
    /// If there is no such frame.
    #[must_use]
    pub fn frame_bytes(&self, frame: usize) -> &[u8] {
        &self.bytes[self.frames[frame].range()]
    }

    /// How many records it holds: `SELECT`, `MULTI` and `EXEC` count, annotations do not.
    #[must_use]
    pub fn commands(&self) -> usize {
        self.frames.iter().filter(|frame| frame.is_command()).count()
    }

    /// Where the log may be cut: 0, and the end of every record and annotation with no `MULTI` open.
    ///
    /// A `MULTI` is open up to the first `EXEC`, whatever stands between. Raw bytes end at no checkpoint.
    #[must_use]
    pub fn checkpoints(&self) -> Vec<usize> {
        let mut open = false;
        let mut places = vec![0];
        for frame in &self.frames {
            match frame.what {
                What::Multi => open = true,
                What::Exec => open = false,
                _ => {}
            }
            if !open && frame.what != What::Raw {
                places.push(frame.end());
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use crate::LogBuilder;

    use super::*;

    fn log() -> Ledger {
        let mut log = LogBuilder::new();
        log.timestamp(1_700_000_000).select(0).command(&["SET", "k", ""]).multi();
        log.command(&["INCR", "n"]).exec().raw(b"junk");
        log.finish()
    }

    #[test]
    fn the_frames_cover_all_bytes_and_every_range_finds_its_frames() {
        let log = log();
        let mut at = 0;
        for (n, frame) in log.frames.iter().enumerate() {
            assert_eq!(frame.offset, at);
            at = frame.end();
            assert_eq!(log.frames_touching(frame.range()), n..n + 1);
            assert_eq!(log.frame_at(frame.offset), Some(n));
            assert_eq!(log.frame_at(frame.end() - 1), Some(n));
            assert_eq!(log.split_at(frame.offset), None);
            assert_eq!(log.split_at(frame.offset + 1), Some(n));
        }
        assert_eq!(at, log.bytes.len());
        assert_eq!(log.frames_touching(0..at), 0..7);
        assert_eq!(log.frame_at(at), None);
        assert_eq!(log.split_at(at), None);
        let second = log.frames[1].offset;
        assert_eq!(log.frames_touching(second - 1..second + 1), 0..2);
        assert!(log.frames_touching(second..second).is_empty());
    }

    #[test]
    fn payload_is_what_stands_between_the_line_ends() {
        let mut log = LogBuilder::new();
        log.timestamp(17).command(&["SET", "k", ""]).annotation("note");
        let log = log.finish();
        let shown: String = (0..log.bytes.len())
            .map(|at| match log.role(at) {
                Role::Payload => char::from(log.bytes[at]),
                Role::Framing => '.',
            })
            .collect();
        let text = "#TS:17~~*3~~$3~~SET~~$1~~k~~$0~~~~#note~~";
        let expected: String = "....17..........SET......k...............".into();
        assert_eq!(text.len(), shown.len());
        assert_eq!(shown, expected);
        for at in 0..log.bytes.len() {
            assert_eq!(log.any_framing(at..at + 1), log.role(at) == Role::Framing);
        }
        assert!(log.any_framing(16..20));
        assert!(!log.any_framing(16..19));
    }

    #[test]
    fn checkpoints_lie_outside_of_transactions() {
        let log = log();
        let ends: Vec<usize> = log.frames.iter().map(Entry::end).collect();
        assert_eq!(log.checkpoints(), [0, ends[0], ends[1], ends[2], ends[5]]);
        assert_eq!(log.commands(), 5);
    }
}
