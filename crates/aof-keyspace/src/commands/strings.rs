//! Strings.

mod expiring;

pub(super) use self::expiring::unit;
use self::expiring::{expiry, get_ex, mset_ex, pset_ex, set_ex};
use super::Family;
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::floats;

pub(super) const COMMANDS: Family = &[
    ("APPEND", append),
    ("DECR", decr),
    ("DECRBY", decr_by),
    ("DELIFEQ", del_if_equal),
    ("GETDEL", get_del),
    ("GETEX", get_ex),
    ("GETSET", get_set),
    ("INCR", incr),
    ("INCRBY", incr_by),
    ("INCRBYFLOAT", incr_by_float),
    ("MSET", mset),
    ("MSETEX", mset_ex),
    ("MSETNX", mset_nx),
    ("PSETEX", pset_ex),
    ("SET", set),
    ("SETEX", set_ex),
    ("SETNX", set_nx),
    ("SETRANGE", set_range),
];

/// The longest string that servers keep.
pub(super) const LONGEST: u64 = 512 << 20;

/// From so many zeros on the system is asked for them.
const MANY: usize = 1 << 20;

/// Puts zeros behind a string until it has this length. Where they are many, they take no memory until something else
/// is written there: a record of forty bytes may ask for 512 MB of them.
pub(super) fn pad(text: &mut Vec<u8>, length: usize) {
    if length.saturating_sub(text.len()) < MANY {
        text.resize(length.max(text.len()), 0);
        return;
    }
    let short = std::mem::replace(text, vec![0; length]);
    text[..short.len()].copy_from_slice(&short);
}

fn put(call: &mut Call<'_, '_>, key: &[u8], value: &[u8], expiry: Option<i64>) {
    call.db(key).put_string(key, value, expiry);
}

/// What the options of SET come to.
#[derive(Default)]
struct Options<'c> {
    nx: bool,
    xx: bool,
    keep: bool,
    get: bool,
    /// Valkey: only if this is what the key holds.
    equal: Option<&'c [u8]>,
    expiry: Option<i64>,
}

fn set(call: &mut Call<'_, '_>) -> Outcome {
    let options = options(call)?;
    let (key, value) = (call.args[1], call.args[2]);
    if call.args.len() > 3 && !is_met(call, key, &options)? {
        return Ok(false);
    }
    match options.keep {
        true => call.db(key).replace_string(key, value),
        false => put(call, key, value, options.expiry),
    }
    Ok(true)
}

fn is_met(call: &Call<'_, '_>, key: &[u8], options: &Options<'_>) -> Result<bool, Fail> {
    if options.get || options.equal.is_some() {
        let held = call.string(key)?;
        if options.equal.is_some_and(|equal| held.as_deref() != Some(equal)) {
            return Ok(false);
        }
    }
    let is_there = call.contains(key);
    Ok(!(options.nx && is_there || options.xx && !is_there))
}

fn options<'c>(call: &Call<'c, '_>) -> Result<Options<'c>, Fail> {
    let mut found = Options::default();
    let mut words = call.args[3..].iter();
    while let Some(word) = words.next() {
        match () {
            () if is(word, "NX") && !found.xx => found.nx = true,
            () if is(word, "XX") && !found.nx => found.xx = true,
            () if is(word, "GET") => found.get = true,
            () if is(word, "KEEPTTL") && found.expiry.is_none() => found.keep = true,
            () if is(word, "IFEQ") => found.equal = Some(words.next().ok_or(Fail::Syntax)?),
            () if found.expiry.is_none() && !found.keep => {
                let number = words.next().ok_or(Fail::Syntax)?;
                found.expiry = Some(expiry(call, word, number)?);
            }
            () => return Err(Fail::Syntax),
        }
    }
    if found.equal.is_some() && (found.nx || found.xx) { Err(Fail::Syntax) } else { Ok(found) }
}

