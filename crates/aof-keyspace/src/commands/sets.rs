//! Sets.

use std::collections::BTreeSet;

use super::Family;
use crate::arguments::integer;
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::value::Value;

pub(super) const COMMANDS: Family = &[
    ("SADD", add),
    ("SDIFFSTORE", diff_store),
    ("SINTERSTORE", inter_store),
    ("SMOVE", move_member),
    ("SPOP", pop),
    ("SREM", remove),
    ("SUNIONSTORE", union_store),
];

type Set = BTreeSet<Vec<u8>>;

fn add(call: &mut Call<'_>) -> Outcome {
    let (key, members) = (call.key(), &call.args[2..]);
    let set = call.db().get_or_new::<Set>(key)?;
    let old = set.len();
    set.extend(members.iter().map(|member| member.to_vec()));
    Ok(set.len() > old)
}

fn remove(call: &mut Call<'_>) -> Outcome {
    let (key, members) = (call.key(), &call.args[2..]);
    let Some(set) = call.db().get_mut::<Set>(key)? else { return Ok(false) };
    let gone = members.iter().filter(|member| set.remove(**member)).count();
    call.db().settle(key);
    Ok(gone > 0)
}

fn move_member(call: &mut Call<'_>) -> Outcome {
    let (from, to, member) = (call.args[1], call.args[2], call.args[3]);
    let db = call.db();
    if db.get::<Set>(from)?.is_none() {
        return Ok(false);
    }
    db.get::<Set>(to)?;
    if from == to || !db.get_mut::<Set>(from)?.is_some_and(|set| set.remove(member)) {
        return Ok(false);
    }
    db.settle(from);
    db.get_or_new::<Set>(to)?.insert(member.to_vec());
    Ok(true)
}

/// Chance decides which members go away, and logs have `SREM` in the place of it. Only where all or none go away is the
/// outcome certain; anything else is refused as what only a server can execute.
fn pop(call: &mut Call<'_>) -> Outcome {
    let key = call.key();
    let number = match call.args[2..] {
        [] => 1,
        [number] => u64::try_from(integer(number)?).map_err(|_| Fail::OutOfRange)?,
        _ => return Err(Fail::Syntax),
    };
    match call.db().get::<Set>(key)? {
        None => Ok(false),
        Some(_) if number == 0 => Ok(false),
        Some(set) if number < set.len() as u64 => Err(Fail::Opaque),
        Some(_) => Ok(call.db().keys.remove(key).is_some()),
    }
}

fn inter_store(call: &mut Call<'_>) -> Outcome {
    store(call, |first, others| {
        let is_everywhere = |member: &&Vec<u8>| {
            others.iter().all(|set| set.is_some_and(|set| set.contains(*member)))
        };
        first.into_iter().flatten().filter(is_everywhere).cloned().collect()
    })
}

fn diff_store(call: &mut Call<'_>) -> Outcome {
    store(call, |first, others| {
        let is_only_here =
            |member: &&Vec<u8>| !others.iter().flatten().any(|set| set.contains(*member));
        first.into_iter().flatten().filter(is_only_here).cloned().collect()
    })
}

fn union_store(call: &mut Call<'_>) -> Outcome {
    store(call, |first, others| {
        first.into_iter().chain(others.iter().copied().flatten()).flatten().cloned().collect()
    })
}

/// Puts what is made of the sets at the first key, whatever that held; what is missing is an empty set.
fn store(call: &mut Call<'_>, make: fn(Option<&Set>, &[Option<&Set>]) -> Set) -> Outcome {
    let (to, from) = (call.key(), &call.args[2..]);
    let db = call.db();
    let sets = from.iter().map(|key| db.get::<Set>(key)).collect::<Result<Vec<_>, _>>()?;
    let (first, others) = sets.split_first().ok_or(Fail::Arity)?;
    let result = make(*first, others);
    let is_changed = !result.is_empty() || db.keys.contains_key(to);
    db.put(to, Value::Set(result));
    Ok(is_changed)
}
