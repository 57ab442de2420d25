//! Unions, intersections and differences, of sorted sets and of sets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::pop::keys;
use super::store;
use crate::arguments::is;
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::floats::float;
use crate::value::{Set, SortedSet, Value};

pub(super) fn union_store(call: &mut Call<'_, '_>) -> Outcome {
    combine(call, union)
}

pub(super) fn inter_store(call: &mut Call<'_, '_>) -> Outcome {
    combine(call, inter)
}

pub(super) fn diff_store(call: &mut Call<'_, '_>) -> Outcome {
    let (names, rest) = keys(&call.args[2..])?;
    if !rest.is_empty() {
        return Err(Fail::Syntax);
    }
    let sources = sources(call, names, &vec![1.0; names.len()])?;
    let result = sources.split_first().map(|(first, others)| diff(first, others));
    store(call, call.args[1], result.unwrap_or_default())
}

fn combine(call: &mut Call<'_, '_>, with: fn(&[Source<'_>], Aggregate) -> SortedSet) -> Outcome {
    let (names, rest) = keys(&call.args[2..])?;
    let (weights, aggregate) = options(rest, names.len())?;
    let mut sources = sources(call, names, &weights)?;
    // Sums depend on it.
    sources.sort_by_key(|source| source.members.len());
    let result = with(&sources, aggregate);
    store(call, call.args[1], result)
}

fn options(mut rest: &[&[u8]], sources: usize) -> Result<(Vec<f64>, Aggregate), Fail> {
    let (mut weights, mut aggregate) = (vec![1.0; sources], Aggregate::Sum);
    while let [word, behind @ ..] = rest {
        if is(word, "WEIGHTS") {
            let (numbers, behind) = behind.split_at_checked(sources).ok_or(Fail::Syntax)?;
            weights = numbers.iter().map(|number| float(number)).collect::<Result<_, _>>()?;
            rest = behind;
        } else if let (true, [name, behind @ ..]) = (is(word, "AGGREGATE"), behind) {
            aggregate = Aggregate::parse(name)?;
            rest = behind;
        } else {
            return Err(Fail::Syntax);
        }
    }
    Ok((weights, aggregate))
}

/// What becomes of the scores of one member.
#[derive(Debug, Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn parse(name: &[u8]) -> Result<Self, Fail> {
        match () {
            () if is(name, "SUM") => Ok(Self::Sum),
            () if is(name, "MIN") => Ok(Self::Min),
            () if is(name, "MAX") => Ok(Self::Max),
            () => Err(Fail::Syntax),
        }
    }

    /// `score` may be no number, which is then as good as none, except in a sum.
    fn of(self, sum: f64, score: f64) -> f64 {
        match self {
            Self::Sum => number_or_zero(sum + score),
            Self::Min => {
                if score < sum {
                    score
                } else {
                    sum
                }
            }
            Self::Max => {
                if score > sum {
                    score
                } else {
                    sum
                }
            }
        }
    }
}

/// Infinity minus infinity is 0 here, and infinity times 0.
fn number_or_zero(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// What a key holds, and how much it counts.
struct Source<'s> {
    members: Members<'s>,
    weight: f64,
}

enum Members<'s> {
    Scores(&'s SortedSet),
    /// Each with a score of 1.
    Plain(&'s Set),
    None,
}

fn sources<'s>(
    call: &'s Call<'_, '_>,
    keys: &[&[u8]],
    weights: &[f64],
) -> Result<Vec<Source<'s>>, Fail> {
    let source = |(key, weight): (&&[u8], &f64)| {
        let members = match call.any(key) {
            Some(Cow::Borrowed(Value::SortedSet(set))) => Members::Scores(set),
            Some(Cow::Borrowed(Value::Set(set))) => Members::Plain(set),
            Some(_) => return Err(Fail::WrongType),
            None => Members::None,
        };
        Ok(Source { members, weight: *weight })
    };
    keys.iter().zip(weights).map(source).collect()
}

impl<'s> Members<'s> {
    fn len(&self) -> usize {
        match self {
            Self::Scores(set) => set.len(),
            Self::Plain(set) => set.len(),
            Self::None => 0,
        }
    }

    fn score(&self, member: &[u8]) -> Option<f64> {
        match self {
            Self::Scores(set) => set.score(member),
            Self::Plain(set) => set.contains(member).then_some(1.0),
            Self::None => None,
        }
    }

    fn iter(&self) -> Box<dyn Iterator<Item = (&'s [u8], f64)> + 's> {
        match *self {
            Self::Scores(set) => Box::new(set.members()),
            Self::Plain(set) => Box::new(set.iter().map(|member| (member, 1.0))),
            Self::None => Box::new(std::iter::empty()),
        }
    }
}

fn union(sources: &[Source<'_>], aggregate: Aggregate) -> SortedSet {
    let mut sums = BTreeMap::<&[u8], f64>::new();
    for source in sources {
        for (member, score) in source.members.iter() {
            let score = number_or_zero(source.weight * score);
            sums.entry(member).and_modify(|sum| *sum = aggregate.of(*sum, score)).or_insert(score);
        }
    }
    collect(sums.into_iter())
}

fn inter(sources: &[Source<'_>], aggregate: Aggregate) -> SortedSet {
    let Some((first, others)) = sources.split_first() else { return SortedSet::default() };
    collect(first.members.iter().filter_map(|(member, score)| {
        let start = number_or_zero(first.weight * score);
        let sum = others.iter().try_fold(start, |sum, source| {
            Some(aggregate.of(sum, source.members.score(member)? * source.weight))
        });
        Some((member, sum?))
    }))
}

fn diff(first: &Source<'_>, others: &[Source<'_>]) -> SortedSet {
    let is_elsewhere =
        |member: &[u8]| others.iter().any(|source| source.members.score(member).is_some());
    collect(first.members.iter().filter(|(member, _)| !is_elsewhere(member)))
}

fn collect<'s>(members: impl Iterator<Item = (&'s [u8], f64)>) -> SortedSet {
    let mut set = SortedSet::default();
    members.for_each(|(member, score)| set.insert(member, score));
    set
}
