//! Strings that are given a time at which they expire.

use super::put;
use crate::arguments::{Words, integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;

/// The moment that `EX 5` and its like come to.
pub(super) fn expiry(call: &Call<'_>, word: &[u8], number: &[u8]) -> Result<i64, Fail> {
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
fn lifetime(call: &Call<'_>, words: Words<'_>) -> Result<Option<i64>, Fail> {
    let (pairs, rest) = words.as_chunks::<2>();
    let Some([word, number]) = pairs.last() else {
        return if rest.is_empty() { Ok(None) } else { Err(Fail::Syntax) };
    };
    let is_mixed = pairs.iter().any(|[other, _]| !other.eq_ignore_ascii_case(word));
    if is_mixed || !rest.is_empty() {
        return Err(Fail::Syntax);
    }
    expiry(call, word, number).map(Some)
}

pub(super) fn set_ex(call: &mut Call<'_>) -> Outcome {
    let at = expiry(call, b"EX", call.args[2])?;
    put(call, call.args[1], call.args[3], Some(at));
    Ok(true)
}

pub(super) fn pset_ex(call: &mut Call<'_>) -> Outcome {
    let at = expiry(call, b"PX", call.args[2])?;
    put(call, call.args[1], call.args[3], Some(at));
    Ok(true)
}

/// Without options it only reads.
pub(super) fn get_ex(call: &mut Call<'_>) -> Outcome {
    let (key, words) = (call.key(), &call.args[2..]);
    let persists = !words.is_empty() && words.iter().all(|word| is(word, "PERSIST"));
    let at = if persists { None } else { lifetime(call, words)? };
    call.db().get::<Vec<u8>>(key)?;
    let Some(entry) = call.db().keys.get_mut(key) else { return Ok(false) };
    if words.is_empty() {
        return Ok(false);
    }
    let old = std::mem::replace(&mut entry.expiry, at);
    Ok(at.is_some() || old.is_some())
}

/// Several at once, all of them or none.
pub(super) fn mset_ex(call: &mut Call<'_>) -> Outcome {
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
    let keys = &call.db().keys;
    if wanted.is_some_and(|wanted| pairs.iter().any(|[key, _]| keys.contains_key(*key) != wanted)) {
        return Ok(false);
    }
    for [key, value] in pairs {
        let old = call.db().keys.get(*key).and_then(|entry| entry.expiry);
        put(call, key, value, if keeps { old } else { at });
    }
    Ok(true)
}
