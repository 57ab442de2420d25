//! Lists.

mod pops;

use std::borrow::Cow;

use super::Family;
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::value::List;

pub(super) const COMMANDS: Family = &[
    ("BLMOVE", pops::bl_move),
    ("BLMPOP", pops::bl_mpop),
    ("BLPOP", pops::bl_pop),
    ("BRPOP", pops::br_pop),
    ("BRPOPLPUSH", pops::br_pop_lpush),
    ("LINSERT", insert),
    ("LMOVE", pops::l_move),
    ("LMPOP", pops::l_mpop),
    ("LPOP", pops::l_pop),
    ("LPUSH", l_push),
    ("LPUSHX", l_push_x),
    ("LREM", remove),
    ("LSET", set),
    ("LTRIM", trim),
    ("RPOP", pops::r_pop),
    ("RPOPLPUSH", pops::r_pop_lpush),
    ("RPUSH", r_push),
    ("RPUSHX", r_push_x),
];

/// An end of a list.
#[derive(Clone, Copy)]
enum End {
    Left,
    Right,
}

impl End {
    fn of(word: &[u8]) -> Result<Self, Fail> {
        match () {
            () if is(word, "LEFT") => Ok(Self::Left),
            () if is(word, "RIGHT") => Ok(Self::Right),
            () => Err(Fail::Syntax),
        }
    }

    fn push(self, list: &mut List<'_>, element: &[u8]) {
        match self {
            Self::Left => list.push_front(element),
            Self::Right => list.push_back(element),
        }
    }

    fn pop<'i>(self, list: &mut List<'i>) -> Option<Cow<'i, [u8]>> {
        match self {
            Self::Left => list.pop_front(),
            Self::Right => list.pop_back(),
        }
    }
}

fn l_push(call: &mut Call<'_, '_>) -> Outcome {
    push(call, End::Left)
}

fn r_push(call: &mut Call<'_, '_>) -> Outcome {
    push(call, End::Right)
}

fn l_push_x(call: &mut Call<'_, '_>) -> Outcome {
    push_to_old(call, End::Left)
}

fn r_push_x(call: &mut Call<'_, '_>) -> Outcome {
    push_to_old(call, End::Right)
}

fn push_to_old(call: &mut Call<'_, '_>, end: End) -> Outcome {
    let key = call.key();
    match call.get::<List<'_>>(key)? {
        Some(_) => push(call, end),
        None => Ok(false),
    }
}

fn push(call: &mut Call<'_, '_>, end: End) -> Outcome {
    let (key, elements) = (call.key(), &call.args[2..]);
    let list = call.get_or_new::<List<'_>>(key)?;
    elements.iter().for_each(|element| end.push(list, element));
    Ok(true)
}

fn set(call: &mut Call<'_, '_>) -> Outcome {
    let (key, element) = (call.key(), call.args[3]);
    // Servers from 7.2 on cut it to 32 bits, and log it as it was; those before refuse what is longer.
    let index = i64::from(integer(call.args[2])? as i32);
    let list = call.get_mut::<List<'_>>(key)?.ok_or(Fail::Missing)?;
    let at = usize::try_from(from_head(index, list)).map_err(|_| Fail::OutOfRange)?;
    if list.set(at, element) { Ok(true) } else { Err(Fail::OutOfRange) }
}

/// An index counted from the head, where a negative one counts from behind; it may be outside of the list.
fn from_head(index: i64, list: &List<'_>) -> i64 {
    if index < 0 { index + list.len() as i64 } else { index }
}

/// From the tail if the number is negative; all of them if it is 0.
fn remove(call: &mut Call<'_, '_>) -> Outcome {
    let (key, element) = (call.key(), call.args[3]);
    let number = integer(call.args[2])?;
    let Some(list) = call.get_mut::<List<'_>>(key)? else { return Ok(false) };
    let there = list.iter().filter(|other| *other == element).count() as u64;
    let gone = if number == 0 { there } else { there.min(number.unsigned_abs()) };
    let first = if number < 0 { there - gone } else { 0 };
    let mut seen = 0..there;
    list.retain(|other| {
        other != element || !seen.next().is_some_and(|at| (first..first + gone).contains(&at))
    });
    call.settle(key);
    Ok(gone > 0)
}

fn trim(call: &mut Call<'_, '_>) -> Outcome {
    let key = call.key();
    let (start, end) = (integer(call.args[2])?, integer(call.args[3])?);
    let Some(list) = call.get_mut::<List<'_>>(key)? else { return Ok(false) };
    let (length, old) = (list.len() as i64, list.len());
    let start = from_head(start, list).clamp(0, length);
    let end = from_head(end, list).saturating_add(1).clamp(start, length);
    list.truncate(end as usize);
    list.drop_front(start as usize);
    let is_changed = list.len() < old;
    call.settle(key);
    Ok(is_changed)
}

fn insert(call: &mut Call<'_, '_>) -> Outcome {
    let (key, pivot, element) = (call.key(), call.args[3], call.args[4]);
    let behind = match call.args[2] {
        word if is(word, "BEFORE") => 0,
        word if is(word, "AFTER") => 1,
        _ => return Err(Fail::Syntax),
    };
    let Some(list) = call.get_mut::<List<'_>>(key)? else { return Ok(false) };
    let Some(at) = list.iter().position(|other| other == pivot) else { return Ok(false) };
    list.insert(at + behind, element);
    Ok(true)
}
