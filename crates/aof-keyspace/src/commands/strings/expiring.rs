//! Strings that are given a time at which they expire.

use super::put;
use crate::arguments::{Words, integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;

/// The moment that `EX 5` and its like come to.
pub(super) fn expiry(call: &Call<'_, '_>, word: &[u8], number: &[u8]) -> Result<i64, Fail> {
    let (unit, from_now) = unit(word).ok_or(Fail::Syntax)?;
    let number = integer(number)?;
    match number > 0 {
        true => call.moment(number, unit, from_now),
        false => Err(Fail::Invalid("invalid expiry")),
    }
}

/// What `EX` and its like count in, in milliseconds, and whether from now.
pub(in crate::commands) fn unit(word: &[u8]) -> Option<(i64, bool)> {
    match () {
        () if is(word, "EX") => Some((1000, true)),
        () if is(word, "PX") => Some((1, true)),
        () if is(word, "EXAT") => Some((1000, false)),
        () if is(word, "PXAT") => Some((1, false)),
        () => None,
    }
}

/// `EX 5` or its like, or nothing. What is said twice in the same way counts as it is said last.
fn lifetime(call: &Call<'_, '_>, words: Words<'_>) -> Result<Option<i64>, Fail> {
    stated(words)?.map(|[word, number]| expiry(call, word, number)).transpose()
}

fn stated<'c>(words: Words<'c>) -> Result<Option<[&'c [u8]; 2]>, Fail> {
    let (pairs, rest) = words.as_chunks::<2>();
    let last = pairs.last();
    let is_mixed =
        |[word, _]: &[&[u8]; 2]| pairs.iter().any(|[other, _]| !other.eq_ignore_ascii_case(word));
    if last.is_some_and(is_mixed) || !rest.is_empty() {
        return Err(Fail::Syntax);
    }
    Ok(last.copied())
}

pub(super) fn set_ex(call: &mut Call<'_, '_>) -> Outcome {
    let at = expiry(call, b"EX", call.args[2])?;
    put(call, call.args[1], call.args[3], Some(at));
    Ok(true)
}

pub(super) fn pset_ex(call: &mut Call<'_, '_>) -> Outcome {
    let at = expiry(call, b"PX", call.args[2])?;
    put(call, call.args[1], call.args[3], Some(at));
    Ok(true)
}

/// Without options it only reads. Without a key nobody looks at the number.
pub(super) fn get_ex(call: &mut Call<'_, '_>) -> Outcome {
    let (key, words) = (call.key(), &call.args[2..]);
    let persists = !words.is_empty() && words.iter().all(|word| is(word, "PERSIST"));
    if call.string(key)?.is_none() {
        return if persists { Ok(false) } else { stated(words).map(|_| false) };
    }
    let at = if persists { None } else { lifetime(call, words)? };
    let db = call.db(key);
    let Some(old) = db.expiry(key).filter(|_| !words.is_empty()) else { return Ok(false) };
    db.set_expiry(key, at);
    Ok(at.is_some() || old.is_some())
}

/// Several at once, all of them or none.
pub(super) fn mset_ex(call: &mut Call<'_, '_>) -> Outcome {
    let number = u64::try_from(integer(call.args[1])?).map_err(|_| Fail::OutOfRange)?;
    let number = usize::try_from(number).ok().filter(|number| *number > 0);
    let length = number.and_then(|number| number.checked_mul(2)).ok_or(Fail::OutOfRange)?;
    let (pairs, mut words) = call.args[2..].split_at_checked(length).ok_or(Fail::Syntax)?;
    let (mut wanted, mut keeps, mut times) = (None, false, Vec::new());
    while let [word, rest @ ..] = words {
        words = rest;
        match () {
            () if is(word, "NX") && wanted != Some(true) => wanted = Some(false),
            () if is(word, "XX") && wanted != Some(false) => wanted = Some(true),
            () if is(word, "KEEPTTL") => keeps = true,
            () => {
                let (number, rest) = rest.split_first().ok_or(Fail::Syntax)?;
                times.extend([*word, *number]);
                words = rest;
            }
        }
    }
    let at = lifetime(call, &times)?;
    if keeps && at.is_some() {
        return Err(Fail::Syntax);
    }
    let (pairs, _) = pairs.as_chunks::<2>();
    if wanted.is_some_and(|wanted| pairs.iter().any(|[key, _]| call.contains(key) != wanted)) {
        return Ok(false);
    }
    for [key, value] in pairs {
        match keeps {
            true => call.db(key).replace_string(key, value),
            false => put(call, key, value, at),
        }
    }
    Ok(true)
}
