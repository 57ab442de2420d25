//! What a server says of a stream and its groups, beside what we have: `DEBUG DIGEST` does not cover it.

use aof_keyspace::{Keyspace, Stream, Value};
use aof_testkit::client::Value as Reply;
use aof_testkit::server::{Server, ServerKind, skip_unless};

use crate::beside::{held, words};

/// Times from here on are of our day; they are not compared.
const TODAY: i64 = 1_500_000_000_000;

/// Holds the commands on all servers, and compares all streams then.
pub(crate) fn hold_groups(commands: &[&str]) {
    for kind in ServerKind::ALL {
        hold_groups_on(kind, commands);
    }
}

/// The same on one server.
pub(crate) fn hold_groups_on(kind: ServerKind, commands: &[&str]) {
    if skip_unless(kind).is_some() {
        held(kind, &words(commands), compare);
    }
}

/// What a server tells of streams.
#[derive(Clone, Copy)]
struct Known {
    /// What was added and deleted, and how much groups have read.
    history: bool,
    /// Consumers who never got anything; older servers make them when they get something.
    idlers: bool,
}

/// Compares all streams.
pub(crate) fn compare(server: &Server, keyspace: &Keyspace<'_>) {
    let version = server.kind().version();
    let known = Known { history: version >= (7, 0), idlers: version > (7, 0) };
    for held in keyspace.iter() {
        let value = held.value();
        let Value::Stream(stream) = &*value else { continue };
        assert_eq!(held.db, 0);
        let command: [&[u8]; 6] = [b"XINFO", b"STREAM", held.name(), b"FULL", b"COUNT", b"0"];
        let theirs = said(&server.command(&command).unwrap(), known);
        assert_eq!(ours(stream, known), theirs, "{}: {}", server.kind(), text(held.name()));
    }
}

fn ours(stream: &Stream<'_>, known: Known) -> Vec<String> {
    let mut lines = vec![format!("{} entries up to {}", stream.entries.len(), stream.last)];
    if known.history {
        let first = stream.first();
        lines.push(format!("{} added, {} deleted, {first}", stream.added, stream.max_deleted));
    }
    for (name, group) in &stream.groups {
        let read = group.read.filter(|_| known.history).map(|read| read.to_string());
        lines.push(format!("group {} at {}: {}", text(name), group.last, read.unwrap_or_default()));
        lines.extend(group.pending.iter().map(|(id, pending)| {
            let time = time(pending.delivered);
            format!("{id} of {} {time} {}", text(&pending.owner), pending.count)
        }));
        let owned =
            |name: &[u8]| group.pending.values().filter(|pending| pending.owner == name).count();
        let consumers = group.consumers.keys().map(|name| (text(name), owned(name)));
        lines.extend(consumers.filter_map(|(name, owned)| consumer(&name, owned, known)));
    }
    lines
}

fn consumer(name: &str, pending: usize, known: Known) -> Option<String> {
    (known.idlers || pending > 0).then(|| format!("{name} has {pending}"))
}

fn time(millis: i64) -> String {
    if millis < TODAY { millis.to_string() } else { "today".to_owned() }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A value in the list of names and values that a server gives.
fn at<'r>(reply: &'r Reply, name: &str) -> Option<&'r Reply> {
    let pairs = reply.list().chunks_exact(2);
    pairs.into_iter().find(|pair| pair[0].text() == name).map(|pair| &pair[1])
}

fn text_at(reply: &Reply, name: &str) -> String {
    at(reply, name).map(Reply::text).unwrap_or_default()
}

fn said(reply: &Reply, known: Known) -> Vec<String> {
    let mut lines = vec![format!(
        "{} entries up to {}",
        text_at(reply, "length"),
        text_at(reply, "last-generated-id")
    )];
    if let Some(deleted) = at(reply, "max-deleted-entry-id").map(Reply::text) {
        let first = text_at(reply, "recorded-first-entry-id");
        lines
            .push(format!("{} added, {deleted} deleted, {first}", text_at(reply, "entries-added")));
    }
    let groups = at(reply, "groups").map(Reply::list).unwrap_or_default();
    groups.iter().for_each(|group| said_of_group(group, known, &mut lines));
    lines
}

fn said_of_group(group: &Reply, known: Known, lines: &mut Vec<String>) {
    let (name, last) = (text_at(group, "name"), text_at(group, "last-delivered-id"));
    lines.push(format!("group {name} at {last}: {}", text_at(group, "entries-read")));
    for pending in at(group, "pending").map(Reply::list).unwrap_or_default() {
        let [id, owner, delivered, count] = pending.list() else { panic!("{pending:?}") };
        let time = time(delivered.integer().unwrap());
        lines.push(format!("{} of {} {time} {}", id.text(), owner.text(), count.text()));
    }
    for one in at(group, "consumers").map(Reply::list).unwrap_or_default() {
        let pending = at(one, "pel-count").and_then(Reply::integer).unwrap();
        let pending = usize::try_from(pending).unwrap();
        lines.extend(consumer(&text_at(one, "name"), pending, known));
    }
}
