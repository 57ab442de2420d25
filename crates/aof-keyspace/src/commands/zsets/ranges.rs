//! Ranges of ranks, of scores, and of members.

use super::{remove, store};
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::floats::bound;
use crate::value::SortedSet;

/// What a range is one of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum By {
    #[default]
    Rank,
    Score,
    Lex,
}

/// What is left of a range.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// From the end.
    rev: bool,
    /// Beginning so many members behind the first.
    offset: usize,
    /// So many at most.
    limit: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self { rev: false, offset: 0, limit: usize::MAX }
    }
}

pub(super) fn rem_by_rank(call: &mut Call<'_, '_>) -> Outcome {
    rem(call, By::Rank)
}

pub(super) fn rem_by_score(call: &mut Call<'_, '_>) -> Outcome {
    rem(call, By::Score)
}

pub(super) fn rem_by_lex(call: &mut Call<'_, '_>) -> Outcome {
    rem(call, By::Lex)
}

fn rem(call: &mut Call<'_, '_>, by: By) -> Outcome {
    let range = Range::parse(by, call.args[2], call.args[3])?;
    let key = call.key();
    let Some(set) = call.get::<SortedSet>(key)? else { return Ok(false) };
    let members = range.select(set, Window::default());
    let members: Vec<Vec<u8>> = members.into_iter().map(|(member, _)| member.to_vec()).collect();
    remove(call, key, &members)
}

pub(super) fn range_store(call: &mut Call<'_, '_>) -> Outcome {
    let (by, window) = options(&call.args[5..])?;
    let (to, from) = (call.args[1], call.args[2]);
    let is_swapped = window.rev && by != By::Rank;
    let (min, max) = if is_swapped { (4, 3) } else { (3, 4) };
    let range = Range::parse(by, call.args[min], call.args[max])?;
    let mut result = SortedSet::default();
    if let Some(set) = call.get::<SortedSet>(from)? {
        range.select(set, window).iter().for_each(|(member, score)| result.insert(member, *score));
    }
    store(call, to, result)
}

fn options(words: &[&[u8]]) -> Result<(By, Window), Fail> {
    let (mut by, mut window, mut limit) = (By::Rank, Window::default(), -1);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match () {
            () if is(word, "BYSCORE") && by == By::Rank => by = By::Score,
            () if is(word, "BYLEX") && by == By::Rank => by = By::Lex,
            () if is(word, "REV") && !window.rev => window.rev = true,
            () if is(word, "LIMIT") => {
                let offset = integer(words.next().ok_or(Fail::Syntax)?)?;
                limit = integer(words.next().ok_or(Fail::Syntax)?)?;
                // From a negative offset servers count down beyond every end.
                window.offset = usize::try_from(offset).unwrap_or(usize::MAX);
                window.limit = usize::try_from(limit).unwrap_or(usize::MAX);
            }
            () => return Err(Fail::Syntax),
        }
    }
    if limit != -1 && by == By::Rank { Err(Fail::Syntax) } else { Ok((by, window)) }
}

/// A range.
enum Range<'c> {
    /// From and to this rank, from the end if it is negative.
    Rank(i64, i64),
    Score(Limit<f64>, Limit<f64>),
    Lex(Option<Limit<&'c [u8]>>, Option<Limit<&'c [u8]>>),
    /// Its ends are such that nothing can be between them.
    Nothing,
}

/// An end of a range.
#[derive(Debug, Clone, Copy)]
struct Limit<T> {
    at: T,
    is_exclusive: bool,
}

impl<T: PartialOrd> Limit<T> {
    fn is_below(&self, other: &T) -> bool {
        if self.is_exclusive { self.at < *other } else { self.at <= *other }
    }

    fn is_above(&self, other: &T) -> bool {
        if self.is_exclusive { self.at > *other } else { self.at >= *other }
    }
}

impl<'c> Range<'c> {
    fn parse(by: By, min: &'c [u8], max: &'c [u8]) -> Result<Self, Fail> {
        Ok(match by {
            By::Rank => Self::Rank(integer(min)?, integer(max)?),
            By::Score => Self::Score(score_limit(min)?, score_limit(max)?),
            By::Lex => Self::lex(lex_limit(min)?, lex_limit(max)?),
        })
    }

