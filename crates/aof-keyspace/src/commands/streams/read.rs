//! `XREADGROUP` as clients send it. Logs tell what it did as `XCLAIM` and `XGROUP SETID`.

use aof_rdb::StreamId;

use super::id::id;
use super::{Stream, count, group, is, next};
use crate::arguments::{Words, integer};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::stream::Pending;

/// What is read, and for whom.
#[derive(Default)]
struct Reading<'c> {
    group: &'c [u8],
    consumer: &'c [u8],
    /// At most so many entries of a stream.
    most: usize,
    /// Entries count as acknowledged.
    is_acknowledged: bool,
    now: i64,
}

/// Streams, and the ids behind which they are read again; none of entries that are new for the group.
type Streams<'c> = Vec<(&'c [u8], Option<StreamId>)>;

/// It does not wait for entries.
pub(super) fn read_group(call: &mut Call<'_, '_>) -> Outcome {
    let (reading, streams) = reading(call)?;
    let mut changed = false;
    for (key, after) in streams {
        let stream = call.get_mut::<Stream<'_>>(key)?.ok_or(Fail::Missing)?;
        match after {
            Some(after) => changed |= reading.again(stream, after),
            None => changed |= reading.ahead(stream),
        }
    }
    Ok(changed)
}

fn reading<'c>(call: &mut Call<'c, '_>) -> Result<(Reading<'c>, Streams<'c>), Fail> {
    let mut found = Reading { most: usize::MAX, now: call.now()?, ..Reading::default() };
    let (mut words, mut has_group) = (&call.args[1..], false);
    let listed = loop {
        words = match words {
            [word, listed @ ..] if is(word, "STREAMS") && !listed.is_empty() => break listed,
            [word, group, consumer, rest @ ..] if is(word, "GROUP") => {
                (found.group, found.consumer, has_group) = (group, consumer, true);
                rest
            }
            _ => found.take(words)?,
        }
    };
    if !has_group {
        return Err(Fail::Syntax);
    }
    let streams = streams(call, listed, found.group)?;
    Ok((found, streams))
}

fn streams<'c>(
    call: &mut Call<'_, '_>,
    listed: Words<'c>,
    name: &[u8],
) -> Result<Streams<'c>, Fail> {
    if !listed.len().is_multiple_of(2) {
        return Err(Fail::Syntax);
    }
    let (keys, ids) = listed.split_at(listed.len() / 2);
    let one = |(key, text): (&&'c [u8], &&[u8])| {
        group(call, key, name)?;
        let largest = StreamId { millis: u64::MAX, seq: u64::MAX };
        // Servers take the largest id for `>`.
        let after = if *text == b">" { largest } else { id(text)? };
        Ok((*key, Some(after).filter(|after| *after != largest)))
    };
    keys.iter().zip(ids).map(one).collect()
}

impl Reading<'_> {
    /// Takes an option off the front of `words`, and gives those behind it.
    fn take<'w>(&mut self, words: Words<'w>) -> Result<Words<'w>, Fail> {
        match words {
            [word, number, rest @ ..] if is(word, "COUNT") => {
                let most = usize::try_from(integer(number)?).unwrap_or_default();
                self.most = if most == 0 { usize::MAX } else { most };
                Ok(rest)
            }
            [word, number, rest @ ..] if is(word, "BLOCK") => count(number).map(|_| rest),
            [word, rest @ ..] if is(word, "NOACK") => {
                self.is_acknowledged = true;
                Ok(rest)
            }
            _ => Err(Fail::Syntax),
        }
    }

    /// Reads what the consumer did not acknowledge. Servers do not log it, and count it as another delivery.
    fn again(&self, stream: &mut Stream<'_>, after: StreamId) -> bool {
        let Some(group) = stream.groups.get_mut(self.group) else { return false };
        let is_new = !group.consumers.contains_key(self.consumer);
        group.consumer(self.consumer).seen = self.now;
        let start = next(after).unwrap_or(after);
        let own = group.pending.range_mut(start..).filter(|(_, it)| it.owner == self.consumer);
        for (id, pending) in own.take(self.most) {
            if stream.entries.contains(*id) {
                pending.delivered = self.now;
                pending.count = pending.count.saturating_add(1);
            }
        }
        is_new
    }

    /// Reads entries that are new for the group; whether there is one, or the consumer is new.
    fn ahead(&self, stream: &mut Stream<'_>) -> bool {
        let Some(group) = stream.groups.get_mut(self.group) else { return false };
        let is_new = !group.consumers.contains_key(self.consumer);
        group.consumer(self.consumer).seen = self.now;
        let Some(start) = next(group.last) else { return is_new };
        let ids: Vec<StreamId> = stream.entries.ids_from(start).take(self.most).collect();
        for id in &ids {
            self.deliver(stream, *id);
        }
        is_new || !ids.is_empty()
    }

    fn deliver(&self, stream: &mut Stream<'_>, id: StreamId) {
        let (up_to, added) = (stream.count_up_to(id), stream.added);
        let Some(last) = stream.groups.get(self.group).map(|group| group.last) else { return };
        let has_gap = last < stream.first() || stream.has_gap_behind(last);
        let Some(group) = stream.groups.get_mut(self.group) else { return };
        group.read = match group.read {
            Some(read) if !has_gap => Some(read.saturating_add(1)),
            read if added == 0 => read,
            _ => up_to,
        };
        group.last = id;
        if !self.is_acknowledged {
            let owner = self.consumer.to_vec();
            group.pending.insert(id, Pending { delivered: self.now, count: 1, owner });
            group.consumer(self.consumer).active = Some(self.now);
        }
    }
}
