//! What a server holds, and what a file does.

use std::collections::BTreeMap;
use std::path::Path;

use aof_keyspace::{Entry, Group, Keyspace, Scores, Stream, Value};
use aof_replay::{Base, Replay};
use aof_testkit::server::{Server, ServerKind};

/// The data of a server, as it saves them, and its own digest of them.
pub(crate) struct Held {
    pub(crate) digest: String,
    pub(crate) keyspace: Keyspace<'static>,
    kind: ServerKind,
}

impl Held {
    pub(crate) fn by(server: &Server) -> Self {
        let digest = server.command(&["DEBUG", "DIGEST"]).unwrap().text();
        let saved = server.command(&["SAVE"]).unwrap();
        assert!(!saved.is_error(), "{}", saved.text());
        let keyspace = of_file(&server.data().join("dump.rdb"));
        Self { digest, keyspace, kind: server.kind() }
    }
}

/// What is in an RDB file.
pub(crate) fn of_file(path: &Path) -> Keyspace<'static> {
    let (bytes, mut replay) = (std::fs::read(path).unwrap(), Replay::default());
    replay.base(&mut &bytes[..], Base::Whole, &()).unwrap();
    let (keyspace, report) = replay.finish();
    assert_eq!(report.not_loaded, 0, "{}", path.display());
    keyspace
}

/// As `DEBUG DIGEST` of a server prints scores.
fn scores(kind: ServerKind) -> Scores {
    match kind {
        ServerKind::Redis62 | ServerKind::Redis70 => Scores::Seventeen,
        ServerKind::Redis82 => Scores::Shortest,
        ServerKind::Valkey81 | ServerKind::Valkey91 => Scores::Valkey,
    }
}

/// Compares our data with those of a server, and our digest with its own.
pub(crate) fn compare(ours: &Keyspace<'_>, theirs: &Held, what: &str) {
    compare_keys(ours, &theirs.keyspace, theirs.kind, &|_, _| {}, what);
    assert_eq!(ours.digest(scores(theirs.kind)).to_string(), theirs.digest, "{what}");
}

/// The same where a server executed what its log would have in another form: its clock is not ours, and it may know
/// consumers and pending entries otherwise (docs/oracle.md).
pub(crate) fn compare_loosely(ours: &Keyspace<'_>, theirs: &Held, what: &str) {
    let kind = theirs.kind;
    compare_keys(ours, &theirs.keyspace, kind, &|ours, theirs| loosen(ours, theirs, kind), what);
    assert_eq!(ours.digest(scores(kind)).to_string(), theirs.digest, "{what}");
}

/// Compares what two servers hold.
pub(crate) fn compare_servers(found: &Held, expected: &Held, what: &str) {
    compare_keys(&found.keyspace, &expected.keyspace, expected.kind, &|_, _| {}, what);
    assert_eq!(found.digest, expected.digest, "{what}");
}

type Entries<'i> = BTreeMap<(u64, Vec<u8>), Entry<'i>>;

fn entries<'i>(keyspace: &Keyspace<'i>, kind: ServerKind) -> Entries<'i> {
    let entries = keyspace.iter().map(|held| {
        let mut entry = Entry { value: held.value().into_owned(), expiry: held.expiry() };
        settle_groups(&mut entry, kind);
        ((held.db, held.name().to_vec()), entry)
    });
    entries.collect()
}

/// Redis 7.0 counts what groups read in another way, and 8.2 no more than was added; 6.2 and 7.0 do not make a consumer
/// who gets nothing (docs/oracle.md).
fn settle_groups(entry: &mut Entry<'_>, kind: ServerKind) {
    let Value::Stream(stream) = &mut entry.value else { return };
    for group in stream.groups.values_mut() {
        group.read = match kind {
            ServerKind::Redis70 => None,
            ServerKind::Redis82 => group.read.map(|read| read.min(stream.added)),
            _ => group.read,
        };
        if kind.version() < (8, 0) {
            forget_idle(group);
        }
    }
}

