//! Taking elements off lists, perhaps to push them elsewhere. What would wait for an element on a server finds none here,
//! as in a transaction.

use super::End;
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::value::List;

pub(super) fn l_pop(call: &mut Call<'_, '_>) -> Outcome {
    pop(call, End::Left)
}

pub(super) fn r_pop(call: &mut Call<'_, '_>) -> Outcome {
    pop(call, End::Right)
}

fn pop(call: &mut Call<'_, '_>, end: End) -> Outcome {
    let key = call.key();
    let number = match call.args[2..] {
        [] => 1,
        [number] => at_least(0, number)?,
        _ => return Err(Fail::Arity),
    };
    take(call, key, end, number)
}

/// A number of keys or of elements.
fn at_least(least: i64, text: &[u8]) -> Result<usize, Fail> {
    let number = integer(text)?;
    if number < least { Err(Fail::OutOfRange) } else { Ok(number as usize) }
}

/// Takes off so many elements or all; whether any was there.
fn take(call: &mut Call<'_, '_>, key: &[u8], end: End, number: usize) -> Outcome {
    let Some(list) = call.get_mut::<List<'_>>(key)? else { return Ok(false) };
    let number = number.min(list.len());
    match end {
        End::Left => list.drop_front(number),
        End::Right => list.truncate(list.len() - number),
    }
    call.settle(key);
    Ok(number > 0)
}

pub(super) fn bl_pop(call: &mut Call<'_, '_>) -> Outcome {
    waiting_pop(call, End::Left)
}

pub(super) fn br_pop(call: &mut Call<'_, '_>) -> Outcome {
    waiting_pop(call, End::Right)
}

fn waiting_pop(call: &mut Call<'_, '_>, end: End) -> Outcome {
    let (timeout, keys) = call.args[1..].split_last().ok_or(Fail::Arity)?;
    check_timeout(timeout)?;
    take_first(call, keys, end, 1)
}

/// Takes from the first of the lists that is there.
fn take_first(call: &mut Call<'_, '_>, keys: &[&[u8]], end: End, number: usize) -> Outcome {
    for key in keys {
        if take(call, key, end, number)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Seconds, of which servers count milliseconds.
fn check_timeout(text: &[u8]) -> Result<(), Fail> {
    let seconds = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    let seconds = seconds.ok_or(Fail::NotFloat)?;
    if (0.0..=i64::MAX as f64 / 1000.0).contains(&seconds) { Ok(()) } else { Err(Fail::OutOfRange) }
}

pub(super) fn l_mpop(call: &mut Call<'_, '_>) -> Outcome {
    multi_pop(call, &call.args[1..])
}

pub(super) fn bl_mpop(call: &mut Call<'_, '_>) -> Outcome {
    check_timeout(call.args[1])?;
    multi_pop(call, &call.args[2..])
}

/// `numkeys key … LEFT|RIGHT [COUNT number]`.
fn multi_pop(call: &mut Call<'_, '_>, args: &[&[u8]]) -> Outcome {
    let (number, rest) = args.split_first().ok_or(Fail::Arity)?;
    let (keys, how) = rest.split_at_checked(at_least(1, number)?).ok_or(Fail::Syntax)?;
    let (end, number) = match how {
        [end] => (end, 1),
        [end, word, number] if is(word, "COUNT") => (end, at_least(1, number)?),
        _ => return Err(Fail::Syntax),
    };
    take_first(call, keys, End::of(end)?, number)
}

pub(super) fn l_move(call: &mut Call<'_, '_>) -> Outcome {
    let ends = (End::of(call.args[3])?, End::of(call.args[4])?);
    shift(call, ends)
}

pub(super) fn bl_move(call: &mut Call<'_, '_>) -> Outcome {
    check_timeout(call.args[5])?;
    l_move(call)
}

pub(super) fn r_pop_lpush(call: &mut Call<'_, '_>) -> Outcome {
    shift(call, (End::Right, End::Left))
}

pub(super) fn br_pop_lpush(call: &mut Call<'_, '_>) -> Outcome {
    check_timeout(call.args[3])?;
    r_pop_lpush(call)
}

/// Takes an element from this end of the first list to that end of the second one, which may be the same.
fn shift(call: &mut Call<'_, '_>, ends: (End, End)) -> Outcome {
    let (from, to) = (call.args[1], call.args[2]);
    if call.get::<List<'_>>(from)?.is_none() {
        return Ok(false);
    }
    call.get::<List<'_>>(to)?;
    if let Some(element) = call.get_mut::<List<'_>>(from)?.and_then(|list| ends.0.pop(list)) {
        ends.1.push(call.get_or_new(to)?, &element);
    }
    call.settle(from);
    Ok(true)
}
