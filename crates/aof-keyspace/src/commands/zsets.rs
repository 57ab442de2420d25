//! Sorted sets.

mod add;
mod combine;
mod pop;
mod ranges;

use super::Family;
use crate::call::{Call, Outcome};
use crate::value::{SortedSet, Value};

pub(super) use add::{When, add};

pub(super) const COMMANDS: Family = &[
    ("BZMPOP", pop::bzmpop),
    ("BZPOPMAX", pop::bzpop_max),
    ("BZPOPMIN", pop::bzpop_min),
    ("ZADD", add::zadd),
    ("ZDIFFSTORE", combine::diff_store),
    ("ZINCRBY", add::zincr_by),
    ("ZINTERSTORE", combine::inter_store),
    ("ZMPOP", pop::zmpop),
    ("ZPOPMAX", pop::zpop_max),
    ("ZPOPMIN", pop::zpop_min),
    ("ZRANGESTORE", ranges::range_store),
    ("ZREM", rem),
    ("ZREMRANGEBYLEX", ranges::rem_by_lex),
    ("ZREMRANGEBYRANK", ranges::rem_by_rank),
    ("ZREMRANGEBYSCORE", ranges::rem_by_score),
    ("ZUNIONSTORE", combine::union_store),
];

fn rem(call: &mut Call<'_, '_>) -> Outcome {
    let (key, members) = (call.key(), &call.args[2..]);
    remove(call, key, members)
}

/// Removes members; whether there was one.
fn remove<M: AsRef<[u8]>>(call: &mut Call<'_, '_>, key: &[u8], members: &[M]) -> Outcome {
    let Some(set) = call.get_mut::<SortedSet>(key)? else { return Ok(false) };
    set.touch(members.iter().map(AsRef::as_ref));
    let removed = members.iter().filter(|member| set.remove(member.as_ref())).count();
    call.settle(key);
    Ok(removed > 0)
}

/// Puts a result in the place of whatever the key held. One that nothing is in removes it.
pub(super) fn store(call: &mut Call<'_, '_>, key: &[u8], set: SortedSet) -> Outcome {
    let is_effective = !set.is_empty() || call.contains(key);
    call.put(key, Value::SortedSet(set));
    Ok(is_effective)
}
