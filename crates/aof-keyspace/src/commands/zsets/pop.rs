//! Taking the lowest or the highest members out. Those that would block find nothing: a log is not waited for.

use super::remove;
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::floats::float;
use crate::value::SortedSet;

/// Which end of a set.
#[derive(Debug, Clone, Copy)]
enum End {
    Low,
    High,
}

pub(super) fn zpop_min(call: &mut Call<'_, '_>) -> Outcome {
    zpop(call, End::Low)
}

pub(super) fn zpop_max(call: &mut Call<'_, '_>) -> Outcome {
    zpop(call, End::High)
}

pub(super) fn bzpop_min(call: &mut Call<'_, '_>) -> Outcome {
    bzpop(call, End::Low)
}

pub(super) fn bzpop_max(call: &mut Call<'_, '_>) -> Outcome {
    bzpop(call, End::High)
}

pub(super) fn zmpop(call: &mut Call<'_, '_>) -> Outcome {
    mpop(call, 1)
}

pub(super) fn bzmpop(call: &mut Call<'_, '_>) -> Outcome {
    check_timeout(call.args[1])?;
    mpop(call, 2)
}

fn zpop(call: &mut Call<'_, '_>, end: End) -> Outcome {
    let count = match call.args[2..] {
        [] => 1,
        [count] => match u64::try_from(integer(count)?) {
            Ok(count) if count > 0 => count,
            // Redis 6.2 takes a negative number too, and does not look what the key holds.
            _ => return Ok(false),
        },
        _ => return Err(Fail::Syntax),
    };
    pop(call, &call.args[1..2], end, count)
}

fn bzpop(call: &mut Call<'_, '_>, end: End) -> Outcome {
    let [_, keys @ .., timeout] = call.args else { return Err(Fail::Arity) };
    check_timeout(timeout)?;
    pop(call, keys, end, 1)
}

fn mpop(call: &mut Call<'_, '_>, place: usize) -> Outcome {
    let (keys, rest) = keys(&call.args[place..])?;
    let [end, options @ ..] = rest else { return Err(Fail::Syntax) };
    let end = match () {
        () if is(end, "MIN") => End::Low,
        () if is(end, "MAX") => End::High,
        () => return Err(Fail::Syntax),
    };
    let count = match options {
        [] => 1,
        [word, count] if is(word, "COUNT") => integer(count)?,
        _ => return Err(Fail::Syntax),
    };
    let count = u64::try_from(count).ok().filter(|count| *count > 0).ok_or(Fail::OutOfRange)?;
    pop(call, keys, end, count)
}

/// Arguments, and what stands behind them.
type Split<'s, 'c> = (&'s [&'c [u8]], &'s [&'c [u8]]);

/// So many keys as the number before them says, and what stands behind them.
pub(super) fn keys<'s, 'c>(args: &'s [&'c [u8]]) -> Result<Split<'s, 'c>, Fail> {
    let [number, rest @ ..] = args else { return Err(Fail::Arity) };
    let number = usize::try_from(integer(number)?).map_err(|_| Fail::OutOfRange)?;
    if number == 0 {
        return Err(Fail::OutOfRange);
    }
    rest.split_at_checked(number).ok_or(Fail::Syntax)
}

/// Seconds, which come to no more milliseconds than an integer holds.
fn check_timeout(text: &[u8]) -> Result<(), Fail> {
    let millis = (float(text)? * 1000.0).ceil();
    if (0.0..i64::MAX as f64).contains(&millis) { Ok(()) } else { Err(Fail::OutOfRange) }
}

/// From the first of the keys that there is.
fn pop(call: &mut Call<'_, '_>, keys: &[&[u8]], end: End, count: u64) -> Outcome {
    let Some(key) = keys.iter().find(|key| call.contains(key)) else {
        return Ok(false);
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let Some(set) = call.get::<SortedSet>(key)? else { return Ok(false) };
    let member = |(member, _): (&[u8], f64)| member.to_vec();
    let members: Vec<Vec<u8>> = match end {
        End::Low => set.iter().take(count).map(member).collect(),
        End::High => set.iter().rev().take(count).map(member).collect(),
    };
    remove(call, key, &members)
}