fn forget_idle(group: &mut Group) {
    let Group { pending, consumers, .. } = group;
    consumers.retain(|name, _| pending.values().any(|it| it.owner == *name));
}

fn loosen<'i>(ours: &mut Entry<'i>, theirs: &mut Entry<'i>, kind: ServerKind) {
    near(&mut ours.expiry, theirs.expiry);
    match (&mut ours.value, &mut theirs.value) {
        (Value::Hash(ours), Value::Hash(theirs)) => {
            let names: Vec<Vec<u8>> = ours.iter().map(|field| field.name.to_vec()).collect();
            for name in names {
                let mut expiry = ours.expiry(&name);
                near(&mut expiry, theirs.expiry(&name));
                ours.set_expiry(&name, expiry);
            }
        }
        (Value::Stream(ours), Value::Stream(theirs)) => {
            for (name, group) in &mut ours.groups {
                for (id, pending) in &mut group.pending {
                    let there = theirs.groups.get(name).and_then(|it| it.pending.get(id));
                    let mut delivered = Some(pending.delivered);
                    near(&mut delivered, there.map(|it| it.delivered));
                    pending.delivered = delivered.unwrap_or_default();
                }
            }
            if kind == ServerKind::Redis62 {
                [ours, theirs].into_iter().for_each(|stream| forget_deleted(stream));
            }
        }
        _ => {}
    }
}

/// Takes their time for ours if there are only minutes between them.
fn near(ours: &mut Option<i64>, theirs: Option<i64>) {
    const MINUTES: u64 = 600_000;
    if let (Some(one), Some(other)) = (*ours, theirs)
        && one.abs_diff(other) < MINUTES
    {
        *ours = theirs;
    }
}

/// Redis 6.2 keeps entries pending that were deleted, and does not save what became of others.
fn forget_deleted(stream: &mut Stream<'_>) {
    (stream.added, stream.max_deleted) = Default::default();
    let Stream { groups, entries, .. } = stream;
    for group in groups.values_mut() {
        group.read = None;
        group.pending.retain(|id, _| entries.contains(*id));
        forget_idle(group);
    }
}

/// Our data and theirs under one key, to be made comparable.
type Settle<'s> = &'s dyn for<'i> Fn(&mut Entry<'i>, &mut Entry<'i>);

fn compare_keys(
    found: &Keyspace<'_>,
    expected: &Keyspace<'_>,
    kind: ServerKind,
    settle: Settle<'_>,
    what: &str,
) {
    let (mut found_keys, mut wanted) = (entries(found, kind), entries(expected, kind));
    for (place, ours) in &mut found_keys {
        if let Some(theirs) = wanted.get_mut(place) {
            settle(ours, theirs);
        }
    }
    let keys = found_keys.keys().chain(wanted.keys());
    let differs = keys.into_iter().find(|key| found_keys.get(*key) != wanted.get(*key));
    if let Some((db, key)) = differs {
        let place = (*db, key.clone());
        let name = String::from_utf8_lossy(key).into_owned();
        let (ours, theirs) = (found_keys.get(&place), wanted.get(&place));
        let (ours, theirs) = excerpts(&format!("{ours:?}"), &format!("{theirs:?}"));
        panic!("{what}: db {db}, {name:?}:\nfound    {ours}\nexpected {theirs}");
    }
    assert!(found.functions().eq(expected.functions()), "{what}: functions differ");
}

/// What is around the first place where two texts differ.
fn excerpts(one: &str, other: &str) -> (String, String) {
    const AROUND: usize = 300;
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let cut = |text: &str| {
        let bytes = &text.as_bytes()[same.saturating_sub(AROUND).min(text.len())..];
        String::from_utf8_lossy(&bytes[..bytes.len().min(2 * AROUND)]).into_owned()
    };
    (cut(one), cut(other))
}
