//! What the commands that search are told.

use super::earth::{Area, Place, Shape};
use super::{cells, place};
use crate::arguments::{integer, is};
use crate::fail::Fail;
use crate::floats::float;
use crate::value::SortedSet;

/// In which order places are cut off at the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Nearest,
    Farthest,
}

#[derive(Debug, Default)]
pub(super) struct Options<'c> {
    pub(super) centre: Option<Centre>,
    pub(super) shape: Option<(Shape, f64)>,
    pub(super) order: Option<Order>,
    /// How many places are wanted.
    pub(super) count: Option<usize>,
    /// Whether the first to be found will do.
    pub(super) any: bool,
    pub(super) store: Option<&'c [u8]>,
    /// Whether scores are distances.
    pub(super) is_distance: bool,
    /// Whether a reply is described, which there is none of where something is stored.
    with: bool,
}

/// Around what is searched.
#[derive(Debug, Clone, Copy)]
pub(super) enum Centre {
    Place(Place),
    /// A member, and where it is; nowhere if there is no set.
    Member(Option<Place>),
}

impl<'c> Options<'c> {
    /// Those of GEORADIUS and its like.
    pub(super) fn of_radius(words: &[&'c [u8]]) -> Result<Self, Fail> {
        let (mut found, mut rest) = (Self::default(), words);
        while !rest.is_empty() {
            rest = match rest {
                [word, key, rest @ ..] if is(word, "STORE") || is(word, "STOREDIST") => {
                    found.store = Some(key);
                    found.is_distance = is(word, "STOREDIST");
                    rest
                }
                rest => found.common(rest)?,
            };
        }
        found.checked()
    }

    /// Those of GEOSEARCHSTORE, which searches this set.
    pub(super) fn of_search(
        to: &'c [u8],
        set: Option<&SortedSet>,
        words: &[&'c [u8]],
    ) -> Result<Self, Fail> {
        let (mut found, mut rest) = (Self { store: Some(to), ..Self::default() }, words);
        while !rest.is_empty() {
            rest = match rest {
                [word, rest @ ..] if is(word, "STOREDIST") => {
                    found.is_distance = true;
                    rest
                }
                rest => match found.area(set, rest)? {
                    Some(rest) => rest,
                    None => found.common(rest)?,
                },
            };
        }
        if found.centre.is_none() || found.shape.is_none() {
            return Err(Fail::Syntax);
        }
        found.checked()
    }

    /// Takes words that say where to search; what stands behind them.
    fn area<'w>(
        &mut self,
        set: Option<&SortedSet>,
        words: &'w [&'c [u8]],
    ) -> Result<Option<&'w [&'c [u8]]>, Fail> {
        let (is_place, is_member) = match self.centre {
            None => (false, false),
            Some(Centre::Place(_)) => (true, false),
            Some(Centre::Member(_)) => (false, true),
        };
        let rest = match words {
            [word, member, rest @ ..] if is(word, "FROMMEMBER") && !is_place => {
                self.centre = Some(Centre::Member(set.map(|set| at(set, member)).transpose()?));
                rest
            }
            [word, x, y, rest @ ..] if is(word, "FROMLONLAT") && !is_member => {
                self.centre = Some(Centre::Place(place(x, y)?));
                rest
            }
            words => return self.shape(words),
        };
        Ok(Some(rest))
    }

    /// Takes words that say how far to search; what stands behind them.
    fn shape<'w>(&mut self, words: &'w [&'c [u8]]) -> Result<Option<&'w [&'c [u8]]>, Fail> {
        let (is_circle, is_box) = match self.shape {
            None => (false, false),
            Some((Shape::Circle { .. }, _)) => (true, false),
            Some((Shape::Box { .. }, _)) => (false, true),
        };
        let rest = match words {
            [word, radius, name, rest @ ..] if is(word, "BYRADIUS") && !is_box => {
                self.shape = Some(circle(radius, name)?);
                rest
            }
            [word, width, height, name, rest @ ..] if is(word, "BYBOX") && !is_circle => {
                let (width, height) = (length(width)?, length(height)?);
                self.shape = Some((Shape::Box { width, height }, unit(name)?));
                rest
            }
            // Of Valkey 9.
            [word, ..] if is(word, "BYPOLYGON") => return Err(Fail::Opaque),
            _ => return Ok(None),
        };
        Ok(Some(rest))
    }

    /// Takes a word that all of them know.
    fn common<'w>(&mut self, words: &'w [&'c [u8]]) -> Result<&'w [&'c [u8]], Fail> {
        let [word, rest @ ..] = words else { return Err(Fail::Syntax) };
        match () {
            () if is(word, "ASC") => self.order = Some(Order::Nearest),
            () if is(word, "DESC") => self.order = Some(Order::Farthest),
            () if is(word, "ANY") => self.any = true,
            () if is(word, "WITHDIST") || is(word, "WITHHASH") || is(word, "WITHCOORD") => {
                self.with = true;
            }
            () if is(word, "COUNT") => {
                let [count, rest @ ..] = rest else { return Err(Fail::Syntax) };
                let count = integer(count)?;
                let count = usize::try_from(count).ok().filter(|count| *count > 0);
                self.count = Some(count.ok_or(Fail::OutOfRange)?);
                return Ok(rest);
            }
            () => return Err(Fail::Syntax),
        }
        Ok(rest)
    }

    fn checked(self) -> Result<Self, Fail> {
        let is_wrong = self.store.is_some() && self.with || self.any && self.count.is_none();
        if is_wrong { Err(Fail::Syntax) } else { Ok(self) }
    }

    /// Where to search, unless around a member of no set.
    pub(super) fn search_area(&self) -> Option<Area> {
        let (shape, unit) = self.shape?;
        match self.centre? {
            Centre::Place(centre) | Centre::Member(Some(centre)) => {
                Some(Area { centre, shape, unit })
            }
            Centre::Member(None) => None,
        }
    }
}

/// Where a member is.
pub(super) fn at(set: &SortedSet, member: &[u8]) -> Result<Place, Fail> {
    set.score(member).map(cells::place).ok_or(Fail::Missing)
}

pub(super) fn circle(radius: &[u8], name: &[u8]) -> Result<(Shape, f64), Fail> {
    Ok((Shape::Circle { radius: length(radius)? }, unit(name)?))
}

fn length(text: &[u8]) -> Result<f64, Fail> {
    let length = float(text)?;
    if length < 0.0 { Err(Fail::OutOfRange) } else { Ok(length) }
}

/// How many metres it has.
fn unit(name: &[u8]) -> Result<f64, Fail> {
    match () {
        () if is(name, "m") => Ok(1.0),
        () if is(name, "km") => Ok(1000.0),
        () if is(name, "ft") => Ok(0.3048),
        () if is(name, "mi") => Ok(1609.34),
        () => Err(Fail::Syntax),
    }
}
