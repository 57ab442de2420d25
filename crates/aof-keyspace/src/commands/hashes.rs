//! Hashes, whose fields may expire by themselves. While a log is loaded, none does: a time that has passed is kept, and
//! hidden at most.

mod expiry;

use self::expiry::{expire, expire_at, get_ex, persist, pexpire, pexpire_at, set_ex};
use super::Family;
use crate::arguments::{Words, integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::floats;
use crate::value::Hash;

pub(super) const COMMANDS: Family = &[
    ("HDEL", del),
    ("HEXPIRE", expire),
    ("HEXPIREAT", expire_at),
    ("HGETDEL", get_del),
    ("HGETEX", get_ex),
    ("HINCRBY", incr_by),
    ("HINCRBYFLOAT", incr_by_float),
    ("HMSET", set),
    ("HPERSIST", persist),
    ("HPEXPIRE", pexpire),
    ("HPEXPIREAT", pexpire_at),
    ("HSET", set),
    ("HSETEX", set_ex),
    ("HSETNX", set_nx),
];

/// A field that is written does not expire any more.
fn set(call: &mut Call<'_, '_>) -> Outcome {
    let (pairs, rest) = call.args[2..].as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Fail::Arity);
    }
    let hash = call.get_or_new::<Hash<'_>>(call.key())?;
    hash.touch(pairs.iter().map(|[name, _]| *name));
    pairs.iter().for_each(|[name, value]| hash.set(name, value));
    Ok(true)
}

fn set_nx(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name, value) = (call.key(), call.args[2], call.args[3]);
    let hidden_before = call.ground.hidden_before;
    let hash = call.get_or_new::<Hash<'_>>(key)?;
    let is_new = !hash.has(name, hidden_before);
    if is_new {
        hash.set(name, value);
    }
    Ok(is_new)
}

fn del(call: &mut Call<'_, '_>) -> Outcome {
    let names = &call.args[2..];
    remove(call, names)
}

fn get_del(call: &mut Call<'_, '_>) -> Outcome {
    let names = listed(&call.args[2..], 1)?;
    remove(call, names)
}

fn remove(call: &mut Call<'_, '_>, names: Words<'_>) -> Outcome {
    let key = call.key();
    let Some(hash) = call.get_mut::<Hash<'_>>(key)? else { return Ok(false) };
    hash.touch(names.iter().copied());
    let removed = names.iter().filter(|name| hash.remove(name)).count();
    call.settle(key);
    Ok(removed > 0)
}

/// What `FIELDS 2 a b` lists, where each of them takes so many words.
fn listed<'c>(words: Words<'c>, width: u64) -> Result<Words<'c>, Fail> {
    let [word, number, listed @ ..] = words else { return Err(Fail::Syntax) };
    let number = u64::try_from(integer(number)?).map_err(|_| Fail::OutOfRange)?;
    let is_whole = number > 0 && number.checked_mul(width) == Some(listed.len() as u64);
    if is_whole && is(word, "FIELDS") { Ok(listed) } else { Err(Fail::Syntax) }
}

fn incr_by(call: &mut Call<'_, '_>) -> Outcome {
    let by = integer(call.args[3])?;
    edit(call, |held| {
        let sum = held.map_or(Ok(0), integer)?.checked_add(by).ok_or(Fail::Overflow)?;
        Ok(sum.to_string().into_bytes())
    })
}

fn incr_by_float(call: &mut Call<'_, '_>) -> Outcome {
    let by = call.args[3];
    edit(call, |held| floats::sum(held.unwrap_or(b"0"), by))
}

/// Puts in the place of a field's value what `change` makes of it. It goes on expiring when it did.
fn edit(
    call: &mut Call<'_, '_>,
    change: impl FnOnce(Option<&[u8]>) -> Result<Vec<u8>, Fail>,
) -> Outcome {
    let (key, name) = (call.key(), call.args[2]);
    let hidden_before = call.ground.hidden_before;
    let held = call.get::<Hash<'_>>(key)?.filter(|hash| hash.has(name, hidden_before));
    let value = change(held.and_then(|hash| hash.get(name)))?;
    call.get_or_new::<Hash<'_>>(key)?.change(name, &value);
    Ok(true)
}
