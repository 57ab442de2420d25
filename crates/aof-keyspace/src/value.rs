//! What keys hold.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use aof_rdb::ValueType;

use crate::stream::Stream;

/// The value of a key, and when it expires.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// When it expires, in milliseconds since the Unix epoch.
    pub expiry: Option<i64>,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `string`.
    String(Vec<u8>),
    /// `list`, from its head.
    List(VecDeque<Vec<u8>>),
    /// `set`.
    Set(BTreeSet<Vec<u8>>),
    /// `zset`.
    SortedSet(SortedSet),
    /// `hash`.
    Hash(Hash),
    /// `stream`.
    Stream(Stream),
}

/// A type of values, as commands ask for it.
pub(crate) trait Kind: Default {
    fn of(value: &Value) -> Option<&Self>;
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    fn wrap(self) -> Value;
}

macro_rules! kind {
    ($type:ty, $variant:ident) => {
        impl Kind for $type {
            fn of(value: &Value) -> Option<&Self> {
                if let Value::$variant(it) = value { Some(it) } else { None }
            }

            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                if let Value::$variant(it) = value { Some(it) } else { None }
            }

            fn wrap(self) -> Value {
                Value::$variant(self)
            }
        }
    };
}

kind!(Vec<u8>, String);
kind!(VecDeque<Vec<u8>>, List);
kind!(BTreeSet<Vec<u8>>, Set);
kind!(SortedSet, SortedSet);
kind!(Hash, Hash);
kind!(Stream, Stream);

impl Value {
    /// Its type.
    #[must_use]
    pub fn kind(&self) -> ValueType {
        match self {
            Self::String(_) => ValueType::String,
            Self::List(_) => ValueType::List,
            Self::Set(_) => ValueType::Set,
            Self::SortedSet(_) => ValueType::SortedSet,
            Self::Hash(_) => ValueType::Hash,
            Self::Stream(_) => ValueType::Stream,
        }
    }

    /// Whether nothing is left in it, so that its key goes away. A string and a stream may be empty.
    pub(crate) fn is_gone(&self) -> bool {
        match self {
            Self::String(_) | Self::Stream(_) => false,
            Self::List(list) => list.is_empty(),
            Self::Set(set) => set.is_empty(),
            Self::SortedSet(set) => set.is_empty(),
            Self::Hash(hash) => hash.fields.is_empty(),
        }
    }
}

/// Fields with values, some of which may expire by themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hash {
    /// What the fields hold.
    pub fields: BTreeMap<Vec<u8>, Field>,
}

/// A field of a hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// Its value.
    pub value: Vec<u8>,
    /// When it expires, in milliseconds since the Unix epoch.
    pub expiry: Option<i64>,
}

/// Members with scores, in the order of scores and then of bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SortedSet {
    scores: BTreeMap<Vec<u8>, f64>,
    order: BTreeSet<(Score, Vec<u8>)>,
}

/// A score in its order: that of numbers, in which −0 is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Score(pub(crate) f64);

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // No score is NaN: commands refuse it.
        self.0.partial_cmp(&other.0).unwrap_or(std::cmp::Ordering::Equal)
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
        self.order.iter().map(|(score, member)| (&member[..], score.0))
    }

    /// Members with scores from `low` to `high`, both included, the lowest first.
    pub(crate) fn between(
        &self,
        low: f64,
        high: f64,
    ) -> impl DoubleEndedIterator<Item = (&[u8], f64)> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let start = |score| (Score(score), Vec::new());
        let end = if high < f64::INFINITY { Excluded(start(high.next_up())) } else { Unbounded };
        let range = (low <= high).then(|| self.order.range((Included(start(low)), end)));
        range.into_iter().flatten().map(|(score, member)| (&member[..], score.0))
    }

    /// Gives a member a score. `score` is a number.
    pub(crate) fn insert(&mut self, member: &[u8], score: f64) {
        // Servers keep small sets as lists of texts and integers, and the integer 0 has no sign.
        let score = if score == 0.0 { 0.0 } else { score };
        match self.scores.get_mut(member) {
            Some(old) => {
                self.order.remove(&(Score(*old), member.to_vec()));
                *old = score;
            }
            None => {
                self.scores.insert(member.to_vec(), score);
            }
        }
        self.order.insert((Score(score), member.to_vec()));
    }

    /// Removes a member; whether it was there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        let Some(score) = self.scores.remove(member) else { return false };
        self.order.remove(&(Score(score), member.to_vec()))
    }
}
