//! Sorted sets.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included, Unbounded};

use crate::text::Name;

/// Members with scores, in the order of scores and then of bytes.
#[derive(Debug, Clone, Default)]
pub struct SortedSet {
    scores: BTreeMap<Name, f64>,
    order: BTreeSet<(Score, Name)>,
}

/// A score in its order: that of numbers, in which −0 is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Score(pub(crate) f64);

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        // No score is NaN: commands refuse it.
        self.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal)
    }
}

impl PartialEq for SortedSet {
    fn eq(&self, other: &Self) -> bool {
        self.scores == other.scores
    }
}

impl SortedSet {
    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The score of a member.
    #[must_use]
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).copied()
    }

    /// Members and scores, the lowest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], f64)> + Clone {
        self.order.iter().map(|(score, member)| (member.bytes(), score.0))
    }

    /// Members with scores from `low` to `high`, both included, the lowest first.
    pub(crate) fn between(
        &self,
        low: f64,
        high: f64,
    ) -> impl DoubleEndedIterator<Item = (&[u8], f64)> {
        let start = |score| (Score(score), Name::new(b""));
        let end = if high < f64::INFINITY { Excluded(start(high.next_up())) } else { Unbounded };
        let range = (low <= high).then(|| self.order.range((Included(start(low)), end)));
        range.into_iter().flatten().map(|(score, member)| (member.bytes(), score.0))
    }

    /// Gives a member a score. `score` is a number.
    pub(crate) fn insert(&mut self, member: &[u8], score: f64) {
        // Servers keep small sets as lists of texts and integers, and the integer 0 has no sign.
        let score = if score == 0.0 { 0.0 } else { score };
        let name = Name::new(member);
        match self.scores.get_mut(member) {
            Some(old) => {
                self.order.remove(&(Score(*old), name.clone()));
                *old = score;
            }
            None => drop(self.scores.insert(name.clone(), score)),
        }
        self.order.insert((Score(score), name));
    }

    /// Removes a member; whether it was there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        let Some(score) = self.scores.remove(member) else { return false };
        self.order.remove(&(Score(score), Name::new(member)))
    }
}
