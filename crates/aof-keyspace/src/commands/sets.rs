//! Sets.

use super::Family;
use crate::arguments::integer;
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::value::{Set, Value};

pub(super) const COMMANDS: Family = &[
    ("SADD", add),
    ("SDIFFSTORE", diff_store),
    ("SINTERSTORE", inter_store),
    ("SMOVE", move_member),
    ("SPOP", pop),
    ("SREM", remove),
    ("SUNIONSTORE", union_store),
];

fn add(call: &mut Call<'_, '_>) -> Outcome {
    let (key, members) = (call.key(), &call.args[2..]);
    let set = call.get_or_new::<Set>(key)?;
    set.touch(members.iter().copied());
    Ok(members.iter().filter(|member| set.insert(member)).count() > 0)
}

fn remove(call: &mut Call<'_, '_>) -> Outcome {
    let (key, members) = (call.key(), &call.args[2..]);
    let Some(set) = call.get_mut::<Set>(key)? else { return Ok(false) };
    set.touch(members.iter().copied());
    let gone = members.iter().filter(|member| set.remove(member)).count();
    call.settle(key);
    Ok(gone > 0)
}

fn move_member(call: &mut Call<'_, '_>) -> Outcome {
    let (from, to, member) = (call.args[1], call.args[2], call.args[3]);
    if call.get::<Set>(from)?.is_none() {
        return Ok(false);
    }
    call.get::<Set>(to)?;
    if from == to || !call.get_mut::<Set>(from)?.is_some_and(|set| set.remove(member)) {
        return Ok(false);
    }
    call.settle(from);
    call.get_or_new::<Set>(to)?.insert(member);
    Ok(true)
}

/// Chance decides which members go away, and logs have `SREM` in the place of it. Only where all or none go away is the
/// outcome certain; anything else is refused as what only a server can execute.
fn pop(call: &mut Call<'_, '_>) -> Outcome {
    let key = call.key();
    let number = match call.args[2..] {
        [] => 1,
        [number] => u64::try_from(integer(number)?).map_err(|_| Fail::OutOfRange)?,
        _ => return Err(Fail::Syntax),
    };
    match call.get::<Set>(key)? {
        None => Ok(false),
        Some(_) if number == 0 => Ok(false),
        Some(set) if number < set.len() as u64 => Err(Fail::Opaque),
        Some(_) => Ok(call.remove(key)),
    }
}

fn inter_store(call: &mut Call<'_, '_>) -> Outcome {
    store(call, |first, others| {
        let is_everywhere =
            |member: &&[u8]| others.iter().all(|set| set.is_some_and(|set| set.contains(member)));
        first.into_iter().flat_map(Set::iter).filter(is_everywhere).collect()
    })
}

fn diff_store(call: &mut Call<'_, '_>) -> Outcome {
    store(call, |first, others| {
        let is_only_here =
            |member: &&[u8]| !others.iter().flatten().any(|set| set.contains(member));
        first.into_iter().flat_map(Set::iter).filter(is_only_here).collect()
    })
}

fn union_store(call: &mut Call<'_, '_>) -> Outcome {
    store(call, |first, others| {
        first.into_iter().chain(others.iter().copied().flatten()).flat_map(Set::iter).collect()
    })
}

/// Puts what is made of the sets at the first key, whatever that held; what is missing is an empty set.
fn store(call: &mut Call<'_, '_>, make: fn(Option<&Set>, &[Option<&Set>]) -> Set) -> Outcome {
    let (to, from) = (call.key(), &call.args[2..]);
    let sets = from.iter().map(|key| call.get::<Set>(key)).collect::<Result<Vec<_>, _>>()?;
    let (first, others) = sets.split_first().ok_or(Fail::Arity)?;
    let result = make(*first, others);
    let is_changed = !result.is_empty() || call.contains(to);
    call.put(to, Value::Set(result));
    Ok(is_changed)
}
