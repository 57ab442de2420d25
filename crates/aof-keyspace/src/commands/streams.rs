//! Streams, and groups that read them.

mod claim;
mod delete;
mod groups;
mod id;
mod read;
mod trim;

use aof_rdb::StreamId;

use self::id::{NewId, id, ids, new_id};
use self::trim::Options;
use super::Family;
use crate::arguments::{Words, integer, is};
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::stream::{Group, References, Stream, next};

pub(super) const COMMANDS: Family = &[
    ("XACK", delete::ack),
    ("XACKDEL", delete::ack_delete),
    ("XADD", add),
    ("XAUTOCLAIM", claim::auto_claim),
    ("XCLAIM", claim::claim),
    ("XDEL", delete::delete),
    ("XDELEX", delete::delete_ex),
    ("XGROUP CREATE", groups::create),
    ("XGROUP CREATECONSUMER", groups::create_consumer),
    ("XGROUP DELCONSUMER", groups::delete_consumer),
    ("XGROUP DESTROY", groups::destroy),
    ("XGROUP SETID", groups::set_id),
    ("XREADGROUP", read::read_group),
    ("XSETID", set_id),
    ("XTRIM", trim::trim),
];

/// The largest entry, in bytes of fields and values.
const LARGEST: usize = 1 << 30;

/// The group that a key's stream has, which must be there.
fn group<'k>(call: &'k mut Call<'_, '_>, key: &[u8], name: &[u8]) -> Result<&'k mut Group, Fail> {
    let stream = call.get_mut::<Stream<'_>>(key)?.ok_or(Fail::Missing)?;
    stream.groups.get_mut(name).ok_or(Fail::Missing)
}

fn add(call: &mut Call<'_, '_>) -> Outcome {
    let key = call.key();
    let (options, new, words) = add_options(call)?;
    check_fields(words)?;
    let held = call.get::<Stream<'_>>(key)?;
    if held.is_none() && options.only_there {
        return Ok(false);
    }
    let last = held.map(|stream| stream.last).unwrap_or_default();
    let id = resolved(call, new, last)?;
    let stream = call.get_or_new::<Stream<'_>>(key)?;
    stream.add(id, words);
    options.apply(stream);
    Ok(true)
}

/// The options in front of the id, the id, and what stands behind it.
fn add_options<'c>(call: &Call<'c, '_>) -> Result<(Options, NewId, Words<'c>), Fail> {
    let (mut options, mut words) = (Options::default(), &call.args[2..]);
    while let [word, rest @ ..] = words {
        if is(word, "NOMKSTREAM") {
            (options.only_there, words) = (true, rest);
        } else if !options.take(&mut words)? {
            options.check()?;
            return Ok((options, new_id(word)?, rest));
        }
    }
    Err(Fail::Arity)
}

fn check_fields(words: Words<'_>) -> Result<(), Fail> {
    if words.is_empty() || !words.len().is_multiple_of(2) {
        return Err(Fail::Arity);
    }
    if words.iter().map(|word| word.len()).sum::<usize>() > LARGEST {
        return Err(Fail::Invalid("the entry would be too large"));
    }
    Ok(())
}

/// The id that an entry gets, which must be larger than the last one.
fn resolved(call: &Call<'_, '_>, new: NewId, last: StreamId) -> Result<StreamId, Fail> {
    let id = match new {
        NewId::Given(id) => Some(id),
        NewId::In(millis) if millis == last.millis => {
            last.seq.checked_add(1).map(|seq| StreamId { millis, seq })
        }
        NewId::In(millis) => Some(StreamId { millis, seq: 0 }),
        NewId::Now => {
            let millis = u64::try_from(call.now()?).unwrap_or_default();
            if millis > last.millis { Some(StreamId { millis, seq: 0 }) } else { next(last) }
        }
    };
    id.filter(|id| *id > last).ok_or(Fail::Invalid("the id is not larger than the last one"))
}

