//! Strings as bits, and as numbers in them. Bit 0 is the highest one of the first byte.

mod field;

use super::Family;
use super::strings::LONGEST;
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::value::Value;

pub(super) const COMMANDS: Family =
    &[("BITFIELD", field::bitfield), ("BITOP", bitop), ("SETBIT", setbit)];

/// The place of a bit that a string may have, `width` bits to a step.
fn place(text: &[u8], width: u64) -> Result<u64, Fail> {
    let at = u64::try_from(integer(text)?).ok().and_then(|at| at.checked_mul(width));
    at.filter(|at| at / 8 < LONGEST).ok_or(Fail::OutOfRange)
}

/// The string of the key, with zeros behind it until it has the bit at `last`; and whether it grew.
fn grown<'c>(call: &'c mut Call<'_>, last: u64) -> Result<(&'c mut Vec<u8>, bool), Fail> {
    let key = call.key();
    let text = call.db().get_or_new::<Vec<u8>>(key)?;
    let length = (last / 8) as usize + 1;
    let is_short = text.len() < length;
    if is_short {
        text.resize(length, 0);
    }
    Ok((text, is_short))
}

fn setbit(call: &mut Call<'_>) -> Outcome {
    let at = place(call.args[2], 1)?;
    let is_on = match call.args[3] {
        b"0" => false,
        b"1" => true,
        _ => return Err(Fail::OutOfRange),
    };
    let (text, is_longer) = grown(call, at)?;
    let (byte, mask) = (&mut text[(at / 8) as usize], 0x80 >> (at % 8));
    let old = *byte;
    *byte = if is_on { old | mask } else { old & !mask };
    Ok(is_longer || *byte != old)
}

/// What becomes of the bytes that stand at one place of all sources.
type Combine = fn(u8, &mut dyn Iterator<Item = u8>) -> u8;

/// Redis 8.2 brought those from DIFF on: the first source without the others, the others without the first, the first
/// with any of the others, and what only one of them has.
fn combine(word: &[u8]) -> Result<Combine, Fail> {
    Ok(match () {
        () if is(word, "AND") => |first, others| others.fold(first, |all, byte| all & byte),
        () if is(word, "OR") => |first, others| others.fold(first, |all, byte| all | byte),
        () if is(word, "XOR") => |first, others| others.fold(first, |all, byte| all ^ byte),
        () if is(word, "NOT") => |first, _| !first,
        () if is(word, "DIFF") => |first, others| first & !any(others),
        () if is(word, "DIFF1") => |first, others| !first & any(others),
        () if is(word, "ANDOR") => |first, others| first & any(others),
        () if is(word, "ONE") => |first, others| {
            let (one, more) =
                others.fold((first, 0), |(one, more), byte| (one | byte, more | one & byte));
            one & !more
        },
        () => return Err(Fail::Syntax),
    })
}

fn any(bytes: &mut dyn Iterator<Item = u8>) -> u8 {
    bytes.fold(0, |any, byte| any | byte)
}

/// How many sources there must be: one for NOT, and at least two where the first stands against the others.
fn check_number(word: &[u8], number: usize) -> Result<(), Fail> {
    let needs_two = ["DIFF", "DIFF1", "ANDOR"].iter().any(|other| is(word, other));
    if is(word, "NOT") && number != 1 || needs_two && number < 2 {
        return Err(Fail::Arity);
    }
    Ok(())
}

/// The result is as long as the longest source; it goes in the place of whatever the key held, or if it is empty, that
/// goes away.
fn bitop(call: &mut Call<'_>) -> Outcome {
    let (word, to, from) = (call.args[1], call.args[2], &call.args[3..]);
    let combine = combine(word)?;
    check_number(word, from.len())?;
    let db = call.db();
    let text = |key: &&[u8]| Ok(db.get::<Vec<u8>>(key)?.map_or(&[][..], Vec::as_slice));
    let sources = from.iter().map(text).collect::<Result<Vec<_>, Fail>>()?;
    let (first, others) = sources.split_first().ok_or(Fail::Arity)?;
    let length = sources.iter().map(|source| source.len()).max().unwrap_or(0);
    let byte = |source: &[u8], at| source.get(at).copied().unwrap_or(0);
    let bytes = (0..length)
        .map(|at| combine(byte(first, at), &mut others.iter().map(|source| byte(source, at))));
    let result: Vec<u8> = bytes.collect();
    if result.is_empty() {
        return Ok(db.keys.remove(to).is_some());
    }
    db.put(to, Value::String(result));
    Ok(true)
}
