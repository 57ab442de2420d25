//! Sorted sets.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::OnceLock;

use super::map::Map;
use crate::space::Space;
use crate::text::Name;

/// Members with scores.
#[derive(Debug, Clone)]
pub struct SortedSet {
    scores: Map<'static>,
    /// The same in order, from when somebody first asked for that: most logs only add and remove by name.
    order: OnceLock<Box<Order>>,
}

#[derive(Debug, Clone)]
struct Order(BTreeSet<(Score, Name)>);

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

impl Default for SortedSet {
    fn default() -> Self {
        Self { scores: Map::new(Space::default()), order: OnceLock::new() }
    }
}

impl PartialEq for SortedSet {
    fn eq(&self, other: &Self) -> bool {
        self.scores == other.scores
    }
}

/// Members and scores.
type Members<'s> = Box<dyn DoubleEndedIterator<Item = (&'s [u8], f64)> + 's>;

impl SortedSet {
    /// See [`super::Value::weight`].
    pub(super) fn weight(&self) -> usize {
        self.scores.weight()
    }

    /// See [`super::Value::ahead`].
    pub(super) fn ahead(&self, show: &mut impl FnMut(*const u8, usize)) {
        self.scores.ahead(show);
    }

    /// See [`Map::touch`].
    pub(crate) fn touch<'n>(&self, names: impl ExactSizeIterator<Item = &'n [u8]>) {
        self.scores.touch(names);
    }

    /// How many members there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The score of a member.
    #[must_use]
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).map(number)
    }

    /// Members and scores, in no order that means something.
    pub fn members(&self) -> impl ExactSizeIterator<Item = (&[u8], f64)> {
        self.scores.iter().map(|(member, score)| (member, number(score)))
    }

    /// Members and scores, the lowest first, where members of one score are in the order of their bytes.
    #[must_use]
    pub fn sorted(&self) -> Vec<(&[u8], f64)> {
        let mut members: Vec<(&[u8], f64)> = self.members().collect();
        members.sort_unstable_by(|(one, first), (other, second)| {
            Score(*first).cmp(&Score(*second)).then_with(|| one.cmp(other))
        });
        members
    }

    fn order(&self) -> &BTreeSet<(Score, Name)> {
        let member = |(member, score)| (Score(score), Name::new(member));
        &self.order.get_or_init(|| Box::new(Order(self.members().map(member).collect()))).0
    }

    /// The same, a part of which can be had without looking at the rest.
    pub(crate) fn iter(&self) -> Members<'_> {
        match self.scores.is_small() {
            true => Box::new(self.sorted().into_iter()),
            false => Box::new(self.order().iter().map(named)),
        }
    }

    /// Members with scores from `low` to `high`, both included, the lowest first.
    pub(crate) fn between(&self, low: f64, high: f64) -> Members<'_> {
        if self.scores.is_small() {
            let is_inside = move |(_, score): &(&[u8], f64)| (low..=high).contains(score);
            return Box::new(self.sorted().into_iter().filter(is_inside));
        }
        let start = |score| (Score(score), Name::new(b""));
        let end = if high < f64::INFINITY { Excluded(start(high.next_up())) } else { Unbounded };
        let range = (low <= high).then(|| self.order().range((Included(start(low)), end)));
        Box::new(range.into_iter().flatten().map(named))
    }

    /// Gives a member a score. `score` is a number.
    pub(crate) fn insert(&mut self, member: &[u8], score: f64) {
        // Servers keep small sets as lists of texts and integers, and the integer 0 has no sign.
        let score = if score == 0.0 { 0.0 } else { score };
        self.unorder(member);
        self.scores.insert(member, &score.to_le_bytes());
        if let Some(order) = self.order.get_mut() {
            order.0.insert((Score(score), Name::new(member)));
        }
    }

    /// Removes a member; whether it was there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        self.unorder(member);
        self.scores.remove(member)
    }

    /// Takes a member out of the order.
    fn unorder(&mut self, member: &[u8]) {
        if let Some(order) = self.order.get_mut()
            && let Some(score) = self.scores.get(member)
        {
            order.0.remove(&(Score(number(score)), Name::new(member)));
        }
    }
}

fn named((score, member): &(Score, Name)) -> (&[u8], f64) {
    (member.bytes(), score.0)
}

/// The score that stands beside a member.
fn number(bytes: &[u8]) -> f64 {
    f64::from_le_bytes(bytes.try_into().unwrap_or_default())
}
