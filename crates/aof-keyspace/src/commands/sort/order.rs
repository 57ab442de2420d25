//! The order of `SORT`.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::options::Options;
use super::pattern::look_up;
use super::{Elements, Source};
use crate::call::Call;
use crate::fail::Fail;
use crate::floats::bound;
use crate::value::Score;

/// What an element is compared by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// A number, and where two are the same, the element.
    Number(Score, Vec<u8>),
    /// Text that a pattern found; nothing is before everything.
    Text(Option<Vec<u8>>),
}

/// The elements in the order that is asked for. A list and a sorted set have one of their own, a set has none, and so a
/// set is sorted in any case.
pub(super) fn ordered(
    call: &Call<'_, '_>,
    elements: Elements,
    options: &Options<'_>,
) -> Result<Vec<Vec<u8>>, Fail> {
    let Elements { mut all, source } = elements;
    let is_forced = options.is_unsorted && source == Source::Set;
    if options.is_unsorted && !is_forced {
        if options.is_descending {
            all.reverse();
        }
        return Ok(all);
    }
    let by = options.by.filter(|_| !is_forced);
    let is_alpha = options.is_alpha || is_forced;
    let weigh = |element: Vec<u8>| Ok((weight(call, by, is_alpha, &element)?, element));
    let mut weighed = all.into_iter().map(weigh).collect::<Result<Vec<_>, Fail>>()?;
    weighed.sort_by(|one, other| directed(options, one.0.cmp(&other.0)));
    if source != Source::List || options.is_partial(weighed.len()) {
        check_certain(&weighed)?;
    }
    Ok(weighed.into_iter().map(|(_, element)| element).collect())
}

fn directed(options: &Options<'_>, ordering: Ordering) -> Ordering {
    if options.is_descending { ordering.reverse() } else { ordering }
}

fn weight(
    call: &Call<'_, '_>,
    by: Option<&[u8]>,
    is_alpha: bool,
    element: &[u8],
) -> Result<Weight, Fail> {
    let text = match by {
        Some(pattern) => look_up(call, pattern, element),
        None => Some(element.into()),
    };
    if is_alpha {
        return Ok(Weight::Text(text.map(Cow::into_owned)));
    }
    let number = text.map_or(Ok(0.0), |text| bound(&text))?;
    Ok(Weight::Number(Score(number), element.to_vec()))
}

/// Servers sort elements of the same weight as chance and their library have it, unless all of a list are sorted.
fn check_certain(sorted: &[(Weight, Vec<u8>)]) -> Result<(), Fail> {
    let is_open = |pair: &[(Weight, Vec<u8>)]| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1;
    if sorted.windows(2).any(is_open) { Err(Fail::Opaque) } else { Ok(()) }
}
