//! What is not carried over: everything between what is kept.

use std::ops::Range;

use super::order::Order;
use super::{Cause, END, Gone};
use crate::fault::ValueFaultKind;
use crate::header;
use crate::salvage::{Kept, Lost, Salvaged, Why};
use crate::summary::Source;
use crate::walk::walk;

/// A record has so many bytes at least.
const LEAST_RECORD: u64 = 3;

/// The opcode for the end and the checksum.
const FOOTER: u64 = 9;

/// All that is gone of a file of `len` bytes, and whether that tells how many keys are lost at the most.
pub(super) fn of<S: Source>(
    found: &Salvaged,
    order: &Order<'_>,
    source: &mut S,
    len: u64,
) -> Result<(Vec<Gone>, bool), S::Error> {
    let missing = order.missing();
    let mut gone = Vec::new();
    let mut at = header::LEN as u64;
    for (stretch, Kept { start, end, .. }) in found.kept.iter().enumerate() {
        between(found, at..*start, missing, &mut gone);
        if *end > order.until {
            gone.push(behind_damage((*start).max(order.until)..*end, order.in_stretch[stretch]));
        }
        at = *end;
    }
    let end = found.next.or(found.trailing.as_ref().map(|rest| rest.start)).unwrap_or(len);
    between(found, at..end.max(at), missing, &mut gone);
    if !found.has_end {
        torn(source, &mut gone, missing, end)?;
    }
    gone.extend(behind(found, end..len, source)?);
    gone.extend(order.twins.iter().map(|(at, twin)| Gone {
        bytes: *at..twin.end,
        cause: Cause::Twin { is_same: twin.is_same },
        // Whoever holds the same value still has lost nothing.
        least: u64::from(!twin.is_same),
        most: u64::from(!twin.is_same),
        key: Some((twin.db, twin.key.clone())),
    }));
    gone.sort_by_key(|gone| gone.bytes.start);
    Ok((gone, found.has_end || missing.is_some()))
}

/// Losses between two stretches that are kept; what the list has no room for is a loss without a name.
fn between(found: &Salvaged, gap: Range<u64>, missing: Option<u64>, gone: &mut Vec<Gone>) {
    let Range { start: mut at, end } = gap;
    let first = found.losses.list.partition_point(|lost| lost.end <= at);
    let within = found.losses.list[first..].iter().take_while(|lost| lost.start < end);
    for Lost { start, end: lost_end, db, key, why } in within {
        // What is listed twice is lost once.
        if *lost_end <= at {
            continue;
        }
        if at < *start {
            gone.push(lost(at..*start, Why::Unreadable, None, missing));
        }
        let bytes = (*start).max(at)..(*lost_end).min(end);
        at = bytes.end;
        gone.push(lost(bytes, *why, key.clone().map(|key| (*db, key)), missing));
    }
    if at < end {
        gone.push(lost(at..end, Why::Unreadable, None, missing));
    }
}

fn lost(bytes: Range<u64>, why: Why, key: Option<(u64, Vec<u8>)>, missing: Option<u64>) -> Gone {
    let room = (bytes.end - bytes.start).div_ceil(LEAST_RECORD);
    let most = match why {
        // A value without elements is passed over by servers.
        Why::BadValue(fault) if fault.kind == ValueFaultKind::Empty => 0,
        Why::BadValue(_) => 1,
        // What is announced says more than what there is room for, unless that was lost too.
        _ => missing.filter(|missing| *missing > 0).map_or(room, |missing| missing.min(room)),
    };
    let least = u64::from(key.is_some() && most > 0);
    Gone { bytes, cause: Cause::Lost(why), least, most, key }
}

fn behind_damage(bytes: Range<u64>, keys: u64) -> Gone {
    Gone { bytes, cause: Cause::BehindDamage, least: keys, most: keys, key: None }
}

/// The file ends before its end: what is missing is more than its bytes.
fn torn<S: Source>(
    source: &mut S,
    gone: &mut Vec<Gone>,
    missing: Option<u64>,
    end: u64,
) -> Result<(), S::Error> {
    let missing = missing.unwrap_or_default();
    let is_lost = |last: &&mut Gone| last.bytes.end == end && matches!(last.cause, Cause::Lost(_));
    match gone.last_mut().filter(is_lost) {
        Some(last) => {
            let first = source.window(last.bytes.start, 1)?.first().copied();
            let is_footer = first == Some(END) && end - last.bytes.start < FOOTER;
            last.cause = Cause::Torn;
            last.most = if is_footer { 0 } else { last.most.min(1) }.max(missing);
            last.least = last.least.min(last.most);
        }
        None => gone.push(Gone {
            bytes: end..end,
            cause: Cause::Torn,
            least: missing,
            most: missing,
            key: None,
        }),
    }
    Ok(())
}

/// Padding or something else behind the end, or another file.
fn behind<S: Source>(
    found: &Salvaged,
    rest: Range<u64>,
    source: &mut S,
) -> Result<Option<Gone>, S::Error> {
    let (cause, keys) = match found.next {
        Some(next) => (Cause::NextFile, walk(source, next, &mut |_| true)?.keys),
        None => (Cause::BehindEnd, 0),
    };
    let gone = Gone { bytes: rest, cause, least: keys, most: keys, key: None };
    Ok((!gone.bytes.is_empty()).then_some(gone))
}
