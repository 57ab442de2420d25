//! How outputs are divided, as it is typed.

use std::fmt;
use std::str::FromStr;

use crate::convert::{SLOTS, Split};

/// By what keys are divided among files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SplitBy {
    pub(super) split: Split,
    typed: String,
}

impl FromStr for SplitBy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let split = match text.strip_prefix("slots:") {
            None if text == "db" => Some(Split::Dbs),
            Some(slots) => ranges(slots).map(Split::Slots),
            None => None,
        };
        let split = split.ok_or(
            "write db, slots:3 for so many ranges of one size, or slots:0-8191,8192-16383 for ranges that do not overlap",
        )?;
        Ok(Self { split, typed: text.to_owned() })
    }
}

impl fmt::Display for SplitBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

type Range = std::ops::RangeInclusive<u16>;

fn ranges(text: &str) -> Option<Vec<Range>> {
    if let Ok(count @ 1..=SLOTS) = text.parse() {
        return Some(equal(count));
    }
    let ranges: Vec<Range> = text.split(',').map(range).collect::<Option<_>>()?;
    let mut sorted = ranges.clone();
    sorted.sort_by_key(|range| *range.start());
    let is_apart = sorted.windows(2).all(|pair| pair[0].end() < pair[1].start());
    is_apart.then_some(ranges)
}

/// As `redis-cli --cluster create` deals slots out.
fn equal(count: u16) -> Vec<Range> {
    let begin = |n: u16| {
        let share = u32::from(n) * u32::from(SLOTS) + u32::from(count) / 2;
        (share / u32::from(count)) as u16
    };
    (0..count).map(|n| begin(n)..=begin(n + 1) - 1).collect()
}

fn range(text: &str) -> Option<Range> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last < SLOTS).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_dealt_out_as_clusters_are_made() {
        assert_eq!(ranges("3"), Some(vec![0..=5460, 5461..=10922, 10923..=16383]));
        assert_eq!(ranges("1"), Some(vec![0..=16383]));
        assert_eq!(ranges("16384").map(|all| all.len()), Some(16384));
        for count in 1..200 {
            let all = equal(count);
            assert_eq!((*all[0].start(), *all[all.len() - 1].end()), (0, SLOTS - 1));
            assert!(all.windows(2).all(|pair| pair[0].end() + 1 == *pair[1].start()));
        }
    }

    #[test]
    fn ranges_are_taken_as_long_as_they_do_not_overlap() {
        assert_eq!(ranges("0-1,5,9-16383"), Some(vec![0..=1, 5..=5, 9..=16383]));
        for wrong in ["", "0", "16385", "0-16384", "5-3", "0-5,5-6", "a-b", "1-2,"] {
            assert!(wrong == "0" || ranges(wrong).is_none(), "{wrong}");
        }
        assert_eq!(ranges("0"), Some(vec![0..=0]), "one slot");
    }

    #[test]
    fn what_is_typed_is_said_again_in_the_same_words() {
        for text in ["db", "slots:3", "slots:0-8191,8192-16383"] {
            assert_eq!(text.parse::<SplitBy>().map(|it| it.to_string()), Ok(text.to_owned()));
        }
        assert!("dbs".parse::<SplitBy>().is_err());
    }
}
