//! Fields that expire.

use super::listed;
use crate::arguments::{Words, integer, is};
use crate::call::{Call, Outcome};
use crate::commands::keys::condition;
use crate::commands::strings::unit;
use crate::fail::Fail;
use crate::value::{Hash, is_over};

pub(super) fn expire(call: &mut Call<'_, '_>) -> Outcome {
    expires(call, 1000, true)
}

pub(super) fn expire_at(call: &mut Call<'_, '_>) -> Outcome {
    expires(call, 1000, false)
}

pub(super) fn pexpire(call: &mut Call<'_, '_>) -> Outcome {
    expires(call, 1, true)
}

pub(super) fn pexpire_at(call: &mut Call<'_, '_>) -> Outcome {
    expires(call, 1, false)
}

fn expires(call: &mut Call<'_, '_>, unit: i64, from_now: bool) -> Outcome {
    let at = moment(call, call.args[2], unit, from_now)?;
    let (options, names) = split(&call.args[3..], 1)?;
    let condition = condition(options)?;
    each(call, names, |old| if condition.holds(old, at) { (true, Some(at)) } else { (false, old) })
}

pub(super) fn persist(call: &mut Call<'_, '_>) -> Outcome {
    let names = listed(&call.args[2..], 1)?;
    let hidden_before = call.ground.hidden_before;
    each(call, names, |old| match is_over(old, hidden_before) {
        true => (false, old),
        false => (old.is_some(), None),
    })
}

pub(super) fn get_ex(call: &mut Call<'_, '_>) -> Outcome {
    let (options, names) = split(&call.args[2..], 1)?;
    let at = match *options {
        [] => return each(call, names, |old| (false, old)),
        [word] if is(word, "PERSIST") => None,
        [word, number] => Some(unit_moment(call, word, number)?),
        _ => return Err(Fail::Syntax),
    };
    let hidden_before = call.ground.hidden_before;
    each(call, names, |old| match is_over(old, hidden_before) {
        true => (false, old),
        false => (at.is_some() || old.is_some(), at),
    })
}

/// Changes the expiries of those of the named fields that are there. `change` says whether that counts, and what it is
/// then.
fn each(
    call: &mut Call<'_, '_>,
    names: Words<'_>,
    change: impl Fn(Option<i64>) -> (bool, Option<i64>),
) -> Outcome {
    let key = call.key();
    let Some(hash) = call.get_mut::<Hash<'_>>(key)? else { return Ok(false) };
    let mut changed = false;
    for name in names {
        if hash.get(name).is_some() {
            let (counts, expiry) = change(hash.expiry(name));
            hash.set_expiry(name, expiry);
            changed |= counts;
        }
    }
    Ok(changed)
}

/// Words in front of `FIELDS`, and what that lists.
fn split<'c>(words: Words<'c>, width: u64) -> Result<(Words<'c>, Words<'c>), Fail> {
    let place = words.iter().position(|word| is(word, "FIELDS")).ok_or(Fail::Syntax)?;
    Ok((&words[..place], listed(&words[place..], width)?))
}

/// The moment that `EX 5` and its like come to.
fn unit_moment(call: &Call<'_, '_>, word: &[u8], number: &[u8]) -> Result<i64, Fail> {
    let (unit, from_now) = unit(word).ok_or(Fail::Syntax)?;
    moment(call, number, unit, from_now)
}

fn moment(call: &Call<'_, '_>, number: &[u8], unit: i64, from_now: bool) -> Result<i64, Fail> {
    let number = integer(number)?;
    if number < 0 { Err(Fail::OutOfRange) } else { call.moment(number, unit, from_now) }
}

/// What the options of `HSETEX` come to.
#[derive(Default)]
struct Options<'c> {
    /// Whether the hash (Valkey) and its fields must be there or must not.
    hash: Option<bool>,
    fields: Option<bool>,
    keep: bool,
    /// The unit of a time, and the time.
    time: Option<(&'c [u8], &'c [u8])>,
}

pub(super) fn set_ex(call: &mut Call<'_, '_>) -> Outcome {
    let (words, listed) = split(&call.args[2..], 2)?;
    let options = options(words)?;
    let (pairs, _) = listed.as_chunks::<2>();
    let (key, hidden_before) = (call.key(), call.ground.hidden_before);
    let held = call.get::<Hash<'_>>(key)?;
    // Valkey asks for the hash before it looks at the time.
    if options.hash.is_some_and(|wanted| held.is_some() != wanted) {
        return Ok(false);
    }
    let has = |name: &[u8]| held.is_some_and(|hash| hash.has(name, hidden_before));
    let is_met =
        options.fields.is_none_or(|wanted| pairs.iter().all(|[name, _]| has(name) == wanted));
    let expiry = options.time.map(|(unit, number)| unit_moment(call, unit, number)).transpose()?;
    if !is_met {
        return Ok(false);
    }
    let hash = call.get_or_new::<Hash<'_>>(key)?;
    for [name, value] in pairs {
        hash.change(name, value);
        if !options.keep {
            hash.set_expiry(name, expiry);
        }
    }
    Ok(true)
}

fn options<'c>(mut words: Words<'c>) -> Result<Options<'c>, Fail> {
    let mut found = Options::default();
    while let [word, rest @ ..] = words {
        words = rest;
        let is_dated = found.keep || found.time.is_some();
        match () {
            () if is(word, "NX") && found.hash.is_none() => found.hash = Some(false),
            () if is(word, "XX") && found.hash.is_none() => found.hash = Some(true),
            () if is(word, "FNX") && found.fields.is_none() => found.fields = Some(false),
            () if is(word, "FXX") && found.fields.is_none() => found.fields = Some(true),
            () if is(word, "KEEPTTL") && !is_dated => found.keep = true,
            () if !is_dated && unit(word).is_some() => {
                let [number, rest @ ..] = rest else { return Err(Fail::Syntax) };
                words = rest;
                found.time = Some((word, number));
            }
            () => return Err(Fail::Syntax),
        }
    }
    Ok(found)
}
