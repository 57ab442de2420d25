//! `SORT`, of which only what it stores is of interest: the order is that of bytes then, whatever the locale.

mod options;
mod order;
mod pattern;

use self::options::Options;
use super::Family;
use crate::call::{Call, Outcome};
use crate::fail::Fail;
use crate::value::{List, Value};

pub(super) const COMMANDS: Family = &[("SORT", sort)];

/// Bytes that may come of GET: a few of those commands behind one another would fill any memory.
const LARGEST: u64 = 4 << 30;

/// What an element takes beside its bytes, at most.
const ELEMENT: usize = 24;

fn sort(call: &mut Call<'_, '_>) -> Outcome {
    let options = Options::of(&call.args[2..])?;
    let key = call.key();
    let elements = order::ordered(call, elements(call, key)?, &options)?;
    let Some(to) = options.store else { return Ok(false) };
    let result = gotten(call, options.range(elements), &options.get)?;
    let is_changed = !result.is_empty() || call.contains(to);
    call.put(to, Value::List(result.into()));
    Ok(is_changed)
}

/// What is sorted.
struct Elements {
    all: Vec<Vec<u8>>,
    source: Source,
}

/// What tells in which order elements are before they are sorted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    List,
    Set,
    SortedSet,
}

fn elements(call: &Call<'_, '_>, key: &[u8]) -> Result<Elements, Fail> {
    let none = Elements { all: Vec::new(), source: Source::List };
    let Some(value) = call.any(key) else { return Ok(none) };
    let of = |all, source| Elements { all, source };
    Ok(match &*value {
        Value::List(list) => of(list.iter().map(<[u8]>::to_vec).collect(), Source::List),
        Value::Set(set) => of(set.iter().map(<[u8]>::to_vec).collect(), Source::Set),
        Value::SortedSet(set) => {
            of(set.iter().map(|(member, _)| member.to_vec()).collect(), Source::SortedSet)
        }
        _ => return Err(Fail::WrongType),
    })
}

/// What the patterns of GET find for every element, one after the other; without any, the elements.
fn gotten<'i>(
    call: &Call<'_, 'i>,
    elements: Vec<Vec<u8>>,
    patterns: &[&[u8]],
) -> Result<List<'i>, Fail> {
    let mut result = List::new(call.ground.space);
    if patterns.is_empty() {
        elements.iter().for_each(|element| result.push_back(element));
        return Ok(result);
    }
    let mut room = LARGEST;
    for (element, pattern) in
        elements.iter().flat_map(|one| patterns.iter().map(move |it| (one, it)))
    {
        let found = pattern::look_up(call, pattern, element).unwrap_or_default();
        let size = (found.len() + ELEMENT) as u64;
        room = room.checked_sub(size).ok_or(Fail::Invalid("the result would be too large"))?;
        result.push_back(&found);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Applied, Keyspace, Session};

    /// What a SORT of a sorted set `z` stores, where there are hashes with fields too.
    fn sorted(options: &str) -> String {
        let mut keyspace = Keyspace::default();
        let sort = format!("SORT z {options} STORE d");
        for line in ["ZADD z 1 b 0.5 c 7 a", "HSET h_a f 1", &sort] {
            let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            let applied = keyspace.apply(&mut Session::default(), &args);
            assert_eq!(applied, Ok(Applied::Changed), "{line}");
        }
        let stored = keyspace.iter().find(|held| held.name() == b"d").unwrap().value();
        let Value::List(stored) = &*stored else { panic!("no list") };
        let words: Vec<_> = stored.iter().map(String::from_utf8_lossy).collect();
        words.join(" ")
    }

    #[test]
    fn a_sorted_set_is_sorted_as_servers_do_it() {
        for (options, stored) in [
            ("ALPHA", "a b c"),
            ("BY nosort", "c b a"),
            ("BY nosort DESC", "a b c"),
            ("BY nosort DESC LIMIT 1 1", "b"),
            ("BY nosort LIMIT 1 5", "b a"),
            ("BY h_*->f", "b c a"),
            ("BY h_*->f DESC", "a c b"),
            ("BY h_*->f GET h_*->f GET # GET h_*->none", " b   c  1 a "),
        ] {
            assert_eq!(sorted(options), stored, "{options}");
        }
    }

    #[test]
    fn what_chance_decides_is_refused() {
        let (mut keyspace, mut session) = (Keyspace::default(), Session::default());
        let mut say = |line: &str| {
            let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            keyspace.apply(&mut session, &args)
        };
        assert_eq!(say("SADD s a b"), Ok(Applied::Changed));
        assert_eq!(say("RPUSH l a b"), Ok(Applied::Changed));
        assert_eq!(say("SORT s BY w_* ALPHA STORE d"), Err(Fail::Opaque));
        assert_eq!(say("SORT l BY w_* ALPHA LIMIT 0 1 STORE d"), Err(Fail::Opaque));
        assert_eq!(say("SORT l BY w_* ALPHA LIMIT 0 2 STORE d"), Ok(Applied::Changed));
        assert_eq!(say("SORT s BY w_* STORE d"), Ok(Applied::Changed));
        assert_eq!(say("SPOP s"), Err(Fail::Opaque));
    }
}
