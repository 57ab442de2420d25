//! What is in the keys of an RDB file, in the words of findings.

use aof_rdb::{BadValue, Checksum, Db, Payload, Summary, Twin, ValueFaultKind, ValueType, Values};

use super::Content;
use crate::finding::{CommandRange, Confidence, Finding, FindingId, Keys, Loss, Severity};

/// So many bad values are told one by one.
const MOST: usize = 100;

/// What is wrong with the keys of an RDB file, or worth knowing.
pub(super) fn findings(rdb: &Summary, content: &mut Content) {
    let Some(values) = &rdb.values else { return };
    for bad in values.bad.iter().take(MOST) {
        content.add(of_value(rdb, bad));
    }
    content.total_findings += values.total_bad.saturating_sub(MOST as u64);
    if let Some(twin) = values.twins.first() {
        content.add(of_twins(values, twin));
    }
    if values.expired > 0 {
        content.add(of_expired(rdb, values.expired));
    }
    let lacks = |db: &&Db| db.announced.is_some_and(|announced| announced > db.keys);
    if let (None, Some(db)) = (&rdb.defect, rdb.dbs.iter().find(lacks)) {
        content.add(of_lacking(rdb, db));
    }
}

fn of_value(rdb: &Summary, bad: &BadValue) -> Finding {
    let BadValue { db, key, code, record, end, fault, .. } = bad;
    let length = end - record;
    let name = shown(key);
    let mut keys = Keys::default();
    keys.add(u32::try_from(*db).ok(), key);
    let loss = Loss { bytes: length, commands: CommandRange::default(), keys, seconds: None };
    if fault.kind == ValueFaultKind::Empty {
        let message =
            format!("key {name} has no elements: servers pass over it when they load the file");
        return Finding::new(FindingId::RdbValueBad, *record, length, message)
            .severity(Severity::Attention)
            .cause("a server that had a bug wrote it");
    }
    let kind = type_name(rdb, *code);
    let message = format!("the value of key {name}, a {kind}, is broken: {fault}");
    let found = Finding::new(FindingId::RdbValueBad, *record, length, message).loss(loss);
    match rdb.checksum {
        Checksum::Valid => found.cause(
            "the checksum is right, so it was broken in the memory of the server that wrote it",
        ),
        _ => found.cause("bytes in it were changed or lost"),
    }
}

/// The beginning of a key, safe to print.
fn shown(key: &[u8]) -> String {
    const MOST: usize = 64;
    let more = if key.len() > MOST { "..." } else { "" };
    format!("{}{more}", key[..key.len().min(MOST)].escape_ascii())
}

/// The type that a key of this number has, as people call it.
fn type_name(rdb: &Summary, code: u8) -> &'static str {
    let of = |header| Payload { header, code, bytes: &[] }.value_type();
    match rdb.header.and_then(of) {
        Some(ValueType::SortedSet) => "sorted set",
        Some(kind) => kind.name(),
        None => "value of an unknown type",
    }
}

fn of_twins(values: &Values, twin: &Twin) -> Finding {
    let more = match values.total_twins {
        1 => String::new(),
        many => format!("; {many} keys do"),
    };
    let sampled = match values.compared_one_of {
        1 => String::new(),
        n => format!(" (among one of {n} keys, which were compared)"),
    };
    let Twin { first, second, key } = twin;
    let (name, confidence) = match key {
        Some(key) => (format!("key {}", shown(key)), Confidence::Certain),
        None => ("a key".to_owned(), Confidence::Likely),
    };
    let message = format!(
        "{name} occurs twice, at byte {first} and here{more}{sampled}: a server crashes on it"
    );
    let mut keys = Keys::default();
    key.iter().for_each(|key| keys.add(None, key));
    Finding::new(FindingId::RdbDuplicateKey, *second, 0, message)
        .confidence(confidence)
        .cause("two files were joined or edited, or the server that wrote it had a bug")
        .loss(Loss { keys, ..Loss::default() })
}

fn of_expired(rdb: &Summary, expired: u64) -> Finding {
    let message = format!(
        "{expired} of {} keys have expired: a server that is no replica leaves them out when it loads the file",
        rdb.keys
    );
    let are_all = expired == rdb.keys;
    Finding::new(FindingId::RdbExpired, 0, rdb.end, message)
        .severity(if are_all { Severity::Attention } else { Severity::Note })
        .cause("time has passed since it was written")
}

fn of_lacking(rdb: &Summary, db: &Db) -> Finding {
    let Db { number, keys, announced, .. } = db;
    let message = format!(
        "database {number} announces {} keys and holds {keys}",
        announced.unwrap_or_default()
    );
    Finding::new(FindingId::RdbValueBad, 0, rdb.end, message)
        .severity(Severity::Attention)
        .confidence(Confidence::Likely)
        .cause(
            "records were lost or swallowed by others, or the writer does not count as servers do",
        )
}
