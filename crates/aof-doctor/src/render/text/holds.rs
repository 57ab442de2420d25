//! What an RDB file holds: keys, types, expiries, memory, the largest keys, and who wrote it and can open it.

use std::collections::BTreeMap;

use aof_log::Content;
use aof_rdb::{LargeKey, Summary, Values};

use super::View;
use crate::render::words;
use crate::render::wrap::labelled;
use crate::report::Report;
use crate::{escape, figures};

/// So many of the largest keys are shown; more with `--verbose`.
const LARGEST: usize = 3;

/// So many databases and types are shown.
const LISTED: usize = 16;

/// What the RDB file holds that was checked; of a folder, every one that a server would load, with `--verbose`.
pub(super) fn of(report: &Report, view: &View) -> String {
    if report.is_folder() && !view.is_verbose {
        return String::new();
    }
    let named = |(part, content): (&aof_log::survey::SetPart, Option<&Content>)| {
        let rdb = content.and_then(|content| content.rdb.clone())?;
        let shown = part.file.and_then(|file| report.subjects.get(file))?.shown.clone();
        Some((shown, rdb))
    };
    let mut text = String::new();
    for (name, rdb) in report.parts().filter_map(named) {
        text.push('\n');
        if report.is_folder() {
            text.push_str(&format!("  {name}\n"));
        }
        text.push_str(&file(&rdb, view));
    }
    text
}

/// Whether some values were too large to be looked into.
pub(super) fn is_partly_unread(content: &Content) -> bool {
    let values = content.rdb.as_ref().and_then(|rdb| rdb.values.as_ref());
    values.is_some_and(|values| values.passed > 0)
}

fn file(rdb: &Summary, view: &View) -> String {
    let mut rows: Vec<(&str, String)> = vec![("Holds", held(rdb))];
    rows.extend(types(rdb).map(|types| ("Types", types)));
    if let Some(values) = &rdb.values {
        rows.extend(memory(rdb, values).map(|memory| ("Memory", memory)));
        let most = if view.is_verbose { values.largest.len() } else { LARGEST };
        let labels = std::iter::once("Largest").chain(std::iter::repeat(""));
        rows.extend(labels.zip(values.largest.iter().take(most).map(|key| large(rdb, key))));
    }
    rows.extend(rdb.values.as_ref().and_then(unread).map(|text| ("Unread", text)));
    rows.push(("Written", written(rdb)));
    rows.extend(opens_in(rdb).map(|servers| ("Opens", format!("in {servers}"))));
    rows.iter().map(|(label, text)| labelled(label, text, view.width)).collect()
}

/// `452,500 keys in 2 databases (0: 400,000, 3: 52,500), 3 libraries; 12 keys expire, 3 of them have`
fn held(rdb: &Summary) -> String {
    let mut text = figures::of(rdb.keys, "key");
    let dbs: Vec<_> = rdb.dbs.iter().filter(|db| db.keys > 0).collect();
    if let [_, _, ..] = dbs[..] {
        let each = dbs.iter().take(LISTED);
        let each: Vec<String> =
            each.map(|db| format!("{}: {}", db.number, figures::count(db.keys))).collect();
        let more = if dbs.len() > LISTED { ", ..." } else { "" };
        text.push_str(&format!(" in {} databases ({}{more})", dbs.len(), each.join(", ")));
    } else if let [db] = dbs[..] {
        text.push_str(&format!(" in database {}", db.number));
    }
    if rdb.functions > 0 {
        let libraries = if rdb.functions == 1 { "library" } else { "libraries" };
        text.push_str(&format!(", {} {libraries} of functions", figures::count(rdb.functions)));
    }
    text + &expiring(rdb)
}

