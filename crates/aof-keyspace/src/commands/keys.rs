//! Keys, whatever they hold: removing, renaming, expiring.

use super::Family;
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;

pub(super) const COMMANDS: Family = &[
    ("DEL", del),
    ("EXPIRE", expire),
    ("EXPIREAT", expire_at),
    ("MOVE", move_key),
    ("PERSIST", persist),
    ("PEXPIRE", pexpire),
    ("PEXPIREAT", pexpire_at),
    ("RENAME", rename),
    ("RENAMENX", rename_nx),
    ("UNLINK", del),
];

fn del(call: &mut Call<'_, '_>) -> Outcome {
    let keys = &call.args[1..];
    Ok(keys.iter().filter(|key| call.remove(key)).count() > 0)
}

fn expire(call: &mut Call<'_, '_>) -> Outcome {
    expires(call, 1000, true)
}

fn expire_at(call: &mut Call<'_, '_>) -> Outcome {
    expires(call, 1000, false)
}

fn pexpire(call: &mut Call<'_, '_>) -> Outcome {
    expires(call, 1, true)
}

fn pexpire_at(call: &mut Call<'_, '_>) -> Outcome {
    expires(call, 1, false)
}

/// While a log is loaded, a time that has passed does not remove the key.
fn expires(call: &mut Call<'_, '_>, unit: i64, from_now: bool) -> Outcome {
    let condition = condition(&call.args[3..])?;
    let at = call.moment(integer(call.args[2])?, unit, from_now)?;
    let key = call.key();
    let db = call.db(key);
    let is_met = db.expiry(key).is_some_and(|old| condition.holds(old, at));
    if is_met {
        db.set_expiry(key, Some(at));
    }
    Ok(is_met)
}

/// When an expiry of a key or a field is set.
#[derive(Clone, Copy, Default)]
pub(super) struct Condition {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Condition {
    /// What does not expire counts as something that expires never.
    pub(super) fn holds(self, old: Option<i64>, new: i64) -> bool {
        !(self.nx && old.is_some()
            || self.xx && old.is_none()
            || self.gt && old.is_none_or(|old| new <= old)
            || self.lt && old.is_some_and(|old| new >= old))
    }
}

pub(super) fn condition(words: &[&[u8]]) -> Result<Condition, Fail> {
    let mut found = Condition::default();
    for word in words {
        match () {
            () if is(word, "NX") => found.nx = true,
            () if is(word, "XX") => found.xx = true,
            () if is(word, "GT") => found.gt = true,
            () if is(word, "LT") => found.lt = true,
            () => return Err(Fail::Syntax),
        }
    }
    let Condition { nx, xx, gt, lt } = found;
    if nx && (xx || gt || lt) || gt && lt { Err(Fail::Syntax) } else { Ok(found) }
}

fn persist(call: &mut Call<'_, '_>) -> Outcome {
    let key = call.key();
    let db = call.db(key);
    let is_expiring = db.expiry(key).flatten().is_some();
    db.set_expiry(key, None);
    Ok(is_expiring)
}

fn rename(call: &mut Call<'_, '_>) -> Outcome {
    renames(call, false)
}

fn rename_nx(call: &mut Call<'_, '_>) -> Outcome {
    renames(call, true)
}

/// The expiry goes along.
fn renames(call: &mut Call<'_, '_>, only_new: bool) -> Outcome {
    let (from, to) = (call.args[1], call.args[2]);
    if !call.contains(from) {
        return Err(Fail::Missing);
    }
    if from == to || only_new && call.contains(to) {
        return Ok(false);
    }
    if let Some(entry) = call.db(from).take(from) {
        call.db(to).put_entry(to, entry);
    }
    Ok(true)
}

fn move_key(call: &mut Call<'_, '_>) -> Outcome {
    let (key, here) = (call.key(), call.db);
    let there = call.ground.number_of_db(call.args[2])?;
    if here == there {
        return Err(Fail::Invalid("source and destination are the same"));
    }
    if call.db_of(there, key).contains(key) {
        return Ok(false);
    }
    let Some(entry) = call.db(key).take(key) else { return Ok(false) };
    call.db_of(there, key).put_entry(key, entry);
    Ok(true)
}