fn set_id(call: &mut Call<'_, '_>) -> Outcome {
    let key = call.key();
    let last = id(call.args[2])?;
    let (added, deleted) = set_id_options(&call.args[3..])?;
    let stream = call.get_mut::<Stream<'_>>(key)?.ok_or(Fail::Missing)?;
    let top = stream.entries.last().unwrap_or_default();
    // Older servers set it also below what was deleted.
    let is_small = last < top || deleted.is_some_and(|id| last < id);
    if is_small || added.is_some_and(|added| added < stream.entries.len() as u64) {
        return Err(Fail::Invalid("smaller than what the stream has"));
    }
    stream.last = last;
    stream.added = added.unwrap_or(stream.added);
    stream.max_deleted =
        deleted.filter(|id| *id != StreamId::default()).unwrap_or(stream.max_deleted);
    Ok(true)
}

fn set_id_options(mut words: Words<'_>) -> Result<(Option<u64>, Option<StreamId>), Fail> {
    let (mut added, mut deleted) = (None, None);
    while let [word, value, rest @ ..] = words {
        match () {
            () if is(word, "ENTRIESADDED") => added = Some(count(value)?),
            () if is(word, "MAXDELETEDID") => deleted = Some(id(value)?),
            () => return Err(Fail::Syntax),
        }
        words = rest;
    }
    if words.is_empty() { Ok((added, deleted)) } else { Err(Fail::Syntax) }
}

/// A number that is not negative.
fn count(text: &[u8]) -> Result<u64, Fail> {
    u64::try_from(integer(text)?).map_err(|_| Fail::OutOfRange)
}

#[cfg(test)]
mod tests {
    use crate::{Applied, Fail, Keyspace, Session, Value};

    fn apply(
        keyspace: &mut Keyspace<'_>,
        session: &mut Session,
        line: &str,
    ) -> Result<Applied, Fail> {
        let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        keyspace.apply(session, &args)
    }

    #[test]
    fn what_counts_from_now_is_refused_as_long_as_the_log_does_not_tell_the_time() {
        let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
        let lines = ["XADD s 1-1 f v", "XGROUP CREATE s g 0", "HSET h f v"];
        assert!(lines.iter().all(|line| apply(&mut keyspace, &mut session, line).is_ok()));
        let before = keyspace.clone();
        let lines = [
            "XADD s * f v",
            "XCLAIM s g c 0 1-1 FORCE",
            "XCLAIM s g c 5 1-1 FORCE TIME 5",
            "XCLAIM s g c 0 1-1 FORCE IDLE 5",
            "XAUTOCLAIM s g c 0 0",
            "XREADGROUP GROUP g c STREAMS s >",
            "HEXPIRE h 5 FIELDS 1 f",
            "HGETEX h EX 5 FIELDS 1 f",
            "HSETEX h PX 5 FIELDS 1 f v",
        ];
        assert!(lines.iter().all(|line| apply(&mut keyspace, &mut session, line).is_err()));
        assert!(keyspace == before);
        session.set_clock(7);
        assert!(lines.iter().all(|line| apply(&mut keyspace, &mut session, line).is_ok()));
    }

    #[test]
    fn entries_may_be_delivered_a_little_later_than_the_clock_of_the_log_shows() {
        let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
        session.set_clock(5000);
        for (time, delivered) in [("5027", 5027), ("9223372036854775807", 5000)] {
            let claim = format!("XCLAIM s g c 0 1-1 TIME {time} FORCE JUSTID");
            for line in ["DEL s", "XADD s 1-1 f v", "XGROUP CREATE s g 0", &claim] {
                apply(&mut keyspace, &mut session, line).unwrap();
            }
            let held = keyspace.iter().next().unwrap().value();
            let Value::Stream(stream) = &*held else { panic!("no stream") };
            let found: Vec<i64> =
                stream.groups[&b"g"[..]].pending.values().map(|it| it.delivered).collect();
            assert_eq!(found, [delivered]);
        }
    }

    #[test]
    fn ids_that_servers_give_are_of_now_or_behind_the_last_one() {
        let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
        for (millis, id) in [(5, "5-0"), (5, "5-1"), (4, "5-2"), (6, "6-0")] {
            session.set_clock(millis);
            apply(&mut keyspace, &mut session, "XADD s * f v").unwrap();
            let held = keyspace.iter().next().unwrap().value();
            let Value::Stream(stream) = &*held else { panic!("no stream") };
            assert_eq!(stream.last.to_string(), id);
        }
    }
}
