//! Values that come as a whole: copied from another key, or as a payload.

use aof_rdb::{Checksum, Dump, Room};

use super::Family;
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::value::{Entry, Value};

pub(super) const COMMANDS: Family =
    &[("COPY", copy), ("RESTORE", restore), ("RESTORE-ASKING", restore)];

/// The expiry goes along.
fn copy(call: &mut Call<'_, '_>) -> Outcome {
    let (from, to) = (call.args[1], call.args[2]);
    let (mut db, mut replaces) = (call.db, false);
    let mut words = call.args[3..].iter();
    while let Some(word) = words.next() {
        match () {
            () if is(word, "REPLACE") => replaces = true,
            () if is(word, "DB") => {
                db = call.ground.number_of_db(words.next().ok_or(Fail::Syntax)?)?;
            }
            () => return Err(Fail::Syntax),
        }
    }
    if from == to && db == call.db {
        return Err(Fail::Invalid("source and destination are the same"));
    }
    let Some(entry) = call.db(from).copied(from) else { return Ok(false) };
    let there = call.db_of(db, to);
    if there.contains(to) && !replaces {
        return Ok(false);
    }
    there.put_entry(to, entry);
    Ok(true)
}

/// What the options of RESTORE come to.
#[derive(Default)]
struct Options {
    replaces: bool,
    is_absolute: bool,
}

fn restore(call: &mut Call<'_, '_>) -> Outcome {
    let options = options(&call.args[4..])?;
    let lifetime = integer(call.args[2])?;
    if lifetime < 0 {
        return Err(Fail::Invalid("invalid lifetime"));
    }
    let key = call.key();
    if call.contains(key) && !options.replaces {
        return Err(Fail::Exists);
    }
    let value = value(call, call.args[3])?;
    let expiry = match lifetime {
        0 => None,
        millis if options.is_absolute => Some(millis),
        millis => Some(call.now()?.checked_add(millis).ok_or(Fail::OutOfRange)?),
    };
    call.db(key).put_entry(key, Entry { value, expiry });
    Ok(true)
}

/// How often and how long ago somebody asked is not kept.
fn options(words: &[&[u8]]) -> Result<Options, Fail> {
    let mut found = Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match () {
            () if is(word, "REPLACE") => found.replaces = true,
            () if is(word, "ABSTTL") => found.is_absolute = true,
            () if is(word, "IDLETIME") || is(word, "FREQ") => {
                let number = integer(words.next().ok_or(Fail::Syntax)?)?;
                let is_allowed = number >= 0 && (is(word, "IDLETIME") || number <= 255);
                is_allowed.then_some(()).ok_or(Fail::OutOfRange)?;
            }
            () => return Err(Fail::Syntax),
        }
    }
    Ok(found)
}

/// A checksum of eight NUL bytes, which newer servers take for none, is none.
fn value<'i>(call: &Call<'_, 'i>, payload: &[u8]) -> Result<Value<'i>, Fail> {
    let bad = Fail::Invalid("this is no sound payload");
    let dump = Dump::new(payload).map_err(|_| bad)?;
    if matches!(dump.checksum, Checksum::Wrong { .. }) {
        return Err(bad);
    }
    let mut room = Room::default();
    dump.value.verify(&mut room).map_err(|_| bad)?;
    Value::read(&dump.value, call.ground.space, &mut room).map_err(|_| bad)
}
