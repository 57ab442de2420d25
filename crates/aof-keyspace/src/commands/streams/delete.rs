//! Entries that are deleted or acknowledged.

use super::trim::references;
use super::{References, Stream, count, ids, is};
use crate::arguments::Words;
use crate::call::{Call, Outcome};
use crate::fail::Fail;

pub(super) fn delete(call: &mut Call<'_, '_>) -> Outcome {
    let (key, words) = (call.key(), &call.args[2..]);
    let Some(stream) = call.get_mut::<Stream<'_>>(key)? else { return Ok(false) };
    let ids = ids(words)?;
    Ok(ids.into_iter().filter(|id| stream.delete(*id, References::Keep)).count() > 0)
}

pub(super) fn ack(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name, words) = (call.key(), call.args[2], &call.args[3..]);
    let Some(stream) = call.get_mut::<Stream<'_>>(key)? else { return Ok(false) };
    let Some(group) = stream.groups.get_mut(name) else { return Ok(false) };
    let ids = ids(words)?;
    Ok(ids.into_iter().filter(|id| group.pending.remove(id).is_some()).count() > 0)
}

pub(super) fn delete_ex(call: &mut Call<'_, '_>) -> Outcome {
    let key = call.key();
    let (references, words) = options(&call.args[2..])?;
    let Some(stream) = call.get_mut::<Stream<'_>>(key)? else { return Ok(false) };
    let mut changed = false;
    for id in ids(words)? {
        changed |= stream.delete(id, references);
    }
    Ok(changed)
}

pub(super) fn ack_delete(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name) = (call.key(), call.args[2]);
    let (references, words) = options(&call.args[3..])?;
    let Some(stream) = call.get_mut::<Stream<'_>>(key)? else { return Ok(false) };
    if !stream.groups.contains_key(name) {
        return Ok(false);
    }
    let mut changed = false;
    for id in ids(words)? {
        let group = stream.groups.get_mut(name);
        if group.is_some_and(|group| group.pending.remove(&id).is_some()) {
            stream.delete(id, references);
            changed = true;
        }
    }
    Ok(changed)
}

/// `DELREF IDS 2 1-1 2-1` and its like, in any order.
fn options<'c>(mut words: Words<'c>) -> Result<(References, Words<'c>), Fail> {
    let (mut found, mut listed) = (None, None);
    while let [word, rest @ ..] = words {
        if let (Some(references), None) = (references(word), found) {
            (found, words) = (Some(references), rest);
            continue;
        }
        let [number, rest @ ..] = rest else { return Err(Fail::Syntax) };
        if !is(word, "IDS") || listed.is_some() {
            return Err(Fail::Syntax);
        }
        let number = usize::try_from(count(number)?).map_err(|_| Fail::OutOfRange)?;
        let (ids, behind) = rest.split_at_checked(number).ok_or(Fail::Arity)?;
        (listed, words) = (Some(ids).filter(|ids| !ids.is_empty()), behind);
    }
    listed.map(|ids| (found.unwrap_or_default(), ids)).ok_or(Fail::Arity)
}