fn expiring(rdb: &Summary) -> String {
    let time = |millis: Option<i64>| {
        u64::try_from(millis?).ok().and_then(|millis| figures::utc(millis / 1000))
    };
    let census = &rdb.census;
    let expired = rdb.values.as_ref().map_or(0, |values| values.expired);
    let have = if expired > 0 {
        format!(", {} have expired", figures::count(expired))
    } else {
        String::new()
    };
    match (rdb.expiring, time(census.earliest_expiry), time(census.latest_expiry)) {
        (0, ..) => String::new(),
        (count, Some(first), Some(last)) if first != last => {
            format!("; {} with an expiry, from {first} to {last}{have}", figures::count(count))
        }
        (count, Some(at), _) => {
            format!("; {} with an expiry, at {at}{have}", figures::count(count))
        }
        (count, ..) => format!("; {} with an expiry{have}", figures::count(count)),
    }
}

/// `string 203,200, list 40,707`, the most frequent first.
fn types(rdb: &Summary) -> Option<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (code, count) in &rdb.census.types {
        *counts.entry(words::type_of(rdb, *code)).or_default() += count;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let each = counts.iter().map(|(name, count)| format!("{name} {}", figures::count(*count)));
    let text = each.collect::<Vec<_>>().join(", ");
    (!text.is_empty()).then_some(text)
}

fn memory(rdb: &Summary, values: &Values) -> Option<String> {
    if values.memory == 0 {
        return None;
    }
    let mut text =
        format!("about {} for the keys, as a Redis 7.0 keeps them", figures::rough(values.memory));
    if let Some(used) = rdb.aux.used_memory {
        text.push_str(&format!("; {} in all when it was written", figures::rough(used)));
    }
    Some(text)
}

/// What only `--deep` looks at.
fn unread(values: &Values) -> Option<String> {
    let mut facts = Vec::new();
    if values.passed > 0 {
        let keys = figures::of(values.passed, "very large value");
        facts.push(format!("{keys}, of which only the framing was looked at"));
    }
    if values.compared_one_of > 1 {
        let of = figures::count(values.compared_one_of);
        facts.push(format!("whether keys occur twice, but for one of {of} of them"));
    }
    (!facts.is_empty()).then(|| format!("{}; --deep looks at all", facts.join("; ")))
}

fn large(rdb: &Summary, key: &LargeKey) -> String {
    let items = key.items.map_or("not looked into".to_owned(), |items| figures::of(items, "item"));
    let kind = words::type_of(rdb, key.code);
    let name = escape::name(&key.key);
    let db = if rdb.dbs.len() > 1 { format!(" in database {}", key.db) } else { String::new() };
    format!(
        "{}  {name}{db} ({kind}, {items}, at byte {})",
        figures::rough(key.memory),
        figures::count(key.record)
    )
}

/// `by Redis 7.0.15 on 2026-11-24T17:07:12Z, RDB version 10`
fn written(rdb: &Summary) -> String {
    let Some(header) = rdb.header else { return "by nobody knows whom".to_owned() };
    let product = match header.dialect {
        aof_rdb::Dialect::Redis => "Redis",
        aof_rdb::Dialect::Valkey => "Valkey",
    };
    let by = match &rdb.aux.server {
        Some(version) => format!("by a server of version {}, ", escape::bytes(version.as_bytes())),
        None => String::new(),
    };
    let on =
        rdb.aux.created.and_then(figures::utc).map_or(String::new(), |time| format!("on {time}, "));
    format!("{by}{on}in version {} of the format of {product}", header.version)
}

fn opens_in(rdb: &Summary) -> Option<String> {
    let header = rdb.header?;
    let servers: Vec<String> = words::opens_in(rdb).map(|server| server.to_string()).collect();
    let modules = if rdb.modules.is_empty() { "" } else { "; others need its modules" };
    let newest = match header.dialect {
        aof_rdb::Dialect::Redis if !servers.is_empty() => ", and Redis that is newer",
        _ => "",
    };
    if servers.is_empty() {
        return Some(format!("none of the five servers that were looked at{modules}"));
    }
    Some(format!("{}{newest}{modules}", servers.join(", ")))
}
