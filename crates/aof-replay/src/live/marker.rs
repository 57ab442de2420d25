//! How far a replay is: told by keys in the target itself, which change together with the data.
//!
//! Each connection has a key, in the database that it writes to. What it holds is the replay that it belongs to, how
//! many connections that has, and how many batches of this connection are done. Numbers only grow, so that of several
//! databases the largest counts.

use aof_resp::{Reply, request};

use super::connection::{Connection, LinkError};

/// What the names of markers begin with.
pub const PREFIX: &str = "aof-doctor:replay:";

/// The most connections.
pub const CONNECTIONS: usize = 16;

/// How far a replay is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which replay it is: what is replayed, and how.
    pub run: String,
    /// How many batches of each connection are done.
    pub done: Vec<u64>,
}

/// The name of the marker of a connection.
#[must_use]
pub fn name(connection: usize) -> String {
    format!("{PREFIX}{connection}")
}

/// The name that the marker of a connection gets when everything of it must be sent once more: a server without memory lets
/// keys be renamed, but not changed.
pub(super) fn renamed(connection: usize) -> String {
    format!("{PREFIX}again:{connection}")
}

fn names() -> Vec<String> {
    (0..CONNECTIONS).map(name).chain((0..CONNECTIONS).map(renamed)).collect()
}

/// What a marker holds: the replay, how many connections it has, and how many batches of this one are done.
pub(super) fn value(run: &str, all: usize, done: u64) -> String {
    format!("{run} {all} {done}")
}

/// How many batches are done by what a marker holds.
pub(super) fn done(value: &str) -> Option<u64> {
    parse(value).map(|(_, _, done)| done)
}

/// Appends the command that says that so many batches of a connection are done.
pub(super) fn append(run: &str, all: usize, connection: usize, done: u64, out: &mut Vec<u8>) {
    let value = value(run, all, done);
    request(&[b"SET", name(connection).as_bytes(), value.as_bytes()], out);
}

/// A name for a replay that says what is replayed, and how: equal if all words are. `mode` begins it.
#[must_use]
pub fn run(mode: char, words: &[&[u8]]) -> String {
    let hash = hash(words.iter().flat_map(|word| word.iter().chain(b"\0")));
    format!("{mode}{hash:016x}")
}

/// FNV-1a, which is the same on every machine and in every version.
pub(super) fn hash<'b>(bytes: impl IntoIterator<Item = &'b u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Says that nothing is done yet: from now on the target holds a part of a replay.
///
/// # Errors
/// The connection cannot be used any longer. What the target says instead of doing it, is returned.
pub fn begin(
    connection: &mut Connection,
    progress: &Progress,
) -> Result<Option<String>, LinkError> {
    let all = progress.done.len();
    for number in 0..all {
        let (name, value) = (name(number), value(&progress.run, all, 0));
        let refused = connection.refused(&[b"SET", name.as_bytes(), value.as_bytes()])?;
        if refused.is_some() {
            return Ok(refused);
        }
    }
    Ok(None)
}

/// Asks how far the replay is that left its markers, if one did.
///
/// # Errors
/// The connection cannot be used any longer.
pub fn read(connection: &mut Connection, databases: &[u64]) -> Result<Option<Progress>, LinkError> {
    let mut found: Option<Progress> = None;
    let names = names();
    let mut args: Vec<&[u8]> = vec![b"MGET"];
    args.extend(names.iter().map(String::as_bytes));
    for db in databases {
        connection.ask(&[b"SELECT", db.to_string().as_bytes()], |_| ())?;
        let values = connection.ask(&args, values)?;
        for (number, value) in values.iter().enumerate() {
            let Some((run, all, done)) = value.as_deref().and_then(parse) else { continue };
            let progress =
                found.get_or_insert(Progress { run: run.to_owned(), done: vec![0; all] });
            // Those that were renamed stand behind all of these: they say that there is such a replay, and no more.
            if let Some(most) = progress.done.get_mut(number).filter(|_| progress.run == run) {
                *most = done.max(*most);
            }
        }
    }
    connection.ask(&[b"SELECT", b"0"], |_| ())?;
    Ok(found)
}

fn values(reply: &Reply<'_>) -> Vec<Option<String>> {
    let Reply::Array(values) = reply else { return Vec::new() };
    let value = |value: &Reply<'_>| match value {
        Reply::Bulk(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    };
    values.iter().map(value).collect()
}

fn parse(value: &str) -> Option<(&str, usize, u64)> {
    let mut words = value.split(' ');
    let (run, all, done) =
        (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (1..=CONNECTIONS).contains(&all).then_some((run, all, done))
}

/// Takes all markers away from these databases, and returns how many there were.
///
/// # Errors
/// The connection cannot be used any longer.
pub fn remove(connection: &mut Connection, databases: &[u64]) -> Result<u64, LinkError> {
    let names = names();
    let mut args: Vec<&[u8]> = vec![b"DEL"];
    args.extend(names.iter().map(String::as_bytes));
    let mut removed = 0;
    for db in databases {
        connection.ask(&[b"SELECT", db.to_string().as_bytes()], |_| ())?;
        removed += connection.ask(&args, |reply| match reply {
            Reply::Integer(count) => u64::try_from(*count).unwrap_or_default(),
            _ => 0,
        })?;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_marker_holds_is_read_again() {
        let mut out = Vec::new();
        append("0f3a", 4, 2, 17, &mut out);
        let text = String::from_utf8(out).expect("it is text");
        assert!(text.contains("aof-doctor:replay:2") && text.contains("0f3a 4 17"), "{text}");
        assert_eq!(parse("0f3a 4 17"), Some(("0f3a", 4, 17)));
        for wrong in ["", "0f3a", "0f3a 4", "0f3a 17 4", "0f3a 0 1", "0f3a x 1"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
