//! Groups and their consumers.

use super::id::{id, id_or_end};
use super::{Group, Stream, count, group, is};
use crate::arguments::Words;
use crate::call::{Call, Outcome};
use crate::fail::Fail;

pub(super) fn create(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name) = (call.args[2], call.args[3]);
    let options = options(&call.args[5..], true)?;
    let held = call.get::<Stream<'_>>(key)?;
    if held.is_none() && !options.makes_stream {
        return Err(Fail::Missing);
    }
    let end = held.map(|stream| stream.last).unwrap_or_default();
    let is_there = held.is_some_and(|stream| stream.groups.contains_key(name));
    let last = if call.args[4] == b"$" { end } else { id(call.args[4])? };
    if is_there {
        return Err(Fail::Exists);
    }
    let group = Group { last, read: options.read, ..Group::default() };
    call.get_or_new::<Stream<'_>>(key)?.groups.insert(name.to_vec(), group);
    Ok(true)
}

pub(super) fn set_id(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name) = (call.args[2], call.args[3]);
    let options = options(&call.args[5..], false)?;
    let end = call.get::<Stream<'_>>(key)?.map(|stream| stream.last).unwrap_or_default();
    let last = if call.args[4] == b"$" { Ok(end) } else { id_or_end(call.args[4]) };
    let group = group(call, key, name)?;
    (group.last, group.read) = (last?, options.read);
    Ok(true)
}

pub(super) fn destroy(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name) = (call.args[2], call.args[3]);
    let stream = call.get_mut::<Stream<'_>>(key)?.ok_or(Fail::Missing)?;
    Ok(stream.groups.remove(name).is_some())
}

pub(super) fn create_consumer(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name, consumer) = (call.args[2], call.args[3], call.args[4]);
    let now = call.now.unwrap_or_default();
    let group = group(call, key, name)?;
    let is_new = !group.consumers.contains_key(consumer);
    if is_new {
        group.consumer(consumer).seen = now;
    }
    Ok(is_new)
}

/// What it did not acknowledge goes with it.
pub(super) fn delete_consumer(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name, consumer) = (call.args[2], call.args[3], call.args[4]);
    let group = group(call, key, name)?;
    let was_there = group.consumers.remove(consumer).is_some();
    group.pending.retain(|_, pending| pending.owner != consumer);
    Ok(was_there)
}

/// What stands behind the id.
#[derive(Default)]
struct Options {
    makes_stream: bool,
    read: Option<u64>,
}

fn options(mut words: Words<'_>, creates: bool) -> Result<Options, Fail> {
    let mut found = Options::default();
    loop {
        words = match words {
            [] => return Ok(found),
            [word, rest @ ..] if creates && is(word, "MKSTREAM") => {
                found.makes_stream = true;
                rest
            }
            [word, number, rest @ ..] if is(word, "ENTRIESREAD") => {
                found.read = if *number == b"-1" { None } else { Some(count(number)?) };
                rest
            }
            _ => return Err(Fail::Syntax),
        }
    }
}
