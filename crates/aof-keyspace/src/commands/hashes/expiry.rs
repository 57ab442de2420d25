//! Fields that expire.

use super::listed;
use crate::arguments::{Words, integer, is};
use crate::call::{Call, Outcome};
use crate::commands::keys::condition;
use crate::commands::strings::unit;
use crate::fail::Fail;
use crate::value::{Field, Hash};

pub(super) fn expire(call: &mut Call<'_>) -> Outcome {
    expires(call, 1000, true)
}

pub(super) fn expire_at(call: &mut Call<'_>) -> Outcome {
    expires(call, 1000, false)
}

pub(super) fn pexpire(call: &mut Call<'_>) -> Outcome {
    expires(call, 1, true)
}

pub(super) fn pexpire_at(call: &mut Call<'_>) -> Outcome {
    expires(call, 1, false)
}

fn expires(call: &mut Call<'_>, unit: i64, from_now: bool) -> Outcome {
    let at = moment(call, call.args[2], unit, from_now)?;
    let (options, names) = split(&call.args[3..], 1)?;
    let condition = condition(options)?;
    each(call, names, |field| {
        let is_met = condition.holds(field.expiry, at);
        if is_met {
            field.expiry = Some(at);
        }
        is_met
    })
}

pub(super) fn persist(call: &mut Call<'_>) -> Outcome {
    let names = listed(&call.args[2..], 1)?;
    each(call, names, |field| field.expiry.take().is_some())
}

pub(super) fn get_ex(call: &mut Call<'_>) -> Outcome {
    let (options, names) = split(&call.args[2..], 1)?;
    let at = match *options {
        [] => return each(call, names, |_| false),
        [word] if is(word, "PERSIST") => None,
        [word, number] => Some(unit_moment(call, word, number)?),
        _ => return Err(Fail::Syntax),
    };
    each(call, names, |field| {
        let old = std::mem::replace(&mut field.expiry, at);
        at.is_some() || old.is_some()
    })
}

/// Changes those of the named fields that are there; whether one of them says that it changed.
fn each(call: &mut Call<'_>, names: Words<'_>, change: impl Fn(&mut Field) -> bool) -> Outcome {
    let key = call.key();
    let Some(hash) = call.db().get_mut::<Hash>(key)? else { return Ok(false) };
    let mut changed = false;
    for name in names {
        changed |= hash.fields.get_mut(*name).is_some_and(&change);
    }
    Ok(changed)
}

/// Words in front of `FIELDS`, and what that lists.
fn split<'c>(words: Words<'c>, width: u64) -> Result<(Words<'c>, Words<'c>), Fail> {
    let place = words.iter().position(|word| is(word, "FIELDS")).ok_or(Fail::Syntax)?;
    Ok((&words[..place], listed(&words[place..], width)?))
}

/// The moment that `EX 5` and its like come to.
fn unit_moment(call: &Call<'_>, word: &[u8], number: &[u8]) -> Result<i64, Fail> {
    let (unit, from_now) = unit(word).ok_or(Fail::Syntax)?;
    moment(call, number, unit, from_now)
}

fn moment(call: &Call<'_>, number: &[u8], unit: i64, from_now: bool) -> Result<i64, Fail> {
    let number = integer(number)?;
    if number < 0 { Err(Fail::OutOfRange) } else { call.moment(number, unit, from_now) }
}

/// What the options of `HSETEX` come to.
#[derive(Default)]
struct Options {
    /// Whether the hash (Valkey) and its fields must be there or must not.
    hash: Option<bool>,
    fields: Option<bool>,
    keep: bool,
    expiry: Option<i64>,
}

pub(super) fn set_ex(call: &mut Call<'_>) -> Outcome {
    let (words, listed) = split(&call.args[2..], 2)?;
    let options = options(call, words)?;
    let (pairs, _) = listed.as_chunks::<2>();
    let key = call.key();
    let held = call.db().get::<Hash>(key)?;
    let has = |name: &[u8]| held.is_some_and(|hash| hash.fields.contains_key(name));
    let is_met = options.hash.is_none_or(|wanted| held.is_some() == wanted)
        && options.fields.is_none_or(|wanted| pairs.iter().all(|[name, _]| has(name) == wanted));
    if !is_met {
        return Ok(false);
    }
    let hash = call.db().get_or_new::<Hash>(key)?;
    for [name, value] in pairs {
        let field = hash.fields.entry(name.to_vec()).or_default();
        field.value = value.to_vec();
        if !options.keep {
            field.expiry = options.expiry;
        }
    }
    Ok(true)
}

fn options(call: &Call<'_>, mut words: Words<'_>) -> Result<Options, Fail> {
    let mut found = Options::default();
    while let [word, rest @ ..] = words {
        words = rest;
        let is_dated = found.keep || found.expiry.is_some();
        match () {
            () if is(word, "NX") && found.hash.is_none() => found.hash = Some(false),
            () if is(word, "XX") && found.hash.is_none() => found.hash = Some(true),
            () if is(word, "FNX") && found.fields.is_none() => found.fields = Some(false),
            () if is(word, "FXX") && found.fields.is_none() => found.fields = Some(true),
            () if is(word, "KEEPTTL") && !is_dated => found.keep = true,
            () if !is_dated => {
                let [number, rest @ ..] = rest else { return Err(Fail::Syntax) };
                words = rest;
                found.expiry = Some(unit_moment(call, word, number)?);
            }
            () => return Err(Fail::Syntax),
        }
    }
    Ok(found)
}
