//! Hashes whose fields expire by themselves, in the form of either dialect or without that.

use super::put::{self, Texts};
use super::target::Target;
use crate::commands::Expiries;
use crate::fault::ValueFault;
use crate::item::Item;
use crate::payload::{Payload, Room};
use crate::summary::Dialect;

/// A hash without expiries: pairs of strings.
const PAIRS: u8 = 4;
/// Redis: the earliest expiry, then each field behind its own.
const EARLIEST_FIRST: u8 = 24;
/// Valkey: each field with its value before its expiry.
const EXPIRY_LAST: u8 = 22;

/// Of a file with a later time Redis loads nothing (servers: 8.2); Valkey has no such limit.
const LATEST: i64 = (1 << 48) - 1;

/// What there is to write.
#[derive(Debug, Clone, Copy, Default)]
struct Fields {
    count: u64,
    /// Those that expire, at a time that the target holds.
    expiring: u64,
    /// Those that expire at another time.
    unheld: u64,
    /// When the first of the expiring ones does.
    earliest: i64,
}

/// Appends the hash, and returns its type and how many expiries the target cannot hold.
pub(crate) fn write(
    payload: &Payload<'_>,
    target: Target,
    expiries: Expiries,
    texts: &mut Texts,
    room: &mut Room,
    out: &mut Vec<u8>,
) -> Result<(u8, u64), ValueFault> {
    let held = |expiry| held(target, expiries, expiry);
    let fields = count(payload, expiries, &held, room)?;
    let code = match target.header().dialect {
        _ if fields.expiring == 0 => PAIRS,
        Dialect::Redis => EARLIEST_FIRST,
        Dialect::Valkey => EXPIRY_LAST,
    };
    if code == EARLIEST_FIRST {
        out.extend_from_slice(&fields.earliest.to_le_bytes());
    }
    put::length(fields.count, out);
    payload.items(room, &mut |item| {
        let Item::Field(field, value, expiry) = item else { return };
        if expiries.is_over(expiry) {
            return;
        }
        let expiry = expiry.and_then(held);
        if code == EARLIEST_FIRST {
            let after = expiry.map_or(0, |millis| millis - fields.earliest + 1);
            put::length(after.cast_unsigned(), out);
        }
        texts.put(field, out);
        texts.put(value, out);
        if code == EXPIRY_LAST {
            out.extend_from_slice(&expiry.unwrap_or(-1).to_le_bytes());
        }
    })?;
    Ok((code, fields.unheld))
}

/// The time to write instead of this one, if the target holds it.
fn held(target: Target, expiries: Expiries, expiry: i64) -> Option<i64> {
    // Neither dialect takes times before 1970, and to Redis its first moment is none; what was over then is over.
    let millis = expiries.shifted(expiry).max(1);
    let is_held = match target.header().dialect {
        Dialect::Redis => millis <= LATEST,
        Dialect::Valkey => true,
    };
    Some(millis).filter(|_| is_held && target.has_field_expiries())
}

fn count(
    payload: &Payload<'_>,
    expiries: Expiries,
    held: &impl Fn(i64) -> Option<i64>,
    room: &mut Room,
) -> Result<Fields, ValueFault> {
    let mut fields = Fields { earliest: i64::MAX, ..Fields::default() };
    payload.items(room, &mut |item| {
        let Item::Field(_, _, expiry) = item else { return };
        if expiries.is_over(expiry) {
            return;
        }
        fields.count += 1;
        match expiry.map(held) {
            Some(Some(millis)) => {
                fields.expiring += 1;
                fields.earliest = fields.earliest.min(millis);
            }
            Some(None) => fields.unheld += 1,
            None => {}
        }
    })?;
    Ok(fields)
}
