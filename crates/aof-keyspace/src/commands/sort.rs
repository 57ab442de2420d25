//! `SORT`, of which only what it stores is of interest: the order is that of bytes then, whatever the locale.

mod options;
mod order;
mod pattern;

use std::collections::VecDeque;

use self::options::Options;
use super::Family;
use crate::call::{Call, Outcome};
use crate::db::Db;
use crate::fail::Fail;
use crate::value::Value;

pub(super) const COMMANDS: Family = &[("SORT", sort)];

/// Bytes that may come of GET: a few of those commands behind one another would fill any memory.
const LARGEST: u64 = 4 << 30;

fn sort(call: &mut Call<'_>) -> Outcome {
    let options = Options::of(&call.args[2..])?;
    let key = call.key();
    let db = call.db();
    let elements = order::ordered(db, elements(db, key)?, &options)?;
    let Some(to) = options.store else { return Ok(false) };
    let result = gotten(db, options.range(elements), &options.get)?;
    let is_changed = !result.is_empty() || db.keys.contains_key(to);
    db.put(to, Value::List(result));
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

fn elements(db: &Db, key: &[u8]) -> Result<Elements, Fail> {
    let none = Elements { all: Vec::new(), source: Source::List };
    let Some(entry) = db.keys.get(key) else { return Ok(none) };
    Ok(match &entry.value {
        Value::List(list) => Elements { all: list.iter().cloned().collect(), source: Source::List },
        Value::Set(set) => Elements { all: set.iter().cloned().collect(), source: Source::Set },
        Value::SortedSet(set) => Elements {
            all: set.iter().map(|(member, _)| member.to_vec()).collect(),
            source: Source::SortedSet,
        },
        Value::String(_) | Value::Hash(_) | Value::Stream(_) => return Err(Fail::WrongType),
    })
}

/// What the patterns of GET find for every element, one after the other; without any, the elements.
fn gotten(db: &Db, elements: Vec<Vec<u8>>, patterns: &[&[u8]]) -> Result<VecDeque<Vec<u8>>, Fail> {
    if patterns.is_empty() {
        return Ok(elements.into());
    }
    let (mut result, mut room) = (VecDeque::new(), LARGEST);
    for (element, pattern) in
        elements.iter().flat_map(|one| patterns.iter().map(move |it| (one, it)))
    {
        let found = pattern::look_up(db, pattern, element).unwrap_or_default();
        let size = (found.len() + size_of::<Vec<u8>>()) as u64;
        room = room.checked_sub(size).ok_or(Fail::Invalid("the result would be too large"))?;
        result.push_back(found.to_vec());
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Field, Hash, SortedSet};
    use crate::{Applied, Keyspace, Session};

    /// What a SORT of a sorted set `z` stores, where there are hashes with fields too.
    fn sorted(options: &str) -> String {
        let mut keyspace = Keyspace::default();
        let db = keyspace.db_mut(0);
        let (mut set, mut hash) = (SortedSet::default(), Hash::default());
        [("b", 1.0), ("c", 0.5), ("a", 7.0)]
            .iter()
            .for_each(|(member, score)| set.insert(member.as_bytes(), *score));
        hash.fields.insert(b"f".to_vec(), Field { value: b"1".to_vec(), expiry: None });
        db.put(b"z", Value::SortedSet(set));
        db.put(b"h_a", Value::Hash(hash));
        let line = format!("SORT z {options} STORE d");
        let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        assert_eq!(keyspace.apply(&mut Session::default(), &args), Ok(Applied::Changed), "{line}");
        let stored = keyspace.db_mut(0).get::<VecDeque<Vec<u8>>>(b"d").unwrap().unwrap();
        let words: Vec<_> = stored.iter().map(|one| String::from_utf8_lossy(one)).collect();
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
