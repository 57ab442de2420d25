//! Searching for places, and storing what is found.

use super::cells::{cells, place as place_of};
use super::earth::Area;
use super::options::{Centre, Options, Order, at, circle};
use super::place;
use crate::call::{Call, Outcome};
use crate::commands::zsets::store;
use crate::fail::Fail;
use crate::value::SortedSet;

/// A member that was found.
struct Found<'s> {
    member: &'s [u8],
    score: f64,
    /// In metres.
    distance: f64,
}

pub(super) fn radius(call: &mut Call<'_, '_>) -> Outcome {
    let args = call.args;
    let mut options = Options::of_radius(&args[6..])?;
    options.centre = Some(Centre::Place(place(args[2], args[3])?));
    options.shape = Some(circle(args[4], args[5])?);
    search(call, args[1], &options)
}

/// Without a set nobody looks at the radius.
pub(super) fn radius_by_member(call: &mut Call<'_, '_>) -> Outcome {
    let args = call.args;
    let mut options = Options::of_radius(&args[5..])?;
    if let Some(set) = call.get::<SortedSet>(args[1])? {
        options.centre = Some(Centre::Place(at(set, args[2])?));
        options.shape = Some(circle(args[3], args[4])?);
    }
    search(call, args[1], &options)
}

pub(super) fn search_store(call: &mut Call<'_, '_>) -> Outcome {
    let args = call.args;
    let set = call.get::<SortedSet>(args[2])?;
    let options = Options::of_search(args[1], set, &args[3..])?;
    search(call, args[2], &options)
}

fn search(call: &mut Call<'_, '_>, key: &[u8], options: &Options<'_>) -> Outcome {
    let set = call.get::<SortedSet>(key)?;
    // Without a key for the result it only reads.
    let Some(to) = options.store else { return Ok(false) };
    let mut result = SortedSet::default();
    if let (Some(set), Some(area)) = (set, options.search_area()) {
        for found in cut(find(set, &area, options), options)? {
            let score = if options.is_distance { found.distance / area.unit } else { found.score };
            if score.is_nan() {
                return Err(Fail::NotFloat);
            }
            result.insert(found.member, score);
        }
    }
    store(call, to, result)
}

/// Cell by cell, and in each by score, as far as any will do.
fn find<'s>(set: &'s SortedSet, area: &Area, options: &Options<'_>) -> Vec<Found<'s>> {
    let cells = cells(area).into_iter().map(super::cells::Cell::scores);
    let members = cells
        .flat_map(|(low, end)| set.between(low, end).take_while(move |(_, score)| *score < end));
    let found = members.filter_map(|(member, score)| {
        let distance = area.distance_inside(place_of(score))?;
        Some(Found { member, score, distance })
    });
    let limit = options.count.filter(|_| options.any).unwrap_or(usize::MAX);
    found.take(limit).collect()
}

/// Servers sort fewer than this by insertion, which keeps the order of what is equally far away.
const FEW: usize = 7;

/// Sorted, if that matters, and no more than are wanted. Which are wanted of those that are equally far away, the way
/// of sorting decides.
fn cut<'s>(mut found: Vec<Found<'s>>, options: &Options<'_>) -> Result<Vec<Found<'s>>, Fail> {
    let Some(count) = options.count.filter(|count| *count < found.len()) else { return Ok(found) };
    let order = options.order.or((!options.any).then_some(Order::Nearest));
    if let Some(order) = order {
        found.sort_by(|one, other| match order {
            Order::Nearest => one.distance.total_cmp(&other.distance),
            Order::Farthest => other.distance.total_cmp(&one.distance),
        });
        if found.len() >= FEW && found[count - 1].distance == found[count].distance {
            return Err(Fail::Opaque);
        }
    }
    found.truncate(count);
    Ok(found)
}