    fn lex(min: LexLimit<'c>, max: LexLimit<'c>) -> Self {
        match (min, max) {
            (LexLimit::Top, _) | (_, LexLimit::Bottom) => Self::Nothing,
            (min, max) => Self::Lex(min.member(), max.member()),
        }
    }

    /// Its members with their scores, in the order that the window asks for.
    fn select<'s>(&self, set: &'s SortedSet, window: Window) -> Vec<(&'s [u8], f64)> {
        match *self {
            Self::Nothing => Vec::new(),
            Self::Rank(start, end) => {
                let (skipped, taken) = ranks(start, end, set.len());
                cut(set.iter(), Window { offset: skipped, limit: taken, ..window })
            }
            Self::Score(min, max) => {
                let inside = set.between(min.at, max.at);
                let ends = move |score: &f64| min.is_below(score) && max.is_above(score);
                cut(inside.filter(move |(_, score)| ends(score)), window)
            }
            Self::Lex(min, max) if window.rev => {
                walk(|| set.iter().rev(), below(max), above(min), window)
            }
            Self::Lex(min, max) => walk(|| set.iter(), above(min), below(max), window),
        }
    }
}

/// How many members to pass over, and how many to take.
fn ranks(start: i64, end: i64, length: usize) -> (usize, usize) {
    let place =
        |rank: i64| if rank < 0 { rank.saturating_add_unsigned(length as u64) } else { rank };
    let (start, end) = (place(start).max(0), place(end));
    let taken = end.saturating_sub(start).saturating_add(1);
    (usize::try_from(start).unwrap_or(usize::MAX), usize::try_from(taken).unwrap_or(0))
}

fn cut<'s>(
    members: impl DoubleEndedIterator<Item = (&'s [u8], f64)>,
    window: Window,
) -> Vec<(&'s [u8], f64)> {
    let Window { rev, offset, limit } = window;
    match rev {
        true => members.rev().skip(offset).take(limit).collect(),
        false => members.skip(offset).take(limit).collect(),
    }
}

/// Walks as servers do through a small set, also where scores differ and members have no order: from the first that is
/// inside up to one that is not.
fn walk<'s, M: DoubleEndedIterator<Item = (&'s [u8], f64)>>(
    members: impl Fn() -> M,
    near: impl Fn(&[u8]) -> bool,
    far: impl Fn(&[u8]) -> bool,
    window: Window,
) -> Vec<(&'s [u8], f64)> {
    let (first, last) = (members().next(), members().next_back());
    let may_be = first.is_some_and(|(it, _)| far(it)) && last.is_some_and(|(it, _)| near(it));
    let mut members = members();
    let Some(found) = members.find(|(it, _)| near(it)).filter(|(it, _)| may_be && far(it)) else {
        return Vec::new();
    };
    let all = std::iter::once(found).chain(members).skip(window.offset);
    all.take_while(|(it, _)| far(it)).take(window.limit).collect()
}

fn above(min: Option<Limit<&[u8]>>) -> impl Fn(&[u8]) -> bool {
    move |member| min.is_none_or(|min| min.is_below(&member))
}

fn below(max: Option<Limit<&[u8]>>) -> impl Fn(&[u8]) -> bool {
    move |member| max.is_none_or(|max| max.is_above(&member))
}

fn score_limit(text: &[u8]) -> Result<Limit<f64>, Fail> {
    Ok(match text {
        [b'(', text @ ..] => Limit { at: bound(text)?, is_exclusive: true },
        text => Limit { at: bound(text)?, is_exclusive: false },
    })
}

/// An end of a range of members.
enum LexLimit<'c> {
    /// Before all of them.
    Bottom,
    /// Behind all of them.
    Top,
    At(Limit<&'c [u8]>),
}

impl<'c> LexLimit<'c> {
    fn member(self) -> Option<Limit<&'c [u8]>> {
        if let Self::At(limit) = self { Some(limit) } else { None }
    }
}

fn lex_limit(text: &[u8]) -> Result<LexLimit<'_>, Fail> {
    match text {
        [b'-'] | [b'-', 0, ..] => Ok(LexLimit::Bottom),
        [b'+'] | [b'+', 0, ..] => Ok(LexLimit::Top),
        [b'(', at @ ..] => Ok(LexLimit::At(Limit { at, is_exclusive: true })),
        [b'[', at @ ..] => Ok(LexLimit::At(Limit { at, is_exclusive: false })),
        _ => Err(Fail::Syntax),
    }
}