fn set_nx(call: &mut Call<'_, '_>) -> Outcome {
    let (key, value) = (call.args[1], call.args[2]);
    let is_new = !call.contains(key);
    if is_new {
        put(call, key, value, None);
    }
    Ok(is_new)
}

fn get_set(call: &mut Call<'_, '_>) -> Outcome {
    let (key, value) = (call.args[1], call.args[2]);
    call.string(key)?;
    put(call, key, value, None);
    Ok(true)
}

fn get_del(call: &mut Call<'_, '_>) -> Outcome {
    let key = call.key();
    let is_there = call.string(key)?.is_some();
    call.remove(key);
    Ok(is_there)
}

fn del_if_equal(call: &mut Call<'_, '_>) -> Outcome {
    let (key, value) = (call.key(), call.args[2]);
    let is_equal = call.string(key)?.is_some_and(|held| *held == *value);
    Ok(is_equal && call.remove(key))
}

fn append(call: &mut Call<'_, '_>) -> Outcome {
    let (key, more) = (call.args[1], call.args[2]);
    call.db(key).buffer(key)?.extend_from_slice(more);
    Ok(true)
}

fn set_range(call: &mut Call<'_, '_>) -> Outcome {
    let (key, value) = (call.args[1], call.args[3]);
    let at = integer(call.args[2])?;
    let at = u64::try_from(at).map_err(|_| Fail::OutOfRange)?;
    let held = call.string(key)?.map(|text| text.len());
    if value.is_empty() {
        return Ok(false);
    }
    let end = at.checked_add(value.len() as u64).filter(|end| *end <= LONGEST);
    let end = end.ok_or(Fail::Invalid("the string would be too long"))? as usize;
    let length = held.unwrap_or(0).max(end);
    let text = call.db(key).buffer(key)?;
    pad(text, length);
    text[at as usize..end].copy_from_slice(value);
    Ok(true)
}

fn mset(call: &mut Call<'_, '_>) -> Outcome {
    for (key, value) in pairs(call)? {
        put(call, key, value, None);
    }
    Ok(true)
}

fn mset_nx(call: &mut Call<'_, '_>) -> Outcome {
    let pairs = pairs(call)?;
    if pairs.iter().any(|(key, _)| call.contains(key)) {
        return Ok(false);
    }
    pairs.into_iter().for_each(|(key, value)| put(call, key, value, None));
    Ok(true)
}

/// A key and its value.
type Pair<'c> = (&'c [u8], &'c [u8]);

fn pairs<'c>(call: &Call<'c, '_>) -> Result<Vec<Pair<'c>>, Fail> {
    let (pairs, rest) = call.args[1..].as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Fail::Arity);
    }
    Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
}

fn incr(call: &mut Call<'_, '_>) -> Outcome {
    add(call, 1)
}

fn decr(call: &mut Call<'_, '_>) -> Outcome {
    add(call, -1)
}

fn incr_by(call: &mut Call<'_, '_>) -> Outcome {
    let by = integer(call.args[2])?;
    add(call, by)
}

fn decr_by(call: &mut Call<'_, '_>) -> Outcome {
    let by = integer(call.args[2])?;
    // Redis 6.2 takes −2^63 for its own opposite.
    add(call, by.wrapping_neg())
}

/// The expiry stays.
fn add(call: &mut Call<'_, '_>, by: i64) -> Outcome {
    let key = call.key();
    let db = call.db(key);
    let sum = db.integer(key)?.unwrap_or(0).checked_add(by).ok_or(Fail::Overflow)?;
    db.replace_string(key, itoa::Buffer::new().format(sum).as_bytes());
    Ok(true)
}

/// The expiry stays.
fn incr_by_float(call: &mut Call<'_, '_>) -> Outcome {
    let key = call.key();
    let by = call.args[2];
    let held = call.string(key)?.unwrap_or_else(|| b"0"[..].into());
    let sum = floats::sum(&held, by)?;
    call.db(key).replace_string(key, &sum);
    Ok(true)
}
