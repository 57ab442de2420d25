//! Strings as bits, and as numbers in them. Bit 0 is the highest one of the first byte.

mod field;

use super::Family;
use super::strings::{LONGEST, pad};
use crate::arguments::{integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;

pub(super) const COMMANDS: Family =
    &[("BITFIELD", field::bitfield), ("BITOP", bitop), ("SETBIT", setbit)];

/// The place of a bit that a string may have, `width` bits to a step.
fn place(text: &[u8], width: u64) -> Result<u64, Fail> {
    let at = u64::try_from(integer(text)?).ok().and_then(|at| at.checked_mul(width));
    at.filter(|at| at / 8 < LONGEST).ok_or(Fail::OutOfRange)
}

/// The string of the key, with zeros behind it until it has the bit at `last`; and whether it grew.
fn grown<'c>(call: &'c mut Call<'_, '_>, last: u64) -> Result<(&'c mut Vec<u8>, bool), Fail> {
    let key = call.key();
    let text = call.db(key).buffer(key)?;
    let length = (last / 8) as usize + 1;
    let is_short = text.len() < length;
    if is_short {
        pad(text, length);
    }
    Ok((text, is_short))
}

fn setbit(call: &mut Call<'_, '_>) -> Outcome {
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

/// The result is as long as the longest source; it goes in the place of whatever the key held, or if it is empty, that
/// goes away.
fn bitop(call: &mut Call<'_, '_>) -> Outcome {
    let (word, to, from) = (call.args[1], call.args[2], &call.args[3..]);
    check_number(word, from.len())?;
    let text = |key: &&[u8]| Ok(call.string(key)?.unwrap_or_default());
    let sources = from.iter().map(text).collect::<Result<Vec<_>, Fail>>()?;
    let sources: Vec<&[u8]> = sources.iter().map(|text| &text[..]).collect();
    let result = combined(word, &sources)?;
    if result.is_empty() {
        return Ok(call.remove(to));
    }
    call.db(to).put_string(to, &result, None);
    Ok(true)
}

/// How many sources there must be: one for NOT, and at least two where the first stands against the others.
fn check_number(word: &[u8], number: usize) -> Result<(), Fail> {
    let needs_two = ["DIFF", "DIFF1", "ANDOR"].iter().any(|other| is(word, other));
    if is(word, "NOT") && number != 1 || needs_two && number < 2 {
        return Err(Fail::Arity);
    }
    Ok(())
}

/// Redis 8.2 brought those from DIFF on: the first source without the others, the others without the first, the first
/// with any of the others, and what only one of them has.
fn combined(word: &[u8], sources: &[&[u8]]) -> Result<Vec<u8>, Fail> {
    let (first, others) = sources.split_first().ok_or(Fail::Arity)?;
    let length = sources.iter().map(|source| source.len()).max().unwrap_or(0);
    let against = |with: fn(u8, u8) -> u8| {
        let any = folded(others, length, |one, other| one | other);
        folded(&[first, &any], length, with)
    };
    Ok(match () {
        () if is(word, "AND") => folded(sources, length, |one, other| one & other),
        () if is(word, "OR") => folded(sources, length, |one, other| one | other),
        () if is(word, "XOR") => folded(sources, length, |one, other| one ^ other),
        () if is(word, "NOT") => first.iter().map(|byte| !byte).collect(),
        () if is(word, "DIFF") => against(|first, any| first & !any),
        () if is(word, "DIFF1") => against(|first, any| !first & any),
        () if is(word, "ANDOR") => against(|first, any| first & any),
        () if is(word, "ONE") => only_one(sources, length),
        () => return Err(Fail::Syntax),
    })
}

/// The sources put together one after the other, with zeros behind the shorter ones.
fn folded(sources: &[&[u8]], length: usize, with: impl Fn(u8, u8) -> u8) -> Vec<u8> {
    let Some((first, others)) = sources.split_first() else { return Vec::new() };
    let mut result = first.to_vec();
    result.resize(length, 0);
    for source in others {
        let (common, behind) = result.split_at_mut(source.len());
        common.iter_mut().zip(*source).for_each(|(byte, other)| *byte = with(*byte, *other));
        behind.iter_mut().for_each(|byte| *byte = with(*byte, 0));
    }
    result
}

/// What is set in a single one of them.
fn only_one(sources: &[&[u8]], length: usize) -> Vec<u8> {
    let (mut any, mut more) = (vec![0; length], vec![0; length]);
    for source in sources {
        for ((any, more), byte) in any.iter_mut().zip(&mut more).zip(*source) {
            *more |= *any & byte;
            *any |= byte;
        }
    }
    folded(&[&any, &more], length, |any, more| any & !more)
}
