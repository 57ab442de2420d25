//! Entries that change hands: `XCLAIM`, which is also how logs tell what was delivered, and `XAUTOCLAIM`.

use aof_rdb::StreamId;

use super::id::{id, id_or_end};
use super::{Stream, count, is, next};
use crate::arguments::{Words, integer};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::stream::Pending;

/// What is done with the entries that are claimed.
#[derive(Default)]
struct Claim<'c> {
    owner: &'c [u8],
    /// How long nobody may have got them, in milliseconds, and when it is.
    idle: Option<(i64, i64)>,
    /// When they count as delivered, in milliseconds since the Unix epoch.
    delivered: i64,
    /// The id up to which the group counts as served.
    last: StreamId,
    /// How often; unless it is given, once more.
    count: Option<u64>,
    /// `JUSTID`: it is no delivery.
    is_silent: bool,
    /// Also entries that nobody waits for.
    force: bool,
}

pub(super) fn claim(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name) = (call.key(), call.args[2]);
    super::group(call, key, name)?;
    let idle = integer(call.args[4])?;
    let words = &call.args[5..];
    let ids: Vec<StreamId> = words.iter().map_while(|word| id(word).ok()).collect();
    let claim = options(call, idle, &words[ids.len()..])?;
    let stream = call.get_mut::<Stream<'_>>(key)?.ok_or(Fail::Missing)?;
    let group = stream.groups.get_mut(name).ok_or(Fail::Missing)?;
    let mut changed = claim.last > group.last || !group.consumers.contains_key(claim.owner);
    group.last = group.last.max(claim.last);
    group.consumer(claim.owner).seen = claim.delivered;
    for id in ids {
        changed |= claim.apply(stream, name, id);
    }
    Ok(changed)
}

fn options<'c>(call: &Call<'c, '_>, idle: i64, mut words: Words<'_>) -> Result<Claim<'c>, Fail> {
    let mut found = Claim { owner: call.args[3], ..Claim::default() };
    let mut delivered = None;
    while let [word, rest @ ..] = words {
        words = rest;
        if is(word, "FORCE") {
            found.force = true;
        } else if is(word, "JUSTID") {
            found.is_silent = true;
        } else {
            let [value, rest @ ..] = rest else { return Err(Fail::Syntax) };
            words = rest;
            match () {
                () if is(word, "TIME") => delivered = Some(integer(value)?),
                () if is(word, "IDLE") => delivered = Some(before(call, value)?),
                () if is(word, "RETRYCOUNT") => found.count = count_or_none(value)?,
                () if is(word, "LASTID") => found.last = id(value)?,
                () => return Err(Fail::Syntax),
            }
        }
    }
    found.delivered = delivery(call, delivered)?;
    found.idle = if idle > 0 { Some((idle, call.now()?)) } else { None };
    Ok(found)
}

/// So many milliseconds before now.
fn before(call: &Call<'_, '_>, text: &[u8]) -> Result<i64, Fail> {
    Ok(call.now()?.wrapping_sub(integer(text)?))
}

/// A negative number stands for none.
fn count_or_none(text: &[u8]) -> Result<Option<u64>, Fail> {
    Ok(u64::try_from(integer(text)?).ok())
}

/// So many milliseconds behind the clock of the log a time may be: the clock shows whole seconds, and may have stood
/// still for a while.
const SOON: i64 = 86_400_000;

/// A time that cannot be is taken for now.
fn delivery(call: &Call<'_, '_>, given: Option<i64>) -> Result<i64, Fail> {
    match (given, call.now) {
        (Some(time), None) if time >= 0 => Ok(time),
        (Some(time), Some(now)) if (0..=now.saturating_add(SOON)).contains(&time) => Ok(time),
        _ => call.now(),
    }
}

impl Claim<'_> {
    /// Claims an entry for a group that is there; whether that changed anything.
    fn apply(&self, stream: &mut Stream<'_>, name: &[u8], id: StreamId) -> bool {
        let is_there = stream.entries.contains(id);
        let Some(group) = stream.groups.get_mut(name) else { return false };
        if !is_there {
            return group.pending.remove(&id).is_some();
        }
        match group.pending.get_mut(&id) {
            Some(pending) if self.is_too_early(pending) => return false,
            Some(pending) => self.hand_over(pending),
            None if self.force => {
                // Servers count the note that they make as a delivery.
                let mut pending = Pending { count: 1, ..Pending::default() };
                self.hand_over(&mut pending);
                group.pending.insert(id, pending);
            }
            None => return false,
        }
        group.consumer(self.owner).active = Some(self.delivered);
        true
    }

    fn is_too_early(&self, pending: &Pending) -> bool {
        self.idle.is_some_and(|(least, now)| now.saturating_sub(pending.delivered) < least)
    }

    fn hand_over(&self, pending: &mut Pending) {
        let more = pending.count.saturating_add(u64::from(!self.is_silent));
        pending.count = self.count.unwrap_or(more);
        pending.delivered = self.delivered;
        pending.owner = self.owner.to_vec();
    }
}

/// So many entries are claimed at once, unless the command tells.
const USUAL: u64 = 100;

/// So many are looked at for each that may be claimed.
const ATTEMPTS: u64 = 10;

pub(super) fn auto_claim(call: &mut Call<'_, '_>) -> Outcome {
    let (key, name, owner) = (call.key(), call.args[2], call.args[3]);
    let idle = integer(call.args[4])?;
    let start = start(call.args[5])?;
    let (mut most, is_silent) = auto_options(&call.args[6..])?;
    super::group(call, key, name)?;
    let now = call.now()?;
    let idle = Some((idle, now)).filter(|_| idle > 0);
    let claim = Claim { owner, idle, delivered: now, is_silent, ..Claim::default() };
    let stream = call.get_mut::<Stream<'_>>(key)?.ok_or(Fail::Missing)?;
    let group = stream.groups.get_mut(name).ok_or(Fail::Missing)?;
    let mut changed = !group.consumers.contains_key(owner);
    group.consumer(owner).seen = now;
    let attempts = usize::try_from(most.saturating_mul(ATTEMPTS)).unwrap_or(usize::MAX);
    let ids: Vec<StreamId> =
        group.pending.range(start..).take(attempts).map(|(id, _)| *id).collect();
    for id in ids {
        if most == 0 {
            break;
        }
        let is_claimed = claim.apply(stream, name, id);
        most -= u64::from(is_claimed);
        changed |= is_claimed;
    }
    Ok(changed)
}

/// Where `5-1` or `(5-1` begins.
fn start(text: &[u8]) -> Result<StreamId, Fail> {
    match text {
        [b'(', id_text @ ..] if !id_text.is_empty() => next(id(id_text)?).ok_or(Fail::OutOfRange),
        _ => id_or_end(text),
    }
}

/// How many, and whether it is no delivery.
fn auto_options(mut words: Words<'_>) -> Result<(u64, bool), Fail> {
    let (mut most, mut is_silent) = (USUAL, false);
    loop {
        words = match words {
            [] => return Ok((most, is_silent)),
            [word, rest @ ..] if is(word, "JUSTID") => {
                is_silent = true;
                rest
            }
            [word, number, rest @ ..] if is(word, "COUNT") => {
                // Redis 6.2 takes numbers that are too large for servers after it.
                most = Some(count(number)?).filter(|most| *most > 0).ok_or(Fail::OutOfRange)?;
                rest
            }
            _ => return Err(Fail::Syntax),
        }
    }
}
