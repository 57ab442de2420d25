//! Which arguments of a command are keys.

use std::iter::{Chain, StepBy};
use std::ops::Range;

/// Where a command's keys stand; positions count from the command's name, which is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRule {
    /// The command names no key.
    None,
    /// From `first` to `last` in steps; a negative `last` counts from the end, −1 being the last argument.
    Range {
        /// Position of the first key.
        first: usize,
        /// Position of the last key.
        last: isize,
        /// Distance between two keys.
        step: usize,
    },
    /// The argument at `count` says how many keys stand from `first` on; `also` is one more key before them.
    Counted {
        /// Position of the number of keys.
        count: usize,
        /// Position of the first of them.
        first: usize,
        /// Distance between two keys.
        step: usize,
        /// Whether argument 1 is a key too: the destination.
        destination: bool,
    },
    /// Argument 1, and the one behind `STORE` or `STOREDIST`.
    Stored,
    /// The first half of what stands behind `STREAMS`.
    Streams,
    /// Argument 3, or if that is empty everything behind `KEYS`.
    Migrated,
}

/// The positions of the keys among a command's arguments, in order.
pub type KeyPositions = Chain<Range<usize>, StepBy<Range<usize>>>;

impl KeyRule {
    /// Finds the keys among `args`, whose first is the command's name. Arguments that are not there, or a
    /// number of keys that is none, yield fewer positions; never one out of bounds.
    pub fn positions(self, args: &[&[u8]]) -> KeyPositions {
        let end = args.len();
        let (single, first, last, step) = match self {
            Self::None => (0..0, 0, 0, 1),
            Self::Range { first, last, step } => {
                let stop = match usize::try_from(last) {
                    Ok(last) => last.saturating_add(1),
                    Err(_) => (end + 1).saturating_sub(last.unsigned_abs()),
                };
                (0..0, first, stop, step)
            }
            Self::Counted { count, first, step, destination } => {
                let keys = args.get(count).and_then(|arg| number(arg)).unwrap_or(0);
                let stop = keys.saturating_mul(step).saturating_add(first);
                (if destination { 1..2 } else { 0..0 }, first, stop, step)
            }
            Self::Stored => {
                let stored = find(args, &["STORE", "STOREDIST"]);
                (1..2, stored, stored.saturating_add(1), 1)
            }
            Self::Streams => {
                let first = find(args, &["STREAMS"]);
                (0..0, first, first.saturating_add(end.saturating_sub(first) / 2), 1)
            }
            Self::Migrated if args.get(3).is_some_and(|key| !key.is_empty()) => (0..0, 3, 4, 1),
            Self::Migrated => (0..0, find(args, &["KEYS"]), end, 1),
        };
        let clamp = |range: Range<usize>| range.start.min(end)..range.end.min(end);
        clamp(single).chain(clamp(first..last.max(first)).step_by(step))
    }

    /// Reads the notation of `commands.tsv`: `-`, `1`, `1..-1/2`, `@2:3`, `1,@2:3`, `1,store`, `streams`,
    /// `migrate`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "-" => Self::None,
            "1,store" => Self::Stored,
            "streams" => Self::Streams,
            "migrate" => Self::Migrated,
            _ => {
                let (text, step) = match text.split_once('/') {
                    Some((text, step)) => (text, step.parse().ok()?),
                    None => (text, 1),
                };
                let destination = text.starts_with("1,");
                match text.strip_prefix("1,").unwrap_or(text).strip_prefix('@') {
                    Some(counted) => {
                        let (count, first) = counted.split_once(':')?;
                        let (count, first) = (count.parse().ok()?, first.parse().ok()?);
                        Self::Counted { count, first, step, destination }
                    }
                    None => {
                        let (first, last) = text.split_once("..").unwrap_or((text, text));
                        Self::Range { first: first.parse().ok()?, last: last.parse().ok()?, step }
                    }
                }
            }
        })
    }
}

/// The position behind the last argument that is one of `words`, as servers look for it: case does not
/// matter, and neither does what stands around it. Out of bounds if there is none.
fn find(args: &[&[u8]], words: &[&str]) -> usize {
    let hit = |arg: &&[u8]| words.iter().any(|word| arg.eq_ignore_ascii_case(word.as_bytes()));
    args.iter().rposition(hit).map_or(usize::MAX, |at| at + 1)
}

fn number(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::Table;

    #[track_caller]
    fn keys_of(line: &str, expected: &[&str]) {
        let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let command = Table::get().resolve_args(&args).expect("a known command");
        let keys: Vec<&[u8]> = command.key_positions(&args).map(|at| args[at]).collect();
        assert_eq!(keys, expected.iter().map(|key| key.as_bytes()).collect::<Vec<_>>(), "{line}");
    }

    #[test]
    fn every_rule_finds_its_keys() {
        keys_of("SET a 1", &["a"]);
        keys_of("MSET a 1 b 2", &["a", "b"]);
        keys_of("DEL a b c", &["a", "b", "c"]);
        keys_of("BLPOP a b 0", &["a", "b"]);
        keys_of("BITOP AND dest a b", &["dest", "a", "b"]);
        keys_of("XGROUP CREATE s g 0", &["s"]);
        keys_of("ZUNIONSTORE dest 2 a b WEIGHTS 1 2", &["dest", "a", "b"]);
        keys_of("EVAL return 2 a b x", &["a", "b"]);
        keys_of("LMPOP 1 a LEFT", &["a"]);
        keys_of("SORT a BY x STORE dest", &["a", "dest"]);
        keys_of("SORT a", &["a"]);
        keys_of("XREADGROUP GROUP g c STREAMS a b > >", &["a", "b"]);
        keys_of("MIGRATE host 6379 a 0 1000", &["a"]);
        keys_of("MIGRATE host 6379  0 1000 KEYS a b", &["a", "b"]);
        keys_of("FLUSHALL", &[]);
    }

    #[test]
    fn counts_that_lie_stay_within_bounds() {
        keys_of("EVAL return 9999999999 a", &["a"]);
        keys_of("ZUNIONSTORE dest -1 a", &["dest"]);
        keys_of("BLPOP a", &[]);
        keys_of("XREADGROUP GROUP g c STREAMS", &[]);
    }
}
